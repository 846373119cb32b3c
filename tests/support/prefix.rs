//! The C library as it is installed, in a folder of its own.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::c_program::{Library, in_project};
use super::program::{expect_success, installed};
use super::unique::TempDir;

/// A prefix such as `/usr/local` with imgferry in it.
#[derive(Debug)]
pub struct Prefix {
    path: PathBuf,
    _folder: Option<TempDir>,
}

impl Prefix {
    /// One in which nothing is yet.
    pub fn empty() -> Prefix {
        let folder = TempDir::new("prefix");
        Prefix {
            path: folder.path().to_owned(),
            _folder: Some(folder),
        }
    }

    /// What CMake installs, for all tests of a program, who do not change it.
    pub fn shared() -> &'static Prefix {
        static PREFIX: OnceLock<Prefix> = OnceLock::new();
        PREFIX.get_or_init(|| {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("installed");
            if path.exists() {
                fs::remove_dir_all(&path).expect("remove what an earlier run installed");
            }
            let prefix = Prefix {
                path,
                _folder: None,
            };
            prefix.install_by_cmake();
            prefix
        })
    }

    #[track_caller]
    fn install_by_cmake(&self) {
        let build = TempDir::new("cmake");
        let cmake = |arguments: &[&OsStr]| {
            let mut cmake = Command::new(installed("cmake", "cmake"));
            cmake
                .args(arguments)
                .env("CARGO_TARGET_DIR", Prefix::target());
            expect_success(&cmake.output().expect("run cmake"));
        };
        let root = in_project("");
        let there = format!("-DCMAKE_INSTALL_PREFIX={}", self.path.display());
        let build = build.path().as_os_str();
        cmake(&[
            "-S".as_ref(),
            root.as_os_str(),
            "-B".as_ref(),
            build,
            there.as_ref(),
            "-DCMAKE_INSTALL_LIBDIR=lib".as_ref(),
        ]);
        cmake(&["--build".as_ref(), build]);
        cmake(&["--install".as_ref(), build]);
    }

    /// The target folder of these tests, where the library is built already.
    pub fn target() -> &'static Path {
        let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
        tmp.parent().expect("the target folder")
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn lib(&self) -> PathBuf {
        self.path.join("lib")
    }

    /// Every file and link in it, by its path from there, in order.
    pub fn files(&self) -> Vec<String> {
        fn visit(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).expect("a folder") {
                let entry = entry.expect("an entry");
                match entry.file_type().expect("a type").is_dir() {
                    true => visit(&entry.path(), found),
                    false => found.push(entry.path()),
                }
            }
        }
        let mut found = Vec::new();
        visit(self.path(), &mut found);
        found.sort();
        let names = found.iter().map(|path| path.strip_prefix(self.path()));
        names
            .map(|name| name.expect("below it").display().to_string())
            .collect()
    }

    /// What `pkg-config` answers for imgferry.
    #[track_caller]
    pub fn pkg_config(&self, arguments: &[&str]) -> Vec<String> {
        let mut command = Command::new(installed("pkg-config", "pkgconf"));
        command.args(arguments).arg("imgferry");
        let said = expect_success(&self.give(&mut command).output().expect("run pkg-config"));
        said.split_whitespace().map(str::to_owned).collect()
    }

    /// Lets a command find what is installed here, when it builds a program and when it runs it.
    pub fn give<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("PKG_CONFIG_PATH", self.lib().join("pkgconfig"))
            .env("CMAKE_PREFIX_PATH", self.path())
            .env("LD_LIBRARY_PATH", self.lib())
    }

    /// Builds a C program, with what `pkg-config` says for the kind of library, and with `more` before or after it.
    #[track_caller]
    pub fn compile(&self, source: &str, library: Library, more: [&[&str]; 2]) -> Built {
        let folder = TempDir::new("installed");
        let program = folder.join("program");
        fs::write(folder.join("program.c"), source).expect("write a source");
        let arguments = match library {
            Library::Shared => self.pkg_config(&["--cflags", "--libs"]),
            Library::Static => {
                let arguments = self.pkg_config(&["--cflags", "--libs", "--static"]);
                let archive = |argument: String| match argument.as_str() {
                    "-limgferry" => "-l:libimgferry.a".to_owned(),
                    _ => argument,
                };
                arguments.into_iter().map(archive).collect()
            }
        };
        let mut gcc = Command::new(installed("gcc", "gcc"));
        gcc.args(["-Wall", "-Wextra", "-Werror", "-o"])
            .arg(&program)
            .arg(folder.join("program.c"))
            .args(more[0])
            .args(arguments)
            .args(more[1]);
        expect_success(&gcc.output().expect("run gcc"));
        Built {
            program,
            _folder: folder,
        }
    }

    /// Runs a program that was built against what is installed here; what it printed.
    #[track_caller]
    pub fn run<A: AsRef<OsStr>>(&self, program: &Path, arguments: &[A]) -> String {
        let mut command = Command::new(program);
        let output = self.give(command.args(arguments)).output();
        expect_success(&output.expect("run a program"))
    }
}

/// A program that was built, removed when this is dropped.
#[derive(Debug)]
pub struct Built {
    pub program: PathBuf,
    _folder: TempDir,
}
