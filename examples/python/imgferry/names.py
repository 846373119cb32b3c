"""The names of images."""

from dataclasses import dataclass
from typing import Optional

from ._handles import Handle
from ._library import library
from ._records import Record
from ._texts import given
from .calls import attempt


class _Name(Record):
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class LocalImage(_Name):
    """The name of an image in an engine: a name with an optional tag or digest, or an image ID."""

    c_name = "imgferry_local_image"
    text: str
    #: The name as it was given, with the registry when it mentions one.
    name: str
    tag: Optional[str]
    #: The digest of the manifest; an image ID is no such digest.
    digest: Optional[str]
    #: The image ID with its algorithm, when it is one.
    id: Optional[str]

    @classmethod
    def parse(cls, text: str) -> "LocalImage":
        """Reads `name[:tag][@digest]` or an image ID. Raises InvalidReference when it is neither."""
        return cls.fetched(lambda out: attempt(library.imgferry_local_image_parse, given(text), out.out()))

    def with_tag(self, tag: str) -> "LocalImage":
        """The same name at another tag; a digest is left out."""
        own = Handle(self.c_name)
        attempt(library.imgferry_local_image_parse, given(self.text), own.out())
        return self.fetched(
            lambda out: attempt(library.imgferry_local_image_with_tag, own.pointer, given(tag), out.out())
        )


@dataclass(frozen=True)
class RemoteImage(_Name):
    """The name of an image in a registry. One of a cluster has a cluster and a project."""

    c_name = "imgferry_remote_image"
    text: str
    #: The name within the registry, or within the project.
    name: str
    tag: Optional[str]
    #: The digest of the manifest. It selects the content, also when there is a tag.
    digest: Optional[str]
    #: The registry's host, and its port when it was given; None for Docker Hub unless it was named.
    registry: Optional[str]
    cluster_name: Optional[str]
    org_name: Optional[str]
    project_name: Optional[str]

    @classmethod
    def parse(cls, text: str) -> "RemoteImage":
        """Reads `[registry/]name[:tag][@digest]`. Raises InvalidReference when it is no such name."""
        return cls.fetched(lambda out: attempt(library.imgferry_remote_image_parse, given(text), out.out()))
