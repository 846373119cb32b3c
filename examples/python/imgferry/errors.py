"""What can go wrong: ImgferryError, and a class of it for each kind of failure."""

from typing import Dict, List, Optional, Type

from ._handles import Handle
from ._library import library
from ._texts import optional_text, text, text_list


class ImgferryError(Exception):
    """A failure. Its text is the whole story in one line, without secrets, with what can be done about it."""

    #: What was done, such as "push"; None when nothing had begun.
    operation: Optional[str] = None
    #: To what it was done, such as the name of an image.
    subject: Optional[str] = None
    #: The address of the engine or registry.
    endpoint: Optional[str] = None
    #: The request or step that failed, such as "POST /v1.41/images/create".
    stage: Optional[str] = None
    #: What can be done about it, as a sentence.
    hint: Optional[str] = None
    #: The HTTP status with which the peer refused; 200 when it did so after it had begun, None when it did not.
    http_status: Optional[int] = None
    #: The peer's own error code, such as "MANIFEST_UNKNOWN".
    peer_code: Optional[str] = None
    #: The peer's own message, word for word.
    peer_message: Optional[str] = None
    #: Whether the same call may succeed when it is repeated.
    retryable: bool = False
    #: How many seconds the peer asks to wait before the next try.
    retry_after: Optional[float] = None
    #: How many times the failing step was tried.
    attempts: int = 0
    #: What could not be cleaned up, each a sentence; usually empty.
    left_behind: List[str] = []
    #: The number of the kind in C, and its name, such as "NOT_FOUND".
    status: int = 0
    status_name: str = ""


class InvalidArgument(ImgferryError, ValueError):
    """An argument is not usable, for instance because its object was closed; nothing was sent."""


class InvalidReference(ImgferryError, ValueError):
    """A text is not an image name, tag or digest; nothing was sent."""


class InvalidState(ImgferryError, RuntimeError):
    """The object cannot be used now, for instance in a forked child."""


class Unsupported(ImgferryError):
    """The peer, its API version or this build of the library cannot do what was asked."""


class CannotConnect(ImgferryError, ConnectionError):
    """No connection could be made."""


class TlsFailed(ImgferryError, ConnectionError):
    """The TLS handshake failed."""


class TimedOut(ImgferryError, TimeoutError):
    """A time limit passed."""


class Cancelled(ImgferryError):
    """A Cancel stopped the call."""


class ConnectionLost(ImgferryError, ConnectionError):
    """A connection broke before the answer was complete."""


class Unauthorized(ImgferryError):
    """No credentials, or wrong ones."""


class Denied(ImgferryError):
    """The credentials do not allow it; many registries also say so of what does not exist."""


class NotFound(ImgferryError):
    """The image, tag, manifest or blob does not exist."""


class Conflict(ImgferryError):
    """The state of the peer forbids it, for instance removing an image that is in use."""


class RateLimited(ImgferryError):
    """Too many requests; see `retry_after`."""


class TooLarge(ImgferryError):
    """The peer, or a proxy before it, refuses a body of this size."""


class NoSpace(ImgferryError, OSError):
    """No space is left where the data should go."""


class PlatformMissing(ImgferryError):
    """The image does not exist for the platform that was asked for."""


class RegistryUnreachable(ImgferryError):
    """The engine could not reach the registry."""


class EngineFailed(ImgferryError):
    """The engine failed in a way that has no class of its own."""


class RegistryFailed(ImgferryError):
    """The registry failed in a way that has no class of its own."""


class DigestMismatch(ImgferryError):
    """Content does not have the digest or the size that was promised."""


class ProtocolBroken(ImgferryError):
    """The answer of the peer breaks the protocol."""


class FileFailed(ImgferryError, OSError):
    """A file of yours could not be read or written."""


class CredentialsFailed(ImgferryError):
    """Credentials could not be read or obtained."""


class CallbackFailed(ImgferryError):
    """A function of yours failed; what it raised is raised in place of this."""


class LibraryDefect(ImgferryError):
    """A defect of the library: the program goes on, but what the call did is not known. Please report it."""


_BY_STATUS: Dict[int, Type[ImgferryError]] = {
    1: InvalidArgument,
    2: InvalidReference,
    3: InvalidState,
    4: Unsupported,
    5: CannotConnect,
    6: TlsFailed,
    7: TimedOut,
    8: Cancelled,
    9: ConnectionLost,
    10: Unauthorized,
    11: Denied,
    12: NotFound,
    13: Conflict,
    14: RateLimited,
    15: TooLarge,
    16: NoSpace,
    17: PlatformMissing,
    18: RegistryUnreachable,
    19: EngineFailed,
    20: RegistryFailed,
    21: DigestMismatch,
    22: ProtocolBroken,
    23: FileFailed,
    24: CredentialsFailed,
    25: CallbackFailed,
    99: LibraryDefect,
}


def from_c(handle: Handle) -> ImgferryError:
    """The exception that tells all that C tells of a failure."""
    pointer = handle.pointer
    status = library.imgferry_error_status(pointer)
    error = _BY_STATUS.get(status, ImgferryError)(text(library.imgferry_error_message(pointer)))
    error.status = status
    error.status_name = text(library.imgferry_status_name(status))
    for name in ("operation", "subject", "endpoint", "stage", "hint", "peer_code", "peer_message"):
        setattr(error, name, optional_text(getattr(library, "imgferry_error_" + name)(pointer)))
    error.http_status = library.imgferry_error_http_status(pointer) or None
    error.retryable = bool(library.imgferry_error_retryable(pointer))
    wait = library.imgferry_error_retry_after_ms(pointer)
    error.retry_after = None if wait < 0 else wait / 1000
    error.attempts = library.imgferry_error_attempts(pointer)
    error.left_behind = text_list(library.imgferry_error_left_behind(pointer))
    return error
