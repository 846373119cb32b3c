"""One registry."""

import ctypes
import os
from ctypes import byref
from typing import Any, Iterator, List, Optional, Union

from . import _structs
from ._handles import Closing, Handle
from ._library import library
from ._texts import Path, given, given_path, text, text_list
from .calls import Call, OnProgress, attempt, talk
from .options import RegistryOptions, make
from .registry_results import (
    Descriptor,
    ImageConfig,
    ImagePlatform,
    ImageSize,
    Manifest,
    ManifestHead,
    RateLimit,
    TagInfo,
    UploadedBlob,
)
from .streams import Reader, Source, read_callback


class Registry(Closing):
    """One registry: a host with or without a port, as in image names, such as "registry.example:5000".

    It keeps connections and short-lived tokens, so one object for many calls is faster than many. Any number of
    threads may use it at the same time.

        with Registry("registry.example") as registry:
            for tag in registry.tags("registry.example/team/app"):
                print(tag)

    Images and repositories are named in full, with the host. Without a tag, "latest" is meant. Blobs are named
    `repository@digest`.
    """

    def __init__(self, host: str, options: RegistryOptions = RegistryOptions()) -> None:
        """Nothing is sent yet."""
        self._handle = Handle("imgferry_registry")
        make(
            library.imgferry_registry_new,
            given(host),
            options=options,
            struct=_structs.RegistryOptions,
            out=self._handle,
        )

    @property
    def host(self) -> str:
        """The registry as image names mention it."""
        return text(library.imgferry_registry_host(self._handle.pointer))

    def __repr__(self) -> str:
        return f"Registry({self.host!r})"

    def ping(self, call: Optional[Call] = None) -> None:
        """Asks whether a registry answers there; raises CannotConnect or ProtocolBroken when none does."""
        self._talk("ping", call=call)

    def check_login(self, call: Optional[Call] = None) -> bool:
        """Shows the credentials once: True when they were accepted, False when the registry demands none."""
        accepted = ctypes.c_int32()
        self._talk("check_login", out=accepted, call=call)
        return bool(accepted.value)

    def rate_limit(self) -> Optional[RateLimit]:
        """What it said last of how often it may be asked; None when it did not say anything yet."""
        answer = Handle("imgferry_rate_limit")
        attempt(library.imgferry_registry_rate_limit, self._handle.pointer, answer.out())
        return RateLimit.read(answer.pointer) if answer.pointer else None

    # --- Names ---

    def tags(self, repository: str, call: Optional[Call] = None) -> List[str]:
        """The tags of a repository, sorted."""
        answer = Handle("imgferry_text_list")
        self._talk("tags", given(repository), out=answer, call=call)
        return text_list(answer.pointer)

    def list_tags(self, repository: str, call: Optional[Call] = None) -> Iterator[str]:
        """The tags of a repository one after the other, in its order, a page at a time."""
        return self._names("list_tags", given(repository), call=call)

    def repositories(self, call: Optional[Call] = None) -> Iterator[str]:
        """The repositories one after the other, without the host, a page at a time."""
        return self._names("repositories", call=call)

    # --- Images ---

    def digest(self, image: str, call: Optional[Call] = None) -> str:
        """The digest that the registry has for an image."""
        return self._text("digest", given(image), call=call)

    def size(self, image: str, call: Optional[Call] = None) -> ImageSize:
        """How much of the registry an image takes."""
        return ImageSize.fetched(lambda out: self._talk("size", given(image), out=out, call=call))

    def tag_info(self, image: str, call: Optional[Call] = None) -> TagInfo:
        """What it has under a tag: what it is, for which platforms, how large, and when it was made."""
        return TagInfo.fetched(lambda out: self._talk("tag_info", given(image), out=out, call=call))

    def platforms(self, image: str, call: Optional[Call] = None) -> List[ImagePlatform]:
        """The platforms that an image is for."""
        return ImagePlatform.fetched_list(lambda out: self._talk("platforms", given(image), out=out, call=call))

    def image_config(
        self, image: str, platform: Optional[str] = None, call: Optional[Call] = None
    ) -> ImageConfig:
        """How an image is run. None for the platform is Linux and the processor of this machine."""
        return ImageConfig.fetched(
            lambda out: self._talk("image_config", given(image), given(platform), out=out, call=call)
        )

    def referrers(
        self, image: str, artifact_type: Optional[str] = None, call: Optional[Call] = None
    ) -> List[Descriptor]:
        """The manifests that refer to an image, such as signatures."""
        return Descriptor.fetched_list(
            lambda out: self._talk("referrers", given(image), given(artifact_type), out=out, call=call)
        )

    # --- Manifests ---

    def get_manifest(self, image: str, call: Optional[Call] = None) -> Manifest:
        """The manifest of an image, or its index."""
        return Manifest.fetched(lambda out: self._talk("get_manifest", given(image), out=out, call=call))

    def head_manifest(self, image: str, call: Optional[Call] = None) -> ManifestHead:
        """What the manifest of an image is, without getting it."""
        return ManifestHead.fetched(lambda out: self._talk("head_manifest", given(image), out=out, call=call))

    def put_manifest(self, reference: str, media_type: str, manifest: bytes, call: Optional[Call] = None) -> str:
        """Puts a manifest or an index under a tag, or else under its digest, which is told."""
        content = bytes(manifest)
        return self._text(
            "put_manifest", given(reference), given(media_type), content, len(content), call=call
        )

    def delete_manifest(self, image: str, call: Optional[Call] = None) -> str:
        """Removes the manifest of an image with every tag of it; the digest that was removed."""
        return self._text("delete_manifest", given(image), call=call)

    def delete_tag(self, image: str, call: Optional[Call] = None) -> None:
        """Removes a tag alone. Many registries cannot, which is Unsupported."""
        self._talk("delete_tag", given(image), call=call)

    def delete_all_tags(self, repository: str, call: Optional[Call] = None) -> List[str]:
        """Removes everything that has a tag in a repository; the tags that were removed."""
        answer = Handle("imgferry_text_list")
        self._talk("delete_all_tags", given(repository), out=answer, call=call)
        return text_list(answer.pointer)

    # --- Blobs ---

    def head_blob(self, blob: str, call: Optional[Call] = None) -> int:
        """The size of a blob in bytes; raises NotFound when the registry does not have it."""
        size = ctypes.c_uint64()
        self._talk("head_blob", given(blob), out=size, call=call)
        return size.value

    def get_blob(
        self,
        blob: str,
        *,
        size: Optional[int] = None,
        offset: Optional[int] = None,
        length: Optional[int] = None,
        call: Optional[Call] = None,
    ) -> Reader:
        """A blob: a file to be read, and an iterator of chunks. A whole one is verified by its digest.

        `size` is what a manifest promises; `offset` and `length` choose a part.
        """
        options = _structs.BlobOptions.filled(size=size, offset=offset, length=length)
        return Reader(lambda out: self._talk("get_blob", given(blob), byref(options), out=out, call=call), call)

    def save_blob(
        self, blob: str, path: Path, *, progress: Optional[OnProgress] = None, call: Optional[Call] = None
    ) -> int:
        """Writes a blob to a file, which appears when it is whole and verified; how many bytes it has."""
        saved = Handle("imgferry_saved")
        self._talk(
            "get_blob_path", given(blob), given_path(path), None, out=saved, call=call, progress=progress
        )
        return library.imgferry_saved_size(saved.pointer)

    def put_blob(
        self,
        repository: str,
        source: Union[Source, "os.PathLike[str]", str],
        *,
        digest: Optional[str] = None,
        mount_from: Optional[str] = None,
        chunk_size: Optional[int] = None,
        progress: Optional[OnProgress] = None,
        call: Optional[Call] = None,
    ) -> UploadedBlob:
        """Uploads a blob unless it is there: the path of a file, bytes, a binary file, or an iterable of bytes."""
        options = _structs.UploadOptions.filled(digest=digest, mount_from=mount_from, chunk_size=chunk_size)
        if isinstance(source, (str, os.PathLike)):
            verb, content = "put_blob_path", [given_path(source)]
        elif isinstance(source, bytes):
            verb, content = "put_blob_data", [source, len(source)]
        else:
            verb, content = "put_blob_stream", [read_callback(source), None]
        return UploadedBlob.fetched(
            lambda out: self._talk(
                verb, given(repository), *content, byref(options), out=out, call=call, progress=progress
            )
        )

    def mount_blob(self, blob: str, source: str, call: Optional[Call] = None) -> bool:
        """Makes a blob of the repository `source` available in another one; False when the registry did not.

        `source` is without the host, such as "team/base"."""
        mounted = ctypes.c_int32()
        self._talk("mount_blob", given(blob), given(source), out=mounted, call=call)
        return bool(mounted.value)

    def delete_blob(self, blob: str, call: Optional[Call] = None) -> None:
        """Removes a blob. Manifests that refer to it are broken then."""
        self._talk("delete_blob", given(blob), call=call)

    def _talk(self, verb: str, *arguments: Any, **how: Any) -> None:
        talk(getattr(library, "imgferry_registry_" + verb), self._handle.pointer, *arguments, **how)

    def _text(self, verb: str, *arguments: Any, **how: Any) -> str:
        answer = Handle("imgferry_text")
        self._talk(verb, *arguments, out=answer, **how)
        return text(library.imgferry_text_get(answer.pointer))

    def _names(self, verb: str, *arguments: Any, call: Optional[Call]) -> Iterator[str]:
        names = Handle("imgferry_names")
        attempt(getattr(library, "imgferry_registry_" + verb), self._handle.pointer, *arguments, names.out())
        return _each(names, call)


def _each(names: Handle, call: Optional[Call]) -> Iterator[str]:
    while True:
        name = Handle("imgferry_text")
        talk(library.imgferry_names_next, names.pointer, out=name, call=call)
        if not name.pointer:
            return
        yield text(library.imgferry_text_get(name.pointer))
