//! A Docker Engine, over the Docker Engine API: where it is, which version is spoken, and the image verbs.

mod endpoint;
mod follow;
mod images;
mod load;
mod messages;
mod name;
mod pull;
mod push;
mod refusal;
mod steps;
mod version;

use std::env;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::Deserialize;
use url::Url;

pub use images::{ImageDetails, ImageSummary, ListOptions, RemoveOptions, Removed};
pub use load::{LoadOptions, Loaded};
pub use pull::{PullOptions, Pulled};
pub use push::{PushOptions, Pushed};

use crate::call::Call;
use crate::credentials::{Credential, Credentials, registry_auth};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Alive, Client, Method, Pace, Request, Response, Trust};
use crate::reference::Reference;
use endpoint::{DEFAULT_SOCKET, Endpoint};
use refusal::refused;
use version::{ApiVersion, NEWEST, OLDEST};

/// How long a living engine may take to answer a ping.
const PING_LIMIT: Duration = Duration::from_secs(10);

/// `GET /version` answers about 1 KiB.
const MAX_VERSION_DOCUMENT: usize = 1024 * 1024;

/// The host of requests to a Unix socket: the API wants one and does not look at it.
const SOCKET_URL: &str = "http://localhost/";

/// How an [`Engine`] is used.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// What the engine presents to registries on pushes and pulls. Default: nothing.
    pub credentials: Credentials,
    /// The version of the API to speak, such as `1.41`. Default: the newest that both sides know.
    pub api_version: Option<String>,
}

/// A Docker Engine or another one that speaks its API, such as podman's service.
///
/// It is a handle: clones share the connections, it may be used from many threads, and it does not change.
/// Connections are made when they are needed; the first request asks which version of the API the engine speaks.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    /// What stands before the path of every request.
    base: Url,
    /// Demanded by the options, or agreed on at the first request.
    version: OnceLock<ApiVersion>,
    credentials: Credentials,
}

impl Engine {
    /// The engine at `address`: `unix:///path` or `tcp://host[:port]`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] when the address or the version in the options has another form.
    pub fn new(address: &str, options: &EngineOptions) -> Result<Engine> {
        let (client, base) = match Endpoint::parse(address)? {
            Endpoint::Unix(path) => (Client::unix(&path), own_url(SOCKET_URL)?),
            Endpoint::Tcp(url) => (Client::tcp(&url, &Trust::default())?, url),
        };
        let version = OnceLock::new();
        if let Some(demanded) = &options.api_version {
            let demanded = ApiVersion::demanded(demanded)?;
            version.get_or_init(|| demanded);
        }
        let credentials = options.credentials.clone();
        Ok(Engine {
            shared: Arc::new(Shared {
                client,
                base,
                version,
                credentials,
            }),
        })
    }

    /// The engine that the environment names: `DOCKER_HOST`, or `/var/run/docker.sock`; and `DOCKER_API_VERSION`.
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] when one of them has an unknown form, or asks for TLS, which is not spoken to
    /// engines yet.
    pub fn from_env() -> Result<Engine> {
        for name in ["DOCKER_TLS_VERIFY", "DOCKER_TLS"] {
            if variable(name)?.is_some()
                && variable("DOCKER_HOST")?.is_some_and(|host| !host.starts_with("unix:"))
            {
                return Err(Error::InvalidArgument {
                    argument: "environment",
                    reason: format!("{name} asks for TLS to the engine, which is not spoken yet"),
                });
            }
        }
        let address =
            variable("DOCKER_HOST")?.unwrap_or_else(|| format!("unix://{DEFAULT_SOCKET}"));
        let options = EngineOptions {
            api_version: variable("DOCKER_API_VERSION")?,
            ..EngineOptions::default()
        };
        Engine::new(&address, &options)
    }

    /// The address of the engine, as it stands in errors.
    pub fn endpoint(&self) -> &str {
        self.shared.client.endpoint()
    }

    /// The version of the API that is spoken with this engine, such as `1.41` (`HEAD /_ping` at the first request).
    ///
    /// # Errors
    /// When the engine cannot be reached, or is older than Docker 1.12.
    pub fn api_version(&self, call: &mut Call<'_>) -> Result<String> {
        let call = &mut *call.enter("api_version", "");
        self.shared.version(call).map(|version| version.to_string())
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("endpoint", &self.endpoint())
            .finish_non_exhaustive()
    }
}

/// A variable of the environment; empty ones count as unset, as everywhere in Docker.
fn variable(name: &'static str) -> Result<Option<String>> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Error::InvalidArgument {
            argument: name,
            reason: "it is not UTF-8".into(),
        }),
    }
}

fn own_url(text: &str) -> Result<Url> {
    Url::parse(text).map_err(|error| Error::InvalidArgument {
        argument: "engine address",
        reason: error.to_string(),
    })
}

impl Shared {
    /// A request for the path below the version; a part with slashes (an image's name) stays readable.
    fn request<'b>(
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
        Ok(Request::new(method, url))
    }

    /// Sends a request whose only good answer is `expected`.
    fn send(&self, request: Request<'_>, expected: u16, call: &mut Call<'_>) -> Result<Response> {
        let response = self.client.send(request, call)?;
        if response.status == expected {
            Ok(response)
        } else {
            Err(refused(response, call))
        }
    }

    /// Sends a request that a healthy engine may answer after minutes.
    fn send_patiently(
        self: &Arc<Self>,
        mut request: Request<'_>,
        call: &mut Call<'_>,
    ) -> Result<Response> {
        let alive: Arc<dyn Alive> = self.clone();
        request.pace = Pace::Patient(alive);
        self.send(request, 200, call)
    }

    /// The header by which the engine learns what to present to the registry. It is always sent, because engines up
    /// to 28.3 refuse a push without it.
    fn registry_auth(
        &self,
        reference: &Reference,
        credential: Option<&Credential>,
    ) -> (&'static str, String) {
        let host = reference.domain();
        let value = match credential {
            Some(credential) => registry_auth(credential, host),
            None => registry_auth(&self.credentials.resolve(host), host),
        };
        ("x-registry-auth", value)
    }

    fn version(&self, call: &mut Call<'_>) -> Result<ApiVersion> {
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
            None => self.version_document(call),
        }
    }

    fn ping(&self, method: Method, call: &mut Call<'_>) -> Result<Response> {
        let mut request = Request::new(method, self.root_url("_ping"));
        request.pace = Pace::Within(PING_LIMIT);
        self.client.send(request, call)
    }

    fn version_document(&self, call: &mut Call<'_>) -> Result<ApiVersion> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Version {
            api_version: String,
        }
        let mut response = self.send(
            Request::new(Method::Get, self.root_url("version")),
            200,
            call,
        )?;
        let document = response.body.document(call, MAX_VERSION_DOCUMENT)?;
        let version = serde_json::from_slice::<Version>(&document)
            .map_err(|error| error.to_string())
            .and_then(|version| ApiVersion::parse(&version.api_version).ok_or(version.api_version));
        version.map_err(|what| Error::Protocol {
            context: response.body.context(call),
            what: format!("no API version in it: {what}"),
        })
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
