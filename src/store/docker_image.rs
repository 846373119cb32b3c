//! One image of a `docker save` archive.

use super::docker_archive::{ArchivedImage, DockerArchive, MANIFEST_FILE};
use super::failure::Place;
use super::kept_manifest::kept_manifest;
use super::layout_files::MAX_CONFIG;
use super::pulse::Pulse;
use super::section::Section;
use super::unpack::compression;
use super::verified::{VerifiedReader, unreadable};
use crate::call::Call;
use crate::compress::Inflater;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::oci::{Compression, ImageConfig, Manifest};

/// One image of a `docker save` archive.
#[derive(Debug)]
pub(crate) struct DockerImage {
    /// The digest of its config.
    pub(crate) id: Digest,
    /// Its config; [`document`](ImageConfig::document) is what the archive has, byte for byte.
    pub(crate) config: ImageConfig,
    /// In the order of the config's diff IDs, the lowest first.
    pub(crate) layers: Vec<DockerLayer>,
    /// The manifest that the archive has, when all that it lists is there, too, and is what `manifest.json` lists. From
    /// an engine with the containerd image store it is the one that registries know. One with graph drivers makes it up
    /// with layers that are not compressed, and so no registry knows it (measured on dockerd 26.1).
    pub(crate) manifest: Option<Manifest>,
}

/// One layer of it.
#[derive(Debug)]
pub(crate) struct DockerLayer {
    /// The digest of its bytes when they are not compressed.
    pub(crate) diff_id: Digest,
    /// Its bytes, as they are in the archive.
    pub(crate) content: Section,
    /// How those are compressed.
    pub(crate) compression: Compression,
    place: Place,
}

impl DockerImage {
    pub(super) fn read(
        archive: &DockerArchive,
        image: &ArchivedImage,
        call: &mut Call<'_>,
    ) -> Result<DockerImage> {
        let (id, config) = read_config(archive, image, call)?;
        let layers = find_layers(archive, image, &config.diff_ids, call)?;
        let manifest = match archive.layout() {
            Some(layout) => {
                kept_manifest(layout, &archive.place, image.names(), &id, &layers, call)?
            }
            None => None,
        };
        Ok(DockerImage {
            id,
            config,
            layers,
            manifest,
        })
    }
}

fn read_config(
    archive: &DockerArchive,
    image: &ArchivedImage,
    call: &Call<'_>,
) -> Result<(Digest, ImageConfig)> {
    let (place, path) = (&archive.place, &image.config);
    let bytes = archive
        .files
        .document(path, MAX_CONFIG, place, call)?
        .ok_or_else(|| not_there(path, place, call))?;
    let id = Digest::sha256(&bytes);
    match image.told_id() {
        Some(told) if told != id => {
            return Err(Error::DigestMismatch {
                context: place.context(call),
                expected: told.to_string(),
                actual: id.to_string(),
            });
        }
        _ => {}
    }
    let config = ImageConfig::read(bytes).map_err(|what| place.broken(what, call))?;
    Ok((id, config))
}

fn find_layers(
    archive: &DockerArchive,
    image: &ArchivedImage,
    diff_ids: &[Digest],
    call: &mut Call<'_>,
) -> Result<Vec<DockerLayer>> {
    let place = &archive.place;
    let (listed, needed) = (image.layers.len(), diff_ids.len());
    if listed != needed {
        let what = format!(
            "{MANIFEST_FILE} lists {listed} layers, and the config {} has {needed}",
            image.config
        );
        return Err(place.broken(what, call));
    }
    let mut pulse = Pulse::new();
    let mut layers = Vec::with_capacity(needed);
    for (path, diff_id) in image.layers.iter().zip(diff_ids) {
        pulse.beat(call)?;
        let content = archive
            .files
            .open(path, place, call)?
            .ok_or_else(|| not_there(path, place, call))?;
        layers.push(DockerLayer {
            diff_id: diff_id.clone(),
            compression: compression(&content, path, place, call)?,
            content,
            place: place.clone(),
        });
    }
    Ok(layers)
}

fn not_there(path: &str, place: &Place, call: &Call<'_>) -> Error {
    place.broken(
        format!("{MANIFEST_FILE} names {path:?}, which is not there"),
        call,
    )
}

impl DockerLayer {
    /// Reads its uncompressed bytes and checks on the way that they have the diff ID.
    pub(crate) fn uncompressed(&self, call: &Call<'_>) -> Result<VerifiedReader> {
        let what = format!("the layer {}", self.diff_id);
        let size = match self.compression {
            Compression::None => Some(self.content.size()),
            Compression::Gzip | Compression::Zstd => None,
        };
        let content = Inflater::new(self.content.reader())
            .map_err(|source| unreadable(&what, source, self.place.context(call)))?;
        let (diff_id, context) = (self.diff_id.clone(), self.place.context(call));
        Ok(VerifiedReader::new(
            Box::new(content),
            diff_id,
            size,
            what,
            context,
        ))
    }
}

#[cfg(test)]
mod tests;
