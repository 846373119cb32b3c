//! Content that proves, while it is read, that it is what was promised.

use std::fmt;
use std::io::{self, Read};

use crate::digest::{Digest, Verifier};
use crate::error::{Context, Error, ErrorKind, Result};

/// Reads content and fails, instead of ending, when it does not have the digest or the size that was promised.
pub(crate) struct VerifiedReader {
    source: Box<dyn Read + Send>,
    verifier: Verifier,
    /// What is read, for people.
    what: String,
    context: Box<Context>,
}

impl VerifiedReader {
    pub(super) fn new(
        source: Box<dyn Read + Send>,
        digest: Digest,
        size: Option<u64>,
        what: String,
        context: Box<Context>,
    ) -> VerifiedReader {
        VerifiedReader {
            source,
            verifier: Verifier::new(digest, size),
            what,
            context,
        }
    }

    /// Reads the next bytes; 0 is the end of content that is what was promised.
    ///
    /// As a [`Read`] it does the same, and its errors hold those of this room.
    pub(crate) fn read_piece(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = loop {
            match self.source.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(unreadable(&self.what, source, self.context.clone())),
                Ok(read) => break read,
            }
        };
        let checked = match read {
            0 => self.verifier.end(),
            read => self.verifier.take(&buffer[..read]),
        };
        checked.map_err(|mismatch| mismatch.at(self.context.clone()))?;
        Ok(read)
    }
}

/// What a failure to read means: the system says a number, the readers of compressed content do not.
pub(super) fn unreadable(what: &str, source: io::Error, context: Box<Context>) -> Error {
    match source.raw_os_error() {
        Some(_) => Error::Io {
            context,
            action: format!("reading {what}"),
            source,
        },
        None if source.kind() == io::ErrorKind::Unsupported => Error::Unsupported {
            context,
            what: format!("{what} cannot be read: {source}"),
        },
        None => Error::Archive {
            context,
            kind: ErrorKind::Protocol,
            what: format!("{what} is damaged: {source}"),
        },
    }
}

impl fmt::Debug for VerifiedReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedReader")
            .field("what", &self.what)
            .finish_non_exhaustive()
    }
}

impl Read for VerifiedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_piece(buffer).map_err(io::Error::other)
    }
}
