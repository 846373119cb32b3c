//! `imgferry_engine_import_image` and its kin: a root file system becomes an image.

use std::ffi::{CString, c_char, c_int, c_void};
use std::fs::File;
use std::mem::MaybeUninit;
use std::path::Path;

use super::args::{self, array, owned_text, owned_texts, text};
use super::call::{during, imgferry_call};
use super::engine::{given, imgferry_engine};
use super::error::{Failure, imgferry_error};
use super::guard::{create, quietly};
use super::options::{self, Versioned};
use super::status::imgferry_status;
use super::stream::{CallbackReader, callback, descriptor, imgferry_read_fn};
use super::text::{borrowed, c_text, imgferry_text_list};
use crate::{ImportOptions, ImportSource, Imported, Result};

/// What an imported image is to be. Initialise it with
/// imgferry_import_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_import_options {
    /// Set by imgferry_import_options_init.
    pub struct_size: usize,
    /// Its name, with or without a tag. NULL: none, so that only its ID names
    /// it.
    pub repository: *const c_char,
    /// Its tag, in place of one in `repository`. NULL: that one, or else
    /// "latest".
    pub tag: *const c_char,
    /// Dockerfile lines that set its configuration, such as "ENV a=b"; may be
    /// NULL.
    pub changes: *const *const c_char,
    /// How many `changes` there are.
    pub change_count: usize,
    /// A note that its history keeps; may be NULL.
    pub message: *const c_char,
    /// Its platform, as `os[/arch[/variant]]`; needs API 1.32, and engines
    /// before 23.0 do not look at the architecture. NULL: the engine's own.
    pub platform: *const c_char,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointers are NULL.
unsafe impl Versioned for imgferry_import_options {
    const INIT: &'static str = "imgferry_import_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_import_options>()];
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_import_options_init(
    options: *mut imgferry_import_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
unsafe fn import_options(given: *const imgferry_import_options) -> Result<ImportOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    Ok(ImportOptions {
        // SAFETY: its text is as the header demands.
        repository: unsafe { owned_text(given.repository, "options repository") }?,
        // SAFETY: its text is as the header demands.
        tag: unsafe { owned_text(given.tag, "options tag") }?,
        // SAFETY: its array of texts is as the header demands.
        changes: unsafe { owned_texts(given.changes, given.change_count, "options changes") }?,
        // SAFETY: its text is as the header demands.
        message: unsafe { owned_text(given.message, "options message") }?,
        // SAFETY: its text is as the header demands.
        platform: unsafe { owned_text(given.platform, "options platform") }?,
    })
}

/// Makes an image from the tar of a root file system, plain or compressed.
/// `source` is a URL when it contains "://", which the engine reads, and else
/// the path of a file in UTF-8. `options` may be NULL.
///
/// On success `*imported_out` is yours: free it with imgferry_imported_free. On
/// failure it is NULL: IMGFERRY_IO when the file cannot be read,
/// IMGFERRY_INVALID_ARGUMENT when the engine does not accept a change or the
/// name, IMGFERRY_ENGINE when it is no tar, IMGFERRY_NO_SPACE when the engine
/// has no room. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_import_image(
    engine: Option<&imgferry_engine>,
    source: *const c_char,
    options: *const imgferry_import_options,
    call: *const imgferry_call,
    imported_out: Option<&mut MaybeUninit<*mut imgferry_imported>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(imported_out, "imported_out", error_out, || {
        // SAFETY: `source` is NULL or a text of the caller.
        let source = || unsafe { text(source, "source") }.map(Source::Text);
        // SAFETY: `options` and `call` are the caller's.
        unsafe { import(engine, source, options, call) }
    })
}

/// As imgferry_engine_import_image, with the tar in memory: `data` of `length`
/// bytes. `options` may be NULL.
///
/// On success `*imported_out` is yours: free it with imgferry_imported_free. On
/// failure it is NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_import_image_from_data(
    engine: Option<&imgferry_engine>,
    data: *const u8,
    length: usize,
    options: *const imgferry_import_options,
    call: *const imgferry_call,
    imported_out: Option<&mut MaybeUninit<*mut imgferry_imported>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(imported_out, "imported_out", error_out, || {
        // SAFETY: `data` is NULL or has `length` bytes.
        let source = || unsafe { array(data, length, "data") }.map(Source::Data);
        // SAFETY: `options` and `call` are the caller's.
        unsafe { import(engine, source, options, call) }
    })
}

/// As imgferry_engine_import_image, with the tar in the file `path`, which is
/// in the bytes of the system and need not be UTF-8. `options` may be NULL.
///
/// On success `*imported_out` is yours: free it with imgferry_imported_free. On
/// failure it is NULL: IMGFERRY_IO when the file cannot be read. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_import_image_from_file(
    engine: Option<&imgferry_engine>,
    path: *const c_char,
    options: *const imgferry_import_options,
    call: *const imgferry_call,
    imported_out: Option<&mut MaybeUninit<*mut imgferry_imported>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(imported_out, "imported_out", error_out, || {
        // SAFETY: `path` is NULL or a text of the caller.
        let source = || unsafe { args::path(path, "path") }.map(Source::Path);
        // SAFETY: `options` and `call` are the caller's.
        unsafe { import(engine, source, options, call) }
    })
}

/// As imgferry_engine_import_image, with the tar read from the file descriptor
/// `fd`, from its position on. It is not closed. `options` may be NULL.
///
/// While a read from it blocks, the call cannot be stopped. On success
/// `*imported_out` is yours: free it with imgferry_imported_free. On failure it
/// is NULL: IMGFERRY_IO when `fd` cannot be read. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_import_image_from_fd(
    engine: Option<&imgferry_engine>,
    fd: c_int,
    options: *const imgferry_import_options,
    call: *const imgferry_call,
    imported_out: Option<&mut MaybeUninit<*mut imgferry_imported>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(imported_out, "imported_out", error_out, || {
        let source = || descriptor(fd).map(Source::Descriptor);
        // SAFETY: `options` and `call` are the caller's.
        unsafe { import(engine, source, options, call) }
    })
}

