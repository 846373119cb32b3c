//! `imgferry_engine_inspect_image`: what an engine knows of one image.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::slice;

use super::args::{flag, owned_text, text};
use super::call::{during, imgferry_call};
use super::engine::{given, imgferry_engine};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::options::{self, Versioned};
use super::status::imgferry_status;
use super::text::{borrowed, c_text, imgferry_text_list};
use crate::{ImageDetails, InspectOptions, Result};

/// What is told of an image. Initialise it with imgferry_inspect_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_inspect_options {
    /// Set by imgferry_inspect_options_init.
    pub struct_size: usize,
    /// The platform to look at, as `os/arch[/variant]`; needs API 1.49. NULL:
    /// the engine's choice.
    pub platform: *const c_char,
    /// 1: also the manifests of the image, in the document; needs API 1.48 and
    /// the containerd image store.
    pub manifests: i32,
    /// Must be 0.
    pub reserved: i32,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointer is NULL.
unsafe impl Versioned for imgferry_inspect_options {
    const INIT: &'static str = "imgferry_inspect_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_inspect_options>()];

    fn reserved(&self) -> &[i32] {
        slice::from_ref(&self.reserved)
    }
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_inspect_options_init(
    options: *mut imgferry_inspect_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
unsafe fn inspect_options(given: *const imgferry_inspect_options) -> Result<InspectOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    Ok(InspectOptions {
        // SAFETY: its text is as the header demands.
        platform: unsafe { owned_text(given.platform, "options platform") }?,
        manifests: flag(given.manifests, "options manifests")?,
    })
}

/// Tells what the engine knows of an image, named by reference or ID. `options`
/// may be NULL.
///
/// On success `*details_out` is yours: free it with
/// imgferry_image_details_free. On failure it is NULL: IMGFERRY_NOT_FOUND when
/// the engine does not have the image, IMGFERRY_UNSUPPORTED when its version
/// does not have an option. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_inspect_image(
    engine: Option<&imgferry_engine>,
    image: *const c_char,
    options: *const imgferry_inspect_options,
    call: *const imgferry_call,
    details_out: Option<&mut MaybeUninit<*mut imgferry_image_details>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(details_out, "details_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { text(image, "image") }?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { inspect_options(options) }?;
        // SAFETY: `call` is the caller's.
        let details = unsafe { during(call, |call| engine.inspect_image(image, &options, call)) }?;
        Ok(imgferry_image_details::new(details))
    })
}

/// What an engine knows of one image.
#[derive(Debug)]
pub struct imgferry_image_details {
    id: CString,
    repo_tags: imgferry_text_list,
    repo_digests: imgferry_text_list,
    created: CString,
    author: CString,
    comment: CString,
    architecture: CString,
    variant: CString,
    os: CString,
    size: u64,
    layers: imgferry_text_list,
    document: CString,
}

impl imgferry_image_details {
    fn new(details: ImageDetails) -> imgferry_image_details {
        let ImageDetails {
            id,
            repo_tags,
            repo_digests,
            created,
            author,
            comment,
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
            author: c_text(&author),
            comment: c_text(&comment),
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

/// Who made it; usually "". "" for NULL.
///
/// The text lives until `details` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_details_author(
    details: Option<&imgferry_image_details>,
) -> *const c_char {
    borrowed(details, |details| &details.author)
}

/// What its maker noted; usually "". "" for NULL.
///
/// The text lives until `details` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_details_comment(
    details: Option<&imgferry_image_details>,
) -> *const c_char {
    borrowed(details, |details| &details.comment)
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
) -> u64 {
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
