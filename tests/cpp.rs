//! `include/imgferry.hpp`: all of C, clean under every compiler, and right about ownership and exceptions on a real
//! engine and a real registry; and that the checks of memory can fail.

mod support;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, iter};

use support::{
    CHeader, CProgram, Compiler, Engine, ImageSpec, Library, Registry, TempDir, deep,
    each_fault_is_found, expect_success, in_project, registry_with_an_image, root_file_system,
    scripted_registry, search_index, silent_engine, unique,
};

const COMPILERS: [(&str, &str); 2] = [("g++", "g++"), ("clang++", "clang")];

/// What the header is clean for: the first one builds the programs of these tests, and all that is more than each
/// compiler and each standard once is left to long runs.
const CLEAN: [(&str, &str, &str); 4] = [
    ("g++", "g++", "c++17"),
    ("clang++", "clang", "c++17"),
    ("g++", "g++", "c++20"),
    ("clang++", "clang", "c++20"),
];

/// A source that compiles without exceptions.
const WITHOUT_EXCEPTIONS: &str = "tests/cpp/no_exceptions.cpp";

/// What the C++ header does not name, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("IMGFERRY_VERSION_MAJOR", "macros are those of C"),
    ("IMGFERRY_VERSION_MINOR", "macros are those of C"),
    ("IMGFERRY_VERSION_PATCH", "macros are those of C"),
];

/// The files of the C++ header: the one that users include, and those that it includes.
fn headers() -> Vec<PathBuf> {
    let folder = in_project("include/imgferry");
    let entries = fs::read_dir(&folder).expect("the folder of the header");
    let files = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = iter::once(in_project("include/imgferry.hpp"))
        .chain(files)
        .collect();
    files.sort();
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a source")
}

/// Compiles without a link; fails the test when the compiler says anything.
fn check(compiler: &Compiler, source: &Path) {
    let mut command = compiler.command();
    command.args(["-fsyntax-only", "-x", "c++"]).arg(source);
    println!("{command:?}");
    expect_success(&command.output().expect("run a compiler"));
}

fn compilers() -> impl Iterator<Item = Compiler> {
    let chosen = if deep() { &CLEAN[..] } else { &CLEAN[1..3] };
    let new = |(program, package, standard)| Compiler::new(program, package, standard);
    chosen.iter().copied().map(new)
}

fn text(path: impl AsRef<Path>) -> String {
    path.as_ref().to_str().expect("a path in UTF-8").to_owned()
}

#[test]
fn every_function_constant_and_field_of_c_is_in_cpp() {
    let c = CHeader::parse(&read(&in_project("include/imgferry.h")));
    c.check_all_are_in(&headers(), LEFT_OUT);
}

#[test]
fn every_file_of_the_header_stands_alone() {
    for header in headers() {
        check(&Compiler::cpp(), &header);
    }
}

#[test]
fn the_header_is_clean_for_all_compilers() {
    let sources = fs::read_dir(in_project("tests/cpp")).expect("the sources");
    let sources: Vec<_> = sources
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension() == Some(OsStr::new("cpp")))
        .collect();
    assert!(sources.len() > 5);
    for compiler in compilers() {
        for source in &sources {
            check(&compiler, source);
        }
        let without = compiler.with("-fno-exceptions").with("-fno-rtti");
        check(&without, &in_project(WITHOUT_EXCEPTIONS));
    }
}

#[test]
fn a_form_that_throws_does_not_compile_without_exceptions() {
    let folder = TempDir::new("cpp");
    let source = folder.join("throws.cpp");
    let program = "#include <imgferry.hpp>\nint main() { imgferry::Engine::from_env(); }\n";
    fs::write(&source, program).expect("write a source");
    check(&Compiler::cpp(), &source);
    let mut command = Compiler::cpp().with("-fno-exceptions").command();
    command.arg("-fsyntax-only").arg(&source);
    let output = command.output().expect("run a compiler");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("the last argument is std::nothrow"), "{said}");
}

#[test]
fn the_example_in_the_header_compiles() {
    let header = read(&in_project("include/imgferry.hpp"));
    let (_, rest) = header.split_once("* EXAMPLE\n").expect("an example");
    let (example, _) = rest.split_once("* This header is").expect("its end");
    let lines = example
        .lines()
        .map(|line| line.trim_start().trim_start_matches('*'));
    let folder = TempDir::new("example");
    let source = folder.join("example.cpp");
    fs::write(&source, lines.collect::<Vec<_>>().join("\n")).expect("write a source");
    check(&Compiler::cpp(), &source);
}

