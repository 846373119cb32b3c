//! Docker's manifests as OCI's, for layouts: skopeo and podman do not see others there. Only the media types differ, and
//! so the digests.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::choose::Chosen;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::oci::{Compression, Descriptor, Family, Manifest, ManifestContent};

/// The beginning of the types of Docker's layers that lie somewhere else than in the registry.
const FOREIGN: &str = "application/vnd.docker.image.rootfs.foreign.diff.tar";

/// Whether anything of it is in Docker's types.
pub(super) fn is_needed(chosen: &Chosen) -> bool {
    let mut manifests = chosen.listed.iter().chain([&chosen.top]);
    manifests.any(|manifest| Family::of(manifest.media_type()) == Some(Family::Docker))
}

/// The same in OCI's types.
pub(super) fn to_oci(chosen: Chosen, call: &Call<'_>) -> Result<Chosen> {
    let mut changed = HashMap::new();
    let mut listed = Vec::with_capacity(chosen.listed.len());
    for manifest in &chosen.listed {
        listed.push(converted(manifest, &mut changed, call)?);
    }
    Ok(Chosen {
        top: converted(&chosen.top, &mut changed, call)?,
        listed,
        platform: chosen.platform,
        is_remade: true,
    })
}

/// One manifest; what it lists was converted before.
fn converted(
    manifest: &Manifest,
    changed: &mut HashMap<Digest, Descriptor>,
    call: &Call<'_>,
) -> Result<Manifest> {
    let broken = |what: String| Error::Protocol {
        context: call.context("", ""),
        what,
    };
    let mut document: Value =
        serde_json::from_slice(manifest.bytes()).map_err(|error| broken(error.to_string()))?;
    let media_type = match manifest.content() {
        ManifestContent::Image(_) => {
            retype(&mut document["config"], |_| {
                Some(Family::Oci.config().to_owned())
            });
            for layer in list(&mut document, "layers") {
                retype(layer, layer_type);
            }
            Family::Oci.manifest()
        }
        ManifestContent::Index(_) => {
            for entry in list(&mut document, "manifests") {
                let digest = entry["digest"]
                    .as_str()
                    .and_then(|text| Digest::parse(text).ok());
                if let Some(new) = digest.and_then(|digest| changed.get(&digest)) {
                    entry["mediaType"] = json!(new.media_type);
                    entry["digest"] = json!(new.digest.as_str());
                    entry["size"] = json!(new.size);
                }
            }
            Family::Oci.index()
        }
        ManifestContent::Other => return Ok(manifest.clone()),
    };
    document["mediaType"] = json!(media_type);
    let bytes = document.to_string().into_bytes();
    let digest = Digest::sha256(&bytes);
    let new = Manifest::read(bytes, digest, Some(media_type)).map_err(broken)?;
    changed.insert(manifest.digest().clone(), new.descriptor());
    Ok(new)
}

fn list<'d>(document: &'d mut Value, key: &str) -> impl Iterator<Item = &'d mut Value> {
    document
        .get_mut(key)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

/// Changes the media type of a descriptor, when there is another one for it.
fn retype(descriptor: &mut Value, other: impl Fn(&str) -> Option<String>) {
    let new = descriptor["mediaType"].as_str().and_then(other);
    if let Some(new) = new {
        descriptor["mediaType"] = json!(new);
    }
}

fn layer_type(docker: &str) -> Option<String> {
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
