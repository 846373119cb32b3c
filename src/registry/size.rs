//! How much of a registry an image takes.

use std::collections::{HashMap, HashSet};

use super::Registry;
use super::manifests::Selector;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Context, Error, ErrorKind, Result};
use crate::oci::{Descriptor, ImageManifest, Manifest, ManifestContent, Platform};
use crate::reference::Reference;

/// An index may list indexes; nobody nests them deeper.
pub(super) const MAX_DEPTH: usize = 4;

/// Each manifest is a request.
pub(super) const MAX_MANIFESTS: usize = 1000;

/// How much of a registry an image takes, in bytes as they are stored and transferred: mostly compressed. Manifests
/// themselves are not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageSize {
    /// All blobs together. A blob that is used more than once, also for several platforms, is there and counted once,
    /// so it can be less than the sum over [`platforms`](ImageSize::platforms); and it can be more, because the
    /// attestations that some build tools add belong to no platform.
    pub total: u64,
    /// One for each platform, in the order of the index; one in all for an image that is not an index.
    pub platforms: Vec<PlatformSize>,
    /// The manifests that the index lists and the registry does not have, because only a part was copied there.
    pub missing: Vec<Digest>,
}

/// How much of a registry the image for one platform takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformSize {
    /// The platform; `None` when only the image's config says it.
    pub platform: Option<Platform>,
    /// The digest of the image's manifest.
    pub digest: Digest,
    /// The config and the layers together.
    pub total: u64,
    /// The config alone.
    pub config: u64,
    /// The layers alone, each counted once.
    pub layers: u64,
    /// Layers that are not in the registry, because their licence wants them to be got elsewhere; in no other number.
    pub foreign: u64,
}

impl Registry {
    /// How much of the registry the image takes: its config and each of its layers once; for an index, of each
    /// platform and of all together.
    ///
    /// `GET /v2/<name>/manifests/<reference>`, and once more for each manifest of an index; no blob is read. Fails with
    /// [`ErrorKind::NotFound`] when there is no such image, and with [`ErrorKind::Unsupported`] when a manifest is of a
    /// type without sizes.
    pub fn size(&self, reference: &Reference, call: &mut Call<'_>) -> Result<ImageSize> {
        let call = &mut *call.enter("size", reference);
        self.check(reference)?;
        let top = self.fetch_manifest(reference.path(), Selector::of(reference), call)?;
        self.size_of(reference.path(), &top, call)
    }

    pub(super) fn size_of(
        &self,
        repository: &str,
        top: &Manifest,
        call: &mut Call<'_>,
    ) -> Result<ImageSize> {
        let mut survey = Survey {
            registry: self,
            repository,
            size: ImageSize::default(),
            blobs: HashMap::new(),
            visited: HashSet::new(),
        };
        survey.count(top, None, 0, call)?;
        survey.size.total = sum(survey.blobs.values().copied(), call)?;
        Ok(survey.size)
    }

    pub(super) fn too_deep(&self, call: &Call<'_>) -> Error {
        Error::Protocol {
            context: call.context(self.host(), ""),
            what: "its indexes are nested too deeply, or list too much".into(),
        }
    }
}

/// The state while an image is looked over.
struct Survey<'r> {
    registry: &'r Registry,
    repository: &'r str,
    size: ImageSize,
    /// The size of each blob.
    blobs: HashMap<Digest, u64>,
    visited: HashSet<Digest>,
}

impl Survey<'_> {
    /// Counts a manifest; `entry` is what the index says of it.
    fn count(
        &mut self,
        manifest: &Manifest,
        entry: Option<&Descriptor>,
        depth: usize,
        call: &mut Call<'_>,
    ) -> Result<()> {
        self.visited.insert(manifest.digest().clone());
        match manifest.content() {
            ManifestContent::Image(image) => self.image(manifest, image, entry, call),
            ManifestContent::Index(index) => {
                if depth == MAX_DEPTH {
                    return Err(self.registry.too_deep(call));
                }
                for entry in &index.manifests {
                    self.entry(entry, depth + 1, call)?;
                }
                Ok(())
            }
            ManifestContent::Other => Err(Error::Unsupported {
                context: self.context(call),
                what: format!(
                    "a manifest of type {:?} does not say its sizes",
                    manifest.media_type()
                ),
            }),
        }
    }

    fn entry(&mut self, entry: &Descriptor, depth: usize, call: &mut Call<'_>) -> Result<()> {
        if self.visited.contains(&entry.digest) {
            return Ok(());
        }
        if self.visited.len() >= MAX_MANIFESTS {
            return Err(self.registry.too_deep(call));
        }
        match self.registry.fetch_listed(self.repository, entry, call) {
            Ok(manifest) => self.count(&manifest, Some(entry), depth, call),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.visited.insert(entry.digest.clone());
                self.size.missing.push(entry.digest.clone());
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn image(
        &mut self,
        manifest: &Manifest,
        image: &ImageManifest,
        entry: Option<&Descriptor>,
        call: &Call<'_>,
    ) -> Result<()> {
        let (foreign, layers): (Vec<_>, Vec<_>) = distinct(&image.layers)
            .into_iter()
            .partition(|layer| layer.is_foreign());
        for blob in layers.iter().copied().chain([&image.config]) {
            self.blobs.insert(blob.digest.clone(), blob.size);
        }
        if entry.is_some_and(Descriptor::is_attestation) {
            return Ok(());
        }
        let layers = sum(layers.iter().map(|layer| layer.size), call)?;
        self.size.platforms.push(PlatformSize {
            platform: entry.and_then(|entry| entry.platform.clone()),
            digest: manifest.digest().clone(),
            total: sum([image.config.size, layers], call)?,
            config: image.config.size,
            layers,
            foreign: sum(foreign.iter().map(|layer| layer.size), call)?,
        });
        Ok(())
    }

    fn context(&self, call: &Call<'_>) -> Box<Context> {
        call.context(self.registry.host(), "")
    }
}

/// The blobs without repetitions, in their order.
fn distinct(blobs: &[Descriptor]) -> Vec<&Descriptor> {
    let mut seen = HashSet::new();
    blobs
        .iter()
        .filter(|blob| seen.insert(&blob.digest))
        .collect()
}

fn sum(sizes: impl IntoIterator<Item = u64>, call: &Call<'_>) -> Result<u64> {
    sizes
        .into_iter()
        .try_fold(0_u64, u64::checked_add)
        .ok_or_else(|| Error::Protocol {
            context: call.context("", ""),
            what: "the sizes add up to more than there can be".into(),
        })
}
