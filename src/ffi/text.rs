//! Texts on their way out: made once, borrowed by getters, or owned as a handle.

use std::ffi::{CStr, CString, c_char};

use super::guard::quietly;

/// A text for C. A NUL byte inside, which would end it early, becomes U+FFFD.
pub(super) fn c_text(text: &str) -> CString {
    match CString::new(text) {
        Ok(text) => text,
        Err(_) => c_text(&text.replace('\0', "\u{fffd}")),
    }
}

/// The text, or "" where there is none.
pub(super) fn c_text_or_empty(text: Option<&str>) -> CString {
    c_text(text.unwrap_or(""))
}

/// What a getter of a text returns: the text, or "" for a NULL handle.
pub(super) fn borrowed<T>(handle: Option<&T>, text: impl FnOnce(&T) -> &CStr) -> *const c_char {
    handle.map_or(c"", text).as_ptr()
}

/// A text that you own.
#[derive(Debug)]
pub struct imgferry_text(CString);

impl imgferry_text {
    pub(super) fn new(text: &str) -> imgferry_text {
        imgferry_text(c_text(text))
    }
}

/// The text itself; "" for NULL.
///
/// It lives until `text` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_text_get(text: Option<&imgferry_text>) -> *const c_char {
    borrowed(text, |text| &text.0)
}

/// Frees a text; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_text_free(text: Option<Box<imgferry_text>>) {
    quietly((), || drop(text));
}

/// A list of texts: one that you own, or one of the handle that it came from.
#[derive(Debug)]
pub struct imgferry_text_list(Vec<CString>);

impl imgferry_text_list {
    pub(super) fn new(texts: &[String]) -> imgferry_text_list {
        imgferry_text_list(texts.iter().map(|text| c_text(text)).collect())
    }
}

/// How many texts are in a list; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_text_list_count(list: Option<&imgferry_text_list>) -> usize {
    list.map_or(0, |list| list.0.len())
}

/// The text at `index`, counted from 0; "" behind the end and for NULL.
///
/// It lives as long as the list. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_text_list_at(
    list: Option<&imgferry_text_list>,
    index: usize,
) -> *const c_char {
    borrowed(list.and_then(|list| list.0.get(index)), CString::as_c_str)
}

/// Frees a list of texts that you own; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_text_list_free(list: Option<Box<imgferry_text_list>>) {
    quietly((), || drop(list));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_inside_does_not_cut_a_text() {
        assert_eq!(c_text("a\0b").to_str(), Ok("a\u{fffd}b"));
    }
}
