//! `imgferry_error`: a failure with all that is known of it, and how the library's errors become one.

use std::ffi::{CString, c_char, c_int};

use super::credential_callback::CallbackFailed;
use super::guard::quietly;
use super::status::{IMGFERRY_CALLBACK, IMGFERRY_OK, IMGFERRY_PANIC, imgferry_status, status_of};
use super::text::{borrowed, c_text, c_text_or_empty, imgferry_text_list};
use crate::{Answer, Context, Error, ErrorKind};

/// Why an exported function fails: an error of the library, and what a callback of the caller had to do with it.
pub(super) struct Failure {
    status: imgferry_status,
    error: Error,
    callback_result: c_int,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let (status, callback_result) = match handle_callback_result(&error) {
            Some(result) => (IMGFERRY_CALLBACK, result),
            None => (status_of(error.kind()), 0),
        };
        Failure {
            status,
            error,
            callback_result,
        }
    }
}

impl Failure {
    /// The progress callback returned `result` last: that ended a call that was cancelled.
    pub(super) fn after_progress(self, result: c_int) -> Failure {
        match self.error.kind() {
            ErrorKind::Cancelled => Failure {
                callback_result: result,
                ..self
            },
            _ => self,
        }
    }

    /// A stream callback returned `result` last: anything but 0 ended a call that could not read or
    /// write.
    pub(super) fn after_stream(self, result: c_int) -> Failure {
        match self.error.kind() {
            ErrorKind::Io if result != 0 => Failure {
                status: IMGFERRY_CALLBACK,
                callback_result: result,
                ..self
            },
            _ => self,
        }
    }
}

/// What the callback of a handle returned, when that is why the call failed.
fn handle_callback_result(error: &Error) -> Option<c_int> {
    match error {
        Error::Credentials {
            source: Some(source),
            ..
        } => source
            .downcast_ref::<CallbackFailed>()
            .map(|CallbackFailed(result)| *result),
        _ => None,
    }
}

/// A failure, with all that is known of it.
#[derive(Debug)]
pub struct imgferry_error {
    status: imgferry_status,
    message: CString,
    operation: CString,
    subject: CString,
    endpoint: CString,
    stage: CString,
    hint: CString,
    http_status: i32,
    peer_code: CString,
    peer_message: CString,
    retryable: bool,
    retry_after_ms: i64,
    attempts: u32,
    callback_result: c_int,
    left_behind: imgferry_text_list,
}

impl imgferry_error {
    pub(super) fn new(failure: &Failure) -> imgferry_error {
        let Failure {
            status,
            error,
            callback_result,
        } = failure;
        let nowhere = Context::default();
        let Context {
            operation,
            subject,
            endpoint,
            stage,
            attempts,
            left_behind,
        } = error.context().unwrap_or(&nowhere);
        let (http_status, peer_code, peer_message) = match error.answer() {
            Some(Answer {
                status,
                code,
                message,
                kind: _,
                retry_after: _,
            }) => (i32::from(*status), code.as_str(), message.as_str()),
            None => (0, "", ""),
        };
        let retry_after = error
            .retry_after()
            .map(|after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
        imgferry_error {
            status: *status,
            message: c_text(&error.report()),
            operation: c_text(operation),
            subject: c_text(subject),
            endpoint: c_text(endpoint),
            stage: c_text(stage),
            hint: c_text_or_empty(error.hint()),
            http_status,
            peer_code: c_text(peer_code),
            peer_message: c_text(peer_message),
            retryable: error.is_retryable(),
            retry_after_ms: retry_after.unwrap_or(-1),
            attempts: *attempts,
            callback_result: *callback_result,
            left_behind: imgferry_text_list::new(left_behind),
        }
    }

    /// What is known of a panic is its text.
    pub(super) fn panic(text: &str) -> imgferry_error {
        let defect = Error::InvalidState(format!("defect in imgferry: {text}"));
        imgferry_error {
            status: IMGFERRY_PANIC,
            ..imgferry_error::new(&defect.into())
        }
    }

    pub(super) fn status(&self) -> imgferry_status {
        self.status
    }
}

/// The status of the function that failed; IMGFERRY_OK for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_status(error: Option<&imgferry_error>) -> imgferry_status {
    error.map_or(IMGFERRY_OK, |error| error.status)
}

