//! The images that the `Images` verbs take and return: local ones, remote ones, and tags with a size; and the parser that
//! reads their names as a configuration means them.

mod clusters;
mod conversions;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzed;
mod local;
mod parser;
#[cfg(any(test, fuzzing))]
mod promises;
mod reading;
mod registry_key;
mod remote;
#[cfg(test)]
mod round_trips;
mod tag_option;
mod uri;
#[cfg(test)]
mod vectors;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::grammar::BrokenRule;
use crate::reference::{self, Reference};

pub(crate) use clusters::{ClusterNames, NamedRegistry};
pub use local::LocalImage;
pub use parser::Parser;
pub(crate) use registry_key::RegistryUrl;
pub use remote::RemoteImage;
pub use tag_option::TagOption;

/// A tag in a registry, with the size of its image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tag {
    /// The tag.
    pub name: String,
    /// The size of its image in the registry, in bytes.
    pub size: u64,
}

/// Names that would become an `image:` URI or an image ID when a tag follows them.
const AMBIGUOUS: [&str; 4] = ["image", "sha256", "sha384", "sha512"];

/// Reads a Docker name that cannot be mistaken for an `image:` URI or an image ID, with or without its tag.
fn read_docker_name(text: &str) -> Result<Reference, BrokenRule> {
    let bare = text.split([':', '@']).next().unwrap_or(text);
    if AMBIGUOUS.contains(&bare) || reference::image_id(bare).is_some() {
        let rule = format!(
            "this reads as an `image:` URI or an image ID: for the repository of Docker Hub write `library/{bare}`"
        );
        return Err(BrokenRule::new(0, rule));
    }
    Reference::read(text)
}

/// The part of `text` before tag and digest, which `reference` was read from.
fn name_as_written<'t>(text: &'t str, reference: &Reference) -> &'t str {
    &text[..text.len() - reference.suffix().len()]
}

/// Fails when `text`, which should be a bare name, has a tag or a digest; `reference` was read from it.
fn refuse_suffix(text: &str, reference: &Reference) -> Result<()> {
    if reference.suffix().is_empty() {
        return Ok(());
    }
    let position = name_as_written(text, reference).len();
    let rule = "the name holds a tag or a digest, which must be given apart";
    Err(BrokenRule::new(position, rule).in_text(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_or_an_image_id_is_not_taken_for_a_docker_name_with_a_tag() {
        let id_and_tag = format!("{}:v1", "0123456789abcdef".repeat(4));
        for text in [
            "image:ubuntu",
            "image:latest",
            "image:/a/b",
            "image://c/p/n:t",
            "image",
            "sha256",
            "sha256:v1",
            &id_and_tag,
        ] {
            let error = LocalImage::parse(text).unwrap_err().to_string();
            assert!(error.contains("`library/"), "{error}");
            let error = RemoteImage::parse(text).unwrap_err().to_string();
            assert!(error.contains("`library/"), "{error}");
        }
        let image = LocalImage::parse("library/image:v1").unwrap();
        assert_eq!(image.name(), "library/image");
        let image = RemoteImage::parse("ghcr.io/image:v1").unwrap();
        assert_eq!(image.name(), "image");
    }

    #[test]
    fn a_name_given_apart_from_its_tag_cannot_smuggle_in_another_one() {
        let pinned = format!("app@sha256:{}", "0123456789abcdef".repeat(4));
        for name in ["app:1", "localhost:5000", &pinned] {
            for tag in [None, Some("2")] {
                assert!(LocalImage::new(name, tag).is_err(), "{name}");
                for registry in [None, Some("a.b")] {
                    let image = RemoteImage::new_external_image(name, registry, tag);
                    assert!(image.is_err(), "{image:?}");
                }
            }
        }
        assert!(LocalImage::new("app", Some("1@x")).is_err());
        assert!(RemoteImage::new_external_image("app", None, Some("1@x")).is_err());
        assert!(LocalImage::new("", Some("1")).is_err());
    }
}
