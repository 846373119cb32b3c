//! `imgferry_registry`: one registry, asked without an engine.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::args::{required, text};
use super::call::{during, imgferry_call};
use super::error::imgferry_error;
use super::guard::{create, guard, quietly};
use super::process::ProcessBound;
use super::registry_options::{imgferry_registry_options, registry_options};
use super::registry_results::{imgferry_image_size, imgferry_manifest};
use super::status::imgferry_status;
use super::text::{borrowed, c_text, imgferry_text, imgferry_text_list};
use crate::{Reference, Registry, Result};

/// One registry. Its functions take images, repositories and blobs by their
/// whole names, which begin with the registry's host, such as
/// "registry.example:5000/team/app:1". A name of another registry, or without
/// one, which is Docker Hub's, is IMGFERRY_INVALID_ARGUMENT.
///
/// It keeps connections and short-lived tokens, so one handle for many calls is
/// faster than many.
#[derive(Debug)]
pub struct imgferry_registry {
    registry: ProcessBound<Registry>,
    host: CString,
}

impl imgferry_registry {
    pub(super) fn new(registry: Registry) -> imgferry_registry {
        imgferry_registry {
            host: c_text(registry.host()),
            registry: ProcessBound::new(registry),
        }
    }
}

/// The registry that must be given, in the process that made it.
pub(super) fn given(registry: Option<&imgferry_registry>) -> Result<&Registry> {
    required(registry, "registry")?.registry.get()
}

/// # Safety
/// It is NULL or a text of the caller.
pub(super) unsafe fn reference(given: *const c_char, argument: &'static str) -> Result<Reference> {
    // SAFETY: the caller promises the same.
    Reference::parse(unsafe { text(given, argument) }?)
}

/// The registry `host`: a host with or without a port, as in image names, such
/// as "docker.io" or "registry.example:5000". Nothing is sent yet. `options`
/// may be NULL.
///
/// On success `*registry_out` is yours: free it with imgferry_registry_free. On
/// failure it is NULL: IMGFERRY_INVALID_ARGUMENT when the host or an option is
/// not usable. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_new(
    host: *const c_char,
    options: *const imgferry_registry_options,
    registry_out: Option<&mut MaybeUninit<*mut imgferry_registry>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(registry_out, "registry_out", error_out, || {
        // SAFETY: `host` is NULL or a text of the caller.
        let host = unsafe { text(host, "host") }?;
        // SAFETY: `options` are the caller's.
        let (options, lent) = unsafe { registry_options(options) }?;
        let registry = Registry::new(host, &options)?;
        lent.take_over();
        Ok(imgferry_registry::new(registry))
    })
}

/// The registry as image names mention it; "" for NULL.
///
/// The text lives until `registry` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_host(
    registry: Option<&imgferry_registry>,
) -> *const c_char {
    borrowed(registry, |registry| &registry.host)
}

/// Asks whether a registry answers there. One that demands a login is one, too;
/// whether the credentials are right is not asked.
///
/// Fails with IMGFERRY_CONNECT when nothing answers, and with IMGFERRY_PROTOCOL
/// when what answers is no registry. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_ping(
    registry: Option<&imgferry_registry>,
    call: *const imgferry_call,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    guard(error_out, || {
        let registry = given(registry)?;
        // SAFETY: `call` is the caller's.
        unsafe { during(call, |call| registry.ping(call)) }
    })
}

/// The digest that the registry has for an image, named with the registry's host
/// as for all functions of a registry; without a tag, for "latest".
///
/// On success `*digest_out` is yours: free it with imgferry_text_free. On
/// failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_digest(
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
        let digest = unsafe { during(call, |call| registry.digest(&image, call)) }?;
        Ok(imgferry_text::new(digest.as_str()))
    })
}

/// How much of the registry an image takes: its config and each of its layers
/// once; for an index, of each platform and of all together.
///
/// On success `*size_out` is yours: free it with imgferry_image_size_free. On
/// failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_size(
    registry: Option<&imgferry_registry>,
    image: *const c_char,
    call: *const imgferry_call,
    size_out: Option<&mut MaybeUninit<*mut imgferry_image_size>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(size_out, "size_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { reference(image, "image") }?;
        // SAFETY: `call` is the caller's.
        let size = unsafe { during(call, |call| registry.size(&image, call)) }?;
        Ok(imgferry_image_size::new(size))
    })
}

/// The tags of a repository, sorted; a tag in `repository` does not matter.
///
/// On success `*tags_out` is yours: free it with imgferry_text_list_free. On
/// failure it is NULL: IMGFERRY_NOT_FOUND when there is no such repository. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_tags(
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
        let tags = unsafe { during(call, |call| registry.tags(&repository, call)) }?;
        Ok(imgferry_text_list::new(&tags))
    })
}

/// The manifest of an image, byte for byte and verified; an image for several
/// platforms has an index as its manifest. Without a tag, that of "latest".
///
/// On success `*manifest_out` is yours: free it with imgferry_manifest_free. On
/// failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image,
/// IMGFERRY_DIGEST_MISMATCH when the bytes are not what they should be. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_get_manifest(
    registry: Option<&imgferry_registry>,
    image: *const c_char,
    call: *const imgferry_call,
    manifest_out: Option<&mut MaybeUninit<*mut imgferry_manifest>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(manifest_out, "manifest_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { reference(image, "image") }?;
        // SAFETY: `call` is the caller's.
        let manifest = unsafe { during(call, |call| registry.get_manifest(&image, call)) }?;
        Ok(imgferry_manifest::new(&manifest))
    })
}

/// Frees a registry; NULL is fine. In a forked child it leaves the parent's
/// connections alone.
///
/// No other thread may use it any more. What was made from it stays usable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_free(registry: Option<Box<imgferry_registry>>) {
    quietly((), || drop(registry));
}
