"""Images of one engine and of any registries, by their names."""

from ctypes import byref
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, List, Optional

from . import _structs
from ._handles import Closing, Handle
from ._library import library
from ._records import Record
from ._texts import Path, given, given_path, text
from .calls import Call, OnProgress, attempt, talk
from .config import Config
from .engine import Engine
from .names import LocalImage, RemoteImage
from .options import RegistryOptions, make
from .registry import Registry
from .registry_results import ImageSize


class Via(IntEnum):
    """Which way a push goes."""

    #: The engine pushes.
    ENGINE = 0
    #: The image is read from the engine, and compressed and uploaded from here while it comes.
    DIRECT = 1
    #: Whichever is likely to be faster; and directly, when the engine's push breaks.
    AUTO = 2


class Compression(IntEnum):
    """How layers are compressed that are no more than tars."""

    DEFAULT = 0
    #: Levels 1 to 9.
    GZIP = 1
    #: Levels 1 to 19; nothing for engines before Docker 23.
    ZSTD = 2
    #: They stay as they are.
    AS_IS = 3


@dataclass(frozen=True)
class PushedImage(Record):
    """What Images.push did."""

    c_name = "imgferry_pushed_image"
    #: The image in the registry, with its tag.
    image: RemoteImage
    #: The digest of its manifest.
    digest: Optional[str]
    #: In bytes; not that of the image.
    manifest_size: Optional[int]
    #: Which way it went: Via.ENGINE or Via.DIRECT.
    via: int
    #: Why it went that way, in words; None when it was asked for.
    reason: Optional[str]
    #: What was noted on the way, each a sentence.
    warnings: List[str]


@dataclass(frozen=True)
class PulledImage(Record):
    """What Images.pull did."""

    c_name = "imgferry_pulled_image"
    #: The image in the engine, and its ID there.
    image: LocalImage
    id: str
    #: The digest of what the remote name stood for.
    digest: Optional[str]
    #: Whether the engine had the image already.
    up_to_date: bool
    warnings: List[str]


@dataclass(frozen=True)
class TagSize(Record):
    """A tag in a registry, with the size of its image in bytes."""

    c_name = "imgferry_tag"
    name: str
    size: int


class Images(Closing):
    """Images of one engine and of any registries. Any number of threads may use it at the same time.

        with Engine.from_env() as engine, Images(engine) as images:
            pushed = images.push("app:1", "registry.example/team/app:1", progress=print)
    """

    def __init__(
        self,
        engine: Engine,
        config: Optional[Config] = None,
        options: RegistryOptions = RegistryOptions(),
    ) -> None:
        """`engine` is for transfers, and `options` are for every registry. Nothing is sent yet."""
        self._handle = Handle("imgferry_images")
        make(
            library.imgferry_images_new,
            engine._handle.pointer,
            config and config._handle.pointer,
            options=options,
            struct=_structs.RegistryOptions,
            out=self._handle,
        )

    def push(
        self,
        local: str,
        remote: Optional[str] = None,
        *,
        keep_remote_name: bool = False,
        via: Via = Via.ENGINE,
        compression: Compression = Compression.DEFAULT,
        compression_level: int = 0,
        layer_cache: Optional[Path] = None,
        spool_dir: Optional[Path] = None,
        progress: Optional[OnProgress] = None,
        call: Optional[Call] = None,
    ) -> PushedImage:
        """Pushes the image that the engine knows as `local` to `remote`.

        Afterwards the engine's names are what they were, unless `keep_remote_name` says otherwise. `layer_cache` is
        a file in which direct pushes remember what they made of layers, and `spool_dir` a folder in which one keeps
        large layers while they go out.
        """
        options = _structs.PushImageOptions.filled(
            keep_remote_name=keep_remote_name,
            via=via,
            compression=compression,
            compression_level=compression_level,
            layer_cache=layer_cache and given_path(layer_cache),
            spool_dir=spool_dir and given_path(spool_dir),
        )
        return PushedImage.fetched(
            lambda out: self._talk(
                "push", given(local), given(remote), byref(options), out=out, call=call, progress=progress
            )
        )

    def pull(
        self,
        remote: str,
        local: Optional[str] = None,
        *,
        platform: Optional[str] = None,
        progress: Optional[OnProgress] = None,
        call: Optional[Call] = None,
    ) -> PulledImage:
        """Pulls `remote` into the engine, which then knows it as `local`, and by no other new name."""
        options = _structs.PullImageOptions.filled(platform=platform)
        return PulledImage.fetched(
            lambda out: self._talk(
                "pull", given(remote), given(local), byref(options), out=out, call=call, progress=progress
            )
        )

    def digest(self, remote: str, call: Optional[Call] = None) -> str:
        """The digest of an image in its registry."""
        return self._text("digest", given(remote), call=call)

    def size(self, remote: str, call: Optional[Call] = None) -> ImageSize:
        """The size of an image in its registry."""
        return ImageSize.fetched(lambda out: self._talk("size", given(remote), out=out, call=call))

    def tags(self, remote: str, call: Optional[Call] = None) -> List[RemoteImage]:
        """The tags of an image in its registry, one image for each, sorted by tag."""
        return RemoteImage.fetched_list(lambda out: self._talk("tags", given(remote), out=out, call=call))

    def tag_info(self, remote: str, call: Optional[Call] = None) -> TagSize:
        """The tag of an image, and its size in its registry."""
        return TagSize.fetched(lambda out: self._talk("tag_info", given(remote), out=out, call=call))

    def list(self, cluster_name: Optional[str] = None, call: Optional[Call] = None) -> "List[RemoteImage]":
        """The images of a cluster's registry, without tags and sorted; None is the current cluster."""
        return RemoteImage.fetched_list(lambda out: self._talk("list", given(cluster_name), out=out, call=call))

    def rm(self, remote: str, digest: Optional[str] = None, call: Optional[Call] = None) -> str:
        """Removes an image, with all its tags, from its registry; its digest."""
        return self._text("rm", given(remote), given(digest), call=call)

    def registry(self, remote: str) -> Registry:
        """The registry of an image, for everything that a registry can do."""
        registry = Registry.__new__(Registry)
        registry._handle = Handle("imgferry_registry")
        attempt(library.imgferry_images_registry, self._handle.pointer, given(remote), registry._handle.out())
        return registry

    def _talk(self, verb: str, *arguments: Any, **how: Any) -> None:
        talk(getattr(library, "imgferry_images_" + verb), self._handle.pointer, *arguments, **how)

    def _text(self, verb: str, *arguments: Any, **how: Any) -> str:
        answer = Handle("imgferry_text")
        self._talk(verb, *arguments, out=answer, **how)
        return text(library.imgferry_text_get(answer.pointer))
