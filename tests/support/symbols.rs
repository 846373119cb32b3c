//! The functions that a library shows, and those that the header declares.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::c_header::CHeader;
use super::c_program::in_project;
use super::program::{expect_success, installed};

/// What others see of a shared library.
#[track_caller]
pub fn dynamic_symbols(library: &Path) -> BTreeSet<String> {
    symbols("--dynamic", library)
}

/// What others see of a static library.
#[track_caller]
pub fn external_symbols(library: &Path) -> BTreeSet<String> {
    symbols("--extern-only", library)
}

#[track_caller]
fn symbols(kind: &str, library: &Path) -> BTreeSet<String> {
    let mut nm = Command::new(installed("nm", "binutils"));
    nm.args(["--defined-only", "--format=posix", kind])
        .arg(library);
    let said = expect_success(&nm.output().expect("run nm"));
    // Each member of an archive begins with a line of its name.
    let named = said.lines().filter_map(|line| line.split_once(' '));
    named.map(|(name, _)| name.to_owned()).collect()
}

/// The functions of the header.
pub fn declared_functions() -> BTreeSet<String> {
    let header = fs::read_to_string(in_project("include/imgferry.h")).expect("the header");
    let functions = CHeader::parse(&header).functions.into_iter();
    functions.map(|function| function.name).collect()
}
