"""What the library notes on its way, for Python's logging."""

import logging
from enum import IntEnum
from typing import Optional

from . import _structs
from ._library import library
from .calls import attempt


class LogLevel(IntEnum):
    """How much is noted; a larger one includes the smaller ones."""

    OFF = 0
    ERROR = 1
    WARN = 2
    INFO = 3
    DEBUG = 4
    TRACE = 5


_LEVELS = {
    LogLevel.ERROR: logging.ERROR,
    LogLevel.WARN: logging.WARNING,
    LogLevel.INFO: logging.INFO,
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.TRACE: logging.DEBUG - 5,
}

#: What C has; it must live as long as it is set.
_set: Optional[_structs.LogFunction] = None


def log_to(logger: Optional[logging.Logger], level: LogLevel = LogLevel.DEBUG) -> None:
    """Has `logger` and those below it get what the library notes, up to `level`; None: nobody, as in the beginning.

    A part of the library, such as imgferry::registry::retry, is the logger registry.retry below it. Handlers run on any
    thread, and must not use this package.
    """
    global _set

    def note(_userdata: object, level: int, target: bytes, message: bytes) -> None:
        part = target.decode().partition("::")[2].replace("::", ".")
        to = logger.getChild(part) if part else logger
        to.log(_LEVELS.get(level, logging.DEBUG), "%s", message.decode())

    function = _structs.LogFunction(note) if logger is not None else _structs.LogFunction()
    attempt(library.imgferry_set_log, level, function, None)
    # The one before is not called any more.
    _set = function
