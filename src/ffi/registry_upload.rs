//! `imgferry_registry_put_blob_data` and its kin: blobs go into a registry.

use std::ffi::{c_char, c_int, c_void};
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::mem::MaybeUninit;
use std::path::Path;

use super::args::{self, array, text};
use super::call::{during, imgferry_call};
use super::error::{Failure, imgferry_error};
use super::guard::{count, create};
use super::registry::{given, imgferry_registry, reference};
use super::registry_upload_options::{imgferry_upload_options, upload_options};
use super::registry_uploaded_blob::imgferry_uploaded_blob;
use super::status::imgferry_status;
use super::stream::{CallbackReader, callback, descriptor, imgferry_read_fn};
use crate::{BlobSource, Result};

/// Uploads the `length` bytes of `data` as a blob to a repository, unless it is
/// there; a tag in `repository` does not matter. `options` may be NULL.
///
/// An upload that breaks goes on where the registry can, or begins again, as
/// often as the options of `registry` say; one that fails is given up there.
///
/// On success `*blob_out` is yours: free it with imgferry_uploaded_blob_free.
/// On failure it is NULL: IMGFERRY_UNAUTHORIZED or IMGFERRY_DENIED when you may
/// not upload there, IMGFERRY_INVALID_REFERENCE when the digest in the options
/// is none, IMGFERRY_REGISTRY when it is not that of the content,
/// IMGFERRY_TOO_LARGE when the registry refuses even small chunks. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_put_blob_data(
    registry: Option<&imgferry_registry>,
    repository: *const c_char,
    data: *const u8,
    length: usize,
    options: *const imgferry_upload_options,
    call: *const imgferry_call,
    blob_out: Option<&mut MaybeUninit<*mut imgferry_uploaded_blob>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(blob_out, "blob_out", error_out, || {
        // SAFETY: `data` is NULL or has `length` bytes.
        let content = || unsafe { array(data, length, "data") }.map(Content::Data);
        // SAFETY: `repository`, `options` and `call` are the caller's.
        unsafe { put_blob(registry, repository, content, options, call) }
    })
}

/// As imgferry_registry_put_blob_data, with the content of the file `path`,
/// which is in the bytes of the system and need not be UTF-8. The file must not
/// change meanwhile.
///
/// On success `*blob_out` is yours: free it with imgferry_uploaded_blob_free.
/// On failure it is NULL: as there, and IMGFERRY_IO when the file cannot be
/// read. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_put_blob_path(
    registry: Option<&imgferry_registry>,
    repository: *const c_char,
    path: *const c_char,
    options: *const imgferry_upload_options,
    call: *const imgferry_call,
    blob_out: Option<&mut MaybeUninit<*mut imgferry_uploaded_blob>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(blob_out, "blob_out", error_out, || {
        // SAFETY: `path` is NULL or a text of the caller.
        let content = || unsafe { args::path(path, "path") }.map(Content::Path);
        // SAFETY: `repository`, `options` and `call` are the caller's.
        unsafe { put_blob(registry, repository, content, options, call) }
    })
}

/// As imgferry_registry_put_blob_data, with the content of the file descriptor
/// `fd`, which is not closed.
///
/// A file is read from its beginning, wherever `fd` stands; it must not change,
/// nobody else may move `fd` meanwhile, and where `fd` stands afterwards is not
/// said. What cannot be read twice, such as a pipe, is read from where it is to
/// its end, as by imgferry_registry_put_blob_stream; while a read from it
/// blocks, the call cannot be stopped.
///
/// On success `*blob_out` is yours: free it with imgferry_uploaded_blob_free.
/// On failure it is NULL: as there, and IMGFERRY_IO when `fd` cannot be read.
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_put_blob_fd(
    registry: Option<&imgferry_registry>,
    repository: *const c_char,
    fd: c_int,
    options: *const imgferry_upload_options,
    call: *const imgferry_call,
    blob_out: Option<&mut MaybeUninit<*mut imgferry_uploaded_blob>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(blob_out, "blob_out", error_out, || {
        let content = || descriptor(fd).map(Content::Descriptor);
        // SAFETY: `repository`, `options` and `call` are the caller's.
        unsafe { put_blob(registry, repository, content, options, call) }
    })
}

