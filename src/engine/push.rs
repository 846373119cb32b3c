//! `push`: the engine sends an image to a registry.

use serde::Deserialize;

use super::Engine;
use super::follow::follow;
use super::messages::Message;
use super::name::no_digest;
use super::platform::platform_json;
use crate::call::Call;
use crate::credentials::Credential;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::http::Method;
use crate::reference::Reference;

/// How an image is pushed.
#[derive(Debug, Clone, Default)]
pub struct PushOptions {
    /// The tag to push, in place of one in the reference.
    pub tag: Option<String>,
    /// Pushes all tags that the repository has in the engine.
    pub all_tags: bool,
    /// Pushes only this platform, as `os/arch[/variant]` (API 1.46).
    pub platform: Option<String>,
    /// What to present to the registry instead of the engine's own credentials (docker-py's `auth_config`).
    pub credential: Option<Credential>,
}

/// What a push did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The name that was pushed, with its tag; without one when all tags were pushed.
    pub reference: Reference,
    /// The digest of the manifest in the registry; `None` when the engine did not tell, which is also a warning, and
    /// when all tags were pushed.
    pub digest: Option<Digest>,
    /// The size of the manifest in bytes (not of the image).
    pub manifest_size: Option<u64>,
    /// Each tag that was pushed, as far as the engine told.
    pub tags: Vec<PushedTag>,
    /// What the engine noted on the way, for instance that it pushed only a part of an index.
    pub warnings: Vec<String>,
}

/// A tag that was pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedTag {
    /// The tag.
    pub tag: String,
    /// The digest of the manifest in the registry.
    pub digest: Digest,
    /// The size of the manifest in bytes (not of the image).
    pub manifest_size: Option<u64>,
}

impl Engine {
    /// Pushes the image with the name `reference` to the registry in that name; without a tag `latest` is pushed
    /// (docker-py pushes all tags then).
    ///
    /// `POST /images/{name}/push`. The engine answers 200 before it has spoken to the registry; what it says
    /// afterwards in the stream is an error here.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the engine has no such image,
    /// [`Unauthorized`](crate::ErrorKind::Unauthorized) or [`Denied`](crate::ErrorKind::Denied) when the registry
    /// refuses, [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a reference with a digest, or for all tags
    /// and a tag.
    pub fn push(
        &self,
        reference: &str,
        options: &PushOptions,
        call: &mut Call<'_>,
    ) -> Result<Pushed> {
        let PushOptions {
            tag,
            all_tags,
            platform,
            credential,
        } = options;
        let reference = what_to_push(reference, tag.as_deref(), *all_tags)?;
        let platform = platform.as_deref().map(platform_json).transpose()?;
        let call = &mut *call.enter("push", &reference);
        let path = ["images", reference.repository(), "push"];
        let mut request = self.shared.request(Method::Post, &path, call)?;
        if let Some(tag) = reference.tag() {
            request.url.query_pairs_mut().append_pair("tag", tag);
        }
        if let Some(platform) = platform {
            self.shared.require("1.46", "a platform for a push", call)?;
            request
                .url
                .query_pairs_mut()
                .append_pair("platform", &platform);
        }
        let auth = self
            .shared
            .registry_auth(&reference, credential.as_ref(), call)?;
        request.headers.push(auth);
        let response = self.shared.send_patiently(request, call)?;
        let mut outcome = Outcome::default();
        let mut steps = follow(response, call, |message| outcome.note(message))?;
        let Outcome { tags, mut warnings } = outcome;
        let pushed = tags
            .iter()
            .find(|pushed| Some(pushed.tag.as_str()) == reference.tag());
        let digest = pushed.map(|pushed| pushed.digest.clone());
        let manifest_size = pushed.and_then(|pushed| pushed.manifest_size);
        if tags.is_empty() {
            warnings.push("the engine did not say which digest it pushed".into());
        }
        warnings.extend_from_slice(call.warnings());
        steps.finish(digest.as_ref().map_or("", Digest::as_str), call)?;
        Ok(Pushed {
            reference,
            digest,
            manifest_size,
            tags,
            warnings,
        })
    }
}

/// The reference with the tag to push; without a tag for all of them.
fn what_to_push(text: &str, tag: Option<&str>, all_tags: bool) -> Result<Reference> {
    let reference = Reference::parse(text)?;
    no_digest(&reference, "reference")?;
    let tag = tag.or(reference.tag());
    match (all_tags, tag) {
        (false, tag) => reference.with_tag(tag.unwrap_or(reference.tag_or_latest())),
        (true, None) => Ok(reference),
        (true, Some(tag)) => Err(Error::InvalidArgument {
            argument: "all_tags",
            reason: format!("all tags and the tag {tag} cannot both be meant"),
        }),
    }
}

#[derive(Default)]
struct Outcome {
    tags: Vec<PushedTag>,
    warnings: Vec<String>,
}

