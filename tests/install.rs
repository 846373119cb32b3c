//! The C library as packagers install it and C programmers find it: by CMake, by cargo-c, with `pkg-config` and
//! `find_package`, and beside other libraries.

mod support;

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use support::{
    ImageSpec, Library, Prefix, Registry, SONAME, TempDir, declared_functions, deep,
    dynamic_symbols, expect_success, external_symbols, in_project, installed, skopeo, unique,
};

/// The blocks of README that begin with three backticks and `language`, as they are printed.
fn in_readme(language: &str) -> Vec<String> {
    let text = fs::read_to_string(in_project("README.md")).expect("README.md");
    let begin = format!("```{language}\n");
    let blocks = text.split(&begin).skip(1);
    blocks
        .map(|rest| rest.split("```").next().expect("the block").to_owned())
        .collect()
}

/// The one block of README in which `word` is.
fn the_block_with(language: &str, word: &str) -> String {
    let mut blocks = in_readme(language);
    blocks.retain(|block| block.contains(word));
    assert_eq!(blocks.len(), 1, "{word}: {blocks:?}");
    blocks.remove(0)
}

#[test]
fn what_is_installed_is_what_a_c_programmer_expects() {
    let tree = Prefix::shared();
    let mut expected = vec![
        "lib/libimgferry.a".to_owned(),
        "lib/libimgferry.so".into(),
        "lib/libimgferry.so.0.1".into(),
        "lib/libimgferry.so.0.1.0".into(),
        "lib/pkgconfig/imgferry.pc".into(),
        "share/cmake/imgferry/imgferry-config-version.cmake".into(),
        "share/cmake/imgferry/imgferry-config.cmake".into(),
    ];
    let files = tree.files();
    let (headers, others): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|file| file.starts_with("include/"));
    expected.sort();
    assert_eq!(others, expected);
    assert!(
        headers.contains(&"include/imgferry.h".to_owned()),
        "{headers:?}"
    );
    for header in headers {
        let (there, here) = (
            fs::read(tree.path().join(&header)),
            fs::read(in_project(&header)),
        );
        assert!(
            there.expect("a header") == here.expect("the header"),
            "{header}"
        );
    }
    let mut readelf = Command::new(installed("readelf", "binutils"));
    readelf
        .arg("--dynamic")
        .arg(tree.lib().join("libimgferry.so"));
    let said = expect_success(&readelf.output().expect("run readelf"));
    assert!(
        said.contains(&format!("Library soname: [{SONAME}]")),
        "{said}"
    );
}

#[test]
fn both_libraries_show_the_functions_of_the_header_and_nothing_else() {
    let tree = Prefix::shared();
    let shared = dynamic_symbols(&tree.lib().join("libimgferry.so"));
    let archive = external_symbols(&tree.lib().join("libimgferry.a"));
    let declared = declared_functions();
    assert_eq!((&shared, &archive), (&declared, &declared));
}

#[test]
fn the_pkg_config_file_names_what_the_compiler_says() {
    let folder = TempDir::new("native");
    fs::write(folder.join("empty.rs"), "").expect("write a source");
    let rustc = Command::new("rustc")
        .current_dir(folder.path())
        .args(["--crate-type", "staticlib", "--print", "native-static-libs"])
        .arg("empty.rs")
        .output()
        .expect("run rustc");
    expect_success(&rustc);
    let said = String::from_utf8(rustc.stderr).expect("UTF-8");
    let (_, libraries) = said.split_once("native-static-libs: ").expect("the list");
    let needed: Vec<_> = libraries
        .lines()
        .next()
        .expect("a line")
        .split(' ')
        .collect();
    let tree = Prefix::shared();
    let all = tree.pkg_config(&["--libs", "--static"]);
    assert_eq!(all[all.len() - needed.len()..], needed);
    let shared = tree.pkg_config(&["--libs"]);
    assert_eq!(
        shared,
        [
            format!("-L{}", tree.lib().display()),
            "-limgferry".to_owned()
        ]
    );
    assert_eq!(
        tree.pkg_config(&["--modversion"]),
        [env!("CARGO_PKG_VERSION")]
    );
}

