//! `imgferry_images`: images moved by an engine and looked up in registries, by their names.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::args::{optional_text, required, text};
use super::call::{during, imgferry_call};
use super::config::{self, imgferry_config};
use super::engine::{self, imgferry_engine};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::images_options::{
    imgferry_pull_image_options, imgferry_push_image_options, pull_image_options,
    push_image_options,
};
use super::images_results::{
    imgferry_pulled_image, imgferry_pushed_image, imgferry_remote_image_list,
};
use super::process::ProcessBound;
use super::registry::imgferry_registry;
use super::registry_options::{imgferry_registry_options, registry_options};
use super::registry_results::imgferry_image_size;
use super::status::imgferry_status;
use super::tag::imgferry_tag;
use super::text::imgferry_text;
use crate::{Call, Digest, Images, LocalImage, RemoteImage, Result, TagOption};

/// Images of one engine and of any registries.
#[derive(Debug)]
pub struct imgferry_images(ProcessBound<Images>);

/// The images that must be given, in the process that made them.
fn given(images: Option<&imgferry_images>) -> Result<&Images> {
    required(images, "images")?.0.get()
}

/// A remote image as the configuration of `images` means it. A missing tag stays missing: each verb says what that is.
///
/// # Safety
/// `remote` is NULL or a text of the caller.
unsafe fn remote_image(images: &Images, remote: *const c_char) -> Result<RemoteImage> {
    // SAFETY: the caller promises the same.
    let remote = unsafe { text(remote, "remote") }?;
    images.parser().remote_image(remote, TagOption::Allow)
}

/// Uses `engine` for transfers, and `options`, which may be NULL, for every
/// registry. The credentials are also given to the engine, each for its own
/// registry only; a registry for which the options have none gets the engine's
/// own from it. A certificate and headers are shown to each registry that is
/// asked; `certificate_folders` have a certificate for each. Nothing is sent
/// yet.
///
/// With `config`, which may be NULL, remote images can be named as the head of
/// this file shows, such as "image:app:1", and the registries of its clusters
/// get its logins, where `options` give no other one for them.
///
/// On success `*images_out` is yours: free it with imgferry_images_free;
/// `engine` and `config` stay yours and may be freed before. On failure it is
/// NULL: IMGFERRY_INVALID_ARGUMENT when the configuration contradicts itself.
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_images_new(
    engine: Option<&imgferry_engine>,
    config: Option<&imgferry_config>,
    options: *const imgferry_registry_options,
    images_out: Option<&mut MaybeUninit<*mut imgferry_images>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(images_out, "images_out", error_out, || {
        let engine = engine::given(engine)?.clone();
        let config = config.map(config::given).transpose()?;
        // SAFETY: `options` are the caller's.
        let (options, lent) = unsafe { registry_options(options) }?;
        let images = match config {
            Some(config) => Images::with_config(engine, config, &options)?,
            None => Images::new(engine, &options),
        };
        lent.take_over();
        Ok(imgferry_images(ProcessBound::new(images)))
    })
}

/// Pushes the image that the engine knows as `local` to `remote`. NULL for
/// `remote` is the image of that name in the current project of the
/// configuration, and without one the registry in the local name. A missing tag
/// is "latest".
///
/// The image gets the remote name for the time of the push. Afterwards the
/// engine's names are what they were, also after a failure or a cancel, unless
/// `options`, which may be NULL, say otherwise. What could not be given back
/// stands in the warnings or in the error. A push or a pull of the same remote
/// name through `images` is waited for.
///
/// On success `*pushed_out` is yours: free it with imgferry_pushed_image_free.
/// On failure it is NULL: IMGFERRY_NOT_FOUND when the engine does not have the
/// image, IMGFERRY_UNAUTHORIZED, IMGFERRY_DENIED, IMGFERRY_TOO_LARGE or
/// IMGFERRY_RATE_LIMITED when the registry refuses, IMGFERRY_INVALID_ARGUMENT
/// for a `remote` with a digest. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_images_push(
    images: Option<&imgferry_images>,
    local: *const c_char,
    remote: *const c_char,
    options: *const imgferry_push_image_options,
    call: *const imgferry_call,
    pushed_out: Option<&mut MaybeUninit<*mut imgferry_pushed_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(pushed_out, "pushed_out", error_out, || {
        let images = given(images)?;
        // SAFETY: `local` is NULL or a text of the caller.
        let local = LocalImage::parse(unsafe { text(local, "local") }?)?;
        // SAFETY: `remote` is NULL or a text of the caller.
        let remote = unsafe { optional_text(remote, "remote") }?;
        let remote = remote
            .map(|remote| images.parser().remote_image(remote, TagOption::Allow))
            .transpose()?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { push_image_options(options) }?;
        let push = |call: &mut Call<'_>| images.push(&local, remote.as_ref(), &options, call);
        // SAFETY: `call` is the caller's.
        let pushed = unsafe { during(call, push) }?;
        Ok(imgferry_pushed_image::new(images.parser(), pushed))
    })
}

