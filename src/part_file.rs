//! A file that appears when it is whole.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Context, Error, ErrorKind, Result};

/// A step that others spoil so often is spoilt on purpose.
pub(crate) const RACES: usize = 100;

/// Has the file `path` written by `write`, as a [`PartFile`].
pub(crate) fn write_whole<T>(
    path: &Path,
    context: &Context,
    write: impl FnOnce(&mut File) -> Result<T>,
) -> Result<T> {
    let mut part = PartFile::begin(path, context)?;
    let result = write(&mut part.file)?;
    part.name(context)?;
    Ok(result)
}

/// A file that is being written, and replaces one that was there when it is whole. Until then its name ends in `.part`;
/// a file of that name, which a killed program leaves, is written over. Dropped before it has its name, nothing of it is
/// left.
pub(crate) struct PartFile {
    /// Locked, so that nobody else writes the same.
    file: File,
    path: PathBuf,
    part: PathBuf,
    is_named: bool,
}

impl PartFile {
    /// Fails with [`Conflict`](ErrorKind::Conflict) while another program, or thread, writes the same file.
    pub(crate) fn begin(path: &Path, context: &Context) -> Result<PartFile> {
        let part = part_name(path);
        let claimed = claim(&part).map_err(|source| Error::Io {
            context: Box::new(context.clone()),
            action: format!("creating {}", path.display()),
            source,
        })?;
        let file = claimed.ok_or_else(|| Error::Archive {
            context: Box::new(context.clone()),
            kind: ErrorKind::Conflict,
            what: format!("somebody else is writing {}", path.display()),
        })?;
        Ok(PartFile {
            file,
            path: path.to_owned(),
            part,
            is_named: false,
        })
    }

    /// What is to be written to.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// It is whole.
    pub(crate) fn name(mut self, context: &Context) -> Result<()> {
        fs::rename(&self.part, &self.path).map_err(|source| Error::Io {
            context: Box::new(context.clone()),
            action: format!("naming {}", self.path.display()),
            source,
        })?;
        self.is_named = true;
        Ok(())
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.is_named
            && let Err(error) = fs::remove_file(&self.part)
        {
            log::warn!("{} stays behind: {error}", self.part.display());
        }
    }
}

/// Opens a part, empty and locked; nothing when somebody else has it.
fn claim(part: &Path) -> io::Result<Option<File>> {
    let mut options = File::options();
    options.write(true).read(true).create(true).truncate(false);
    for _ in 0..RACES {
        let file = options.open(part)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Whoever had the lock before may have given the file its name, or removed it.
        if is_still(part, &file)? {
            file.set_len(0)?;
            return Ok(Some(file));
        }
    }
    Err(io::Error::other("it is replaced again and again"))
}

/// Whether `path` still is what was opened as `file`.
pub(crate) fn is_still(path: &Path, file: &File) -> io::Result<bool> {
    let own = file.metadata()?;
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        found => found.map(|found| (found.dev(), found.ino()) == (own.dev(), own.ino())),
    }
}

fn part_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::{env, process};

    use super::*;
    use crate::error::ErrorKind;

    /// A folder that is removed in the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(purpose: &str) -> Folder {
            let name = format!("imgferry-part-file-{purpose}-{}", process::id());
            let path = env::temp_dir().join(name);
            fs::create_dir(&path).expect("a folder");
            Folder(path)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).expect("the folder");
            let names = entries.map(|entry| entry.expect("an entry").file_name());
            names
                .map(|name| name.into_string().expect("UTF-8"))
                .collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).expect("removed");
        }
    }

    #[test]
    fn a_file_replaces_another_one_when_it_is_whole_and_not_before() {
        let folder = Folder::new("whole");
        let path = folder.0.join("file");
        fs::write(&path, "old").expect("a file");
        fs::write(folder.0.join("file.part"), "left by a killed program").expect("a file");
        let length = write_whole(&path, &Context::default(), |file| {
            file.write_all(b"new").expect("written");
            assert_eq!(fs::read(&path).expect("the old file"), b"old");
            Ok(3)
        });
        assert_eq!(length.expect("whole"), 3);
        assert_eq!(fs::read(&path).expect("the new file"), b"new");
        assert_eq!(folder.names(), ["file"]);
    }

    #[test]
    fn nobody_writes_into_the_part_of_another() {
        let folder = Folder::new("both");
        let (path, context) = (folder.0.join("file"), Context::default());
        let part = PartFile::begin(&path, &context).expect("begun");
        part.file().write_all(b"first").expect("written");
        let error = PartFile::begin(&path, &context).err().expect("refused");
        assert_eq!(error.kind(), ErrorKind::Conflict);
        part.name(&context).expect("named");
        drop(PartFile::begin(&path, &context).expect("begun"));
        assert_eq!(fs::read(&path).expect("the file"), b"first");
        assert_eq!(folder.names(), ["file"]);
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_no_part() {
        let folder = Folder::new("failure");
        let path = folder.0.join("file");
        fs::write(&path, "old").expect("a file");
        let error = write_whole::<()>(&path, &Context::default(), |file| {
            file.write_all(b"ne").expect("written");
            Err(Error::InvalidState("stopped".into()))
        });
        let error = error.expect_err("it failed");
        assert_eq!(error.kind(), ErrorKind::InvalidState);
        assert_eq!(fs::read(&path).expect("the old file"), b"old");
        assert_eq!(folder.names(), ["file"]);

        let nowhere = folder.0.join("no").join("file");
        let error = write_whole(&nowhere, &Context::default(), |_| Ok(()));
        let error = error.expect_err("there is no such folder");
        assert_eq!(error.kind(), ErrorKind::Io);
    }
}
