//! A Docker Engine, over the Docker Engine API: where it is, which version is spoken, and the image verbs.

mod archive;
mod documents;
mod endpoint;
mod environment;
mod follow;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzed;
mod image_config;
mod import;
mod inspect;
mod list;
mod load;
mod messages;
mod name;
mod number;
mod platform;
mod pull;
mod push;
mod refusal;
mod remove;
mod search;
mod shared;
mod steps;
mod tag;
mod version;

use std::fmt;
use std::sync::Arc;

use url::Url;

pub use archive::{ArchiveOptions, ImageArchive};
pub use import::{ImportOptions, ImportSource, Imported};
pub use inspect::{DistributionDetails, HistoryEntry, ImageDetails, InspectOptions};
pub use list::{ImageSummary, ListOptions};
pub use load::{LoadOptions, Loaded};
pub use pull::{PullOptions, Pulled, PulledTag};
pub use push::{PushOptions, Pushed, PushedTag};
pub use remove::{Pruned, RemoveOptions, Removed};
pub use search::{SearchOptions, SearchResult};

use crate::call::Call;
use crate::credentials::{Credentials, First};
use crate::docker_config::{self, DockerConfig};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::http::{Authorities, Client, ClientOptions, Identity, Preamble, Trust, is_ours};
use crate::oci::Platform;
use endpoint::Endpoint;
use environment::Named;
use shared::Shared;
use version::ApiVersion;

/// The host of requests to a Unix socket: the API wants one and does not look at it.
const SOCKET_URL: &str = "http://localhost/";

/// How an [`Engine`] is used. Its `Debug` shows no secret.
#[derive(Clone, Default)]
pub struct EngineOptions {
    /// What the engine presents to registries on pushes and pulls. Default: nothing.
    pub credentials: Credentials,
    /// The version of the API to speak, such as `1.41`. Default: the newest that both sides know.
    pub api_version: Option<String>,
    /// TLS, for engines that are reached over TCP.
    pub tls: Option<EngineTls>,
    /// Sent with every request to the engine, for instance for a proxy before it: names and values. Those that the
    /// library sets itself, such as `Host` and `X-Registry-Auth`, are refused.
    pub headers: Vec<(String, String)>,
    /// What your program calls itself, such as `demo/1.0`: requests say `imgferry/<version> (<your text>)`. ASCII
    /// without control characters and backslashes, its parentheses in pairs.
    pub user_agent: String,
}

impl fmt::Debug for EngineOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("EngineOptions")
            .field("credentials", &self.credentials)
            .field("api_version", &self.api_version)
            .field("tls", &self.tls)
            .field("headers", &names)
            .field("user_agent", &self.user_agent)
            .finish()
    }
}

/// TLS with an engine. Its `Debug` shows no key.
#[derive(Clone, Default)]
pub struct EngineTls {
    /// The certificate authorities that may vouch for the engine, as PEM, and no others; empty means those of the
    /// system.
    pub authorities_pem: Vec<u8>,
    /// Our certificate, as PEM; empty means none.
    pub certificate_pem: Vec<u8>,
    /// The key of our certificate, as PEM; empty means none.
    pub key_pem: Vec<u8>,
    /// Believes any engine. Whoever is on the way can then read and change everything.
    pub skip_verification: bool,
}

impl fmt::Debug for EngineTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineTls")
            .field("skip_verification", &self.skip_verification)
            .finish_non_exhaustive()
    }
}

