//! `imgferry_set_log`: what the library notes on its way.

use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};

use ::log::{Level, LevelFilter, Log, Metadata, Record};

use super::error::imgferry_error;
use super::guard::guard;
use super::status::imgferry_status;
use super::text::c_text;
use crate::{Error, Result};

/// How much is noted: one of the IMGFERRY_LOG_ numbers. A larger one includes
/// the smaller ones.
pub type imgferry_log_level = i32;

/// Nothing, as it is from the beginning.
pub const IMGFERRY_LOG_OFF: imgferry_log_level = 0;
/// What went wrong and is in no error.
pub const IMGFERRY_LOG_ERROR: imgferry_log_level = 1;
/// What is odd, such as a configuration file that somebody else can read.
pub const IMGFERRY_LOG_WARN: imgferry_log_level = 2;
/// What was done.
pub const IMGFERRY_LOG_INFO: imgferry_log_level = 3;
/// Why it was done: requests that are made again, ways that are chosen.
pub const IMGFERRY_LOG_DEBUG: imgferry_log_level = 4;
/// Everything.
pub const IMGFERRY_LOG_TRACE: imgferry_log_level = 5;

/// Receives what the library notes: its level, the part of the library that it
/// is of, and a line of text, in which there are no secrets.
///
/// It runs on any thread, also on threads of the library, and on several at the
/// same time. It must return normally: no exception, no longjmp. It must not
/// use the library. The texts live until it returns.
pub type imgferry_log_fn = Option<
    unsafe extern "C" fn(
        userdata: *mut c_void,
        level: imgferry_log_level,
        target: *const c_char,
        message: *const c_char,
    ),
>;

/// Who is told.
struct Listener {
    log: unsafe extern "C" fn(*mut c_void, imgferry_log_level, *const c_char, *const c_char),
    userdata: *mut c_void,
}

// SAFETY: the header demands that it can be called with its userdata on any thread.
unsafe impl Send for Listener {}
// SAFETY: and on several at the same time.
unsafe impl Sync for Listener {}

static LISTENER: RwLock<Option<Listener>> = RwLock::new(None);

/// The process that has set it. A forked child has a copy of the lock, which a thread of the parent may have held.
static PROCESS: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// Whether the callback runs on this thread.
    static IS_TOLD: Cell<bool> = const { Cell::new(false) };
}

/// What the `log` crate is given, once.
struct Notes;

impl Log for Notes {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Those of ureq can hold signed URLs.
        metadata.target().starts_with("imgferry")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata())
            || IS_TOLD.get()
            || PROCESS.load(Ordering::Relaxed) != process::id()
        {
            return;
        }
        let listener = LISTENER.read().unwrap_or_else(PoisonError::into_inner);
        let Some(Listener { log, userdata }) = &*listener else {
            return;
        };
        let (target, message) = (c_text(record.target()), c_text(&record.args().to_string()));
        let level = number_of(record.level());
        IS_TOLD.set(true);
        // SAFETY: the header demands that it can be called so until it is replaced, which waits for the lock.
        unsafe { log(*userdata, level, target.as_ptr(), message.as_ptr()) };
        IS_TOLD.set(false);
    }

    fn flush(&self) {}
}

/// Has `log` called with what the library notes, up to `level`. There is one
/// such callback in the process, and this replaces it; NULL for `log`, and
/// IMGFERRY_LOG_OFF, are none.
///
/// When it returns, the callback before is not running and is not called any
/// more: until then its userdata must live. On failure the one before stays.
/// Fails with IMGFERRY_INVALID_STATE inside a log callback, in a forked child
/// of a process that has set one, where nothing is noted, and when this library
/// is part of a program that has a logger of its own. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_set_log(
    level: imgferry_log_level,
    log: imgferry_log_fn,
    userdata: *mut c_void,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    guard(error_out, || {
        let level = level_of(level)?;
        let listener = log.map(|log| Listener { log, userdata });
        Ok(listen(listener, level)?)
    })
}

fn listen(listener: Option<Listener>, level: LevelFilter) -> Result<()> {
    static IS_OURS: OnceLock<bool> = OnceLock::new();
    if IS_TOLD.get() {
        return Err(state("a log callback cannot set another one"));
    }
    let process = PROCESS.load(Ordering::Relaxed);
    if process != 0 && process != process::id() {
        return Err(state("a log callback was set before a fork, in the parent"));
    }
    if !IS_OURS.get_or_init(|| ::log::set_logger(&Notes).is_ok()) {
        return Err(state("the program has a logger of its own"));
    }
    PROCESS.store(process::id(), Ordering::Relaxed);
    let level = match listener {
        Some(_) => level,
        None => LevelFilter::Off,
    };
    *LISTENER.write().unwrap_or_else(PoisonError::into_inner) = listener;
    ::log::set_max_level(level);
    Ok(())
}

fn state(what: &str) -> Error {
    Error::InvalidState(what.into())
}

fn level_of(level: imgferry_log_level) -> Result<LevelFilter> {
    match level {
        IMGFERRY_LOG_OFF => Ok(LevelFilter::Off),
        IMGFERRY_LOG_ERROR => Ok(LevelFilter::Error),
        IMGFERRY_LOG_WARN => Ok(LevelFilter::Warn),
        IMGFERRY_LOG_INFO => Ok(LevelFilter::Info),
        IMGFERRY_LOG_DEBUG => Ok(LevelFilter::Debug),
        IMGFERRY_LOG_TRACE => Ok(LevelFilter::Trace),
        other => Err(Error::InvalidArgument {
            argument: "level",
            reason: format!("{other} is none of the IMGFERRY_LOG_ numbers"),
        }),
    }
}

fn number_of(level: Level) -> imgferry_log_level {
    match level {
        Level::Error => IMGFERRY_LOG_ERROR,
        Level::Warn => IMGFERRY_LOG_WARN,
        Level::Info => IMGFERRY_LOG_INFO,
        Level::Debug => IMGFERRY_LOG_DEBUG,
        Level::Trace => IMGFERRY_LOG_TRACE,
    }
}
