//! `imgferry_saved`: how much was written to where the caller wants it.

use super::guard::quietly;

/// An archive or a blob that was written.
#[derive(Debug)]
pub struct imgferry_saved {
    size: u64,
}

impl imgferry_saved {
    pub(super) fn new(size: u64) -> imgferry_saved {
        imgferry_saved { size }
    }
}

/// How many bytes were written; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_saved_size(saved: Option<&imgferry_saved>) -> u64 {
    saved.map_or(0, |saved| saved.size)
}

/// Frees the result of a save; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_saved_free(saved: Option<Box<imgferry_saved>>) {
    quietly((), || drop(saved));
}
