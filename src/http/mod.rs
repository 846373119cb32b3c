//! HTTP/1.1 with one peer. The only room that knows ureq: its wrong defaults are set right here once, its errors are
//! put in our words, and whatever blocks can be left.

mod address;
mod body;
mod connect;
mod detours;
mod failure;
mod network;
#[cfg(not(feature = "tls"))]
mod no_tls;
mod preamble;
mod proxy;
mod proxy_environment;
mod retry_after;
mod socket;
mod socks;
mod ssh;
#[cfg(feature = "tls")]
mod system_roots;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tls")]
mod tls_transport;
mod transport;
mod tunnel;
mod wait;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ureq::config::Config;
use ureq::http;
use ureq::unversioned::resolver::Resolver;
use ureq::unversioned::transport::Connector;
use ureq::{Agent, AsSendBody, SendBody};
use url::Url;

pub(crate) use address::is_loopback;
pub(crate) use body::{Incoming, Outgoing};
pub(crate) use preamble::{Preamble, is_ours};
pub use proxy::Proxy;
pub(crate) use tls::{Authorities, Identity, Trust, speaks_no_tls};
pub(crate) use wait::{Alive, Pace};

use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};
use body::Source;
use connect::{NameResolver, NoResolver, UnixConnector};
use failure::failure;
use network::NetworkConnector;
#[cfg(not(feature = "tls"))]
use no_tls::{self as tls, self as tls_transport};
use ssh::SshConnector;
use wait::{Manner, Stage, waiting};

/// Idle connections are kept this long (what Go's client does; neither dockerd nor registries close earlier).
const MAX_IDLE_AGE: Duration = Duration::from_secs(30);

/// As many idle connections are kept as a handle has transfers at the same time.
const MAX_IDLE_CONNECTIONS: usize = 8;

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Head,
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    fn name(self) -> http::Method {
        match self {
            Method::Head => http::Method::HEAD,
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Patch => http::Method::PATCH,
            Method::Delete => http::Method::DELETE,
        }
    }

    /// Whether it only asks.
    pub(crate) fn is_safe(self) -> bool {
        matches!(self, Method::Head | Method::Get)
    }

    /// Whether its requests have a body, if only an empty one.
    fn has_body(self) -> bool {
        matches!(self, Method::Post | Method::Put | Method::Patch)
    }

    /// Whether doing it twice is doing it once.
    fn is_idempotent(self) -> bool {
        match self {
            Method::Head | Method::Get | Method::Put | Method::Delete => true,
            Method::Post | Method::Patch => false,
        }
    }
}

/// A request to the peer of a [`Client`].
pub(crate) struct Request<'b> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Outgoing<'b>,
    pub(crate) manner: Manner,
}

impl Request<'_> {
    pub(crate) fn new(method: Method, url: Url) -> Self {
        Request {
            method,
            url,
            headers: Vec::new(),
            body: Outgoing::Empty,
            manner: Manner {
                pace: Pace::Prompt,
                hangs_up: false,
            },
        }
    }

    /// What an error calls it: without the query, which can hold secrets.
    fn stage(&self) -> String {
        format!("{} {}", self.method.name(), self.url.path())
    }
}

/// An answer, whatever its status.
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Whether the request was sent twice: the connection broke before the first answer came, so the peer may have
    /// acted on both.
    pub(crate) repeated: bool,
    headers: http::HeaderMap,
    pub(crate) body: Incoming,
}

impl Response {
    /// The first header of that name whose value is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// Whether it says that the answer is somewhere else.
    pub(crate) fn is_redirect(&self) -> bool {
        matches!(self.status, 301 | 302 | 303 | 307 | 308)
    }

    /// How many bytes the body is said to have, also that of an answer to HEAD, which has none.
    pub(crate) fn content_length(&self) -> Option<u64> {
        self.header("content-length")?.trim().parse().ok()
    }

