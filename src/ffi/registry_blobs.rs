//! `imgferry_registry_get_blob` and its kin: blobs come out of a registry.

use std::ffi::{c_char, c_int, c_void};
use std::mem::MaybeUninit;

use super::args::{self, invalid};
use super::call::{during, imgferry_call};
use super::error::{Failure, imgferry_error};
use super::guard::{count, create, quietly};
use super::options::{self, Versioned};
use super::reader::imgferry_reader;
use super::registry::{given, imgferry_registry, reference};
use super::saved::imgferry_saved;
use super::sink::{Sink, callback, imgferry_write_fn};
use super::status::imgferry_status;
use super::stream::descriptor;
use crate::{BlobOptions, Result};

/// Which part of a blob is wanted. Initialise it with
/// imgferry_blob_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_blob_options {
    /// Set by imgferry_blob_options_init.
    pub struct_size: usize,
    /// Must be 0.
    pub reserved: usize,
    /// The size of the whole blob that a manifest promises, in bytes; one of
    /// another size is refused before it is read. 0 or -1: not known.
    pub size: i64,
    /// Where to begin, in bytes. Only a whole blob is verified by its digest.
    pub offset: i64,
    /// How many bytes. 0 or -1: all that follow.
    pub length: i64,
}

// SAFETY: it is `repr(C)`, begins with its size, has no padding, and holds numbers only.
unsafe impl Versioned for imgferry_blob_options {
    const INIT: &'static str = "imgferry_blob_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_blob_options>()];

    // It is there for systems of 32 bits, which would fill up before the numbers of 64 bits.
    fn uses_reserved(&self) -> bool {
        self.reserved != 0
    }
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_blob_options_init(
    options: *mut imgferry_blob_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
unsafe fn blob_options(given: *const imgferry_blob_options) -> Result<BlobOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    Ok(BlobOptions {
        size: if_said(given.size, "options size")?,
        offset: bytes(given.offset, "options offset")?,
        length: if_said(given.length, "options length")?,
    })
}

/// A number of bytes, or nothing for 0 and -1.
fn if_said(given: i64, argument: &'static str) -> Result<Option<u64>> {
    match given {
        0 | -1 => Ok(None),
        given => bytes(given, argument).map(Some),
    }
}

fn bytes(given: i64, argument: &'static str) -> Result<u64> {
    u64::try_from(given).map_err(|_| invalid(argument, format!("{given} is no number of bytes")))
}

/// The size of a blob in bytes, when the registry has it. `blob` names it as
/// `repository@digest`, such as "registry.example/team/app@sha256:...".
///
/// On failure `*size_out` is 0: IMGFERRY_NOT_FOUND when the registry does not
/// have it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_head_blob(
    registry: Option<&imgferry_registry>,
    blob: *const c_char,
    call: *const imgferry_call,
    size_out: Option<&mut MaybeUninit<u64>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    count(size_out, "size_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `blob` is NULL or a text of the caller.
        let blob = unsafe { reference(blob, "blob") }?;
        // SAFETY: `call` is the caller's.
        unsafe { during(call, |call| registry.head_blob(&blob, call)) }
    })
}

/// Asks for a blob, such as a layer, which `blob` names as `repository@digest`;
/// `options` may be NULL. A whole blob is verified: its end, and its last bytes,
/// are given only when it is the one that was asked for. When the connection
/// breaks, reading goes on where it was, on a new one.
///
/// `call` is for this function only; each imgferry_reader_read has one of its
/// own. On success `*reader_out` is yours: read the blob with
/// imgferry_reader_read, and free it with imgferry_reader_free. On failure it
/// is NULL: IMGFERRY_NOT_FOUND when the registry does not have it,
/// IMGFERRY_DIGEST_MISMATCH when it is not as large as the options say,
/// IMGFERRY_INVALID_ARGUMENT for a part that is not in it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_get_blob(
    registry: Option<&imgferry_registry>,
    blob: *const c_char,
    options: *const imgferry_blob_options,
    call: *const imgferry_call,
    reader_out: Option<&mut MaybeUninit<*mut imgferry_reader>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(reader_out, "reader_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `blob` is NULL or a text of the caller.
        let blob = unsafe { reference(blob, "blob") }?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { blob_options(options) }?;
        // SAFETY: `call` is the caller's.
        let reader = unsafe { during(call, |call| registry.get_blob(&blob, &options, call)) }?;
        Ok(imgferry_reader::of_blob(reader))
    })
}

