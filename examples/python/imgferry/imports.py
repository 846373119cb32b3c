"""Images made from root file systems."""

from ctypes import byref
from dataclasses import dataclass
from typing import Any, Callable, Optional, Sequence

from . import _structs
from ._texts import Path, given, given_path
from .calls import Call, OnProgress
from .engine_results import Imported
from .streams import Source, read_callback


@dataclass(frozen=True)
class ImportOptions:
    """What an imported image is to be."""

    #: Its name, with or without a tag. None: only its ID names it.
    repository: Optional[str] = None
    #: Its tag, in place of one in `repository`.
    tag: Optional[str] = None
    #: Dockerfile lines that set its configuration, such as "ENV a=b".
    changes: Sequence[str] = ()
    #: A note that its history keeps.
    message: Optional[str] = None
    #: Its platform, as `os[/arch[/variant]]`.
    platform: Optional[str] = None


class Imports:
    """The verbs of an engine that make an image from the tar of a root file system, plain or compressed."""

    _talk: Callable[..., None]

    def import_image(
        self,
        source: str,
        options: ImportOptions = ImportOptions(),
        *,
        progress: Optional[OnProgress] = None,
        call: Optional[Call] = None,
    ) -> Imported:
        """From a URL, which the engine reads, when `source` contains "://", and else from a file."""
        return self._import("import_image", given(source), options=options, progress=progress, call=call)

    def import_image_from_data(
        self,
        data: bytes,
        options: ImportOptions = ImportOptions(),
        *,
        progress: Optional[OnProgress] = None,
        call: Optional[Call] = None,
    ) -> Imported:
        """From bytes in memory."""
        content = bytes(data)
        return self._import(
            "import_image_from_data", content, len(content), options=options, progress=progress, call=call
        )

    def import_image_from_file(
        self,
        path: Path,
        options: ImportOptions = ImportOptions(),
        *,
        progress: Optional[OnProgress] = None,
        call: Optional[Call] = None,
    ) -> Imported:
        """From a file."""
        return self._import(
            "import_image_from_file", given_path(path), options=options, progress=progress, call=call
        )

    def import_image_from_stream(
        self,
        source: Source,
        options: ImportOptions = ImportOptions(),
        *,
        progress: Optional[OnProgress] = None,
        call: Optional[Call] = None,
    ) -> Imported:
        """From a binary file or an iterable of bytes."""
        read = read_callback(source)
        return self._import(
            "import_image_from_stream", read, None, options=options, progress=progress, call=call
        )

    def import_image_from_url(
        self,
        url: str,
        options: ImportOptions = ImportOptions(),
        *,
        progress: Optional[OnProgress] = None,
        call: Optional[Call] = None,
    ) -> Imported:
        """From a URL that the engine reads."""
        return self._import("import_image_from_url", given(url), options=options, progress=progress, call=call)

    def import_image_from_image(
        self,
        image: str,
        options: ImportOptions = ImportOptions(),
        *,
        progress: Optional[OnProgress] = None,
        call: Optional[Call] = None,
    ) -> Imported:
        """Pulls an image and gives it the name in the options, which is what engines do when asked for this."""
        return self._import("import_image_from_image", given(image), options=options, progress=progress, call=call)

    def _import(self, verb: str, *arguments: Any, options: ImportOptions, **how: Any) -> Imported:
        struct = _structs.ImportOptions.filled(**vars(options))
        return Imported.fetched(lambda out: self._talk(verb, *arguments, byref(struct), out=out, **how))
