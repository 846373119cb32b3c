//! Moving the bytes of a blob from one place of this machine to another.

use std::io::{self, Read};

use crate::call::Call;
use crate::error::{Error, Result};
use crate::progress::Phase;

/// How much is moved at once.
const PIECE: usize = 128 * 1024;

/// Reads `source` to its end and gives it on, which is told as `phase`; `start` and `size` are where it begins in the whole
/// and how large that is, if anybody knows.
pub(super) fn pour(
    source: &mut dyn Read,
    phase: Phase,
    start: u64,
    size: Option<u64>,
    call: &mut Call<'_>,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<u64> {
    let mut buffer = vec![0; PIECE];
    let mut moved = 0;
    loop {
        call.check()?;
        let read = match source.read(&mut buffer) {
            Ok(0) => return Ok(moved),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(error, call)),
        };
        take(&buffer[..read])?;
        moved += read as u64;
        call.moved(phase, start + moved, size)?;
    }
}

/// A source of ours fails with an error of ours, which says more.
pub(super) fn unreadable(error: io::Error, call: &Call<'_>) -> Error {
    Error::of_stream(error, call.context("", ""), "reading a blob of the source")
}
