//! `imgferry_remote_image`: the name of an image in a registry.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::args::{self, required};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::status::imgferry_status;
use super::text::{borrowed, c_text, c_text_or_empty};
use crate::{Digest, Parser, RemoteImage};

/// The name of an image in a registry: of a platform, which sorts its images by
/// cluster, organization and project, or of any other registry, which is called
/// external.
#[derive(Debug)]
pub struct imgferry_remote_image {
    image: RemoteImage,
    text: CString,
    name: CString,
    tag: CString,
    digest: CString,
    registry: CString,
    cluster_name: CString,
    org_name: CString,
    project_name: CString,
    docker_url: CString,
    docker_url_with_scheme: CString,
}

impl imgferry_remote_image {
    pub(super) fn new(image: RemoteImage) -> imgferry_remote_image {
        imgferry_remote_image::printed(image.to_string(), image)
    }

    /// An image of a configuration, which prints as `parser` reads it.
    pub(super) fn of(parser: &Parser, image: RemoteImage) -> imgferry_remote_image {
        imgferry_remote_image::printed(parser.text(&image), image)
    }

    fn printed(text: String, image: RemoteImage) -> imgferry_remote_image {
        imgferry_remote_image {
            text: c_text(&text),
            name: c_text(image.name()),
            tag: c_text_or_empty(image.tag()),
            digest: c_text_or_empty(image.digest().map(Digest::as_str)),
            registry: c_text_or_empty(image.registry()),
            cluster_name: c_text_or_empty(image.cluster_name()),
            org_name: c_text_or_empty(image.org_name()),
            project_name: c_text_or_empty(image.project_name()),
            docker_url: c_text(&image.as_docker_url(false)),
            docker_url_with_scheme: c_text(&image.as_docker_url(true)),
            image,
        }
    }
}

/// Reads the name of an external image, `[registry/]name[:tag][@digest]`.
///
/// On success `*image_out` is yours: free it with imgferry_remote_image_free.
/// On failure it is NULL: IMGFERRY_INVALID_REFERENCE when `text` is no such
/// name. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_parse(
    text: *const c_char,
    image_out: Option<&mut MaybeUninit<*mut imgferry_remote_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(image_out, "image_out", error_out, || {
        // SAFETY: `text` is NULL or a text of the caller.
        let text = unsafe { args::text(text, "text") }?;
        Ok(imgferry_remote_image::new(RemoteImage::parse(text)?))
    })
}

/// The image `name` of any registry; NULL for `registry` is Docker Hub, or the
/// registry that the name itself mentions. `tag` may be NULL.
///
/// On success `*image_out` is yours: free it with imgferry_remote_image_free.
/// On failure it is NULL: IMGFERRY_INVALID_REFERENCE when a part is not what it
/// should be, or when the name holds a tag itself. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_new_external(
    name: *const c_char,
    registry: *const c_char,
    tag: *const c_char,
    image_out: Option<&mut MaybeUninit<*mut imgferry_remote_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(image_out, "image_out", error_out, || {
        // SAFETY: `name` is NULL or a text of the caller.
        let name = unsafe { args::text(name, "name") }?;
        // SAFETY: `registry` is NULL or a text of the caller.
        let registry = unsafe { args::optional_text(registry, "registry") }?;
        // SAFETY: `tag` is NULL or a text of the caller.
        let tag = unsafe { args::optional_text(tag, "tag") }?;
        let image = RemoteImage::new_external_image(name, registry, tag)?;
        Ok(imgferry_remote_image::new(image))
    })
}

/// The image `name` of a project on a platform; its registry knows it as
/// `[org_name/]project_name/name`. `org_name` and `tag` may be NULL.
///
/// On success `*image_out` is yours: free it with imgferry_remote_image_free.
/// On failure it is NULL: IMGFERRY_INVALID_REFERENCE when a part is not what it
/// should be, or when the name holds a tag itself. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_new_platform(
    name: *const c_char,
    registry: *const c_char,
    project_name: *const c_char,
    org_name: *const c_char,
    cluster_name: *const c_char,
    tag: *const c_char,
    image_out: Option<&mut MaybeUninit<*mut imgferry_remote_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(image_out, "image_out", error_out, || {
        // SAFETY: `name` is NULL or a text of the caller.
        let name = unsafe { args::text(name, "name") }?;
        // SAFETY: `registry` is NULL or a text of the caller.
        let registry = unsafe { args::text(registry, "registry") }?;
        // SAFETY: `project_name` is NULL or a text of the caller.
        let project_name = unsafe { args::text(project_name, "project_name") }?;
        // SAFETY: `org_name` is NULL or a text of the caller.
        let org_name = unsafe { args::optional_text(org_name, "org_name") }?;
        // SAFETY: `cluster_name` is NULL or a text of the caller.
        let cluster_name = unsafe { args::text(cluster_name, "cluster_name") }?;
        // SAFETY: `tag` is NULL or a text of the caller.
        let tag = unsafe { args::optional_text(tag, "tag") }?;
        let image = RemoteImage::new_platform_image(
            name,
            registry,
            project_name,
            org_name,
            cluster_name,
            tag,
        )?;
        Ok(imgferry_remote_image::new(image))
    })
}

