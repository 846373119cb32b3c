//! The example programs, as users run them.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use super::program::expect_success;

/// Builds an example and says where it is.
#[track_caller]
pub fn example(name: &str) -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--profile", "test", "--example", name])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("run cargo");
    expect_success(&built);
    // A test runs as target/PROFILE/deps/TEST-HASH.
    let test = env::current_exe().expect("the path of this test");
    let profile = test
        .parent()
        .and_then(|deps| deps.parent())
        .expect("target/PROFILE");
    profile.join("examples").join(name)
}