/// Pulls `remote` into the engine, which then knows it as `local`. NULL for
/// `local` is its short name when it is of the current project of the
/// configuration, and else the name that Docker has for it. A missing tag is
/// "latest".
///
/// Afterwards only the local name is new in the engine, and after a failure or
/// a cancel nothing. An image that had the local name loses it, and stays. What
/// could not be tidied up stands in the warnings or in the error. A push or a
/// pull of the same remote name through `images` is waited for. `options` may
/// be NULL.
///
/// On success `*pulled_out` is yours: free it with imgferry_pulled_image_free.
/// On failure it is NULL: IMGFERRY_NOT_FOUND, IMGFERRY_UNAUTHORIZED,
/// IMGFERRY_DENIED or IMGFERRY_RATE_LIMITED when the registry says so,
/// IMGFERRY_PLATFORM when it has no image for the platform,
/// IMGFERRY_INVALID_ARGUMENT for a `local` that no image can be given. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_images_pull(
    images: Option<&imgferry_images>,
    remote: *const c_char,
    local: *const c_char,
    options: *const imgferry_pull_image_options,
    call: *const imgferry_call,
    pulled_out: Option<&mut MaybeUninit<*mut imgferry_pulled_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(pulled_out, "pulled_out", error_out, || {
        let images = given(images)?;
        // SAFETY: `remote` is NULL or a text of the caller.
        let remote = unsafe { remote_image(images, remote) }?;
        // SAFETY: `local` is NULL or a text of the caller.
        let local = unsafe { optional_text(local, "local") }?;
        let local = local.map(LocalImage::parse).transpose()?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { pull_image_options(options) }?;
        let pull = |call: &mut Call<'_>| images.pull(&remote, local.as_ref(), &options, call);
        // SAFETY: `call` is the caller's.
        let pulled = unsafe { during(call, pull) }?;
        Ok(imgferry_pulled_image::new(pulled))
    })
}

/// The digest of an image in its registry; without a tag, that of "latest".
///
/// On success `*digest_out` is yours: free it with imgferry_text_free. On
/// failure it is NULL: IMGFERRY_NOT_FOUND when the registry does not have it,
/// IMGFERRY_UNAUTHORIZED or IMGFERRY_DENIED when it refuses. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_images_digest(
    images: Option<&imgferry_images>,
    remote: *const c_char,
    call: *const imgferry_call,
    digest_out: Option<&mut MaybeUninit<*mut imgferry_text>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(digest_out, "digest_out", error_out, || {
        let images = given(images)?;
        // SAFETY: `remote` is NULL or a text of the caller.
        let remote = unsafe { remote_image(images, remote) }?;
        // SAFETY: `call` is the caller's.
        let digest = unsafe { during(call, |call| images.digest(&remote, call)) }?;
        Ok(imgferry_text::new(digest.as_str()))
    })
}

/// The size of an image in its registry.
///
/// On success `*size_out` is yours: free it with imgferry_image_size_free. On
/// failure it is NULL, as for imgferry_images_digest. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_images_size(
    images: Option<&imgferry_images>,
    remote: *const c_char,
    call: *const imgferry_call,
    size_out: Option<&mut MaybeUninit<*mut imgferry_image_size>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(size_out, "size_out", error_out, || {
        let images = given(images)?;
        // SAFETY: `remote` is NULL or a text of the caller.
        let remote = unsafe { remote_image(images, remote) }?;
        // SAFETY: `call` is the caller's.
        let size = unsafe { during(call, |call| images.size(&remote, call)) }?;
        Ok(imgferry_image_size::new(size))
    })
}

