//! The shared library is as small as the manual in `src/lib.rs` says, with everything and with the least.
#![cfg(target_arch = "x86_64")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{
    Library, TempDir, declared_functions, deep, dynamic_symbols, expect_success, in_project,
    installed,
};

/// In bytes, without its names of functions.
const WITH_EVERYTHING: u64 = 4_850_000;
const WITHOUT_TLS_AND_ZSTD: u64 = 3_250_000;

fn stripped(library: &Path) -> u64 {
    let folder = TempDir::new("stripped");
    let small = folder.join("libimgferry.so");
    let mut strip = Command::new(installed("strip", "binutils"));
    strip
        .args(["--strip-unneeded", "-o"])
        .arg(&small)
        .arg(library);
    expect_success(&strip.output().expect("run strip"));
    let size = fs::metadata(small).expect("a library").len();
    println!("{size} bytes");
    size
}

#[test]
fn the_shared_library_is_as_small_as_the_manual_says() {
    let size = stripped(&Library::Shared.file());
    assert!(size <= WITH_EVERYTHING, "{size} bytes");
}

/// It takes a build of its own, so this runs with `tests/run --deep` only.
#[test]
fn without_tls_and_zstd_it_is_a_third_smaller_and_has_the_same_functions() {
    if !deep() {
        println!("left out: the smallest build is tested by tests/run --deep");
        return;
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("smallest");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(in_project(""))
        .args(["rustc", "--release", "--lib", "--no-default-features"])
        .args(["--features", "c-library", "--crate-type", "cdylib"])
        .arg("--target-dir")
        .arg(&target);
    expect_success(&cargo.output().expect("run cargo"));
    let library = target.join("release/libimgferry.so");
    assert_eq!(dynamic_symbols(&library), declared_functions());
    let size = stripped(&library);
    assert!(size <= WITHOUT_TLS_AND_ZSTD, "{size} bytes");
}
