//! skopeo, an independent judge of registries, layouts and archives.

use std::process::{Command, Output};

use super::program::installed;
use super::unique::TempDir;

/// Runs skopeo without anybody's logins. A plain registry needs `--tls-verify=false` among the arguments.
#[track_caller]
pub fn skopeo(arguments: &[&str]) -> Output {
    let home = TempDir::new("skopeo");
    Command::new(installed("skopeo", "skopeo"))
        .env_clear()
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .env("TMPDIR", home.path())
        .arg("--insecure-policy")
        .args(arguments)
        .output()
        .expect("run skopeo")
}
