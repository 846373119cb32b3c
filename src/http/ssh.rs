//! A connection through the `ssh` program, as the docker command makes it: HTTP over the standard streams of
//! `docker system dial-stdio` on the other machine.

use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{ConnectionDetails, Connector, Transport};

use super::connect::cannot_connect;
use super::socket::Socket;
use super::transport::SocketTransport;

/// How long a program whose connection is closed may take to end by itself.
const END_LIMIT: Duration = Duration::from_millis(500);

/// As much of what the program complained about stands in the error.
const MAX_COMPLAINT: usize = 4 * 1024;

/// Starts one program for each connection.
#[derive(Debug)]
pub(super) struct SshConnector {
    /// What follows `ssh`.
    pub(super) arguments: Vec<String>,
}

impl<In: Transport> Connector<In> for SshConnector {
    type Out = SocketTransport;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<In>,
    ) -> Result<Option<SocketTransport>, ureq::Error> {
        Program::start("ssh", &self.arguments)
            .and_then(|(stream, program)| {
                SocketTransport::through(Socket::Unix(stream), program, details.config)
            })
            .map(Some)
            .map_err(cannot_connect)
    }
}

/// A program that carries a connection; it ends with this value.
#[derive(Debug)]
pub(super) struct Program {
    child: Child,
    complaints: Mutex<UnixStream>,
}

impl Program {
    /// The streams are socket pairs and not pipes: writing to a pipe whose reader has died raises SIGPIPE, which kills
    /// a host written in C (measured).
    fn start(name: &str, arguments: &[String]) -> io::Result<(UnixStream, Program)> {
        let (ours, theirs) = UnixStream::pair()?;
        let (complaints, their_complaints) = UnixStream::pair()?;
        complaints.set_nonblocking(true)?;
        let child = Command::new(name)
            .args(arguments)
            .stdin(Stdio::from(OwnedFd::from(theirs.try_clone()?)))
            .stdout(Stdio::from(OwnedFd::from(theirs)))
            .stderr(Stdio::from(OwnedFd::from(their_complaints)))
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("starting {name}: {error}")))?;
        let complaints = Mutex::new(complaints);
        Ok((ours, Program { child, complaints }))
    }

    /// What the program wrote to its standard error so far; empty when nothing.
    pub(super) fn complaint(&self) -> String {
        let mut text = vec![0; MAX_COMPLAINT];
        let mut complaints = match self.complaints.lock() {
            Ok(complaints) => complaints,
            Err(poisoned) => poisoned.into_inner(),
        };
        // Nothing there is an error of this non-blocking read, and means that there is no complaint.
        let read = complaints.read(&mut text).unwrap_or(0);
        text.truncate(read);
        String::from_utf8_lossy(&text).trim().to_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let deadline = Instant::now() + END_LIMIT;
        loop {
            match self.child.try_wait() {
                Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(5)),
                Ok(None) => break,
                // Ended; or the host ignores SIGCHLD, and then the system has taken the program away.
                Ok(Some(_)) | Err(_) => return,
            }
        }
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            log::debug!("ending ssh: {error}");
        }
    }
}
