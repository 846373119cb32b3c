"""Texts between Python and C."""

import ctypes
import os
from typing import Any, Iterable, List, Mapping, Optional, Union

from ._library import library

Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
Filters = Union[Mapping[str, Any], Iterable[str]]


def text(value: bytes) -> str:
    """A text of C's."""
    return value.decode()


def optional_text(value: bytes) -> Optional[str]:
    """A text of C's, where "" is none."""
    return value.decode() or None


def text_list(pointer: Optional[int]) -> List[str]:
    """A list of texts of C's, which stays C's."""
    count = library.imgferry_text_list_count(pointer)
    return [text(library.imgferry_text_list_at(pointer, at)) for at in range(count)]


def given(value: Any) -> Optional[bytes]:
    """A text for C. Bytes stay as they are; what is no text, such as the name of an image, is asked for its own."""
    if value is None:
        return None
    encoded = value if isinstance(value, bytes) else str(value).encode()
    # C would take what stands before it for the whole.
    if b"\0" in encoded:
        raise ValueError("a text for imgferry has a NUL character")
    return encoded


def given_path(path: Path) -> Any:
    """The path of a file for C, in the bytes of the system."""
    return given(os.fsencode(path))


def given_list(values: Iterable[Any]) -> "ctypes.Array[ctypes.c_char_p]":
    """Texts for C, side by side."""
    if isinstance(values, (str, bytes)):
        raise TypeError("one text was given in place of a list of texts")
    encoded = [given(value) for value in values]
    return (ctypes.c_char_p * len(encoded))(*encoded)


def given_filters(filters: Optional[Filters]) -> List[str]:
    """Filters as C wants them, each "key=value". A mapping may have lists of values, and True and False."""
    if filters is None:
        return []
    if not isinstance(filters, Mapping):
        return [str(entry) for entry in filters]
    entries = []
    for key, values in filters.items():
        for value in values if isinstance(values, (list, tuple, set)) else [values]:
            entries.append(f"{key}={str(value).lower() if isinstance(value, bool) else value}")
    return entries
