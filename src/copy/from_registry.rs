//! An image in a registry, to be read.

use std::io::{self, Read, Seek, SeekFrom};

use super::source::Source;
use crate::call::{Call, CallSettings};
use crate::digest::Digest;
use crate::error::Result;
use crate::oci::{Descriptor, ImageConfig, Manifest};
use crate::reference::Reference;
use crate::registry::{BlobOptions, BlobReader, ReadSeek, Registry};

pub(super) struct FromRegistry {
    registry: Registry,
    image: Reference,
}

impl FromRegistry {
    pub(super) fn new(registry: &Registry, image: &Reference) -> FromRegistry {
        FromRegistry {
            registry: registry.clone(),
            image: image.clone(),
        }
    }

    fn at(&self, digest: &Digest) -> Reference {
        self.image.without_tag().with_digest(digest.clone())
    }

    fn reader(&self, blob: &Descriptor, verifies: bool, call: &Call<'_>) -> RegistryBlob<'_> {
        RegistryBlob {
            registry: &self.registry,
            name: self.at(&blob.digest),
            size: blob.size,
            verifies,
            settings: call.settings(),
            position: 0,
            reader: None,
        }
    }
}

impl Source for FromRegistry {
    fn top(&self, call: &mut Call<'_>) -> Result<Manifest> {
        self.registry.get_manifest(&self.image, call)
    }

    fn manifest(&self, listed: &Descriptor, call: &mut Call<'_>) -> Result<Manifest> {
        self.registry.get_manifest(&self.at(&listed.digest), call)
    }

    fn blob<'s>(
        &'s self,
        blob: &Descriptor,
        call: &Call<'_>,
    ) -> Result<Box<dyn ReadSeek + Send + 's>> {
        Ok(Box::new(self.reader(blob, true, call)))
    }

    fn blob_to_check<'s>(
        &'s self,
        blob: &Descriptor,
        call: &Call<'_>,
    ) -> Result<Box<dyn ReadSeek + Send + 's>> {
        Ok(Box::new(self.reader(blob, false, call)))
    }

    fn config(&self, config: &Descriptor, call: &mut Call<'_>) -> Result<ImageConfig> {
        self.registry.read_config(self.image.path(), config, call)
    }

    fn referrers(&self, subject: &Digest, call: &mut Call<'_>) -> Result<Vec<Descriptor>> {
        self.registry.referrers(&self.at(subject), None, call)
    }

    fn repository(&self) -> Option<(&Registry, &str)> {
        Some((&self.registry, self.image.path()))
    }
}

/// A blob that is asked for when it is read, from where it is read.
struct RegistryBlob<'r> {
    registry: &'r Registry,
    name: Reference,
    size: u64,
    /// Whether the end of a whole blob is reported only when it is the right one.
    verifies: bool,
    settings: CallSettings,
    position: u64,
    /// Stands at `position`.
    reader: Option<BlobReader>,
}

impl Read for RegistryBlob<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size {
            // Reading on verifies a whole blob, and keeps the connection.
            return self
                .reader
                .as_mut()
                .map_or(Ok(0), |reader| reader.read(buffer));
        }
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => {
                let options = BlobOptions {
                    size: Some(self.size),
                    offset: self.position,
                    length: None,
                };
                let mut call = self.settings.call();
                let opened = self.registry.get_blob(&self.name, &options, &mut call);
                let opened = opened.map_err(io::Error::other)?;
                self.reader.insert(match self.verifies {
                    true => opened,
                    false => opened.unverified(),
                })
            }
        };
        let read = reader.read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for RegistryBlob<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        let position = position.ok_or(io::ErrorKind::InvalidInput)?;
        if position != self.position {
            self.position = position;
            self.reader = None;
        }
        Ok(position)
    }
}
