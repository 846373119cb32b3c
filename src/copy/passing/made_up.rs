//! The manifest of an image that has none in its archive.

use super::documents::Documents;
use super::layers::There;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::oci::{Blob, Family, ImageConfig, Manifest};
use crate::store::archived_images;

/// Makes it of `manifest.json`, the config, and what became of the layers.
pub(super) fn manifest(
    documents: &Documents,
    layers: &There,
    call: &mut Call<'_>,
) -> Result<Manifest> {
    let missing = |what: &str, call: &Call<'_>| documents.broken(format!("it has no {what}"), call);
    let listed = documents
        .file("manifest.json")
        .ok_or_else(|| missing("manifest.json", call))?;
    let images = archived_images(listed).map_err(|what| documents.broken(what, call))?;
    let [image] = &images[..] else {
        let what = format!("it has {} images and not one", images.len());
        return Err(documents.broken(what, call));
    };
    let bytes = documents
        .file(&image.config)
        .ok_or_else(|| missing(&image.config, call))?;
    let config = ImageConfig::read(bytes.to_vec()).map_err(|what| documents.broken(what, call))?;
    if image.layers.len() != config.diff_ids.len() {
        let what = format!(
            "manifest.json lists {} layers, and the config has {}",
            image.layers.len(),
            config.diff_ids.len()
        );
        return Err(documents.broken(what, call));
    }
    let mut blobs = Vec::with_capacity(image.layers.len());
    for (name, diff_id) in image.layers.iter().zip(&config.diff_ids) {
        let layer = layers
            .get(documents.follow(name))
            .ok_or_else(|| missing(name, call))?;
        if let Some(other) = layer.diff_id.as_ref().filter(|other| *other != diff_id) {
            return Err(Error::DigestMismatch {
                context: call.context("", ""),
                expected: diff_id.to_string(),
                actual: other.to_string(),
            });
        }
        blobs.push((layer.blob.clone(), layer.packing));
    }
    let config = Blob {
        digest: Digest::sha256(bytes),
        size: bytes.len() as u64,
    };
    Manifest::of_image(Family::Oci, &config, &blobs).map_err(|what| documents.broken(what, call))
}