/// As imgferry_engine_import_image, with the tar that `read` gives. `userdata`
/// is given to `read` as it is. `options` may be NULL.
///
/// On success `*imported_out` is yours: free it with imgferry_imported_free. On
/// failure it is NULL: IMGFERRY_CALLBACK when `read` failed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_import_image_from_stream(
    engine: Option<&imgferry_engine>,
    read: imgferry_read_fn,
    userdata: *mut c_void,
    options: *const imgferry_import_options,
    call: *const imgferry_call,
    imported_out: Option<&mut MaybeUninit<*mut imgferry_imported>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(imported_out, "imported_out", error_out, || {
        // SAFETY: the header demands that `read` can be called with `userdata` until the call returns.
        let source = || unsafe { callback(read, userdata) }.map(Source::Callback);
        // SAFETY: `options` and `call` are the caller's.
        unsafe { import(engine, source, options, call) }
    })
}

/// As imgferry_engine_import_image, with a tar that the engine reads from
/// `url`, which begins with "http://" or "https://". `options` may be NULL.
///
/// On success `*imported_out` is yours: free it with imgferry_imported_free. On
/// failure it is NULL: IMGFERRY_INVALID_ARGUMENT for another URL, and what the
/// engine says when it cannot read it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_import_image_from_url(
    engine: Option<&imgferry_engine>,
    url: *const c_char,
    options: *const imgferry_import_options,
    call: *const imgferry_call,
    imported_out: Option<&mut MaybeUninit<*mut imgferry_imported>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(imported_out, "imported_out", error_out, || {
        // SAFETY: `url` is NULL or a text of the caller.
        let source = || unsafe { text(url, "url") }.map(Source::Url);
        // SAFETY: `options` and `call` are the caller's.
        unsafe { import(engine, source, options, call) }
    })
}

/// Pulls `image`, the name of an image in a registry, and gives it the name in
/// the options, which is what engines do when they are asked to import an
/// image. `options` may be NULL.
///
/// On success `*imported_out` is yours: free it with imgferry_imported_free. On
/// failure it is NULL: as for imgferry_engine_pull, and IMGFERRY_UNSUPPORTED
/// for changes or a message, which engines would ignore. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_import_image_from_image(
    engine: Option<&imgferry_engine>,
    image: *const c_char,
    options: *const imgferry_import_options,
    call: *const imgferry_call,
    imported_out: Option<&mut MaybeUninit<*mut imgferry_imported>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(imported_out, "imported_out", error_out, || {
        // SAFETY: `image` is NULL or a text of the caller.
        let source = || unsafe { text(image, "image") }.map(Source::Image);
        // SAFETY: `options` and `call` are the caller's.
        unsafe { import(engine, source, options, call) }
    })
}

/// What is imported.
enum Source<'s> {
    /// A URL or a path.
    Text(&'s str),
    Data(&'s [u8]),
    Path(&'s Path),
    Descriptor(File),
    Callback(CallbackReader),
    Url(&'s str),
    Image(&'s str),
}

/// Imports the source that `source` reads from its argument.
///
/// # Safety
/// `options` and `call` are as the header demands.
unsafe fn import<'s>(
    engine: Option<&imgferry_engine>,
    source: impl FnOnce() -> Result<Source<'s>>,
    options: *const imgferry_import_options,
    call: *const imgferry_call,
) -> Result<imgferry_imported, Failure> {
    let engine = given(engine)?;
    let mut source = source()?;
    // SAFETY: `options` are the caller's.
    let options = &unsafe { import_options(options) }?;
    // SAFETY: `call` is the caller's.
    let imported = unsafe {
        during(call, |call| match &mut source {
            Source::Text(text) => engine.import_image(ImportSource::Text(text), options, call),
            Source::Data(data) => engine.import_image_from_data(data, options, call),
            Source::Path(path) => engine.import_image_from_file(path, options, call),
            Source::Descriptor(tar) => engine.import_image_from_stream(tar, options, call),
            Source::Callback(tar) => engine.import_image_from_stream(tar, options, call),
            Source::Url(url) => engine.import_image_from_url(url, options, call),
            Source::Image(image) => engine.import_image_from_image(image, options, call),
        })
    };
    let imported = imported.map_err(|failure| match &source {
        Source::Callback(tar) => failure.after_stream(tar.result()),
        _ => failure,
    })?;
    Ok(imgferry_imported::new(imported))
}

/// What an import made.
#[derive(Debug)]
pub struct imgferry_imported {
    id: CString,
    warnings: imgferry_text_list,
}

impl imgferry_imported {
    fn new(imported: Imported) -> imgferry_imported {
        let Imported { id, warnings } = imported;
        imgferry_imported {
            id: c_text(&id),
            warnings: imgferry_text_list::new(&warnings),
        }
    }
}

/// The ID of the new image; "" for NULL.
///
/// The text lives until `imported` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_imported_id(
    imported: Option<&imgferry_imported>,
) -> *const c_char {
    borrowed(imported, |imported| &imported.id)
}

/// What the engine noted on the way, each a sentence.
///
/// NULL, which is an empty list, for NULL. The list lives until `imported` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_imported_warnings(
    imported: Option<&imgferry_imported>,
) -> Option<&imgferry_text_list> {
    imported.map(|imported| &imported.warnings)
}

/// Frees the result of an import; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_imported_free(imported: Option<Box<imgferry_imported>>) {
    quietly((), || drop(imported));
}
