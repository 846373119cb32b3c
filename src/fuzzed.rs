//! What is fuzzed: one function for each target of the folder `fuzz`, which takes any bytes and panics where the library
//! does not do what it promises.
//!
//! They are here, and only while the library is fuzzed or tested, so that they reach the parsers that no program
//! reaches. What can be said of a room's parser is said in that room; this is the list of all, and the test which goes
//! through the inputs that are kept.

pub use crate::credentials::fuzzed::docker_config;
pub use crate::engine::fuzzed::message_stream;
#[cfg(feature = "capi")]
pub use crate::ffi::fuzzed::c_text;
pub use crate::naming::fuzzed::{image_uri, reference};
pub use crate::oci::fuzzed::manifest;
pub use crate::registry::fuzzed::{challenge, link, range};
pub use crate::store::fuzzed::{docker_archive, oci_layout};

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::{fs, panic};

    use super::*;

    type Target = fn(&[u8]);

    const TARGETS: &[(&str, Target)] = &[
        #[cfg(feature = "capi")]
        ("c_text", c_text),
        ("challenge", challenge),
        ("docker_archive", docker_archive),
        ("docker_config", docker_config),
        ("image_uri", image_uri),
        ("link", link),
        ("manifest", manifest),
        ("message_stream", message_stream),
        ("oci_layout", oci_layout),
        ("range", range),
        ("reference", reference),
    ];

    #[test]
    fn what_the_fuzzer_has_found_stays_mended() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        if !corpus.exists() {
            // In the package, which has no tests that need more than itself. `tests/fuzz.rs` sees that it is there else.
            return;
        }
        for (target, run) in TARGETS {
            for entry in fs::read_dir(corpus.join(target)).expect("inputs") {
                let path = entry.expect("an entry").path();
                let input = fs::read(&path).expect("an input");
                let outcome = panic::catch_unwind(|| run(&input));
                assert!(outcome.is_ok(), "{} breaks a promise", path.display());
            }
        }
    }
}
