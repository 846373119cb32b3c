//! A file that appears when it is whole.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::{Context, Error, Result};

/// Has the file `path` written by `write`. It appears when `write` is done, and replaces one that was there; until
/// then its name ends in `.part`, and a file of that name, which a killed program leaves, is written over. When `write`
/// fails, nothing of it is left.
pub(crate) fn write_whole<T>(
    path: &Path,
    context: &Context,
    write: impl FnOnce(&mut File) -> Result<T>,
) -> Result<T> {
    let failed = |action: &str, source| Error::Io {
        context: Box::new(context.clone()),
        action: format!("{action} {}", path.display()),
        source,
    };
    let part = part_name(path);
    let mut file = File::create(&part).map_err(|source| failed("creating", source))?;
    let written = write(&mut file).and_then(|result| {
        fs::rename(&part, path).map_err(|source| failed("naming", source))?;
        Ok(result)
    });
    if written.is_err()
        && let Err(error) = fs::remove_file(&part)
    {
        log::warn!("{} stays behind: {error}", part.display());
    }
    written
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
