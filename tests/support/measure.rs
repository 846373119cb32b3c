//! How much memory a program needs.

use std::fs;
use std::process::{Command, Output};

use super::program::installed;
use super::unique::TempDir;

/// A program that has ended.
#[derive(Debug)]
pub struct Measured {
    pub output: Output,
    /// The most memory it had resident at one time, in KiB.
    pub peak_resident_kib: u64,
}

/// Runs a command under GNU time, which asks the kernel for the peak. (A direct child of a test would count the test's
/// own memory, of which it is a copy until it becomes the program.)
#[track_caller]
pub fn run_measured(command: &Command) -> Measured {
    let folder = TempDir::new("measure");
    let report = folder.join("peak");
    let mut timed = Command::new(installed("time", "time"));
    timed
        .args(["--quiet", "--format=%M", "--output"])
        .arg(&report);
    timed.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => timed.env(name, value),
            None => timed.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        timed.current_dir(folder);
    }
    let output = timed.output().expect("run time");
    let peak = fs::read_to_string(&report).expect("read the report of time");
    Measured {
        output,
        peak_resident_kib: peak
            .trim()
            .parse()
            .unwrap_or_else(|_| panic!("not a number of KiB: {peak}")),
    }
}
