//! What a copy changes of an image: the compression of its layers, and the media types.
//!
//! Docker's manifests become OCI's in layouts, because skopeo and podman do not see others there. What nothing changes in
//! stays byte for byte.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::choose::Chosen;
use crate::call::Call;
use crate::compress::LayerCompression;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::oci::{Blob, Compression, Descriptor, Family, Manifest, ManifestContent};

/// The beginning of the types of Docker's layers that lie somewhere else than in the registry.
const FOREIGN: &str = "application/vnd.docker.image.rootfs.foreign.diff.tar";

/// What is to be changed.
pub(super) struct Changes {
    /// Everything that is in Docker's types is to be in OCI's.
    to_oci: bool,
    /// How the layers that are no more than tars are to be compressed.
    pub(super) how: LayerCompression,
    /// Those layers.
    pub(super) raw: HashSet<Digest>,
}

impl Changes {
    /// What is needed of these.
    pub(super) fn of(chosen: &Chosen, how: LayerCompression, wants_oci: bool) -> Changes {
        let raw = match how {
            LayerCompression::AsIs => HashSet::new(),
            LayerCompression::Gzip { .. } | LayerCompression::Zstd { .. } => raw_layers(chosen),
        };
        // Docker's manifests have no type for layers in zstd.
        let is_zstd = matches!(how, LayerCompression::Zstd { .. }) && !raw.is_empty();
        Changes {
            to_oci: (wants_oci || is_zstd) && has_docker_types(chosen),
            how,
            raw,
        }
    }

    /// Whether the image gets another digest.
    pub(super) fn any(&self) -> bool {
        self.to_oci || !self.raw.is_empty()
    }

    /// The image with the changes; `made` is what has become of the layers.
    pub(super) fn apply(
        &self,
        chosen: Chosen,
        made: &HashMap<Digest, Blob>,
        call: &Call<'_>,
    ) -> Result<Chosen> {
        if !self.any() {
            return Ok(chosen);
        }
        let mut changed = HashMap::new();
        let mut listed = Vec::with_capacity(chosen.listed.len());
        for manifest in &chosen.listed {
            listed.push(self.manifest(manifest, made, &mut changed, call)?);
        }
        Ok(Chosen {
            top: self.manifest(&chosen.top, made, &mut changed, call)?,
            listed,
            platform: chosen.platform,
            is_remade: true,
        })
    }

    /// One manifest; what it lists was changed before.
    fn manifest(
        &self,
        manifest: &Manifest,
        made: &HashMap<Digest, Blob>,
        changed: &mut HashMap<Digest, Descriptor>,
        call: &Call<'_>,
    ) -> Result<Manifest> {
        let broken = |what: String| Error::Protocol {
            context: call.context("", ""),
            what,
        };
        let family = match self.to_oci {
            true => Family::Oci,
            false => Family::of(manifest.media_type()).unwrap_or(Family::Oci),
        };
        let before: Value =
            serde_json::from_slice(manifest.bytes()).map_err(|error| broken(error.to_string()))?;
        let mut document = before.clone();
        let media_type = match manifest.content() {
            ManifestContent::Image(_) => {
                self.change_image(&mut document, made);
                family.manifest()
            }
            ManifestContent::Index(_) => {
                for entry in list(&mut document, "manifests") {
                    if let Some(new) = digest(entry).and_then(|digest| changed.get(&digest)) {
                        entry["mediaType"] = json!(new.media_type);
                        describe(entry, &new.digest, new.size);
                    }
                }
                family.index()
            }
            ManifestContent::Other => return Ok(manifest.clone()),
        };
        if document == before && media_type == manifest.media_type() {
            return Ok(manifest.clone());
        }
        document["mediaType"] = json!(media_type);
        let bytes = document.to_string().into_bytes();
        let digest = Digest::sha256(&bytes);
        let new = Manifest::read(bytes, digest, Some(media_type)).map_err(broken)?;
        changed.insert(manifest.digest().clone(), new.descriptor());
        Ok(new)
    }

    fn change_image(&self, document: &mut Value, made: &HashMap<Digest, Blob>) {
        if self.to_oci {
            retype(&mut document["config"], |_| {
                Some(Family::Oci.config().to_owned())
            });
        }
        for layer in list(document, "layers") {
            if let Some(blob) = digest(layer).and_then(|digest| made.get(&digest)) {
                describe(layer, &blob.digest, blob.size);
                retype(layer, |raw| compressed_type(raw, self.how));
            }
            if self.to_oci {
                retype(layer, oci_type);
            }
        }
    }
}

/// The layers that are tars, as their types say. What lies somewhere else stays as it is there, and so does what has a
/// digest that the compression cannot check on its way.
fn raw_layers(chosen: &Chosen) -> HashSet<Digest> {
    let manifests = chosen.listed.iter().chain([&chosen.top]);
    manifests
        .filter_map(|manifest| match manifest.content() {
            ManifestContent::Image(image) => Some(&image.layers),
            ManifestContent::Index(_) | ManifestContent::Other => None,
        })
        .flatten()
        .filter(|layer| {
            Compression::of_media_type(&layer.media_type) == Some(Compression::None)
                && !layer.is_foreign()
                && layer.digest.algorithm() == "sha256"
        })
        .map(|layer| layer.digest.clone())
        .collect()
}

fn has_docker_types(chosen: &Chosen) -> bool {
    let mut manifests = chosen.listed.iter().chain([&chosen.top]);
    manifests.any(|manifest| Family::of(manifest.media_type()) == Some(Family::Docker))
}

fn list<'d>(document: &'d mut Value, key: &str) -> impl Iterator<Item = &'d mut Value> {
    document
        .get_mut(key)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

/// None for what is no digest: nothing that was changed can be meant by it.
fn digest(descriptor: &Value) -> Option<Digest> {
    let text = descriptor["digest"].as_str()?;
    Digest::parse(text).ok()
}

fn describe(descriptor: &mut Value, digest: &Digest, size: u64) {
    descriptor["digest"] = json!(digest.as_str());
    descriptor["size"] = json!(size);
}

/// Changes the media type of a descriptor, when there is another one for it.
fn retype(descriptor: &mut Value, other: impl Fn(&str) -> Option<String>) {
    let new = descriptor["mediaType"].as_str().and_then(other);
    if let Some(new) = new {
        descriptor["mediaType"] = json!(new);
    }
}

/// The type of a tar once it is compressed.
fn compressed_type(raw: &str, how: LayerCompression) -> Option<String> {
    let family = match raw.starts_with("application/vnd.docker.") {
        // There is none for zstd, and then all of it becomes OCI's.
        true if matches!(how, LayerCompression::Gzip { .. }) => Family::Docker,
        _ => Family::Oci,
    };
    family.layer(how.packing()).map(str::to_owned)
}

fn oci_type(docker: &str) -> Option<String> {
    if !docker.starts_with("application/vnd.docker.image.rootfs.") {
        return None;
    }
    let compression = Compression::of_media_type(docker)?;
    let plain = Family::Oci.layer(compression)?;
    Some(match docker.starts_with(FOREIGN) {
        true => plain.replace(".layer.v1.", ".layer.nondistributable.v1."),
        false => plain.to_owned(),
    })
}
