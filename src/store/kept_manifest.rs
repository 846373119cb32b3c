//! The manifest that a `docker save` archive keeps beside `manifest.json`, when it can be trusted.
//!
//! Docker 25.0.0 wrote manifests with their layers in a wrong order, a candidate of it wrote them without layers, and the
//! containerd image store lists platforms whose images are not in the archive (measured and read). So a manifest is used
//! only when it lists, in the same order, the layers that `manifest.json` does.

use super::docker_image::DockerLayer;
use super::entry_name::{image_name, is_same_image};
use super::failure::Place;
use super::oci_layout::OciLayout;
use super::walk::Walk;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::oci::{Compression, Descriptor, ImageManifest, Manifest, ManifestContent};

/// The manifest of the image with this ID, these names and these layers; nothing when there is none that fits.
pub(super) fn kept_manifest(
    layout: &OciLayout,
    place: &Place,
    names: &[String],
    id: &Digest,
    layers: &[DockerLayer],
    call: &mut Call<'_>,
) -> Result<Option<Manifest>> {
    // One config may be in several manifests; the one of the same name was meant.
    let is_meant = |entry: &Descriptor| {
        let own = image_name(entry);
        own.is_some_and(|own| names.iter().any(|name| is_same_image(own, name)))
    };
    let listed = layout.index().manifests.iter().cloned();
    let (mut top, others): (Vec<_>, Vec<_>) = listed.partition(is_meant);
    top.extend(others);
    let mut unfit = None;
    let mut walk = Walk::of(&top);
    while let Some(listed) = walk.next() {
        call.check()?;
        if !listed.descriptor.may_be_manifest() {
            continue;
        }
        let manifest = match layout.manifest_if_there(&listed.descriptor, call) {
            Err(error) if is_about_content(&error) => {
                unfit.get_or_insert_with(|| error.to_string());
                continue;
            }
            manifest => manifest?,
        };
        let Some(manifest) = manifest else { continue };
        let reason = match manifest.content() {
            ManifestContent::Index(index) => walk.descend(&listed, &index.manifests).err(),
            ManifestContent::Image(image) if image.config.digest == *id => {
                match why_unfit(image, layout, layers, call)? {
                    None => return Ok(Some(manifest)),
                    reason => reason,
                }
            }
            _ => None,
        };
        if let Some(reason) = reason {
            let digest = &listed.descriptor.digest;
            unfit.get_or_insert_with(|| format!("{digest}: {reason}"));
        }
    }
    if let Some(reason) = unfit {
        call.warn(&format!(
            "no OCI manifest in {place} is used for {id}: {reason}"
        ))?;
    }
    Ok(None)
}

fn why_unfit(
    manifest: &ImageManifest,
    layout: &OciLayout,
    layers: &[DockerLayer],
    call: &Call<'_>,
) -> Result<Option<String>> {
    let (listed, needed) = (manifest.layers.len(), layers.len());
    if listed != needed {
        return Ok(Some(format!(
            "it has {listed} layers, and the image {needed}"
        )));
    }
    for (descriptor, layer) in manifest.layers.iter().zip(layers) {
        let content = match layout.blob(descriptor, call) {
            Err(error) if is_about_content(&error) => return Ok(Some(error.to_string())),
            content => content?,
        };
        let is_the_layer = descriptor.digest == layer.diff_id || content.is(&layer.content);
        let told = Compression::of_media_type(&descriptor.media_type);
        if !is_the_layer || told != Some(layer.compression) {
            let (digest, media_type) = (&descriptor.digest, &descriptor.media_type);
            return Ok(Some(format!(
                "its layer {digest}, {media_type}, is not the image's, {}, {}",
                layer.diff_id, layer.compression
            )));
        }
    }
    match layout.blob(&manifest.config, call) {
        Err(error) if is_about_content(&error) => Ok(Some(error.to_string())),
        config => config.map(|_| None),
    }
}

/// Whether a failure says what is wrong with the files, and not that they could not be read.
pub(super) fn is_about_content(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Protocol
            | ErrorKind::Unsupported
            | ErrorKind::NotFound
            | ErrorKind::DigestMismatch
    )
}

#[cfg(test)]
mod tests;
