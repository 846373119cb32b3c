//! Mirrors: other registries that are asked first for what has a digest.

use url::Url;

use super::send::Order;
use super::{Registry, RegistryOptions};
use crate::call::Call;
use crate::error::Result;
use crate::http::Response;

/// Another registry that has copies of this one's images under the same names.
///
/// It is asked before the registry itself for manifests and blobs by digest, which prove themselves; whatever it does
/// not have, or fails to give, is asked for at the next mirror, and in the end at the registry. It gets the credentials
/// for its own host and no other, and neither certificate nor headers of the registry; nothing is ever written to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mirror {
    /// Its host, with or without a port, as in references.
    pub host: String,
    /// Whether it is also asked for the manifest of a tag. It may give an old one.
    pub tags: bool,
}

/// A mirror that can be asked.
pub(super) struct Reflection {
    registry: Registry,
    tags: bool,
}

/// By what content is asked for, where a mirror may give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Digest,
    Tag,
}

impl Reflection {
    pub(super) fn of(options: &RegistryOptions) -> Result<Vec<Reflection>> {
        let mut own = options.clone();
        own.mirrors.clear();
        own.headers.clear();
        own.certificate_pem.clear();
        own.key_pem.clear();
        own.token_hosts.clear();
        // The next one is asked instead.
        own.retries.attempts = 1;
        let mirrors = options.mirrors.iter().map(|mirror| {
            Ok(Reflection {
                registry: Registry::new(&mirror.host, &own)?,
                tags: mirror.tags,
            })
        });
        mirrors.collect()
    }
}

impl Registry {
    /// What the first mirror answers that has what is asked for.
    pub(super) fn ask_mirrors(
        &self,
        order: &Order,
        call: &mut Call<'_>,
    ) -> Result<Option<Response>> {
        let Some(by) = order.mirrored else {
            return Ok(None);
        };
        let mirrors = self.inner.mirrors.iter();
        for mirror in mirrors.filter(|mirror| by == By::Digest || mirror.tags) {
            match mirror.ask(order, self.host(), call) {
                Ok(answer) if matches!(answer.status, 200 | 206) => return Ok(Some(answer)),
                Ok(answer) => {
                    let host = mirror.registry.host();
                    log::debug!("the mirror {host} answered {}", answer.status);
                }
                Err(error) => {
                    call.check()?;
                    log::debug!("passing over a mirror: {error}");
                }
            }
        }
        Ok(None)
    }
}

impl Reflection {
    fn ask(&self, order: &Order, upstream: &str, call: &mut Call<'_>) -> Result<Response> {
        let base = self.registry.route(call)?.base;
        let order = order.at(at(base, &order.url, upstream));
        self.registry.send_once(&order, call)
    }
}

/// The same path at a mirror, which is told whose images are meant.
fn at(base: &Url, url: &Url, upstream: &str) -> Url {
    let mut at = base.clone();
    at.set_path(url.path());
    at.query_pairs_mut().append_pair("ns", upstream);
    at
}
