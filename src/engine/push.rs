//! `push`: the engine sends an image to a registry.

use serde::Deserialize;

use super::Engine;
use super::follow::follow;
use super::messages::Message;
use super::name::no_digest;
use crate::call::Call;
use crate::credentials::Credential;
use crate::digest::Digest;
use crate::error::Result;
use crate::http::Method;
use crate::reference::Reference;

/// How an image is pushed.
#[derive(Debug, Clone, Default)]
pub struct PushOptions {
    /// What to present to the registry instead of the engine's own credentials (docker-py's `auth_config`).
    pub credential: Option<Credential>,
}

/// What a push did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The name that was pushed, with its tag.
    pub reference: Reference,
    /// The digest of the manifest in the registry; `None` when the engine did not tell, which is also a warning.
    pub digest: Option<Digest>,
    /// The size of the manifest in bytes (not of the image).
    pub manifest_size: Option<u64>,
    /// What the engine noted on the way, for instance that it pushed only a part of an index.
    pub warnings: Vec<String>,
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
    /// refuses, [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a reference with a digest.
    pub fn push(
        &self,
        reference: &str,
        options: &PushOptions,
        call: &mut Call<'_>,
    ) -> Result<Pushed> {
        let PushOptions { credential } = options;
        let reference = Reference::parse(reference)?;
        no_digest(&reference, "reference")?;
        let call = &mut *call.enter("push", &reference);
        let tag = reference.tag_or_latest();
        let path = ["images", reference.repository(), "push"];
        let mut request = self.shared.request(Method::Post, &path, call)?;
        request.url.query_pairs_mut().append_pair("tag", tag);
        request
            .headers
            .push(self.shared.registry_auth(&reference, credential.as_ref()));
        let response = self.shared.send_patiently(request, call)?;
        let mut outcome = Outcome::default();
        let mut steps = follow(response, call, |message| outcome.note(tag, message))?;
        steps.finish(outcome.digest.as_ref().map_or("", Digest::as_str), call)?;
        let Outcome {
            digest,
            manifest_size,
            mut warnings,
        } = outcome;
        if digest.is_none() {
            warnings.push("the engine did not say which digest it pushed".into());
        }
        Ok(Pushed {
            digest,
            manifest_size,
            warnings,
            reference: reference.with_tag(tag)?,
        })
    }
}

#[derive(Default)]
struct Outcome {
    digest: Option<Digest>,
    manifest_size: Option<u64>,
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
    fn note(&mut self, tag: &str, message: &Message<'_>) {
        if let Some(Ok(aux)) = message
            .aux
            .map(|aux| serde_json::from_str::<Aux>(aux.get()))
        {
            if aux.tag.as_deref() == Some(tag) {
                self.note_digest(aux.digest.as_deref(), aux.size);
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
        if message.id.is_none() {
            let status = message.status.as_deref().unwrap_or_default();
            if let Some((digest, size)) = digest_line(status, tag) {
                self.note_digest(Some(digest), size.parse().ok());
            }
        }
    }

    fn note_digest(&mut self, digest: Option<&str>, size: Option<u64>) {
        match digest.map(Digest::parse) {
            Some(Ok(digest)) => {
                self.digest = Some(digest);
                self.manifest_size = size;
            }
            Some(Err(error)) => self
                .warnings
                .push(format!("the engine named no usable digest: {error}")),
            None => {}
        }
    }
}

/// Digest and size in `<tag>: digest: <digest> size: <bytes>`, the only place where the containerd store and podman
/// tell them.
fn digest_line<'s>(status: &'s str, tag: &str) -> Option<(&'s str, &'s str)> {
    status
        .strip_prefix(tag)?
        .strip_prefix(": digest: ")?
        .split_once(" size: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:a31a221714acc6b7ce6a9a7514bf4db5c08aaa3e3fdcce9bea864cd2a7e6564a";

    fn outcome(lines: &[&str]) -> Outcome {
        let mut outcome = Outcome::default();
        for line in lines {
            outcome.note("1", &serde_json::from_str(line).expect("a message"));
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
            let outcome = outcome(&lines);
            assert_eq!(outcome.digest.expect("a digest").as_str(), DIGEST);
            assert_eq!(outcome.manifest_size, Some(527));
        }
    }

    #[test]
    fn other_lines_are_not_taken_for_the_digest() {
        let layer = format!(r#"{{"status":"1: digest: {DIGEST} size: 527","id":"30619ee16bee"}}"#);
        let other_tag = format!(r#"{{"status":"2: digest: {DIGEST} size: 527"}}"#);
        let repository = r#"{"status":"The push refers to repository [127.0.0.1:5701/demo/two]"}"#;
        assert_eq!(outcome(&[&layer, &other_tag, repository]).digest, None);
    }

    #[test]
    fn a_partly_pushed_index_is_a_warning() {
        let line = r#"{"progressDetail":{},"aux":{"manifestPushedInsteadOfIndex":true,"originalIndex":{}}}"#;
        assert_eq!(outcome(&[line]).warnings.len(), 1);
    }
}
