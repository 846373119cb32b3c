//! What a registry says: manifests and sizes.

use std::ffi::{CString, c_char};
use std::ptr;

use super::guard::quietly;
use super::text::{borrowed, c_text, c_text_or_empty, imgferry_text_list};
use crate::{Digest, ImageSize, Manifest, PlatformSize};

/// A manifest, byte for byte: one that you own, or one of the handle that it
/// came from.
#[derive(Debug)]
pub struct imgferry_manifest {
    bytes: Vec<u8>,
    digest: CString,
    media_type: CString,
}

impl imgferry_manifest {
    pub(super) fn new(manifest: &Manifest) -> imgferry_manifest {
        imgferry_manifest {
            bytes: manifest.bytes().to_vec(),
            digest: c_text(manifest.digest().as_str()),
            media_type: c_text(manifest.media_type()),
        }
    }
}

/// The bytes of the manifest, which are JSON and do not end with a NUL byte;
/// NULL for NULL.
///
/// They live as long as `manifest`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_manifest_data(manifest: Option<&imgferry_manifest>) -> *const u8 {
    manifest.map_or(ptr::null(), |manifest| manifest.bytes.as_ptr())
}

/// How many bytes the manifest has; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_manifest_length(manifest: Option<&imgferry_manifest>) -> usize {
    manifest.map_or(0, |manifest| manifest.bytes.len())
}

/// The digest of the bytes, which was verified; "" for NULL.
///
/// The text lives as long as `manifest`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_manifest_digest(
    manifest: Option<&imgferry_manifest>,
) -> *const c_char {
    borrowed(manifest, |manifest| &manifest.digest)
}

/// The media type, from the document itself or else from the answer that
/// brought it; "" for NULL.
///
/// The text lives as long as `manifest`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_manifest_media_type(
    manifest: Option<&imgferry_manifest>,
) -> *const c_char {
    borrowed(manifest, |manifest| &manifest.media_type)
}

/// Frees a manifest that you own; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_manifest_free(manifest: Option<Box<imgferry_manifest>>) {
    quietly((), || drop(manifest));
}

/// How much of a registry an image takes, in bytes as they are stored and
/// transferred: mostly compressed.
#[derive(Debug)]
pub struct imgferry_image_size {
    total: u64,
    platforms: Vec<imgferry_platform_size>,
    missing: imgferry_text_list,
}

impl imgferry_image_size {
    pub(super) fn new(size: ImageSize) -> imgferry_image_size {
        let ImageSize {
            total,
            platforms,
            missing,
        } = size;
        let missing: Vec<String> = missing.iter().map(Digest::to_string).collect();
        imgferry_image_size {
            total,
            platforms: platforms
                .into_iter()
                .map(imgferry_platform_size::new)
                .collect(),
            missing: imgferry_text_list::new(&missing),
        }
    }
}

/// All blobs together, each counted once also when several platforms use it;
/// manifests are not counted. 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_size_total(size: Option<&imgferry_image_size>) -> u64 {
    size.map_or(0, |size| size.total)
}

/// The digests of the manifests that the index lists and the registry does not
/// have, because only a part was copied there.
///
/// NULL, which is an empty list, for NULL. The list lives until `size` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_size_missing(
    size: Option<&imgferry_image_size>,
) -> Option<&imgferry_text_list> {
    size.map(|size| &size.missing)
}

/// How many platforms there are: one for an image that is not an index; 0 for
/// NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_size_platform_count(
    size: Option<&imgferry_image_size>,
) -> usize {
    size.map_or(0, |size| size.platforms.len())
}

/// The platform at `index`, counted from 0, in the order of the index; NULL
/// behind the end and for NULL.
///
/// It lives until `size` is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_size_platform_at(
    size: Option<&imgferry_image_size>,
    index: usize,
) -> Option<&imgferry_platform_size> {
    size.and_then(|size| size.platforms.get(index))
}

/// Frees the size of an image; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_size_free(size: Option<Box<imgferry_image_size>>) {
    quietly((), || drop(size));
}

/// How much of a registry the image for one platform takes.
#[derive(Debug)]
pub struct imgferry_platform_size {
    platform: CString,
    digest: CString,
    total: u64,
    config: u64,
    layers: u64,
    foreign: u64,
}

impl imgferry_platform_size {
    fn new(size: PlatformSize) -> imgferry_platform_size {
        let PlatformSize {
            platform,
            digest,
            total,
            config,
            layers,
            foreign,
        } = size;
        let platform = platform.map(|platform| platform.to_string());
        imgferry_platform_size {
            platform: c_text_or_empty(platform.as_deref()),
            digest: c_text(digest.as_str()),
            total,
            config,
            layers,
            foreign,
        }
    }
}

/// The platform, as `os/architecture[/variant]`; "" when only the config of the
/// image says it, and for NULL.
///
/// The text lives as long as the size that holds `platform`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_platform_size_platform(
    platform: Option<&imgferry_platform_size>,
) -> *const c_char {
    borrowed(platform, |platform| &platform.platform)
}

/// The digest of the manifest of the image for this platform; "" for NULL.
///
/// The text lives as long as the size that holds `platform`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_platform_size_digest(
    platform: Option<&imgferry_platform_size>,
) -> *const c_char {
    borrowed(platform, |platform| &platform.digest)
}

/// The config and the layers together; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_platform_size_total(
    platform: Option<&imgferry_platform_size>,
) -> u64 {
    platform.map_or(0, |platform| platform.total)
}

/// The config alone; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_platform_size_config(
    platform: Option<&imgferry_platform_size>,
) -> u64 {
    platform.map_or(0, |platform| platform.config)
}

/// The layers alone, each counted once; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_platform_size_layers(
    platform: Option<&imgferry_platform_size>,
) -> u64 {
    platform.map_or(0, |platform| platform.layers)
}

/// Layers that are not in the registry, because their licence wants them to be
/// got elsewhere; in no other number. 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_platform_size_foreign(
    platform: Option<&imgferry_platform_size>,
) -> u64 {
    platform.map_or(0, |platform| platform.foreign)
}