/// A Docker Engine or another one that speaks its API, such as podman's service.
///
/// The verbs bear the names they have in docker-py's `ImageApiMixin`:
///
/// | docker-py | here | its parameters | shown in `tests/engine` by |
/// | --- | --- | --- | --- |
/// | `get_image` | [`get_image`](Engine::get_image), [`get_images`](Engine::get_images) | `image`; `chunk_size` is the buffer of the reader; also platforms | `archive::a_saved_image_is_whole_and_can_be_loaded_again` |
/// | `history` | [`history`](Engine::history) | `image`; also a platform | `ask::the_history_of_an_image_is_told_from_its_last_step` |
/// | `images` | [`images`](Engine::images) | `name`, `all`, `filters`; `quiet` is each entry's `id`; also shared sizes, manifests | `images::a_loaded_image_is_listed_inspected_named_and_removed` |
/// | `import_image` | [`import_image`](Engine::import_image) | `src`, `image` and `stream_src` are the kinds of [`ImportSource`]; `repository`, `tag`, `changes`; also a message, a platform | `import::data_streams_files_and_texts_become_the_same_image` |
/// | `import_image_from_data` | [`import_image_from_data`](Engine::import_image_from_data) | as above | the same |
/// | `import_image_from_file` | [`import_image_from_file`](Engine::import_image_from_file) | as above | the same |
/// | `import_image_from_stream` | [`import_image_from_stream`](Engine::import_image_from_stream) | as above | the same |
/// | `import_image_from_url` | [`import_image_from_url`](Engine::import_image_from_url) | as above | `import::the_engine_fetches_a_url_itself` |
/// | `import_image_from_image` | [`import_image_from_image`](Engine::import_image_from_image) | as above; changes, which engines ignore, are refused | `import::importing_an_image_pulls_it_and_refuses_what_would_be_ignored` |
/// | `inspect_distribution` | [`inspect_distribution`](Engine::inspect_distribution) | `image`, `auth_config` is a [`Credential`](crate::Credential) | `ask::a_registry_is_asked_through_the_engine` |
/// | `inspect_image` | [`inspect_image`](Engine::inspect_image) | `image`; also a platform, manifests | `images::a_loaded_image_is_listed_inspected_named_and_removed` |
/// | `load_image` | [`load_image`](Engine::load_image) | `data` is any reader; `quiet`; also platforms | `images::a_loaded_image_is_listed_inspected_named_and_removed`, `images::a_damaged_archive_is_an_error_and_never_a_success` |
/// | `prune_images` | [`prune_images`](Engine::prune_images) | `filters` | `ask::images_without_a_name_are_pruned_and_others_stay` |
/// | `pull` | [`pull`](Engine::pull) | `repository`, `tag`, `auth_config`, `platform`, `all_tags`; `stream` and `decode` are the call's progress, with the engine's own line in `raw` | `images::a_pulled_image_is_the_one_that_was_pushed`, `images::all_tags_are_pushed_and_pulled_when_asked_for` |
/// | `push` | [`push`](Engine::push) | `repository`, `tag`, `auth_config`; `stream` and `decode` as for `pull`; without a tag `latest` is pushed, and all tags only when asked for; also a platform | `images::a_pushed_image_is_in_the_registry_with_the_digest_that_was_told`, `images::all_tags_are_pushed_and_pulled_when_asked_for` |
/// | `remove_image` | [`remove_image`](Engine::remove_image) | `image`, `force`, `noprune`; also platforms | `images::a_loaded_image_is_listed_inspected_named_and_removed` |
/// | `search` | [`search`](Engine::search) | `term`, `limit`; also filters, a credential | `ask::a_search_finds_what_the_index_has` |
/// | `tag` | [`tag`](Engine::tag) | `image`, `repository`, `tag`; `force` changes nothing since API 1.24 | `images::a_loaded_image_is_listed_inspected_named_and_removed` |
///
/// In C each is `imgferry_engine_` and the name here. The tests run on dockerd 20.10; `tests/engine/podman.rs` does the
/// same on podman 4.3, `tests/newer.rs` on dockerd 26.1 with both image stores, and `tests/engine_recordings.rs` holds
/// what later versions say against recordings of dockerd 29.7.
///
/// podman differs: it has no `inspect_distribution` ([`Unsupported`](crate::ErrorKind::Unsupported)), tells no digest on a pull, shows
/// whole names only (a short one becomes `localhost/…` on a load), and takes no compressed archive on a load.
///
/// It is a handle: clones share the connections, it may be used from many threads, and it does not change.
/// Connections are made when they are needed; the first request asks which version of the API the engine speaks.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

impl Engine {
    /// The engine at `address`. Nothing is sent yet.
    ///
    /// | address | reaches |
    /// | --- | --- |
    /// | `unix:///path` | a socket of this machine |
    /// | `tcp://host[:port][/path]`, `http://…` | a port, with TLS when the options say so; without a port 2375 |
    /// | `https://…` | a port, with TLS |
    /// | `ssh://[user@]host[:port][/socket]` | another machine, through the program `ssh` and `docker system dial-stdio` |
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when the address or an option has another form.
    pub fn new(address: &str, options: &EngineOptions) -> Result<Engine> {
        let EngineOptions {
            credentials,
            api_version,
            tls,
            headers,
            user_agent,
        } = options;
        let preamble = Preamble::new(user_agent, headers)?;
        let (client, base) = match Endpoint::parse(address)? {
            Endpoint::Unix(path) => (Client::unix(&path, preamble), own_url(SOCKET_URL)?),
            Endpoint::Ssh { arguments } => (
                Client::ssh(arguments, address, preamble),
                own_url(SOCKET_URL)?,
            ),
            Endpoint::Tcp { url, demands_tls } => {
                tcp_client(url, demands_tls, tls.as_ref(), preamble)?
            }
        };
        let version = api_version
            .as_deref()
            .map(ApiVersion::demanded)
            .transpose()?;
        let shared = Shared::new(client, base, version, credentials.clone());
        Ok(Engine {
            shared: Arc::new(shared),
        })
    }

