"""The shared library: where it is found, and its functions with their types."""

import ctypes
import ctypes.util
import os

from ._prototypes import PROTOTYPES

#: The version of the header that the prototypes and structs here were made for.
HEADER_VERSION = (0, 1)


def _open() -> ctypes.CDLL:
    """The library that IMGFERRY_LIBRARY names, or else the one that the system finds."""
    named = os.environ.get("IMGFERRY_LIBRARY")
    major, minor = HEADER_VERSION
    names = [named] if named else [f"libimgferry.so.{major}.{minor}", ctypes.util.find_library("imgferry")]
    reasons = []
    for name in filter(None, names):
        try:
            return ctypes.CDLL(name)
        except OSError as error:
            reasons.append(str(error))
    raise ImportError(
        "the shared library of imgferry cannot be loaded: "
        + ("; ".join(reasons) or "the system has none")
        + " (install it, or name its file in the variable IMGFERRY_LIBRARY)"
    )


def _typed(opened: ctypes.CDLL) -> ctypes.CDLL:
    opened.imgferry_version.restype = ctypes.c_char_p
    version = opened.imgferry_version().decode()
    if tuple(int(part) for part in version.split(".")[:2]) < HEADER_VERSION:
        raise ImportError(
            f"the shared library of imgferry is version {version}, and this package needs "
            f"{HEADER_VERSION[0]}.{HEADER_VERSION[1]} or a later one"
        )
    for name, (result, arguments) in PROTOTYPES.items():
        function = getattr(opened, name)
        function.restype = result
        function.argtypes = arguments
    return opened


library = _typed(_open())
