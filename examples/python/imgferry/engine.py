"""A Docker Engine, or another one that speaks its API."""

import os
from ctypes import byref
from typing import Any, Iterable, List, Optional, Union

from . import _structs
from ._handles import Closing, Handle
from ._library import library
from ._records import read_list
from ._texts import Filters, Path, given, given_filters, given_list, given_path, text
from .calls import Call, OnProgress, attempt, talk
from .credentials import Credential, one_for_c
from .engine_results import (
    Distribution,
    HistoryEntry,
    ImageDetails,
    ImageSummary,
    Loaded,
    Pruned,
    Pulled,
    Pushed,
    Removed,
    SearchResult,
)
from .imports import Imports
from .options import EngineOptions, make
from .streams import Reader, Source, read_callback


class Engine(Imports, Closing):
    """A Docker Engine, or another one that speaks its API, such as podman's service.

    It keeps connections, so one object for many calls is faster than many. Any number of threads may use it at the
    same time. The verbs are those of docker-py.

        with Engine.from_env() as engine:
            print(engine.pull("busybox:1.36").digest)

    Every verb takes a `call` (who may stop it, how long it may take), and those that move images `progress`, which
    is called with each step.
    """

    def __init__(self, address: str, options: EngineOptions = EngineOptions()) -> None:
        """The engine at "unix:///path", "tcp://host:port", "https://host" or "ssh://user@host". Nothing is sent yet."""
        self._handle = Handle("imgferry_engine")
        make(
            library.imgferry_engine_new,
            given(address),
            options=options,
            struct=_structs.EngineOptions,
            out=self._handle,
        )

    @classmethod
    def from_env(cls) -> "Engine":
        """The engine that the environment names, as the docker command finds it, with the logins of that."""
        engine = cls.__new__(cls)
        engine._handle = Handle("imgferry_engine")
        attempt(library.imgferry_engine_from_env, engine._handle.out())
        return engine

    @property
    def endpoint(self) -> str:
        """Its address, as it stands in errors."""
        return text(library.imgferry_engine_endpoint(self._handle.pointer))

    def __repr__(self) -> str:
        return f"Engine({self.endpoint!r})"

    def api_version(self, call: Optional[Call] = None) -> str:
        """The version of the API that is spoken with it, such as "1.41"."""
        answer = Handle("imgferry_text")
        talk(library.imgferry_engine_api_version, self._handle.pointer, call=call, out=answer)
        return text(library.imgferry_text_get(answer.pointer))

    # --- To and from registries ---

    def push(
        self,
        reference: str,
        tag: Optional[str] = None,
        *,
        platform: Optional[str] = None,
        all_tags: bool = False,
        credential: Optional[Credential] = None,
        progress: Optional[OnProgress] = None,
        call: Optional[Call] = None,
    ) -> Pushed:
        """Pushes the image of that name to the registry in that name; without a tag, "latest"."""
        options = _structs.PushOptions.filled(
            tag=tag, platform=platform, all_tags=all_tags, credential=one_for_c(credential)
        )
        return Pushed.fetched(
            lambda out: self._talk("push", given(reference), byref(options), out=out, call=call, progress=progress)
        )

    def pull(
        self,
        reference: str,
        tag: Optional[str] = None,
        *,
        platform: Optional[str] = None,
        all_tags: bool = False,
        credential: Optional[Credential] = None,
        progress: Optional[OnProgress] = None,
        call: Optional[Call] = None,
    ) -> Pulled:
        """Pulls an image; without a tag and a digest "latest"."""
        options = _structs.PullOptions.filled(
            tag=tag, platform=platform, all_tags=all_tags, credential=one_for_c(credential)
        )
        return Pulled.fetched(
            lambda out: self._talk("pull", given(reference), byref(options), out=out, call=call, progress=progress)
        )

    def inspect_distribution(
        self, reference: str, *, credential: Optional[Credential] = None, call: Optional[Call] = None
    ) -> Distribution:
        """Asks the registry, through the engine, what it has under a name."""
        shown = credential and byref(credential.to_c())
        return Distribution.fetched(
            lambda out: self._talk("inspect_distribution", given(reference), shown, out=out, call=call)
        )

    def search(
        self,
        term: str,
        limit: Optional[int] = None,
        *,
        filters: Optional[Filters] = None,
        credential: Optional[Credential] = None,
        call: Optional[Call] = None,
    ) -> List[SearchResult]:
        """Searches Docker Hub, or the registry whose host stands before the first slash of `term`."""
        options = _structs.SearchOptions.filled(
            filters=given_filters(filters), limit=limit, credential=one_for_c(credential)
        )
        return SearchResult.fetched_list(
            lambda out: self._talk("search", given(term), byref(options), out=out, call=call)
        )

    # --- Archives ---

    def get_image(
        self, image: str, *, platforms: Optional[Iterable[str]] = None, call: Optional[Call] = None
    ) -> Reader:
        """An archive of an image, as `docker save` writes it: a file to be read, and an iterator of chunks."""
        return self.get_images([image], platforms=platforms, call=call)

    def get_images(
        self, images: Iterable[str], *, platforms: Optional[Iterable[str]] = None, call: Optional[Call] = None
    ) -> Reader:
        """One archive of several images."""
        names, options = given_list(images), _structs.ArchiveOptions.filled(platforms=platforms)
        return Reader(
            lambda out: self._talk("get_images", names, len(names), byref(options), out=out, call=call), call
        )

    def save_images(
        self,
        images: Iterable[str],
        path: Path,
        *,
        platforms: Optional[Iterable[str]] = None,
        progress: Optional[OnProgress] = None,
        call: Optional[Call] = None,
    ) -> int:
        """Writes an archive of images to a file, which appears when it is whole; how many bytes it has."""
        names, options = given_list(images), _structs.ArchiveOptions.filled(platforms=platforms)
        saved = Handle("imgferry_saved")
        self._talk(
            "get_images_path",
            names,
            len(names),
            given_path(path),
            byref(options),
            out=saved,
            call=call,
            progress=progress,
        )
        return library.imgferry_saved_size(saved.pointer)

    def load_image(
        self,
        source: Union[Source, "os.PathLike[str]", str],
        *,
        platforms: Optional[Iterable[str]] = None,
        quiet: bool = False,
        progress: Optional[OnProgress] = None,
        call: Optional[Call] = None,
    ) -> Loaded:
        """Loads the images of an archive: the path of a file, bytes, a binary file, or an iterable of bytes."""
        options = _structs.LoadOptions.filled(platforms=platforms, quiet=quiet)
        if isinstance(source, (str, os.PathLike)):
            verb, arguments = "load_image_path", [given_path(source)]
        else:
            verb, arguments = "load_image", [read_callback(source), None]
        return Loaded.fetched(
            lambda out: self._talk(verb, *arguments, byref(options), out=out, call=call, progress=progress)
        )

    # --- What is there ---

    def images(
        self,
        name: Optional[str] = None,
        *,
        all: bool = False,
        filters: Optional[Filters] = None,
        shared_size: bool = False,
        manifests: bool = False,
        call: Optional[Call] = None,
    ) -> List[ImageSummary]:
        """The images of the engine; `filters` as {"dangling": True, "label": ["a=b", "c"]}."""
        options = _structs.ListOptions.filled(
            name=name, filters=given_filters(filters), all=all, shared_size=shared_size, manifests=manifests
        )
        images = Handle("imgferry_image_list")
        self._talk("images", byref(options), out=images, call=call)
        return read_list(ImageSummary, "imgferry_image_list_", images.pointer)

    def inspect_image(
        self,
        image: str,
        *,
        platform: Optional[str] = None,
        manifests: bool = False,
        call: Optional[Call] = None,
    ) -> ImageDetails:
        """What the engine knows of an image, named by reference or ID."""
        options = _structs.InspectOptions.filled(platform=platform, manifests=manifests)
        return ImageDetails.fetched(
            lambda out: self._talk("inspect_image", given(image), byref(options), out=out, call=call)
        )

    def history(
        self, image: str, *, platform: Optional[str] = None, call: Optional[Call] = None
    ) -> List[HistoryEntry]:
        """How an image was made, the last step first."""
        history = Handle("imgferry_history")
        self._talk("history", given(image), given(platform), out=history, call=call)
        return read_list(HistoryEntry, "imgferry_history_", history.pointer)

    # --- Names, and the end of images ---

    def tag(self, image: str, repository: str, tag: Optional[str] = None, *, call: Optional[Call] = None) -> None:
        """Gives an image one more name. A name that another image had moves."""
        self._talk("tag", given(image), given(repository), given(tag), call=call)

    def remove_image(
        self,
        image: str,
        *,
        force: bool = False,
        no_prune: bool = False,
        platforms: Optional[Iterable[str]] = None,
        call: Optional[Call] = None,
    ) -> Removed:
        """Takes a name from an image, and removes the image when it was its last one."""
        options = _structs.RemoveOptions.filled(platforms=platforms, force=force, no_prune=no_prune)
        return Removed.fetched(
            lambda out: self._talk("remove_image", given(image), byref(options), out=out, call=call)
        )

    def prune_images(self, filters: Optional[Filters] = None, *, call: Optional[Call] = None) -> Pruned:
        """Removes images that nobody uses: those without a name, or with {"dangling": False} all unused ones."""
        texts = given_list(given_filters(filters))
        return Pruned.fetched(lambda out: self._talk("prune_images", texts, len(texts), out=out, call=call))

    def _talk(self, verb: str, *arguments: Any, **how: Any) -> None:
        talk(getattr(library, "imgferry_engine_" + verb), self._handle.pointer, *arguments, **how)
