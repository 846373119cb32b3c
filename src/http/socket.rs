//! The two kinds of socket, with the same behaviour: blocking for at most a slice, and interruptible.

use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;

use socket2::SockRef;

use super::wait::SLICE;
use crate::call::Interrupt;

#[derive(Debug)]
pub(super) enum Socket {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Socket {
    /// Sets the time limits once: with a limit that never changes, a read costs no further system call.
    pub(super) fn prepare(self) -> io::Result<Socket> {
        match &self {
            Socket::Unix(stream) => {
                stream.set_read_timeout(Some(SLICE))?;
                stream.set_write_timeout(Some(SLICE))?;
            }
            Socket::Tcp(stream) => {
                stream.set_read_timeout(Some(SLICE))?;
                stream.set_write_timeout(Some(SLICE))?;
                stream.set_nodelay(true)?;
            }
        }
        Ok(self)
    }

    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Socket::Unix(stream) => (&*stream).read(buffer),
            Socket::Tcp(stream) => (&*stream).read(buffer),
        }
    }

    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Socket::Unix(stream) => (&*stream).write(bytes),
            Socket::Tcp(stream) => (&*stream).write(bytes),
        }
    }

    /// Reads what is there already; `WouldBlock` when there is nothing.
    pub(super) fn read_now(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.set_nonblocking(true)?;
        let read = self.read(buffer);
        self.set_nonblocking(false)?;
        read
    }

    /// Whether the peer has neither said anything nor closed: one system call before and after each request, where
    /// [`read_now`](Socket::read_now) makes three.
    pub(super) fn is_silent(&self) -> bool {
        let socket = match self {
            Socket::Unix(stream) => SockRef::from(stream),
            Socket::Tcp(stream) => SockRef::from(stream),
        };
        let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
        let peeked = socket.recv_with_flags(&mut [MaybeUninit::uninit()], flags);
        matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Tells the peer that nothing more comes; what it says can still be read.
    pub(super) fn close_output(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self {
            Socket::Unix(stream) => stream.shutdown(how),
            Socket::Tcp(stream) => stream.shutdown(how),
        }
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        match self {
            Socket::Unix(stream) => stream.set_nonblocking(nonblocking),
            Socket::Tcp(stream) => stream.set_nonblocking(nonblocking),
        }
    }
}

impl Interrupt for Socket {
    fn interrupt(&self) {
        // It fails when the peer has closed already, and then nobody is blocked on it.
        if let Err(error) = self.shutdown(Shutdown::Both) {
            log::debug!("interrupting a closed connection: {error}");
        }
    }
}
