"""Configurations: registries by the names of their clusters, and who asks them."""

from ctypes import byref
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Callable, Dict, Optional

from . import _callbacks, _structs
from ._handles import Closing, Handle
from ._library import library
from ._texts import Path, given, given_path, optional_text, text
from .calls import attempt
from .credentials import token_callback
from .names import LocalImage, RemoteImage


class TagOption(IntEnum):
    """What becomes of the tag in a name that is read."""

    #: A name without tag and digest gets the tag "latest".
    DEFAULT = 0
    #: A missing tag stays missing.
    ALLOW = 1
    #: A name with a tag or a digest is refused.
    DENY = 2


@dataclass(frozen=True)
class ConfigOptions:
    """What takes the place of what a configuration says for all clusters."""

    cluster_name: Optional[str] = None
    org_name: Optional[str] = None
    project_name: Optional[str] = None
    #: Who asks.
    username: Optional[str] = None
    #: Gives the token whenever one is needed. It may be called on several threads at the same time.
    token: Optional[Callable[[], str]] = field(default=None, repr=False)


class Config(Closing):
    """A configuration; the head of imgferry.h shows its form, and the forms of the names that it reads.

        config = Config.parse('{"cluster_name": "main", "clusters": {"main": {"registry_url": "..."}}}')
        images = Images(engine, config)
        images.push("app:1", "image:app:1")
    """

    def __init__(self) -> None:
        """The configuration that the environment leads to, as Config.from_env."""
        self._make("from_env", options=None)

    @classmethod
    def parse(cls, json: str, options: Optional[ConfigOptions] = None) -> "Config":
        """Reads a configuration from its text."""
        return cls.__new__(cls)._make("parse", given(json), options=options)

    @classmethod
    def read(cls, path: Path, options: Optional[ConfigOptions] = None) -> "Config":
        """Reads a configuration from a file."""
        return cls.__new__(cls)._make("read", given_path(path), options=options)

    @classmethod
    def from_env(cls, options: Optional[ConfigOptions] = None) -> "Config":
        """The configuration that the environment leads to: IMGFERRY_CONFIG, or the file of the user, or none."""
        return cls.__new__(cls)._make("from_env", options=options)

    def _make(self, verb: str, *arguments: Any, options: Optional[ConfigOptions]) -> "Config":
        values = dict(vars(options or ConfigOptions()))
        ask, number = values.pop("token"), None
        if ask is not None:
            callback, number, forget = token_callback(ask)
            values.update(token_callback=callback, token_userdata=number, token_destroy=forget)
        struct = _structs.ConfigOptions.filled(**values)
        self._handle = Handle("imgferry_config")
        try:
            attempt(
                getattr(library, "imgferry_config_" + verb), *arguments, byref(struct), self._handle.out()
            )
        except BaseException:
            if number is not None:
                _callbacks.forget(number)
            raise
        return self

    @property
    def cluster_name(self) -> Optional[str]:
        """The current cluster."""
        return optional_text(library.imgferry_config_cluster_name(self._handle.pointer))

    @property
    def org_name(self) -> Optional[str]:
        """The current organization."""
        return optional_text(library.imgferry_config_org_name(self._handle.pointer))

    @property
    def project_name(self) -> Optional[str]:
        """The current project."""
        return optional_text(library.imgferry_config_project_name(self._handle.pointer))

    @property
    def clusters(self) -> Dict[str, str]:
        """Where the registry of each cluster is, as it was written, by the name of the cluster."""
        pointer = self._handle.pointer
        return {
            text(library.imgferry_config_cluster_name_at(pointer, at)): text(
                library.imgferry_config_registry_url_at(pointer, at)
            )
            for at in range(library.imgferry_config_cluster_count(pointer))
        }

    def remote_image(self, name: str, tag_option: TagOption = TagOption.DEFAULT) -> RemoteImage:
        """Reads the name of a remote image, such as "image:app:1"."""
        return RemoteImage.fetched(lambda out: self._read("remote_image", given(name), tag_option, out=out))

    def platform_image(self, name: str, tag_option: TagOption = TagOption.DEFAULT) -> RemoteImage:
        """Reads the name of a remote image that belongs to a cluster."""
        return RemoteImage.fetched(lambda out: self._read("platform_image", given(name), tag_option, out=out))

    def local_image(self, name: str, tag_option: TagOption = TagOption.DEFAULT) -> LocalImage:
        """Reads the name of a local image, or an image ID."""
        return LocalImage.fetched(lambda out: self._read("local_image", given(name), tag_option, out=out))

    def to_platform_image(self, local: str) -> RemoteImage:
        """The remote image that `local` is pushed to when none is named."""
        return RemoteImage.fetched(lambda out: self._read("to_platform_image", given(local), out=out))

    def to_local_image(self, remote: str) -> LocalImage:
        """The local image that `remote` is pulled as when none is named."""
        return LocalImage.fetched(lambda out: self._read("to_local_image", given(remote), out=out))

    def _read(self, verb: str, *arguments: Any, out: Handle) -> None:
        attempt(getattr(library, "imgferry_config_" + verb), self._handle.pointer, *arguments, out.out())