/// As imgferry_registry_put_blob_data, with the content that `read` gives.
/// `userdata` is given to `read` as it is.
///
/// A registry wants to know size and digest before it takes the content, so
/// all of it goes through a file without a name in the folder of the
/// environment's TMPDIR, or else /tmp, before anything is sent.
///
/// On success `*blob_out` is yours: free it with imgferry_uploaded_blob_free.
/// On failure it is NULL: as there, and IMGFERRY_CALLBACK when `read` failed,
/// IMGFERRY_DIGEST_MISMATCH when the digest in the options is another one,
/// IMGFERRY_IO or IMGFERRY_NO_SPACE when that file cannot be written. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_put_blob_stream(
    registry: Option<&imgferry_registry>,
    repository: *const c_char,
    read: imgferry_read_fn,
    userdata: *mut c_void,
    options: *const imgferry_upload_options,
    call: *const imgferry_call,
    blob_out: Option<&mut MaybeUninit<*mut imgferry_uploaded_blob>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(blob_out, "blob_out", error_out, || {
        // SAFETY: the header demands that `read` can be called with `userdata` until the call returns.
        let content = || unsafe { callback(read, userdata) }.map(Content::Callback);
        // SAFETY: `repository`, `options` and `call` are the caller's.
        unsafe { put_blob(registry, repository, content, options, call) }
    })
}

/// The content of a blob, where the caller has it.
enum Content<'c> {
    Data(&'c [u8]),
    Path(&'c Path),
    Descriptor(File),
    Callback(CallbackReader),
}

impl Content<'_> {
    fn source(&mut self) -> BlobSource<'_> {
        match self {
            Content::Data(data) => BlobSource::Data(data),
            Content::Path(path) => BlobSource::File(path),
            // Pipes, sockets and terminals have no end to go to, and files of /proc do not know theirs.
            Content::Descriptor(file) => match file.seek(SeekFrom::End(0)) {
                Ok(_) => BlobSource::Seekable(file),
                Err(_) => BlobSource::Stream(file),
            },
            Content::Callback(stream) => BlobSource::Stream(stream),
        }
    }
}

/// Uploads the content that `content` reads from its argument.
///
/// # Safety
/// `repository`, `options` and `call` are as the header demands.
unsafe fn put_blob<'c>(
    registry: Option<&imgferry_registry>,
    repository: *const c_char,
    content: impl FnOnce() -> Result<Content<'c>>,
    options: *const imgferry_upload_options,
    call: *const imgferry_call,
) -> Result<imgferry_uploaded_blob, Failure> {
    let registry = given(registry)?;
    // SAFETY: `repository` is NULL or a text of the caller.
    let repository = unsafe { reference(repository, "repository") }?;
    let mut content = content()?;
    // SAFETY: `options` are the caller's.
    let options = unsafe { upload_options(options) }?;
    let source = content.source();
    // SAFETY: `call` is the caller's.
    let blob = unsafe {
        during(call, |call| {
            registry.put_blob(&repository, source, &options, call)
        })
    };
    let blob = blob.map_err(|failure| match &content {
        Content::Callback(stream) => failure.after_stream(stream.result()),
        Content::Data(_) | Content::Path(_) | Content::Descriptor(_) => failure,
    })?;
    Ok(imgferry_uploaded_blob::new(&blob))
}

/// Makes a blob of the repository `from`, such as "team/base", available in
/// another one of the same registry, without sending it. `blob` names it as
/// `repository@digest`, where it shall be.
///
/// On success `*mounted_out` is 1, or 0 when the registry did not do it, for
/// whatever reason: it cannot, or `from` does not have the blob or is the same
/// repository, or you may not read it there, or not upload to the repository of
/// `blob`. On failure it is 0: IMGFERRY_INVALID_ARGUMENT when `blob` has no
/// digest, that or IMGFERRY_INVALID_REFERENCE when `from` is not the name of a
/// repository, IMGFERRY_CONNECT when nothing answers. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_mount_blob(
    registry: Option<&imgferry_registry>,
    blob: *const c_char,
    from: *const c_char,
    call: *const imgferry_call,
    mounted_out: Option<&mut MaybeUninit<i32>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    count(mounted_out, "mounted_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `blob` is NULL or a text of the caller.
        let blob = unsafe { reference(blob, "blob") }?;
        // SAFETY: `from` is NULL or a text of the caller.
        let from = unsafe { text(from, "from") }?;
        // SAFETY: `call` is the caller's.
        let mounted = unsafe { during(call, |call| registry.mount_blob(&blob, from, call)) }?;
        Ok(i32::from(mounted))
    })
}
