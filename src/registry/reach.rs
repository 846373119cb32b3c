//! How a registry is reached, and those that it sends us to: what of the options is for whom, decided once.

use url::Url;

use super::RegistryOptions;
use super::certificates::{certificates, unusable};
use crate::error::{Error, Result};
use crate::http::{Client, ClientOptions, Identity, Preamble, Trust};

/// The options of every client that is made for one registry.
#[derive(Debug)]
pub(super) struct Reach {
    /// For the registry itself: everything.
    pub(super) own: ClientOptions,
    /// For other ports of its host: its authorities, and neither certificate nor headers of ours.
    same_host: ClientOptions,
    /// For other hosts: the system's authorities only.
    others: ClientOptions,
}

impl Reach {
    /// `host` is the registry as references name it, which is how folders of certificates name it, too.
    pub(super) fn new(host: &str, options: &RegistryOptions) -> Result<Reach> {
        let preamble = Preamble::new(&options.user_agent, &options.headers)?;
        let is_login = |name: &str| name.eq_ignore_ascii_case("authorization");
        if options.headers.iter().any(|(name, _)| is_login(name)) {
            return Err(invalid("headers", "a login is given as a credential"));
        }
        let own = ClientOptions {
            trust: trust(host, options)?,
            proxy: options.proxy.clone(),
            preamble,
        };
        let same_host = ClientOptions {
            trust: Trust {
                identity: None,
                ..own.trust.clone()
            },
            preamble: own.preamble.without_headers(),
            proxy: own.proxy.clone(),
        };
        let others = ClientOptions {
            trust: Trust::default(),
            ..same_host.clone()
        };
        Ok(Reach {
            own,
            same_host,
            others,
        })
    }

    /// A client for `origin`, another one than that of the registry at `base`, which has named it. What is not on the
    /// registry's host must be public, unless `may_be_private`.
    pub(super) fn elsewhere(&self, origin: &Url, base: &Url, may_be_private: bool) -> Client {
        if origin.host() == base.host() {
            Client::tcp(origin, &self.same_host)
        } else if may_be_private {
            Client::tcp(origin, &self.others)
        } else {
            Client::public_tcp(origin, &self.others)
        }
    }
}

fn trust(host: &str, options: &RegistryOptions) -> Result<Trust> {
    let found = certificates(&options.certificate_folders, host)?;
    let mut trust = Trust {
        skip_verification: options.skip_verification,
        ..Trust::default()
    };
    if !options.authorities_pem.is_empty() {
        let added = trust.authorities.add(&options.authorities_pem);
        added.map_err(|reason| invalid("authorities_pem", reason))?;
    }
    for file in &found.authorities {
        let added = trust.authorities.add(&file.pem);
        added.map_err(|reason| unusable(&file.path, reason))?;
    }
    trust.identity = match (
        &options.certificate_pem[..],
        &options.key_pem[..],
        found.pair,
    ) {
        ([], [], None) => None,
        ([], [], Some((certificate, key))) => Some(
            Identity::new(&certificate.pem, &key.pem)
                .map_err(|reason| unusable(&certificate.path, reason))?,
        ),
        (_, [], _) => return Err(invalid("key_pem", "it is missing for certificate_pem")),
        ([], _, _) => return Err(invalid("certificate_pem", "it is missing for key_pem")),
        (certificate, key, _) => Some(
            Identity::new(certificate, key).map_err(|reason| invalid("certificate_pem", reason))?,
        ),
    };
    Ok(trust)
}

fn invalid(argument: &'static str, reason: impl Into<String>) -> Error {
    Error::InvalidArgument {
        argument,
        reason: reason.into(),
    }
}
