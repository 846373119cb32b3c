//! C and C++ programs that use the library: built against the shared and the static one, and run under valgrind or
//! with sanitizers.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use super::compiler::Compiler;
use super::program::{expect_success, installed};
use super::unique::TempDir;

/// What a program exits with in which valgrind or a sanitizer has found something.
pub const FOUND: i32 = 99;

/// The libraries that the static one needs besides C's own.
const STATIC_NEEDS: &[&str] = &["-lpthread", "-ldl", "-lm"];

/// Under which name a program that was linked to the shared library looks for it.
pub const SONAME: &str = "libimgferry.so.0.1";

#[derive(Clone, Copy, Debug)]
pub enum Library {
    Shared,
    Static,
}

/// A file below the root of the project.
pub fn in_project(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

impl Library {
    pub const BOTH: [Library; 2] = [Library::Shared, Library::Static];

    /// The file, built as it is released.
    pub fn file(self) -> PathBuf {
        let name = match self {
            Library::Shared => "libimgferry.so",
            Library::Static => "libimgferry.a",
        };
        build().join(name)
    }
}

/// Builds both libraries once for all tests of a program; the folder where they are.
fn build() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .parent()
            .expect("the target folder");
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["rustc", "--release", "--lib", "--features", "c-library"])
            .args(["--crate-type", "cdylib,staticlib", "--quiet"])
            .arg("--manifest-path")
            .arg(in_project("Cargo.toml"))
            .arg("--target-dir")
            .arg(target);
        // As CMakeLists.txt does it, so that it is built once for both.
        cargo.args(["--", "-C", &format!("link-arg=-Wl,-soname,{SONAME}")]);
        expect_success(&cargo.output().expect("run cargo"));
        let folder = target.join("release");
        match symlink("libimgferry.so", folder.join(SONAME)) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                panic!("make a link: {error}")
            }
            _ => folder,
        }
    })
}

/// A C or C++ program that was built.
#[derive(Debug)]
pub struct CProgram {
    environment: Vec<(String, String)>,
    folder: TempDir,
    is_sanitized: bool,
}

impl CProgram {
    /// Builds one of `tests/c`, which may include the headers there.
    #[track_caller]
    pub fn build(source: &str, library: Library) -> CProgram {
        CProgram::build_files(
            &[in_project("tests/c").join(source)],
            &Compiler::c(),
            library,
        )
    }

    /// The same with sanitizers, which watch it in place of valgrind.
    #[track_caller]
    pub fn build_sanitized(source: &str, library: Library) -> CProgram {
        CProgram::build_files(
            &[in_project("tests/c").join(source)],
            &Compiler::c().sanitized(),
            library,
        )
    }

    /// Builds one of `tests/cpp`, of one or more sources, which may include the headers there.
    #[track_caller]
    pub fn build_cpp(sources: &[&str], compiler: &Compiler, library: Library) -> CProgram {
        let sources: Vec<_> = sources
            .iter()
            .map(|source| in_project("tests/cpp").join(source))
            .collect();
        CProgram::build_files(&sources, compiler, library)
    }

    /// Builds one of `examples/c`.
    #[track_caller]
    pub fn build_example(source: &str, library: Library) -> CProgram {
        CProgram::build_files(
            &[in_project("examples/c").join(source)],
            &Compiler::c(),
            library,
        )
    }

    /// Builds one of `examples/cpp`.
    #[track_caller]
    pub fn build_cpp_example(source: &str, library: Library) -> CProgram {
        CProgram::build_files(
            &[in_project("examples/cpp").join(source)],
            &Compiler::cpp(),
            library,
        )
    }

    /// Builds a source that a test has written.
    #[track_caller]
    pub fn build_text(source: &str, library: Library) -> CProgram {
        let folder = TempDir::new("c-source");
        let file = folder.join("generated.c");
        fs::write(&file, source).expect("write a source");
        CProgram::build_files(&[file], &Compiler::c(), library)
    }

    #[track_caller]
    fn build_files(sources: &[PathBuf], compiler: &Compiler, library: Library) -> CProgram {
        let program = CProgram {
            environment: Vec::new(),
            folder: TempDir::new("c-program"),
            is_sanitized: compiler.is_sanitized(),
        };
        let mut compiler = compiler.command();
        compiler.args(["-g", "-pthread"]);
        compiler.arg("-I").arg(in_project("tests/c"));
        compiler.args(sources).arg(library.file());
        match library {
            Library::Shared => {
                let folder = library.file();
                let folder = folder.parent().expect("the folder of the library");
                compiler.arg(format!("-Wl,-rpath,{}", folder.display()));
            }
            Library::Static => {
                compiler.args(STATIC_NEEDS);
            }
        }
        compiler.arg("-o").arg(program.path());
        expect_success(&compiler.output().expect("run a compiler"));
        program
    }

    fn path(&self) -> PathBuf {
        self.folder.join("program")
    }

    /// Sets a variable of the environment for all its runs.
    pub fn env(mut self, name: &str, value: impl Into<String>) -> CProgram {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// It, to be run as the caller likes.
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.path());
        command.envs(self.environment.iter().cloned());
        command
    }

    /// Runs it as it is; what it printed. Fails the test unless it succeeds.
    #[track_caller]
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        expect_success(
            &self
                .command()
                .args(arguments)
                .output()
                .expect("run a C program"),
        )
    }

    /// Whether sanitizers watch it, and not valgrind.
    pub fn is_sanitized(&self) -> bool {
        self.is_sanitized
    }

    /// Runs it and watches it; what it printed. Fails the test unless it succeeds and does nothing wrong with memory,
    /// losing some included.
    #[track_caller]
    pub fn run_checked<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        expect_success(&self.watched(arguments))
    }

    /// Runs it and watches it; what was said. Fails the test unless something wrong was found.
    #[track_caller]
    pub fn run_to_be_blamed<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> String {
        let output = self.watched(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(FOUND), "{said}");
        said
    }

    /// Runs it under helgrind, which finds what threads change without a lock; what it printed, and what helgrind said.
    #[track_caller]
    pub fn helgrind<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        let known = in_project("tests/c/helgrind.supp");
        let mut valgrind = Command::new(installed("valgrind", "valgrind"));
        valgrind
            .args(["--quiet", "--tool=helgrind", "--num-callers=30"])
            .arg(format!("--suppressions={}", known.display()))
            .arg(format!("--error-exitcode={FOUND}"))
            .arg(self.path())
            .args(arguments)
            .envs(self.environment.iter().cloned());
        valgrind.output().expect("run valgrind")
    }

    fn watched<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        if !self.is_sanitized {
            return self.valgrind(arguments);
        }
        let mut command = self.command();
        for sanitizer in ["ASAN", "LSAN", "UBSAN"] {
            command.env(format!("{sanitizer}_OPTIONS"), format!("exitcode={FOUND}"));
        }
        command.args(arguments).output().expect("run a C program")
    }

    fn valgrind<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        let mut valgrind = Command::new(installed("valgrind", "valgrind"));
        valgrind
            .args(["--quiet", "--leak-check=full", "--show-leak-kinds=definite"])
            .args(["--errors-for-leak-kinds=definite", "--num-callers=30"])
            .arg(format!("--error-exitcode={FOUND}"))
            .arg(self.path())
            .args(arguments)
            .envs(self.environment.iter().cloned());
        valgrind.output().expect("run valgrind")
    }
}