#[test]
fn two_sources_of_one_program_may_include_it() {
    for (program, package) in COMPILERS {
        let compiler = Compiler::new(program, package, "c++17");
        CProgram::build_cpp(&["first.cpp", "second.cpp"], &compiler, Library::Shared).run([""; 0]);
    }
}

#[test]
fn what_needs_no_peer_works_with_both_libraries() {
    let folder = TempDir::new("tour");
    for library in Library::BOTH {
        CProgram::build_cpp(&["tour.cpp"], &Compiler::cpp(), library)
            .run_checked([text(folder.path())]);
    }
}

#[test]
fn what_callbacks_throw_comes_out_unchanged() {
    let (engine, (registry, _)) = (silent_engine(), registry_with_an_image());
    CProgram::build_cpp(&["callbacks.cpp"], &Compiler::cpp(), Library::Shared)
        .run_checked([&engine.endpoint(), registry.host()]);
}

#[test]
fn a_program_without_exceptions_gets_results() {
    let (engine, (registry, _)) = (silent_engine(), registry_with_an_image());
    let compiler = Compiler::cpp().with("-fno-exceptions");
    CProgram::build_cpp(&["no_exceptions.cpp"], &compiler, Library::Static)
        .run_checked([&engine.endpoint(), registry.host()]);
}

#[test]
fn an_engine_does_everything() {
    let (engine, registry) = (Engine::start(), Registry::shared());
    let (index, folder) = (search_index(), TempDir::new("cpp-engine"));
    let archive = folder.join("asked.tar");
    let id = ImageSpec::small(&format!("{}/asked:1", registry.host()))
        .write_archive(&archive)
        .id;
    let tar = folder.join("root.tar");
    fs::write(&tar, root_file_system()).expect("write a file");
    CProgram::build_cpp(&["engine.cpp"], &Compiler::cpp(), Library::Static).run_checked([
        &engine.endpoint(),
        registry.host(),
        &text(archive),
        &id,
        index.host(),
        &text(tar),
        &text(folder.path()),
    ]);
}

#[test]
fn a_registry_does_everything() {
    let ((registry, diff_id), other) = (registry_with_an_image(), scripted_registry());
    let folder = TempDir::new("cpp-registry");
    CProgram::build_cpp(&["registry.cpp"], &Compiler::cpp(), Library::Shared).run_checked([
        registry.host(),
        other.host(),
        &diff_id,
        &text(folder.path()),
    ]);
}

/// An image goes by names and by places.
fn moves(compiler: &Compiler) {
    let (engine, registry) = (Engine::start(), Registry::start(Default::default()));
    let folder = TempDir::new("cpp-moves");
    let archive = folder.join("image.tar");
    let local = "demo/moves:1";
    ImageSpec::small(local).write_archive(&archive);
    CProgram::build_cpp(&["moves.cpp"], compiler, Library::Static).run_checked([
        engine.endpoint(),
        registry.host().to_owned(),
        text(archive),
        local.to_owned(),
        format!("{}/{}:1", registry.host(), unique("moves")),
        text(folder.path()),
    ]);
}

#[test]
fn images_go_by_names_and_by_places() {
    moves(&Compiler::cpp());
}

#[test]
fn sanitizers_find_nothing_in_a_whole_program() {
    moves(&Compiler::cpp().sanitized());
}

#[test]
fn sanitizers_find_nothing_when_callbacks_throw() {
    let (engine, (registry, _)) = (silent_engine(), registry_with_an_image());
    let compiler = Compiler::cpp().sanitized();
    CProgram::build_cpp(&["callbacks.cpp"], &compiler, Library::Static)
        .run_checked([&engine.endpoint(), registry.host()]);
}

#[test]
fn what_is_done_wrong_is_found() {
    for compiler in [Compiler::cpp(), Compiler::cpp().sanitized()] {
        each_fault_is_found(&CProgram::build_cpp(
            &["faulty.cpp"],
            &compiler,
            Library::Shared,
        ));
    }
}
