"""Results: a C result is read into a frozen dataclass, and freed at once.

A field is read by the C function of its name, and its type says how: `str`, `int` and `bool` as they are;
`Optional` is None for "", -1 and NULL; `List[str]`; `Json` is a document; and another record, or a list of them.
What does not follow the names of the header has a reader of its own.
"""

import json
from dataclasses import field, fields
from typing import Any, Callable, Dict, List, Optional, TypeVar, Union, get_args, get_origin, get_type_hints

from ._handles import Handle
from ._library import library
from ._texts import text, text_list

#: A document as the engine gave it, read.
Json = Dict[str, Any]

R = TypeVar("R", bound="Record")


class Record:
    """A dataclass that is read from a pointer of C's."""

    #: What the C functions that read it begin with.
    c_name = ""

    @classmethod
    def read(cls: "type[R]", pointer: Any) -> R:
        """What is behind a pointer, which stays C's."""
        hints = get_type_hints(cls)
        values = {}
        for each in fields(cls):  # type: ignore[arg-type]
            reader = each.metadata.get("reader")
            values[each.name] = reader(pointer) if reader else _value(cls.c_name, each.name, hints[each.name], pointer)
        return cls(**values)

    @classmethod
    def read_list(cls: "type[R]", pointer: Any) -> List[R]:
        """All that is in a list of C's, which stays C's."""
        return read_list(cls, cls.c_name + "_list_", pointer)

    @classmethod
    def fetched(cls: "type[R]", fill: Callable[[Handle], None]) -> R:
        """What a C function put into a handle."""
        handle = Handle(cls.c_name)
        fill(handle)
        return cls.read(handle.pointer)

    @classmethod
    def fetched_list(cls: "type[R]", fill: Callable[[Handle], None]) -> List[R]:
        """The list that a C function put into a handle."""
        handle = Handle(cls.c_name + "_list")
        fill(handle)
        return cls.read_list(handle.pointer)


def read_list(cls: "type[R]", c_prefix: str, pointer: Any) -> List[R]:
    """The records that the C functions `..._count` and `..._at` give."""
    count, at = getattr(library, c_prefix + "count"), getattr(library, c_prefix + "at")
    return [cls.read(at(pointer, index)) for index in range(count(pointer))]


def mapping(c_prefix: str) -> Any:
    """A field that is read by the C functions `..._count`, `..._key_at` and `..._value_at`."""

    def reader(pointer: Any) -> Dict[str, str]:
        count, key, value = (getattr(library, c_prefix + end) for end in ("_count", "_key_at", "_value_at"))
        return {text(key(pointer, at)): text(value(pointer, at)) for at in range(count(pointer))}

    return read_by(reader)


def read_by(reader: Callable[[Any], Any]) -> Any:
    """A field with a reader of its own."""
    return field(metadata={"reader": reader})


def _value(c_name: str, name: str, hint: Any, pointer: Any) -> Any:
    value = getattr(library, f"{c_name}_{name}")(pointer)
    kind = hint
    if get_origin(hint) is Union:
        kind = get_args(hint)[0]
        if value in (b"", -1, None):
            return None
    if kind is str:
        return text(value)
    if kind in (int, bool):
        return kind(value)
    if kind == Json:
        return json.loads(value)
    if kind == List[str]:
        return text_list(value)
    if get_origin(kind) is list:
        return get_args(kind)[0].read_list(value)
    return kind.read(value)
