//! A folder whose files are opened only where they really lie in it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::section::Section;
use super::tar_index::Found;
pub(super) use crate::part_file::{RACES, is_still};

/// A folder, by its real path. Symbolic links in it may lead to other places of it and nowhere else.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn open(path: &Path) -> io::Result<Folder> {
        let root = fs::canonicalize(path)?;
        match root.is_dir() {
            true => Ok(Folder { root }),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// What is under `name`, which is one of ours and leads nowhere by itself.
    pub(super) fn find(&self, name: &str) -> io::Result<Found> {
        let real = match fs::canonicalize(self.path(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            real => real?,
        };
        if !real.starts_with(&self.root) {
            let what = format!(
                "{name:?} is a link that leads out of the folder, to {}",
                real.display()
            );
            return Ok(Found::Other(what));
        }
        // Asked before it is opened, because opening a pipe waits for its other end.
        let seen = fs::metadata(&real)?;
        if !seen.is_file() {
            return Ok(Found::Other(format!("{name:?} is not a regular file")));
        }
        let file = File::open(&real)?;
        if !is_same(&seen, &file.metadata()?) {
            return Ok(Found::Other(format!(
                "{name:?} became another file while it was opened"
            )));
        }
        Section::whole(file).map(Found::File)
    }

    /// Makes a folder in this one, unless it is there.
    ///
    /// Fails when it is a link that leads out of this one.
    pub(super) fn make_folder(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path(name);
        match fs::create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        let real = fs::canonicalize(&path)?;
        match real.is_dir() && real.starts_with(&self.root) {
            true => Ok(real),
            false => Err(not_ours(&path)),
        }
    }
}

/// Opens a file to read and write it, and makes it when it is not there. Never one behind a link, which would be written
/// to elsewhere.
pub(super) fn open_own(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true);
    // Another process may make or rename it between two steps.
    for _ in 0..RACES {
        let opened = match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                options.clone().create_new(true).open(path)
            }
            Ok(seen) if !seen.is_file() => return Err(not_ours(path)),
            Ok(seen) => {
                options
                    .open(path)
                    .and_then(|file| match is_same(&seen, &file.metadata()?) {
                        true => Ok(file),
                        false => Err(io::ErrorKind::NotFound.into()),
                    })
            }
            Err(error) => return Err(error),
        };
        match opened.as_ref().map_err(io::Error::kind) {
            Err(io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists) => {}
            _ => return opened,
        }
    }
    Err(not_ours(path))
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn not_ours(path: &Path) -> io::Error {
    let what = format!("{} is not what belongs there", path.display());
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

/// Whether both are about one file, and not about two that had the same name.
pub(super) fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::environment::testing;

    // case 38
    #[test]
    fn what_does_not_really_lie_in_the_folder_is_not_opened() {
        let outer = testing::Folder::new("folder");
        outer.write("secret", "outside");
        outer.write("layout/blobs/one", "inside");
        let root = outer.path().join("layout");
        symlink("../../secret", root.join("blobs/out")).expect("a link");
        symlink("/etc/passwd", root.join("blobs/absolute")).expect("a link");
        symlink("one", root.join("blobs/in")).expect("a link");
        symlink("blobs/none", root.join("dangling")).expect("a link");
        symlink("circle", root.join("circle")).expect("a link");
        symlink("..", root.join("up")).expect("a link");
        let _socket = UnixListener::bind(root.join("socket")).expect("a socket");

        let folder = Folder::open(&root).expect("a folder");
        for (name, reason) in [
            ("blobs/out", "leads out of the folder"),
            ("blobs/absolute", "leads out of the folder"),
            ("up/secret", "leads out of the folder"),
            ("blobs", "not a regular file"),
            ("socket", "not a regular file"),
        ] {
            match folder.find(name).expect("looked at") {
                Found::Other(what) => assert!(what.contains(reason), "{what}"),
                found => panic!("{name}: {found:?}"),
            }
        }
        for name in ["blobs/one", "blobs/in"] {
            let Found::File(section) = folder.find(name).expect("looked at") else {
                panic!("{name}");
            };
            assert_eq!(section.beginning(99).expect("read"), b"inside");
        }
        for name in ["none", "no/folder", "dangling"] {
            assert!(matches!(folder.find(name), Ok(Found::Nothing)), "{name}");
        }
        folder.find("circle").expect_err("a circle");
        Folder::open(&root.join("blobs/one")).expect_err("a file is no folder");
    }
}
