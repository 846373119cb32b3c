//! An image in a registry, to be written.

use super::sink::{Came, NewBlob, Sink};
use super::spool::Spool;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::Result;
use crate::oci::{Descriptor, Manifest};
use crate::reference::Reference;
use crate::registry::{BlobSource, ReadSeek, Registry, UploadOptions, UploadWay};

pub(super) struct ToRegistry {
    registry: Registry,
    image: Reference,
    /// A repository of the same registry that has the blobs.
    mount_from: Option<String>,
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
        }
    }

    fn put(
        &self,
        digest: &Digest,
        source: BlobSource<'_>,
        mount_from: Option<String>,
        call: &mut Call<'_>,
    ) -> Result<Came> {
        let options = UploadOptions {
            digest: Some(digest.clone()),
            mount_from,
            ..UploadOptions::default()
        };
        let uploaded = self
            .registry
            .put_blob(&self.image, source, &options, call)?;
        Ok(match uploaded.way {
            UploadWay::Existed | UploadWay::Mounted => Came::Existed,
            UploadWay::Whole | UploadWay::Chunks => Came::Copied(uploaded.sent),
        })
    }
}

impl Sink for ToRegistry {
    fn put_blob(
        &self,
        blob: &Descriptor,
        source: &mut (dyn ReadSeek + Send),
        call: &mut Call<'_>,
    ) -> Result<Came> {
        let source = BlobSource::Seekable(source);
        self.put(&blob.digest, source, self.mount_from.clone(), call)
    }

    fn begin_blob<'s>(&'s self, call: &Call<'_>) -> Result<Box<dyn NewBlob + 's>> {
        Ok(Box::new(Spooled {
            sink: self,
            spool: Spool::new(call)?,
        }))
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

/// A new blob, which is kept first: a registry wants to know the digest, and may have it.
struct Spooled<'s> {
    sink: &'s ToRegistry,
    spool: Spool,
}

impl NewBlob for Spooled<'_> {
    fn write(&mut self, bytes: &[u8], call: &Call<'_>) -> Result<()> {
        self.spool.write(bytes, call)
    }

    fn finish(self: Box<Self>, digest: &Digest, _size: u64, call: &mut Call<'_>) -> Result<Came> {
        let mut file = self.spool.read(call)?;
        self.sink
            .put(digest, BlobSource::Seekable(&mut file), None, call)
    }
}
