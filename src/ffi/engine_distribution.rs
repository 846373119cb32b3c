//! `imgferry_engine_inspect_distribution`: what a registry has under a name, asked through an engine.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::args::text;
use super::call::{during, imgferry_call};
use super::credential::{credential as read_credential, imgferry_credential};
use super::engine::{given, imgferry_engine};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::status::imgferry_status;
use super::text::{borrowed, c_text, imgferry_text_list};
use crate::{DistributionDetails, Platform};

/// Asks the registry, through the engine, what it has under the name
/// `reference`; without a tag and a digest, under "latest". NULL for
/// `credential` is the engine's own; another has NULL as its host. Needs API
/// 1.30, and podman does not have it: ask with an imgferry_registry.
///
/// On success `*distribution_out` is yours: free it with
/// imgferry_distribution_free. On failure it is NULL: IMGFERRY_NOT_FOUND,
/// IMGFERRY_UNAUTHORIZED or IMGFERRY_DENIED when the registry says so,
/// IMGFERRY_UNSUPPORTED when the engine does not have it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_inspect_distribution(
    engine: Option<&imgferry_engine>,
    reference: *const c_char,
    credential: *const imgferry_credential,
    call: *const imgferry_call,
    distribution_out: Option<&mut MaybeUninit<*mut imgferry_distribution>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(distribution_out, "distribution_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `reference` is NULL or a text of the caller.
        let reference = unsafe { text(reference, "reference") }?;
        // SAFETY: `credential` is the caller's.
        let credential = unsafe { read_credential(credential) }?;
        let credential = credential.as_ref();
        // SAFETY: `call` is the caller's.
        let details = unsafe {
            during(call, |call| {
                engine.inspect_distribution(reference, credential, call)
            })
        }?;
        Ok(imgferry_distribution::new(details))
    })
}

/// What a registry has under a name.
#[derive(Debug)]
pub struct imgferry_distribution {
    digest: CString,
    media_type: CString,
    size: u64,
    platforms: imgferry_text_list,
    document: CString,
}

impl imgferry_distribution {
    fn new(details: DistributionDetails) -> imgferry_distribution {
        let DistributionDetails {
            descriptor,
            platforms,
            document,
        } = details;
        let platforms: Vec<String> = platforms.iter().map(Platform::to_string).collect();
        imgferry_distribution {
            digest: c_text(descriptor.digest.as_str()),
            media_type: c_text(&descriptor.media_type),
            size: descriptor.size,
            platforms: imgferry_text_list::new(&platforms),
            document: c_text(&document),
        }
    }
}

/// The digest of the manifest, which is an index for an image of several
/// platforms; "" for NULL.
///
/// The text lives until `distribution` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_distribution_digest(
    distribution: Option<&imgferry_distribution>,
) -> *const c_char {
    borrowed(distribution, |distribution| &distribution.digest)
}

/// The media type of the manifest; "" for NULL.
///
/// The text lives until `distribution` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_distribution_media_type(
    distribution: Option<&imgferry_distribution>,
) -> *const c_char {
    borrowed(distribution, |distribution| &distribution.media_type)
}

/// The size of the manifest in bytes (not of the image); 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_distribution_size(
    distribution: Option<&imgferry_distribution>,
) -> u64 {
    distribution.map_or(0, |distribution| distribution.size)
}

/// The platforms that it is for, each as `os/architecture[/variant]`; empty
/// when the engine does not tell.
///
/// NULL, which is an empty list, for NULL. The list lives until `distribution`
/// is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_distribution_platforms(
    distribution: Option<&imgferry_distribution>,
) -> Option<&imgferry_text_list> {
    distribution.map(|distribution| &distribution.platforms)
}

/// The engine's whole document, JSON; "" for NULL.
///
/// The text lives until `distribution` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_distribution_document(
    distribution: Option<&imgferry_distribution>,
) -> *const c_char {
    borrowed(distribution, |distribution| &distribution.document)
}

/// Frees what a registry has under a name; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_distribution_free(
    distribution: Option<Box<imgferry_distribution>>,
) {
    quietly((), || drop(distribution));
}
