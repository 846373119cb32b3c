//! What `imgferry_images` did, and lists of remote images.

use std::ffi::{CString, c_char};

use super::guard::quietly;
use super::images_options::{IMGFERRY_PUSH_DIRECT, IMGFERRY_PUSH_ENGINE, imgferry_push_via};
use super::local_image::imgferry_local_image;
use super::number::or_unknown;
use super::remote_image::imgferry_remote_image;
use super::text::{borrowed, c_text, c_text_or_empty, imgferry_text_list};
use crate::{Digest, Parser, PulledImage, PushedImage, PushedVia, RemoteImage};

/// What imgferry_images_push did.
#[derive(Debug)]
pub struct imgferry_pushed_image {
    image: imgferry_remote_image,
    digest: CString,
    manifest_size: i64,
    via: imgferry_push_via,
    reason: CString,
    warnings: imgferry_text_list,
}

impl imgferry_pushed_image {
    pub(super) fn new(parser: &Parser, pushed: PushedImage) -> imgferry_pushed_image {
        let PushedImage {
            image,
            digest,
            manifest_size,
            via,
            reason,
            warnings,
        } = pushed;
        imgferry_pushed_image {
            image: imgferry_remote_image::of(parser, image),
            digest: c_text_or_empty(digest.as_ref().map(Digest::as_str)),
            manifest_size: or_unknown(manifest_size),
            via: match via {
                PushedVia::Engine => IMGFERRY_PUSH_ENGINE,
                PushedVia::Direct => IMGFERRY_PUSH_DIRECT,
            },
            reason: c_text(&reason),
            warnings: imgferry_text_list::new(&warnings),
        }
    }
}

/// The image in the registry, with its tag.
///
/// NULL for NULL. It lives until `pushed` is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_image_image(
    pushed: Option<&imgferry_pushed_image>,
) -> Option<&imgferry_remote_image> {
    pushed.map(|pushed| &pushed.image)
}

/// The digest of its manifest; "" when neither the engine nor the registry
/// told, which is also a warning, and for NULL.
///
/// The text lives until `pushed` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_image_digest(
    pushed: Option<&imgferry_pushed_image>,
) -> *const c_char {
    borrowed(pushed, |pushed| &pushed.digest)
}

/// The size of its manifest in bytes (not of the image); -1 when unknown, and
/// for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_image_manifest_size(
    pushed: Option<&imgferry_pushed_image>,
) -> i64 {
    pushed.map_or(-1, |pushed| pushed.manifest_size)
}

/// Which way it went: IMGFERRY_PUSH_ENGINE, also for NULL, or
/// IMGFERRY_PUSH_DIRECT.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_image_via(
    pushed: Option<&imgferry_pushed_image>,
) -> imgferry_push_via {
    pushed.map_or(IMGFERRY_PUSH_ENGINE, |pushed| pushed.via)
}

/// Why it went that way, in words; "" when it was asked for, and for NULL.
///
/// The text lives until `pushed` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_image_reason(
    pushed: Option<&imgferry_pushed_image>,
) -> *const c_char {
    borrowed(pushed, |pushed| &pushed.reason)
}

/// What was noted on the way, each a sentence.
///
/// NULL, which is an empty list, for NULL. The list lives until `pushed` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_image_warnings(
    pushed: Option<&imgferry_pushed_image>,
) -> Option<&imgferry_text_list> {
    pushed.map(|pushed| &pushed.warnings)
}

/// Frees the result of a push; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_image_free(pushed: Option<Box<imgferry_pushed_image>>) {
    quietly((), || drop(pushed));
}

/// What imgferry_images_pull did.
#[derive(Debug)]
pub struct imgferry_pulled_image {
    image: imgferry_local_image,
    id: CString,
    digest: CString,
    up_to_date: bool,
    warnings: imgferry_text_list,
}

impl imgferry_pulled_image {
    pub(super) fn new(pulled: PulledImage) -> imgferry_pulled_image {
        let PulledImage {
            image,
            id,
            digest,
            up_to_date,
            warnings,
        } = pulled;
        imgferry_pulled_image {
            image: imgferry_local_image::new(image),
            id: c_text(&id),
            digest: c_text_or_empty(digest.as_ref().map(Digest::as_str)),
            up_to_date,
            warnings: imgferry_text_list::new(&warnings),
        }
    }
}

/// The image in the engine.
///
/// NULL for NULL. It lives until `pulled` is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_image_image(
    pulled: Option<&imgferry_pulled_image>,
) -> Option<&imgferry_local_image> {
    pulled.map(|pulled| &pulled.image)
}

/// Its ID in the engine; "" for NULL.
///
/// The text lives until `pulled` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_image_id(
    pulled: Option<&imgferry_pulled_image>,
) -> *const c_char {
    borrowed(pulled, |pulled| &pulled.id)
}

/// The digest of what the remote name stood for; "" when nobody told, and for
/// NULL.
///
/// The text lives until `pulled` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_image_digest(
    pulled: Option<&imgferry_pulled_image>,
) -> *const c_char {
    borrowed(pulled, |pulled| &pulled.digest)
}

/// Whether the engine had the image already: 1 or 0; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_image_up_to_date(
    pulled: Option<&imgferry_pulled_image>,
) -> i32 {
    pulled.map_or(0, |pulled| i32::from(pulled.up_to_date))
}

/// What was noted on the way, each a sentence.
///
/// NULL, which is an empty list, for NULL. The list lives until `pulled` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_image_warnings(
    pulled: Option<&imgferry_pulled_image>,
) -> Option<&imgferry_text_list> {
    pulled.map(|pulled| &pulled.warnings)
}

/// Frees the result of a pull; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_image_free(pulled: Option<Box<imgferry_pulled_image>>) {
    quietly((), || drop(pulled));
}

/// Images in a registry.
#[derive(Debug)]
pub struct imgferry_remote_image_list(Vec<imgferry_remote_image>);

impl imgferry_remote_image_list {
    pub(super) fn new(parser: &Parser, images: Vec<RemoteImage>) -> imgferry_remote_image_list {
        let images = images.into_iter();
        imgferry_remote_image_list(
            images
                .map(|image| imgferry_remote_image::of(parser, image))
                .collect(),
        )
    }
}

/// How many images are in a list; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_list_count(
    list: Option<&imgferry_remote_image_list>,
) -> usize {
    list.map_or(0, |list| list.0.len())
}

/// The image at `index`, counted from 0; NULL behind the end and for NULL.
///
/// It lives until `list` is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_list_at(
    list: Option<&imgferry_remote_image_list>,
    index: usize,
) -> Option<&imgferry_remote_image> {
    list.and_then(|list| list.0.get(index))
}

/// Frees a list of images and the images in it; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_list_free(
    list: Option<Box<imgferry_remote_image_list>>,
) {
    quietly((), || drop(list));
}
