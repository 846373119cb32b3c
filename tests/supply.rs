//! What of other people's code may be in the library: `deny.toml`, held against `Cargo.lock`.

mod support;

use std::path::Path;
use std::process::Command;

use support::{deep, expect_success, in_project};

/// Building cargo-deny takes minutes, so this runs with `tests/run --deep` only; it stays in the target folder. The
/// database of known weaknesses is not fetched: a test must not fail because somebody found one elsewhere.
#[test]
fn every_crate_has_a_licence_and_a_source_that_were_agreed_to_and_is_there_once() {
    if !deep() {
        println!("left out: cargo-deny is built and run by tests/run --deep");
        return;
    }
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cargo-deny");
    let mut install = Command::new(env!("CARGO"));
    install
        .args(["install", "cargo-deny", "--version", "0.20.2", "--locked"])
        .arg("--root")
        .arg(&root)
        .arg("--target-dir")
        .arg(root.join("target"));
    expect_success(&install.output().expect("run cargo"));
    let mut check = Command::new(root.join("bin/cargo-deny"));
    check
        .current_dir(in_project(""))
        .args(["--locked", "check", "bans", "licenses", "sources"]);
    expect_success(&check.output().expect("run cargo-deny"));
}
