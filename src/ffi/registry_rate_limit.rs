//! `imgferry_registry_rate_limit`: how much more a registry lets itself be asked.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::time::Duration;

use super::error::imgferry_error;
use super::guard::{create_if_any, quietly};
use super::number::or_unknown;
use super::registry::{given, imgferry_registry};
use super::status::imgferry_status;
use super::text::{borrowed, c_text};
use crate::RateLimit;

/// What the registry said last of how often it may be asked, to any call with
/// this handle; IMGFERRY_OK with NULL in `*rate_limit_out` when it did not say
/// anything yet. Nothing is sent.
///
/// On success `*rate_limit_out` is NULL or yours: free it with
/// imgferry_rate_limit_free. On failure it is NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_rate_limit(
    registry: Option<&imgferry_registry>,
    rate_limit_out: Option<&mut MaybeUninit<*mut imgferry_rate_limit>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create_if_any(rate_limit_out, "rate_limit_out", error_out, || {
        let last = given(registry)?.rate_limit();
        Ok(last.map(imgferry_rate_limit::new))
    })
}

/// How often a registry may be asked.
#[derive(Debug)]
pub struct imgferry_rate_limit {
    limit: i64,
    remaining: i64,
    window_ms: i64,
    source: CString,
}

impl imgferry_rate_limit {
    fn new(last: RateLimit) -> imgferry_rate_limit {
        let RateLimit {
            limit,
            remaining,
            window,
            source,
        } = last;
        imgferry_rate_limit {
            limit: or_unknown(limit),
            remaining: or_unknown(remaining),
            window_ms: or_unknown(window.map(milliseconds)),
            source: c_text(&source),
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// How many requests of the counted kind (on Docker Hub: pulls) are allowed in a
/// window of time; -1 when the registry does not say it, and for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_rate_limit_limit(
    rate_limit: Option<&imgferry_rate_limit>,
) -> i64 {
    rate_limit.map_or(-1, |rate_limit| rate_limit.limit)
}

/// How many of them are left; -1 when the registry does not say it, and for
/// NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_rate_limit_remaining(
    rate_limit: Option<&imgferry_rate_limit>,
) -> i64 {
    rate_limit.map_or(-1, |rate_limit| rate_limit.remaining)
}

/// The time for which they are counted, in milliseconds; -1 when the registry
/// does not say it, and for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_rate_limit_window_ms(
    rate_limit: Option<&imgferry_rate_limit>,
) -> i64 {
    rate_limit.map_or(-1, |rate_limit| rate_limit.window_ms)
}

/// Whom the registry counts them for, an address or an account; "" when it does
/// not say it, and for NULL.
///
/// The text lives until `rate_limit` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_rate_limit_source(
    rate_limit: Option<&imgferry_rate_limit>,
) -> *const c_char {
    borrowed(rate_limit, |rate_limit| &rate_limit.source)
}

/// Frees how often a registry may be asked; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_rate_limit_free(rate_limit: Option<Box<imgferry_rate_limit>>) {
    quietly((), || drop(rate_limit));
}
