//! `imgferry_registry_referrers`: the signatures, bills of materials and the like of an image.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::args::optional_text;
use super::call::{during, imgferry_call};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::pairs::Pairs;
use super::registry::{given, imgferry_registry, reference};
use super::status::imgferry_status;
use super::text::{borrowed, c_text, imgferry_text_list};
use crate::Descriptor;

/// The manifests that refer to the manifest of an image, such as signatures and
/// bills of materials; none when nothing does. `artifact_type` may be NULL: then
/// of any type. Without a tag, of "latest".
///
/// On success `*referrers_out` is yours: free it with
/// imgferry_descriptor_list_free. On failure it is NULL: IMGFERRY_NOT_FOUND when
/// there is no such tag. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_referrers(
    registry: Option<&imgferry_registry>,
    image: *const c_char,
    artifact_type: *const c_char,
    call: *const imgferry_call,
    referrers_out: Option<&mut MaybeUninit<*mut imgferry_descriptor_list>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(referrers_out, "referrers_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { reference(image, "image") }?;
        // SAFETY: `artifact_type` is NULL or a text of the caller.
        let artifact_type = unsafe { optional_text(artifact_type, "artifact_type") }?;
        // SAFETY: `call` is the caller's.
        let referrers =
            unsafe { during(call, |call| registry.referrers(&image, artifact_type, call)) }?;
        Ok(imgferry_descriptor_list::new(referrers))
    })
}

/// What is told of manifests or layers: a list that you own, or one of the
/// handle that it came from.
#[derive(Debug)]
pub struct imgferry_descriptor_list(Vec<imgferry_descriptor>);

impl imgferry_descriptor_list {
    pub(super) fn new(descriptors: Vec<Descriptor>) -> imgferry_descriptor_list {
        let descriptors = descriptors.into_iter().map(imgferry_descriptor::new);
        imgferry_descriptor_list(descriptors.collect())
    }
}

/// How many descriptors are in a list; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_descriptor_list_count(
    list: Option<&imgferry_descriptor_list>,
) -> usize {
    list.map_or(0, |list| list.0.len())
}

/// The descriptor at `index`, counted from 0, in the order of the registry or
/// manifest; NULL behind the end and for NULL.
///
/// It lives as long as `list`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_descriptor_list_at(
    list: Option<&imgferry_descriptor_list>,
    index: usize,
) -> Option<&imgferry_descriptor> {
    list.and_then(|list| list.0.get(index))
}

/// Frees a list of descriptors that you own; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_descriptor_list_free(
    list: Option<Box<imgferry_descriptor_list>>,
) {
    quietly((), || drop(list));
}

/// What is told of one manifest or layer, in a list, to which it belongs.
#[derive(Debug)]
pub struct imgferry_descriptor {
    media_type: CString,
    digest: CString,
    size: u64,
    urls: imgferry_text_list,
    artifact_type: CString,
    annotations: Pairs,
}

impl imgferry_descriptor {
    fn new(descriptor: Descriptor) -> imgferry_descriptor {
        let Descriptor {
            media_type,
            digest,
            size,
            urls,
            // Only an index says it, and lists of platforms have it.
            platform: _,
            annotations,
            artifact_type,
        } = descriptor;
        imgferry_descriptor {
            media_type: c_text(&media_type),
            digest: c_text(digest.as_str()),
            size,
            urls: imgferry_text_list::new(&urls),
            artifact_type: c_text(&artifact_type),
            annotations: Pairs::new(&annotations),
        }
    }
}

/// Its media type; "" when nobody says it, and for NULL.
///
/// The text lives as long as the list that holds `descriptor`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_descriptor_media_type(
    descriptor: Option<&imgferry_descriptor>,
) -> *const c_char {
    borrowed(descriptor, |descriptor| &descriptor.media_type)
}

/// Its digest; "" for NULL.
///
/// The text lives as long as the list that holds `descriptor`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_descriptor_digest(
    descriptor: Option<&imgferry_descriptor>,
) -> *const c_char {
    borrowed(descriptor, |descriptor| &descriptor.digest)
}

/// Its size in bytes, of a manifest that of the manifest alone; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_descriptor_size(descriptor: Option<&imgferry_descriptor>) -> u64 {
    descriptor.map_or(0, |descriptor| descriptor.size)
}

/// Other places to get the content from, of a layer that is kept elsewhere.
///
/// NULL, which is an empty list, for NULL. The list lives as long as the one
/// that holds `descriptor`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_descriptor_urls(
    descriptor: Option<&imgferry_descriptor>,
) -> Option<&imgferry_text_list> {
    descriptor.map(|descriptor| &descriptor.urls)
}

/// What kind of artifact it is; "" for an image, and for NULL.
///
/// The text lives as long as the list that holds `descriptor`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_descriptor_artifact_type(
    descriptor: Option<&imgferry_descriptor>,
) -> *const c_char {
    borrowed(descriptor, |descriptor| &descriptor.artifact_type)
}

/// How many annotations (free notes) it has; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_descriptor_annotation_count(
    descriptor: Option<&imgferry_descriptor>,
) -> usize {
    descriptor.map_or(0, |descriptor| descriptor.annotations.count())
}

/// The key of the annotation at `index`, counted from 0 and sorted by key; ""
/// behind the end and for NULL.
///
/// The text lives as long as the list that holds `descriptor`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_descriptor_annotation_key_at(
    descriptor: Option<&imgferry_descriptor>,
    index: usize,
) -> *const c_char {
    Pairs::key_at(descriptor.map(|descriptor| &descriptor.annotations), index)
}

/// The value of the annotation at `index`; "" behind the end and for NULL.
///
/// The text lives as long as the list that holds `descriptor`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_descriptor_annotation_value_at(
    descriptor: Option<&imgferry_descriptor>,
    index: usize,
) -> *const c_char {
    Pairs::value_at(descriptor.map(|descriptor| &descriptor.annotations), index)
}
