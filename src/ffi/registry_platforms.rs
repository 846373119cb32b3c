//! `imgferry_registry_platforms`: what the images behind a name run on.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::call::{during, imgferry_call};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::registry::{given, imgferry_registry, reference};
use super::status::imgferry_status;
use super::text::{borrowed, c_text, imgferry_text_list};
use crate::{ImagePlatform, Platform};

/// The platforms that an image is for, in the order of its index; one for an
/// image that is not an index.
///
/// On success `*platforms_out` is yours: free it with
/// imgferry_image_platform_list_free. On failure it is NULL: IMGFERRY_NOT_FOUND
/// when there is no such image, IMGFERRY_UNSUPPORTED when it is not an image.
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_platforms(
    registry: Option<&imgferry_registry>,
    image: *const c_char,
    call: *const imgferry_call,
    platforms_out: Option<&mut MaybeUninit<*mut imgferry_image_platform_list>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(platforms_out, "platforms_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { reference(image, "image") }?;
        // SAFETY: `call` is the caller's.
        let platforms = unsafe { during(call, |call| registry.platforms(&image, call)) }?;
        Ok(imgferry_image_platform_list::new(platforms))
    })
}

/// The platforms that an image is for: a list that you own, or one of the handle
/// that it came from.
#[derive(Debug)]
pub struct imgferry_image_platform_list(Vec<imgferry_image_platform>);

impl imgferry_image_platform_list {
    pub(super) fn new(platforms: Vec<ImagePlatform>) -> imgferry_image_platform_list {
        let platforms = platforms.into_iter().map(imgferry_image_platform::new);
        imgferry_image_platform_list(platforms.collect())
    }
}

/// How many platforms are in a list; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_platform_list_count(
    list: Option<&imgferry_image_platform_list>,
) -> usize {
    list.map_or(0, |list| list.0.len())
}

/// The platform at `index`, counted from 0; NULL behind the end and for NULL.
///
/// It lives as long as the list; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_platform_list_at(
    list: Option<&imgferry_image_platform_list>,
    index: usize,
) -> Option<&imgferry_image_platform> {
    list.and_then(|list| list.0.get(index))
}

/// Frees a list of platforms that you own; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_platform_list_free(
    list: Option<Box<imgferry_image_platform_list>>,
) {
    quietly((), || drop(list));
}

/// One image behind a name, in a list, to which it belongs.
#[derive(Debug)]
pub struct imgferry_image_platform {
    platform: CString,
    os: CString,
    architecture: CString,
    variant: CString,
    os_version: CString,
    os_features: imgferry_text_list,
    digest: CString,
}

impl imgferry_image_platform {
    fn new(image: ImagePlatform) -> imgferry_image_platform {
        let ImagePlatform { platform, digest } = image;
        let printed = c_text(&platform.to_string());
        let Platform {
            os,
            architecture,
            variant,
            os_version,
            os_features,
        } = platform;
        imgferry_image_platform {
            platform: printed,
            os: c_text(&os),
            architecture: c_text(&architecture),
            variant: c_text(&variant),
            os_version: c_text(&os_version),
            os_features: imgferry_text_list::new(&os_features),
            digest: c_text(digest.as_str()),
        }
    }
}

/// What it runs on, as `os/architecture[/variant]`, which options and arguments
/// for platforms take; "" for NULL.
///
/// The text lives as long as the list that holds `image`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_platform_platform(
    image: Option<&imgferry_image_platform>,
) -> *const c_char {
    borrowed(image, |image| &image.platform)
}

/// The operating system, such as "linux"; "" for NULL.
///
/// The text lives as long as the list that holds `image`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_platform_os(
    image: Option<&imgferry_image_platform>,
) -> *const c_char {
    borrowed(image, |image| &image.os)
}

/// The processor, such as "amd64"; "" for NULL.
///
/// The text lives as long as the list that holds `image`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_platform_architecture(
    image: Option<&imgferry_image_platform>,
) -> *const c_char {
    borrowed(image, |image| &image.architecture)
}

/// The variant of the processor, such as "v7"; often "". "" for NULL.
///
/// The text lives as long as the list that holds `image`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_platform_variant(
    image: Option<&imgferry_image_platform>,
) -> *const c_char {
    borrowed(image, |image| &image.variant)
}

/// The version of the operating system, which only Windows images have; else "",
/// and for NULL.
///
/// The text lives as long as the list that holds `image`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_platform_os_version(
    image: Option<&imgferry_image_platform>,
) -> *const c_char {
    borrowed(image, |image| &image.os_version)
}

/// What the operating system must offer, which only Windows images say.
///
/// NULL, which is an empty list, for NULL. The list lives as long as the one
/// that holds `image`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_platform_os_features(
    image: Option<&imgferry_image_platform>,
) -> Option<&imgferry_text_list> {
    image.map(|image| &image.os_features)
}

/// The digest of its manifest; "" for NULL.
///
/// The text lives as long as the list that holds `image`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_platform_digest(
    image: Option<&imgferry_image_platform>,
) -> *const c_char {
    borrowed(image, |image| &image.digest)
}
