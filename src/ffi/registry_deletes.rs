//! `imgferry_registry_delete_manifest` and its kin: what is removed from a registry.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::call::{during, imgferry_call};
use super::error::imgferry_error;
use super::guard::{create, guard};
use super::registry::{given, imgferry_registry, reference};
use super::status::imgferry_status;
use super::text::{imgferry_text, imgferry_text_list};

/// Removes the manifest of an image, and with it every tag of that manifest;
/// tells the digest that was removed. A manifest with a "subject" is also
/// taken out of the list under that one's tag "sha256-...", where the registry
/// lists no referrers itself.
///
/// On success `*digest_out` is yours: free it with imgferry_text_free. On
/// failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image,
/// IMGFERRY_UNSUPPORTED when the registry does not delete. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_delete_manifest(
    registry: Option<&imgferry_registry>,
    image: *const c_char,
    call: *const imgferry_call,
    digest_out: Option<&mut MaybeUninit<*mut imgferry_text>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(digest_out, "digest_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { reference(image, "image") }?;
        // SAFETY: `call` is the caller's.
        let digest = unsafe { during(call, |call| registry.delete_manifest(&image, call)) }?;
        Ok(imgferry_text::new(digest.as_str()))
    })
}

/// Removes a tag (without one, "latest"); what it names stays, and its other
/// tags. It never falls back to removing more.
///
/// Fails with IMGFERRY_NOT_FOUND when there is no such tag, with
/// IMGFERRY_UNSUPPORTED when the registry removes whole manifests only, and with
/// IMGFERRY_INVALID_ARGUMENT for an image with a digest. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_delete_tag(
    registry: Option<&imgferry_registry>,
    image: *const c_char,
    call: *const imgferry_call,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    guard(error_out, || {
        let registry = given(registry)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { reference(image, "image") }?;
        // SAFETY: `call` is the caller's.
        unsafe { during(call, |call| registry.delete_tag(&image, call)) }
    })
}

/// Removes everything that has a tag in a repository, with all the tags; a tag
/// in `repository` does not matter. Tells the tags that were removed.
///
/// On success `*tags_out` is yours: free it with imgferry_text_list_free. On
/// failure it is NULL, and some may be gone: IMGFERRY_NOT_FOUND when there is no
/// such repository, IMGFERRY_UNSUPPORTED when the registry does not delete. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_delete_all_tags(
    registry: Option<&imgferry_registry>,
    repository: *const c_char,
    call: *const imgferry_call,
    tags_out: Option<&mut MaybeUninit<*mut imgferry_text_list>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(tags_out, "tags_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `repository` is NULL or a text of the caller.
        let repository = unsafe { reference(repository, "repository") }?;
        // SAFETY: `call` is the caller's.
        let tags = unsafe { during(call, |call| registry.delete_all_tags(&repository, call)) }?;
        Ok(imgferry_text_list::new(&tags))
    })
}

/// Removes a blob, which `blob` names as `repository@digest`, from a
/// repository. Manifests that refer to it are broken then; mostly the
/// registry's own garbage collection removes blobs.
///
/// Fails with IMGFERRY_NOT_FOUND when it is not there, and with
/// IMGFERRY_UNSUPPORTED when the registry does not delete. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_delete_blob(
    registry: Option<&imgferry_registry>,
    blob: *const c_char,
    call: *const imgferry_call,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    guard(error_out, || {
        let registry = given(registry)?;
        // SAFETY: `blob` is NULL or a text of the caller.
        let blob = unsafe { reference(blob, "blob") }?;
        // SAFETY: `call` is the caller's.
        unsafe { during(call, |call| registry.delete_blob(&blob, call)) }
    })
}
