//! What the integration tests share: real parts (an engine, a registry), images to move, and independent judges.
//!
//! A missing program fails the test and names the Debian package; `tests/run` installs them all.

#![allow(
    dead_code,
    unused_imports,
    reason = "every test program compiles all of this and uses a part of it"
)]

mod engine;
mod fault_proxy;
mod image;
mod measure;
mod noise;
mod part;
mod program;
mod registry;
mod registry_log;
mod scripted_engine;
mod skopeo;
mod tar_stream;
mod unique;
mod unprivileged;

pub use engine::Engine;
pub use fault_proxy::{
    Answer, Connection, Dice, Direction, Exchange, Fault, FaultProxy, Listen, Plan, Requests,
    Target, Then,
};
pub use image::{Archive, Image, ImageSpec, LayerSpec};
pub use measure::{Measured, run_measured};
pub use part::Part;
pub use program::{expect_success, installed};
pub use registry::{Registry, RegistryOptions};
pub use registry_log::Request;
pub use scripted_engine::{Head, ScriptedEngine, say, swallow};
pub use skopeo::skopeo;
pub use unique::{TempDir, free_port, unique};
pub use unprivileged::run_as_nobody;
