//! TLS in front of a server that speaks none, and that nginx cannot stand before because it is no web server.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// So long one side is waited for before the other one is looked at.
const TURN: Duration = Duration::from_millis(5);

/// A server on 127.0.0.1 that lives as long as the process.
#[derive(Debug)]
pub struct TlsFront {
    host: String,
}

impl TlsFront {
    /// Stands before `peer`, a host and port, with `server.pem` and `server.key` of a folder of certificates.
    pub fn start(certificates: &Path, peer: &str) -> TlsFront {
        let certificate = CertificateDer::from_pem_file(certificates.join("server.pem"));
        let key = PrivateKeyDer::from_pem_file(certificates.join("server.key"));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.expect("a certificate")],
                key.expect("a key"),
            );
        let config = Arc::new(config.expect("a pair"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind to a free port");
        let host = listener.local_addr().expect("an address").to_string();
        let peer = peer.to_owned();
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.expect("accept a connection");
                let config = Arc::clone(&config);
                let peer = TcpStream::connect(&peer).expect("connect to the server");
                // Either side may break off; a test sees that in what the client says.
                thread::spawn(move || pass_on(client, config, peer).unwrap_or_default());
            }
        });
        TlsFront { host }
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> &str {
        &self.host
    }
}

fn pass_on(client: TcpStream, config: Arc<ServerConfig>, mut peer: TcpStream) -> io::Result<()> {
    client.set_read_timeout(Some(TURN))?;
    peer.set_read_timeout(Some(TURN))?;
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut client = StreamOwned::new(connection, client);
    while pass_some(&mut client, &mut peer)? && pass_some(&mut peer, &mut client)? {}
    Ok(())
}

/// Whether it may go on.
fn pass_some(from: &mut impl Read, to: &mut impl Write) -> io::Result<bool> {
    let mut buffer = [0; 16 * 1024];
    match from.read(&mut buffer) {
        Ok(0) => Ok(false),
        Ok(read) => to.write_all(&buffer[..read]).map(|()| true),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(true),
        Err(error) => Err(error),
    }
}
