//! The transport under ureq: one socket that waits in slices, and does not lose an answer that comes early.

use std::fmt;
use std::io;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use ureq::unversioned::transport::time::Duration as Limit;
use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, Transport};

use super::connect::{cannot_connect, connect_timeout};
use super::socket::Socket;
use super::ssh::Program;
use super::wait::{Direction, ask, brought_nothing, in_slices};
use crate::call::Interrupt;
use crate::error::Error;

/// How long a peer that is told to stop may take. dockerd stops within some milliseconds, unless it waits for a
/// registry (measured: 15 s).
const HANG_UP_LIMIT: Duration = Duration::from_secs(1);

pub(super) struct SocketTransport {
    socket: Arc<Socket>,
    buffers: LazyBuffers,
    output: Output,
    /// What carries the connection, ended after the socket is closed.
    program: Option<Program>,
}

/// A peer may answer before it has read the whole request, and then stop reading. Failing the write would throw the
/// answer away (ureq gives up at once: measured), so what is left of the request is dropped instead.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    /// The peer reads.
    Open,
    /// The peer has answered and reads no more; its answer is in the input buffer and was not handed out yet.
    RefusedAnswerWaiting,
    /// The peer reads no more, and its answer is being read.
    Refused,
}

impl SocketTransport {
    pub(super) fn new(socket: Socket, config: &ureq::config::Config) -> io::Result<Self> {
        Ok(SocketTransport {
            socket: Arc::new(socket.prepare()?),
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
            output: Output::Open,
            program: None,
        })
    }

    /// A connection that `program` carries.
    pub(super) fn through(
        socket: Socket,
        program: Program,
        config: &ureq::config::Config,
    ) -> io::Result<Self> {
        let transport = SocketTransport::new(socket, config)?;
        Ok(SocketTransport {
            program: Some(program),
            ..transport
        })
    }

    /// The failure of a connection that a program carries is best told by the program; a call that was left is not one.
    fn told_by_program(&self, failure: io::Error) -> ureq::Error {
        match self.program.as_ref().map(Program::complaint) {
            Some(complaint) if !was_left(&failure) && !complaint.is_empty() => {
                cannot_connect(io::Error::other(complaint))
            }
            Some(_) | None => failure.into(),
        }
    }

    fn interrupt(socket: &Arc<Socket>) -> Option<Weak<dyn Interrupt>> {
        let socket: Weak<Socket> = Arc::downgrade(socket);
        Some(socket)
    }

    /// Tells the peer to stop, and listens until it has: what an engine does for a moment after it was left would come
    /// too late to be tidied up. dockerd and podman take the end of our side for a cancel, and end theirs when they are
    /// done with it.
    fn hang_up(&self) {
        let until = Instant::now() + HANG_UP_LIMIT;
        let mut rest = [0; 4 * 1024];
        let mut heard = self.socket.close_output().map(|()| 1);
        while Instant::now() < until {
            match heard {
                Ok(0) => return,
                Err(error) if !brought_nothing(&error) => return,
                Ok(_) | Err(_) => heard = self.socket.read(&mut rest),
            }
        }
        log::debug!("a peer that was told to stop has not done so in time");
    }

    /// Whether an answer is there although the request is not complete; if so it moves to the input buffer.
    fn answered_early(&mut self) -> bool {
        match self.socket.read_now(self.buffers.input_append_buf()) {
            Ok(read) if read > 0 => {
                self.buffers.input_appended(read);
                self.output = Output::RefusedAnswerWaiting;
                ask((), |call| call.refuse_output());
                true
            }
            // Nothing, end of file or an error: the failure of the write says more.
            Ok(_) | Err(_) => false,
        }
    }

    /// Writes some of `from..amount` of the output buffer.
    fn write_some(&mut self, from: usize, amount: usize) -> io::Result<Option<usize>> {
        let Some(bytes) = self.buffers.output().get(from..amount) else {
            return Err(io::Error::other("more output announced than there is"));
        };
        match self.socket.write(bytes) {
            Ok(0) => Err(io::Error::from(io::ErrorKind::WriteZero)),
            Ok(written) => Ok(Some(written)),
            Err(error) if self.answered_early() => {
                log::debug!("the peer answered before the request was sent ({error})");
                Ok(Some(0))
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether it was the call that ended a wait, and not the connection.
fn was_left(failure: &io::Error) -> bool {
    failure.get_ref().is_some_and(|inner| inner.is::<Error>())
}

impl Transport for SocketTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let mut sent = 0;
        while sent < amount && self.output == Output::Open {
            let socket = self.socket.clone();
            let written = in_slices(
                Direction::Write,
                || Self::interrupt(&socket),
                None,
                || self.write_some(sent, amount),
            )
            .map_err(|error| self.told_by_program(error))?;
            sent += written.unwrap_or(0);
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        if self.output == Output::RefusedAnswerWaiting {
            self.output = Output::Refused;
            return Ok(true);
        }
        // Set only while a connection is made, and by ureq while it waits for `100 Continue`; all others are the call's.
        let limit = match timeout.after {
            Limit::Exact(limit) => Some(limit),
            Limit::NotHappening => None,
        };
        if ask(false, |call| call.is_left()) {
            self.hang_up();
            return Err(io::Error::from(io::ErrorKind::ConnectionAborted).into());
        }
        let hangs_up = ask(false, |call| call.hangs_up());
        let socket = self.socket.clone();
        let read = in_slices(
            Direction::Read,
            // A peer that is to be listened to until it has stopped is not cut off.
            || Self::interrupt(&socket).filter(|_| !hangs_up),
            limit,
            || socket.read(self.buffers.input_append_buf()).map(Some),
        );
        let read = read.map_err(|error| {
            if hangs_up && was_left(&error) {
                self.hang_up();
            }
            self.told_by_program(error)
        })?;
        let Some(read) = read else {
            return Err(match timeout.reason {
                ureq::Timeout::Connect => connect_timeout("connection"),
                reason => ureq::Error::Timeout(reason),
            });
        };
        if read == 0 {
            // A connection that the cancel flag has shut ends like one that the peer has closed.
            ask(Ok(()), |call| call.check()).map_err(io::Error::other)?;
            if self.program.is_some() {
                return Err(self.told_by_program(io::ErrorKind::UnexpectedEof.into()));
            }
        }
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    /// Bytes that nobody asked for make a connection as useless as its end does.
    fn is_open(&mut self) -> bool {
        self.output == Output::Open && self.socket.is_silent()
    }
}

impl fmt::Debug for SocketTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketTransport")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}
