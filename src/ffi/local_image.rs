//! `imgferry_local_image`: the name of an image in an engine.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::args::{self, required};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::status::imgferry_status;
use super::text::{borrowed, c_text, c_text_or_empty};
use crate::{Digest, LocalImage};

/// The name of an image in an engine: a name with an optional tag or digest, or
/// an image ID.
#[derive(Debug)]
pub struct imgferry_local_image {
    image: LocalImage,
    text: CString,
    name: CString,
    tag: CString,
    digest: CString,
    id: CString,
}

impl imgferry_local_image {
    pub(super) fn new(image: LocalImage) -> imgferry_local_image {
        imgferry_local_image {
            text: c_text(&image.to_string()),
            name: c_text(image.name()),
            tag: c_text_or_empty(image.tag()),
            digest: c_text_or_empty(image.digest().map(Digest::as_str)),
            id: c_text_or_empty(image.id()),
            image,
        }
    }
}

/// Reads `name[:tag][@digest]` or an image ID.
///
/// On success `*image_out` is yours: free it with imgferry_local_image_free.
/// On failure it is NULL: IMGFERRY_INVALID_REFERENCE when `text` is neither.
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_local_image_parse(
    text: *const c_char,
    image_out: Option<&mut MaybeUninit<*mut imgferry_local_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(image_out, "image_out", error_out, || {
        // SAFETY: `text` is NULL or a text of the caller.
        let text = unsafe { args::text(text, "text") }?;
        Ok(imgferry_local_image::new(LocalImage::parse(text)?))
    })
}

/// The image `name` with `tag`; `tag` may be NULL. An image ID has no tag.
///
/// On success `*image_out` is yours: free it with imgferry_local_image_free.
/// On failure it is NULL: IMGFERRY_INVALID_REFERENCE when the name or the tag
/// is not one, or when the name holds a tag itself. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_local_image_new(
    name: *const c_char,
    tag: *const c_char,
    image_out: Option<&mut MaybeUninit<*mut imgferry_local_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(image_out, "image_out", error_out, || {
        // SAFETY: `name` is NULL or a text of the caller.
        let name = unsafe { args::text(name, "name") }?;
        // SAFETY: `tag` is NULL or a text of the caller.
        let tag = unsafe { args::optional_text(tag, "tag") }?;
        Ok(imgferry_local_image::new(LocalImage::new(name, tag)?))
    })
}

/// The same name at another tag; a digest is left out.
///
/// On success `*image_out` is yours: free it with imgferry_local_image_free.
/// On failure it is NULL: IMGFERRY_INVALID_REFERENCE when `tag` is not a tag,
/// and for an image ID. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_local_image_with_tag(
    image: Option<&imgferry_local_image>,
    tag: *const c_char,
    image_out: Option<&mut MaybeUninit<*mut imgferry_local_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(image_out, "image_out", error_out, || {
        let image = required(image, "image")?;
        // SAFETY: `tag` is NULL or a text of the caller.
        let tag = unsafe { args::text(tag, "tag") }?;
        Ok(imgferry_local_image::new(image.image.with_tag(tag)?))
    })
}

/// The image as text, which imgferry_local_image_parse reads; "" for NULL.
///
/// The text lives until `image` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_local_image_text(
    image: Option<&imgferry_local_image>,
) -> *const c_char {
    borrowed(image, |image| &image.text)
}

/// The name as it was given, with the registry when it mentions one; for an
/// image ID, the ID with its algorithm. "" for NULL.
///
/// The text lives until `image` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_local_image_name(
    image: Option<&imgferry_local_image>,
) -> *const c_char {
    borrowed(image, |image| &image.name)
}

/// The tag; "" when there is none, and for NULL.
///
/// A name with neither tag nor digest means "latest" to the engine. The text
/// lives until `image` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_local_image_tag(
    image: Option<&imgferry_local_image>,
) -> *const c_char {
    borrowed(image, |image| &image.tag)
}

/// The digest of the manifest; "" when the name holds none, and for NULL.
///
/// An image ID is no such digest. The text lives until `image` is freed. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_local_image_digest(
    image: Option<&imgferry_local_image>,
) -> *const c_char {
    borrowed(image, |image| &image.digest)
}

/// The image ID with its algorithm; "" when the image is named otherwise, and
/// for NULL.
///
/// The text lives until `image` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_local_image_id(
    image: Option<&imgferry_local_image>,
) -> *const c_char {
    borrowed(image, |image| &image.id)
}

/// Frees an image name; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_local_image_free(image: Option<Box<imgferry_local_image>>) {
    quietly((), || drop(image));
}