/// What a program prints: the whole chain of causes and the hint, in one line
/// and without secrets.
///
/// "" for NULL. The text lives until `error` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_message(error: Option<&imgferry_error>) -> *const c_char {
    borrowed(error, |error| &error.message)
}

/// What was done, such as "push"; "" when nothing had begun, and for NULL.
///
/// The text lives until `error` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_operation(error: Option<&imgferry_error>) -> *const c_char {
    borrowed(error, |error| &error.operation)
}

/// To what it was done, such as the name of an image; "" when nothing had
/// begun, and for NULL.
///
/// The text lives until `error` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_subject(error: Option<&imgferry_error>) -> *const c_char {
    borrowed(error, |error| &error.subject)
}

/// The address of the engine or registry, without secrets; "" when none was
/// involved, and for NULL.
///
/// The text lives until `error` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_endpoint(error: Option<&imgferry_error>) -> *const c_char {
    borrowed(error, |error| &error.endpoint)
}

/// The request or step that failed, such as "POST /v1.41/images/create"; ""
/// before the first one, and for NULL.
///
/// The text lives until `error` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_stage(error: Option<&imgferry_error>) -> *const c_char {
    borrowed(error, |error| &error.stage)
}

/// What can be done about it, as a sentence; "" when there is nothing general
/// to say, and for NULL.
///
/// The text lives until `error` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_hint(error: Option<&imgferry_error>) -> *const c_char {
    borrowed(error, |error| &error.hint)
}

/// The HTTP status with which the peer refused; 200 when it said so after it
/// had begun, 0 when it did not refuse, and for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_http_status(error: Option<&imgferry_error>) -> i32 {
    error.map_or(0, |error| error.http_status)
}

/// The peer's own error code, such as "MANIFEST_UNKNOWN"; "" when it gave
/// none, and for NULL.
///
/// The text lives until `error` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_peer_code(error: Option<&imgferry_error>) -> *const c_char {
    borrowed(error, |error| &error.peer_code)
}

/// The peer's own message, word for word. It can have several lines. "" when
/// it gave none, and for NULL.
///
/// The text lives until `error` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_peer_message(
    error: Option<&imgferry_error>,
) -> *const c_char {
    borrowed(error, |error| &error.peer_message)
}

/// Whether the same call may succeed when it is repeated: 1 or 0; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_retryable(error: Option<&imgferry_error>) -> i32 {
    error.map_or(0, |error| i32::from(error.retryable))
}

/// How many milliseconds the peer asks to wait before the next try; -1 when it
/// does not say, and for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_retry_after_ms(error: Option<&imgferry_error>) -> i64 {
    error.map_or(-1, |error| error.retry_after_ms)
}

/// How many times the failing step was tried; 0 when nothing had begun, and
/// for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_attempts(error: Option<&imgferry_error>) -> u32 {
    error.map_or(0, |error| error.attempts)
}

/// What the callback of the caller returned that ended the call: with
/// IMGFERRY_CANCELLED the progress callback, with IMGFERRY_CALLBACK a read,
/// write, credential or token callback. 0 when no callback did, and for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_callback_result(error: Option<&imgferry_error>) -> c_int {
    error.map_or(0, |error| error.callback_result)
}

/// What could not be cleaned up after the failure, each a sentence; usually
/// empty. It is also in the message.
///
/// NULL, which is an empty list, for NULL. The list lives until `error` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_left_behind(
    error: Option<&imgferry_error>,
) -> Option<&imgferry_text_list> {
    error.map(|error| &error.left_behind)
}

/// Frees an error and its texts; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_error_free(error: Option<Box<imgferry_error>>) {
    quietly((), || drop(error));
}
