//! `pull`: the engine fetches an image from a registry.

use super::Engine;
use super::follow::follow;
use super::messages::Message;
use crate::call::Call;
use crate::credentials::Credential;
use crate::digest::Digest;
use crate::error::Result;
use crate::http::Method;
use crate::reference::Reference;

/// How an image is pulled.
#[derive(Debug, Clone, Default)]
pub struct PullOptions {
    /// The platform to choose from an index, as `os[/arch[/variant]]`. Default: the engine's own.
    pub platform: Option<String>,
    /// What to present to the registry instead of the engine's own credentials (docker-py's `auth_config`).
    pub credential: Option<Credential>,
}

/// What a pull did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The name that was pulled, with its tag or digest.
    pub reference: Reference,
    /// The digest of what the name stood for in the registry (an index for several platforms); `None` when the
    /// engine does not tell, as podman does not.
    pub digest: Option<Digest>,
    /// Whether the engine had it already.
    pub up_to_date: bool,
    /// What the engine noted on the way.
    pub warnings: Vec<String>,
}

impl Engine {
    /// Pulls the image `reference`; without a tag and a digest `latest` is pulled, never all tags.
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
            platform,
            credential,
        } = options;
        let reference = Reference::parse(reference)?;
        let call = &mut *call.enter("pull", &reference);
        let mut request = self
            .shared
            .request(Method::Post, &["images", "create"], call)?;
        let version = reference
            .digest()
            .map_or(reference.tag_or_latest(), Digest::as_str);
        request
            .url
            .query_pairs_mut()
            .append_pair("fromImage", reference.repository())
            .append_pair("tag", version);
        if let Some(platform) = platform {
            request
                .url
                .query_pairs_mut()
                .append_pair("platform", platform);
        }
        request
            .headers
            .push(self.shared.registry_auth(&reference, credential.as_ref()));
        let response = self.shared.send_patiently(request, call)?;
        let mut outcome = Outcome::default();
        let mut steps = follow(response, call, |message| outcome.note(message))?;
        steps.finish(outcome.digest.as_ref().map_or("", Digest::as_str), call)?;
        let Outcome {
            digest,
            up_to_date,
            warnings,
        } = outcome;
        let reference = match reference.digest() {
            Some(_) => reference,
            None => reference.with_tag(reference.tag_or_latest())?,
        };
        Ok(Pulled {
            reference,
            digest,
            up_to_date,
            warnings,
        })
    }
}

#[derive(Default)]
struct Outcome {
    digest: Option<Digest>,
    up_to_date: bool,
    warnings: Vec<String>,
}

impl Outcome {
    fn note(&mut self, message: &Message<'_>) {
        let status = message.status.as_deref().unwrap_or_default();
        match message.id.as_deref() {
            None => {
                if let Some(digest) = status.strip_prefix("Digest: ") {
                    match Digest::parse(digest) {
                        Ok(digest) => self.digest = Some(digest),
                        Err(error) => {
                            self.warnings
                                .push(format!("the engine named no usable digest: {error}"));
                        }
                    }
                }
                if status.starts_with("Status: Image is up to date") {
                    self.up_to_date = true;
                }
                if let Some(warning) = status.strip_prefix("WARNING: ") {
                    self.warnings.push(warning.to_owned());
                }
            }
            Some("WARNING") => self.warnings.push(status.to_owned()),
            Some(_) => {}
        }
    }
}
