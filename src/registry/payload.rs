//! What goes out with a request to a registry, as often as it has to be sent.

use std::io::{self, Read, Seek, SeekFrom};

use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{Outgoing, Pace, Request};
use crate::progress::Phase;

/// A peer may refuse a body before it is sent; for smaller ones that saves less than the question costs.
const ASKED_FIRST: u64 = 64 * 1024;

/// What can be read again from any place.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek + ?Sized> ReadSeek for T {}

/// The body of a request.
pub(super) enum Payload<'s> {
    Empty,
    Document(&'s [u8]),
    Part(BlobPart<'s>),
    Once(Once<'s>),
}

/// A stream that nobody can begin again, of a length that nobody knows.
pub(super) struct Once<'s> {
    source: &'s mut dyn Read,
    has_begun: bool,
}

/// `length` bytes of a blob of `size` bytes, from `start` on.
pub(super) struct BlobPart<'s> {
    source: &'s mut dyn ReadSeek,
    start: u64,
    length: u64,
    size: u64,
    /// What is still to be read of it.
    left: u64,
    is_unreadable: bool,
}

impl<'s> BlobPart<'s> {
    pub(super) fn new(
        source: &'s mut dyn ReadSeek,
        start: u64,
        length: u64,
        size: u64,
    ) -> BlobPart<'s> {
        BlobPart {
            source,
            start,
            length,
            size,
            left: 0,
            is_unreadable: false,
        }
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.left = self.length;
        self.source.seek(SeekFrom::Start(self.start)).map(drop)
    }
}

impl Read for BlobPart<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let read = self.source.read(&mut buffer[..room]);
        match &read {
            Ok(read) => self.left -= *read as u64,
            Err(error) => self.is_unreadable = error.kind() != io::ErrorKind::Interrupted,
        }
        read
    }
}

impl Read for Once<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.has_begun = true;
        self.source.read(buffer)
    }
}

impl<'s> Payload<'s> {
    /// A stream that goes out once.
    pub(super) fn once(source: &'s mut dyn Read) -> Payload<'s> {
        Payload::Once(Once {
            source,
            has_begun: false,
        })
    }

    /// Whether what went wrong is the source, and not the peer.
    pub(super) fn is_unreadable(&self) -> bool {
        matches!(self, Payload::Part(part) if part.is_unreadable)
    }

    /// The request with this body, from its beginning.
    pub(super) fn of<'r>(
        &'r mut self,
        mut request: Request<'r>,
        call: &Call<'_>,
    ) -> Result<Request<'r>> {
        match self {
            Payload::Empty => {}
            Payload::Document(bytes) => request.body = Outgoing::Bytes(bytes),
            Payload::Part(part) => {
                part.rewind().map_err(|source| Error::Io {
                    context: call.context("", ""),
                    action: "going back in the data to send".into(),
                    source,
                })?;
                if part.length > ASKED_FIRST {
                    request.headers.push(("expect", "100-continue".into()));
                }
                request.manner.pace = Pace::Upload;
                let (length, sent_before, size) = (part.length, part.start, part.size);
                request.body = Outgoing::Stream {
                    source: part,
                    length: Some(length),
                    phase: Phase::Pushing,
                    sent_before,
                    total: Some(size),
                };
            }
            // As if the line had been cut, after which the same can be sent in another way.
            Payload::Once(once) if once.has_begun => {
                return Err(Error::ConnectionLost {
                    context: call.context("", ""),
                    source: io::Error::other("the registry wants the stream once more"),
                });
            }
            Payload::Once(once) => {
                request.headers.push(("expect", "100-continue".into()));
                request.manner.pace = Pace::Upload;
                request.body = Outgoing::stream(once, None, Phase::Pushing);
            }
        }
        Ok(request)
    }
}
