//! `imgferry_registry_tag_info`: everything about a tag at once.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::call::{during, imgferry_call};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::pairs::Pairs;
use super::registry::{given, imgferry_registry, reference};
use super::registry_platforms::imgferry_image_platform_list;
use super::registry_results::imgferry_image_size;
use super::status::imgferry_status;
use super::text::{borrowed, c_text, c_text_or_empty};
use crate::TagInfo;

/// Tells what the registry has under a tag (without one, "latest") or a digest:
/// what it is, for which platforms, how large, and when it was made.
///
/// On success `*info_out` is yours: free it with imgferry_tag_info_free. On
/// failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_tag_info(
    registry: Option<&imgferry_registry>,
    image: *const c_char,
    call: *const imgferry_call,
    info_out: Option<&mut MaybeUninit<*mut imgferry_tag_info>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(info_out, "info_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { reference(image, "image") }?;
        // SAFETY: `call` is the caller's.
        let info = unsafe { during(call, |call| registry.tag_info(&image, call)) }?;
        Ok(imgferry_tag_info::new(info))
    })
}

/// What a registry has under a tag.
#[derive(Debug)]
pub struct imgferry_tag_info {
    tag: CString,
    digest: CString,
    media_type: CString,
    manifest_size: u64,
    artifact_type: CString,
    platforms: imgferry_image_platform_list,
    created: CString,
    labels: Pairs,
    size: imgferry_image_size,
}

impl imgferry_tag_info {
    fn new(info: TagInfo) -> imgferry_tag_info {
        let TagInfo {
            tag,
            digest,
            media_type,
            manifest_size,
            artifact_type,
            platforms,
            created,
            labels,
            size,
        } = info;
        imgferry_tag_info {
            tag: c_text_or_empty(tag.as_deref()),
            digest: c_text(digest.as_str()),
            media_type: c_text(&media_type),
            manifest_size,
            artifact_type: c_text(&artifact_type),
            platforms: imgferry_image_platform_list::new(platforms),
            created: c_text(&created),
            labels: Pairs::new(&labels),
            size: imgferry_image_size::new(size),
        }
    }
}

/// The tag; "" when it was asked for by digest, and for NULL.
///
/// The text lives until `info` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_info_tag(info: Option<&imgferry_tag_info>) -> *const c_char {
    borrowed(info, |info| &info.tag)
}

/// The digest of its manifest or index; "" for NULL.
///
/// The text lives until `info` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_info_digest(
    info: Option<&imgferry_tag_info>,
) -> *const c_char {
    borrowed(info, |info| &info.digest)
}

/// The media type of its manifest or index; "" for NULL.
///
/// The text lives until `info` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_info_media_type(
    info: Option<&imgferry_tag_info>,
) -> *const c_char {
    borrowed(info, |info| &info.media_type)
}

/// The size of its manifest or index in bytes (not of the image); 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_info_manifest_size(info: Option<&imgferry_tag_info>) -> u64 {
    info.map_or(0, |info| info.manifest_size)
}

/// What kind of artifact it is; "" for an image, and for NULL.
///
/// The text lives until `info` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_info_artifact_type(
    info: Option<&imgferry_tag_info>,
) -> *const c_char {
    borrowed(info, |info| &info.artifact_type)
}

/// The platforms that it is for; empty for what is not an image.
///
/// NULL, which is an empty list, for NULL. The list lives until `info` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_info_platforms(
    info: Option<&imgferry_tag_info>,
) -> Option<&imgferry_image_platform_list> {
    info.map(|info| &info.platforms)
}

/// When it was made, in RFC 3339; "" when it does not say, and for NULL. Of
/// several platforms, that of this machine counts, else the first.
///
/// The text lives until `info` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_info_created(
    info: Option<&imgferry_tag_info>,
) -> *const c_char {
    borrowed(info, |info| &info.created)
}

/// How many labels it has, of the same platform; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_info_label_count(info: Option<&imgferry_tag_info>) -> usize {
    info.map_or(0, |info| info.labels.count())
}

/// The key of the label at `index`, counted from 0 and sorted by key; ""
/// behind the end and for NULL.
///
/// The text lives until `info` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_info_label_key_at(
    info: Option<&imgferry_tag_info>,
    index: usize,
) -> *const c_char {
    Pairs::key_at(info.map(|info| &info.labels), index)
}

/// The value of the label at `index`; "" behind the end and for NULL.
///
/// The text lives until `info` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_info_label_value_at(
    info: Option<&imgferry_tag_info>,
    index: usize,
) -> *const c_char {
    Pairs::value_at(info.map(|info| &info.labels), index)
}

/// How much of the registry it takes.
///
/// NULL for NULL. It lives until `info` is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_info_size(
    info: Option<&imgferry_tag_info>,
) -> Option<&imgferry_image_size> {
    info.map(|info| &info.size)
}

/// Frees what a registry has under a tag; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_tag_info_free(info: Option<Box<imgferry_tag_info>>) {
    quietly((), || drop(info));
}
