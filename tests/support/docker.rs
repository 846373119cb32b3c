//! The docker command, an independent judge of engines.

use std::process::{Command, Output};

use super::program::installed;
use super::unique::TempDir;

/// Runs docker with no settings but those of `environment`: `DOCKER_HOST` and its like.
#[track_caller]
pub fn docker(environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    let home = TempDir::new("docker");
    Command::new(installed("docker", "docker.io"))
        .env_clear()
        .env("HOME", home.path())
        .envs(environment.iter().copied())
        .args(arguments)
        .output()
        .expect("run docker")
}
