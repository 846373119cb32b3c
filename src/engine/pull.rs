//! `pull`: the engine fetches an image from a registry.

use super::Engine;
use super::follow::follow;
use super::messages::Message;
use super::platform::platform_text;
use crate::call::Call;
use crate::credentials::Credential;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::http::Method;
use crate::reference::Reference;

/// How an image is pulled.
#[derive(Debug, Clone, Default)]
pub struct PullOptions {
    /// The tag or digest to pull, in place of one in the reference.
    pub tag: Option<String>,
    /// Pulls all tags of the repository.
    pub all_tags: bool,
    /// The platform to choose from an index, as `os[/arch[/variant]]`. Default: the engine's own.
    pub platform: Option<String>,
    /// What to present to the registry instead of the engine's own credentials (docker-py's `auth_config`).
    pub credential: Option<Credential>,
}

/// What a pull did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The name that was pulled, with its tag or digest; without either when all tags were pulled.
    pub reference: Reference,
    /// The digest of what the name stood for in the registry (an index for several platforms); `None` when the
    /// engine does not tell, as podman does not, and when all tags were pulled.
    pub digest: Option<Digest>,
    /// Each tag that was pulled, as far as the engine told.
    pub tags: Vec<PulledTag>,
    /// Whether the engine had it already.
    pub up_to_date: bool,
    /// What the engine noted on the way.
    pub warnings: Vec<String>,
}

/// A tag that was pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledTag {
    /// The tag.
    pub tag: String,
    /// The digest of what it stood for in the registry.
    pub digest: Digest,
}

impl Engine {
    /// Pulls the image `reference`; without a tag and a digest `latest` is pulled.
    ///
    /// `POST /images/create?fromImage=…&tag=…`. When the reference has a tag and a digest, the digest is pulled.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`Unauthorized`](crate::ErrorKind::Unauthorized) or
    /// [`Denied`](crate::ErrorKind::Denied) when the registry says so,
    /// [`Platform`](crate::ErrorKind::Platform) when it has no image for the platform,
    /// [`RegistryUnreachable`](crate::ErrorKind::RegistryUnreachable) when the engine cannot speak to the registry.
    pub fn pull(
        &self,
        reference: &str,
        options: &PullOptions,
        call: &mut Call<'_>,
    ) -> Result<Pulled> {
        let PullOptions {
            tag,
            all_tags,
            platform,
            credential,
        } = options;
        let reference = what_to_pull(reference, tag.as_deref(), *all_tags)?;
        let platform = platform.as_deref().map(platform_text).transpose()?;
        let call = &mut *call.enter("pull", &reference);
        let mut request = self
            .shared
            .request(Method::Post, &["images", "create"], call)?;
        request
            .url
            .query_pairs_mut()
            .append_pair("fromImage", reference.repository());
        let version = reference.digest().map(Digest::as_str).or(reference.tag());
        if let Some(version) = version {
            request.url.query_pairs_mut().append_pair("tag", version);
        }
        if let Some(platform) = platform {
            self.shared.require("1.32", "a platform for a pull", call)?;
            request
                .url
                .query_pairs_mut()
                .append_pair("platform", platform);
        }
        let auth = self
            .shared
            .registry_auth(&reference, credential.as_ref(), call)?;
        request.headers.push(auth);
        let response = self.shared.send_patiently(request, call)?;
        let mut outcome = Outcome::default();
        let mut steps = follow(response, call, |message| outcome.note(message))?;
        let Outcome {
            digest,
            tags,
            up_to_date,
            mut warnings,
            ..
        } = outcome;
        warnings.extend_from_slice(call.warnings());
        let digest = digest.filter(|_| version.is_some());
        steps.finish(digest.as_ref().map_or("", Digest::as_str), call)?;
        Ok(Pulled {
            reference,
            digest,
            tags,
            up_to_date,
            warnings,
        })
    }
}

