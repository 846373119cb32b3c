//! Credentials that a callback of the C program gives, and where else the options say they come from.

use std::ffi::{c_char, c_int, c_void};
use std::fmt;
use std::mem::MaybeUninit;

use super::args::{flag, invalid, required};
use super::credential::{credential, credentials, imgferry_credential};
use super::error::imgferry_error;
use super::guard::guard;
use super::status::imgferry_status;
use super::text::c_text;
use super::userdata::{Lent, Userdata};
use crate::{Credential, Credentials, Error, Result};

/// Where a credential callback puts its credential. It lives until the callback
/// returns.
#[derive(Debug)]
pub struct imgferry_credential_reply {
    credential: Option<Credential>,
}

/// Gives the credential for one registry. `host` is the registry as image names
/// mention it, such as "docker.io" or "registry.example:5000"; `repository` is
/// the one in it, such as "library/busybox", or "" for what concerns no single
/// one. Both texts live until the callback returns.
///
/// To give one, call imgferry_credential_reply_set and return 0. 0 without a
/// reply means to look further. Anything else ends the call with
/// IMGFERRY_CALLBACK and is kept (imgferry_error_callback_result).
///
/// It runs only on a thread that is in a call, and before that returns; where
/// several threads are in calls, it may run on several at the same time. It
/// must return normally: no exception, no longjmp. It may use the library, but
/// not the registry handle that it is asked for, which is
/// IMGFERRY_INVALID_STATE. While it blocks the call cannot be stopped.
pub type imgferry_credential_fn = Option<
    unsafe extern "C" fn(
        userdata: *mut c_void,
        host: *const c_char,
        repository: *const c_char,
        reply: *mut imgferry_credential_reply,
    ) -> c_int,
>;

/// Destroys the userdata of a callback that belongs to a handle. It is called
/// once, when the last handle that uses the callback is freed, on the thread
/// that frees it; never in a forked child. It must not use the library.
pub type imgferry_destroy_fn = Option<unsafe extern "C" fn(userdata: *mut c_void)>;

/// Gives `credential`, whose host must be NULL: it is for the registry that the
/// callback was asked for. It is copied at once. One without any text is to ask
/// anonymously. A second one replaces the first.
///
/// Fails with IMGFERRY_INVALID_ARGUMENT when the credential is not usable. Only
/// on the thread of the callback, and before that returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_credential_reply_set(
    reply: Option<&mut imgferry_credential_reply>,
    credential: *const imgferry_credential,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    guard(error_out, || {
        // SAFETY: `credential` is the caller's.
        let given = unsafe { self::credential(credential) }?;
        let given = required(given, "credential")?;
        required(reply, "reply")?.credential = Some(given);
        Ok(())
    })
}

/// A callback that is not NULL.
type CredentialFn = unsafe extern "C" fn(
    *mut c_void,
    *const c_char,
    *const c_char,
    *mut imgferry_credential_reply,
) -> c_int;

/// Where credentials come from, as the options of a handle say.
pub(super) struct Sources {
    pub(super) credentials: *const imgferry_credential,
    pub(super) credential_count: usize,
    pub(super) callback: imgferry_credential_fn,
    pub(super) userdata: *mut c_void,
    pub(super) destroy: imgferry_destroy_fn,
    pub(super) from_env: i32,
    pub(super) strict: i32,
}

impl Sources {
    /// The credentials, and the userdata, which stays the caller's until [`Lent::take_over`].
    ///
    /// # Safety
    /// The credentials and the callbacks are as the header demands.
    pub(super) unsafe fn read(self) -> Result<(Credentials, Lent)> {
        let mut all = match flag(self.from_env, "options credentials_from_env")? {
            true => Credentials::from_env()?,
            false => Credentials::default(),
        };
        // SAFETY: the caller promises the same.
        for (host, credential) in unsafe { credentials(self.credentials, self.credential_count) }? {
            all = all.with(host, credential);
        }
        if flag(self.strict, "options strict_credentials")? {
            all = all.strict();
        }
        let Some(callback) = self.callback else {
            return match self.destroy {
                None => Ok((all, Lent::NOTHING)),
                Some(_) => Err(invalid(
                    "options credential_destroy",
                    "it needs a credential_callback",
                )),
            };
        };
        let (userdata, lent) = Userdata::lend(self.userdata, self.destroy);
        let ask = move |host: &str, repository: &str| {
            // SAFETY: the header demands that it can be called as long as a handle uses it.
            unsafe { ask(callback, &userdata, host, repository) }
        };
        Ok((all.with_callback(ask), lent))
    }
}

/// What the callback gives for a registry.
///
/// # Safety
/// `callback` can be called with `userdata`.
unsafe fn ask(
    callback: CredentialFn,
    userdata: &Userdata,
    host: &str,
    repository: &str,
) -> Result<Option<Credential>> {
    let mut reply = imgferry_credential_reply { credential: None };
    let (host_text, repository) = (c_text(host), c_text(repository));
    // SAFETY: the caller promises it; the texts and the reply live.
    let result = unsafe {
        callback(
            userdata.pointer(),
            host_text.as_ptr(),
            repository.as_ptr(),
            &mut reply,
        )
    };
    match result {
        0 => Ok(reply.credential),
        result => Err(Error::Credentials {
            host: host.to_owned(),
            reason: "the callback failed".into(),
            source: Some(Box::new(CallbackFailed(result))),
        }),
    }
}

/// What a callback of a handle returned that ended a call.
#[derive(Debug)]
pub(super) struct CallbackFailed(pub(super) c_int);

impl fmt::Display for CallbackFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it returned {}", self.0)
    }
}

impl std::error::Error for CallbackFailed {}
