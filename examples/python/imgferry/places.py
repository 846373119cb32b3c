"""Where images are, and the way from one place to another."""

from ctypes import byref
from dataclasses import dataclass
from typing import Any, Iterable, List, Optional

from . import _structs
from ._handles import Closing, Handle
from ._library import library
from ._records import Record, read_by
from ._texts import Path, given, given_path, text
from .calls import Call, OnProgress, attempt, talk
from .engine import Engine
from .engine_results import Removed
from .images import Compression
from .options import RegistryOptions, make
from .registry import Registry
from .registry_results import Descriptor, ImageConfig, ImagePlatform, Manifest


@dataclass(frozen=True)
class Inspected(Record):
    """What is at a place. An engine tells less than other places."""

    c_name = "imgferry_inspected"
    #: Of the manifest or index; None where there is none.
    digest: Optional[str]
    media_type: Optional[str]
    manifest: Optional[Manifest]
    #: The platforms that the index names; empty for what is not an index.
    platforms: List[ImagePlatform]
    #: Whether there is an image for the platform.
    has_image: bool
    #: The own manifest of the image, which an index lists.
    image_manifest: Optional[Manifest]
    #: How it is run; None for an artifact.
    image_config: Optional[ImageConfig]
    #: Its layers, the lowest first, as they are at the place.
    image_layers: List[Descriptor]
    #: In bytes: the config and each layer once.
    image_size: int
    warnings: List[str]


@dataclass(frozen=True)
class Deleted(Record):
    """What Place.delete did."""

    c_name = "imgferry_deleted"
    removed: Removed
    #: In bytes, in a layout; 0 elsewhere.
    space_reclaimed: int
    warnings: List[str]


@dataclass(frozen=True)
class Copied(Record):
    """What copy did."""

    c_name = "imgferry_copied"
    #: The digest of the image at the destination, and its media type.
    digest: str
    media_type: str
    #: When one image of several was copied.
    platform: Optional[str]
    #: How many manifests and indexes were written.
    manifests: int
    #: How many blobs the destination had already, and how many were moved, with how many bytes.
    existing_blobs: int
    blobs: int
    bytes: int
    warnings: List[str]


class Place(Closing):
    """Where an image is, or shall be: a registry, an engine, a `docker save` archive, an OCI layout or its archive.

        source = Place.parse("docker://registry.example/app:1")
        copied = copy(source, Place.oci_layout("/srv/images", "app"), progress=print)
    """

    @classmethod
    def parse(
        cls, text: str, engine: Optional[Engine] = None, options: RegistryOptions = RegistryOptions()
    ) -> "Place":
        """Reads a place in skopeo's spelling.

        "docker://HOST/PATH", "docker-daemon:NAME" (in `engine`), "docker-archive:FILE", "oci:FOLDER" or
        "oci-archive:FILE"; ":NAME" may follow.
        """
        place = cls._empty()
        make(
            library.imgferry_place_parse,
            given(text),
            engine and engine._handle.pointer,
            options=options,
            struct=_structs.RegistryOptions,
            out=place._handle,
        )
        return place

    @classmethod
    def registry(cls, registry: Registry, image: str) -> "Place":
        """An image in a registry; without tag and digest, its tag "latest"."""
        return cls._made("registry", registry._handle.pointer, given(image))

    @classmethod
    def engine(cls, engine: Engine, image: str) -> "Place":
        """An image in an engine."""
        return cls._made("engine", engine._handle.pointer, given(image))

    @classmethod
    def docker_archive(cls, path: Path, image: Optional[str] = None) -> "Place":
        """An image in an archive as `docker save` makes it."""
        return cls._made("docker_archive", given_path(path), given(image))

    @classmethod
    def oci_layout(cls, path: Path, image: Optional[str] = None) -> "Place":
        """An image in a folder with an OCI image layout."""
        return cls._made("oci_layout", given_path(path), given(image))

    @classmethod
    def oci_archive(cls, path: Path, image: Optional[str] = None) -> "Place":
        """An image in an OCI image layout in a tar."""
        return cls._made("oci_archive", given_path(path), given(image))

    def inspect(self, platform: Optional[str] = None, call: Optional[Call] = None) -> Inspected:
        """What is at the place, and the image there for one platform (None: Linux and this processor)."""
        return Inspected.fetched(
            lambda out: talk(
                library.imgferry_place_inspect, self._handle.pointer, given(platform), out=out, call=call
            )
        )

    def list(self, call: Optional[Call] = None) -> "List[ListedImage]":
        """The images at the place, one for each name that they have."""
        return ListedImage.fetched_list(
            lambda out: talk(library.imgferry_place_list, self._handle.pointer, out=out, call=call)
        )

    def delete(self, call: Optional[Call] = None) -> Deleted:
        """Removes the image from the place: a tag alone, a digest with its tags, or a name."""
        return Deleted.fetched(
            lambda out: talk(library.imgferry_place_delete, self._handle.pointer, out=out, call=call)
        )

    def __str__(self) -> str:
        return text(library.imgferry_place_text(self._handle.pointer))

    def __repr__(self) -> str:
        return f"Place({str(self)!r})"

    @classmethod
    def _empty(cls) -> "Place":
        place = cls.__new__(cls)
        place._handle = Handle("imgferry_place")
        return place

    @classmethod
    def _made(cls, kind: str, *arguments: Any) -> "Place":
        place = cls._empty()
        attempt(getattr(library, "imgferry_place_" + kind), *arguments, place._handle.out())
        return place


def _place_text(pointer: Any) -> str:
    return text(library.imgferry_place_text(library.imgferry_listed_image_place(pointer)))


@dataclass(frozen=True)
class ListedImage(Record):
    """An image at a place."""

    c_name = "imgferry_listed_image"
    #: In a registry its tag, elsewhere mostly a reference or a tag; None when it has none.
    name: Optional[str]
    #: Of its manifest or index, where the list says it: in layouts.
    digest: Optional[str]
    #: Where the list says it: in engines, and mostly in archives for Docker.
    id: Optional[str]
    #: Where it is, as Place.parse reads it.
    place: str = read_by(_place_text)


def copy(
    source: Place,
    destination: Place,
    *,
    platforms: Optional[Iterable[str]] = None,
    all_platforms: bool = False,
    referrers: bool = False,
    keep_digests: bool = False,
    parallel: int = 0,
    compression: Compression = Compression.DEFAULT,
    compression_level: int = 0,
    progress: Optional[OnProgress] = None,
    call: Optional[Call] = None,
) -> Copied:
    """Copies the image at `source` to `destination`, without an engine in between.

    Of several platforms, those that are named, or all, or else the one for Linux and this processor; with
    `referrers` also what is attached to the image. `keep_digests` fails where digests cannot stay. `parallel` is how
    many blobs move at the same time (0: 4).
    """
    options = _structs.CopyOptions.filled(
        platforms=platforms,
        all_platforms=all_platforms,
        referrers=referrers,
        keep_digests=keep_digests,
        parallel=parallel,
        compression=compression,
        compression_level=compression_level,
    )
    return Copied.fetched(
        lambda out: talk(
            library.imgferry_copy,
            source._handle.pointer,
            destination._handle.pointer,
            byref(options),
            out=out,
            call=call,
            progress=progress,
        )
    )
