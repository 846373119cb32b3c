//! The compilers of C and C++.

use std::process::Command;

use super::c_program::in_project;
use super::program::installed;

/// What the header promises to be clean under.
pub const STRICT: &[&str] = &[
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Wshadow",
    "-Werror",
];

/// A compiler, and what it is told besides what all are.
#[derive(Clone, Debug)]
pub struct Compiler {
    program: &'static str,
    package: &'static str,
    flags: Vec<String>,
    is_sanitized: bool,
}

impl Compiler {
    /// C as the header promises to be at least.
    pub fn c() -> Compiler {
        Compiler::new("gcc", "gcc", "c99")
    }

    /// C++ as the C++ header promises to be at least.
    pub fn cpp() -> Compiler {
        Compiler::new("g++", "g++", "c++17")
    }

    /// One of its package, for a standard of its language.
    pub fn new(program: &'static str, package: &'static str, standard: &str) -> Compiler {
        Compiler {
            program,
            package,
            flags: vec![format!("-std={standard}")],
            is_sanitized: false,
        }
    }

    /// The same with one more flag.
    pub fn with(mut self, flag: &str) -> Compiler {
        self.flags.push(flag.to_owned());
        self
    }

    /// The same with AddressSanitizer, which also looks for what is lost, and UndefinedBehaviorSanitizer; each ends the
    /// program.
    pub fn sanitized(self) -> Compiler {
        let compiler = self
            .with("-fsanitize=address,undefined")
            .with("-fno-sanitize-recover=all");
        Compiler {
            is_sanitized: true,
            ..compiler
        }
    }

    pub fn is_sanitized(&self) -> bool {
        self.is_sanitized
    }

    /// It, with its own flags, the warnings and the headers.
    pub fn command(&self) -> Command {
        let mut command = Command::new(installed(self.program, self.package));
        command.args(&self.flags).args(STRICT);
        command.arg("-I").arg(in_project("include"));
        command
    }
}
