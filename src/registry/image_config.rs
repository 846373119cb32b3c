//! What the images behind a name are: their platforms, and the config of one of them.

use super::Registry;
use super::manifests::Selector;
use super::size::{MAX_DEPTH, MAX_MANIFESTS};
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::oci::{
    Descriptor, ImageConfig, ImageIndex, ImageManifest, Manifest, ManifestContent, Platform,
};
use crate::reference::Reference;

/// The configs of images have some KiB.
const MAX_CONFIG: u64 = 8 * 1024 * 1024;

/// One image behind a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagePlatform {
    /// What it runs on.
    pub platform: Platform,
    /// The digest of its manifest.
    pub digest: Digest,
}

impl Registry {
    /// The platforms that the image is for, in the order of the index; one for an image that is not an index.
    ///
    /// `GET /v2/<name>/manifests/<reference>`, and `GET /v2/<name>/blobs/<digest>` for the config where no index says
    /// the platform.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such image,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) when it is not an image.
    pub fn platforms(
        &self,
        reference: &Reference,
        call: &mut Call<'_>,
    ) -> Result<Vec<ImagePlatform>> {
        let call = &mut *call.enter("platforms", reference);
        self.check(reference)?;
        let top = self.fetch_manifest(reference.path(), Selector::of(reference), call)?;
        let mut platforms = Vec::new();
        self.add_platforms(reference.path(), &top, 0, &mut platforms, call)?;
        Ok(platforms)
    }

    /// The config of the image for `platform`; without one, for this machine's processor and Linux.
    ///
    /// `GET /v2/<name>/manifests/<reference>`, once more for an index, and `GET /v2/<name>/blobs/<digest>`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such image,
    /// [`Platform`](crate::ErrorKind::Platform) when there is none for the platform,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) when it is not an image.
    pub fn image_config(
        &self,
        reference: &Reference,
        platform: Option<&Platform>,
        call: &mut Call<'_>,
    ) -> Result<ImageConfig> {
        let call = &mut *call.enter("image_config", reference);
        self.check(reference)?;
        let repository = reference.path();
        let top = self.fetch_manifest(repository, Selector::of(reference), call)?;
        let here = Platform::host();
        let chosen = self.choose(repository, top, platform.unwrap_or(&here), call)?;
        let config = self.config_of(repository, &chosen, call)?;
        match platform {
            Some(wanted) if !wanted.runs(&config.platform) => Err(Error::NoPlatform {
                context: call.context(self.host(), ""),
                wanted: wanted.to_string(),
                available: vec![config.platform.to_string()],
            }),
            _ => Ok(config),
        }
    }

    /// The digest of the manifest for `platform`; that of the whole image when it is for one platform only, whichever
    /// that is. Unlike [`choose`](Registry::choose) it does not ask for the manifest, which is counted as a pull.
    pub(crate) fn digest_for(
        &self,
        reference: &Reference,
        platform: &Platform,
        call: &mut Call<'_>,
    ) -> Result<Digest> {
        let call = &mut *call.enter("digest", reference);
        self.check(reference)?;
        let repository = reference.path();
        let mut chosen = self.fetch_manifest(repository, Selector::of(reference), call)?;
        for _ in 0..MAX_DEPTH {
            let ManifestContent::Index(index) = chosen.content() else {
                return Ok(chosen.digest().clone());
            };
            let entry = self.entry_for(platform, index, call)?;
            if !entry.is_index() {
                return Ok(entry.digest.clone());
            }
            chosen = self.fetch_listed(repository, entry, call)?;
        }
        Err(self.too_deep(call))
    }

