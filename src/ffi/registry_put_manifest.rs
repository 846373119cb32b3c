//! `imgferry_registry_put_manifest`: a manifest goes into a registry.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::args::{array, text};
use super::call::{during, imgferry_call};
use super::error::imgferry_error;
use super::guard::create;
use super::registry::{given, imgferry_registry, reference};
use super::status::imgferry_status;
use super::text::imgferry_text;

/// Puts a manifest or an index, the `length` bytes of `manifest`, under the tag
/// of `reference`, or else under its own digest, which a `reference` with a
/// digest must have. It is sent byte for byte as `media_type`, such as
/// "application/vnd.oci.image.manifest.v1+json"; what it refers to must be
/// there. Tells its digest. A manifest with a "subject" is also noted under
/// that one's tag "sha256-...", where the registry lists no referrers itself.
///
/// On success `*digest_out` is yours: free it with imgferry_text_free. On
/// failure it is NULL: IMGFERRY_INVALID_ARGUMENT, and nothing was sent, when it
/// is not JSON, says another media type or has another digest; IMGFERRY_REGISTRY
/// when something that it refers to is not there; IMGFERRY_UNAUTHORIZED or
/// IMGFERRY_DENIED when you may not put it there. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_put_manifest(
    registry: Option<&imgferry_registry>,
    reference: *const c_char,
    media_type: *const c_char,
    manifest: *const u8,
    length: usize,
    call: *const imgferry_call,
    digest_out: Option<&mut MaybeUninit<*mut imgferry_text>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(digest_out, "digest_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `reference` is NULL or a text of the caller.
        let reference = unsafe { self::reference(reference, "reference") }?;
        // SAFETY: `media_type` is NULL or a text of the caller.
        let media_type = unsafe { text(media_type, "media_type") }?;
        // SAFETY: `manifest` is NULL or has `length` bytes.
        let manifest = unsafe { array(manifest, length, "manifest") }?;
        // SAFETY: `call` is the caller's.
        let digest = unsafe {
            during(call, |call| {
                registry.put_manifest(&reference, media_type, manifest, call)
            })
        }?;
        Ok(imgferry_text::new(digest.as_str()))
    })
}
