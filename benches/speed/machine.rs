//! Where and when a run was, and of what versions.

use std::fs;
use std::process::Command;
use std::thread;

use crate::support::{expect_success, in_project, installed};

/// A few lines of Markdown.
pub fn describe() -> String {
    let date = said(Command::new("date").args(["--utc", "+%Y-%m-%d"]));
    let kernel = said(Command::new("uname").args(["--kernel-release", "--machine"]));
    let cores = thread::available_parallelism().expect("a number of cores");
    format!(
        "Measured on {date}, on {cores} cores of {} with {:.0} GB of memory, Linux {kernel}: {}.\n\n",
        first_after("/proc/cpuinfo", "model name"),
        memory_gb(),
        versions().join(", ")
    )
}

fn said(command: &mut Command) -> String {
    expect_success(&command.output().expect("run a program"))
}

/// What stands behind the colon of the first line that begins so.
fn first_after(file: &str, field: &str) -> String {
    let text = fs::read_to_string(file).expect("a file of the kernel");
    let line = text.lines().find(|line| line.starts_with(field));
    let (_, value) = line.and_then(|line| line.split_once(':')).expect("a field");
    value.trim().to_owned()
}

fn memory_gb() -> f64 {
    let total = first_after("/proc/meminfo", "MemTotal");
    let kib = total.split_whitespace().next().expect("a number");
    kib.parse::<f64>().expect("a number") * 1024.0 / 1e9
}

fn versions() -> Vec<String> {
    let mut versions = vec![format!("imgferry {}", env!("CARGO_PKG_VERSION"))];
    for (program, package, option) in [
        ("dockerd", "docker.io", "--version"),
        ("docker-registry", "docker-registry", "--version"),
        ("curl", "curl", "--version"),
        ("docker", "docker.io", "--version"),
        ("skopeo", "skopeo", "--version"),
    ] {
        let line = said(Command::new(installed(program, package)).arg(option));
        // Their ways to say it have no more in common than this.
        let version = line
            .split_whitespace()
            .map(|word| word.trim_start_matches('v').trim_end_matches(','))
            .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
            .expect("a version");
        versions.push(format!("{program} {version}"));
    }
    let requirements = fs::read_to_string(in_project("benches/peers/requirements.txt"));
    for line in requirements.expect("the requirements").lines() {
        if let Some((name, version)) = line.split_once("==") {
            let name = if name == "docker" { "docker-py" } else { name };
            versions.push(format!("{name} {version}"));
        }
    }
    for name in ["bollard", "oci-client"] {
        versions.push(format!("{name} {}", locked(name)));
    }
    versions
}

/// The version of a crate that the peers are built with.
fn locked(name: &str) -> String {
    let lock = fs::read_to_string(in_project("benches/peers/Cargo.lock")).expect("a lock file");
    let (_, after) = lock
        .split_once(&format!("name = \"{name}\"\nversion = \""))
        .expect("the crate");
    after.split('"').next().expect("a version").to_owned()
}