#[test]
fn the_program_in_readme_copies_an_image() {
    let tree = Prefix::shared();
    let source = the_block_with("c", "int main");
    assert!(source.lines().count() < 30, "it is short");
    let name = format!("{}/{}:1", Registry::shared().host(), unique("readme"));
    ImageSpec::small(&name).push_by_skopeo(&name);
    for library in Library::BOTH {
        let folder = TempDir::new("readme");
        let layout = format!("oci:{}:app", folder.join("images").display());
        let built = tree.compile(&source, library, [&[], &[]]);
        let said = tree.run(&built.program, &[&format!("docker://{name}"), &layout]);
        let digest = skopeo(&["inspect", "--format={{.Digest}}", &layout]);
        assert_eq!(said, format!("{layout} is {}", expect_success(&digest)));
    }
}

/// The lines between ```sh and ``` that build a program, run by a shell in which `/usr/local` is `tree`.
#[track_caller]
fn run_lines(lines: &str, tree: &Prefix, target: &Path) {
    let folder = TempDir::new("lines");
    fs::write(folder.join("program.c"), the_block_with("c", "int main")).expect("write a source");
    let lines = lines.replace("/usr/local", &tree.path().display().to_string());
    // What is built is built in the project, and the program beside its source.
    let lines = lines.replace(
        "cc program.c",
        &format!("cd {}; cc program.c", folder.path().display()),
    );
    let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools");
    let path = env::var_os("PATH").expect("PATH");
    let path = env::split_paths(&path).chain([tools.join("bin")]);
    let mut shell = Command::new("sh");
    shell
        .args(["-e", "-c", &lines])
        .current_dir(in_project(""))
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_INSTALL_ROOT", &tools)
        .env("PATH", env::join_paths(path).expect("a PATH"));
    let output = tree.give(&mut shell).output();
    expect_success(&output.expect("run a shell"));
    let mut program = Command::new(folder.join("program"));
    let said = tree.give(&mut program).output().expect("run the program");
    assert_eq!(said.status.code(), Some(2), "{said:?}");
}

/// It is the other way to install, so it must give the same. Building cargo-c takes minutes, so this runs with
/// `tests/run --deep` only; it stays in the target folder.
#[test]
fn three_lines_of_readme_do_the_same_with_cargo_c() {
    if !deep() {
        println!("left out: cargo-c is built and tested by tests/run --deep");
        return;
    }
    let (tree, by_cmake) = (Prefix::empty(), Prefix::shared());
    // Two that build for different ends throw away what the other has built.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cargo-c");
    run_lines(&the_block_with("sh", "cargo cinstall"), &tree, &target);
    assert_eq!(tree.files(), by_cmake.files());
    let read = |tree: &Prefix| {
        let pc = fs::read_to_string(tree.lib().join("pkgconfig/imgferry.pc")).expect("a .pc");
        pc.replace(&tree.path().display().to_string(), "/usr/local")
    };
    assert_eq!(read(&tree), read(by_cmake));
    let shared = |tree: &Prefix| {
        let file = tree.lib().join("libimgferry.so");
        let link = fs::read_link(&file).expect("a link");
        (link, dynamic_symbols(&file))
    };
    assert_eq!(shared(&tree), shared(by_cmake));

    let archive = tree.lib().join("libimgferry.a");
    let all = external_symbols(&archive);
    assert!(all.contains("ZSTD_compress"), "README says so");
    let mut cmake = Command::new(installed("cmake", "cmake"));
    for name in ["FROM", "TO"] {
        cmake.arg(format!("-D{name}={}", archive.display()));
    }
    cmake.arg("-P").arg(in_project("cmake/hide_symbols.cmake"));
    expect_success(&cmake.output().expect("run cmake"));
    let there = by_cmake.lib().join("libimgferry.a");
    let [hidden, expected] = [archive, there].map(|file| external_symbols(&file));
    assert_eq!(hidden, expected, "README says that this mends it");
}