    /// The diff IDs of the layers that an image for this machine has; none when there is no such image, none that this
    /// account is shown, or one that is broken, which somebody is about to replace.
    pub(crate) fn layers_of(
        &self,
        reference: &Reference,
        call: &mut Call<'_>,
    ) -> Result<Vec<Digest>> {
        match self.image_config(reference, None, call) {
            Ok(config) => Ok(config.diff_ids),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::NotFound
                        | ErrorKind::Platform
                        | ErrorKind::Unsupported
                        | ErrorKind::Unauthorized
                        | ErrorKind::Denied
                        | ErrorKind::DigestMismatch
                        | ErrorKind::Protocol
                ) =>
            {
                log::debug!("no layers are known of {reference}: {error}");
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }

    /// The digest of the config of an image for one platform.
    pub(crate) fn config_digest(
        &self,
        reference: &Reference,
        call: &mut Call<'_>,
    ) -> Result<Digest> {
        let call = &mut *call.enter("config_digest", reference);
        self.check(reference)?;
        let manifest = self.fetch_manifest(reference.path(), Selector::of(reference), call)?;
        match manifest.content() {
            ManifestContent::Image(ImageManifest { config, .. }) => Ok(config.digest.clone()),
            _ => Err(self.no_image(&manifest, call)),
        }
    }

    /// The manifest for `platform` among those that `top` lists; `top` itself when it lists none.
    pub(super) fn choose(
        &self,
        repository: &str,
        top: Manifest,
        platform: &Platform,
        call: &mut Call<'_>,
    ) -> Result<Manifest> {
        let mut chosen = top;
        for _ in 0..MAX_DEPTH {
            let ManifestContent::Index(index) = chosen.content() else {
                return Ok(chosen);
            };
            let entry = self.entry_for(platform, index, call)?;
            chosen = self.fetch_listed(repository, entry, call)?;
        }
        Err(self.too_deep(call))
    }

    fn entry_for<'i>(
        &self,
        platform: &Platform,
        index: &'i ImageIndex,
        call: &Call<'_>,
    ) -> Result<&'i Descriptor> {
        platform.choose(&index.manifests).ok_or_else(|| {
            let platforms = index
                .manifests
                .iter()
                .filter_map(|entry| entry.platform.as_ref());
            Error::NoPlatform {
                context: call.context(self.host(), ""),
                wanted: platform.to_string(),
                available: platforms.map(Platform::to_string).collect(),
            }
        })
    }

    /// The config of an image, by its manifest.
    pub(super) fn config_of(
        &self,
        repository: &str,
        manifest: &Manifest,
        call: &mut Call<'_>,
    ) -> Result<ImageConfig> {
        match config_named_by(manifest) {
            Some(config) => self.read_config(repository, config, call),
            None => Err(self.no_image(manifest, call)),
        }
    }

    /// The config of an image, which its manifest names.
    pub(crate) fn read_config(
        &self,
        repository: &str,
        config: &Descriptor,
        call: &mut Call<'_>,
    ) -> Result<ImageConfig> {
        let (digest, size) = (&config.digest, config.size);
        let document = self.blob_document(repository, digest, size, MAX_CONFIG, call)?;
        ImageConfig::read(document).map_err(|what| Error::Protocol {
            context: call.context(self.host(), ""),
            what,
        })
    }

    fn no_image(&self, manifest: &Manifest, call: &Call<'_>) -> Error {
        Error::Unsupported {
            context: call.context(self.host(), ""),
            what: format!("{} is not an image", manifest.digest()),
        }
    }

    fn add_platforms(
        &self,
        repository: &str,
        manifest: &Manifest,
        depth: usize,
        platforms: &mut Vec<ImagePlatform>,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let ManifestContent::Index(index) = manifest.content() else {
            platforms.push(ImagePlatform {
                platform: self.config_of(repository, manifest, call)?.platform,
                digest: manifest.digest().clone(),
            });
            return Ok(());
        };
        for entry in index.manifests.iter().filter(|entry| !is_statement(entry)) {
            if depth == MAX_DEPTH || platforms.len() >= MAX_MANIFESTS {
                return Err(self.too_deep(call));
            }
            match &entry.platform {
                Some(platform) => platforms.push(ImagePlatform {
                    platform: platform.clone(),
                    digest: entry.digest.clone(),
                }),
                None => {
                    let listed = self.fetch_listed(repository, entry, call)?;
                    self.add_platforms(repository, &listed, depth + 1, platforms, call)?;
                }
            }
        }
        Ok(())
    }
}

/// Whether an entry of an index is about an image and none itself.
fn is_statement(entry: &Descriptor) -> bool {
    entry.is_attestation() || !entry.artifact_type.is_empty()
}

/// The config of an image; what is not an image has none.
pub(super) fn config_named_by(manifest: &Manifest) -> Option<&Descriptor> {
    match manifest.content() {
        ManifestContent::Image(ImageManifest { config, .. }) if config.is_image_config() => {
            Some(config)
        }
        _ => None,
    }
}
