//! An OCI image layout in a folder that is written.
//!
//! | file | what it is |
//! | --- | --- |
//! | `oci-layout` | as everywhere; whoever changes `index.json` has it locked meanwhile |
//! | `index.json` | as everywhere; replaced as a whole, by way of `index.json.part` |
//! | `blobs` | as everywhere; its writers have it locked together, who removes garbage has it alone |
//! | `blobs/<algorithm>/<hex>` | a whole blob; nothing else has such a name |
//! | `blobs/<algorithm>/<hex>.part` | the beginning of one, locked while it is written; who comes later goes on with it |
//! | `blobs/<algorithm>/<hex>.<16 digits>.part` | the same of a second writer at the same time, for itself alone |
//! | `blobs/sha256/new-<16 digits>.part` | one whose digest is not known yet |
//!
//! What a killed process leaves are parts, and no name leads to them; those that nobody can go on with are removed by who
//! writes next. Locks are those of `flock`, which the system frees.
//! Nothing is forced to the disk: after a failure of the power, a blob may have its name and other bytes.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::failure::Place;
use super::files::{Files, document};
use super::folder::{self, Folder};
use super::index_file::IndexFile;
use super::layout_files::{
    BLOBS_FOLDER, INDEX_FILE, LAYOUT, LAYOUT_FILE, MAX_LAYOUT, blob_path, check_version,
};
use super::lock;
use super::new_blob::NewBlob;
use super::part;
use super::partial_blob::PartialBlob;
use super::section::Section;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::Result;
use crate::oci::Descriptor;
use crate::part_file;

/// An OCI image layout in a folder, to which blobs and names are added. Many threads and processes may do so at once.
#[derive(Debug)]
pub(crate) struct LayoutWriter {
    pub(super) folder: Folder,
    pub(super) files: Arc<Files>,
    pub(super) place: Place,
    /// The folder of the blobs, locked, so that nobody takes new ones for garbage.
    pub(super) blobs: Arc<File>,
}

impl LayoutWriter {
    /// Fails when `path` is there and holds something else than a layout; makes nothing.
    pub(crate) fn check(path: &Path, call: &Call<'_>) -> Result<()> {
        let place = Place::path(path);
        match Folder::open(path) {
            Ok(folder) => check_use(&folder, &place, call),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(place.io("opening the folder", source, call)),
        }
    }

    /// Makes a layout in `path`, which is made, is empty, or has one already.
    ///
    /// Fails when the folder holds something else, and when its layout is of an unknown version.
    pub(crate) fn open(path: &Path, call: &mut Call<'_>) -> Result<LayoutWriter> {
        let place = Place::path(path);
        let failed = |source, call: &Call<'_>| place.io("making the layout", source, call);
        let folder = fs::create_dir_all(path)
            .and_then(|()| Folder::open(path))
            .map_err(|source| failed(source, call))?;
        check_use(&folder, &place, call)?;
        let layout = lock_index(&folder, &place, call)?;
        write_version(layout, &place, call)?;
        // The lock lasts until here: who waited for it sees a whole layout.
        let blobs = folder
            .make_folder(BLOBS_FOLDER)
            .and_then(File::open)
            .map_err(|source| failed(source, call))?;
        lock::shared(&blobs, &place, call)?;
        let writer = LayoutWriter {
            files: Arc::new(Files::Folder(folder.clone())),
            folder,
            place,
            blobs: Arc::new(blobs),
        };
        writer.make_index(call)?;
        writer.sweep(call)?;
        Ok(writer)
    }

    /// Whether the blob is there, in this size. Its bytes are not looked at.
    pub(crate) fn has_blob(&self, digest: &Digest, size: u64, call: &Call<'_>) -> Result<bool> {
        let blob = self.blob(digest, call)?;
        Ok(blob.is_some_and(|blob| blob.size() == size))
    }

    fn blob(&self, digest: &Digest, call: &Call<'_>) -> Result<Option<Section>> {
        self.files.open(&blob_path(digest), &self.place, call)
    }

    /// Begins a blob, or goes on with one that a killed or failed run left: [`PartialBlob::offset`] says from where, and
    /// what is there has been read for that, which the call can stop.
    pub(crate) fn begin_blob(
        &self,
        descriptor: &Descriptor,
        call: &mut Call<'_>,
    ) -> Result<PartialBlob> {
        PartialBlob::begin(self, descriptor, call)
    }

    /// Begins a blob whose digest is known when it is whole.
    pub(crate) fn begin_new_blob(&self, call: &Call<'_>) -> Result<NewBlob> {
        NewBlob::begin(self, call)
    }

