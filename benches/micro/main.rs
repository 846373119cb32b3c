//! Small parts of the library by themselves, in memory: no engine, no registry, no disk.
//!
//! ```text
//! cargo bench --bench micro                # all of them
//! cargo bench --bench micro -- references  # one subject
//! ```
//!
//! What has no opponent stands beside the least that the same work can cost: the hash alone, the JSON alone, Rust alone.

/// What is measured is shown to nobody, so this program has the rooms that do it, and each subject is in its room.
#[path = "../../src"]
#[allow(
    dead_code,
    unused_imports,
    reason = "the rooms can more than this program wants"
)]
mod rooms {
    pub mod call;
    pub mod digest;
    pub mod error;
    pub mod grammar;
    pub mod naming;
    pub mod progress;
    pub mod reference;

    #[path = "../benches/micro/answer.rs"]
    pub mod http;

    pub mod engine {
        mod follow;
        mod messages;
        mod number;
        mod steps;

        /// No stream that is measured fails.
        mod refusal {
            use crate::error::{Context, Error};

            pub(super) fn refused_in_stream(message: String, _: Box<Context>) -> Error {
                panic!("{message}")
            }
        }

        #[path = "../../benches/micro/message_stream.rs"]
        mod message_stream;
    }

    pub mod store {
        mod verified;

        #[path = "../../benches/micro/digests.rs"]
        mod digests;
    }

    #[allow(non_camel_case_types, unsafe_code, reason = "it speaks C")]
    pub mod ffi {
        mod number;
        mod progress;

        #[path = "../../benches/micro/callbacks.rs"]
        mod callbacks;
    }
}
#[allow(unsafe_code, reason = "it speaks C")]
mod c_calls;
mod references;

use rooms::{call, digest, error, grammar, http, naming, progress, reference};

use progress::{ImageProgressPull, ImageProgressPush, ImageProgressStep, Phase, Progress, Unit};

fn main() {
    divan::main();
}
