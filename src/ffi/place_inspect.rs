//! `imgferry_place_inspect`: what is at a place.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::args::optional_text;
use super::call::{during, imgferry_call};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::place::{given, imgferry_place};
use super::registry_image_config::imgferry_image_config;
use super::registry_platforms::imgferry_image_platform_list;
use super::registry_referrers::imgferry_descriptor_list;
use super::registry_results::imgferry_manifest;
use super::status::imgferry_status;
use super::text::{borrowed, c_text, c_text_or_empty, imgferry_text_list};
use crate::{Digest, Inspected, InspectedImage, Platform};

/// Tells what is at a place: the manifest or index, which platforms there are,
/// and the image for one of them with its config and layers. `platform` is
/// `os/arch[/variant]`, such as "linux/arm64", and may be NULL: then it is for
/// Linux and the processor of this machine, or whatever an image is for that is
/// not an index.
///
/// No layer is read, but for compressed ones in an archive that has no
/// manifest to say their digests. An engine is asked what it knows of the
/// image, which is less than other places know; each function below says what.
///
/// On success `*inspected_out` is yours: free it with imgferry_inspected_free.
/// On failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image, or no
/// such archive or layout, IMGFERRY_PLATFORM when there is none for `platform`,
/// IMGFERRY_IO when a file there cannot be read. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_place_inspect(
    place: Option<&imgferry_place>,
    platform: *const c_char,
    call: *const imgferry_call,
    inspected_out: Option<&mut MaybeUninit<*mut imgferry_inspected>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(inspected_out, "inspected_out", error_out, || {
        let place = given(place, "place")?;
        // SAFETY: `platform` is NULL or a text of the caller.
        let platform = unsafe { optional_text(platform, "platform") }?;
        let platform = platform.map(Platform::parse).transpose()?;
        // SAFETY: `call` is the caller's.
        let inspected = unsafe { during(call, |call| place.inspect(platform.as_ref(), call)) }?;
        Ok(imgferry_inspected::new(inspected))
    })
}

/// What is at a place.
#[derive(Debug)]
pub struct imgferry_inspected {
    digest: CString,
    media_type: CString,
    manifest: Option<imgferry_manifest>,
    platforms: imgferry_image_platform_list,
    image: Option<Image>,
    warnings: imgferry_text_list,
}

impl imgferry_inspected {
    fn new(inspected: Inspected) -> imgferry_inspected {
        let Inspected {
            digest,
            media_type,
            manifest,
            platforms,
            image,
            warnings,
        } = inspected;
        imgferry_inspected {
            digest: c_text_or_empty(digest.as_ref().map(Digest::as_str)),
            media_type: c_text(&media_type),
            manifest: manifest.as_ref().map(imgferry_manifest::new),
            platforms: imgferry_image_platform_list::new(platforms),
            image: image.map(Image::new),
            warnings: imgferry_text_list::new(&warnings),
        }
    }
}

#[derive(Debug)]
struct Image {
    manifest: Option<imgferry_manifest>,
    config: Option<imgferry_image_config>,
    layers: imgferry_descriptor_list,
    size: u64,
}

impl Image {
    fn new(image: InspectedImage) -> Image {
        let InspectedImage {
            manifest,
            config,
            layers,
            size,
        } = image;
        Image {
            manifest: manifest.as_ref().map(imgferry_manifest::new),
            config: config.map(imgferry_image_config::new),
            layers: imgferry_descriptor_list::new(layers),
            size,
        }
    }
}

/// The digest of the manifest or index; "" for NULL and where there is none: in
/// archives by Docker below 25, by podman and skopeo, and in an engine, unless
/// that has the containerd image store and tells it (API 1.48).
///
/// The text lives until `inspected` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_inspected_digest(
    inspected: Option<&imgferry_inspected>,
) -> *const c_char {
    borrowed(inspected, |inspected| &inspected.digest)
}

/// The media type of the manifest or index; "" where there is none, and for
/// NULL.
///
/// The text lives until `inspected` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_inspected_media_type(
    inspected: Option<&imgferry_inspected>,
) -> *const c_char {
    borrowed(inspected, |inspected| &inspected.media_type)
}

/// The manifest or index as it is; NULL where there is none, for an engine,
/// which does not show it, and for NULL.
///
/// It lives until `inspected` is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_inspected_manifest(
    inspected: Option<&imgferry_inspected>,
) -> Option<&imgferry_manifest> {
    inspected.and_then(|inspected| inspected.manifest.as_ref())
}

/// The platforms that the index names, in its order; empty for what is not an
/// index, and for an engine.
///
/// NULL, which is an empty list, for NULL. The list lives until `inspected` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_inspected_platforms(
    inspected: Option<&imgferry_inspected>,
) -> Option<&imgferry_image_platform_list> {
    inspected.map(|inspected| &inspected.platforms)
}

/// Whether there is an image for the platform: 1 or 0; 0 for what is not an
/// image, when an index has none for this machine and no platform was asked for,
/// and for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_inspected_has_image(
    inspected: Option<&imgferry_inspected>,
) -> i32 {
    i32::from(image(inspected).is_some())
}

/// The own manifest of the image, which an index lists; NULL without an image,
/// where imgferry_inspected_manifest is, and for NULL.
///
/// It lives until `inspected` is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_inspected_image_manifest(
    inspected: Option<&imgferry_inspected>,
) -> Option<&imgferry_manifest> {
    image(inspected)?.manifest.as_ref()
}

/// How the image is run; NULL without an image, for an artifact, which has no
/// such config, and for NULL. For an engine it is what the engine tells, and its
/// document the engine's whole one.
///
/// It lives until `inspected` is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_inspected_image_config(
    inspected: Option<&imgferry_inspected>,
) -> Option<&imgferry_image_config> {
    image(inspected)?.config.as_ref()
}

/// The layers of the image, the lowest first, as they are at the place, with
/// their sizes there; empty for an engine, which tells only their diff IDs.
///
/// NULL, which is an empty list, without an image and for NULL. The list lives
/// until `inspected` is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_inspected_image_layers(
    inspected: Option<&imgferry_inspected>,
) -> Option<&imgferry_descriptor_list> {
    image(inspected).map(|image| &image.layers)
}

/// The size of the image in bytes: the config and each layer once, without those
/// that are kept elsewhere. For an engine it is what its store counts. 0 without
/// an image and for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_inspected_image_size(
    inspected: Option<&imgferry_inspected>,
) -> u64 {
    image(inspected).map_or(0, |image| image.size)
}

fn image(inspected: Option<&imgferry_inspected>) -> Option<&Image> {
    inspected?.image.as_ref()
}

/// What was noted on the way, each a sentence.
///
/// NULL, which is an empty list, for NULL. The list lives until `inspected` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_inspected_warnings(
    inspected: Option<&imgferry_inspected>,
) -> Option<&imgferry_text_list> {
    inspected.map(|inspected| &inspected.warnings)
}

/// Frees what is told of a place; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_inspected_free(inspected: Option<Box<imgferry_inspected>>) {
    quietly((), || drop(inspected));
}
