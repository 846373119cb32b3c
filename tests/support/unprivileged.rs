//! Running as a user to whom file modes apply: they do not for root.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use super::unique::TempDir;

/// The user and the group `nobody` (`nogroup`) of every Linux distribution.
const NOBODY: u32 = 65534;

/// Runs a program as `nobody`, in no other group; `set_up` gives it arguments and environment. It is a copy that runs,
/// because the place of a test program is often closed to other users. The test must run as root.
#[track_caller]
pub fn run_as_nobody(program: &Path, set_up: impl FnOnce(&mut Command)) -> Output {
    let folder = TempDir::new("nobody");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))
        .expect("open the folder to all");
    let copy = folder.join(program.file_name().expect("the name of a program"));
    fs::copy(program, &copy).unwrap_or_else(|error| panic!("copy {}: {error}", program.display()));
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).expect("open the program to all");
    let mut command = Command::new(copy);
    command
        .current_dir(folder.path())
        .env("HOME", folder.path());
    set_up(&mut command);
    // Setting the user from root also empties the list of groups.
    command
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .expect("run as nobody; needs root")
}
