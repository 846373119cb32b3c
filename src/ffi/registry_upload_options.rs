//! How a blob is uploaded.

use std::ffi::c_char;

use super::args::{invalid, optional_text, owned_text};
use super::guard::quietly;
use super::options::{self, Versioned};
use crate::{Digest, Result, UploadOptions};

/// How a blob is uploaded. Initialise it with imgferry_upload_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_upload_options {
    /// Set by imgferry_upload_options_init.
    pub struct_size: usize,
    /// The digest of the content, such as "sha256:...", when it is known. NULL:
    /// the content is read once more before, to compute it.
    pub digest: *const c_char,
    /// A repository of the same registry, such as "team/base", that may have
    /// the blob already: then nothing is sent. NULL: none.
    pub mount_from: *const c_char,
    /// Must be 0.
    pub reserved: usize,
    /// Uploads in chunks of so many bytes. 0: in one request. Registries and
    /// proxies that refuse large requests get chunks in any case.
    pub chunk_size: i64,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointers are NULL.
unsafe impl Versioned for imgferry_upload_options {
    const INIT: &'static str = "imgferry_upload_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_upload_options>()];

    // It is there for systems of 32 bits, which would fill up before the number of 64 bits.
    fn uses_reserved(&self) -> bool {
        self.reserved != 0
    }
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_upload_options_init(
    options: *mut imgferry_upload_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
pub(super) unsafe fn upload_options(
    given: *const imgferry_upload_options,
) -> Result<UploadOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    // SAFETY: its text is as the header demands.
    let digest = unsafe { optional_text(given.digest, "options digest") }?;
    Ok(UploadOptions {
        digest: digest.map(Digest::parse).transpose()?,
        // SAFETY: its text is as the header demands.
        mount_from: unsafe { owned_text(given.mount_from, "options mount_from") }?,
        chunk_size: chunk_size(given.chunk_size)?,
    })
}

fn chunk_size(given: i64) -> Result<Option<u64>> {
    match u64::try_from(given) {
        Ok(0) => Ok(None),
        Ok(size) => Ok(Some(size)),
        Err(_) => Err(invalid(
            "options chunk_size",
            format!("{given} is no number of bytes"),
        )),
    }
}
