//! Streams of the caller: callbacks and file descriptors as readers.

use std::ffi::{c_int, c_void};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::BorrowedFd;

use super::args::{invalid, required};
use crate::Result;

/// Gives bytes to the library: writes at most `capacity` bytes to `buffer` and
/// their number to `*length_out`; 0 bytes are the end.
///
/// 0 goes on, anything else ends the call with IMGFERRY_CALLBACK and is kept
/// (imgferry_error_callback_result). `capacity` is never 0, and `*length_out`
/// is 0 before. A length above `capacity` ends the call with
/// IMGFERRY_INVALID_ARGUMENT.
///
/// It runs only on the thread that made the call, and only until the call
/// returns; after the end or a failure it is not called again. It must return
/// normally: no exception, no longjmp. It may use the library. While it blocks
/// the call cannot be stopped.
pub type imgferry_read_fn = Option<
    unsafe extern "C" fn(
        userdata: *mut c_void,
        buffer: *mut u8,
        capacity: usize,
        length_out: *mut usize,
    ) -> c_int,
>;

/// A read callback as a reader, which remembers how it failed.
pub(super) struct CallbackReader {
    callback: unsafe extern "C" fn(*mut c_void, *mut u8, usize, *mut usize) -> c_int,
    userdata: *mut c_void,
    result: c_int,
    ended: bool,
}

impl CallbackReader {
    /// # Safety
    /// `callback` can be called with `userdata` as often as wanted, on this thread, and keeps to its description.
    unsafe fn new(
        callback: unsafe extern "C" fn(*mut c_void, *mut u8, usize, *mut usize) -> c_int,
        userdata: *mut c_void,
    ) -> CallbackReader {
        CallbackReader {
            callback,
            userdata,
            result: 0,
            ended: false,
        }
    }

    /// What the callback returned last.
    pub(super) fn result(&self) -> c_int {
        self.result
    }
}

impl Read for CallbackReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        let mut length = 0;
        // SAFETY: who made this promised that it can be called; the buffer has as many bytes as is said.
        self.result = unsafe {
            (self.callback)(
                self.userdata,
                buffer.as_mut_ptr(),
                buffer.len(),
                &mut length,
            )
        };
        self.ended = self.result != 0 || length == 0 || length > buffer.len();
        if self.result != 0 {
            return Err(io::Error::other(format!(
                "the read callback returned {}",
                self.result
            )));
        }
        if length > buffer.len() {
            let reason = format!(
                "it gave {length} bytes where there was room for {}",
                buffer.len()
            );
            return Err(io::Error::other(invalid("read", reason)));
        }
        Ok(length)
    }
}

/// A read callback of the caller as a reader.
///
/// # Safety
/// As for [`CallbackReader::new`], unless it is NULL.
pub(super) unsafe fn callback(
    read: imgferry_read_fn,
    userdata: *mut c_void,
) -> Result<CallbackReader> {
    let read = required(read, "read")?;
    // SAFETY: the caller promises the same.
    Ok(unsafe { CallbackReader::new(read, userdata) })
}

/// A file descriptor of the caller as a reader. It shares the caller's position, and does not close the descriptor.
pub(super) fn descriptor(fd: c_int) -> Result<File> {
    let cannot = |error: io::Error| invalid("fd", format!("{fd} cannot be used: {error}"));
    if fd < 0 {
        return Err(cannot(io::Error::from_raw_os_error(EBADF)));
    }
    // SAFETY: it is not negative, and it is used only for the next line; one that is not open fails there.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    borrowed
        .try_clone_to_owned()
        .map(File::from)
        .map_err(cannot)
}

/// What the system says of a descriptor that is not open, on every Unix.
const EBADF: c_int = 9;

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::super::error::{Failure, imgferry_error};
    use super::super::status::{IMGFERRY_CALLBACK, IMGFERRY_IO};
    use super::*;
    use crate::{Error, ErrorKind};

    /// Gives the length or the result that `userdata` points to.
    unsafe extern "C" fn scripted(
        userdata: *mut c_void,
        buffer: *mut u8,
        capacity: usize,
        length_out: *mut usize,
    ) -> c_int {
        // SAFETY: the tests below give a script.
        let script = unsafe { &mut *userdata.cast::<Script>() };
        script.calls += 1;
        // SAFETY: the reader promises this much room.
        unsafe { buffer.write_bytes(b'x', script.length.min(capacity)) };
        // SAFETY: the reader gives a place for it.
        unsafe { length_out.write(script.length) };
        script.result
    }

    struct Script {
        length: usize,
        result: c_int,
        calls: usize,
    }

    fn read(script: &mut Script) -> (CallbackReader, io::Result<usize>) {
        // SAFETY: the script lives as long as the test.
        let mut reader = unsafe { CallbackReader::new(scripted, ptr::from_mut(script).cast()) };
        let read = reader.read(&mut [0; 8]);
        (reader, read)
    }

    #[test]
    fn a_callback_is_read_to_its_end_and_not_asked_again() {
        let mut script = Script {
            length: 8,
            result: 0,
            calls: 0,
        };
        assert_eq!(read(&mut script).1.expect("eight bytes"), 8);
        script.length = 0;
        let (mut reader, end) = read(&mut script);
        assert_eq!(end.expect("the end"), 0);
        assert_eq!(reader.read(&mut [0; 8]).expect("the end again"), 0);
        assert_eq!(script.calls, 2);
    }

    #[test]
    fn a_length_above_the_capacity_is_never_trusted() {
        for length in [9, usize::MAX] {
            let error = read(&mut Script {
                length,
                result: 0,
                calls: 0,
            })
            .1
            .expect_err("too much");
            let error = error.downcast::<Error>().expect("an error of ours");
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        }
    }

    #[test]
    fn only_a_failure_of_the_callback_is_called_so() {
        let io = |source: io::Error| Error::Io {
            context: Box::default(),
            action: "x".into(),
            source,
        };
        let (reader, read_error) = read(&mut Script {
            length: 3,
            result: -4,
            calls: 0,
        });
        let failure = Failure::from(io(read_error.expect_err("it failed")));
        let failure = failure.after_stream(reader.result());
        assert_eq!(imgferry_error::new(&failure).status(), IMGFERRY_CALLBACK);

        let (reader, _) = read(&mut Script {
            length: 3,
            result: 0,
            calls: 0,
        });
        let failure = Failure::from(io(io::ErrorKind::Other.into()));
        let failure = failure.after_stream(reader.result());
        assert_eq!(imgferry_error::new(&failure).status(), IMGFERRY_IO);
    }

    #[test]
    fn a_descriptor_that_is_not_open_is_an_invalid_argument() {
        for fd in [-1, c_int::MIN, 1_000_000] {
            let error = descriptor(fd).expect_err("it is not open");
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{fd}");
        }
    }
}
