//! An image in a registry, to be written.

use super::checked::Checked;
use super::raw_layer::RawLayer;
use super::sink::{Came, Sink};
use crate::call::Call;
use crate::error::Result;
use crate::oci::{Blob, Descriptor, Manifest};
use crate::reference::Reference;
use crate::registry::{BlobSource, ReadSeek, Registry, UploadOptions, UploadWay};

pub(super) struct ToRegistry {
    registry: Registry,
    image: Reference,
    /// A repository of the same registry that has the blobs.
    mount_from: Option<String>,
    /// Whether blobs come from a registry, whose bytes are checked as they come.
    is_source_checked: bool,
}

impl ToRegistry {
    pub(super) fn new(
        registry: &Registry,
        image: &Reference,
        source: Option<(&Registry, &str)>,
    ) -> ToRegistry {
        let mount_from = source
            .filter(|(other, path)| other.host() == registry.host() && *path != image.path())
            .map(|(_, path)| path.to_owned());
        ToRegistry {
            registry: registry.clone(),
            image: image.clone(),
            mount_from,
            is_source_checked: source.is_some(),
        }
    }
}

impl Sink for ToRegistry {
    fn put_blob(
        &self,
        blob: &Descriptor,
        source: &mut (dyn ReadSeek + Send),
        call: &mut Call<'_>,
    ) -> Result<Came> {
        let options = UploadOptions {
            digest: Some(blob.digest.clone()),
            mount_from: self.mount_from.clone(),
            ..UploadOptions::default()
        };
        let context = call.context("the source", "reading a blob");
        let mut checked;
        let source: &mut dyn ReadSeek = match self.is_source_checked {
            true => source,
            false => {
                checked = Checked::new(source, blob, context);
                &mut checked
            }
        };
        let source = BlobSource::Seekable(source);
        let uploaded = self
            .registry
            .put_blob(&self.image, source, &options, call)?;
        Ok(match uploaded.way {
            UploadWay::Existed | UploadWay::Mounted => Came::Existed,
            UploadWay::Whole | UploadWay::Chunks => Came::Copied(uploaded.sent),
        })
    }

    fn put_layer(&self, layer: &RawLayer<'_>, call: &mut Call<'_>) -> Result<(Came, Blob)> {
        let uploaded = self.registry.put_made_blob(&self.image, layer, call)?;
        let blob = Blob {
            digest: uploaded.digest,
            size: uploaded.size,
        };
        Ok((Came::Copied(uploaded.sent), blob))
    }

    fn put_manifest(&self, manifest: &Manifest, call: &mut Call<'_>) -> Result<()> {
        let name = self
            .image
            .without_tag()
            .with_digest(manifest.digest().clone());
        self.registry
            .put_manifest(&name, manifest.media_type(), manifest.bytes(), call)
            .map(drop)
    }

    fn finish(&self, top: &Manifest, call: &mut Call<'_>) -> Result<()> {
        let name = match self.image.digest() {
            Some(_) => self.image.clone(),
            None => self.image.with_tag(self.image.tag_or_latest())?,
        };
        self.registry
            .put_manifest(&name, top.media_type(), top.bytes(), call)
            .map(drop)
    }
}
