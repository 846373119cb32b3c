"""What C gives away, and wants back once."""

import ctypes
import sys

from ._library import library


class Handle:
    """A pointer that C fills in, and that is given to the `_free` function of its type.

    It is made before the call that fills it: whatever interrupts Python afterwards, nothing is lost.
    """

    def __init__(self, c_name: str) -> None:
        self.pointer = ctypes.c_void_p()
        self._free = getattr(library, c_name + "_free")

    def out(self):
        """What a function takes as its output."""
        return ctypes.byref(self.pointer)

    def free(self) -> None:
        """Gives it back. Later uses are an InvalidArgument."""
        value, self.pointer.value = self.pointer.value, None
        if value:
            self._free(value)

    def __del__(self) -> None:
        # At the end of the interpreter the functions that C would call back may be gone, and the system frees all.
        if not sys.is_finalizing():
            self.free()


class Closing:
    """What holds connections until it is closed, at the latest when nobody refers to it any more."""

    _handle: Handle

    def close(self) -> None:
        """Gives up its connections. No other thread may use it any more; what was made from it stays usable."""
        self._handle.free()

    def __enter__(self):
        return self

    def __exit__(self, *exception) -> None:
        self.close()
