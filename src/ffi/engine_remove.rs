//! `imgferry_engine_remove_image` and `imgferry_engine_prune_images`: what goes.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::args::{self, flag, owned_texts, text};
use super::call::{during, imgferry_call};
use super::engine::{given, imgferry_engine};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::options::{self, Versioned};
use super::status::imgferry_status;
use super::text::imgferry_text_list;
use crate::{Pruned, RemoveOptions, Removed, Result};

/// How an image is removed. Initialise it with imgferry_remove_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_remove_options {
    /// Set by imgferry_remove_options_init.
    pub struct_size: usize,
    /// Removes only these platforms of it, each as `os/arch[/variant]`; needs
    /// `force` and API 1.50. NULL: the whole image.
    pub platforms: *const *const c_char,
    /// How many `platforms` there are.
    pub platform_count: usize,
    /// 1: also when it has several names, or a stopped container uses it.
    pub force: i32,
    /// 1: keeps the untagged images it was built on.
    pub no_prune: i32,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointer is NULL.
unsafe impl Versioned for imgferry_remove_options {
    const INIT: &'static str = "imgferry_remove_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_remove_options>()];
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remove_options_init(
    options: *mut imgferry_remove_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
unsafe fn remove_options(given: *const imgferry_remove_options) -> Result<RemoveOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    let (platforms, count) = (given.platforms, given.platform_count);
    Ok(RemoveOptions {
        force: flag(given.force, "options force")?,
        no_prune: flag(given.no_prune, "options no_prune")?,
        // SAFETY: its array of texts is as the header demands.
        platforms: unsafe { owned_texts(platforms, count, "options platforms") }?,
    })
}

/// Takes a name from an image, and removes the image when it was its last one;
/// by ID, removes the image. `options` may be NULL.
///
/// On success `*removed_out` is yours: free it with imgferry_removed_free. On
/// failure it is NULL: IMGFERRY_NOT_FOUND when the engine does not have the
/// image, IMGFERRY_CONFLICT when it is in use. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_remove_image(
    engine: Option<&imgferry_engine>,
    image: *const c_char,
    options: *const imgferry_remove_options,
    call: *const imgferry_call,
    removed_out: Option<&mut MaybeUninit<*mut imgferry_removed>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(removed_out, "removed_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { text(image, "image") }?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { remove_options(options) }?;
        // SAFETY: `call` is the caller's.
        let removed = unsafe { during(call, |call| engine.remove_image(image, &options, call)) }?;
        Ok(imgferry_removed::new(removed))
    })
}

/// What was removed: a result that you own, or one of the handle that it came
/// from.
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

/// The names or tags that are gone.
///
/// NULL, which is an empty list, for NULL. The list lives as long as
/// `removed`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_removed_untagged(
    removed: Option<&imgferry_removed>,
) -> Option<&imgferry_text_list> {
    removed.map(|removed| &removed.untagged)
}

/// The IDs of images and layers that are gone, or the digests of manifests, with
/// "sha256:".
///
/// NULL, which is an empty list, for NULL. The list lives as long as
/// `removed`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_removed_deleted(
    removed: Option<&imgferry_removed>,
) -> Option<&imgferry_text_list> {
    removed.map(|removed| &removed.deleted)
}

/// Frees the result of a removal that you own; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_removed_free(removed: Option<Box<imgferry_removed>>) {
    quietly((), || drop(removed));
}

/// Removes images that nobody uses: those without a name, or with the filter
/// "dangling=false" all that no container uses. `filters` are `filter_count`
/// texts of the form "key=value", and (NULL, 0) is none; other keys are "label",
/// "label!" and "until". Needs API 1.25.
///
/// The engine goes on to the end also when the call is left. On success
/// `*pruned_out` is yours: free it with imgferry_pruned_free. On failure it is
/// NULL: IMGFERRY_INVALID_ARGUMENT when the engine does not know a filter,
/// IMGFERRY_CONFLICT while it prunes already. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_prune_images(
    engine: Option<&imgferry_engine>,
    filters: *const *const c_char,
    filter_count: usize,
    call: *const imgferry_call,
    pruned_out: Option<&mut MaybeUninit<*mut imgferry_pruned>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(pruned_out, "pruned_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `filters` are NULL or an array of texts of the caller.
        let filters = unsafe { args::filters(filters, filter_count, "filters") }?;
        // SAFETY: `call` is the caller's.
        let pruned = unsafe { during(call, |call| engine.prune_images(&filters, call)) }?;
        Ok(imgferry_pruned::new(pruned))
    })
}

/// What imgferry_engine_prune_images removed.
#[derive(Debug)]
pub struct imgferry_pruned {
    untagged: imgferry_text_list,
    deleted: imgferry_text_list,
    space_reclaimed: u64,
}

impl imgferry_pruned {
    fn new(pruned: Pruned) -> imgferry_pruned {
        let Pruned {
            removed: Removed { untagged, deleted },
            space_reclaimed,
        } = pruned;
        imgferry_pruned {
            untagged: imgferry_text_list::new(&untagged),
            deleted: imgferry_text_list::new(&deleted),
            space_reclaimed,
        }
    }
}

/// The names that are gone.
///
/// NULL, which is an empty list, for NULL. The list lives until `pruned` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pruned_untagged(
    pruned: Option<&imgferry_pruned>,
) -> Option<&imgferry_text_list> {
    pruned.map(|pruned| &pruned.untagged)
}

/// The IDs of images and layers that are gone, with "sha256:".
///
/// NULL, which is an empty list, for NULL. The list lives until `pruned` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pruned_deleted(
    pruned: Option<&imgferry_pruned>,
) -> Option<&imgferry_text_list> {
    pruned.map(|pruned| &pruned.deleted)
}

/// How many bytes that freed; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pruned_space_reclaimed(pruned: Option<&imgferry_pruned>) -> u64 {
    pruned.map_or(0, |pruned| pruned.space_reclaimed)
}

/// Frees the result of a pruning; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pruned_free(pruned: Option<Box<imgferry_pruned>>) {
    quietly((), || drop(pruned));
}
