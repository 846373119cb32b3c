//! Files in the folders of blobs that are to become blobs, and their names.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, TryLockError};
use std::hash::{BuildHasher, Hasher as _};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::folder::{RACES, is_still, remove};
use super::layout_writer::LayoutWriter;
use crate::call::Call;
use crate::digest::{Digest, Mismatch};
use crate::error::{Context, Error, Result};

/// A file that is to become a blob.
pub(super) struct Part {
    pub(super) file: File,
    pub(super) context: Box<Context>,
    /// Whether it stays when it does not become one.
    pub(super) stays: bool,
    path: PathBuf,
    has_failed: bool,
    /// While it is there, nobody collects garbage.
    _blobs: Arc<File>,
}

impl Part {
    pub(super) fn new(file: File, path: PathBuf, writer: &LayoutWriter, call: &Call<'_>) -> Part {
        Part {
            file,
            context: writer.place.context(call),
            stays: false,
            path,
            has_failed: false,
            _blobs: Arc::clone(&writer.blobs),
        }
    }

    /// Makes one that only its writer knows.
    pub(super) fn create(
        folder: &Path,
        name: impl Fn() -> String,
        writer: &LayoutWriter,
        call: &Call<'_>,
    ) -> Result<Part> {
        let created = create_locked(folder, name).map_err(|source| {
            let action = format!("making a file in {}", folder.display());
            writer.place.io(action, source, call)
        })?;
        let (path, file) = created;
        Ok(Part::new(file, path, writer, call))
    }

    pub(super) fn write(&mut self, piece: &[u8]) -> Result<()> {
        let written = self.file.write_all(piece);
        self.has_failed = written.is_err();
        written.map_err(|source| self.failed("writing", source))
    }

    pub(super) fn clear(&mut self) -> Result<()> {
        let cleared = self.file.set_len(0).and_then(|()| self.file.rewind());
        cleared.map_err(|source| self.failed("clearing", source))
    }

    /// Its content is not what was promised.
    pub(super) fn spoilt(&mut self, mismatch: Mismatch) -> Error {
        self.has_failed = true;
        self.stays = false;
        mismatch.at(self.context.clone())
    }

    /// Fails after a failure: what is in the file is not what was counted and hashed.
    pub(super) fn check_state(&self) -> Result<()> {
        match self.has_failed {
            false => Ok(()),
            true => Err(Error::InvalidState(
                "writing this blob has failed before: begin it again".into(),
            )),
        }
    }

    /// Gives it the name of a blob.
    pub(super) fn name(&mut self, blob: &Path) -> Result<()> {
        fs::rename(&self.path, blob).map_err(|source| self.failed("naming", source))?;
        self.stays = true;
        Ok(())
    }

    pub(super) fn failed(&self, action: &str, source: io::Error) -> Error {
        Error::Io {
            context: self.context.clone(),
            action: format!("{action} {}", self.path.display()),
            source,
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.stays
            && let Err(error) = remove(&self.path)
        {
            log::warn!("{} stays behind: {error}", self.path.display());
        }
    }
}

/// Makes a file and locks it, so that nobody takes it for one that a killed process left.
fn create_locked(folder: &Path, name: impl Fn() -> String) -> io::Result<(PathBuf, File)> {
    for _ in 0..RACES {
        let path = folder.join(name());
        let file = File::create_new(&path)?;
        if is_free(&file)? && is_still(&path, &file)? {
            return Ok((path, file));
        }
    }
    Err(io::Error::other("new files are removed again and again"))
}

/// Removes what killed processes left and nobody can go on with.
pub(super) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_lost = entry.file_name().to_str().is_some_and(is_known_to_one_only);
        if !is_lost || !entry.file_type()?.is_file() {
            continue;
        }
        let path = entry.path();
        match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            file => {
                let file = file?;
                if is_free(&file)? && is_still(&path, &file)? {
                    remove(&path)?;
                }
            }
        }
    }
    Ok(())
}

/// Whether nobody else has it locked; then it is locked now.
fn is_free(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The part of a blob that a later run goes on with.
pub(super) fn shared_name(blob: &Digest) -> String {
    format!("{}.part", blob.hex())
}

/// A part of the same blob that only its writer knows.
pub(super) fn alone_name(blob: &Digest) -> String {
    format!("{}.{}.part", blob.hex(), random())
}

/// The part of a blob whose digest is not known.
pub(super) fn new_name() -> String {
    format!("new-{}.part", random())
}

/// Each state has its own random keys.
fn random() -> String {
    let number = RandomState::new().build_hasher().finish();
    format!("{number:016x}")
}

/// Whether a file has one of these names.
pub(super) fn is_part(name: &str) -> bool {
    let is_hex = |text: &str, lengths: &[usize]| {
        let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        lengths.contains(&text.len()) && text.bytes().all(is_digit)
    };
    let Some(name) = name.strip_suffix(".part") else {
        return false;
    };
    match (name.strip_prefix("new-"), name.split_once('.')) {
        (Some(random), _) => is_hex(random, &[16]),
        (None, Some((blob, random))) => is_hex(blob, &[64, 96, 128]) && is_hex(random, &[16]),
        (None, None) => is_hex(name, &[64, 96, 128]),
    }
}

/// Whether a file has one of these names, but for the one that a later run knows.
fn is_known_to_one_only(name: &str) -> bool {
    is_part(name) && (name.starts_with("new-") || name.matches('.').count() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_parts_are_known_as_such() {
        let blob = Digest::sha256(b"");
        for name in [shared_name(&blob), alone_name(&blob), new_name()] {
            assert!(is_part(&name), "{name}");
        }
        assert_ne!(new_name(), new_name());
        assert!(
            [alone_name(&blob), new_name()]
                .iter()
                .all(|name| is_known_to_one_only(name))
        );
        assert!(!is_known_to_one_only(&shared_name(&blob)));
        for name in [blob.hex(), "new-1.part", "x.part", ".part", "a.b.part"] {
            assert!(!is_part(name), "{name}");
        }
    }
}
