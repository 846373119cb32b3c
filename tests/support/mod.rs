//! What the integration tests share: real parts (engines, servers), images to move, and independent judges.
//!
//! A missing program fails the test and names the Debian package; `tests/run` installs them all.

#![allow(
    dead_code,
    unused_imports,
    reason = "every test program compiles all of this and uses a part of it"
)]

mod access_log;
mod c_header;
mod c_program;
mod compiler;
mod docker;
mod engine;
mod example;
mod fault_proxy;
mod faulty;
mod forward_proxy;
mod go;
mod image;
mod measure;
mod nginx;
mod noise;
mod own_process;
mod paged_lists;
mod part;
mod podman;
mod prefix;
mod program;
mod python;
mod readme;
mod registry;
mod scenes;
mod scripted;
mod scripted_engine;
mod session_registry;
mod skopeo;
mod small_disk;
mod sshd;
mod symbols;
mod tar_stream;
mod tls_front;
mod token_server;
mod unique;
mod unprivileged;

pub use access_log::{AccessLog, Request};
pub use c_header::{CFunction, CHeader, CStruct, CVariable};
pub use c_program::{CProgram, FOUND, Library, SONAME, in_project};
pub use compiler::{Compiler, STRICT};
pub use docker::docker;
pub use engine::Engine;
pub use example::example;
pub use fault_proxy::{
    Answer, Connection, Dice, Direction, Exchange, Fault, FaultProxy, Listen, Plan, Requests,
    Target, Then,
};
pub use faulty::each_fault_is_found;
pub use forward_proxy::{ForwardProxy, Manner};
pub use go::Go;
pub use image::{Archive, Image, ImageSpec, LayerSpec};
pub use measure::{Measured, run_measured};
pub use nginx::{Nginx, NginxOptions};
pub use own_process::{given, in_own_process, is_own_process};
pub use paged_lists::PagedLists;
pub use part::Part;
pub use podman::Podman;
pub use prefix::Prefix;
pub use program::{expect_success, installed, interrupt};
pub use python::{checked_python, python};
pub use readme::in_readme;
pub use registry::{Registry, RegistryOptions};
pub use scenes::{
    DETAILS, answer, registry_with_an_image, root_file_system, scripted_registry, search_index,
    silent_engine,
};
pub use scripted::{Asked, Scripted, respond};
pub use scripted_engine::{Head, ScriptedEngine, say, swallow, swallow_chunks};
pub use session_registry::{SessionRegistry, Tells};
pub use skopeo::skopeo;
pub use small_disk::SmallDisk;
pub use sshd::Sshd;
pub use symbols::{declared_functions, dynamic_symbols, external_symbols};
pub use tls_front::TlsFront;
pub use token_server::TokenServer;
pub use unique::{TempDir, deep, free_port, unique};
pub use unprivileged::run_as_nobody;
