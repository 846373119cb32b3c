//! Where the proxy listens, and where it connects to.

use std::net::{Ipv4Addr, Shutdown, SocketAddrV4, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

use crate::support::{Engine, Registry, TempDir};

/// A frozen part with a full queue of connections would hold the connection's thread.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// What stands behind the proxy: an [`Engine`], a [`Registry`], `"127.0.0.1:5000"`, or the path of a socket.
#[derive(Clone, Debug)]
pub enum Target {
    Tcp(SocketAddrV4),
    Unix(PathBuf),
}

impl From<&Engine> for Target {
    fn from(engine: &Engine) -> Self {
        engine.socket().into()
    }
}

impl From<&Registry> for Target {
    #[track_caller]
    fn from(registry: &Registry) -> Self {
        registry.host().into()
    }
}

impl From<&str> for Target {
    #[track_caller]
    fn from(host: &str) -> Self {
        let address = host.parse();
        Self::Tcp(address.unwrap_or_else(|_| panic!("not an IPv4 address with port: {host}")))
    }
}

impl From<&Path> for Target {
    fn from(socket: &Path) -> Self {
        Self::Unix(socket.to_owned())
    }
}

impl Target {
    /// None when nothing listens there.
    pub(super) fn connect(&self) -> Option<Socket> {
        let (domain, address) = match self {
            Self::Tcp(address) => (Domain::IPV4, SockAddr::from(*address)),
            Self::Unix(path) => (
                Domain::UNIX,
                SockAddr::unix(path).expect("a path of a socket"),
            ),
        };
        let socket = Socket::new(domain, Type::STREAM, None).expect("a socket");
        socket.connect_timeout(&address, CONNECT_LIMIT).ok()?;
        prepare(&socket);
        Some(socket)
    }
}

/// What clients connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// A free port of 127.0.0.1.
    Tcp,
    /// A socket in a folder of its own.
    Unix,
}

/// The listening socket.
pub(super) struct Door {
    listener: Socket,
    address: Address,
}

enum Address {
    Tcp(String),
    Unix(
        PathBuf,
        #[expect(dead_code, reason = "kept for its end")] TempDir,
    ),
}

impl Door {
    #[track_caller]
    pub(super) fn open(listen: Listen) -> Self {
        match listen {
            Listen::Tcp => {
                let listener =
                    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("bind to a free port");
                let address = listener.local_addr().expect("the address of a listener");
                Self {
                    listener: listener.into(),
                    address: Address::Tcp(address.to_string()),
                }
            }
            Listen::Unix => {
                let folder = TempDir::new("proxy");
                let path = folder.join("proxy.sock");
                let listener = UnixListener::bind(&path).expect("bind to a new path");
                Self {
                    listener: OwnedFd::from(listener).into(),
                    address: Address::Unix(path, folder),
                }
            }
        }
    }

    /// None when the door is closed.
    pub(super) fn accept(&self) -> Option<Socket> {
        let (client, _) = self.listener.accept().ok()?;
        prepare(&client);
        Some(client)
    }

    /// Ends an `accept` in another thread: Linux lets the listening side of a socket be shut down.
    pub(super) fn close(&self) {
        let _ = self.listener.shutdown(Shutdown::Both);
    }

    #[track_caller]
    pub(super) fn host(&self) -> &str {
        match &self.address {
            Address::Tcp(host) => host,
            Address::Unix(..) => panic!("this proxy listens on a Unix socket"),
        }
    }

    #[track_caller]
    pub(super) fn socket(&self) -> &Path {
        match &self.address {
            Address::Unix(path, _) => path,
            Address::Tcp(_) => panic!("this proxy listens on TCP"),
        }
    }

    pub(super) fn endpoint(&self) -> String {
        match &self.address {
            Address::Tcp(host) => format!("tcp://{host}"),
            Address::Unix(path, _) => format!("unix://{}", path.display()),
        }
    }
}

/// How long a thread waits for bytes, or for room, before it looks whether the connection is over.
const SLICE: Duration = Duration::from_millis(100);

fn prepare(socket: &Socket) {
    socket
        .set_read_timeout(Some(SLICE))
        .expect("a read timeout");
    socket
        .set_write_timeout(Some(SLICE))
        .expect("a write timeout");
    // A Unix socket has no such option.
    let _ = socket.set_tcp_nodelay(true);
}
