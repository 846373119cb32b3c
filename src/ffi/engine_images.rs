//! What an engine says of its images, and what it removed.

use std::ffi::{CString, c_char};

use super::guard::quietly;
use super::text::{borrowed, c_text, imgferry_text_list};
use crate::{ImageDetails, ImageSummary, Removed};

/// What an engine knows of one image.
#[derive(Debug)]
pub struct imgferry_image_details {
    id: CString,
    repo_tags: imgferry_text_list,
    repo_digests: imgferry_text_list,
    created: CString,
    architecture: CString,
    variant: CString,
    os: CString,
    size: i64,
    layers: imgferry_text_list,
    document: CString,
}

impl imgferry_image_details {
    pub(super) fn new(details: ImageDetails) -> imgferry_image_details {
        let ImageDetails {
            id,
            repo_tags,
            repo_digests,
            created,
            architecture,
            variant,
            os,
            size,
            layers,
            document,
        } = details;
        imgferry_image_details {
            id: c_text(&id),
            repo_tags: imgferry_text_list::new(&repo_tags),
            repo_digests: imgferry_text_list::new(&repo_digests),
            created: c_text(&created),
            architecture: c_text(&architecture),
            variant: c_text(&variant),
            os: c_text(&os),
            size,
            layers: imgferry_text_list::new(&layers),
            document: c_text(&document),
        }
    }
}

/// The image ID: the digest of the config, or on the containerd image store
/// that of the manifest. "" for NULL.
///
/// The text lives until `details` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_details_id(
    details: Option<&imgferry_image_details>,
) -> *const c_char {
    borrowed(details, |details| &details.id)
}

/// Its names with tags; empty when it has none.
///
/// NULL, which is an empty list, for NULL. The list lives until `details` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_details_repo_tags(
    details: Option<&imgferry_image_details>,
) -> Option<&imgferry_text_list> {
    details.map(|details| &details.repo_tags)
}

/// Its names with digests.
///
/// NULL, which is an empty list, for NULL. The list lives until `details` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_details_repo_digests(
    details: Option<&imgferry_image_details>,
) -> Option<&imgferry_text_list> {
    details.map(|details| &details.repo_digests)
}

/// When it was made, in RFC 3339; "" when unknown, and for NULL.
///
/// The text lives until `details` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_details_created(
    details: Option<&imgferry_image_details>,
) -> *const c_char {
    borrowed(details, |details| &details.created)
}

/// The processor it is for, such as "amd64"; "" when unknown, and for NULL.
///
/// The text lives until `details` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_details_architecture(
    details: Option<&imgferry_image_details>,
) -> *const c_char {
    borrowed(details, |details| &details.architecture)
}

/// The variant of the processor; usually "". "" for NULL.
///
/// The text lives until `details` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_details_variant(
    details: Option<&imgferry_image_details>,
) -> *const c_char {
    borrowed(details, |details| &details.variant)
}

/// The system it is for, such as "linux"; "" when unknown, and for NULL.
///
/// The text lives until `details` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_details_os(
    details: Option<&imgferry_image_details>,
) -> *const c_char {
    borrowed(details, |details| &details.os)
}

/// Its size in bytes, as the engine's store counts it; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_details_size(
    details: Option<&imgferry_image_details>,
) -> i64 {
    details.map_or(0, |details| details.size)
}

/// The diff IDs of its layers, the lowest first.
///
/// NULL, which is an empty list, for NULL. The list lives until `details` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_details_layers(
    details: Option<&imgferry_image_details>,
) -> Option<&imgferry_text_list> {
    details.map(|details| &details.layers)
}

/// The engine's whole document, JSON; "" for NULL.
///
/// The text lives until `details` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_details_document(
    details: Option<&imgferry_image_details>,
) -> *const c_char {
    borrowed(details, |details| &details.document)
}

/// Frees what an engine knows of an image; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_details_free(details: Option<Box<imgferry_image_details>>) {
    quietly((), || drop(details));
}

/// The images of an engine.
#[derive(Debug)]
pub struct imgferry_image_list(Vec<imgferry_image_summary>);

impl imgferry_image_list {
    pub(super) fn new(images: Vec<ImageSummary>) -> imgferry_image_list {
        imgferry_image_list(
            images
                .into_iter()
                .map(imgferry_image_summary::new)
                .collect(),
        )
    }
}

