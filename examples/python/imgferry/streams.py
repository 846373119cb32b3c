"""Bytes from a peer, and bytes to one."""

import ctypes
import io
from typing import Any, BinaryIO, Callable, Iterable, Iterator, Optional, Union

from . import _callbacks, _structs
from ._handles import Handle
from ._library import library
from .calls import Call, talk

#: What can be sent: bytes, a binary file or another object with `read`, or an iterable of bytes.
Source = Union[bytes, BinaryIO, Iterable[bytes]]

#: As much as `for` gives at a time, in bytes.
CHUNK = 1 << 20


class Reader(io.RawIOBase):
    """A stream of bytes: a file to be read once, and an iterator of chunks (not of lines).

    One thread at a time may use it. Closed in the middle, it stops the peer.
    """

    def __init__(self, ask: Callable[[Handle], None], call: Optional[Call]) -> None:
        super().__init__()
        self._handle = Handle("imgferry_reader")
        self._call = call
        ask(self._handle)

    @property
    def size(self) -> Optional[int]:
        """How many bytes the whole of it has; None when the peer did not say it."""
        size = library.imgferry_reader_size(self._handle.pointer)
        return None if size < 0 else size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads the next bytes; 0 is the end, and that all was whole."""
        if self.closed:
            raise ValueError("read of a closed Reader")
        view = memoryview(buffer).cast("B")
        if not view:
            return 0
        length = ctypes.c_size_t()
        place = (ctypes.c_char * len(view)).from_buffer(view)
        talk(
            library.imgferry_reader_read,
            self._handle.pointer,
            ctypes.addressof(place),
            len(view),
            call=self._call,
            out=length,
        )
        return length.value

    def readall(self) -> bytes:
        return b"".join(self)

    def __iter__(self) -> "Iterator[bytes]":  # type: ignore[override]
        return self

    def __next__(self) -> bytes:
        chunk = self.read(CHUNK)
        if not chunk:
            raise StopIteration
        return chunk

    def close(self) -> None:
        """Frees it; in the middle of the stream it stops the peer."""
        if not self.closed:
            self._handle.free()
        super().close()


def read_callback(source: Source) -> Any:
    """A C callback that reads `source`."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        source = io.BytesIO(source)
    read = source.read if hasattr(source, "read") else _Chunks(source).read

    def give(_userdata: Any, buffer: int, capacity: int, length_out: Any) -> None:
        data = read(capacity)
        if data is None:
            raise BlockingIOError("a file that does not wait for its bytes cannot be sent")
        if len(data) > capacity:
            raise ValueError(f"a read of {capacity} bytes gave {len(data)}")
        ctypes.memmove(buffer, bytes(data), len(data))
        length_out[0] = len(data)

    return _callbacks.of_call(_structs.ReadFunction, give)


class _Chunks:
    """Chunks of any size, read in pieces that fit."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def read(self, most: int) -> bytes:
        while not self._rest:
            try:
                self._rest = memoryview(next(self._chunks)).cast("B")
            except StopIteration:
                return b""
        piece, self._rest = self._rest[:most], self._rest[most:]
        return bytes(piece)