/// Writes a blob as of imgferry_registry_get_blob to the file `path`, which is
/// in the bytes of the system and need not be UTF-8. `options` may be NULL.
///
/// The file appears when it is whole, and replaces one that was there; until
/// then its name ends in ".part", and a file of that name, which a killed
/// program leaves, is written over. On success `*saved_out` is yours: free it
/// with imgferry_saved_free. On failure it is NULL, and no part of the blob is
/// left: as imgferry_registry_get_blob and imgferry_reader_read, and IMGFERRY_IO
/// or IMGFERRY_NO_SPACE when the file cannot be written. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_get_blob_path(
    registry: Option<&imgferry_registry>,
    blob: *const c_char,
    path: *const c_char,
    options: *const imgferry_blob_options,
    call: *const imgferry_call,
    saved_out: Option<&mut MaybeUninit<*mut imgferry_saved>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(saved_out, "saved_out", error_out, || {
        // SAFETY: `path` is NULL or a text of the caller.
        let sink = || unsafe { args::path(path, "path") }.map(Sink::Path);
        // SAFETY: `blob`, `options` and `call` are the caller's.
        unsafe { save_blob(registry, blob, sink, options, call) }
    })
}

/// Writes a blob as of imgferry_registry_get_blob to the file descriptor `fd`,
/// from its position on. It is not closed. `options` may be NULL.
///
/// While a write to it blocks, the call cannot be stopped. On success
/// `*saved_out` is yours: free it with imgferry_saved_free. On failure it is
/// NULL, and a part may have been written: as imgferry_registry_get_blob and
/// imgferry_reader_read, and IMGFERRY_IO or IMGFERRY_NO_SPACE when `fd` cannot
/// be written. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_get_blob_fd(
    registry: Option<&imgferry_registry>,
    blob: *const c_char,
    fd: c_int,
    options: *const imgferry_blob_options,
    call: *const imgferry_call,
    saved_out: Option<&mut MaybeUninit<*mut imgferry_saved>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(saved_out, "saved_out", error_out, || {
        let sink = || descriptor(fd).map(Sink::Descriptor);
        // SAFETY: `blob`, `options` and `call` are the caller's.
        unsafe { save_blob(registry, blob, sink, options, call) }
    })
}

/// Gives a blob as of imgferry_registry_get_blob to `write`, piece by piece.
/// `userdata` is given to `write` as it is. `options` may be NULL.
///
/// On success `*saved_out` is yours: free it with imgferry_saved_free. On
/// failure it is NULL, and a part may have been given: as
/// imgferry_registry_get_blob and imgferry_reader_read, and IMGFERRY_CALLBACK
/// when `write` failed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_get_blob_stream(
    registry: Option<&imgferry_registry>,
    blob: *const c_char,
    write: imgferry_write_fn,
    userdata: *mut c_void,
    options: *const imgferry_blob_options,
    call: *const imgferry_call,
    saved_out: Option<&mut MaybeUninit<*mut imgferry_saved>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(saved_out, "saved_out", error_out, || {
        // SAFETY: the header demands that `write` can be called with `userdata` until the call returns.
        let sink = || unsafe { callback(write, userdata) }.map(Sink::Callback);
        // SAFETY: `blob`, `options` and `call` are the caller's.
        unsafe { save_blob(registry, blob, sink, options, call) }
    })
}

/// Writes a blob to the sink that `sink` reads from its argument.
///
/// # Safety
/// `blob`, `options` and `call` are as the header demands.
unsafe fn save_blob<'p>(
    registry: Option<&imgferry_registry>,
    blob: *const c_char,
    sink: impl FnOnce() -> Result<Sink<'p>>,
    options: *const imgferry_blob_options,
    call: *const imgferry_call,
) -> Result<imgferry_saved, Failure> {
    let registry = given(registry)?;
    // SAFETY: `blob` is NULL or a text of the caller.
    let blob = unsafe { reference(blob, "blob") }?;
    let mut sink = sink()?;
    // SAFETY: `options` are the caller's.
    let options = unsafe { blob_options(options) }?;
    // SAFETY: `call` is the caller's.
    let size = unsafe {
        during(call, |call| match &mut sink {
            Sink::Path(path) => registry.save_blob_file(&blob, &options, path, call),
            Sink::Descriptor(file) => registry.save_blob(&blob, &options, file, call),
            Sink::Callback(writer) => registry.save_blob(&blob, &options, writer, call),
        })
    };
    let size = size.map_err(|failure| failure.after_stream(sink.result()))?;
    Ok(imgferry_saved::new(size))
}