/// How many images are in a list; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_list_count(list: Option<&imgferry_image_list>) -> usize {
    list.map_or(0, |list| list.0.len())
}

/// The image at `index`, counted from 0, in the order of the engine (usually
/// the newest first); NULL behind the end and for NULL.
///
/// It lives until `list` is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_list_at(
    list: Option<&imgferry_image_list>,
    index: usize,
) -> Option<&imgferry_image_summary> {
    list.and_then(|list| list.0.get(index))
}

/// Frees a list of images; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_list_free(list: Option<Box<imgferry_image_list>>) {
    quietly((), || drop(list));
}

/// An image in a list, to which it belongs.
#[derive(Debug)]
pub struct imgferry_image_summary {
    id: CString,
    parent_id: CString,
    repo_tags: imgferry_text_list,
    repo_digests: imgferry_text_list,
    created: i64,
    size: i64,
    document: CString,
}

impl imgferry_image_summary {
    fn new(summary: ImageSummary) -> imgferry_image_summary {
        let ImageSummary {
            id,
            parent_id,
            repo_tags,
            repo_digests,
            created,
            size,
            document,
        } = summary;
        imgferry_image_summary {
            id: c_text(&id),
            parent_id: c_text(&parent_id),
            repo_tags: imgferry_text_list::new(&repo_tags),
            repo_digests: imgferry_text_list::new(&repo_digests),
            created,
            size,
            document: c_text(&document),
        }
    }
}

/// The image ID: the digest of the config, or on the containerd image store
/// that of the manifest. "" for NULL.
///
/// The text lives as long as the list that holds `summary`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_summary_id(
    summary: Option<&imgferry_image_summary>,
) -> *const c_char {
    borrowed(summary, |summary| &summary.id)
}

/// The image it was built on; "" when unknown, and for NULL.
///
/// The text lives as long as the list that holds `summary`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_summary_parent_id(
    summary: Option<&imgferry_image_summary>,
) -> *const c_char {
    borrowed(summary, |summary| &summary.parent_id)
}

/// Its names with tags; empty when it has none.
///
/// NULL, which is an empty list, for NULL. The list lives until `summary` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_summary_repo_tags(
    summary: Option<&imgferry_image_summary>,
) -> Option<&imgferry_text_list> {
    summary.map(|summary| &summary.repo_tags)
}

/// Its names with digests.
///
/// NULL, which is an empty list, for NULL. The list lives until `summary` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_summary_repo_digests(
    summary: Option<&imgferry_image_summary>,
) -> Option<&imgferry_text_list> {
    summary.map(|summary| &summary.repo_digests)
}

/// When it was made, in seconds since 1970; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_summary_created(
    summary: Option<&imgferry_image_summary>,
) -> i64 {
    summary.map_or(0, |summary| summary.created)
}

/// Its size in bytes, as the engine's store counts it; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_summary_size(
    summary: Option<&imgferry_image_summary>,
) -> i64 {
    summary.map_or(0, |summary| summary.size)
}

/// The engine's whole document, JSON; "" for NULL.
///
/// The text lives as long as the list that holds `summary`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_summary_document(
    summary: Option<&imgferry_image_summary>,
) -> *const c_char {
    borrowed(summary, |summary| &summary.document)
}

/// What imgferry_engine_remove_image removed.
#[derive(Debug)]
pub struct imgferry_removed {
    untagged: imgferry_text_list,
    deleted: imgferry_text_list,
}

impl imgferry_removed {
    pub(super) fn new(removed: Removed) -> imgferry_removed {
        let Removed { untagged, deleted } = removed;
        imgferry_removed {
            untagged: imgferry_text_list::new(&untagged),
            deleted: imgferry_text_list::new(&deleted),
        }
    }
}

/// The names that are gone.
///
/// NULL, which is an empty list, for NULL. The list lives until `removed` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_removed_untagged(
    removed: Option<&imgferry_removed>,
) -> Option<&imgferry_text_list> {
    removed.map(|removed| &removed.untagged)
}

/// The IDs of images and layers that are gone, with "sha256:".
///
/// NULL, which is an empty list, for NULL. The list lives until `removed` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_removed_deleted(
    removed: Option<&imgferry_removed>,
) -> Option<&imgferry_text_list> {
    removed.map(|removed| &removed.deleted)
}

/// Frees the result of a removal; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_removed_free(removed: Option<Box<imgferry_removed>>) {
    quietly((), || drop(removed));
}
