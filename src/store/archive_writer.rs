//! An archive of images that is written: an OCI image layout in a tar and, for Docker, a `docker save` archive in one.
//!
//! The same images are the same bytes, always. The order of the entries is fixed: `oci-layout`, the blobs in the order in
//! which they are given, each folder before its first blob, then `index.json` and, for Docker, `manifest.json`, and two
//! blocks of zeros. The documents are last because only then all digests are known when layers are compressed on their
//! way. Every engine and tool that was tried reads a stream of this order: they keep what comes until they know what it
//! is (measured: dockerd 20.10, dockerd 26.1 with both of its image stores, podman 4.3, skopeo 1.9).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Write};

use serde::Serialize;

use super::docker_archive::MANIFEST_FILE;
use super::failure::Place;
use super::layout_files::{BLOBS_FOLDER, INDEX_FILE, LAYOUT, LAYOUT_FILE, blob_path};
use super::tar_header::{self, END, filling};
use crate::call::Call;
use crate::digest::{Digest, Verifier};
use crate::error::{Context, Error, Result};
use crate::oci::{Descriptor, index_file, json};
use crate::reference::Reference;

/// Writes an archive, entry by entry, to any [`Write`], in one pass.
pub(crate) struct ArchiveWriter<W: Write> {
    pub(super) target: W,
    pub(super) context: Box<Context>,
    pub(super) blobs: BTreeMap<Digest, u64>,
    folders: BTreeSet<String>,
    /// Why nothing good can come of this archive any more.
    pub(super) has_failed: bool,
}

/// What `manifest.json` is to say of an image. All of it must be in the archive.
#[derive(Debug, Clone)]
pub(crate) struct DockerEntry {
    pub(crate) config: Digest,
    /// The layers, compressed or not, the lowest first. dockerd 20.10 reads none in zstd (measured).
    pub(crate) layers: Vec<Digest>,
    /// The names under which engines will have it, with `latest` where there is no tag; often none.
    pub(crate) names: Vec<Reference>,
}

impl<W: Write> ArchiveWriter<W> {
    /// Begins an archive in `target`, which errors call `name`.
    pub(crate) fn new(target: W, name: &str, call: &Call<'_>) -> Result<ArchiveWriter<W>> {
        let mut writer = ArchiveWriter {
            target,
            context: Place::named(name).context(call),
            blobs: BTreeMap::new(),
            folders: BTreeSet::new(),
            has_failed: false,
        };
        writer.file(LAYOUT_FILE, LAYOUT.as_bytes())?;
        Ok(writer)
    }

    /// Whether the archive has the blob. No blob is written twice.
    pub(crate) fn has_blob(&self, digest: &Digest) -> bool {
        self.blobs.contains_key(digest)
    }

