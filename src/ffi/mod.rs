//! The C contract: every function, struct and number of `include/imgferry.h`.
//!
//! The manual for C programs is the head of that header (its text is in `cbindgen.toml`); the comments of the items
//! here are printed into it word for word, so they are written for C programmers. `tests/header.rs` writes the header,
//! in the order of the modules that are re-exported below.
//!
//! One pattern, everywhere:
//!
//! - An exported function takes its arguments, makes one call of the public Rust API and hands the result out. It
//!   decides nothing.
//! - Whatever can fail runs in `guard`, which catches panics and sets the outputs. Whatever cannot fail but does more
//!   than read a field runs in `guard::quietly`.
//! - Functions that differ only in where bytes come from or go to share a private one. It takes a closure that reads
//!   that argument, so that arguments are checked in the order of the signature.
//! - Each verb of the engine has a file: its options, its functions, its result.
//! - Handles and outputs are references in the signatures, so that NULL is the only wrong value they can have; only
//!   texts, arrays, options and calls are raw pointers, which `args`, `options` and `call` read.
//! - Everything that is given away is a `Box` whose type has private fields; its texts are `CString`s made at
//!   creation, so that a getter only reads.
//! - A struct of the caller begins with its size and is read by `options::read` only.

#![expect(non_camel_case_types, reason = "the names are C's")]
#![expect(
    clippy::missing_safety_doc,
    reason = "the head of the header says once what pointers must be; a section for each function would be printed into it"
)]

mod version;
pub use version::*;

mod status;
pub use status::*;

mod error;
pub use error::*;

mod text;
pub use text::*;

mod cancel;
pub use cancel::*;

mod progress;
pub use progress::*;

mod call;
pub use call::*;

mod log;
pub use log::*;

mod stream;
pub use stream::*;

mod sink;
pub use sink::*;

mod reader;
pub use reader::*;

mod saved;
pub use saved::*;

mod credential;
pub use credential::*;

mod credential_callback;
pub use credential_callback::*;

mod local_image;
pub use local_image::*;

mod remote_image;
pub use remote_image::*;

mod engine_options;
pub use engine_options::*;

mod engine;
pub use engine::*;

mod engine_push;
pub use engine_push::*;

mod engine_pull;
pub use engine_pull::*;

mod engine_load;
pub use engine_load::*;

mod engine_archive;
pub use engine_archive::*;

mod engine_import;
pub use engine_import::*;

mod engine_inspect;
pub use engine_inspect::*;

mod engine_history;
pub use engine_history::*;

mod engine_distribution;
pub use engine_distribution::*;

mod engine_list;
pub use engine_list::*;

mod engine_remove;
pub use engine_remove::*;

mod engine_search;
pub use engine_search::*;

mod registry_options;
pub use registry_options::*;

mod registry_results;
pub use registry_results::*;

mod registry;
pub use registry::*;

mod registry_head;
pub use registry_head::*;

mod registry_blobs;
pub use registry_blobs::*;

mod registry_upload_options;
pub use registry_upload_options::*;

mod registry_uploaded_blob;
pub use registry_uploaded_blob::*;

mod registry_upload;
pub use registry_upload::*;

mod registry_put_manifest;
pub use registry_put_manifest::*;

mod registry_deletes;
pub use registry_deletes::*;

mod registry_names;
pub use registry_names::*;

mod registry_platforms;
pub use registry_platforms::*;

mod registry_image_config;
pub use registry_image_config::*;

mod registry_tag_info;
pub use registry_tag_info::*;

mod registry_referrers;
pub use registry_referrers::*;

mod registry_login;
pub use registry_login::*;

mod registry_rate_limit;
pub use registry_rate_limit::*;

mod token_callback;
pub use token_callback::*;

mod config_options;
pub use config_options::*;

mod config;
pub use config::*;

mod config_names;
pub use config_names::*;

mod tag;
pub use tag::*;

mod images_options;
pub use images_options::*;

mod images_results;
pub use images_results::*;

mod images;
pub use images::*;

mod place;
pub use place::*;

mod place_inspect;
pub use place_inspect::*;

mod place_list;
pub use place_list::*;

mod place_delete;
pub use place_delete::*;

mod layer_compression;
pub use layer_compression::*;

mod copy;
pub use copy::*;

// What they are made of; nothing of it is in the header.
mod args;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzed;
mod guard;
mod number;
mod options;
mod pairs;
mod process;
mod userdata;
