//! A file system that is soon full.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::expect_success;
use super::unique::TempDir;

/// A folder with little room, until this value is dropped. The test must run as root.
#[derive(Debug)]
pub struct SmallDisk {
    path: PathBuf,
    /// Unless it belongs to somebody else.
    _folder: Option<TempDir>,
}

impl SmallDisk {
    #[track_caller]
    pub fn new(megabytes: u32) -> Self {
        let folder = TempDir::new("small-disk");
        mount(
            &["-t", "tmpfs", "-o", &size(megabytes), "tmpfs"],
            folder.path(),
        );
        Self {
            path: folder.path().to_owned(),
            _folder: Some(folder),
        }
    }

    /// In place of a folder, which is made if it is not there.
    #[track_caller]
    pub fn over(path: &Path, megabytes: u32) -> Self {
        fs::create_dir_all(path).expect("a folder");
        mount(&["-t", "tmpfs", "-o", &size(megabytes), "tmpfs"], path);
        Self {
            path: path.to_owned(),
            _folder: None,
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets nobody write to it from now on.
    #[track_caller]
    pub fn protect(&self) {
        mount(&["-o", "remount,ro"], &self.path);
    }
}

fn size(megabytes: u32) -> String {
    format!("size={megabytes}m")
}

#[track_caller]
fn mount(arguments: &[&str], path: &Path) {
    let mut mount = Command::new("mount");
    mount.args(arguments).arg(path);
    expect_success(&mount.output().expect("run mount"));
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A failure here would hide the one that ended the test.
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(&self.path)
            .output();
    }
}
