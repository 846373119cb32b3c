"""Images by their names, places and configurations, on a real engine and a real registry."""

import json
import tempfile
import unittest

from .support import archive, engine, layer, registry_host, unique

import imgferry


class Images(unittest.TestCase):
    def setUp(self):
        self.engine = engine()
        self.images = imgferry.Images(self.engine)
        self.local = unique("app") + ":1"
        self.remote = f"{registry_host()}/{unique('app')}:1"
        self.engine.load_image(archive(self.local, [layer(), layer(50_000)]))

    def test_an_image_goes_there_and_back(self):
        seen = []
        pushed = self.images.push(self.local, imgferry.RemoteImage.parse(self.remote), progress=seen.append)
        self.assertEqual(seen[0].phase, imgferry.Phase.PUSH_STARTS)
        self.assertEqual((seen[0].source, seen[0].destination), (self.local, self.remote))
        self.assertEqual((str(pushed.image), pushed.image.tag), (self.remote, "1"))
        self.assertEqual(pushed.via, imgferry.Via.ENGINE)
        self.assertEqual(self.images.digest(self.remote), pushed.digest)
        self.assertEqual([str(each) for each in self.images.tags(self.remote)], [self.remote])
        size = self.images.size(self.remote)
        self.assertEqual(self.images.tag_info(self.remote), imgferry.TagSize("1", size.total))
        before = self.engine.inspect_image(self.local).id
        self.engine.remove_image(self.local)
        pulled = self.images.pull(pushed.image, self.local)
        self.assertEqual((pulled.id, str(pulled.image)), (before, self.local))
        self.assertEqual(self.engine.inspect_image(self.local).repo_tags, [self.local])
        with self.images.registry(self.remote) as registry:
            self.assertEqual(registry.tags(self.remote), ["1"])
        self.assertEqual(self.images.rm(self.remote), pushed.digest)

    def test_an_image_is_pushed_directly(self):
        with tempfile.TemporaryDirectory() as folder:
            pushed = self.images.push(
                self.local,
                self.remote,
                via=imgferry.Via.DIRECT,
                compression=imgferry.Compression.ZSTD,
                layer_cache=f"{folder}/layers",
            )
        self.assertEqual(pushed.via, imgferry.Via.DIRECT)
        self.assertEqual(self.images.digest(self.remote), pushed.digest)

    def test_images_have_short_names_with_a_configuration(self):
        text = {
            "cluster_name": "main",
            "project_name": "ml",
            "clusters": {"main": {"registry_url": f"http://{registry_host()}"}},
        }
        asked = []

        def token():
            asked.append(True)
            return "a token"

        options = imgferry.ConfigOptions(username="me", token=token)
        with imgferry.Config.parse(json.dumps(text), options) as config:
            self.assertEqual((config.cluster_name, config.org_name), ("main", None))
            self.assertEqual(config.clusters, {"main": f"http://{registry_host()}"})
            image = config.remote_image("image:app:1")
            self.assertEqual((image.project_name, image.name, image.tag), ("ml", "app", "1"))
            self.assertEqual(str(config.to_local_image(image)), "app:1")
            images = imgferry.Images(self.engine, config)
        images.push(self.local, image)
        self.assertIn("image://main/ml/app", [str(each) for each in images.list()])
        with self.assertRaises(imgferry.InvalidReference):
            images.digest("image://nowhere/ml/app:1")
        with self.assertRaises(imgferry.InvalidArgument):
            imgferry.Config.parse("{", options)

    def test_an_image_is_copied_from_place_to_place(self):
        with tempfile.TemporaryDirectory() as folder:
            layout = imgferry.Place.parse(f"oci:{folder}/layout:app")
            source = imgferry.Place.engine(self.engine, self.local)
            copied = imgferry.copy(source, layout)
            inspected = layout.inspect()
            self.assertEqual((inspected.digest, len(inspected.image_layers)), (copied.digest, 2))
            self.assertEqual(inspected.image_config.labels, {"greeting": "hello"})
            remote = imgferry.Place.registry(imgferry.Registry(registry_host()), self.remote)
            seen = []
            self.assertEqual(imgferry.copy(layout, remote, progress=seen.append).digest, copied.digest)
            self.assertEqual(seen[-1].phase, imgferry.Phase.DONE)
            (listed,) = remote.list()
            self.assertEqual((listed.name, listed.place), ("1", f"docker://{self.remote}"))
            tar = imgferry.Place.oci_archive(f"{folder}/image.tar")
            self.assertEqual(imgferry.copy(imgferry.Place.parse(listed.place), tar).digest, copied.digest)
            saved = imgferry.Place.docker_archive(f"{folder}/saved.tar", self.local)
            imgferry.copy(tar, saved)
            self.assertEqual(self.engine.load_image(f"{folder}/saved.tar").names, [self.local])
            self.assertEqual(layout.delete().removed.untagged, ["app"])
            with self.assertRaises(imgferry.NotFound):
                layout.inspect()


if __name__ == "__main__":
    unittest.main()
