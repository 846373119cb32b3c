//! `imgferry_copy`: an image goes from one place to another.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::args::{flag, invalid, texts};
use super::call::{during, imgferry_call};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::layer_compression::{imgferry_compression, layer_compression};
use super::options::{self, Versioned};
use super::place::{given, imgferry_place};
use super::status::imgferry_status;
use super::text::{borrowed, c_text, c_text_or_empty, imgferry_text_list};
use crate::{Copied, CopyOptions, Platform, Platforms, Result, copy};

/// How an image is copied. Initialise it with imgferry_copy_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_copy_options {
    /// Set by imgferry_copy_options_init.
    pub struct_size: usize,
    /// Of an image for several platforms, the ones for these, each as
    /// `os/arch[/variant]`; for more than one, the destination gets an index of
    /// them. NULL: the one for Linux and the processor of this machine.
    pub platforms: *const *const c_char,
    /// How many `platforms` there are.
    pub platform_count: usize,
    /// 1: the images for all platforms, and the index as it is. Then there must
    /// be no `platforms`.
    pub all_platforms: i32,
    /// 1: also what is attached to the image: signatures, bills of materials,
    /// and whatever else refers to it.
    pub referrers: i32,
    /// 1: keeps the digests that manifests have at the source, and fails, before
    /// anything is written, where that cannot be. Else Docker's manifests become
    /// OCI's in a layout, because skopeo and podman do not see others there. An
    /// image in an archive by Docker below 25, or in an engine, has no manifest
    /// whose digest could be kept.
    pub keep_digests: i32,
    /// How many blobs move at the same time. 0: 4.
    pub parallel: i32,
    /// How layers are compressed that are no more than tars; what is compressed
    /// already stays as it is. The default: those that come from engines and
    /// docker save archives are, with gzip, when they go to a registry or a
    /// layout; others stay as they are. For an engine, which unpacks all layers,
    /// it does not matter.
    pub compression: imgferry_compression,
    /// The level of that; 0: the default level.
    pub compression_level: i32,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointer is NULL.
unsafe impl Versioned for imgferry_copy_options {
    const INIT: &'static str = "imgferry_copy_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_copy_options>()];
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_copy_options_init(
    options: *mut imgferry_copy_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
unsafe fn copy_options(given: *const imgferry_copy_options) -> Result<CopyOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    Ok(CopyOptions {
        // SAFETY: its array of texts is as the header demands.
        platforms: unsafe { platforms(&given) }?,
        referrers: flag(given.referrers, "options referrers")?,
        keep_digests: flag(given.keep_digests, "options keep_digests")?,
        parallel: usize::try_from(given.parallel)
            .map_err(|_| invalid("options parallel", "it is negative"))?,
        compression: layer_compression(given.compression, given.compression_level)?,
    })
}

/// # Safety
/// The array of texts in `given` is as the header demands.
unsafe fn platforms(given: &imgferry_copy_options) -> Result<Platforms> {
    let (first, count) = (given.platforms, given.platform_count);
    // SAFETY: the caller promises it.
    let these = unsafe { texts(first, count, "options platforms") }?;
    match (
        flag(given.all_platforms, "options all_platforms")?,
        &these[..],
    ) {
        (true, []) => Ok(Platforms::All),
        (true, _) => Err(invalid(
            "options platforms",
            "there are some besides all_platforms",
        )),
        (false, []) => Ok(Platforms::Host),
        (false, these) => {
            let these = these.iter().map(|platform| Platform::parse(platform));
            Ok(Platforms::These(these.collect::<Result<_>>()?))
        }
    }
}

/// Copies the image at `source` to `destination`. `options` may be NULL.
///
/// Blobs go first, several at a time and only those that are missing; then the
/// manifests, and last the name: whoever looks meanwhile finds the old image or
/// the whole new one. What was moved before a failure is not moved again by
/// another try.
///
/// On success `*copied_out` is yours: free it with imgferry_copied_free. On
/// failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image,
/// IMGFERRY_PLATFORM when there is none for a platform,
/// IMGFERRY_INVALID_ARGUMENT when the destination cannot hold what was asked
/// for. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_copy(
    source: Option<&imgferry_place>,
    destination: Option<&imgferry_place>,
    options: *const imgferry_copy_options,
    call: *const imgferry_call,
    copied_out: Option<&mut MaybeUninit<*mut imgferry_copied>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(copied_out, "copied_out", error_out, || {
        let source = given(source, "source")?;
        let destination = given(destination, "destination")?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { copy_options(options) }?;
        // SAFETY: `call` is the caller's.
        let copied = unsafe { during(call, |call| copy(source, destination, &options, call)) }?;
        Ok(imgferry_copied::new(copied))
    })
}

/// What imgferry_copy did.
#[derive(Debug)]
pub struct imgferry_copied {
    digest: CString,
    media_type: CString,
    platform: CString,
    manifests: usize,
    existing_blobs: usize,
    copied_blobs: usize,
    copied_bytes: u64,
    warnings: imgferry_text_list,
}

impl imgferry_copied {
    fn new(copied: Copied) -> imgferry_copied {
        let Copied {
            digest,
            media_type,
            platform,
            manifests,
            existing_blobs,
            copied_blobs,
            copied_bytes,
            warnings,
        } = copied;
        let platform = platform.map(|platform| platform.to_string());
        imgferry_copied {
            digest: c_text(digest.as_str()),
            media_type: c_text(&media_type),
            platform: c_text_or_empty(platform.as_deref()),
            manifests,
            existing_blobs,
            copied_blobs,
            copied_bytes,
            warnings: imgferry_text_list::new(&warnings),
        }
    }
}

/// The digest of the image at the destination; "" for NULL.
///
/// The text lives until `copied` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_copied_digest(copied: Option<&imgferry_copied>) -> *const c_char {
    borrowed(copied, |copied| &copied.digest)
}

/// The media type of its manifest or index; "" for NULL.
///
/// The text lives until `copied` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_copied_media_type(
    copied: Option<&imgferry_copied>,
) -> *const c_char {
    borrowed(copied, |copied| &copied.media_type)
}

/// The platform, as `os/architecture[/variant]`, when one image of several was
/// copied; else "", and for NULL.
///
/// The text lives until `copied` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_copied_platform(
    copied: Option<&imgferry_copied>,
) -> *const c_char {
    borrowed(copied, |copied| &copied.platform)
}

/// How many manifests and indexes were written; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_copied_manifests(copied: Option<&imgferry_copied>) -> usize {
    copied.map_or(0, |copied| copied.manifests)
}

/// How many blobs the destination had already, or got from another of its
/// repositories; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_copied_existing_blobs(copied: Option<&imgferry_copied>) -> usize {
    copied.map_or(0, |copied| copied.existing_blobs)
}

/// How many blobs were moved; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_copied_blobs(copied: Option<&imgferry_copied>) -> usize {
    copied.map_or(0, |copied| copied.copied_blobs)
}

/// How many bytes of blobs were moved, with those that had to be sent again; 0
/// for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_copied_bytes(copied: Option<&imgferry_copied>) -> u64 {
    copied.map_or(0, |copied| copied.copied_bytes)
}

/// What was noted on the way, each a sentence.
///
/// NULL, which is an empty list, for NULL. The list lives until `copied` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_copied_warnings(
    copied: Option<&imgferry_copied>,
) -> Option<&imgferry_text_list> {
    copied.map(|copied| &copied.warnings)
}

/// Frees the result of a copy; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_copied_free(copied: Option<Box<imgferry_copied>>) {
    quietly((), || drop(copied));
}
