//! What packagers take: the package as cargo makes it, built from vendored crates on a machine without a network.

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use support::{TempDir, deep, expect_success, in_project, installed};

#[track_caller]
fn run(command: &mut Command) -> String {
    expect_success(&command.output().expect("run a program"))
}

fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(folder).args(arguments);
    cargo
}

#[test]
fn the_package_has_all_that_a_build_reads_and_no_test_that_needs_an_engine() {
    let list = ["package", "--list", "--allow-dirty", "--offline"];
    let said = run(&mut cargo(&in_project(""), &list));
    let (sources, others): (BTreeSet<_>, BTreeSet<_>) =
        said.lines().partition(|file| file.starts_with("src/"));
    assert!(sources.contains("src/lib.rs"));
    let mut found: BTreeSet<_> = others
        .iter()
        .map(|file| file.split('/').next().expect("a name"))
        .collect();
    // It is there when the project is a clone.
    found.remove(".cargo_vcs_info.json");
    let expected = [
        "CHANGELOG.md",
        "CMakeLists.txt",
        "Cargo.lock",
        "Cargo.toml",
        "Cargo.toml.orig",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "cbindgen.toml",
        "cmake",
        "examples",
        "include",
    ];
    assert_eq!(found, expected.into());
}

/// Vendoring fetches a hundred crates, and the build compiles them, so this runs with `tests/run --deep` only.
#[test]
fn the_package_is_built_from_vendored_crates_without_a_network() {
    if !deep() {
        println!("left out: a build without a network is tested by tests/run --deep");
        return;
    }
    let folder = TempDir::new("package");
    let target = folder.join("target");
    let pack = ["package", "--no-verify", "--allow-dirty", "--target-dir"];
    run(cargo(&in_project(""), &pack).arg(&target));
    let name = concat!("imgferry-", env!("CARGO_PKG_VERSION"));
    let package = target.join("package").join(format!("{name}.crate"));
    let mut tar = Command::new(installed("tar", "tar"));
    run(tar.arg("-C").arg(folder.path()).arg("-xzf").arg(package));
    let root = folder.join(name);
    let settings = run(&mut cargo(&root, &["vendor", "--locked", "../vendor"]));
    fs::create_dir(root.join(".cargo")).expect("make a folder");
    fs::write(root.join(".cargo/config.toml"), settings).expect("write the settings");

    // A network of its own, in which there is nothing; and no crates but those that were vendored.
    let mut build = Command::new(installed("unshare", "util-linux"));
    build
        .current_dir(&root)
        .args(["--net", env!("CARGO"), "build", "--lib", "--offline"])
        .args(["--locked", "--target-dir"])
        .arg(&target)
        .env("CARGO_HOME", folder.join("home"));
    run(&mut build);

    // cargo writes the settings of a package in another form.
    let mut cmake = Command::new(installed("cmake", "cmake"));
    cmake
        .arg("-S")
        .arg(&root)
        .arg("-B")
        .arg(folder.join("cmake"));
    run(&mut cmake);
    let cache = fs::read_to_string(folder.join("cmake/CMakeCache.txt")).expect("the cache");
    let version = format!(
        "CMAKE_PROJECT_VERSION:STATIC={}\n",
        env!("CARGO_PKG_VERSION")
    );
    assert!(cache.contains(&version), "{cache}");
}