#[test]
fn three_lines_of_readme_install_the_library_and_build_a_program() {
    let (tree, target) = (Prefix::empty(), Prefix::target());
    run_lines(&the_block_with("sh", "cmake --install"), &tree, target);
    assert_eq!(tree.files(), Prefix::shared().files());
    run_lines(&the_block_with("sh", "--static"), &tree, target);
}

/// A CMake project that uses both libraries, in C and C++.
const PROJECT: &str = r#"
cmake_minimum_required(VERSION 3.16)
project(uses LANGUAGES C CXX)
find_package(imgferry 0.1 CONFIG REQUIRED)
set(CMAKE_CXX_STANDARD 17)
foreach(language c cpp)
    add_executable(shared_${language} program.${language})
    target_link_libraries(shared_${language} PRIVATE imgferry::imgferry)
    add_executable(static_${language} program.${language})
    target_link_libraries(static_${language} PRIVATE imgferry::static)
endforeach()
"#;

const PROGRAM: &str = r#"
#include <stdio.h>
#include <imgferry.h>
int main(void) { return puts(imgferry_version()) < 0; }
"#;

/// With the wrapper, where there is one.
const CPP_PROGRAM: &str = r#"
#include <iostream>
#include <imgferry.h>
#if __has_include(<imgferry.hpp>)
#include <imgferry.hpp>
#endif
int main() { std::cout << imgferry_version() << std::endl; }
"#;

/// Configures a project, and says whether that went well and what was said.
fn configure(project: &str, tree: &Prefix, folder: &TempDir) -> (bool, String) {
    fs::write(folder.join("CMakeLists.txt"), project).expect("write a project");
    fs::write(folder.join("program.c"), PROGRAM).expect("write a source");
    fs::write(folder.join("program.cpp"), CPP_PROGRAM).expect("write a source");
    let mut cmake = Command::new(installed("cmake", "cmake"));
    cmake
        .current_dir(folder.path())
        .args(["-S", ".", "-B", "build"]);
    let output = tree.give(&mut cmake).output().expect("run cmake");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).expect("UTF-8");
    (output.status.success(), said)
}

#[test]
fn cmake_projects_find_both_libraries_wherever_the_tree_was_moved() {
    let moved = Prefix::empty();
    let mut copy = Command::new("cp");
    copy.arg("-a")
        .arg(Prefix::shared().path().join("."))
        .arg(moved.path());
    expect_success(&copy.output().expect("run cp"));
    let folder = TempDir::new("project");
    let (well, said) = configure(PROJECT, &moved, &folder);
    assert!(well, "{said}");
    let mut build = Command::new(installed("cmake", "cmake"));
    build.args(["--build", "build"]).current_dir(folder.path());
    expect_success(&build.output().expect("run cmake"));
    let there = moved.path().display().to_string();
    for name in ["shared_c", "shared_cpp", "static_c", "static_cpp"] {
        let program = folder.join("build").join(name);
        let said = moved.run::<&str>(&program, &[]);
        assert_eq!(said, env!("CARGO_PKG_VERSION"), "{name}");
        let mut ldd = Command::new("ldd");
        let needs = expect_success(&ldd.arg(&program).output().expect("run ldd"));
        let is_shared = name.starts_with("shared");
        assert_eq!(needs.contains(&there), is_shared, "{name}: {needs}");
        assert_eq!(needs.contains(SONAME), is_shared, "{name}: {needs}");
    }
}

