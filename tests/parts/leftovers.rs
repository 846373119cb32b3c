//! Parts leave nothing behind.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Part, TempDir};

#[test]
fn an_engine_goes_when_its_owner_is_killed() {
    let mut owner = Command::new("sleep")
        .arg("600")
        .stdout(Stdio::piped())
        .spawn()
        .expect("run sleep");
    let pipe = owner.stdout.take().expect("a piped output");
    let mut part = Part::start_owned_by(pipe.into(), &["engine"]);
    let dir = part.dir().to_owned();
    let connection = UnixStream::connect(part.fact("socket"));
    let processes = processes_that_name(&dir);

    // Before anything may fail, as the engine lives as long as its owner.
    owner.kill().expect("kill the owner");
    owner.wait().expect("wait for the owner");

    connection.expect("the engine listened");
    assert!(
        processes.len() >= 2,
        "dockerd and containerd: {processes:?}"
    );
    assert!(part.wait().success());
    assert_nothing_left_of(&dir);
}

#[test]
fn a_frozen_or_killed_part_leaves_nothing() {
    let parts: [&[&str]; 5] = [
        &["engine"],
        &["podman"],
        &["registry"],
        &["nginx"],
        &["sshd", "/no/socket"],
    ];
    for arguments in parts {
        for signal in [Part::freeze, Part::kill] {
            let part = Part::start(arguments);
            let dir = part.dir().to_owned();
            signal(&part);
            drop(part);
            assert_nothing_left_of(&dir);
        }
    }
}

#[test]
fn a_part_that_does_not_start_leaves_nothing() {
    let folder = TempDir::new("leftovers");
    let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/part"))
        .args(["nginx", "--snippet", "no line of nginx;"])
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("run part");

    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let reason = String::from_utf8_lossy(&output.stderr);
    assert!(reason.contains("unknown directive"), "{reason}");
    let left = fs::read_dir(folder.path()).expect("list the folder");
    assert_eq!(left.count(), 0);
}

/// The command lines that hold a path.
fn processes_that_name(path: &Path) -> Vec<String> {
    let path = path.to_str().expect("a path in UTF-8");
    files_of_processes("cmdline")
        .filter(|line| line.contains(path))
        .collect()
}

fn assert_nothing_left_of(dir: &Path) {
    assert!(!dir.exists(), "{} is still there", dir.display());
    assert_eq!(processes_that_name(dir), Vec::<String>::new());
    // Of each process, as the engine has mounts that others do not see.
    let path = dir.to_str().expect("a path in UTF-8");
    assert!(
        !files_of_processes("mounts").any(|mounts| mounts.contains(path)),
        "a mount of {path} is left"
    );
}

/// This file of every process in /proc; without those of processes that have ended meanwhile.
fn files_of_processes(name: &str) -> impl Iterator<Item = String> {
    let processes = fs::read_dir("/proc").expect("list the processes");
    processes.filter_map(move |process| fs::read_to_string(process.ok()?.path().join(name)).ok())
}
