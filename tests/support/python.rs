//! Python programs that use the library.

use std::process::Command;

use super::c_program::{FOUND, Library, in_project};
use super::program::installed;

/// Debian's Python, in the folder of the Python examples, with a program of them.
#[track_caller]
pub fn python(program: &str) -> Command {
    // Python leaves Ctrl-C alone where it is ignored, and so it is in what a shell has in the background.
    let mut command = Command::new(installed("env", "coreutils"));
    command
        .arg("--default-signal=INT")
        .arg(installed("python3", "python3"));
    in_examples(command, program)
}

/// The same under valgrind, which ends with [`FOUND`] when something is wrong with memory. What is lost it does not
/// look for: Python gives up much at its end.
#[track_caller]
pub fn checked_python(program: &str) -> Command {
    let mut command = Command::new(installed("valgrind", "valgrind"));
    command
        .args(["--quiet", "--num-callers=30"])
        .arg(format!("--error-exitcode={FOUND}"))
        .arg(installed("python3", "python3"))
        // Python's own allocator would hide what is done to its memory.
        .env("PYTHONMALLOC", "malloc");
    in_examples(command, program)
}

#[track_caller]
fn in_examples(mut command: Command, program: &str) -> Command {
    command
        // It would leave folders with compiled modules beside the sources.
        .arg("-B")
        .arg(program)
        .current_dir(in_project("examples/python"))
        .env("IMGFERRY_LIBRARY", Library::Shared.file());
    command
}
