//! `imgferry_cancel`: how another thread stops a call.

use std::mem::MaybeUninit;

use super::args::required;
use super::error::imgferry_error;
use super::guard::{create, guard, quietly};
use super::process::ProcessBound;
use super::status::imgferry_status;
use crate::{Cancel, Result};

/// A flag that stops calls from another thread. Name it in `imgferry_call` of
/// each call that it shall stop. Any number of threads may use it at the same
/// time.
#[derive(Debug)]
pub struct imgferry_cancel(ProcessBound<Cancel>);

impl imgferry_cancel {
    pub(super) fn get(&self) -> Result<&Cancel> {
        self.0.get()
    }
}

/// Makes a flag that is not set.
///
/// On success `*cancel_out` is yours: free it with imgferry_cancel_free. On
/// failure it is NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_cancel_new(
    cancel_out: Option<&mut MaybeUninit<*mut imgferry_cancel>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(cancel_out, "cancel_out", error_out, || {
        Ok(imgferry_cancel(ProcessBound::new(Cancel::new())))
    })
}

/// Sets the flag: every call that uses it ends with IMGFERRY_CANCELLED, also
/// one that waits for a silent peer, and calls that start later end at once.
/// There is no way back.
///
/// Other calls on the same handles go on. Not for signal handlers: there, set
/// a variable of your own that the progress callback looks at. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_cancel_set(
    cancel: Option<&imgferry_cancel>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    guard(error_out, || {
        required(cancel, "cancel")?.get()?.cancel();
        Ok(())
    })
}

/// Whether the flag is set: 1 or 0; 0 for NULL, and for a flag of the parent in
/// a forked child.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_cancel_is_set(cancel: Option<&imgferry_cancel>) -> i32 {
    quietly(0, || {
        let flag = cancel.map(imgferry_cancel::get);
        flag.is_some_and(|flag| flag.is_ok_and(Cancel::is_cancelled))
            .into()
    })
}

/// Frees a flag; NULL is fine. Calls that use it go on and can no longer be
/// stopped by it.
///
/// No other thread may use this pointer any more, except calls that have
/// started with it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_cancel_free(cancel: Option<Box<imgferry_cancel>>) {
    quietly((), || drop(cancel));
}
