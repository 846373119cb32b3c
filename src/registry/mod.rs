//! A client for one registry (the OCI distribution specification).

mod access;
mod blob_reader;
mod blobs;
mod certificates;
mod challenge;
mod content;
mod content_range;
mod deletes;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzed;
mod given_url;
mod image_config;
mod kept;
mod link;
mod listed;
mod login;
mod made_blob;
mod manifests;
mod mirrors;
mod mount;
mod names;
mod options;
mod pages;
mod payload;
mod peer;
mod put_manifest;
mod quoted;
mod rate_limit;
mod reach;
mod realm;
mod redirect;
mod referrers;
mod referrers_tag;
mod refusal;
mod repositories;
mod retry;
mod scopes;
mod seen;
mod send;
mod session;
mod size;
mod tag_info;
mod tags;
mod token;
mod transfers;
mod upload;
mod warnings;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

pub use blob_reader::BlobReader;
pub use blobs::BlobOptions;
pub use content::BlobSource;
pub use image_config::ImagePlatform;
pub(crate) use made_blob::{MadeBlob, Making, may_fare_better};
pub use manifests::ManifestHead;
pub use mirrors::Mirror;
pub use names::Names;
pub use payload::ReadSeek;
pub use rate_limit::RateLimit;
pub use retry::RetryPolicy;
pub use size::{ImageSize, PlatformSize};
pub use tag_info::TagInfo;
pub use upload::{UploadOptions, UploadWay, UploadedBlob};

use crate::call::Call;
use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::http::Proxy;
use crate::reference::Reference;
use access::Access;
use mirrors::Reflection;
use peer::Peer;
use reach::Reach;
use realm::Realm;
use redirect::Elsewhere;
use referrers::ReferrersMemory;
use refusal::{expect, is_page, read_some, refused};
use retry::Retries;
use transfers::Transfers;
use warnings::Warnings;

/// As many as most registries serve one client at the same time (what other clients use, too).
const PARALLEL_TRANSFERS: usize = 4;

/// How a [`Registry`] is reached. The default asks anonymously, by HTTPS (and by plain HTTP on this machine only).
///
/// ```
/// use imgferry::RegistryOptions;
///
/// let options = RegistryOptions { allow_http: true, ..RegistryOptions::default() };
/// ```
#[derive(Clone, Default)]
pub struct RegistryOptions {
    /// What to present to the registry, when it demands something.
    pub credentials: Credentials,
    /// Whether the registry, and the token service it names, may be asked by plain HTTP when they do not answer by
    /// HTTPS. Everybody on the way can then read the credentials and change the images. Hosts of this machine may be
    /// asked so in any case.
    pub allow_http: bool,
    /// The registries, each as references name it, that may be asked by plain HTTP although `allow_http` is not set.
    /// What they name on other hosts, such as a token service, may not.
    pub http_hosts: Vec<String>,
    /// More certificate authorities that may vouch for the registry, as PEM, besides those of the system
    /// (`SSL_CERT_FILE` and `SSL_CERT_DIR`, where they are set, name other ones).
    pub authorities_pem: Vec<u8>,
    /// Your own certificate, as PEM, for a registry that demands one; empty means none. Only the registry itself, host
    /// and port, gets to see it.
    pub certificate_pem: Vec<u8>,
    /// The key of that certificate, as PEM and without a password.
    pub key_pem: Vec<u8>,
    /// Believes whoever answers for the registry's host. Dangerous: whoever is on the way can then read the credentials
    /// and change the images. Other hosts, such as a token service, must still prove who they are.
    pub skip_verification: bool,
    /// Folders such as `/etc/docker/certs.d`, each with a folder `<host>` or `<host>:<port>` for each registry, named
    /// as in references: in it `*.crt` are more authorities, and `<name>.cert` with `<name>.key` is your certificate,
    /// where `certificate_pem` is not given. The first folder that has the registry counts. They are read when a
    /// handle for the registry is made.
    pub certificate_folders: Vec<PathBuf>,
    /// The hosts, without port, that may get the credentials in exchange for a token, besides the registry's own. Empty
    /// means: whichever host the registry names, as Docker Hub and GitLab need it, except one of a private network
    /// that the registry is not in.
    pub token_hosts: Vec<String>,
    /// The proxy on the way to the registry, and to whomever it names.
    pub proxy: Proxy,
    /// What your program calls itself, such as `demo/1.0`: requests say `imgferry/<version> (<your text>)`. ASCII
    /// without control characters and backslashes, its parentheses in pairs.
    pub user_agent: String,
    /// Headers, name and value, that go with every request to the registry itself, host and port, and to nobody else.
    /// Those that the library sets are refused.
    pub headers: Vec<(String, String)>,
    /// How often, and how fast, what failed is tried again.
    pub retries: RetryPolicy,
    /// Other registries that are asked before this one, in their order.
    pub mirrors: Vec<Mirror>,
    /// How many blobs this handle moves at the same time, for all threads that use it; 0 is the default, 4. Others wait.
    /// A [`BlobReader`] that a program reads itself does not count.
    pub parallel_transfers: usize,
}

/// One registry.
///
/// A handle never changes, can be cloned cheaply, and can be used by many threads at the same time. It keeps
/// connections and short-lived tokens, so one handle for many calls is faster than many.
///
/// ```no_run
/// # fn main() -> imgferry::Result<()> {
/// use imgferry::{Call, Reference, Registry, RegistryOptions};
///
/// let registry = Registry::new("registry.example:5000", &RegistryOptions::default())?;
/// let image = Reference::parse("registry.example:5000/team/app:1.2")?;
/// println!("{}", registry.digest(&image, &mut Call::new())?);
/// # Ok(())
/// # }
/// ```
#[doc = include_str!("cases.md")]
#[derive(Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

