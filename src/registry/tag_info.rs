//! Everything about a tag at once.

use std::collections::BTreeMap;

use super::Registry;
use super::image_config::{ImagePlatform, config_named_by};
use super::manifests::Selector;
use super::size::ImageSize;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{ErrorKind, Result};
use crate::oci::{ImageConfig, Manifest, ManifestContent, Platform};
use crate::reference::Reference;

/// What a registry has under a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagInfo {
    /// The tag; `None` when it was asked for by digest.
    pub tag: Option<String>,
    /// The digest of its manifest or index.
    pub digest: Digest,
    /// The media type of that.
    pub media_type: String,
    /// The size of that in bytes (not of the image).
    pub manifest_size: u64,
    /// What kind of artifact it is; empty for an image.
    pub artifact_type: String,
    /// The platforms that it is for; empty for what is not an image.
    pub platforms: Vec<ImagePlatform>,
    /// When it was made, in RFC 3339; empty when it does not say. Of several platforms, this machine's counts, else
    /// the first.
    pub created: String,
    /// Its labels, of the same platform.
    pub labels: BTreeMap<String, String>,
    /// How much of the registry it takes.
    pub size: ImageSize,
}

impl Registry {
    /// What the registry has under the reference's tag (`latest` when there is none) or digest: what it is, for which
    /// platforms, how large, and when it was made.
    ///
    /// `GET /v2/<name>/manifests/<reference>`, once more for each manifest of an index, and
    /// `GET /v2/<name>/blobs/<digest>` for a config.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such image.
    pub fn tag_info(&self, reference: &Reference, call: &mut Call<'_>) -> Result<TagInfo> {
        let call = &mut *call.enter("tag_info", reference);
        self.check(reference)?;
        let repository = reference.path();
        let top = self.fetch_manifest(repository, Selector::of(reference), call)?;
        let size = self.size_of(repository, &top, call)?;
        let config = self.config_to_show(repository, &top, call)?;
        let platforms = size.platforms.iter().filter_map(|image| {
            let own = config.as_ref().map(|config| &config.platform);
            Some(ImagePlatform {
                platform: image.platform.as_ref().or(own)?.clone(),
                digest: image.digest.clone(),
            })
        });
        Ok(TagInfo {
            tag: match reference.digest() {
                Some(_) => None,
                None => Some(reference.tag_or_latest().to_owned()),
            },
            digest: top.digest().clone(),
            media_type: top.media_type().to_owned(),
            manifest_size: top.bytes().len() as u64,
            artifact_type: artifact_type(&top),
            platforms: platforms.collect(),
            created: config
                .as_ref()
                .map_or("", |config| &config.created)
                .to_owned(),
            // What is not an image has none.
            labels: config.map_or_else(BTreeMap::new, |config| config.labels),
            size,
        })
    }

    /// The config for this machine, else of the first image; none for what is not an image, or is not there.
    fn config_to_show(
        &self,
        repository: &str,
        top: &Manifest,
        call: &mut Call<'_>,
    ) -> Result<Option<ImageConfig>> {
        let image = match top.content() {
            ManifestContent::Index(index) => {
                let first = index.manifests.iter().find(|entry| !entry.is_attestation());
                match Platform::host().choose(&index.manifests).or(first) {
                    Some(entry) => self.fetch_listed(repository, entry, call),
                    None => return Ok(None),
                }
            }
            _ => Ok(top.clone()),
        };
        let config = image.and_then(|image| {
            let named = config_named_by(&image);
            named
                .map(|config| self.read_config(repository, config, call))
                .transpose()
        });
        match config {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                log::debug!("no config is shown: {error}");
                Ok(None)
            }
            other => other,
        }
    }
}

/// What a manifest says that it is, or else its config.
fn artifact_type(manifest: &Manifest) -> String {
    match manifest.content() {
        ManifestContent::Image(image) if !image.artifact_type.is_empty() => {
            image.artifact_type.clone()
        }
        ManifestContent::Image(image) if !image.config.is_image_config() => {
            image.config.media_type.clone()
        }
        ManifestContent::Index(index) => index.artifact_type.clone(),
        ManifestContent::Image(_) | ManifestContent::Other => String::new(),
    }
}
