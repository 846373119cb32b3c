//! A private Podman service: another engine that speaks the Docker API.

use std::ops::Deref;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use super::part::Part;
use super::program::{expect_success, installed};
use super::unique::TempDir;

/// A running service, which trusts registries on 127.0.0.1 without TLS; see [`Part`] for its process.
#[derive(Debug)]
pub struct Podman(Part);

impl Podman {
    /// The service that the tests of this process share: give each image a name of its own, remove only your own, and
    /// neither freeze nor kill it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Podman> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A service of the test's own.
    #[track_caller]
    pub fn start() -> Self {
        Self(Part::start(&["podman"]))
    }

    pub fn socket(&self) -> &Path {
        Path::new(self.fact("socket"))
    }

    /// The socket as `DOCKER_HOST` names it.
    pub fn endpoint(&self) -> String {
        format!("unix://{}", self.fact("socket"))
    }

    /// Asks the service through the podman command, an independent judge: it speaks Podman's own API.
    #[track_caller]
    pub fn podman(&self, arguments: &[&str]) -> Output {
        let home = TempDir::new("podman");
        Command::new(installed("podman", "podman"))
            .env_clear()
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .env("TMPDIR", home.path())
            .args(["--remote", "--url", &self.endpoint()])
            .args(arguments)
            .output()
            .expect("run podman")
    }

    /// The same, when it must succeed: the standard output.
    #[track_caller]
    pub fn podman_ok(&self, arguments: &[&str]) -> String {
        expect_success(&self.podman(arguments))
    }
}

impl Deref for Podman {
    type Target = Part;

    fn deref(&self) -> &Part {
        &self.0
    }
}