    /// The engine that the environment names, as the docker command finds it: `DOCKER_HOST` with `DOCKER_TLS_VERIFY`,
    /// `DOCKER_TLS` and `DOCKER_CERT_PATH`, or else `DOCKER_CONTEXT`, or else the current context in docker's
    /// configuration (`DOCKER_CONFIG`, `HOME`). When nothing is named, the first that is there of the usual sockets:
    /// docker's, rootless docker's (`XDG_RUNTIME_DIR`), Docker Desktop's, podman's. `DOCKER_API_VERSION` sets the
    /// version. Nothing is sent yet.
    ///
    /// Its credentials are those of [`Credentials::from_env`]; of podman's socket, with podman's logins first. The
    /// `HttpHeaders` in docker's configuration are sent with every request, but for `User-Agent` and what the library
    /// sets itself.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when one of them has an unknown form, or a file cannot be read.
    pub fn from_env() -> Result<Engine> {
        let environment = &Environment::OF_PROCESS;
        let Named { address, tls } = environment.engine()?;
        let first = match address.ends_with("podman.sock") {
            true => First::Podman,
            false => First::Docker,
        };
        let options = EngineOptions {
            credentials: Credentials::found(environment, first)?,
            api_version: environment.text("DOCKER_API_VERSION")?,
            tls: tls.map(|files| files.read()).transpose()?,
            headers: configured_headers(environment),
            ..EngineOptions::default()
        };
        Engine::new(&address, &options)
    }

    /// The address of the engine, as it stands in errors.
    pub fn endpoint(&self) -> &str {
        self.shared.endpoint()
    }

    /// The version of the API that is spoken with this engine, such as `1.41` (`HEAD /_ping` at the first request).
    ///
    /// # Errors
    /// When the engine cannot be reached, or is older than Docker 1.12.
    pub fn api_version(&self, call: &mut Call<'_>) -> Result<String> {
        let call = &mut *call.enter("api_version", "");
        self.shared.version(call).map(|version| version.to_string())
    }

    /// The platform for which the engine takes images when it is not told otherwise.
    pub(crate) fn platform(&self, call: &mut Call<'_>) -> Result<Platform> {
        self.shared.platform(call)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("endpoint", &self.endpoint())
            .finish_non_exhaustive()
    }
}

/// The headers in docker's configuration. As for the docker command, a configuration that is not needed to find the
/// engine may be broken.
fn configured_headers(environment: &Environment<'_>) -> Vec<(String, String)> {
    let config = match DockerConfig::read(&docker_config::file(environment)) {
        Ok(config) => config,
        Err(reason) => {
            log::warn!("no headers are taken from the docker configuration: {reason}");
            return Vec::new();
        }
    };
    let (ours, theirs): (Vec<_>, Vec<_>) = config
        .http_headers
        .into_iter()
        .partition(|(name, _)| is_ours(name));
    for (name, _) in ours {
        log::debug!("the header {name:?} of the docker configuration is not used");
    }
    theirs
}

/// TLS is spoken when the options or the scheme say so.
fn tcp_client(
    mut url: Url,
    demands_tls: bool,
    tls: Option<&EngineTls>,
    preamble: Preamble,
) -> Result<(Client, Url)> {
    let mut options = ClientOptions {
        preamble,
        ..ClientOptions::default()
    };
    if !demands_tls && tls.is_none() {
        return Ok((Client::tcp(&url, &options), url));
    }
    let port = url.port_or_known_default();
    let scheme_set = url.set_scheme("https").is_ok() && url.set_port(port).is_ok();
    if !scheme_set {
        return Err(Error::InvalidArgument {
            argument: "engine address",
            reason: format!("{url} cannot be reached by TLS"),
        });
    }
    if let Some(tls) = tls {
        options.trust = tls.trust().map_err(|reason| Error::InvalidArgument {
            argument: "tls",
            reason,
        })?;
    }
    Ok((Client::tcp(&url, &options), url))
}

impl EngineTls {
    /// An error says what cannot be used.
    fn trust(&self) -> Result<Trust, String> {
        let identity = match (self.certificate_pem.is_empty(), self.key_pem.is_empty()) {
            (true, true) => None,
            (false, false) => Some(Identity::new(&self.certificate_pem, &self.key_pem)?),
            (_, _) => {
                return Err(
                    "a certificate and its key go together, and one of them is missing".into(),
                );
            }
        };
        Ok(Trust {
            authorities: Authorities::only(&self.authorities_pem)
                .map_err(|reason| format!("certificate authorities: {reason}"))?,
            identity,
            skip_verification: self.skip_verification,
        })
    }
}

fn own_url(text: &str) -> Result<Url> {
    Url::parse(text).map_err(|error| Error::InvalidArgument {
        argument: "engine address",
        reason: error.to_string(),
    })
}