/// What engines add to a push: the graphdriver stores the digest, the containerd store notes.
#[derive(Deserialize)]
struct Aux {
    #[serde(rename = "Tag")]
    tag: Option<String>,
    #[serde(rename = "Digest")]
    digest: Option<String>,
    #[serde(rename = "Size")]
    size: Option<u64>,
    #[serde(rename = "manifestPushedInsteadOfIndex")]
    pushed_instead_of_index: Option<bool>,
    #[serde(rename = "contentMissing")]
    content_missing: Option<bool>,
}

impl Outcome {
    fn note(&mut self, message: &Message<'_>) {
        match message.aux.map(|aux| serde_json::from_str(aux.get())) {
            Some(Ok(aux)) => self.note_aux(&aux),
            // What was pushed is pushed.
            Some(Err(error)) => self
                .warnings
                .push(format!("the engine added what is not understood: {error}")),
            None => {}
        }
        if message.id().is_none() {
            let status = message.status();
            if let Some((tag, digest, size)) = digest_line(status) {
                self.note_tag(tag, digest, size.parse().ok());
            }
        }
    }

    fn note_aux(&mut self, aux: &Aux) {
        if let (Some(tag), Some(digest)) = (&aux.tag, &aux.digest) {
            self.note_tag(tag, digest, aux.size);
        }
        if aux.pushed_instead_of_index == Some(true) {
            self.warnings.push(
                "the engine does not have all platforms of this image, and pushed one manifest instead of the index"
                    .into(),
            );
        }
        if aux.content_missing == Some(true) {
            self.warnings
                .push("the engine does not have all content of this image".into());
        }
    }

    fn note_tag(&mut self, tag: &str, digest: &str, manifest_size: Option<u64>) {
        match Digest::parse(digest) {
            Ok(digest) => {
                self.tags.retain(|other| other.tag != tag);
                self.tags.push(PushedTag {
                    tag: tag.to_owned(),
                    digest,
                    manifest_size,
                });
            }
            Err(error) => self
                .warnings
                .push(format!("the engine named no usable digest: {error}")),
        }
    }
}

/// The parts of `<tag>: digest: <digest> size: <bytes>`, the only place where the containerd store and podman tell
/// them.
fn digest_line(status: &str) -> Option<(&str, &str, &str)> {
    let (tag, rest) = status.split_once(": digest: ")?;
    let (digest, size) = rest.split_once(" size: ")?;
    Some((tag, digest, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:a31a221714acc6b7ce6a9a7514bf4db5c08aaa3e3fdcce9bea864cd2a7e6564a";

    fn outcome(lines: &[&str]) -> Outcome {
        let mut outcome = Outcome::default();
        for line in lines {
            outcome.note(&serde_json::from_str(line).expect("a message"));
        }
        outcome
    }

    #[test]
    fn the_pushed_digest_is_found_on_every_engine() {
        let status = format!(r#"{{"status":"1: digest: {DIGEST} size: 527"}}"#);
        let aux = format!(
            r#"{{"progressDetail":{{}},"aux":{{"Tag":"1","Digest":"{DIGEST}","Size":527}}}}"#
        );
        for lines in [vec![status.as_str()], vec![&aux], vec![&status, &aux]] {
            let tags = outcome(&lines).tags;
            assert_eq!(tags.len(), 1);
            assert_eq!(
                (tags[0].tag.as_str(), tags[0].digest.as_str()),
                ("1", DIGEST)
            );
            assert_eq!(tags[0].manifest_size, Some(527));
        }
    }

    #[test]
    fn an_addition_that_is_not_understood_is_a_warning() {
        let warnings = outcome(&[r#"{"aux":{"Tag":7}}"#]).warnings;
        assert_eq!(warnings.len(), 1, "{warnings:?}");
    }

    #[test]
    fn other_lines_are_not_taken_for_the_digest() {
        let layer = format!(r#"{{"status":"1: digest: {DIGEST} size: 527","id":"30619ee16bee"}}"#);
        let repository = r#"{"status":"The push refers to repository [127.0.0.1:5701/demo/two]"}"#;
        assert_eq!(outcome(&[&layer, repository]).tags, []);
    }

    #[test]
    fn a_partly_pushed_index_is_a_warning() {
        let line = r#"{"progressDetail":{},"aux":{"manifestPushedInsteadOfIndex":true,"originalIndex":{}}}"#;
        assert_eq!(outcome(&[line]).warnings.len(), 1);
    }

    #[test]
    fn one_tag_is_pushed_unless_all_are_asked_for() {
        let push = |text: &str, tag, all| what_to_push(text, tag, all).map(|it| it.to_string());
        assert_eq!(
            push("h.io/a", None, false).expect("latest"),
            "h.io/a:latest"
        );
        assert_eq!(push("h.io/a:1", Some("2"), false).expect("2"), "h.io/a:2");
        assert_eq!(push("h.io/a", None, true).expect("all"), "h.io/a");
        assert!(push("h.io/a:1", None, true).is_err());
    }
}
