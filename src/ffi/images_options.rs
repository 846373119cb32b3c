//! How imgferry_images_push and imgferry_images_pull go about it.

use std::ffi::c_char;
use std::slice;

use super::args::{flag, owned_text};
use super::guard::quietly;
use super::options::{self, Versioned};
use crate::{PullImageOptions, PushImageOptions, Result};

/// How an image is pushed by its name. Initialise it with
/// imgferry_push_image_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_push_image_options {
    /// Set by imgferry_push_image_options_init.
    pub struct_size: usize,
    /// 1: leaves the remote name with the image in the engine. An image that
    /// had it loses it then, and stays. 0: gives it back.
    pub keep_remote_name: i32,
    /// Must be 0.
    pub reserved: i32,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; it holds numbers only.
unsafe impl Versioned for imgferry_push_image_options {
    const INIT: &'static str = "imgferry_push_image_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_push_image_options>()];

    fn reserved(&self) -> &[i32] {
        slice::from_ref(&self.reserved)
    }
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
    })
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