/// The reference with the tag or digest to pull; without either for all tags.
fn what_to_pull(text: &str, tag: Option<&str>, all_tags: bool) -> Result<Reference> {
    let reference = Reference::parse(text)?;
    if all_tags {
        let asked = tag.map(str::to_owned).or_else(|| {
            let digest = reference.digest().map(Digest::to_string);
            digest.or_else(|| reference.tag().map(str::to_owned))
        });
        return match asked {
            None => Ok(reference),
            Some(asked) => Err(Error::InvalidArgument {
                argument: "all_tags",
                reason: format!("all tags and {asked} cannot both be meant"),
            }),
        };
    }
    match tag {
        Some(tag) if tag.contains(':') => {
            Ok(reference.without_tag().with_digest(Digest::parse(tag)?))
        }
        Some(tag) => reference.with_tag(tag),
        None if reference.digest().is_some() => Ok(reference),
        None => reference.with_tag(reference.tag_or_latest()),
    }
}

#[derive(Default)]
struct Outcome {
    /// The tag that is being pulled.
    tag: Option<String>,
    digest: Option<Digest>,
    tags: Vec<PulledTag>,
    up_to_date: bool,
    warnings: Vec<String>,
}

impl Outcome {
    fn note(&mut self, message: &Message<'_>) {
        let status = message.status();
        match message.id() {
            None => self.note_status(status),
            Some("WARNING") => self.warnings.push(status.to_owned()),
            Some(id) if status.starts_with("Pulling from ") => self.tag = Some(id.to_owned()),
            Some(_) => {}
        }
    }

    fn note_status(&mut self, status: &str) {
        if let Some(digest) = status.strip_prefix("Digest: ") {
            self.note_digest(digest);
        } else if let Some(warning) = status.strip_prefix("WARNING: ") {
            self.warnings.push(warning.to_owned());
        } else if status.starts_with("Status: Image is up to date") {
            self.up_to_date = true;
        }
    }

    fn note_digest(&mut self, digest: &str) {
        match Digest::parse(digest) {
            Ok(digest) => {
                // Of a pull by digest the whole reference stands where else the tag does.
                if let Some(tag) = self.tag.take().filter(|tag| !tag.contains('@')) {
                    self.tags.push(PulledTag {
                        tag,
                        digest: digest.clone(),
                    });
                }
                self.digest = Some(digest);
            }
            Err(error) => self
                .warnings
                .push(format!("the engine named no usable digest: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_each_tag_is_found() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let mut outcome = Outcome::default();
        for line in [
            r#"{"status":"Pulling from demo/two","id":"1"}"#.to_owned(),
            r#"{"status":"Pull complete","progressDetail":{},"id":"d2deddc08fc4"}"#.to_owned(),
            format!(r#"{{"status":"Digest: {digest}"}}"#),
            r#"{"status":"Pulling from demo/two","id":"2"}"#.to_owned(),
            format!(r#"{{"status":"Digest: {digest}"}}"#),
            r#"{"status":"Status: Image is up to date for h/demo/two"}"#.to_owned(),
        ] {
            outcome.note(&serde_json::from_str(&line).expect("a message"));
        }
        let tags: Vec<_> = outcome
            .tags
            .iter()
            .map(|pulled| pulled.tag.as_str())
            .collect();
        assert_eq!(tags, ["1", "2"]);
        assert!(outcome.up_to_date);
    }

    #[test]
    fn one_tag_is_pulled_unless_all_are_asked_for() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let pull = |text: &str, tag, all| what_to_pull(text, tag, all).map(|it| it.to_string());
        assert_eq!(
            pull("h.io/a", None, false).expect("latest"),
            "h.io/a:latest"
        );
        assert_eq!(pull("h.io/a:1", Some("2"), false).expect("2"), "h.io/a:2");
        assert_eq!(
            pull("h.io/a", Some(&digest), false).expect("digest"),
            format!("h.io/a@{digest}")
        );
        assert_eq!(pull("h.io/a", None, true).expect("all"), "h.io/a");
        assert!(pull("h.io/a:1", None, true).is_err());
    }
}
