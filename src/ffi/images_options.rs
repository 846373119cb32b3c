//! How imgferry_images_push and imgferry_images_pull go about it.

use std::ffi::c_char;

use super::args::{flag, owned_path, owned_text};
use super::guard::quietly;
use super::layer_compression::{imgferry_compression, layer_compression};
use super::options::{self, Versioned};
use crate::{Error, PullImageOptions, PushImageOptions, PushVia, Result};

/// How an image is pushed by its name. Initialise it with
/// imgferry_push_image_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_push_image_options {
    /// Set by imgferry_push_image_options_init.
    pub struct_size: usize,
    /// 1: leaves the remote name with the image in the engine. An image that
    /// had it loses it then, and stays. 0: gives it back. A direct push gives
    /// no name.
    pub keep_remote_name: i32,
    /// Which way the push goes.
    pub via: imgferry_push_via,
    /// How a direct push compresses layers; the default is gzip.
    pub compression: imgferry_compression,
    /// The level of that; 0: the default level.
    pub compression_level: i32,
    /// A file, in the bytes of the system, in which direct pushes remember what
    /// they made of layers, so that they need not do it again. It is made when
    /// there is none; several processes may use it at the same time. Whoever can
    /// write to it can make later pushes use other layers that are in the
    /// registry. NULL: none.
    pub layer_cache: *const c_char,
    /// A folder, in the bytes of the system, in which a direct push keeps layers
    /// that have more than 6 MiB when they are compressed, in files without a
    /// name, while they go out; as many as three at the same time. An upload
    /// that breaks goes on from there, and the next layer is read meanwhile.
    /// NULL: such layers go out while they are compressed, and a layer whose
    /// upload breaks is taken from a second archive of the engine.
    pub spool_dir: *const c_char,
}

/// Which way a push goes: one of the IMGFERRY_PUSH_ numbers.
pub type imgferry_push_via = i32;

/// The engine pushes.
pub const IMGFERRY_PUSH_ENGINE: imgferry_push_via = 0;
/// The image is read from the engine, and compressed and uploaded from here
/// while it comes. Nothing of it is kept on a disk, unless spool_dir is given.
/// It is faster for large layers that the registry does not have, passes where
/// the bodies of requests are limited, and gives the image no name in the
/// engine.
pub const IMGFERRY_PUSH_DIRECT: imgferry_push_via = 1;
/// Whichever is likely to be faster; and directly, when the engine's push breaks
/// or is too large for the registry.
pub const IMGFERRY_PUSH_AUTO: imgferry_push_via = 2;

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointer is NULL.
unsafe impl Versioned for imgferry_push_image_options {
    const INIT: &'static str = "imgferry_push_image_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_push_image_options>()];
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_push_image_options_init(
    options: *mut imgferry_push_image_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
pub(super) unsafe fn push_image_options(
    given: *const imgferry_push_image_options,
) -> Result<PushImageOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    Ok(PushImageOptions {
        keep_remote_name: flag(given.keep_remote_name, "options keep_remote_name")?,
        via: push_via(given.via)?,
        // Not a failure: the caller made no choice, which `?` tells from a wrong one.
        compression: layer_compression(given.compression, given.compression_level)?
            .unwrap_or_default(),
        // SAFETY: the paths are as the header demands.
        layer_cache: unsafe { owned_path(given.layer_cache) },
        // SAFETY: the same.
        spool_dir: unsafe { owned_path(given.spool_dir) },
    })
}

fn push_via(via: imgferry_push_via) -> Result<PushVia> {
    match via {
        IMGFERRY_PUSH_ENGINE => Ok(PushVia::Engine),
        IMGFERRY_PUSH_DIRECT => Ok(PushVia::Direct),
        IMGFERRY_PUSH_AUTO => Ok(PushVia::Auto),
        other => Err(Error::InvalidArgument {
            argument: "options via",
            reason: format!("{other} is none of the IMGFERRY_PUSH_ numbers"),
        }),
    }
}

/// How an image is pulled by its name. Initialise it with
/// imgferry_pull_image_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_pull_image_options {
    /// Set by imgferry_pull_image_options_init.
    pub struct_size: usize,
    /// The platform to choose, as `os/architecture[/variant]`. NULL: the
    /// engine's own.
    pub platform: *const c_char,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointer is NULL.
unsafe impl Versioned for imgferry_pull_image_options {
    const INIT: &'static str = "imgferry_pull_image_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_pull_image_options>()];
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pull_image_options_init(
    options: *mut imgferry_pull_image_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
pub(super) unsafe fn pull_image_options(
    given: *const imgferry_pull_image_options,
) -> Result<PullImageOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    Ok(PullImageOptions {
        // SAFETY: its text is as the header demands.
        platform: unsafe { owned_text(given.platform, "options platform") }?,
    })
}
