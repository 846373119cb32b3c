//! `imgferry_registry_head_manifest`: what a registry says of a manifest without sending it.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::call::{during, imgferry_call};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::number::or_unknown;
use super::registry::{given, imgferry_registry, reference};
use super::status::imgferry_status;
use super::text::{borrowed, c_text, c_text_or_empty};
use crate::{Digest, ManifestHead};

/// Asks what the manifest of an image is, without getting it: its digest, its
/// media type and its size. It is the registry's word, and nothing is verified.
/// Registries do not count it as a pull. Without a tag, that of "latest".
///
/// On success `*head_out` is yours: free it with imgferry_manifest_head_free.
/// On failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_head_manifest(
    registry: Option<&imgferry_registry>,
    image: *const c_char,
    call: *const imgferry_call,
    head_out: Option<&mut MaybeUninit<*mut imgferry_manifest_head>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(head_out, "head_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { reference(image, "image") }?;
        // SAFETY: `call` is the caller's.
        let head = unsafe { during(call, |call| registry.head_manifest(&image, call)) }?;
        Ok(imgferry_manifest_head::new(head))
    })
}

/// What a registry says of a manifest without sending it.
#[derive(Debug)]
pub struct imgferry_manifest_head {
    digest: CString,
    media_type: CString,
    size: i64,
}

impl imgferry_manifest_head {
    fn new(head: ManifestHead) -> imgferry_manifest_head {
        let ManifestHead {
            digest,
            media_type,
            size,
        } = head;
        imgferry_manifest_head {
            digest: c_text_or_empty(digest.as_ref().map(Digest::as_str)),
            media_type: c_text(&media_type),
            size: or_unknown(size),
        }
    }
}

/// Its digest; "" when the registry does not say it, and for NULL.
///
/// The text lives until `head` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_manifest_head_digest(
    head: Option<&imgferry_manifest_head>,
) -> *const c_char {
    borrowed(head, |head| &head.digest)
}

/// Its media type; "" when the registry does not say it, and for NULL.
///
/// The text lives until `head` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_manifest_head_media_type(
    head: Option<&imgferry_manifest_head>,
) -> *const c_char {
    borrowed(head, |head| &head.media_type)
}

/// Its size in bytes (not that of the image); -1 when the registry does not say
/// it, and for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_manifest_head_size(head: Option<&imgferry_manifest_head>) -> i64 {
    head.map_or(-1, |head| head.size)
}

/// Frees what a registry says of a manifest; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_manifest_head_free(head: Option<Box<imgferry_manifest_head>>) {
    quietly((), || drop(head));
}