struct Inner {
    /// The registry as references name it.
    host: String,
    /// The host, with its port, that speaks the API.
    api_host: String,
    peer: Peer,
    access: Access,
    elsewhere: Elsewhere,
    rate_limit: Mutex<Option<RateLimit>>,
    warnings: Warnings,
    referrers: ReferrersMemory,
    retries: Retries,
    mirrors: Vec<Reflection>,
    transfers: Transfers,
}

impl Registry {
    /// A handle for the registry `host`, which is a host with or without a port, as in references. Nothing is sent.
    ///
    /// Fails with [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) when `host` is not a registry's
    /// host, or when an option is not usable, which includes what lies in the folders of certificates.
    pub fn new(host: &str, options: &RegistryOptions) -> Result<Registry> {
        let example = example_of(host)?;
        let api_host = example.api_host();
        let host = example.domain().to_owned();
        let reach = Arc::new(Reach::new(&host, options)?);
        let peer = Peer::new(&api_host, &reach.own, options.allows_http_to(&host))?;
        let realm = Realm::new(&options.token_hosts, options.allow_http, Arc::clone(&reach));
        Ok(Registry {
            inner: Arc::new(Inner {
                peer,
                access: Access::new(host.clone(), options.credentials.clone(), realm),
                elsewhere: Elsewhere::new(reach),
                rate_limit: Mutex::default(),
                warnings: Warnings::default(),
                referrers: ReferrersMemory::default(),
                retries: Retries::new(options.retries),
                mirrors: Reflection::of(options)?,
                transfers: Transfers::new(match options.parallel_transfers {
                    0 => PARALLEL_TRANSFERS,
                    most => most,
                }),
                host,
                api_host,
            }),
        })
    }

    /// The registry, as references name it.
    pub fn host(&self) -> &str {
        &self.inner.host
    }

    /// What the registry said last of how often it may be asked; `None` when it did not say anything yet. Nothing is
    /// sent.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        let last = self.inner.rate_limit.lock();
        last.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks whether a registry answers there. One that demands a login is one, too; whether the credentials are right
    /// is not asked.
    ///
    /// `GET /v2/`. Fails when nothing answers, or when what answers is no registry.
    pub fn ping(&self, call: &mut Call<'_>) -> Result<()> {
        let call = &mut *call.enter("ping", self.host());
        let mut answer = match self.inner.peer.route() {
            Some(route) => route.client.send(route.ping(), call)?,
            None => self.inner.peer.find_route(call)?.1,
        };
        if answer.status == 401 {
            return match self.learn(&answer) {
                Some(_) => Ok(()),
                None => Err(refused(answer, call)),
            };
        }
        answer = expect(answer, &[200], call)?;
        let body = read_some(&mut answer, call)?;
        if is_page(&String::from_utf8_lossy(&body)) {
            return Err(Error::Protocol {
                context: answer.body.context(call),
                what: "a web page instead of a registry's answer, perhaps from a proxy".into(),
            });
        }
        Ok(())
    }

    /// Fails when a reference belongs to another registry: its path means something else here.
    fn check(&self, reference: &Reference) -> Result<()> {
        if reference.api_host() == self.inner.api_host {
            return Ok(());
        }
        Err(Error::InvalidArgument {
            argument: "reference",
            reason: format!(
                "it names {}, and this handle is for {}",
                reference.domain(),
                self.inner.host
            ),
        })
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("host", &self.inner.host)
            .finish_non_exhaustive()
    }
}

/// Some reference of the registry `host`, which shows what references make of it.
fn example_of(host: &str) -> Result<Reference> {
    const PATH: &str = "an/image";
    let invalid = |reason| Error::InvalidArgument {
        argument: "host",
        reason,
    };
    match Reference::parse(&format!("{host}/{PATH}")) {
        Ok(example) if example.path() == PATH => Ok(example),
        Ok(_) => Err(invalid(format!(
            "no reference can name {host:?} as its registry"
        ))),
        Err(Error::InvalidReference { rule, .. }) => Err(invalid(rule)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn registry(host: &str) -> Result<Registry> {
        Registry::new(host, &RegistryOptions::default())
    }

    #[test]
    fn a_handle_is_for_one_registry_that_references_can_name() {
        for (host, name, api_host) in [
            ("docker.io", "docker.io", "registry-1.docker.io"),
            ("index.docker.io", "docker.io", "registry-1.docker.io"),
            ("localhost:5000", "localhost:5000", "localhost:5000"),
            ("MyHost:5000", "MyHost:5000", "myhost:5000"),
        ] {
            let registry = registry(host).unwrap();
            assert_eq!(registry.host(), name);
            assert_eq!(registry.inner.api_host, api_host);
        }
        for host in [
            "",
            "myhost",
            "host.com/path",
            "https://host.com",
            "u@host.com",
            "host.com:0",
            "DOCKER.IO",
        ] {
            let error = registry(host).expect_err(host);
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{host}: {error}");
        }
    }

    #[test]
    fn an_image_of_another_registry_is_not_asked_for() {
        let registry = registry("a.example").unwrap();
        let other = Reference::parse("b.example/team/app").unwrap();
        let error = registry.digest(&other, &mut Call::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains("b.example"), "{error}");
    }

    #[test]
    fn a_handle_can_be_shared_by_threads() {
        fn shared<T: Clone + Send + Sync>() {}
        shared::<Registry>();
    }
}
