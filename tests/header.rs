//! `include/imgferry.h` is what the sources say, a manual that a C programmer understands, and what the library exports.

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use cbindgen::{Builder, Config};
use support::{CHeader, Library, STRICT, TempDir, expect_success, in_project, installed};

const HEADER: &str = "include/imgferry.h";

fn header() -> String {
    fs::read_to_string(in_project(HEADER)).expect("the header")
}

/// The header that the sources give, in the order in which `ffi` re-exports its modules.
fn generate() -> String {
    let mut config = Config::from_file(in_project("cbindgen.toml")).expect("cbindgen.toml");
    let numbers = [
        ("MAJOR", env!("CARGO_PKG_VERSION_MAJOR")),
        ("MINOR", env!("CARGO_PKG_VERSION_MINOR")),
        ("PATCH", env!("CARGO_PKG_VERSION_PATCH")),
    ];
    let macros = numbers.map(|(name, number)| {
        let which = name.to_lowercase();
        format!("\n/**\n * The {which} version of this header.\n */\n#define IMGFERRY_VERSION_{name} {number}\n")
    });
    config.after_includes = Some(macros.concat());

    let modules = fs::read_to_string(in_project("src/ffi/mod.rs")).expect("src/ffi/mod.rs");
    let modules = modules
        .lines()
        .filter_map(|line| line.strip_prefix("pub use ")?.strip_suffix("::*;"));
    let mut builder = Builder::new().with_config(config);
    for module in modules {
        builder = builder.with_src(in_project(format!("src/ffi/{module}.rs")));
    }
    let mut header = Vec::new();
    let bindings = builder.generate().expect("sources that are understood");
    bindings.write(&mut header);
    String::from_utf8(header).expect("UTF-8")
}

#[test]
fn the_header_is_what_the_sources_say() {
    let header_of_sources = generate();
    if env::var_os("IMGFERRY_BLESS").is_some() {
        fs::write(in_project(HEADER), &header_of_sources).expect("write the header");
    }
    assert!(
        header() == header_of_sources,
        "{HEADER} is not what the sources say: `IMGFERRY_BLESS=1 cargo test --test header` writes it"
    );
}

#[test]
fn every_item_is_explained() {
    let header = CHeader::parse(&header());
    for name in header.names() {
        assert!(header.comments.contains_key(&name), "{name} has no comment");
    }
    for function in &header.functions {
        let comment = header.comments[&function.name].to_lowercase();
        assert!(
            comment.contains("thread"),
            "which threads may call {}?",
            function.name
        );
    }
}

#[test]
fn the_header_speaks_c() {
    let header = header();
    for word in [
        "Rust", "::", "# Safety", "`None`", "Option", "Vec", "Ok(", "crate", "](",
    ] {
        let line = header.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "{word}");
    }
    let long = header
        .lines()
        .find(|line| line.trim_start().starts_with('*') && line.len() > 80);
    assert_eq!(long, None, "a comment is wider than 80 columns");
}

#[test]
fn the_version_is_that_of_the_crate() {
    let header = header();
    let number = |name| {
        let start = format!("#define IMGFERRY_VERSION_{name} ");
        let mut found = header.lines().filter_map(|line| line.strip_prefix(&start));
        found.next().expect("a version").to_owned()
    };
    let version = ["MAJOR", "MINOR", "PATCH"].map(number).join(".");
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
}

/// Compiles without a link; fails the test when the compiler says anything.
fn check(compiler: &str, language: &str, standard: &str, source: &Path) {
    let mut command = Command::new(installed(compiler, compiler));
    command
        .args(STRICT)
        .args(["-fsyntax-only", "-x", language])
        .arg(format!("-std={standard}"))
        .arg("-I")
        .arg(in_project("include"))
        .arg(source);
    println!("{compiler} -std={standard}");
    expect_success(&command.output().expect("run a compiler"));
}

const C: [&str; 3] = ["c99", "c11", "c17"];
const CPP: [&str; 5] = ["c++11", "c++14", "c++17", "c++20", "c++2b"];

#[test]
fn the_header_is_clean_in_c_and_cpp() {
    let folder = TempDir::new("header");
    let source = folder.join("twice.c");
    // The names of parameters are also those of functions of the system, and a second inclusion is nothing.
    let text = "#include <imgferry.h>\n#include <unistd.h>\n#include <strings.h>\n#include <imgferry.h>\n\
                int main(void) { return imgferry_version() == NULL; }\n";
    fs::write(&source, text).expect("write a source");
    for (c, cpp) in [("gcc", "g++"), ("clang", "clang++")] {
        for standard in C {
            check(c, "c", standard, &source);
        }
        for standard in CPP {
            check(cpp, "c++", standard, &source);
        }
    }
}

#[test]
fn the_example_in_the_header_compiles() {
    let header = header();
    let (_, rest) = header.split_once("* EXAMPLE\n").expect("an example");
    let (example, _) = rest
        .split_once("* ERRORS\n")
        .expect("what follows the example");
    let lines = example
        .lines()
        .map(|line| line.trim_start().trim_start_matches('*'));
    let folder = TempDir::new("example");
    let source = folder.join("example.c");
    fs::write(&source, lines.collect::<Vec<_>>().join("\n")).expect("write a source");
    check("gcc", "c", "c99", &source);
    check("g++", "c++", "c++11", &source);
}

#[test]
fn the_library_exports_what_the_header_declares() {
    let mut nm = Command::new(installed("nm", "binutils"));
    nm.args(["--dynamic", "--defined-only", "--format=posix"])
        .arg(Library::Shared.file());
    let symbols = expect_success(&nm.output().expect("run nm"));
    let exported: BTreeSet<_> = symbols
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect();
    let declared: BTreeSet<_> = CHeader::parse(&header())
        .functions
        .into_iter()
        .map(|function| function.name)
        .collect();
    assert_eq!(exported, declared);
    assert!(declared.iter().all(|name| name.starts_with("imgferry_")));
}
