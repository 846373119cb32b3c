//! A file system that is soon full.

use std::path::Path;
use std::process::Command;

use super::program::expect_success;
use super::unique::TempDir;

/// A folder with little room, until this value is dropped. The test must run as root.
#[derive(Debug)]
pub struct SmallDisk(TempDir);

impl SmallDisk {
    #[track_caller]
    pub fn new(megabytes: u32) -> Self {
        let folder = TempDir::new("small-disk");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"]);
        expect_success(&mount.arg(folder.path()).output().expect("run mount"));
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A failure here would hide the one that ended the test.
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .output();
    }
}
