//! What came through the proxy.

use std::sync::Mutex;

use super::fault::Direction;
use crate::support::scripted_engine::Head;

/// A request and what came of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The number of its connection; the first is 1.
    pub connection: usize,
    pub request: Head,
    /// Of the request's body as it was taken from the client, framing not counted.
    pub body_bytes: u64,
    /// Of the part's answer (before any rewriting) or of the proxy's; None while there is none.
    pub status: Option<u16>,
    /// Whether the part saw it.
    pub forwarded: bool,
    /// Whether all of the part's answer was sent to the client, as the part gave it.
    pub arrived: bool,
}

impl Exchange {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.request, name)
    }
}

/// A connection of a client. What the receiver has not made room for yet (a few hundred kilobytes) is counted, too.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Bytes that the proxy passed to the part.
    pub up: u64,
    /// Bytes that the client was sent, answers of the proxy included.
    pub down: u64,
    /// Whether it still is; false also says that the part's side is closed.
    pub open: bool,
    pub exchanges: Vec<Exchange>,
}

/// Of all connections of a proxy.
#[derive(Default)]
pub(super) struct Journal(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    connections: Vec<Counts>,
    exchanges: Vec<Exchange>,
}

struct Counts {
    up: u64,
    down: u64,
    open: bool,
}

impl Pages {
    fn count(&mut self, connection: usize, direction: Direction) -> &mut u64 {
        let counts = &mut self.connections[connection - 1];
        match direction {
            Direction::Up => &mut counts.up,
            Direction::Down => &mut counts.down,
        }
    }
}

/// The place of an exchange in the journal.
pub(super) type ExchangeId = usize;

impl Journal {
    fn pages(&self) -> std::sync::MutexGuard<'_, Pages> {
        self.0.lock().expect("not poisoned")
    }

    /// A new connection: its number.
    pub(super) fn connection(&self) -> usize {
        let mut pages = self.pages();
        pages.connections.push(Counts {
            up: 0,
            down: 0,
            open: true,
        });
        pages.connections.len()
    }

    pub(super) fn closed(&self, connection: usize) {
        self.pages().connections[connection - 1].open = false;
    }

    pub(super) fn passed(&self, connection: usize, direction: Direction, bytes: u64) {
        *self.pages().count(connection, direction) += bytes;
    }

    pub(super) fn not_passed(&self, connection: usize, direction: Direction, bytes: u64) {
        *self.pages().count(connection, direction) -= bytes;
    }

    pub(super) fn asked(&self, connection: usize, request: Head, forwarded: bool) -> ExchangeId {
        let mut pages = self.pages();
        pages.exchanges.push(Exchange {
            connection,
            request,
            body_bytes: 0,
            status: None,
            forwarded,
            arrived: false,
        });
        pages.exchanges.len() - 1
    }

    pub(super) fn took_body(&self, exchange: ExchangeId, bytes: u64) {
        self.pages().exchanges[exchange].body_bytes += bytes;
    }

    pub(super) fn answered(&self, exchange: ExchangeId, status: u16) {
        self.pages().exchanges[exchange].status = Some(status);
    }

    pub(super) fn arrived(&self, exchange: ExchangeId) {
        self.pages().exchanges[exchange].arrived = true;
    }

    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.pages().exchanges.clone()
    }

    pub(super) fn connections(&self) -> Vec<Connection> {
        let pages = self.pages();
        let numbered = pages.connections.iter().zip(1..);
        numbered
            .map(|(counts, number)| Connection {
                up: counts.up,
                down: counts.down,
                open: counts.open,
                exchanges: pages
                    .exchanges
                    .iter()
                    .filter(|exchange| exchange.connection == number)
                    .cloned()
                    .collect(),
            })
            .collect()
    }
}

/// The first header of this name in a request.
pub(super) fn header<'a>(head: &'a Head, name: &str) -> Option<&'a str> {
    head.headers
        .iter()
        .filter_map(|line| line.split_once(':'))
        .find(|(other, _)| other.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}
