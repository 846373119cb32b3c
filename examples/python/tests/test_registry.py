"""The verbs of a registry, on a real one."""

import hashlib
import io
import json
import os
import tempfile
import unittest
from pathlib import Path

from .support import registry, registry_host, repository

import imgferry

CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Registry(unittest.TestCase):
    def setUp(self):
        self.registry = registry()
        self.addCleanup(self.registry.close)
        self.repository = repository("blobs")
        self.path = self.repository.partition("/")[2]

    def put_image(self, tag):
        """Puts an image without layers; its digest."""
        config = {
            "os": "linux",
            "architecture": "amd64",
            "config": {"Labels": {"a": "b"}},
            "rootfs": {"type": "layers", "diff_ids": []},
        }
        blob = self.registry.put_blob(self.repository, json.dumps(config).encode())
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "digest": blob.digest, "size": blob.size},
            "layers": [],
        }
        return self.registry.put_manifest(f"{self.repository}:{tag}", MANIFEST, json.dumps(manifest).encode())

    def test_tags_and_repositories_are_listed(self):
        for tag in ("2", "10", "1"):
            self.put_image(tag)
        self.assertEqual(self.registry.tags(self.repository), ["1", "10", "2"])
        self.assertEqual(sorted(self.registry.list_tags(self.repository)), ["1", "10", "2"])
        self.assertIn(self.path, self.registry.repositories())
        self.assertEqual(self.registry.host, registry_host())

    def test_a_manifest_is_put_looked_at_and_removed(self):
        digest = self.put_image("1")
        image = f"{self.repository}:1"
        manifest = self.registry.get_manifest(image)
        self.assertEqual(manifest.digest, digest)
        self.assertEqual("sha256:" + hashlib.sha256(manifest.data).hexdigest(), digest)
        self.assertEqual(manifest.json()["layers"], [])
        head = self.registry.head_manifest(image)
        self.assertEqual((head.digest, head.media_type, head.size), (digest, MANIFEST, len(manifest.data)))
        self.assertEqual(self.registry.digest(image), digest)
        info = self.registry.tag_info(image)
        self.assertEqual((info.tag, info.digest, info.labels), ("1", digest, {"a": "b"}))
        self.assertEqual(info.size, self.registry.size(image))
        self.assertEqual(info.size.platforms[0].layers, 0)
        self.assertEqual([each.platform for each in self.registry.platforms(image)], ["linux/amd64"])
        self.assertEqual(self.registry.image_config(image).labels, {"a": "b"})
        self.assertEqual(self.registry.referrers(image), [])
        self.assertEqual(self.registry.delete_manifest(image), digest)
        with self.assertRaises(imgferry.NotFound) as gone:
            self.registry.digest(image)
        self.assertEqual(gone.exception.http_status, 404)

    def test_all_tags_are_removed(self):
        self.put_image("1")
        self.put_image("2")
        self.assertEqual(sorted(self.registry.delete_all_tags(self.repository)), ["1", "2"])

    def test_a_blob_is_uploaded_from_bytes_a_file_a_stream_and_an_iterable(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "blob")
            for source in ("bytes", "path", "stream", "iterable", "bytearray"):
                content = os.urandom(300_000)
                path.write_bytes(content)
                given = {
                    "bytes": content,
                    "path": path,
                    "stream": io.BytesIO(content),
                    "iterable": iter([content[:1000], b"", content[1000:]]),
                    "bytearray": bytearray(content),
                }[source]
                with self.subTest(source):
                    blob = self.registry.put_blob(self.repository, given)
                    self.assertEqual(blob.digest, "sha256:" + hashlib.sha256(content).hexdigest())
                    self.assertEqual((blob.size, blob.way), (len(content), imgferry.UploadWay.WHOLE))
                    name = f"{self.repository}@{blob.digest}"
                    self.assertEqual(self.registry.head_blob(name), len(content))
                    with self.registry.get_blob(name) as reader:
                        self.assertEqual(reader.size, len(content))
                        self.assertEqual(reader.read(), content)
                    part = self.registry.get_blob(name, offset=10, length=20)
                    self.assertEqual(part.read(), content[10:30])

    def test_a_blob_is_saved_mounted_and_removed(self):
        blob = self.registry.put_blob(self.repository, os.urandom(1000))
        name = f"{self.repository}@{blob.digest}"
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "blob")
            self.assertEqual(self.registry.save_blob(name, path), 1000)
            self.assertEqual(os.path.getsize(path), 1000)
        other = repository("mounted")
        self.assertTrue(self.registry.mount_blob(f"{other}@{blob.digest}", self.path))
        self.registry.delete_blob(name)
        with self.assertRaises(imgferry.NotFound):
            self.registry.head_blob(name)

    def test_a_tag_alone_is_removed_or_not_supported(self):
        self.put_image("1")
        with self.assertRaises(imgferry.Unsupported):
            self.registry.delete_tag(f"{self.repository}:1")
        self.assertEqual(self.registry.tags(self.repository), ["1"])

    def test_a_registry_without_a_login_accepts_none(self):
        self.registry.ping()
        self.assertFalse(self.registry.check_login())
        self.assertIsNone(self.registry.rate_limit())


if __name__ == "__main__":
    unittest.main()