#[test]
fn cmake_refuses_a_version_that_is_not_installed() {
    for (version, fits) in [
        ("", true),
        ("0.1", true),
        ("0.1.0", true),
        ("0.1.0 EXACT", true),
        ("0.1.99", false),
        ("0.0.9", false),
        ("0.2", false),
        ("1", false),
        ("0.1.1 EXACT", false),
    ] {
        let folder = TempDir::new("project");
        let project = PROJECT.replace("imgferry 0.1 CONFIG", &format!("imgferry {version} CONFIG"));
        let (well, said) = configure(&project, Prefix::shared(), &folder);
        assert_eq!(well, fits, "{version}: {said}");
    }
}

/// Functions of zstd that this library also has, and one that it has not, which uses its inner parts.
const WITH_ZSTD: &str = r#"
#include <stdio.h>
#include <string.h>
#include <zdict.h>
#include <zstd.h>
#include <imgferry.h>

int main(void)
{
    static char samples[20000], dictionary[20000], packed[20000], again[20000];
    size_t sizes[20], size, trained;
    for (size_t at = 0; at < sizeof samples; at++)
        samples[at] = (char)((at * 7919) >> 3);
    for (size_t at = 0; at < 20; at++)
        sizes[at] = 1000;
    trained = ZDICT_trainFromBuffer(dictionary, sizeof dictionary, samples, sizes, 20);
    size = ZSTD_compress(packed, sizeof packed, samples, sizeof samples, 19);
    size = ZSTD_decompress(again, sizeof again, packed, size);
    printf("%s %s %s %s %s\n", ZSTD_VERSION_STRING, ZSTD_versionString(),
           size == sizeof again && memcmp(samples, again, size) == 0 ? "same" : "differs",
           ZDICT_isError(trained) ? ZDICT_getErrorName(trained) : "trained",
           imgferry_version());
    return 0;
}
"#;

#[test]
fn the_static_library_goes_together_with_debians_zstd() {
    let tree = Prefix::shared();
    let zstd: &[&str] = &["-l:libzstd.a"];
    for more in [[zstd, &[]], [&[], zstd]] {
        let built = tree.compile(WITH_ZSTD, Library::Static, more);
        let said = tree.run::<&str>(&built.program, &[]);
        let (version, rest) = said.split_once(' ').expect("a version");
        let expected = format!("{version} same trained {}", env!("CARGO_PKG_VERSION"));
        assert_eq!(rest, expected, "its own zstd, whole");
    }
}

/// A library that has what every Rust library has: the allocator, threads, panics.
const OTHER_RUST: &str = r#"
#[unsafe(no_mangle)]
pub extern "C" fn other_sum(count: i32) -> i32 {
    let numbers: Vec<i32> = (0..count).collect();
    let summed = std::thread::spawn(move || match count {
        7 => panic!("seven"),
        _ => numbers.iter().sum(),
    });
    summed.join().unwrap_or(-1)
}
"#;

const WITH_OTHER_RUST: &str = r#"
#include <stdio.h>
#include <imgferry.h>

int other_sum(int count);

int main(void)
{
    imgferry_place *place = NULL;
    imgferry_error *error = NULL;
    int status = imgferry_place_parse("nothing:like:that", NULL, NULL, &place, &error);
    printf("%d %d %d\n", other_sum(10), other_sum(7), status != IMGFERRY_OK && error != NULL);
    imgferry_error_free(error);
    return 0;
}
"#;

#[test]
fn the_static_library_goes_together_with_another_made_by_rust() {
    let folder = TempDir::new("other-rust");
    fs::write(folder.join("other.rs"), OTHER_RUST).expect("write a source");
    let mut rustc = Command::new("rustc");
    rustc.current_dir(folder.path()).args([
        "--edition=2024",
        "--crate-type=staticlib",
        "-O",
        "other.rs",
    ]);
    expect_success(&rustc.output().expect("run rustc"));
    let other = folder.join("libother.a").display().to_string();
    let other: &[&str] = &[&other];
    let tree = Prefix::shared();
    for more in [[other, &[]], [&[], other]] {
        let built = tree.compile(WITH_OTHER_RUST, Library::Static, more);
        assert_eq!(tree.run::<&str>(&built.program, &[]), "45 -1 1");
    }
}
