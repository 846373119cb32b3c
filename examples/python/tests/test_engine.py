"""The verbs of an engine, on a real one."""

import io
import os
import tarfile
import tempfile
import unittest
from pathlib import Path

from .support import archive, engine, engine_address, layer, registry_host, unique

import imgferry


class Engine(unittest.TestCase):
    def setUp(self):
        self.engine = engine()
        self.addCleanup(self.engine.close)
        self.name = unique("app") + ":1"

    def load(self):
        self.engine.load_image(archive(self.name))

    def test_an_archive_is_loaded_from_bytes_a_file_a_stream_and_an_iterable(self):
        content = archive(self.name)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "image.tar")
            path.write_bytes(content)
            with path.open("rb") as file:
                pieces = [content[at : at + 3000] for at in range(0, len(content), 3000)]
                for source in (content, path, str(path), file, io.BytesIO(content), iter(pieces)):
                    with self.subTest(type(source)):
                        self.assertEqual(self.engine.load_image(source).names, [self.name])

    def test_an_image_is_saved_as_a_file_and_as_chunks(self):
        self.load()
        with self.engine.get_image(self.name) as reader:
            self.assertIsNone(reader.size)
            chunks = list(reader)
        with tarfile.open(fileobj=self.engine.get_image(self.name), mode="r|") as tar:
            self.assertIn("manifest.json", [member.name for member in tar])
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "image.tar")
            self.assertEqual(self.engine.save_images([self.name], path), os.path.getsize(path))
        self.assertEqual(self.engine.load_image(chunks).names, [self.name])

    def test_an_image_streams_from_the_engine_into_the_engine(self):
        self.load()
        self.assertEqual(self.engine.load_image(self.engine.get_image(self.name)).names, [self.name])

    def test_what_the_engine_knows_of_an_image(self):
        self.load()
        details = self.engine.inspect_image(self.name)
        self.assertEqual(details.repo_tags, [self.name])
        self.assertEqual((details.os, details.architecture, details.variant), ("linux", "amd64", None))
        self.assertEqual(details.document["Config"]["Env"], ["A=b"])
        (summary,) = self.engine.images(self.name)
        self.assertEqual((summary.id, summary.labels), (details.id, {"greeting": "hello"}))
        self.assertEqual(self.engine.images(filters={"reference": self.name, "dangling": False})[0].id, details.id)
        (step,) = self.engine.history(self.name)
        self.assertEqual(step.created_by, "a test")

    def test_names_come_and_go(self):
        self.load()
        other = unique("other")
        self.engine.tag(self.name, other, "2")
        self.assertEqual(len(self.engine.inspect_image(self.name).repo_tags), 2)
        self.assertEqual(self.engine.remove_image(f"{other}:2").untagged, [f"{other}:2"])
        removed = self.engine.remove_image(self.name)
        self.assertTrue(removed.deleted)
        with self.assertRaises(imgferry.NotFound):
            self.engine.inspect_image(self.name)

    def test_an_image_is_pushed_and_pulled_with_progress(self):
        self.load()
        name = f"{registry_host()}/{unique('app')}:1"
        self.engine.tag(self.name, name)
        seen = []
        pushed = self.engine.push(name, progress=seen.append)
        self.assertEqual(seen[-1].phase, imgferry.Phase.DONE)
        self.assertEqual(seen[-1].digest, pushed.digest)
        self.assertEqual([each.tag for each in pushed.tags], ["1"])
        self.engine.remove_image(name)
        pulled = self.engine.pull(name, progress=seen.append)
        self.assertEqual((pulled.digest, pulled.reference), (pushed.digest, name))
        self.assertEqual(self.engine.inspect_distribution(name).digest, pushed.digest)

    def test_a_root_file_system_becomes_an_image(self):
        content, options = layer(), imgferry.ImportOptions(unique("import"), "1", changes=["ENV X=y"])
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "root.tar")
            Path(path).write_bytes(content)
            for imported in (
                self.engine.import_image(path, options),
                self.engine.import_image_from_file(path, options),
                self.engine.import_image_from_data(content, options),
                self.engine.import_image_from_stream(io.BytesIO(content), options),
            ):
                details = self.engine.inspect_image(imported.id)
                self.assertEqual(details.document["Config"]["Env"], ["X=y"])
        with self.assertRaises(imgferry.InvalidArgument):
            self.engine.import_image_from_url("no URL", options)
        with self.assertRaises(imgferry.NotFound):
            self.engine.import_image_from_image(f"{registry_host()}/nothing/here:1")

    def test_what_nobody_uses_is_pruned(self):
        made = self.engine.import_image_from_data(layer())
        self.assertIn(made.id, self.engine.prune_images({"dangling": True}).deleted)

    def test_a_search_fails_with_what_the_engine_says(self):
        with self.assertRaises(imgferry.ImgferryError) as failed:
            self.engine.search(f"{registry_host()}/app", limit=5)
        self.assertEqual(failed.exception.operation, "search")

    def test_an_engine_says_who_it_is(self):
        self.assertEqual(self.engine.endpoint, engine_address())
        self.assertRegex(self.engine.api_version(), r"^\d+\.\d+$")
        with imgferry.Engine.from_env() as found:
            self.assertEqual(found.endpoint, engine_address())

    def test_a_closed_engine_is_an_invalid_argument(self):
        self.engine.close()
        with self.assertRaises(imgferry.InvalidArgument):
            self.engine.images()


if __name__ == "__main__":
    unittest.main()