/// The same image at another tag; a digest is left out, because it would still
/// select the old content.
///
/// On success `*image_out` is yours: free it with imgferry_remote_image_free.
/// On failure it is NULL: IMGFERRY_INVALID_REFERENCE when `tag` is not a tag.
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_with_tag(
    image: Option<&imgferry_remote_image>,
    tag: *const c_char,
    image_out: Option<&mut MaybeUninit<*mut imgferry_remote_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(image_out, "image_out", error_out, || {
        let image = required(image, "image")?;
        // SAFETY: `tag` is NULL or a text of the caller.
        let tag = unsafe { args::text(tag, "tag") }?;
        Ok(imgferry_remote_image::new(image.image.with_tag(tag)?))
    })
}

/// The same image at a digest, such as "sha256:9f86..."; a tag stays, and is
/// informative from now on.
///
/// On success `*image_out` is yours: free it with imgferry_remote_image_free.
/// On failure it is NULL: IMGFERRY_INVALID_REFERENCE when `digest` is not one.
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_with_digest(
    image: Option<&imgferry_remote_image>,
    digest: *const c_char,
    image_out: Option<&mut MaybeUninit<*mut imgferry_remote_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(image_out, "image_out", error_out, || {
        let image = required(image, "image")?;
        // SAFETY: `digest` is NULL or a text of the caller.
        let digest = Digest::parse(unsafe { args::text(digest, "digest") }?)?;
        Ok(imgferry_remote_image::new(image.image.with_digest(digest)))
    })
}

/// The image as text: `image://cluster/[org/]project/name:tag` for an image of
/// a platform, else the name that imgferry_remote_image_parse reads. One that
/// came from an imgferry_images or an imgferry_config has a text that these read
/// as the same image; where that takes it, "docker://" stands before the name
/// that Docker has for it. "" for NULL.
///
/// The text lives until `image` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_text(
    image: Option<&imgferry_remote_image>,
) -> *const c_char {
    borrowed(image, |image| &image.text)
}

/// The name within the registry, or within the project of a platform; "" for
/// NULL.
///
/// The text lives until `image` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_name(
    image: Option<&imgferry_remote_image>,
) -> *const c_char {
    borrowed(image, |image| &image.name)
}

/// The tag; "" when there is none, and for NULL.
///
/// The text lives until `image` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_tag(
    image: Option<&imgferry_remote_image>,
) -> *const c_char {
    borrowed(image, |image| &image.tag)
}

/// The digest of the manifest; "" when there is none, and for NULL.
///
/// It selects the content, also when there is a tag. The text lives until
/// `image` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_digest(
    image: Option<&imgferry_remote_image>,
) -> *const c_char {
    borrowed(image, |image| &image.digest)
}

/// The registry's host, and its port when it was given; "" for Docker Hub
/// unless it was named, and for NULL.
///
/// The text lives until `image` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_registry(
    image: Option<&imgferry_remote_image>,
) -> *const c_char {
    borrowed(image, |image| &image.registry)
}

/// The cluster of an image of a platform; "" for an external one, and for NULL.
///
/// The text lives until `image` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_cluster_name(
    image: Option<&imgferry_remote_image>,
) -> *const c_char {
    borrowed(image, |image| &image.cluster_name)
}

/// The organization of an image of a platform; "" when it has none, for an
/// external image, and for NULL.
///
/// The text lives until `image` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_org_name(
    image: Option<&imgferry_remote_image>,
) -> *const c_char {
    borrowed(image, |image| &image.org_name)
}

/// The project of an image of a platform; "" for an external one, and for NULL.
///
/// The text lives until `image` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_project_name(
    image: Option<&imgferry_remote_image>,
) -> *const c_char {
    borrowed(image, |image| &image.project_name)
}

/// The name by which Docker reaches the image,
/// `[registry/]path[:tag][@digest]`; "" for NULL. Unless `with_scheme` is 0 it
/// is "https://" and the full name, with docker.io where no registry was named.
///
/// The text lives until `image` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_docker_url(
    image: Option<&imgferry_remote_image>,
    with_scheme: i32,
) -> *const c_char {
    borrowed(image, |image| match with_scheme {
        0 => &image.docker_url,
        _ => &image.docker_url_with_scheme,
    })
}

/// Frees an image name; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remote_image_free(image: Option<Box<imgferry_remote_image>>) {
    quietly((), || drop(image));
}
