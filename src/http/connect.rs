//! Making a connection: to a Unix socket, or by name look-up to a TCP port.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, Type};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::time::Duration as Limit;
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout, Transport};

use super::address::is_public;
use super::failure::own_error;
use super::proxy::Hop;
use super::socket::Socket;
use super::transport::SocketTransport;
use super::wait::{Direction, SLICE, ask, in_slices};
use crate::error::{Context, Error, ErrorKind};

/// Failures of a connection are told apart from failures on it here, where they are known for what they are.
pub(super) fn cannot_connect(source: io::Error) -> ureq::Error {
    let stopped = source.get_ref().is_some_and(|inner| inner.is::<Error>());
    let error = if stopped {
        source
    } else {
        io::Error::other(Error::Connect {
            context: Box::new(Context::default()),
            source,
        })
    };
    ureq::Error::Io(error)
}

#[derive(Debug)]
pub(super) struct UnixConnector {
    pub(super) path: PathBuf,
}

impl<In: Transport> Connector<In> for UnixConnector {
    type Out = SocketTransport;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<In>,
    ) -> Result<Option<SocketTransport>, ureq::Error> {
        UnixStream::connect(&self.path)
            .and_then(|stream| SocketTransport::new(Socket::Unix(stream), details.config))
            .map(Some)
            .map_err(cannot_connect)
    }
}

/// The host in the URL of a request to a Unix socket means nothing.
#[derive(Debug)]
pub(super) struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(
        &self,
        _: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

/// The limit for a step of making a connection, as transports want it.
pub(super) fn while_connecting() -> NextTimeout {
    let left = ask(None, |call| call.connect_left());
    NextTimeout {
        after: left.map_or(Limit::NotHappening, Limit::Exact),
        reason: ureq::Timeout::Connect,
        ..NextTimeout::default()
    }
}

/// The failure of a connection that was not made within [`while_connecting`].
pub(super) fn connect_timeout(awaited: &'static str) -> ureq::Error {
    let timeout = ask(None, |call| Some(call.connect_timeout(awaited)));
    cannot_connect(timeout.map_or(io::ErrorKind::TimedOut.into(), io::Error::other))
}

/// Connects to the first of the addresses that answers.
#[derive(Debug, Default)]
pub(super) struct TcpDialer {
    /// Connects to public addresses only. It is judged here and not by the name, which can resolve differently each
    /// time.
    pub(super) public_only: bool,
    /// Becomes true when a connection leads to an address that is not public.
    pub(super) met_private: Arc<AtomicBool>,
}

impl TcpDialer {
    pub(super) fn connect(
        &self,
        details: &ConnectionDetails<'_>,
    ) -> Result<SocketTransport, ureq::Error> {
        let left = || ask(None, |call| call.connect_left());
        let mut failure = io::Error::from(io::ErrorKind::NotFound);
        let mut others = u32::try_from(details.addrs.len()).unwrap_or(1);
        for address in &details.addrs {
            // Each address gets an equal share of what is left, so that a dead first one does not use up the limit.
            let share = left().map(|left| left / others);
            others -= 1;
            match self.connect_one(*address, share) {
                Ok(stream) => {
                    return SocketTransport::new(Socket::Tcp(stream), details.config)
                        .map_err(cannot_connect);
                }
                Err(error) if error.get_ref().is_some_and(|inner| inner.is::<Error>()) => {
                    return Err(ureq::Error::Io(error));
                }
                Err(error) => failure = error,
            }
        }
        match left() {
            Some(Duration::ZERO) => Err(connect_timeout("connection")),
            _ => Err(cannot_connect(failure)),
        }
    }

    fn connect_one(&self, address: SocketAddr, limit: Option<Duration>) -> io::Result<TcpStream> {
        let public = is_public(address.ip());
        if self.public_only && !public {
            return Err(not_public(&address.ip()));
        }
        let stream = connect_tcp(address, limit)?;
        if !public {
            self.met_private.store(true, Ordering::Relaxed);
        }
        Ok(stream)
    }
}

/// Why a stranger's address is not connected to.
pub(super) fn not_public(address: &dyn fmt::Display) -> io::Error {
    io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("{address} is not a public address"),
    )
}

