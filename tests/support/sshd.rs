//! A private SSH server.

use std::env;
use std::ops::Deref;

use super::engine::Engine;
use super::part::Part;

/// An SSH server on 127.0.0.1; see [`Part`] for its process.
#[derive(Debug)]
pub struct Sshd(Part);

impl Sshd {
    /// A machine, as seen from outside, on which the docker command uses this engine. The engine must live as long.
    #[track_caller]
    pub fn in_front_of(engine: &Engine) -> Self {
        Self(Part::start(&["sshd", engine.fact("socket")]))
    }

    /// As `DOCKER_HOST` names it.
    pub fn address(&self) -> String {
        format!("ssh://root@{}", self.fact("host"))
    }

    /// The PATH for a client of this server: this process's own, and before it an `ssh` that uses the server's client
    /// key and `known_hosts` in the part's folder, and nothing of the user's.
    pub fn path(&self) -> String {
        format!(
            "{}:{}",
            self.fact("bin"),
            env::var("PATH").expect("a PATH in UTF-8")
        )
    }
}

impl Deref for Sshd {
    type Target = Part;

    fn deref(&self) -> &Part {
        &self.0
    }
}
