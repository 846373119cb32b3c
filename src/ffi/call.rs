//! `imgferry_call`: what one call carries besides its arguments.

use std::ffi::c_void;
use std::time::Duration;

use super::args::invalid;
use super::cancel::imgferry_cancel;
use super::error::Failure;
use super::guard::quietly;
use super::options::{self, Versioned};
use super::progress::{Observer, imgferry_progress_fn};
use crate::{Call, Error, Limits, Result};

/// What one call carries besides its arguments: who receives progress, who may
/// stop it, how long it may take.
///
/// Initialise it with imgferry_call_init, then set what you want. It is only
/// read, and only until the call returns; one struct can serve many calls, also
/// at the same time. Where NULL is given instead of one, all is default.
///
/// Times are milliseconds; 0 is the default and -1 is no limit.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_call {
    /// Set by imgferry_call_init.
    pub struct_size: usize,
    /// Receives progress; may be NULL.
    pub progress: imgferry_progress_fn,
    /// Given to `progress` as it is.
    pub userdata: *mut c_void,
    /// Stops the call from another thread; may be NULL.
    pub cancel: *const imgferry_cancel,
    /// For the whole call. 0 and -1: no limit, because a transfer may take as
    /// long as it moves.
    pub deadline_ms: i64,
    /// Until a connection stands, with name look-up, proxy and TLS. Default:
    /// 15 s.
    pub connect_limit_ms: i64,
    /// Until the first byte of an answer, for requests that a healthy peer
    /// answers at once. Default: 60 s. What an engine may work at for minutes,
    /// such as a transfer, does not use it: the engine is asked whether it still
    /// lives instead.
    pub answer_limit_ms: i64,
    /// Without one byte moving in a transfer with a registry. Default: 60 s.
    pub idle_limit_ms: i64,
    /// The numbers of one layer are reported at most once in this time.
    /// Default: 100 ms; -1: as often as they change. A change of phase, the
    /// last record of a layer and the final record are always reported.
    pub progress_interval_ms: i64,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointers and its callback are NULL.
unsafe impl Versioned for imgferry_call {
    const INIT: &'static str = "imgferry_call_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_call>()];
}

/// Fills `call` with the defaults. `struct_size` is `sizeof *call`.
///
/// NULL is fine and does nothing. No other thread may use `call` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_call_init(call: *mut imgferry_call, struct_size: usize) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(call, struct_size) });
}

/// Does `work` as `call` says, and notes when its progress callback ended it.
///
/// # Safety
/// `call` is NULL or points to a struct that is as the header demands.
pub(super) unsafe fn during<T>(
    call: *const imgferry_call,
    work: impl FnOnce(&mut Call<'_>) -> Result<T>,
) -> Result<T, Failure> {
    // SAFETY: the caller promises the same.
    let (call, mut observer) = unsafe { read(call) }?;
    let result = {
        let mut call = match &mut observer {
            Some(observer) => call.progress(observer),
            None => call,
        };
        work(&mut call)
    };
    result.map_err(|error| failure(error, observer.as_ref()))
}

/// # Safety
/// As for [`during`].
unsafe fn read<'p>(call: *const imgferry_call) -> Result<(Call<'p>, Option<Observer>)> {
    if call.is_null() {
        return Ok((Call::new(), None));
    }
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(call, "call") }?;
    let mut call = Call::new().limits(limits(&given)?);
    if let Some(interval) = time(given.progress_interval_ms, "progress_interval_ms")? {
        // -1 is no interval: everything is reported.
        call = call.progress_interval(interval.unwrap_or(Duration::ZERO));
    }
    // SAFETY: it is NULL or a flag that is not freed before the call has begun.
    if let Some(cancel) = unsafe { given.cancel.as_ref() } {
        call = call.cancel(cancel.get()?);
    }
    let observer = given.progress.map(|callback| {
        // SAFETY: the header demands that it can be called with its userdata until the call returns.
        unsafe { Observer::new(callback, given.userdata) }
    });
    Ok((call, observer))
}

fn failure(error: Error, observer: Option<&Observer>) -> Failure {
    let failure = Failure::from(error);
    match observer {
        Some(observer) => failure.after_progress(observer.result()),
        None => failure,
    }
}

fn limits(given: &imgferry_call) -> Result<Limits> {
    let mut limits = Limits::default();
    for (limit, given, field) in [
        (&mut limits.deadline, given.deadline_ms, "deadline_ms"),
        (
            &mut limits.connect,
            given.connect_limit_ms,
            "connect_limit_ms",
        ),
        (&mut limits.answer, given.answer_limit_ms, "answer_limit_ms"),
        (&mut limits.idle, given.idle_limit_ms, "idle_limit_ms"),
    ] {
        if let Some(wanted) = time(given, field)? {
            *limit = wanted;
        }
    }
    Ok(limits)
}

/// A time that the caller wants: `None` is the default, `Some(None)` is no limit.
fn time(milliseconds: i64, field: &'static str) -> Result<Option<Option<Duration>>> {
    match (milliseconds, u64::try_from(milliseconds)) {
        (0, _) => Ok(None),
        (-1, _) => Ok(Some(None)),
        (_, Ok(milliseconds)) => Ok(Some(Some(Duration::from_millis(milliseconds)))),
        (_, Err(_)) => Err(invalid(field, format!("{milliseconds} is not a time"))),
    }
}
