//! `imgferry_engine_images`: what an engine has.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::slice;

use super::args::{filters, flag, owned_text};
use super::call::{during, imgferry_call};
use super::engine::{given, imgferry_engine};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::number::or_unknown;
use super::options::{self, Versioned};
use super::pairs::Pairs;
use super::status::imgferry_status;
use super::text::{borrowed, c_text, imgferry_text_list};
use crate::{ImageSummary, ListOptions, Result};

/// Which images are listed, and what is told of them. Initialise it with
/// imgferry_list_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_list_options {
    /// Set by imgferry_list_options_init.
    pub struct_size: usize,
    /// Only images with this name; "*" and "?" stand for any characters, and
    /// without a tag all tags match. NULL: all.
    pub name: *const c_char,
    /// The engine's filters, each "key=value", such as "dangling=true" or
    /// "label=key=value"; may be NULL.
    pub filters: *const *const c_char,
    /// How many `filters` there are.
    pub filter_count: usize,
    /// 1: also the intermediate images of builds.
    pub all: i32,
    /// 1: also how much of each image other images have, too; needs API 1.42.
    pub shared_size: i32,
    /// 1: also the manifests of each image, in its document; needs API 1.47 and
    /// the containerd image store.
    pub manifests: i32,
    /// Must be 0.
    pub reserved: i32,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointers are NULL.
unsafe impl Versioned for imgferry_list_options {
    const INIT: &'static str = "imgferry_list_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_list_options>()];

    fn reserved(&self) -> &[i32] {
        slice::from_ref(&self.reserved)
    }
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_list_options_init(
    options: *mut imgferry_list_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
unsafe fn list_options(given: *const imgferry_list_options) -> Result<ListOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    Ok(ListOptions {
        // SAFETY: its text is as the header demands.
        name: unsafe { owned_text(given.name, "options name") }?,
        all: flag(given.all, "options all")?,
        // SAFETY: its array of texts is as the header demands.
        filters: unsafe { filters(given.filters, given.filter_count, "options filters") }?,
        shared_size: flag(given.shared_size, "options shared_size")?,
        manifests: flag(given.manifests, "options manifests")?,
    })
}

/// Lists the images of the engine. `options` may be NULL.
///
/// On success `*images_out` is yours: free it with imgferry_image_list_free.
/// On failure it is NULL: IMGFERRY_INVALID_ARGUMENT when the engine does not
/// know a filter, IMGFERRY_UNSUPPORTED when its version does not have an option.
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_images(
    engine: Option<&imgferry_engine>,
    options: *const imgferry_list_options,
    call: *const imgferry_call,
    images_out: Option<&mut MaybeUninit<*mut imgferry_image_list>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(images_out, "images_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { list_options(options) }?;
        // SAFETY: `call` is the caller's.
        let images = unsafe { during(call, |call| engine.images(&options, call)) }?;
        Ok(imgferry_image_list::new(images))
    })
}

/// The images of an engine.
#[derive(Debug)]
pub struct imgferry_image_list(Vec<imgferry_image_summary>);

impl imgferry_image_list {
    fn new(images: Vec<ImageSummary>) -> imgferry_image_list {
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
    labels: Pairs,
    created: i64,
    size: u64,
    shared_size: i64,
    containers: i64,
    document: CString,
}

impl imgferry_image_summary {
    fn new(summary: ImageSummary) -> imgferry_image_summary {
        let ImageSummary {
            id,
            parent_id,
            repo_tags,
            repo_digests,
            labels,
            created,
            size,
            shared_size,
            containers,
            document,
        } = summary;
        imgferry_image_summary {
            id: c_text(&id),
            parent_id: c_text(&parent_id),
            repo_tags: imgferry_text_list::new(&repo_tags),
            repo_digests: imgferry_text_list::new(&repo_digests),
            labels: Pairs::new(labels.iter().map(|(key, value)| (key, value))),
            created,
            size,
            shared_size: or_unknown(shared_size),
            containers: or_unknown(containers),
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
/// NULL, which is an empty list, for NULL. The list lives as long as the
/// one that holds `summary`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_summary_repo_tags(
    summary: Option<&imgferry_image_summary>,
) -> Option<&imgferry_text_list> {
    summary.map(|summary| &summary.repo_tags)
}

/// Its names with digests.
///
/// NULL, which is an empty list, for NULL. The list lives as long as the
/// one that holds `summary`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_summary_repo_digests(
    summary: Option<&imgferry_image_summary>,
) -> Option<&imgferry_text_list> {
    summary.map(|summary| &summary.repo_digests)
}

/// How many labels it has; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_summary_label_count(
    summary: Option<&imgferry_image_summary>,
) -> usize {
    summary.map_or(0, |summary| summary.labels.count())
}

/// The key of the label at `index`, counted from 0 and sorted by key; "" behind
/// the end and for NULL.
///
/// The text lives as long as the list that holds `summary`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_summary_label_key_at(
    summary: Option<&imgferry_image_summary>,
    index: usize,
) -> *const c_char {
    Pairs::key_at(summary.map(|summary| &summary.labels), index)
}

/// The value of the label at `index`; "" behind the end and for NULL.
///
/// The text lives as long as the list that holds `summary`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_summary_label_value_at(
    summary: Option<&imgferry_image_summary>,
    index: usize,
) -> *const c_char {
    Pairs::value_at(summary.map(|summary| &summary.labels), index)
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
) -> u64 {
    summary.map_or(0, |summary| summary.size)
}

/// How many bytes of it other images have, too; -1 unless it was asked for, and
/// for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_summary_shared_size(
    summary: Option<&imgferry_image_summary>,
) -> i64 {
    summary.map_or(-1, |summary| summary.shared_size)
}

/// How many containers use it; -1 when the engine does not tell, and for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_summary_containers(
    summary: Option<&imgferry_image_summary>,
) -> i64 {
    summary.map_or(-1, |summary| summary.containers)
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
