//! A connection through a proxy.
//!
//! It is made here and not by ureq's connectors, which ask the proxy without a limit that holds for a silent one, and
//! resolve and dial by themselves; on our transports it waits in slices, like every connection.
//!
//! Plain HTTP goes through a tunnel, too, and not as a request to the proxy: ureq writes no other form of request, a
//! registry's 407 or 403 stays apart from the proxy's, and no proxy changes or keeps what manifests are. A proxy that
//! allows `CONNECT` to port 443 only refuses that, and says so.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ureq::unversioned::transport::{ConnectionDetails, Transport, TransportAdapter};

use super::address::is_evidently_private;
use super::connect::{TcpDialer, cannot_connect, host_and_port, not_public, while_connecting};
use super::failure::own_error;
use super::proxy::{Hop, HopKind};
use super::socks;
use super::tls::{Handshakes, Trust, tls_reason};
use super::tls_transport::TlsTransport;
use crate::error::{Error, ErrorKind};

/// The head of an answer to `CONNECT` has a few lines; 64 KiB is what is read of a registry's.
const MAX_HEAD: usize = 64 * 1024;

/// As much of a proxy's own words stands in the error.
const MAX_REASON: usize = 200;

/// The way through one proxy.
#[derive(Debug)]
pub(super) struct Tunnel {
    hop: Arc<Hop>,
    dialer: TcpDialer,
    handshakes: Handshakes,
    /// Asks for no host that is evidently private. What a name stands for is the proxy's business, as it looks it up:
    /// the addresses that we see are its own.
    public_only: bool,
    /// Becomes true when a connection leads to such a host.
    met_private: Arc<AtomicBool>,
}

/// Why there is no tunnel.
pub(super) enum Setback {
    /// The proxy lets nothing through; `what` is what it did, as in "answered 403".
    Refusal { kind: ErrorKind, what: String },
    /// The connection to the proxy broke.
    Io(io::Error),
}

impl From<io::Error> for Setback {
    fn from(error: io::Error) -> Setback {
        Setback::Io(error)
    }
}

impl Setback {
    pub(super) fn refusal(kind: ErrorKind, what: impl Into<String>) -> Setback {
        let what = what.into();
        Setback::Refusal { kind, what }
    }
}

impl Tunnel {
    pub(super) fn new(hop: Arc<Hop>, public_only: bool, met_private: Arc<AtomicBool>) -> Tunnel {
        Tunnel {
            hop,
            // The caller has chosen the proxy, so it may be anywhere.
            dialer: TcpDialer::default(),
            handshakes: Handshakes::new(Trust::default()),
            public_only,
            met_private,
        }
    }

    pub(super) fn open(
        &self,
        details: &ConnectionDetails<'_>,
    ) -> Result<Box<dyn Transport>, ureq::Error> {
        let (host, port) = host_and_port(details.uri);
        let private = is_evidently_private(host);
        if self.public_only && private {
            return Err(cannot_connect(not_public(&host)));
        }
        let mut stream = self.reach_proxy(details).map_err(|error| {
            let what = |error| format!("cannot be reached: {error}");
            self.failure(error.into_io(), what)
        })?;
        stream.set_timeout(while_connecting());
        let asked = match self.hop.kind {
            HopKind::Http | HopKind::Https => self.ask_for_tunnel(&mut stream, host, port),
            HopKind::Socks5 => {
                socks::ask_for_tunnel(&mut stream, host, port, self.hop.login.as_ref())
            }
        };
        asked.map_err(|setback| match setback {
            Setback::Refusal { kind, what } => self.hop.error(kind, what),
            Setback::Io(error) => {
                self.failure(error, |error| format!("broke the connection: {error}"))
            }
        })?;
        if private {
            self.met_private.store(true, Ordering::Relaxed);
        }
        log::debug!("{host}:{port} through the proxy {}", self.hop);
        Ok(stream.into_inner())
    }

    fn reach_proxy(
        &self,
        details: &ConnectionDetails<'_>,
    ) -> Result<TransportAdapter, ureq::Error> {
        let socket = Box::new(self.dialer.connect(details)?);
        let transport: Box<dyn Transport> = match self.hop.kind {
            HopKind::Http | HopKind::Socks5 => socket,
            HopKind::Https => {
                let host = &self.hop.host;
                let tls = TlsTransport::connect(socket, host, &self.handshakes, details)?;
                Box::new(tls)
            }
        };
        Ok(TransportAdapter::new(
            transport,
            details.current_time.clone(),
        ))
    }

