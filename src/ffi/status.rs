//! The numbers that functions return, and the one place where the library's errors become numbers.

use std::ffi::{CStr, c_char};

use crate::ErrorKind;

/// What a function that can fail returns: IMGFERRY_OK or the kind of failure.
///
/// A number keeps its meaning for ever. Later versions add numbers, so treat
/// one that you do not know as a failure like any other.
pub type imgferry_status = i32;

/// It worked.
pub const IMGFERRY_OK: imgferry_status = 0;
/// An argument is not usable; nothing was sent.
pub const IMGFERRY_INVALID_ARGUMENT: imgferry_status = 1;
/// A text is not an image name, tag or digest; nothing was sent.
pub const IMGFERRY_INVALID_REFERENCE: imgferry_status = 2;
/// The handle cannot be used now, for instance in a forked child.
pub const IMGFERRY_INVALID_STATE: imgferry_status = 3;
/// The peer, its API version or this build cannot do what was asked.
pub const IMGFERRY_UNSUPPORTED: imgferry_status = 4;
/// No connection could be made.
pub const IMGFERRY_CONNECT: imgferry_status = 5;
/// The TLS handshake failed.
pub const IMGFERRY_TLS: imgferry_status = 6;
/// A time limit passed.
pub const IMGFERRY_TIMEOUT: imgferry_status = 7;
/// The progress callback or an imgferry_cancel stopped the call.
pub const IMGFERRY_CANCELLED: imgferry_status = 8;
/// A connection broke before the answer was complete.
pub const IMGFERRY_CONNECTION_LOST: imgferry_status = 9;
/// No credentials, or wrong ones.
pub const IMGFERRY_UNAUTHORIZED: imgferry_status = 10;
/// The credentials do not allow it; many registries also say so of what does
/// not exist.
pub const IMGFERRY_DENIED: imgferry_status = 11;
/// The image, tag, manifest or blob does not exist.
pub const IMGFERRY_NOT_FOUND: imgferry_status = 12;
/// The state of the peer forbids it, for instance removing an image that is in
/// use.
pub const IMGFERRY_CONFLICT: imgferry_status = 13;
/// Too many requests; see imgferry_error_retry_after_ms.
pub const IMGFERRY_RATE_LIMITED: imgferry_status = 14;
/// The peer, or a proxy before it, refuses a body of this size.
pub const IMGFERRY_TOO_LARGE: imgferry_status = 15;
/// No space is left where the data should go.
pub const IMGFERRY_NO_SPACE: imgferry_status = 16;
/// The image does not exist for the platform that was asked for.
pub const IMGFERRY_PLATFORM: imgferry_status = 17;
/// The engine could not reach the registry.
pub const IMGFERRY_REGISTRY_UNREACHABLE: imgferry_status = 18;
/// The engine failed in a way that has no number of its own.
pub const IMGFERRY_ENGINE: imgferry_status = 19;
/// The registry failed in a way that has no number of its own.
pub const IMGFERRY_REGISTRY: imgferry_status = 20;
/// Content does not have the digest or the size that was promised.
pub const IMGFERRY_DIGEST_MISMATCH: imgferry_status = 21;
/// The answer of the peer breaks the protocol.
pub const IMGFERRY_PROTOCOL: imgferry_status = 22;
/// A file of the caller could not be read or written.
pub const IMGFERRY_IO: imgferry_status = 23;
/// Credentials could not be read or obtained.
pub const IMGFERRY_CREDENTIALS: imgferry_status = 24;
/// A read, write, credential or token callback of the caller failed; see
/// imgferry_error_callback_result.
pub const IMGFERRY_CALLBACK: imgferry_status = 25;
/// A defect of the library. The process goes on, but what the call did is not
/// known. Please report the message; more of it is on the standard error.
pub const IMGFERRY_PANIC: imgferry_status = 99;

