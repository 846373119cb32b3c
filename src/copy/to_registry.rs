//! An image in a registry, to be written.

use std::fs::File;
use std::io::Write;

use super::sink::{Came, NewBlob, Sink};
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::nameless_file::nameless_file;
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
            file: nameless_file(call)?,
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

/// A new blob in a file without a name: a registry wants to know the digest first, and may have it.
struct Spooled<'s> {
    sink: &'s ToRegistry,
    file: File,
}

impl NewBlob for Spooled<'_> {
    fn write(&mut self, bytes: &[u8], call: &Call<'_>) -> Result<()> {
        self.file.write_all(bytes).map_err(|source| Error::Io {
            context: call.context("", ""),
            action: "keeping a compressed layer in the folder of temporary files".into(),
            source,
        })
    }

    fn finish(
        mut self: Box<Self>,
        digest: &Digest,
        _size: u64,
        call: &mut Call<'_>,
    ) -> Result<Came> {
        let source = BlobSource::Seekable(&mut self.file);
        self.sink.put(digest, source, None, call)
    }
}
