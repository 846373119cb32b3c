//! Reaching a peer over the network: directly or through a proxy, and by TLS where its URL says so.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ureq::unversioned::transport::{ConnectionDetails, Connector, Transport};

use super::connect::{TcpDialer, host_and_port};
use super::proxy::Hop;
use super::tls::{Handshakes, Trust};
use super::tls_transport::TlsTransport;
use super::tunnel::Tunnel;

/// How one peer is reached.
#[derive(Debug)]
pub(super) struct NetworkConnector {
    way: Way,
    handshakes: Handshakes,
}

#[derive(Debug)]
enum Way {
    Direct(TcpDialer),
    Proxied(Tunnel),
}

impl NetworkConnector {
    /// `public_only` and `met_private` are as in [`TcpDialer`] and, through a proxy, in [`Tunnel`].
    pub(super) fn new(
        trust: Trust,
        hop: Option<Arc<Hop>>,
        public_only: bool,
        met_private: Arc<AtomicBool>,
    ) -> NetworkConnector {
        let way = match hop {
            Some(hop) => Way::Proxied(Tunnel::new(hop, public_only, met_private)),
            None => Way::Direct(TcpDialer {
                public_only,
                met_private,
            }),
        };
        NetworkConnector {
            way,
            handshakes: Handshakes::new(trust),
        }
    }
}

impl<In: Transport> Connector<In> for NetworkConnector {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<In>,
    ) -> Result<Option<Box<dyn Transport>>, ureq::Error> {
        if details.needs_tls() {
            self.handshakes.are_possible()?;
        }
        let transport = match &self.way {
            Way::Direct(dialer) => Box::new(dialer.connect(details)?),
            Way::Proxied(tunnel) => tunnel.open(details)?,
        };
        if !details.needs_tls() {
            return Ok(Some(transport));
        }
        let (host, _) = host_and_port(details.uri);
        let transport = TlsTransport::connect(transport, host, &self.handshakes, details)?;
        Ok(Some(Box::new(transport)))
    }
}