/// The number of a kind. Without `_`, so that a new kind does not compile until it has one.
pub(super) fn status_of(kind: ErrorKind) -> imgferry_status {
    match kind {
        ErrorKind::InvalidArgument => IMGFERRY_INVALID_ARGUMENT,
        ErrorKind::InvalidReference => IMGFERRY_INVALID_REFERENCE,
        ErrorKind::InvalidState => IMGFERRY_INVALID_STATE,
        ErrorKind::Unsupported => IMGFERRY_UNSUPPORTED,
        ErrorKind::Connect => IMGFERRY_CONNECT,
        ErrorKind::Tls => IMGFERRY_TLS,
        ErrorKind::Timeout => IMGFERRY_TIMEOUT,
        ErrorKind::Cancelled => IMGFERRY_CANCELLED,
        ErrorKind::ConnectionLost => IMGFERRY_CONNECTION_LOST,
        ErrorKind::Unauthorized => IMGFERRY_UNAUTHORIZED,
        ErrorKind::Denied => IMGFERRY_DENIED,
        ErrorKind::NotFound => IMGFERRY_NOT_FOUND,
        ErrorKind::Conflict => IMGFERRY_CONFLICT,
        ErrorKind::RateLimited => IMGFERRY_RATE_LIMITED,
        ErrorKind::TooLarge => IMGFERRY_TOO_LARGE,
        ErrorKind::NoSpace => IMGFERRY_NO_SPACE,
        ErrorKind::Platform => IMGFERRY_PLATFORM,
        ErrorKind::RegistryUnreachable => IMGFERRY_REGISTRY_UNREACHABLE,
        ErrorKind::Engine => IMGFERRY_ENGINE,
        ErrorKind::Registry => IMGFERRY_REGISTRY,
        ErrorKind::DigestMismatch => IMGFERRY_DIGEST_MISMATCH,
        ErrorKind::Protocol => IMGFERRY_PROTOCOL,
        ErrorKind::Io => IMGFERRY_IO,
        ErrorKind::Credentials => IMGFERRY_CREDENTIALS,
    }
}

/// The name of a status without its prefix, such as "NOT_FOUND"; "UNKNOWN" for
/// a number that this version does not know.
///
/// The text lives for ever. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_status_name(status: imgferry_status) -> *const c_char {
    name_of(status).as_ptr()
}

fn name_of(status: imgferry_status) -> &'static CStr {
    match status {
        IMGFERRY_OK => c"OK",
        IMGFERRY_INVALID_ARGUMENT => c"INVALID_ARGUMENT",
        IMGFERRY_INVALID_REFERENCE => c"INVALID_REFERENCE",
        IMGFERRY_INVALID_STATE => c"INVALID_STATE",
        IMGFERRY_UNSUPPORTED => c"UNSUPPORTED",
        IMGFERRY_CONNECT => c"CONNECT",
        IMGFERRY_TLS => c"TLS",
        IMGFERRY_TIMEOUT => c"TIMEOUT",
        IMGFERRY_CANCELLED => c"CANCELLED",
        IMGFERRY_CONNECTION_LOST => c"CONNECTION_LOST",
        IMGFERRY_UNAUTHORIZED => c"UNAUTHORIZED",
        IMGFERRY_DENIED => c"DENIED",
        IMGFERRY_NOT_FOUND => c"NOT_FOUND",
        IMGFERRY_CONFLICT => c"CONFLICT",
        IMGFERRY_RATE_LIMITED => c"RATE_LIMITED",
        IMGFERRY_TOO_LARGE => c"TOO_LARGE",
        IMGFERRY_NO_SPACE => c"NO_SPACE",
        IMGFERRY_PLATFORM => c"PLATFORM",
        IMGFERRY_REGISTRY_UNREACHABLE => c"REGISTRY_UNREACHABLE",
        IMGFERRY_ENGINE => c"ENGINE",
        IMGFERRY_REGISTRY => c"REGISTRY",
        IMGFERRY_DIGEST_MISMATCH => c"DIGEST_MISMATCH",
        IMGFERRY_PROTOCOL => c"PROTOCOL",
        IMGFERRY_IO => c"IO",
        IMGFERRY_CREDENTIALS => c"CREDENTIALS",
        IMGFERRY_CALLBACK => c"CALLBACK",
        IMGFERRY_PANIC => c"PANIC",
        _ => c"UNKNOWN",
    }
}
