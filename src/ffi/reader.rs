//! `imgferry_reader`: bytes from a peer, which the caller fetches as they come.

use std::mem::MaybeUninit;
use std::slice;

use super::args::{invalid, required};
use super::call::{during, imgferry_call};
use super::error::imgferry_error;
use super::guard::{count, quietly};
use super::number::or_unknown;
use super::process::ProcessBound;
use super::status::imgferry_status;
use crate::{BlobReader, Call, ImageArchive, Result};

/// No read gives more: a peer's bytes come in smaller pieces, and the memory of the caller is cleared first.
const MOST: usize = 128 * 1024;

/// A stream of bytes from a peer: an archive that an engine writes, or a blob of
/// a registry.
///
/// It changes when it is read, so only one thread at a time may use it. It keeps
/// what it came from alive, which may be freed before.
#[derive(Debug)]
pub struct imgferry_reader {
    source: ProcessBound<Source>,
    size: i64,
}

/// What a reader reads.
#[derive(Debug)]
enum Source {
    Archive(ImageArchive),
    Blob(BlobReader),
}

impl imgferry_reader {
    pub(super) fn of_archive(archive: ImageArchive) -> imgferry_reader {
        imgferry_reader {
            source: ProcessBound::new(Source::Archive(archive)),
            size: or_unknown(None),
        }
    }

    pub(super) fn of_blob(blob: BlobReader) -> imgferry_reader {
        imgferry_reader {
            size: or_unknown(blob.size()),
            source: ProcessBound::new(Source::Blob(blob)),
        }
    }
}

impl Source {
    fn read_with(&mut self, buffer: &mut [u8], call: &mut Call<'_>) -> Result<usize> {
        match self {
            Source::Archive(archive) => archive.read_with(buffer, call),
            Source::Blob(blob) => blob.read_with(buffer, call),
        }
    }
}

/// How many bytes the whole of it has, also when only a part is read; -1 when
/// the peer did not say it at the beginning, as an engine never does of an
/// archive, and for NULL.
///
/// One thread at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_reader_size(reader: Option<&imgferry_reader>) -> i64 {
    reader.map_or(-1, |reader| reader.size)
}

/// Reads the next bytes: writes at most `capacity` of them, which is not 0, to
/// `buffer`, and their number to `*length_out`. It can be less at any time; 0
/// bytes are the end, and that all was whole.
///
/// `call` is for this read only: its limits begin anew, and a cancel that the
/// reader was asked for with has to be named again. On failure `*length_out` is
/// 0: IMGFERRY_CONNECTION_LOST when the connection broke (and for a blob, could
/// not be made again), IMGFERRY_DIGEST_MISMATCH when a whole blob is not the one
/// that was asked for, IMGFERRY_ENGINE or another status when the peer could not
/// go on. Unless only an argument was wrong, every later read then fails with
/// IMGFERRY_INVALID_STATE. One thread at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_reader_read(
    reader: Option<&mut imgferry_reader>,
    buffer: *mut u8,
    capacity: usize,
    call: *const imgferry_call,
    length_out: Option<&mut MaybeUninit<usize>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    count(length_out, "length_out", error_out, || {
        let source = required(reader, "reader")?.source.get_mut()?;
        // SAFETY: `buffer` is NULL or has `capacity` bytes, which nobody else uses until this returns.
        let buffer = unsafe { room(buffer, capacity) }?;
        // SAFETY: `call` is the caller's.
        unsafe { during(call, |call| source.read_with(buffer, call)) }
    })
}

/// Frees a reader; NULL is fine. In the middle of a stream it stops the peer,
/// but in a forked child it leaves the parent's connection alone.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_reader_free(reader: Option<Box<imgferry_reader>>) {
    quietly((), || drop(reader));
}

/// The beginning of a buffer, which need not be initialised, as memory that is.
///
/// # Safety
/// `buffer` is NULL or points to `capacity` bytes that nobody else uses while the result is used.
unsafe fn room<'b>(buffer: *mut u8, capacity: usize) -> Result<&'b mut [u8]> {
    if buffer.is_null() {
        return Err(invalid("buffer", "it must not be NULL"));
    }
    if capacity == 0 {
        return Err(invalid(
            "capacity",
            "it is 0, and 0 bytes would look like the end",
        ));
    }
    let capacity = capacity.min(MOST);
    // SAFETY: there are at least as many bytes.
    unsafe { buffer.write_bytes(0, capacity) };
    // SAFETY: as above, and all are initialised now.
    Ok(unsafe { slice::from_raw_parts_mut(buffer, capacity) })
}
