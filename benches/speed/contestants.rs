//! Who is compared: imgferry as it is installed, and what people use now. What is missing of them is built or installed
//! below the target folder when it is first asked for.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::{Library, Prefix, expect_success, in_project, installed};

/// The name of imgferry from C, whose figures are held against the others'.
pub const IN_C: &str = "imgferry (C)";
pub const IN_RUST: &str = "imgferry (Rust)";

/// Below which the names of API calls stand that curl makes.
pub const API: &str = "http://localhost/v1.41";

/// `in_c.c`, linked with the shared library as CMake installs it.
pub fn in_c<W: AsRef<str>>(words: &[W]) -> Command {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let prefix = Prefix::shared();
    let program = PROGRAM.get_or_init(|| {
        let program = below_target("in_c");
        let mut gcc = Command::new(installed("gcc", "gcc"));
        gcc.args(["-Wall", "-Wextra", "-Werror", "-O2", "-pthread", "-o"])
            .arg(&program)
            .arg(in_project("benches/speed/in_c.c"))
            .args(prefix.pkg_config(&["--cflags", "--libs"]));
        expect_success(&gcc.output().expect("run gcc"));
        program
    });
    let mut command = with(program, words);
    prefix.give(&mut command);
    command
}

/// This program, which does `in_rust.rs` when it is told to.
pub fn in_rust<W: AsRef<str>>(words: &[W]) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program"));
    command.arg("--do");
    command.args(words.iter().map(AsRef::as_ref));
    command
}

/// curl, by its own words.
pub fn curl<W: AsRef<str>>(words: &[W]) -> Command {
    let mut command = Command::new(installed("curl", "curl"));
    command.args(["--silent", "--fail"]);
    command.args(words.iter().map(AsRef::as_ref));
    command
}

pub fn docker<W: AsRef<str>>(endpoint: &str, words: &[W]) -> Command {
    let mut command = Command::new(installed("docker", "docker.io"));
    command.args(["--host", endpoint]);
    command.args(words.iter().map(AsRef::as_ref));
    command
}

/// skopeo without anybody's logins.
pub fn skopeo<W: AsRef<str>>(words: &[W]) -> Command {
    let mut command = Command::new(installed("skopeo", "skopeo"));
    command.arg("--insecure-policy");
    command.args(words.iter().map(AsRef::as_ref));
    command
}

pub fn docker_py<W: AsRef<str>>(words: &[W]) -> Command {
    python("docker_py.py", words)
}

pub fn aiodocker<W: AsRef<str>>(words: &[W]) -> Command {
    python("aio_docker.py", words)
}

pub fn bollard<W: AsRef<str>>(words: &[W]) -> Command {
    with(&rust_peers().join("bollard"), words)
}

pub fn oci_client<W: AsRef<str>>(words: &[W]) -> Command {
    with(&rust_peers().join("oci_client"), words)
}

/// What a shell does; the words are `$1` and so on.
pub fn shell<W: AsRef<str>>(script: &str, words: &[W]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]);
    command.args(words.iter().map(AsRef::as_ref));
    command
}

fn with<W: AsRef<str>>(program: &Path, words: &[W]) -> Command {
    let mut command = Command::new(program);
    command.args(words.iter().map(AsRef::as_ref));
    command
}

fn below_target(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// A program of `benches/peers`, with the packages that its requirements name in a folder of their own.
fn python<W: AsRef<str>>(program: &str, words: &[W]) -> Command {
    static INTERPRETER: OnceLock<PathBuf> = OnceLock::new();
    let interpreter = INTERPRETER.get_or_init(|| {
        let folder = below_target("python-peers");
        let requirements = in_project("benches/peers/requirements.txt");
        let wanted = fs::read_to_string(&requirements).expect("the requirements");
        let mark = folder.join("installed");
        if !mark.exists() || fs::read_to_string(&mark).expect("a mark") != wanted {
            let run = |command: &mut Command| expect_success(&command.output().expect("a program"));
            run(Command::new(installed("python3", "python3"))
                .args(["-m", "venv", "--clear"])
                .arg(&folder));
            run(Command::new(folder.join("bin/pip"))
                .args(["install", "--quiet", "--requirement"])
                .arg(&requirements));
            fs::write(mark, wanted).expect("a mark");
        }
        folder.join("bin/python3")
    });
    let mut command = Command::new(interpreter);
    command.arg(in_project("benches/peers").join(program));
    command.args(words.iter().map(AsRef::as_ref));
    command
}

/// The folder with the programs of the crate `benches/peers`.
fn rust_peers() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let target = below_target("rust-peers");
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--release", "--locked", "--quiet"])
            .arg("--manifest-path")
            .arg(in_project("benches/peers/Cargo.toml"))
            .arg("--target-dir")
            .arg(&target);
        expect_success(&cargo.output().expect("run cargo"));
        target.join("release")
    })
}

/// The shared library without its names of functions, in bytes.
pub fn stripped_library() -> u64 {
    let stripped = below_target("stripped.so");
    let mut strip = Command::new(installed("strip", "binutils"));
    strip.arg("-o").arg(&stripped).arg(Library::Shared.file());
    expect_success(&strip.output().expect("run strip"));
    fs::metadata(&stripped).expect("a library").len()
}
