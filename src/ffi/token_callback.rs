//! Tokens that a callback of the C program gives.

use std::ffi::{c_char, c_int, c_void};
use std::fmt;
use std::mem::MaybeUninit;
use std::sync::Arc;

use super::args::{invalid, required, text};
use super::credential_callback::{CallbackFailed, imgferry_destroy_fn};
use super::error::imgferry_error;
use super::guard::guard;
use super::status::imgferry_status;
use super::userdata::{Lent, Userdata};
use crate::{Error, Result, Token};

/// Where a token callback puts its token. It lives until the callback returns.
pub struct imgferry_token_reply {
    token: Option<String>,
}

impl fmt::Debug for imgferry_token_reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("imgferry_token_reply")
            .finish_non_exhaustive()
    }
}

/// Gives the token that is shown to the registries of clusters. It is called
/// whenever one is needed, so that a token may be renewed meanwhile.
///
/// To give it, call imgferry_token_reply_set and return 0. 0 without a reply
/// ends the call with IMGFERRY_CREDENTIALS. Anything else ends it with
/// IMGFERRY_CALLBACK and is kept (imgferry_error_callback_result).
///
/// It runs only on a thread that is in a call, and before that returns; where
/// several threads are in calls, it may run on several at the same time. It
/// must return normally: no exception, no longjmp. It may use the library, but
/// not the handle whose registry wants the token, which is
/// IMGFERRY_INVALID_STATE. While it blocks the call cannot be stopped.
pub type imgferry_token_fn =
    Option<unsafe extern "C" fn(userdata: *mut c_void, reply: *mut imgferry_token_reply) -> c_int>;

/// Gives `token`, which is copied at once. A newline at its end does not belong
/// to it. A second one replaces the first.
///
/// Fails with IMGFERRY_INVALID_ARGUMENT when it is not UTF-8. One that is empty
/// or has control characters ends the call that needs it, with
/// IMGFERRY_CREDENTIALS. Only on the thread of the callback, and before that
/// returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_token_reply_set(
    reply: Option<&mut imgferry_token_reply>,
    token: *const c_char,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    guard(error_out, || {
        // SAFETY: `token` is NULL or a text of the caller.
        let token = unsafe { text(token, "token") }?;
        required(reply, "reply")?.token = Some(token.to_owned());
        Ok(())
    })
}

/// The token that a callback gives, when there is one, and its userdata, which stays the caller's until
/// [`Lent::take_over`].
///
/// # Safety
/// The callbacks are as the header demands.
pub(super) unsafe fn token(
    callback: imgferry_token_fn,
    userdata: *mut c_void,
    destroy: imgferry_destroy_fn,
) -> Result<(Option<Token>, Lent)> {
    let Some(callback) = callback else {
        return match destroy {
            None => Ok((None, Lent::NOTHING)),
            Some(_) => Err(invalid(
                "options token_destroy",
                "it needs a token_callback",
            )),
        };
    };
    let (userdata, lent) = Userdata::lend(userdata, destroy);
    let ask = move || {
        let mut reply = imgferry_token_reply { token: None };
        // SAFETY: the header demands that it can be called as long as a handle uses it; the reply lives.
        let result = unsafe { callback(userdata.pointer(), &mut reply) };
        match (result, reply.token) {
            (0, Some(token)) => Ok(token),
            (0, None) => Err(failed("the token callback gave none", None)),
            (result, _) => Err(failed(
                "the token callback failed",
                Some(CallbackFailed(result)),
            )),
        }
    };
    Ok((Some(Token::Callback(Arc::new(ask))), lent))
}

/// Without the host, which the callback is not told and whoever asks it knows.
fn failed(reason: &str, source: Option<CallbackFailed>) -> Error {
    Error::Credentials {
        host: String::new(),
        reason: reason.into(),
        source: source.map(Into::into),
    }
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::super::error::Failure;
    use super::super::status::{IMGFERRY_CALLBACK, IMGFERRY_CREDENTIALS, IMGFERRY_OK};
    use super::*;

    /// What the callback does, and how often it was destroyed.
    #[derive(Default)]
    struct Script {
        token: Option<&'static std::ffi::CStr>,
        result: c_int,
        destroyed: u32,
    }

    unsafe extern "C" fn give(userdata: *mut c_void, reply: *mut imgferry_token_reply) -> c_int {
        // SAFETY: every test gives a script that lives.
        let script = unsafe { &*userdata.cast::<Script>() };
        if let Some(token) = script.token {
            // SAFETY: the reply lives until this returns.
            let reply = unsafe { reply.as_mut() };
            // SAFETY: the token is a text.
            let status = unsafe { imgferry_token_reply_set(reply, token.as_ptr(), None) };
            assert_eq!(status, IMGFERRY_OK);
        }
        script.result
    }

    unsafe extern "C" fn destroy(userdata: *mut c_void) {
        // SAFETY: as above, and nobody else looks at it meanwhile.
        unsafe { &mut *userdata.cast::<Script>() }.destroyed += 1;
    }

    /// What the callback of a script gives.
    fn asked(mut script: Script) -> Result<String> {
        let userdata = ptr::from_mut(&mut script).cast();
        // SAFETY: the script lives until the token is dropped.
        let (token, _lent) = unsafe { token(Some(give), userdata, None) }.expect("a callback");
        match token {
            Some(Token::Callback(ask)) => ask(),
            other => panic!("{other:?}"),
        }
    }

    fn failure(script: Script) -> Failure {
        asked(script).expect_err("no token").into()
    }

    #[test]
    fn a_callback_gives_a_token_or_says_why_not() {
        let given = asked(Script {
            token: Some(c"s3cret"),
            ..Script::default()
        });
        assert_eq!(given.expect("a token"), "s3cret");

        let nothing = imgferry_error::new(&failure(Script::default()));
        assert_eq!(nothing.status(), IMGFERRY_CREDENTIALS);

        let failed = failure(Script {
            token: Some(c"s3cret"),
            result: -42,
            ..Script::default()
        });
        assert_eq!(imgferry_error::new(&failed).status(), IMGFERRY_CALLBACK);
        let shown = format!("{:?}", imgferry_error::new(&failed));
        assert!(
            shown.contains("-42") && !shown.contains("s3cret"),
            "{shown}"
        );
    }

    #[test]
    fn userdata_is_destroyed_with_the_last_that_uses_it_and_only_when_it_was_taken_over() {
        for (taken_over, expected) in [(false, 0), (true, 1)] {
            let mut script = Script::default();
            let userdata = ptr::from_mut(&mut script).cast();
            // SAFETY: the script lives until the token is dropped.
            let given = unsafe { token(Some(give), userdata, Some(destroy)) };
            let (token, lent) = given.expect("a callback");
            let second = token.clone();
            match taken_over {
                true => lent.take_over(),
                false => drop(lent),
            }
            drop(token);
            assert_eq!(script.destroyed, 0, "the second one uses it");
            drop(second);
            assert_eq!(script.destroyed, expected);
        }
    }

    #[test]
    fn a_reply_shows_no_token() {
        let reply = imgferry_token_reply {
            token: Some("s3cret".into()),
        };
        assert!(!format!("{reply:?}").contains("s3cret"));
    }
}