/// The errors by which Linux says that a connection is still being made; std has no stable kind for them.
const EINPROGRESS: i32 = 115;
const EALREADY: i32 = 114;

/// std's `connect_timeout` cannot be left before its end. On Linux a send limit makes `connect` return early while
/// the connection is made in the background, and repeating it waits on.
fn connect_tcp(address: SocketAddr, limit: Option<Duration>) -> io::Result<TcpStream> {
    let socket = socket2::Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_write_timeout(Some(SLICE))?;
    let address = SockAddr::from(address);
    let connected = in_slices(
        Direction::Write,
        || None,
        limit,
        || match socket.connect(&address) {
            Ok(()) => Ok(Some(())),
            Err(error) if matches!(error.raw_os_error(), Some(EINPROGRESS | EALREADY)) => Ok(None),
            Err(error) => Err(error),
        },
    )?;
    match connected {
        Some(()) => Ok(TcpStream::from(socket)),
        None => Err(io::Error::from(io::ErrorKind::TimedOut)),
    }
}

/// Looks names up on a thread of its own, because the system's resolver cannot be left: the thread ends when the
/// resolver gives up, the call may end sooner. Addresses written as numbers need no look-up and no thread.
#[derive(Debug)]
pub(super) struct NameResolver {
    /// The proxy, whose name is looked up instead of the peer's.
    pub(super) hop: Option<Arc<Hop>>,
}

impl Resolver for NameResolver {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let (host, port) = match &self.hop {
            Some(hop) => (hop.host.as_str(), hop.port),
            None => host_and_port(uri),
        };
        let found = match host.parse() {
            Ok(ip) => vec![SocketAddr::new(ip, port)],
            Err(_) => look_up(host.to_owned(), port).map_err(|error| self.not_found(error))?,
        };
        let mut addresses = self.empty();
        // The list has room for 16; a name with more addresses is served by the first ones.
        for address in found.into_iter().take(16) {
            addresses.push(address);
        }
        Ok(addresses)
    }
}

impl NameResolver {
    fn not_found(&self, error: io::Error) -> ureq::Error {
        match (&self.hop, own_error(error)) {
            (_, Ok(own)) => cannot_connect(io::Error::other(own)),
            (Some(hop), Err(error)) => {
                hop.error(ErrorKind::Connect, format!("cannot be reached: {error}"))
            }
            (None, Err(error)) => cannot_connect(error),
        }
    }
}

/// The host, an IPv6 address without brackets, and the port.
pub(super) fn host_and_port(uri: &Uri) -> (&str, u16) {
    // Every URL that a client is made for has one.
    let host = uri.host().unwrap_or("").trim_matches(['[', ']']);
    let default_port = match uri.scheme_str() {
        Some("https") => 443,
        _ => 80,
    };
    (host, uri.port_u16().unwrap_or(default_port))
}

fn look_up(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    let limit = ask(None, |call| call.connect_left());
    let (sender, receiver) = mpsc::sync_channel(1);
    let name = host.clone();
    thread::Builder::new()
        .name("imgferry-dns".into())
        .spawn(move || {
            let found = (name.as_str(), port)
                .to_socket_addrs()
                .map(Iterator::collect::<Vec<_>>)
                .map_err(look_up_failure);
            // Nobody is there to receive it when the call was left.
            let _ = sender.send(found);
        })?;
    let found = in_slices(
        Direction::Read,
        || None,
        limit,
        || match receiver.recv_timeout(SLICE) {
            Ok(found) => found.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                Err(io::Error::other("the name look-up ended without an answer"))
            }
        },
    )?;
    match found {
        Some(found) if !found.is_empty() => Ok(found),
        Some(_) => Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("{host} has no address"),
        )),
        None => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("the name {host} was not found in time"),
        )),
    }
}

/// Whether a name does not exist or nobody could be asked for it, the system says in words only (those of glibc).
fn look_up_failure(error: io::Error) -> io::Error {
    let kind = match error.to_string().contains("Temporary failure") {
        true => io::ErrorKind::HostUnreachable,
        false => io::ErrorKind::NotFound,
    };
    io::Error::new(kind, error)
}
