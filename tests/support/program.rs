//! The programs of the machine that tests use.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

/// Where the distribution keeps its programs, searched before PATH: a machine may have others of the same name.
const SYSTEM_FOLDERS: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// The path of a program. Fails the test when there is none, naming the Debian package that brings it.
#[track_caller]
pub fn installed(program: &str, package: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(SYSTEM_FOLDERS)
        .chain(env::split_paths(&path))
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| {
            panic!(
                "{program} is missing (Debian package {package}): run tests/run, which installs it"
            )
        })
}

/// The standard output of a program that must have succeeded, without white space at its end.
#[track_caller]
pub fn expect_success(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}\n{stdout}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    stdout.trim_end().to_owned()
}

/// Sends a program what Ctrl-C sends, and waits for its end; what it printed, and how long it took.
#[track_caller]
pub fn interrupt(child: Child) -> (Output, Duration) {
    let started = Instant::now();
    // The shell's own `kill`: a small system has no program of that name.
    let kill = Command::new("sh")
        .arg("-c")
        .arg(format!("kill -INT {}", child.id()))
        .status();
    assert!(kill.expect("run sh").success());
    let output = child.wait_with_output().expect("wait for the program");
    (output, started.elapsed())
}
