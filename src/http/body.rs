//! Bodies: what goes out with a request, and what comes back with an answer.

use std::io::{self, Read};
use std::sync::Arc;

use super::failure::{io_failure, own_error};
use super::wait::{Manner, Stage, ask, waiting};
use crate::call::Call;
use crate::error::{Context, Error, Result};
use crate::progress::Phase;

/// What goes out with a request.
pub(crate) enum Outgoing<'b> {
    /// Nothing.
    Empty,
    /// A small document.
    Bytes(&'b [u8]),
    /// A stream of known length, or in chunks; its bytes are reported as progress of that phase.
    Stream {
        source: &'b mut dyn Read,
        length: Option<u64>,
        phase: Phase,
        /// So many bytes of the same went out before, for the progress.
        sent_before: u64,
        /// How many there are of it in all, for the progress.
        total: Option<u64>,
    },
}

impl<'b> Outgoing<'b> {
    /// A whole stream.
    pub(crate) fn stream(source: &'b mut dyn Read, length: Option<u64>, phase: Phase) -> Self {
        Outgoing::Stream {
            source,
            length,
            phase,
            sent_before: 0,
            total: length,
        }
    }
}

/// The caller's stream on its way out. It ends early when the peer has answered and reads no more, and tells the
/// stream's own failures from the connection's.
pub(super) struct Source<'b> {
    source: &'b mut dyn Read,
    length: Option<u64>,
    phase: Phase,
    sent: u64,
    sent_before: u64,
    total: Option<u64>,
}

impl<'b> Source<'b> {
    /// The stream of a body that is one; nothing for other bodies.
    pub(super) fn new(body: &'b mut Outgoing<'_>) -> Option<Source<'b>> {
        let Outgoing::Stream {
            source,
            length,
            phase,
            sent_before,
            total,
        } = body
        else {
            return None;
        };
        Some(Source {
            source: &mut **source,
            length: *length,
            phase: *phase,
            sent: 0,
            sent_before: *sent_before,
            total: *total,
        })
    }

    fn failed(source: io::Error) -> io::Error {
        match own_error(source) {
            Ok(own) => io::Error::other(own),
            Err(source) => io::Error::other(Error::Io {
                context: Box::new(Context::default()),
                action: "reading the data to send".into(),
                source,
            }),
        }
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length.map(|length| length.saturating_sub(self.sent));
        if ask(false, |call| call.is_output_refused()) {
            // ureq asks on until the announced length is reached; nothing of it is sent.
            let dropped = left.map_or(0, |left| left.min(buffer.len() as u64));
            self.sent += dropped;
            return Ok(usize::try_from(dropped).unwrap_or(buffer.len()));
        }
        loop {
            match self.source.read(buffer) {
                // ureq would wait for the missing rest for ever (measured).
                Ok(0) if left.is_some_and(|left| left > 0) && !buffer.is_empty() => {
                    let ended = io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        format!("it ended {} bytes early", left.unwrap_or(0)),
                    );
                    return Err(Self::failed(ended));
                }
                Ok(read) => {
                    self.sent += read as u64;
                    ask(Ok(()), |call| {
                        call.sending(self.phase, self.sent_before + self.sent, self.total)
                    })
                    .map_err(io::Error::other)?;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    ask(Ok(()), |call| call.check()).map_err(io::Error::other)?;
                }
                Err(error) => return Err(Self::failed(error)),
            }
        }
    }
}

/// The body of an answer.
pub(crate) struct Incoming {
    pub(super) reader: ureq::BodyReader<'static>,
    pub(super) manner: Manner,
    pub(super) endpoint: Arc<str>,
    pub(super) stage: String,
    /// Whether the answer says where it ends. Without that a cut looks like its end.
    pub(super) has_end: bool,
}

impl Incoming {
    /// Reads some bytes; 0 is the verified end of the body.
    pub(crate) fn read(&mut self, call: &mut Call<'_>, buffer: &mut [u8]) -> Result<usize> {
        let reader = &mut self.reader;
        waiting(call, &self.manner, Stage::Body, || reader.read(buffer))
            .map_err(|error| io_failure(error, call, &self.endpoint, &self.stage))
    }

    /// Reads a document of at most `limit` bytes; a longer one is an error, never a part.
    pub(crate) fn document(&mut self, call: &mut Call<'_>, limit: usize) -> Result<Vec<u8>> {
        let mut document = Vec::new();
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = self.read(call, &mut buffer)?;
            if read == 0 {
                return Ok(document);
            }
            if document.len() + read > limit {
                return Err(Error::Protocol {
                    context: self.context(call),
                    what: format!("the document is larger than {limit} bytes"),
                });
            }
            document.extend_from_slice(&buffer[..read]);
        }
    }

    /// Leaves the answer before its end: tells a peer that works for it to stop, and waits for a moment until it has.
    pub(crate) fn hang_up(&mut self, call: &mut Call<'_>) {
        let reader = &mut self.reader;
        let mut rest = [0; 4 * 1024];
        // What it still says does not matter; that it has stopped comes as the end of the connection.
        while waiting(call, &self.manner, Stage::HangUp, || reader.read(&mut rest))
            .is_ok_and(|read| read > 0)
        {}
    }

    /// Whether the answer says where it ends, by a length or by chunks.
    pub(crate) fn has_end(&self) -> bool {
        self.has_end
    }

    /// The context for errors about what the body says.
    pub(crate) fn context(&self, call: &Call<'_>) -> Box<Context> {
        call.context(&self.endpoint, self.stage.as_str())
    }
}
