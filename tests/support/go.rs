//! Go programs that use the library, built as their users build them: by what pkg-config says of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::c_program::{Library, in_project};
use super::program::{expect_success, installed};
use super::unique::TempDir;

/// Go in the folder of the Go package, where it finds the library, keeps what it compiles below the target folder, and
/// asks no network.
#[derive(Debug)]
pub struct Go {
    /// Has imgferry.pc, and is Go's home.
    folder: TempDir,
}

impl Go {
    #[track_caller]
    pub fn new() -> Go {
        installed("pkg-config", "pkgconf");
        let folder = TempDir::new("go");
        let library = Library::Shared.file();
        let library = library.parent().expect("the folder of the library");
        let description = format!(
            "Name: imgferry\nDescription: of the tests\nVersion: 0\n\
             Cflags: -I{include}\nLibs: -L{library} -limgferry -Wl,-rpath,{library}\n",
            include = in_project("include").display(),
            library = library.display(),
        );
        fs::write(folder.join("imgferry.pc"), description).expect("write imgferry.pc");
        Go { folder }
    }

    /// The command `go`.
    #[track_caller]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go");
        let mut command = Command::new(installed("go", "golang-go"));
        command
            .args(arguments)
            .current_dir(in_project("examples/go"))
            .env("PKG_CONFIG_PATH", self.folder.path())
            .env("HOME", self.folder.path())
            .env("GOCACHE", cache)
            .env("GOPATH", self.folder.join("path"))
            .env("GOPROXY", "off")
            // The sources may belong to another user, whom git does not trust.
            .env("GOFLAGS", "-mod=mod -buildvcs=false");
        command
    }

    /// Builds one of the programs in `examples/go/cmd`; it, to be run as the caller likes.
    #[track_caller]
    pub fn program(&self, name: &str) -> Command {
        let built = self.folder.join(name);
        let output = built.to_str().expect("UTF-8");
        let mut build = self.command(&["build", "-o", output, &format!("./cmd/{name}")]);
        expect_success(&build.output().expect("run go"));
        // As for Python: Ctrl-C stays ignored where it is.
        let mut command = Command::new(installed("env", "coreutils"));
        command.arg("--default-signal=INT").arg(built);
        command
    }
}
