//! What of a socket has arrived.

use std::net::SocketAddrV4;
use std::{fs, io};

use socket2::{SockAddr, Socket};

/// How many bytes of a socket its peer's kernel has not acknowledged. What is written to a Unix socket is with its peer
/// at once, and a closed socket has nothing to send.
pub(super) fn unacknowledged(socket: &Socket) -> u64 {
    let (Some(local), Some(peer)) = (ipv4(socket.local_addr()), ipv4(socket.peer_addr())) else {
        return 0;
    };
    let (local, peer) = (as_listed(local), as_listed(peer));
    let sockets = fs::read_to_string("/proc/net/tcp").expect("the list of TCP sockets");
    let unsent = sockets.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        (words.next()? == local && words.next()? == peer).then_some(())?;
        let (unsent, _unread) = words.nth(1)?.split_once(':')?;
        u64::from_str_radix(unsent, 16).ok()
    });
    unsent.unwrap_or(0)
}

fn ipv4(address: io::Result<SockAddr>) -> Option<SocketAddrV4> {
    address.ok()?.as_socket_ipv4()
}

/// The address as a number of the machine's byte order, and the port.
fn as_listed(address: SocketAddrV4) -> String {
    let number = u32::from_ne_bytes(address.ip().octets());
    format!("{number:08X}:{:04X}", address.port())
}