    /// `CONNECT host:port` (RFC 9110, section 9.3.6)
    fn ask_for_tunnel(
        &self,
        stream: &mut TransportAdapter,
        host: &str,
        port: u16,
    ) -> Result<(), Setback> {
        let target = match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        };
        let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
        if let Some(login) = &self.hop.login {
            request.push_str(&format!("Proxy-Authorization: {}\r\n", login.basic()));
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes())?;
        let head = read_head(stream)?;
        let (status, reason) = status_line(&head).ok_or_else(|| {
            Setback::refusal(ErrorKind::Protocol, "does not answer as an HTTP proxy does")
        })?;
        let kind = match status {
            200..=299 => return Ok(()),
            407 => ErrorKind::Unauthorized,
            400..=499 => ErrorKind::Denied,
            // It could not reach the host, or is not well; that may pass.
            _ => ErrorKind::Connect,
        };
        Err(Setback::refusal(
            kind,
            format!("answered {status} {reason} to CONNECT {target}"),
        ))
    }

    /// A failure on the way to the proxy, which would look like one on the way to the peer.
    fn failure(&self, error: io::Error, what: impl Fn(String) -> String) -> ureq::Error {
        match own_error(error) {
            Ok(Error::Connect { source, .. }) => {
                self.hop.error(ErrorKind::Connect, what(source.to_string()))
            }
            Ok(Error::Tls { source, .. }) => {
                self.hop.error(ErrorKind::Tls, what(source.to_string()))
            }
            Ok(Error::Timeout {
                mut context,
                limit,
                awaited: "connection",
            }) => {
                context.stage = format!("asking the proxy {}", self.hop);
                ureq::Error::Io(io::Error::other(Error::Timeout {
                    context,
                    limit,
                    awaited: "answer",
                }))
            }
            Ok(other) => ureq::Error::Io(io::Error::other(other)),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => self
                .hop
                .error(ErrorKind::Tls, what(tls_reason(error).to_string())),
            Err(error) => self.hop.error(ErrorKind::Connect, what(error.to_string())),
        }
    }
}

/// Reads up to the empty line, and no byte of what the peer says after it.
fn read_head(stream: &mut impl Read) -> Result<Vec<u8>, Setback> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && !head.ends_with(b"\n\n") {
        if head.len() == MAX_HEAD {
            return Err(Setback::refusal(
                ErrorKind::Protocol,
                format!("answered with more than {MAX_HEAD} bytes of headers"),
            ));
        }
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(head)
}

/// The status, and the proxy's words for it without control characters.
fn status_line(head: &[u8]) -> Option<(u16, String)> {
    let head = String::from_utf8_lossy(head);
    let (version, rest) = head.lines().next()?.split_once(' ')?;
    if !version.starts_with("HTTP/1.") {
        return None;
    }
    let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    let status = status.parse().ok().filter(|status| *status >= 100)?;
    let reason = reason.trim().chars().filter(|char| !char.is_control());
    Some((status, reason.take(MAX_REASON).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_line_is_read_and_what_is_none_is_not() {
        for (head, expected) in [
            (
                "HTTP/1.1 200 Connection established\r\n\r\n",
                Some((200, "Connection established")),
            ),
            ("HTTP/1.0 407\r\n\r\n", Some((407, ""))),
            (
                "HTTP/1.1 403 no\u{1b}[31m way\n\n",
                Some((403, "no[31m way")),
            ),
            ("SSH-2.0-OpenSSH_9.2\n\n", None),
            ("HTTP/1.1 OK\r\n\r\n", None),
            ("HTTP/1.1 99 x\r\n\r\n", None),
            ("", None),
        ] {
            let expected = expected.map(|(status, reason)| (status, reason.to_owned()));
            assert_eq!(status_line(head.as_bytes()), expected, "{head}");
        }
    }

    #[test]
    fn nothing_behind_the_head_is_read_and_an_endless_head_is_refused() {
        let mut stream = &b"HTTP/1.1 200 OK\r\n\r\nmore"[..];
        assert!(read_head(&mut stream).is_ok());
        assert_eq!(stream, b"more");
        let endless = io::repeat(b'x');
        assert!(matches!(
            read_head(&mut endless.take(1 << 30)),
            Err(Setback::Refusal { .. })
        ));
    }
}
