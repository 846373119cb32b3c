//! Sinks of the caller: files, and callbacks as writers.

use std::ffi::{c_int, c_void};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::args::required;
use crate::Result;

/// Takes bytes from the library: `length` bytes at `data`, all of them, which
/// live until it returns.
///
/// 0 goes on, anything else ends the call with IMGFERRY_CALLBACK and is kept
/// (imgferry_error_callback_result). `length` is never 0.
///
/// It runs only on the thread that made the call, and only until the call
/// returns; after a failure it is not called again. It must return normally: no
/// exception, no longjmp. It may use the library. While it blocks the call
/// cannot be stopped.
pub type imgferry_write_fn =
    Option<unsafe extern "C" fn(userdata: *mut c_void, data: *const u8, length: usize) -> c_int>;

/// A write callback as a writer, which remembers how it failed.
pub(super) struct CallbackWriter {
    callback: unsafe extern "C" fn(*mut c_void, *const u8, usize) -> c_int,
    userdata: *mut c_void,
    result: c_int,
}

impl CallbackWriter {
    /// # Safety
    /// `callback` can be called with `userdata` as often as wanted, on this thread, and keeps to its description.
    unsafe fn new(
        callback: unsafe extern "C" fn(*mut c_void, *const u8, usize) -> c_int,
        userdata: *mut c_void,
    ) -> CallbackWriter {
        CallbackWriter {
            callback,
            userdata,
            result: 0,
        }
    }

    /// What the callback returned last.
    pub(super) fn result(&self) -> c_int {
        self.result
    }
}

impl Write for CallbackWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !bytes.is_empty() && self.result == 0 {
            // SAFETY: who made this promised that it can be called; there are as many bytes as is said.
            self.result = unsafe { (self.callback)(self.userdata, bytes.as_ptr(), bytes.len()) };
        }
        match self.result {
            0 => Ok(bytes.len()),
            result => Err(io::Error::other(format!(
                "the write callback returned {result}"
            ))),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A write callback of the caller as a writer.
///
/// # Safety
/// As for [`CallbackWriter::new`], unless it is NULL.
pub(super) unsafe fn callback(
    write: imgferry_write_fn,
    userdata: *mut c_void,
) -> Result<CallbackWriter> {
    let write = required(write, "write")?;
    // SAFETY: the caller promises the same.
    Ok(unsafe { CallbackWriter::new(write, userdata) })
}

/// Where the caller wants bytes.
pub(super) enum Sink<'p> {
    Path(&'p Path),
    Descriptor(File),
    Callback(CallbackWriter),
}

impl Sink<'_> {
    /// What the callback returned last; 0 where there is none.
    pub(super) fn result(&self) -> c_int {
        match self {
            Sink::Path(_) | Sink::Descriptor(_) => 0,
            Sink::Callback(writer) => writer.result(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;

    /// Takes bytes until there are three pieces.
    unsafe extern "C" fn three_pieces(
        userdata: *mut c_void,
        data: *const u8,
        length: usize,
    ) -> c_int {
        // SAFETY: the test below gives it.
        let pieces = unsafe { &mut *userdata.cast::<Vec<Vec<u8>>>() };
        // SAFETY: the writer gives this many bytes.
        let piece = unsafe { std::slice::from_raw_parts(data, length) };
        pieces.push(piece.to_vec());
        match pieces.len() {
            3 => -4,
            _ => 0,
        }
    }

    #[test]
    fn a_callback_gets_every_byte_until_it_fails_and_nothing_afterwards() {
        let mut pieces: Vec<Vec<u8>> = Vec::new();
        // SAFETY: the pieces outlive the writer.
        let mut sink =
            unsafe { CallbackWriter::new(three_pieces, ptr::from_mut(&mut pieces).cast()) };
        for piece in [b"one".as_slice(), b"", b"two"] {
            sink.write_all(piece).expect("taken");
        }
        assert_eq!(sink.result(), 0);
        for _ in 0..2 {
            sink.write_all(b"three").expect_err("it failed");
        }
        assert_eq!(sink.result(), -4);
        assert_eq!(pieces, [b"one".as_slice(), b"two", b"three"]);
    }
}
