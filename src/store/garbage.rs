//! The blobs of a layout that nothing refers to.

use std::collections::HashSet;
use std::fs::{self, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::failure::Place;
use super::layout_files::{BLOBS_FOLDER, INDEX_FILE};
use super::layout_writer::LayoutWriter;
use super::oci_layout::OciLayout;
use super::part::is_part;
use super::pulse::Pulse;
use super::walk::Walk;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::Result;
use crate::oci::ManifestContent;

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Collected {
    /// Whole blobs, and parts that killed runs left.
    pub(crate) files: u64,
    /// Their sizes together.
    pub(crate) bytes: u64,
}

impl LayoutWriter {
    /// Removes the blobs that nothing refers to, and what killed runs left. What somebody else put among the blobs stays.
    ///
    /// Fails, and removes nothing, with [`Conflict`](crate::ErrorKind::Conflict) while somebody writes to the layout, as
    /// new blobs have no names yet, and with [`Unsupported`](crate::ErrorKind::Unsupported) when it has a manifest of a
    /// kind that does not say what it needs.
    pub(crate) fn collect(self, call: &mut Call<'_>) -> Result<Collected> {
        let busy = |call: &Call<'_>| {
            let what = "somebody writes to the layout, and new blobs have no names yet";
            self.place.busy(what, call)
        };
        // Blobs of this writer that are not finished hold it, too.
        if Arc::strong_count(&self.blobs) > 1 {
            return Err(busy(call));
        }
        match self.blobs.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy(call)),
            Err(TryLockError::Error(source)) => {
                return Err(self.place.io("locking the blobs", source, call));
            }
        }
        let needed = needed(&self, call)?;
        let mut collected = Collected::default();
        for algorithm in Digest::algorithms() {
            if self
                .folder
                .path(&format!("{BLOBS_FOLDER}/{algorithm}"))
                .is_dir()
            {
                let folder = self.blobs_of(algorithm, call)?;
                collected.sweep(&folder, algorithm, &needed, &self.place, call)?;
            }
        }
        let _locked = self.lock_index(call)?;
        let part = self.folder.path(&format!("{INDEX_FILE}.part"));
        if part.is_file() {
            collected.remove(&part, &self.place, call)?;
        }
        Ok(collected)
    }
}

/// All that the entries of `index.json` refer to, and what those do, and so on.
fn needed(writer: &LayoutWriter, call: &mut Call<'_>) -> Result<HashSet<Digest>> {
    let place = &writer.place;
    let Some(layout) = OciLayout::within(&writer.files, place, call)? else {
        return Err(place.broken("it is no layout any more", call));
    };
    let mut needed = HashSet::new();
    let (mut walk, mut pulse) = (Walk::of(&layout.index().manifests), Pulse::new());
    while let Some(listed) = walk.next() {
        pulse.beat(call)?;
        needed.insert(listed.descriptor.digest.clone());
        let Some(manifest) = layout.manifest_if_there(&listed.descriptor, call)? else {
            continue;
        };
        let listing = match manifest.content() {
            ManifestContent::Index(index) => walk.descend(&listed, &index.manifests),
            ManifestContent::Image(image) => {
                let blobs = image.layers.iter().chain([&image.config]);
                needed.extend(blobs.map(|blob| blob.digest.clone()));
                Ok(())
            }
            ManifestContent::Other => {
                let (digest, media_type) = (manifest.digest(), manifest.media_type());
                let what = format!(
                    "{digest} is {media_type:?}, which does not say what it needs, and so nothing is removed"
                );
                return Err(place.unsupported(what, call));
            }
        };
        let descended = listing.and_then(|()| walk.descend(&listed, manifest.subject()));
        descended.map_err(|what| place.broken(what, call))?;
    }
    Ok(needed)
}

impl Collected {
    fn sweep(
        &mut self,
        folder: &Path,
        algorithm: &str,
        needed: &HashSet<Digest>,
        place: &Place,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let mut pulse = Pulse::new();
        for name in names(folder, place, call)? {
            pulse.beat(call)?;
            let blob = Digest::read(&format!("{algorithm}:{name}"));
            let is_garbage = match blob {
                Ok(digest) => !needed.contains(&digest),
                Err(_) => is_part(&name),
            };
            if is_garbage {
                self.remove(&folder.join(&name), place, call)?;
            }
        }
        Ok(())
    }

    fn remove(&mut self, path: &Path, place: &Place, call: &Call<'_>) -> Result<()> {
        let size = fs::symlink_metadata(path).map(|file| file.len());
        let removed = size.and_then(|size| fs::remove_file(path).map(|()| size));
        self.bytes += removed
            .map_err(|source| place.io(format!("removing {}", path.display()), source, call))?;
        self.files += 1;
        Ok(())
    }
}

/// The names of files in a folder; one that is not UTF-8 is none of ours.
fn names(folder: &Path, place: &Place, call: &Call<'_>) -> Result<Vec<String>> {
    let read = || -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if !entry.file_type()?.is_dir()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        Ok(names)
    };
    read().map_err(|source| place.io(format!("listing {}", folder.display()), source, call))
}

#[cfg(test)]
mod tests;
