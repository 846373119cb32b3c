//! Reaching a registry: by HTTPS, or by plain HTTP where that is allowed and nothing else answers.

use std::sync::OnceLock;

use url::Url;

use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Client, ClientOptions, Method, Request, Response, is_loopback, speaks_no_tls};

/// One registry, and the way to it.
pub(super) struct Peer {
    https: Way,
    /// Only where plain HTTP is allowed.
    http: Option<Way>,
    /// Decided once: a registry that has answered by HTTPS is never asked otherwise, because then somebody who kills
    /// connections could read along.
    speaks_http: OnceLock<bool>,
}

struct Way {
    client: Client,
    base: Url,
}

/// The way that was chosen.
#[derive(Clone, Copy)]
pub(super) struct Route<'p> {
    pub(super) client: &'p Client,
    /// Scheme, host and port.
    pub(super) base: &'p Url,
}

impl Peer {
    /// The registry at `host`, a host with or without a port.
    pub(super) fn new(host: &str, options: &ClientOptions, allow_http: bool) -> Result<Peer> {
        let https = Way::new("https", host, options)?;
        let http = if allow_http || is_loopback(&https.base) {
            Some(Way::new("http", host, options)?)
        } else {
            None
        };
        Ok(Peer {
            https,
            http,
            speaks_http: OnceLock::new(),
        })
    }

    /// The way, when it needs no asking.
    pub(super) fn route(&self) -> Option<Route<'_>> {
        match (&self.http, self.speaks_http.get()) {
            (None, _) | (_, Some(false)) => Some(self.https.route()),
            (Some(http), Some(true)) => Some(http.route()),
            (Some(_), None) => None,
        }
    }

    /// Finds the way by asking at the top of the API, without credentials; also gives the answer.
    pub(super) fn find_route(&self, call: &mut Call<'_>) -> Result<(Route<'_>, Response)> {
        let (speaks_http, answer) = match (self.https.ask(call), &self.http) {
            (Ok(answer), _) => (false, answer),
            (Err(error), Some(http)) if may_speak_http(&error) => {
                (true, ask_plainly(http, error, call)?)
            }
            (Err(error), _) => return Err(error),
        };
        // Another thread may have decided first; then that holds.
        let speaks_http = *self.speaks_http.get_or_init(|| speaks_http);
        match &self.http {
            Some(http) if speaks_http => Ok((http.route(), answer)),
            _ => Ok((self.https.route(), answer)),
        }
    }
}

impl Way {
    fn new(scheme: &str, host: &str, options: &ClientOptions) -> Result<Way> {
        let invalid = |reason: String| Error::InvalidArgument {
            argument: "host",
            reason,
        };
        let mut base = Url::parse(&format!("{scheme}://host.invalid/"))
            .map_err(|error| invalid(error.to_string()))?;
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (host, None),
        };
        base.set_host(Some(name))
            .map_err(|error| invalid(error.to_string()))?;
        let port = port.map(str::parse).transpose();
        let port = port.map_err(|_| invalid("the port is not a number".into()))?;
        base.set_port(port)
            .map_err(|()| invalid("the port is not usable".into()))?;
        Ok(Way {
            client: Client::tcp(&base, options),
            base,
        })
    }

    fn route(&self) -> Route<'_> {
        Route {
            client: &self.client,
            base: &self.base,
        }
    }

    fn ask(&self, call: &mut Call<'_>) -> Result<Response> {
        self.client.send(self.route().ping(), call)
    }
}

impl Route<'_> {
    /// `GET /v2/`
    pub(super) fn ping(&self) -> Request<'static> {
        Request::new(Method::Get, self.url(["v2", ""]))
    }

    /// The URL of these path segments.
    pub(super) fn url<'s>(&self, segments: impl IntoIterator<Item = &'s str>) -> Url {
        let mut url = self.base.clone();
        // Only URLs like `mailto:` have no segments.
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(segments);
        }
        url
    }
}

/// A peer of plain HTTP refuses the port of HTTPS, or answers the TLS handshake with what is none, or with silence or
/// the end of the connection. A build without TLS speaks nothing else.
fn may_speak_http(error: &Error) -> bool {
    speaks_no_tls(error)
        || matches!(
            error.kind(),
            ErrorKind::Connect | ErrorKind::Tls | ErrorKind::ConnectionLost | ErrorKind::Timeout
        )
}

/// Asks by plain HTTP after `first`. Servers of HTTPS answer that with 400 or a redirect: then `first`, for instance
/// an unknown certificate, is what is wrong.
fn ask_plainly(http: &Way, first: Error, call: &mut Call<'_>) -> Result<Response> {
    match http.ask(call) {
        Ok(answer) if !matches!(answer.status, 300..=400) => {
            log::debug!("{} speaks plain HTTP", http.base);
            Ok(answer)
        }
        Err(error) if error.kind() == ErrorKind::Cancelled => Err(error),
        // It has no TLS, so the plain answer is the one that counts, also when it goes away meanwhile.
        Err(error) if speaks_no_tls(&first) => Err(error),
        Ok(_) | Err(_) => Err(first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(host: &str, allow_http: bool) -> Peer {
        Peer::new(host, &ClientOptions::default(), allow_http).unwrap()
    }

    #[test]
    fn plain_http_is_for_this_machine_and_for_those_who_ask_for_it() {
        for host in ["localhost", "127.0.0.1:5000", "[::1]:5000", "a.localhost:1"] {
            assert!(peer(host, false).http.is_some(), "{host}");
        }
        for host in ["example.com", "10.0.0.1:5000", "localhost.example.com"] {
            assert!(peer(host, false).http.is_none(), "{host}");
            assert!(peer(host, false).route().is_some(), "{host}");
            assert!(peer(host, true).http.is_some(), "{host}");
        }
    }

    #[test]
    fn urls_lead_where_the_host_says() {
        for (host, expected) in [
            (
                "example.com",
                "https://example.com/v2/a/b/manifests/sha256:0",
            ),
            ("[::1]:5000", "https://[::1]:5000/v2/a/b/manifests/sha256:0"),
            ("[::1]", "https://[::1]/v2/a/b/manifests/sha256:0"),
        ] {
            let peer = peer(host, false);
            let url = peer
                .https
                .route()
                .url(["v2", "a", "b", "manifests", "sha256:0"]);
            assert_eq!(url.as_str(), expected);
            assert!(peer.https.route().ping().url.as_str().ends_with("/v2/"));
        }
    }
}
