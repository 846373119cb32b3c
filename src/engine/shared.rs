//! What the clones of an [`Engine`](super::Engine) share: the connections, the version that is spoken, and how a request
//! is put and answered.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::refusal::refused;
use super::version::{ApiVersion, NEWEST, OLDEST};
use crate::call::Call;
use crate::credentials::{Credential, Credentials, registry_auth};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Alive, Client, Method, Pace, Request, Response};
use crate::oci::Platform;
use crate::reference::Reference;

/// How long a living engine may take to answer a ping.
const PING_LIMIT: Duration = Duration::from_secs(10);

/// `GET /version` answers about 1 KiB.
const MAX_VERSION_DOCUMENT: usize = 1024 * 1024;

/// What an engine says of itself.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VersionDocument {
    api_version: String,
    #[serde(default)]
    os: String,
    #[serde(default)]
    arch: String,
}

pub(super) struct Shared {
    client: Client,
    /// What stands before the path of every request.
    base: Url,
    version: OnceLock<ApiVersion>,
    credentials: Credentials,
}

impl Shared {
    /// `version` is demanded, or else agreed on at the first request.
    pub(super) fn new(
        client: Client,
        base: Url,
        version: Option<ApiVersion>,
        credentials: Credentials,
    ) -> Shared {
        Shared {
            client,
            base,
            version: version.map_or_else(OnceLock::new, OnceLock::from),
            credentials,
        }
    }

    /// The address of the engine, as it stands in errors.
    pub(super) fn endpoint(&self) -> &str {
        self.client.endpoint()
    }

