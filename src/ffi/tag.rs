//! `imgferry_tag`: a tag in a registry, with the size of its image.

use std::ffi::{CString, c_char};

use super::guard::quietly;
use super::text::{borrowed, c_text};
use crate::Tag;

/// A tag in a registry, with the size of its image.
#[derive(Debug)]
pub struct imgferry_tag {
    name: CString,
    size: u64,
}

impl imgferry_tag {
    pub(super) fn new(tag: &Tag) -> imgferry_tag {
        imgferry_tag {
            name: c_text(&tag.name),
            size: tag.size,
        }
    }
}

/// The tag; "" for NULL.
///
/// The text lives until `tag` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_name(tag: Option<&imgferry_tag>) -> *const c_char {
    borrowed(tag, |tag| &tag.name)
}

/// The size of its image in the registry, in bytes; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_size(tag: Option<&imgferry_tag>) -> u64 {
    tag.map_or(0, |tag| tag.size)
}

/// Frees a tag; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_free(tag: Option<Box<imgferry_tag>>) {
    quietly((), || drop(tag));
}