    /// All headers of that name whose values are text.
    pub(crate) fn headers<'r>(&'r self, name: &str) -> impl Iterator<Item = &'r str> + use<'r> {
        self.headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
    }
}

/// How a peer on the network is reached, and what it is told with every request.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientOptions {
    pub(crate) trust: Trust,
    pub(crate) proxy: Proxy,
    pub(crate) preamble: Preamble,
}

/// One peer, and the connections to it.
pub(crate) struct Client {
    agent: Agent,
    endpoint: Arc<str>,
    preamble: Preamble,
    met_private: Arc<AtomicBool>,
}

impl Client {
    /// A peer behind a Unix socket.
    pub(crate) fn unix(path: &Path, preamble: Preamble) -> Client {
        let connector = UnixConnector {
            path: path.to_owned(),
        };
        let endpoint = format!("unix://{}", path.display());
        Client::over(connector, NoResolver, endpoint, preamble)
    }

    /// A peer behind the `ssh` program, started with these arguments for each connection; `shown` is its address in
    /// errors.
    pub(crate) fn ssh(arguments: Vec<String>, shown: &str, preamble: Preamble) -> Client {
        let connector = SshConnector { arguments };
        Client::over(connector, NoResolver, shown.to_owned(), preamble)
    }

    /// The peer that `url` names; its scheme says whether TLS is spoken.
    pub(crate) fn tcp(url: &Url, options: &ClientOptions) -> Client {
        Client::on_network(url, options, false)
    }

    /// [`Client::tcp`] for a URL that a stranger named: it reaches no address of this machine or its networks. Through
    /// a proxy, it asks for none; which addresses names have is seen by the proxy only.
    pub(crate) fn public_tcp(url: &Url, options: &ClientOptions) -> Client {
        Client::on_network(url, options, true)
    }

    fn on_network(url: &Url, options: &ClientOptions, public_only: bool) -> Client {
        let hop = options.proxy.hop(url);
        let met_private = Arc::<AtomicBool>::default();
        let connector = NetworkConnector::new(
            options.trust.clone(),
            hop.clone(),
            public_only,
            met_private.clone(),
        );
        let endpoint = url.as_str().trim_end_matches('/').to_owned();
        let preamble = options.preamble.clone();
        Client {
            met_private,
            ..Client::over(connector, NameResolver { hop }, endpoint, preamble)
        }
    }

    fn over(
        connector: impl Connector,
        resolver: impl Resolver,
        endpoint: String,
        preamble: Preamble,
    ) -> Client {
        Client {
            agent: Agent::with_parts(config(preamble.user_agent()), connector, resolver),
            endpoint: endpoint.into(),
            preamble,
            met_private: Arc::default(),
        }
    }

    /// Whether a connection led to an address that is not public.
    pub(crate) fn met_private(&self) -> bool {
        self.met_private.load(Ordering::Relaxed)
    }

    /// The address of the peer, for errors.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Sends a request and reads the head of the answer. An error status is an answer, not an error.
    pub(crate) fn send(&self, mut request: Request<'_>, call: &mut Call<'_>) -> Result<Response> {
        // A kept connection may have died unseen, for instance because the engine was restarted. That is no failure
        // of the peer, so it does not count as a try; but only what can be done twice is done twice.
        let repeatable = request.method.is_idempotent() && matches!(request.body, Outgoing::Empty);
        match self.send_once(&mut request, call) {
            Err(error) if repeatable && error.kind() == ErrorKind::ConnectionLost => {
                log::debug!("trying again on a new connection: {error}");
                let mut response = self.send_once(&mut request, call)?;
                response.repeated = true;
                Ok(response)
            }
            other => other,
        }
    }

