"""What the tests share: the engine and the registry that run for them, and images to move."""

import hashlib
import io
import itertools
import json
import os
import socket
import sys
import tarfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import imgferry  # noqa: E402

PROJECT = Path(__file__).parents[3]

#: Who may use the registry that wants a login.
USER, PASSWORD = "tester", "secret"

_numbers = itertools.count()


def engine_address() -> str:
    """The engine of the test, which DOCKER_HOST names."""
    return os.environ["DOCKER_HOST"]


def registry_host() -> str:
    """The registry of the test: plain HTTP, open to all, deleting allowed."""
    return os.environ["IMGFERRY_TEST_REGISTRY"]


def engine() -> imgferry.Engine:
    return imgferry.Engine(engine_address())


def registry() -> imgferry.Registry:
    return imgferry.Registry(registry_host())


def login_registry(**options: object) -> imgferry.Registry:
    """A registry that lets nobody in but USER with PASSWORD."""
    return imgferry.Registry(os.environ["IMGFERRY_TEST_LOGIN_REGISTRY"], imgferry.RegistryOptions(**options))


def unique(name: str) -> str:
    """A name that no other test has."""
    return f"python/{name}-{os.getpid()}-{next(_numbers)}"


def repository(name: str) -> str:
    """A repository of the registry that no other test has."""
    return f"{registry_host()}/{unique(name)}"


def layer(size: int = 1000) -> bytes:
    """The tar of a layer with one file of noise."""
    return _tar({"file": os.urandom(size)})


def archive(name: str, layers: "list[bytes] | None" = None) -> bytes:
    """An archive as `docker save` makes it, of an image with this name."""
    layers = layers or [layer()]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "created": "2024-01-02T03:04:05Z",
        "config": {"Labels": {"greeting": "hello"}, "Env": ["A=b"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(each).hexdigest() for each in layers]},
        "history": [{"created": "2024-01-02T03:04:05Z", "created_by": "a test"} for _ in layers],
    }
    files = {f"{at}/layer.tar": each for at, each in enumerate(layers)}
    entry = {"Config": "config.json", "RepoTags": [name], "Layers": list(files)}
    return _tar({"config.json": json.dumps(config).encode(), "manifest.json": json.dumps([entry]).encode(), **files})


def _tar(files: "dict[str, bytes]") -> bytes:
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return memory.getvalue()


class SilentPeer:
    """Accepts connections and never answers."""

    def __enter__(self) -> "SilentPeer":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._accepted = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    @property
    def host(self) -> str:
        return "127.0.0.1:%d" % self._listener.getsockname()[1]

    def _accept(self) -> None:
        while True:
            try:
                self._accepted.append(self._listener.accept())
            except OSError:
                return

    def __exit__(self, *exception: object) -> None:
        self._listener.close()
        for connection, _ in self._accepted:
            connection.close()