    /// Writes a whole document, such as a manifest.
    ///
    /// Fails with [`DigestMismatch`](crate::ErrorKind::DigestMismatch) when it does not have the digest.
    pub(crate) fn put_document(
        &self,
        digest: &Digest,
        bytes: &[u8],
        call: &mut Call<'_>,
    ) -> Result<()> {
        let size = bytes.len() as u64;
        if let Some(blob) = self.blob(digest, call)?
            && blob.size() == size
            && document(&blob, digest.as_str(), size, &self.place, call)? == bytes
        {
            return Ok(());
        }
        let mut blob = PartialBlob::begin_alone(self, digest, size, call)?;
        blob.write_piece(bytes)?;
        blob.finish()
    }

    /// The folder of the blobs whose digests are of this algorithm.
    pub(super) fn blobs_of(&self, algorithm: &str, call: &Call<'_>) -> Result<PathBuf> {
        self.folder
            .make_folder(&format!("{BLOBS_FOLDER}/{algorithm}"))
            .map_err(|source| self.place.io("making a folder for blobs", source, call))
    }

    /// Removes what killed processes left and nobody can go on with.
    fn sweep(&self, call: &Call<'_>) -> Result<()> {
        for algorithm in Digest::algorithms() {
            if self
                .folder
                .path(&format!("{BLOBS_FOLDER}/{algorithm}"))
                .is_dir()
            {
                let folder = self.blobs_of(algorithm, call)?;
                part::sweep(&folder)
                    .map_err(|source| self.place.io("removing what was left", source, call))?;
            }
        }
        Ok(())
    }

    /// Keeps everybody else from changing `index.json` until it is dropped.
    pub(super) fn lock_index(&self, call: &mut Call<'_>) -> Result<File> {
        lock_index(&self.folder, &self.place, call)
    }

    /// Replaces `index.json`, which the caller has locked.
    pub(super) fn write_index(&self, text: &str, call: &Call<'_>) -> Result<()> {
        let failed = |source| self.place.io(format!("writing {INDEX_FILE}"), source, call);
        // A killed process left it, or somebody else a link.
        folder::remove(&self.folder.path(&format!("{INDEX_FILE}.part"))).map_err(failed)?;
        let (path, context) = (self.folder.path(INDEX_FILE), self.place.context(call));
        part_file::write_whole(&path, &context, |file| {
            file.write_all(text.as_bytes()).map_err(failed)
        })
    }

    fn make_index(&self, call: &mut Call<'_>) -> Result<()> {
        let _locked = self.lock_index(call)?;
        match self.folder.path(INDEX_FILE).try_exists() {
            Ok(true) => Ok(()),
            Ok(false) => self.write_index(&IndexFile::empty(), call),
            Err(source) => Err(self
                .place
                .io(format!("looking for {INDEX_FILE}"), source, call)),
        }
    }
}

/// A folder with other things in it was named by mistake.
fn check_use(folder: &Folder, place: &Place, call: &Call<'_>) -> Result<()> {
    let failed = |source| place.io("looking into the folder", source, call);
    let has_layout = folder.path(LAYOUT_FILE).try_exists().map_err(failed)?;
    let mut entries = fs::read_dir(folder.path("")).map_err(failed)?;
    match entries.next() {
        Some(_) if !has_layout => {
            let what =
                format!("the folder is not empty, and no OCI layout: it has no {LAYOUT_FILE}");
            Err(place.unfit(what, call))
        }
        _ => Ok(()),
    }
}

fn lock_index(folder: &Folder, place: &Place, call: &mut Call<'_>) -> Result<File> {
    let path = folder.path(LAYOUT_FILE);
    let failed = |source, call: &Call<'_>| place.io(format!("opening {LAYOUT_FILE}"), source, call);
    for _ in 0..folder::RACES {
        let file = folder::open_own(&path).map_err(|source| failed(source, call))?;
        lock::alone(&file, place, call)?;
        // Somebody may have replaced it while we waited for the old one.
        if folder::is_still(&path, &file).map_err(|source| failed(source, call))? {
            return Ok(file);
        }
    }
    Err(place.busy(format!("{LAYOUT_FILE} is replaced again and again"), call))
}

/// Writes the version of a new layout, or checks that of an old one. A killed process may have left the file empty.
fn write_version(mut file: File, place: &Place, call: &mut Call<'_>) -> Result<()> {
    let mut layout = Vec::new();
    let done = (&mut file)
        .take(MAX_LAYOUT)
        .read_to_end(&mut layout)
        .and_then(|read| match read {
            0 => file.write_all(LAYOUT.as_bytes()),
            _ => Ok(()),
        });
    done.map_err(|source| place.io(format!("writing {LAYOUT_FILE}"), source, call))?;
    match &layout[..] {
        [] => Ok(()),
        layout => check_version(layout, place, call),
    }
}

#[cfg(test)]
mod killed;
#[cfg(test)]
mod tests;