    fn send_once(&self, request: &mut Request<'_>, call: &mut Call<'_>) -> Result<Response> {
        let stage = request.stage();
        // Before a connection is made, which can fail faster than a cancelled call is noticed while waiting.
        call.check()?;
        let head = self.head(request, &stage)?;
        let manner = request.manner.clone();
        let answer = match Source::new(&mut request.body) {
            Some(mut source) => {
                let body = SendBody::from_reader(&mut source);
                self.exchange(head, body, &manner, call)
            }
            None => match &request.body {
                Outgoing::Bytes(document) => self.exchange(head, *document, &manner, call),
                Outgoing::Empty | Outgoing::Stream { .. } => self.exchange(head, (), &manner, call),
            },
        };
        match answer {
            Ok(answer) => Ok(self.response(answer, manner, stage)),
            Err(error) => Err(failure(error, call, &self.endpoint, &stage)),
        }
    }

    fn exchange(
        &self,
        head: http::request::Builder,
        body: impl AsSendBody,
        manner: &Manner,
        call: &mut Call<'_>,
    ) -> Result<http::Response<ureq::Body>, ureq::Error> {
        let request = head.body(body)?;
        waiting(call, manner, Stage::Head, || self.agent.run(request))
    }

    fn head(&self, request: &Request<'_>, stage: &str) -> Result<http::request::Builder> {
        let length = match &request.body {
            Outgoing::Empty if request.method.has_body() => Some(0),
            Outgoing::Empty => None,
            Outgoing::Bytes(bytes) => Some(bytes.len() as u64),
            Outgoing::Stream { length, .. } => *length,
        };
        let mut head = http::Request::builder()
            .method(request.method.name())
            .uri(request.url.as_str());
        if let Some(length) = length {
            head = head.header(http::header::CONTENT_LENGTH, length);
        }
        for (name, value) in self.preamble.headers() {
            head = head.header(name.as_str(), value);
        }
        for (name, value) in &request.headers {
            // The error never shows the value, which may be a secret.
            let value = http::HeaderValue::from_str(value).map_err(|_| Error::InvalidArgument {
                argument: "header",
                reason: format!(
                    "the value of {name} for {stage} has characters no header may have"
                ),
            })?;
            head = head.header(*name, value);
        }
        Ok(head)
    }

    fn response(
        &self,
        answer: http::Response<ureq::Body>,
        manner: Manner,
        stage: String,
    ) -> Response {
        let (head, body) = answer.into_parts();
        let has_end = head.headers.contains_key(http::header::CONTENT_LENGTH)
            || head.headers.contains_key(http::header::TRANSFER_ENCODING);
        Response {
            status: head.status.as_u16(),
            repeated: false,
            headers: head.headers,
            body: Incoming {
                reader: body.into_with_config().limit(u64::MAX).reader(),
                manner,
                endpoint: self.endpoint.clone(),
                stage,
                has_end,
            },
        }
    }
}

fn config(user_agent: &str) -> Config {
    Config::builder()
        // A status is an answer whose body says why.
        .http_status_as_error(false)
        // Redirects are followed where it is known what may follow them.
        .max_redirects(0)
        .max_redirects_will_error(false)
        // Ours stands below ureq, and the environment is read only in constructors that say so.
        .proxy(None)
        .user_agent(user_agent)
        // A compressed answer would not fit its digest and length.
        .accept_encoding("")
        .max_idle_connections(MAX_IDLE_CONNECTIONS)
        .max_idle_connections_per_host(MAX_IDLE_CONNECTIONS)
        .max_idle_age(MAX_IDLE_AGE)
        .build()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    // case 15
    #[test]
    fn a_stranger_cannot_make_us_ask_this_machine() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost"] {
            let url = Url::parse(&format!("http://{host}:{port}/")).unwrap();
            let client = Client::public_tcp(&url, &ClientOptions::default());
            let request = Request::new(Method::Get, url);
            let error = client.send(request, &mut Call::new()).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Connect);
            assert!(error.report().contains("not a public address"), "{error}");
        }
        let error = listener.accept().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    }
}