    /// A request for the path below the version; a part with slashes (an image's name) stays readable.
    pub(super) fn request<'b>(
        &self,
        method: Method,
        path: &[&str],
        call: &mut Call<'_>,
    ) -> Result<Request<'b>> {
        let version = format!("v{}", self.version(call)?);
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(&version);
            segments.extend(path.iter().flat_map(|part| part.split('/')));
        }
        let mut request = Request::new(method, url);
        // What an engine still did for a call that was left would come after the clean-up.
        request.manner.hangs_up = !method.is_safe();
        Ok(request)
    }

    /// Sends a request whose only good answer is `expected`.
    pub(super) fn send(
        &self,
        request: Request<'_>,
        expected: u16,
        call: &mut Call<'_>,
    ) -> Result<Response> {
        let response = self.client.send(request, call)?;
        if response.status == expected {
            Ok(response)
        } else {
            Err(refused(response, call))
        }
    }

    /// Sends a request that a healthy engine may answer after minutes.
    pub(super) fn send_patiently(
        self: &Arc<Self>,
        mut request: Request<'_>,
        call: &mut Call<'_>,
    ) -> Result<Response> {
        request.manner.pace = self.patience();
        self.send(request, 200, call)
    }

    /// How long an engine may be silent that works.
    pub(super) fn patience(self: &Arc<Self>) -> Pace {
        let alive: Arc<dyn Alive> = self.clone();
        Pace::Patient(alive)
    }

    /// Archives can be of certain platforms since 1.48, and of several since 1.52.
    pub(super) fn require_platforms(
        &self,
        platforms: &[String],
        call: &mut Call<'_>,
    ) -> Result<()> {
        match platforms.len() {
            0 => Ok(()),
            1 => self.require("1.48", "a platform for an archive", call),
            _ => self.require("1.52", "several platforms for an archive", call),
        }
    }

    /// Fails when the spoken version does not have `what`, which came with `since`. An engine would not say so: it
    /// ignores what it does not know.
    pub(super) fn require(
        &self,
        since: &'static str,
        what: &str,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let version = self.version(call)?;
        match ApiVersion::parse(since) {
            Some(since) if version >= since => Ok(()),
            _ => Err(Error::Unsupported {
                context: call.context(self.client.endpoint(), ""),
                what: format!("{what} needs API {since}, and {version} is spoken with this engine"),
            }),
        }
    }

    /// The header by which the engine learns what to present to the registry. It is always sent, because engines up
    /// to 28.3 refuse a push without it.
    pub(super) fn registry_auth(
        &self,
        reference: &Reference,
        credential: Option<&Credential>,
        call: &mut Call<'_>,
    ) -> Result<(&'static str, String)> {
        self.auth_header(reference.domain(), reference.path(), credential, call)
    }

    /// The same for a request that is about no single image; `repository` is empty then.
    pub(super) fn auth_header(
        &self,
        host: &str,
        repository: &str,
        credential: Option<&Credential>,
        call: &mut Call<'_>,
    ) -> Result<(&'static str, String)> {
        let value = match credential {
            Some(credential) => registry_auth(credential, host),
            None => registry_auth(&self.credentials.resolve(host, repository, call)?, host),
        };
        Ok(("x-registry-auth", value))
    }

    pub(super) fn version(&self, call: &mut Call<'_>) -> Result<ApiVersion> {
        if let Some(version) = self.version.get() {
            return Ok(*version);
        }
        let theirs = self.newest_of_engine(call)?;
        let version = theirs.min(NEWEST);
        if version < OLDEST {
            return Err(Error::Unsupported {
                context: call.context(self.client.endpoint(), "GET /_ping"),
                what: format!(
                    "the engine speaks API {theirs}, and {OLDEST} is the oldest that works"
                ),
            });
        }
        Ok(*self.version.get_or_init(|| version))
    }

    /// What the engine says of itself on a ping, or else (before 1.13) in its version document.
    fn newest_of_engine(&self, call: &mut Call<'_>) -> Result<ApiVersion> {
        let mut pong = self.ping(Method::Head, call)?;
        if pong.status != 200 {
            pong = self.ping(Method::Get, call)?;
        }
        if pong.status != 200 {
            return Err(refused(pong, call));
        }
        let announced = pong.header("api-version").and_then(ApiVersion::parse);
        pong.body.document(call, MAX_VERSION_DOCUMENT)?;
        match announced {
            Some(version) => Ok(version),
            None => self.announced_in_document(call),
        }
    }

    fn ping(&self, method: Method, call: &mut Call<'_>) -> Result<Response> {
        let mut request = Request::new(method, self.root_url("_ping"));
        request.manner.pace = Pace::Within(PING_LIMIT);
        self.client.send(request, call)
    }

    /// What the engine runs images for when it is not told otherwise; it does not say the variant of its processor.
    pub(super) fn platform(&self, call: &mut Call<'_>) -> Result<Platform> {
        let VersionDocument { os, arch, .. } = self.version_document(call)?;
        Platform::parse(&format!("{os}/{arch}")).map_err(|_| {
            self.odd_version_document(&format!("no platform in it: {os:?} {arch:?}"), call)
        })
    }

    fn announced_in_document(&self, call: &mut Call<'_>) -> Result<ApiVersion> {
        let version = self.version_document(call)?.api_version;
        ApiVersion::parse(&version).ok_or_else(|| {
            self.odd_version_document(&format!("no API version in it: {version}"), call)
        })
    }

    fn version_document(&self, call: &mut Call<'_>) -> Result<VersionDocument> {
        let request = Request::new(Method::Get, self.root_url("version"));
        self.document(request, MAX_VERSION_DOCUMENT, call)?.read()
    }

    fn odd_version_document(&self, what: &str, call: &Call<'_>) -> Error {
        Error::Protocol {
            context: call.context(self.client.endpoint(), "GET /version"),
            what: what.into(),
        }
    }

    fn root_url(&self, word: &str) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(word);
        }
        url
    }
}

impl Alive for Shared {
    fn check_alive(&self, call: &mut Call<'_>) -> Result<()> {
        match self.ping(Method::Head, call) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::Cancelled => Err(error),
            Err(error) => {
                log::debug!("the silent engine does not answer a ping either: {error}");
                Err(call.timeout("sign of life from the engine", PING_LIMIT))
            }
        }
    }
}
