//! A private Docker Engine.

use std::ops::Deref;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use super::part::Part;
use super::program::{expect_success, installed};

/// A running engine; see [`Part`] for its process.
#[derive(Debug)]
pub struct Engine(Part);

impl Engine {
    /// The engine that the tests of this process share: give each image a name of its own, remove only your own, and
    /// neither freeze nor kill it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Engine> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// An engine of the test's own.
    #[track_caller]
    pub fn start() -> Self {
        Self(Part::start(&["engine"]))
    }

    pub fn socket(&self) -> &Path {
        Path::new(self.fact("socket"))
    }

    /// The socket as `DOCKER_HOST` names it.
    pub fn endpoint(&self) -> String {
        format!("unix://{}", self.fact("socket"))
    }

    /// Asks the engine through the docker command, an independent judge. Logins are kept for this engine only.
    #[track_caller]
    pub fn docker(&self, arguments: &[&str]) -> Output {
        Command::new(installed("docker", "docker.io"))
            .env_clear()
            .env("DOCKER_CONFIG", self.dir().join("cli"))
            .arg("--host")
            .arg(self.endpoint())
            .args(arguments)
            .output()
            .expect("run docker")
    }

    /// The same, when it must succeed: the standard output.
    #[track_caller]
    pub fn docker_ok(&self, arguments: &[&str]) -> String {
        expect_success(&self.docker(arguments))
    }
}

impl Deref for Engine {
    type Target = Part;

    fn deref(&self) -> &Part {
        &self.0
    }
}
