//! Python programs that use the library.

use std::process::Command;

use super::c_program::{Library, in_project};
use super::program::installed;

/// Debian's Python, in the folder of the Python examples, with a program of them.
#[track_caller]
pub fn python(program: &str) -> Command {
    let mut command = Command::new(installed("python3", "python3"));
    command
        // It would leave folders with compiled modules beside the sources.
        .arg("-B")
        .arg(program)
        .current_dir(in_project("examples/python"))
        .env("IMGFERRY_LIBRARY", Library::Shared.file());
    command
}
