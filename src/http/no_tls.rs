//! What stands in for `tls` and `tls_transport` where the Cargo feature `tls` is left out: the same items, and a refusal
//! as soon as a connection would need them.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::io;

use ureq::unversioned::transport::{Buffers, ConnectionDetails, NextTimeout, Transport};

use crate::error::{Context, Error, ErrorKind};

/// Certificates are taken unseen: the only connection that they are for is refused.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trust {
    pub(crate) authorities: Authorities,
    pub(crate) identity: Option<Identity>,
    #[expect(dead_code, reason = "nobody is verified")]
    pub(crate) skip_verification: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Authorities;

#[derive(Debug, Clone)]
pub(crate) struct Identity;

impl Authorities {
    pub(crate) fn only(_: &[u8]) -> Result<Authorities, String> {
        Ok(Authorities)
    }

    pub(crate) fn add(&mut self, _: &[u8]) -> Result<(), String> {
        Ok(())
    }
}

impl Identity {
    pub(crate) fn new(_: &[u8], _: &[u8]) -> Result<Identity, String> {
        Ok(Identity)
    }
}

#[derive(Debug)]
pub(super) struct Handshakes;

impl Handshakes {
    pub(super) fn new(_: Trust) -> Handshakes {
        Handshakes
    }

    /// Fails with [`Error::Unsupported`], always.
    pub(super) fn are_possible(&self) -> Result<(), ureq::Error> {
        Err(refusal())
    }
}

fn refusal() -> ureq::Error {
    ureq::Error::Io(io::Error::other(Error::Unsupported {
        context: Box::new(Context::default()),
        what: "this build of imgferry has no TLS: the Cargo feature `tls` was left out".into(),
    }))
}

/// There is none.
#[derive(Debug)]
pub(super) struct TlsTransport(Infallible);

impl TlsTransport {
    pub(super) fn connect(
        _: Box<dyn Transport>,
        _: &str,
        _: &Handshakes,
        _: &ConnectionDetails<'_>,
    ) -> Result<TlsTransport, ureq::Error> {
        Err(refusal())
    }
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        match self.0 {}
    }

    fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        match self.0 {}
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        match self.0 {}
    }

    fn is_open(&mut self) -> bool {
        match self.0 {}
    }
}

pub(super) fn tls_reason(error: io::Error) -> Box<dyn StdError + Send + Sync> {
    Box::new(error)
}

/// For a peer that may be asked by plain HTTP, a build without TLS is the same as a peer without.
pub(crate) fn speaks_no_tls(error: &Error) -> bool {
    error.kind() == ErrorKind::Unsupported
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::call::Call;
    use crate::http::{Client, ClientOptions, Method, Request};

    #[test]
    fn what_needs_tls_is_refused_before_a_connection_is_made() {
        let url = Url::parse("https://127.0.0.1:1/").unwrap();
        let client = Client::tcp(&url, &ClientOptions::default());
        let refused = client.send(Request::new(Method::Get, url), &mut Call::new());
        let error = refused.err().expect("no TLS");
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{}", error.report());
        assert!(error.report().contains("`tls`"), "{}", error.report());
        let context = error.context().expect("where");
        assert_eq!(context.endpoint, "https://127.0.0.1:1");
    }
}
