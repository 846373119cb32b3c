//! `imgferry_place_delete`: an image goes from a place.

use std::mem::MaybeUninit;

use super::call::{during, imgferry_call};
use super::engine_remove::imgferry_removed;
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::place::{given, imgferry_place};
use super::status::imgferry_status;
use super::text::imgferry_text_list;
use crate::Deleted;

/// Removes the image from a place:
///
/// - from a registry by tag, the tag alone (without a tag, "latest"); it never
///   falls back to removing more;
/// - from a registry by digest, the manifest with every tag of it; those that an
///   index lists stay;
/// - from an engine, the name, and the image when it was its last one; by ID,
///   the image;
/// - from an OCI layout, the name, and then the blobs that nothing in the layout
///   needs; by digest, or without a name where there is only one image, all its
///   names. While somebody else writes to the layout the blobs stay, which is a
///   warning.
///
/// Archives are never changed in place. On success `*deleted_out` is yours: free
/// it with imgferry_deleted_free. On failure it is NULL: IMGFERRY_NOT_FOUND when
/// there is no such image, IMGFERRY_UNSUPPORTED when a registry does not remove
/// it in this way, as many do not remove single tags, IMGFERRY_CONFLICT when an
/// engine uses it, and IMGFERRY_INVALID_ARGUMENT for an archive. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_place_delete(
    place: Option<&imgferry_place>,
    call: *const imgferry_call,
    deleted_out: Option<&mut MaybeUninit<*mut imgferry_deleted>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(deleted_out, "deleted_out", error_out, || {
        let place = given(place, "place")?;
        // SAFETY: `call` is the caller's.
        let deleted = unsafe { during(call, |call| place.delete(call)) }?;
        Ok(imgferry_deleted::new(deleted))
    })
}

/// What imgferry_place_delete did.
#[derive(Debug)]
pub struct imgferry_deleted {
    removed: imgferry_removed,
    space_reclaimed: u64,
    warnings: imgferry_text_list,
}

impl imgferry_deleted {
    fn new(deleted: Deleted) -> imgferry_deleted {
        let Deleted {
            removed,
            space_reclaimed,
            warnings,
        } = deleted;
        imgferry_deleted {
            removed: imgferry_removed::new(removed),
            space_reclaimed,
            warnings: imgferry_text_list::new(&warnings),
        }
    }
}

/// The names or tags that are gone, and the digests or IDs of what is. A
/// registry does not tell which tags went with a digest.
///
/// NULL for NULL. It lives until `deleted` is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_deleted_removed(
    deleted: Option<&imgferry_deleted>,
) -> Option<&imgferry_removed> {
    deleted.map(|deleted| &deleted.removed)
}

/// How many bytes that freed, in a layout; 0 elsewhere, as registries free them
/// later and engines do not tell, and for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_deleted_space_reclaimed(
    deleted: Option<&imgferry_deleted>,
) -> u64 {
    deleted.map_or(0, |deleted| deleted.space_reclaimed)
}

/// What was noted on the way, each a sentence.
///
/// NULL, which is an empty list, for NULL. The list lives until `deleted` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_deleted_warnings(
    deleted: Option<&imgferry_deleted>,
) -> Option<&imgferry_text_list> {
    deleted.map(|deleted| &deleted.warnings)
}

/// Frees the result of a removal; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_deleted_free(deleted: Option<Box<imgferry_deleted>>) {
    quietly((), || drop(deleted));
}
