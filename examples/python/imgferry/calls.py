"""Calls: who receives progress, who may stop them, how long they may take."""

from ctypes import byref
from dataclasses import dataclass
from typing import Any, Callable, Optional

from . import _callbacks, _structs
from ._handles import Handle
from ._library import library
from .errors import ImgferryError, from_c
from .progress import Progress

OnProgress = Callable[[Progress], Any]


class Cancel:
    """A flag that stops calls from another thread: every call that names it ends with Cancelled.

    Ctrl-C needs none: KeyboardInterrupt comes out of every call by itself.
    """

    def __init__(self) -> None:
        self._handle = Handle("imgferry_cancel")
        attempt(library.imgferry_cancel_new, self._handle.out())

    def set(self) -> None:
        """Stops the calls that go on and those that begin later. There is no way back."""
        attempt(library.imgferry_cancel_set, self._handle.pointer)

    def is_set(self) -> bool:
        """Whether it was set."""
        return bool(library.imgferry_cancel_is_set(self._handle.pointer))


@dataclass(frozen=True)
class Call:
    """What a call carries besides its arguments. One can serve many calls. Times are seconds; None is the default."""

    #: Receives progress, at least four times a second. What it returns does not matter; what it raises ends the call
    #: and comes out of it.
    progress: Optional[OnProgress] = None
    #: Stops the call from another thread.
    cancel: Optional[Cancel] = None
    #: For the whole call. Default: no limit, because a transfer may take as long as it moves.
    timeout: Optional[float] = None
    #: Until a connection stands. Default: 15 s.
    connect_timeout: Optional[float] = None
    #: Until the first byte of an answer, for requests that a healthy peer answers at once. Default: 60 s.
    answer_timeout: Optional[float] = None
    #: Without one byte moving in a transfer with a registry. Default: 60 s.
    idle_timeout: Optional[float] = None
    #: The numbers of one layer are reported at most once in this time. Default: 0.1 s; 0: as often as they change.
    progress_interval: Optional[float] = None


def attempt(function: Any, *arguments: Any) -> None:
    """Calls a C function whose last argument is its error; raises that."""
    error = Handle("imgferry_error")
    if function(*arguments, error.out()) != 0:
        raise from_c(error)


def talk(
    function: Any,
    *arguments: Any,
    out: Any = None,
    call: Optional[Call] = None,
    progress: Optional[OnProgress] = None,
) -> None:
    """Calls a C function that takes an imgferry_call behind its `arguments`, and then fills `out`.

    What a function of yours raised, and KeyboardInterrupt, is raised as it is.
    """
    call = call or Call()
    struct = _struct(call, progress or call.progress)
    outputs = [] if out is None else [out.out() if isinstance(out, Handle) else byref(out)]
    failure = None
    raised = _callbacks.begin()
    try:
        attempt(function, *arguments, byref(struct), *outputs)
    except ImgferryError as error:
        failure = error
    finally:
        _callbacks.end()
    if raised:
        raise raised[0]
    if failure:
        raise failure


def _struct(call: Call, progress: Optional[OnProgress]) -> _structs.Call:
    def report(_userdata: Any, record: Any) -> None:
        if progress is not None:
            progress(Progress.from_c(record.contents))

    return _structs.Call.filled(
        # Also where nobody wants progress: in it, Python looks for Ctrl-C.
        progress=_callbacks.of_call(_structs.ProgressFunction, report),
        cancel=call.cancel and call.cancel._handle.pointer,
        deadline_ms=_milliseconds(call.timeout),
        connect_limit_ms=_milliseconds(call.connect_timeout),
        answer_limit_ms=_milliseconds(call.answer_timeout),
        idle_limit_ms=_milliseconds(call.idle_timeout),
        progress_interval_ms=-1 if call.progress_interval == 0 else _milliseconds(call.progress_interval),
    )


def _milliseconds(seconds: Optional[float]) -> Optional[int]:
    if seconds is None:
        return None
    if seconds < 0:
        raise ValueError(f"a time of {seconds} s is negative")
    # 0 is the default in C: no time at all is the least that there is.
    return max(1, round(seconds * 1000))
