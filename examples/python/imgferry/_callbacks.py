"""Functions that C calls: nothing that is raised in one is lost.

ctypes prints an exception that leaves a callback, and goes on. Here it is kept, the call is told to end, and
`_calls` raises it where the call was made.
"""

import ctypes
import threading
from typing import Any, Callable, Dict, List

GO_ON, STOP = 0, 1


class _Running(threading.local):
    """The calls that this thread is in, each with what was raised in its callbacks."""

    def __init__(self) -> None:
        self.calls: List[List[BaseException]] = []


_running = _Running()


def begin() -> List[BaseException]:
    """Notes that a call begins on this thread; what is raised in its callbacks comes into the list."""
    raised: List[BaseException] = []
    _running.calls.append(raised)
    return raised


def end() -> None:
    """Notes that the last call of this thread has ended."""
    _running.calls.pop()


def of_call(prototype: Any, function: Callable[..., Any]) -> Any:
    """A C callback for one call, which KeyboardInterrupt cannot slip through.

    Python looks for signals when a function begins, that is before its `try`; and as signals mostly come while C
    works, this is where KeyboardInterrupt would be raised, and lost. A generator that waits within its `try` has no
    such moment. ctypes makes an object of the class below from the arguments and asks it for an integer; both run
    without any step of Python's but those of the generator.
    """

    def work():
        answer = GO_ON
        while True:
            try:
                # A loop of its own: Python looks for signals at the end of a loop, too.
                while True:
                    arguments = yield answer.__index__
                    function(*arguments.args)
                    answer = GO_ON
            except GeneratorExit:
                return
            except BaseException as error:
                _running.calls[-1].append(error)
                answer = STOP

    worker = work()
    next(worker)

    class Arguments(Exception):
        __index__ = property(worker.send)

    return prototype(Arguments)


#: What handles need for as long as C has them, by the number that C gives back to `_forget`.
_of_handles: Dict[int, Any] = {}
_numbers = iter(range(1, 1 << 62))


def of_handle(prototype: Any, function: Callable[..., Any]) -> "tuple[Any, int, Any]":
    """A C callback that several calls on several threads use: it, its userdata, and what destroys that.

    One generator cannot run on several threads at the same time, so this is a plain function. In Python 3.11 and
    later, a KeyboardInterrupt that comes in the moment when it is called is printed by ctypes and lost. It is called
    about once in a call, which otherwise waits for Ctrl-C in its progress callback.
    """

    def run(*arguments):
        try:
            function(*arguments)
            return GO_ON
        except BaseException as error:
            _running.calls[-1].append(error)
            return STOP

    callback, number = prototype(run), next(_numbers)
    _of_handles[number] = callback
    return callback, number, _forget


@ctypes.CFUNCTYPE(None, ctypes.c_void_p)
def _forget(userdata):
    _of_handles.pop(userdata, None)


def forget(number: int) -> None:
    """Forgets a callback that no handle was made with."""
    _of_handles.pop(number, None)
