//! The arguments of C functions, checked; each complaint names the argument as the header does.

use std::ffi::OsStr;
use std::ffi::{CStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::slice;

use crate::{Error, Result};

pub(super) fn invalid(argument: &'static str, reason: impl Into<String>) -> Error {
    Error::InvalidArgument {
        argument,
        reason: reason.into(),
    }
}

/// What must not be NULL.
pub(super) fn required<T>(given: Option<T>, argument: &'static str) -> Result<T> {
    given.ok_or_else(|| invalid(argument, "it must not be NULL"))
}

/// 0 or 1.
pub(super) fn flag(given: i32, argument: &'static str) -> Result<bool> {
    match given {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(invalid(argument, format!("it is 0 or 1, not {other}"))),
    }
}

/// A text that must be given.
///
/// # Safety
/// It is NULL, or ends with a NUL byte and is not changed while the result is used.
pub(super) unsafe fn text<'t>(given: *const c_char, argument: &'static str) -> Result<&'t str> {
    // SAFETY: the caller promises the same.
    let text = unsafe { optional_text(given, argument) }?;
    required(text, argument)
}

/// A text, or `None` for NULL.
///
/// # Safety
/// As for [`text`].
pub(super) unsafe fn optional_text<'t>(
    given: *const c_char,
    argument: &'static str,
) -> Result<Option<&'t str>> {
    // SAFETY: the caller promises the same.
    let Some(bytes) = (unsafe { bytes(given) }) else {
        return Ok(None);
    };
    match bytes.to_str() {
        Ok(text) => Ok(Some(text)),
        // The text is not shown: it may be a secret.
        Err(error) => {
            let position = error.valid_up_to();
            Err(invalid(
                argument,
                format!("it is not UTF-8 at byte {position}"),
            ))
        }
    }
}

/// A text of our own, or `None` for NULL.
///
/// # Safety
/// As for [`text`].
pub(super) unsafe fn owned_text(
    given: *const c_char,
    argument: &'static str,
) -> Result<Option<String>> {
    // SAFETY: the caller promises the same.
    let text = unsafe { optional_text(given, argument) }?;
    Ok(text.map(str::to_owned))
}

/// A text of our own, which is empty for NULL.
///
/// # Safety
/// As for [`text`].
pub(super) unsafe fn owned_text_or_empty(
    given: *const c_char,
    argument: &'static str,
) -> Result<String> {
    // SAFETY: the caller promises the same.
    let text = unsafe { optional_text(given, argument) }?;
    Ok(text.unwrap_or("").to_owned())
}

/// The path of a file, in the bytes of the system.
///
/// # Safety
/// As for [`text`].
pub(super) unsafe fn path<'t>(given: *const c_char, argument: &'static str) -> Result<&'t Path> {
    // SAFETY: the caller promises the same.
    let path = required(unsafe { bytes(given) }, argument)?;
    Ok(Path::new(OsStr::from_bytes(path.to_bytes())))
}

/// The path of a file for options that are kept; NULL is none.
///
/// # Safety
/// As for [`text`].
pub(super) unsafe fn owned_path(given: *const c_char) -> Option<PathBuf> {
    // SAFETY: the caller promises the same.
    let path = unsafe { bytes(given) }?;
    Some(PathBuf::from(OsStr::from_bytes(path.to_bytes())))
}

/// # Safety
/// As for [`text`].
unsafe fn bytes<'t>(given: *const c_char) -> Option<&'t CStr> {
    if given.is_null() {
        return None;
    }
    // SAFETY: it is not NULL, so it ends with a NUL byte and stays.
    Some(unsafe { CStr::from_ptr(given) })
}

/// An array; (NULL, 0) is empty.
///
/// # Safety
/// `first` is NULL or points to `count` elements that are not changed while the result is used.
pub(super) unsafe fn array<'t, T>(
    first: *const T,
    count: usize,
    argument: &'static str,
) -> Result<&'t [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if first.is_null() {
        return Err(invalid(
            argument,
            format!("it is NULL, but its count is {count}"),
        ));
    }
    if count > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(invalid(argument, format!("no array has {count} elements")));
    }
    // SAFETY: it has `count` elements that stay, and no more bytes than memory can have.
    Ok(unsafe { slice::from_raw_parts(first, count) })
}

/// An array of texts, each of which must be given.
///
/// # Safety
/// As for [`array()`], and each element as for [`text`].
pub(super) unsafe fn texts<'t>(
    first: *const *const c_char,
    count: usize,
    argument: &'static str,
) -> Result<Vec<&'t str>> {
    // SAFETY: the caller promises the same.
    let texts = unsafe { array(first, count, argument) }?;
    texts
        .iter()
        // SAFETY: as above.
        .map(|given| unsafe { text(*given, argument) })
        .collect()
}

/// The same, as texts of our own.
///
/// # Safety
/// As for [`texts`].
pub(super) unsafe fn owned_texts(
    first: *const *const c_char,
    count: usize,
    argument: &'static str,
) -> Result<Vec<String>> {
    // SAFETY: the caller promises the same.
    let texts = unsafe { texts(first, count, argument) }?;
    Ok(texts.into_iter().map(str::to_owned).collect())
}

/// An array of paths, each of which must be given.
///
/// # Safety
/// As for [`texts`].
pub(super) unsafe fn paths(
    first: *const *const c_char,
    count: usize,
    argument: &'static str,
) -> Result<Vec<PathBuf>> {
    // SAFETY: the caller promises the same.
    let paths = unsafe { array(first, count, argument) }?;
    paths
        .iter()
        // SAFETY: as above.
        .map(|given| unsafe { path(*given, argument) }.map(Path::to_owned))
        .collect()
}

/// An array of filters, each `key=value`.
///
/// # Safety
/// As for [`texts`].
pub(super) unsafe fn filters(
    first: *const *const c_char,
    count: usize,
    argument: &'static str,
) -> Result<Vec<(String, String)>> {
    // SAFETY: the caller promises the same.
    let filters = unsafe { texts(first, count, argument) }?;
    let filters = filters.into_iter().map(|filter| {
        let pair = filter.split_once('=');
        let (key, value) =
            pair.ok_or_else(|| invalid(argument, format!("{filter:?} is not key=value")))?;
        Ok((key.to_owned(), value.to_owned()))
    });
    filters.collect()
}

/// Headers, each as `Name: value`.
///
/// # Safety
/// As for [`texts`].
pub(super) unsafe fn headers(
    first: *const *const c_char,
    count: usize,
) -> Result<Vec<(String, String)>> {
    // SAFETY: the caller promises the same.
    let headers = unsafe { texts(first, count, "options headers") }?;
    let headers = headers.into_iter().map(|header| {
        // The header is not shown: it may be a secret.
        let pair = header.split_once(':');
        let (name, value) =
            pair.ok_or_else(|| invalid("options headers", "one has no colon after its name"))?;
        Ok((name.to_owned(), value.trim().to_owned()))
    });
    headers.collect()
}