/// The images of a cluster's registry, without tags and sorted; NULL for
/// `cluster_name` is the current cluster. What no image can be called is left
/// out.
///
/// On success `*images_out` is yours: free it with
/// imgferry_remote_image_list_free. On failure it is NULL:
/// IMGFERRY_INVALID_ARGUMENT for an unknown cluster, and when none is current;
/// IMGFERRY_UNSUPPORTED where the registry does not show its images to this
/// account. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_images_list(
    images: Option<&imgferry_images>,
    cluster_name: *const c_char,
    call: *const imgferry_call,
    images_out: Option<&mut MaybeUninit<*mut imgferry_remote_image_list>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(images_out, "images_out", error_out, || {
        let images = given(images)?;
        // SAFETY: `cluster_name` is NULL or a text of the caller.
        let cluster_name = unsafe { optional_text(cluster_name, "cluster_name") }?;
        // SAFETY: `call` is the caller's.
        let listed = unsafe { during(call, |call| images.list(cluster_name, call)) }?;
        Ok(imgferry_remote_image_list::new(images.parser(), listed))
    })
}

/// The tag of an image, "latest" when it has none, and its size in its registry.
///
/// On success `*tag_out` is yours: free it with imgferry_tag_free. On failure it
/// is NULL, as for imgferry_images_digest. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_images_tag_info(
    images: Option<&imgferry_images>,
    remote: *const c_char,
    call: *const imgferry_call,
    tag_out: Option<&mut MaybeUninit<*mut imgferry_tag>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(tag_out, "tag_out", error_out, || {
        let images = given(images)?;
        // SAFETY: `remote` is NULL or a text of the caller.
        let remote = unsafe { remote_image(images, remote) }?;
        // SAFETY: `call` is the caller's.
        let tag = unsafe { during(call, |call| images.tag_info(&remote, call)) }?;
        Ok(imgferry_tag::new(&tag))
    })
}

/// The client for the registry of an image, for everything that a registry can
/// do. Nothing is sent.
///
/// On success `*registry_out` is yours: free it with imgferry_registry_free. On
/// failure it is NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_images_registry(
    images: Option<&imgferry_images>,
    remote: *const c_char,
    registry_out: Option<&mut MaybeUninit<*mut imgferry_registry>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(registry_out, "registry_out", error_out, || {
        let images = given(images)?;
        // SAFETY: `remote` is NULL or a text of the caller.
        let remote = unsafe { remote_image(images, remote) }?;
        Ok(imgferry_registry::new(images.registry(&remote)?))
    })
}

/// The tags of an image in its registry, one image for each, sorted by tag. A
/// tag in `remote` does not matter.
///
/// On success `*images_out` is yours: free it with
/// imgferry_remote_image_list_free. On failure it is NULL, as for
/// imgferry_images_digest. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_images_tags(
    images: Option<&imgferry_images>,
    remote: *const c_char,
    call: *const imgferry_call,
    images_out: Option<&mut MaybeUninit<*mut imgferry_remote_image_list>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(images_out, "images_out", error_out, || {
        let images = given(images)?;
        // SAFETY: `remote` is NULL or a text of the caller.
        let remote = unsafe { remote_image(images, remote) }?;
        // SAFETY: `call` is the caller's.
        let tags = unsafe { during(call, |call| images.tags(&remote, call)) }?;
        Ok(imgferry_remote_image_list::new(images.parser(), tags))
    })
}

/// Removes an image, with all its tags, from its registry, and tells its
/// digest. NULL for `digest` is the one that `remote` stands for now.
///
/// On success `*digest_out` is yours: free it with imgferry_text_free. On
/// failure it is NULL, as for imgferry_images_digest, and IMGFERRY_UNSUPPORTED
/// when the registry does not allow removals. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_images_rm(
    images: Option<&imgferry_images>,
    remote: *const c_char,
    digest: *const c_char,
    call: *const imgferry_call,
    digest_out: Option<&mut MaybeUninit<*mut imgferry_text>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(digest_out, "digest_out", error_out, || {
        let images = given(images)?;
        // SAFETY: `remote` is NULL or a text of the caller.
        let remote = unsafe { remote_image(images, remote) }?;
        // SAFETY: `digest` is NULL or a text of the caller.
        let digest = unsafe { optional_text(digest, "digest") }?;
        let digest = digest.map(Digest::parse).transpose()?;
        // SAFETY: `call` is the caller's.
        let removed = unsafe { during(call, |call| images.rm(&remote, digest.as_ref(), call)) }?;
        Ok(imgferry_text::new(removed.as_str()))
    })
}

/// Frees images; NULL is fine. In a forked child it leaves the parent's
/// connections alone.
///
/// No other thread may use them any more. What was made from them stays usable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_images_free(images: Option<Box<imgferry_images>>) {
    quietly((), || drop(images));
}
