//! The manifests that an image has in its archive: engines that keep images as registries do (the containerd store) give
//! them out as they are, and so their digests stay.

use super::documents::Documents;
use super::layers::There;
use crate::call::Call;
use crate::error::Result;
use crate::oci::{Compression, Descriptor, ImageIndex, Manifest, ManifestContent, Platform};

/// The manifests, each before the one that lists it; nothing when the archive has none, or none that is worth keeping,
/// such as those of engines that make some up for layers that are no more than tars.
pub(super) fn manifests(
    documents: &Documents,
    layers: &There,
    call: &mut Call<'_>,
) -> Result<Option<Vec<Manifest>>> {
    let Some(bytes) = documents.file("index.json") else {
        return Ok(None);
    };
    let index: ImageIndex = match serde_json::from_slice(bytes) {
        Ok(index) => index,
        Err(error) => return Err(documents.broken(format!("index.json: {error}"), call)),
    };
    let Some(entry) = index.manifests.first() else {
        return Ok(None);
    };
    let Some(top) = read(documents, entry, call)? else {
        return Ok(None);
    };
    match top.content() {
        ManifestContent::Image(_) if is_whole(&top, documents, layers) => Ok(Some(vec![top])),
        ManifestContent::Index(index) => of_index(&top, index, documents, layers, call),
        ManifestContent::Image(_) | ManifestContent::Other => Ok(None),
    }
}

/// All of an index; when not all of it is in the engine, the image for this machine.
fn of_index(
    top: &Manifest,
    index: &ImageIndex,
    documents: &Documents,
    layers: &There,
    call: &mut Call<'_>,
) -> Result<Option<Vec<Manifest>>> {
    let mut there = Vec::new();
    let mut entries = Vec::new();
    for entry in &index.manifests {
        let Some(manifest) = read(documents, entry, call)? else {
            continue;
        };
        if is_whole(&manifest, documents, layers) {
            there.push(manifest);
            entries.push(entry.clone());
        }
    }
    if there.len() == index.manifests.len() {
        there.push(top.clone());
        return Ok(Some(there));
    }
    let Some(chosen) = Platform::host().choose(&entries).or(entries.first()) else {
        return Ok(None);
    };
    call.warn(&format!(
        "the engine has not all of the index {}, so {} of it was pushed alone",
        top.digest(),
        chosen.digest
    ))?;
    let chosen = there
        .into_iter()
        .find(|manifest| *manifest.digest() == chosen.digest);
    Ok(chosen.map(|manifest| vec![manifest]))
}

fn read(documents: &Documents, entry: &Descriptor, call: &Call<'_>) -> Result<Option<Manifest>> {
    let Some(bytes) = documents.blob(&entry.digest) else {
        return Ok(None);
    };
    let read = Manifest::read(
        bytes.to_vec(),
        entry.digest.clone(),
        Some(&entry.media_type),
    );
    read.map(Some).map_err(|what| documents.broken(what, call))
}

/// Whether everything that it lists has passed, as it lists it, and its layers are compressed.
fn is_whole(manifest: &Manifest, documents: &Documents, layers: &There) -> bool {
    let ManifestContent::Image(image) = manifest.content() else {
        return false;
    };
    let has = |blob: &Descriptor| {
        let name = format!("blobs/{}/{}", blob.digest.algorithm(), blob.digest.hex());
        let layer = layers.get(&name);
        documents.blob(&blob.digest).is_some()
            || layer.is_some_and(|layer| layer.blob.digest == blob.digest)
    };
    let is_tar =
        |blob: &Descriptor| Compression::of_media_type(&blob.media_type) == Some(Compression::None);
    image.layers.iter().chain([&image.config]).all(has) && !image.layers.iter().any(is_tar)
}