    /// Begins a blob that the archive does not have. Its content is to be written to what is returned.
    pub(crate) fn begin_blob(&mut self, descriptor: &Descriptor) -> Result<BlobEntry<'_, W>> {
        let (digest, size) = (&descriptor.digest, descriptor.size);
        self.check_state()?;
        self.check_new(digest)?;
        self.make_folders(digest.algorithm())?;
        self.write(&tar_header::file(&blob_path(digest), size))?;
        // Until the content is whole, no other entry can follow.
        self.has_failed = true;
        Ok(BlobEntry {
            verifier: Verifier::new(digest.clone(), Some(size)),
            blob: (digest.clone(), size),
            writer: self,
        })
    }

    /// Writes a whole document, such as a manifest, unless the archive has it.
    ///
    /// Fails with [`DigestMismatch`](crate::ErrorKind::DigestMismatch) when it does not have the digest.
    pub(crate) fn put_document(&mut self, digest: &Digest, bytes: &[u8]) -> Result<()> {
        self.check_state()?;
        if self.has_blob(digest) {
            return Ok(());
        }
        let mut verifier = Verifier::new(digest.clone(), Some(bytes.len() as u64));
        verifier
            .take(bytes)
            .map_err(|mismatch| mismatch.at(self.context.clone()))?;
        self.make_folders(digest.algorithm())?;
        self.file(&blob_path(digest), bytes)?;
        self.blobs.insert(digest.clone(), bytes.len() as u64);
        Ok(())
    }

    /// Ends the archive: `index.json` with these entries, whose manifests must be there, and `manifest.json` when there
    /// is something to be said to Docker.
    pub(crate) fn finish(mut self, entries: &[Descriptor], docker: &[DockerEntry]) -> Result<W> {
        self.check_state()?;
        let manifests = entries.iter().map(|entry| &entry.digest);
        let blobs = docker
            .iter()
            .flat_map(|image| image.layers.iter().chain([&image.config]));
        if let Some(missing) = manifests.chain(blobs).find(|digest| !self.has_blob(digest)) {
            let what = format!("the archive was to end without {missing}, which it lists");
            return Err(Error::InvalidState(what));
        }
        self.file(INDEX_FILE, index_file(entries).as_bytes())?;
        if !docker.is_empty() {
            let images: Vec<_> = docker.iter().map(WrittenImage::of).collect();
            self.file(MANIFEST_FILE, json(&images).as_bytes())?;
        }
        self.write(&END)?;
        let flushed = self.target.flush();
        flushed.map_err(|source| self.cannot_write(source))?;
        Ok(self.target)
    }

    /// Fails when an entry was left in its middle.
    pub(super) fn check_state(&self) -> Result<()> {
        match self.has_failed {
            false => Ok(()),
            true => Err(Error::InvalidState(
                "writing this archive has failed before, or a blob of it was not finished".into(),
            )),
        }
    }

    fn check_new(&self, digest: &Digest) -> Result<()> {
        match self.has_blob(digest) {
            false => Ok(()),
            true => Err(Error::InvalidState(format!(
                "the archive has {digest} already"
            ))),
        }
    }

    /// Each folder has an entry, before the first that lies in it.
    pub(super) fn make_folders(&mut self, algorithm: &str) -> Result<()> {
        for name in [
            format!("{BLOBS_FOLDER}/"),
            format!("{BLOBS_FOLDER}/{algorithm}/"),
        ] {
            if !self.folders.contains(&name) {
                self.write(&tar_header::folder(&name))?;
                self.folders.insert(name);
            }
        }
        Ok(())
    }

    fn file(&mut self, name: &str, content: &[u8]) -> Result<()> {
        let size = content.len() as u64;
        self.write(&tar_header::file(name, size))?;
        self.write(content)?;
        self.fill(size)
    }

    /// Fills the last block of content of this size.
    pub(super) fn fill(&mut self, size: u64) -> Result<()> {
        self.write(&END[..filling(size)])
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.target.write_all(bytes);
        written.map_err(|source| {
            self.has_failed = true;
            self.cannot_write(source)
        })
    }

    pub(super) fn cannot_write(&self, source: io::Error) -> Error {
        Error::Io {
            context: self.context.clone(),
            action: "writing the archive".into(),
            source,
        }
    }
}

impl<W: Write> fmt::Debug for ArchiveWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveWriter")
            .field("blobs", &self.blobs.len())
            .finish_non_exhaustive()
    }
}

/// The content of a blob on its way into an archive. Dropped before it is finished, the archive cannot be finished
/// either.
pub(crate) struct BlobEntry<'w, W: Write> {
    writer: &'w mut ArchiveWriter<W>,
    verifier: Verifier,
    blob: (Digest, u64),
}

impl<W: Write> BlobEntry<'_, W> {
    /// Takes the next bytes.
    ///
    /// Fails with [`DigestMismatch`](crate::ErrorKind::DigestMismatch) when there are more than promised, or all are there
    /// and are others.
    pub(crate) fn write_piece(&mut self, piece: &[u8]) -> Result<()> {
        let taken = self.verifier.take(piece);
        taken.map_err(|mismatch| mismatch.at(self.writer.context.clone()))?;
        self.writer.write(piece)
    }

    /// Ends the blob.
    ///
    /// Fails with [`DigestMismatch`](crate::ErrorKind::DigestMismatch) when it is not whole.
    pub(crate) fn finish(self) -> Result<()> {
        let (digest, size) = self.blob;
        let whole = self.verifier.end();
        whole.map_err(|mismatch| mismatch.at(self.writer.context.clone()))?;
        self.writer.fill(size)?;
        self.writer.blobs.insert(digest, size);
        self.writer.has_failed = false;
        Ok(())
    }
}

impl<W: Write> fmt::Debug for BlobEntry<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobEntry")
            .field("blob", &self.blob)
            .finish_non_exhaustive()
    }
}

/// An image as `manifest.json` has it. Docker writes `null` where there is no name.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WrittenImage {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

impl WrittenImage {
    fn of(image: &DockerEntry) -> WrittenImage {
        let names = image.names.iter().map(|name| {
            let tag = name.tag_or_latest();
            format!("{}:{tag}", name.without_digest().without_tag().familiar())
        });
        WrittenImage {
            config: blob_path(&image.config),
            repo_tags: Some(names.collect()).filter(|names: &Vec<_>| !names.is_empty()),
            layers: image.layers.iter().map(blob_path).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
