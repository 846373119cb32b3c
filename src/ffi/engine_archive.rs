//! `imgferry_engine_get_image` and its kin: images come out of an engine as an archive.

use std::ffi::{c_char, c_int, c_void};
use std::mem::MaybeUninit;

use super::args::{self, owned_texts, text, texts};
use super::call::{during, imgferry_call};
use super::engine::{given, imgferry_engine};
use super::error::{Failure, imgferry_error};
use super::guard::{create, quietly};
use super::options::{self, Versioned};
use super::reader::imgferry_reader;
use super::saved::imgferry_saved;
use super::sink::{Sink, callback, imgferry_write_fn};
use super::status::imgferry_status;
use super::stream::descriptor;
use crate::{ArchiveOptions, Result};

/// What goes into an archive. Initialise it with imgferry_archive_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_archive_options {
    /// Set by imgferry_archive_options_init.
    pub struct_size: usize,
    /// Only these platforms, each as `os/arch[/variant]`; needs API 1.48, and
    /// more than one API 1.52. NULL: all that the engine has.
    pub platforms: *const *const c_char,
    /// How many `platforms` there are.
    pub platform_count: usize,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointer is NULL.
unsafe impl Versioned for imgferry_archive_options {
    const INIT: &'static str = "imgferry_archive_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_archive_options>()];
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_archive_options_init(
    options: *mut imgferry_archive_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
unsafe fn archive_options(given: *const imgferry_archive_options) -> Result<ArchiveOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    let (platforms, count) = (given.platforms, given.platform_count);
    Ok(ArchiveOptions {
        // SAFETY: its array of texts is as the header demands.
        platforms: unsafe { owned_texts(platforms, count, "options platforms") }?,
    })
}

/// Asks for an archive of an image, named by reference (without a tag: with all
/// its tags) or ID: an uncompressed tar, as `docker save` writes it. `options`
/// may be NULL. The engine may take minutes before the first byte.
///
/// `call` is for this function only; each imgferry_reader_read has one of its
/// own. On success `*reader_out` is yours: read the archive with
/// imgferry_reader_read, and free it with imgferry_reader_free. On failure it
/// is NULL: IMGFERRY_NOT_FOUND when the engine does not have the image. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_get_image(
    engine: Option<&imgferry_engine>,
    image: *const c_char,
    options: *const imgferry_archive_options,
    call: *const imgferry_call,
    reader_out: Option<&mut MaybeUninit<*mut imgferry_reader>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(reader_out, "reader_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { text(image, "image") }?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { archive_options(options) }?;
        // SAFETY: `call` is the caller's.
        let archive = unsafe { during(call, |call| engine.get_image(image, &options, call)) }?;
        Ok(imgferry_reader::of_archive(archive))
    })
}

/// As imgferry_engine_get_image, with one archive of `image_count` images; it
/// needs at least one. `options` may be NULL.
///
/// On success `*reader_out` is yours: read the archive with
/// imgferry_reader_read, and free it with imgferry_reader_free. On failure it
/// is NULL: IMGFERRY_NOT_FOUND when the engine does not have one of the images.
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_get_images(
    engine: Option<&imgferry_engine>,
    images: *const *const c_char,
    image_count: usize,
    options: *const imgferry_archive_options,
    call: *const imgferry_call,
    reader_out: Option<&mut MaybeUninit<*mut imgferry_reader>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(reader_out, "reader_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `images` are NULL or an array of texts of the caller.
        let images = unsafe { texts(images, image_count, "images") }?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { archive_options(options) }?;
        // SAFETY: `call` is the caller's.
        let archive = unsafe { during(call, |call| engine.get_images(&images, &options, call)) }?;
        Ok(imgferry_reader::of_archive(archive))
    })
}

/// Writes an archive as of imgferry_engine_get_images to the file `path`, which
/// is in the bytes of the system and need not be UTF-8. `options` may be NULL.
///
/// The file appears when it is whole, and replaces one that was there; until
/// then its name ends in ".part", and a file of that name, which a killed
/// program leaves, is written over. On success `*saved_out` is yours: free it
/// with imgferry_saved_free. On failure it is NULL, and no part of the
/// archive is left: IMGFERRY_IO or IMGFERRY_NO_SPACE when it cannot be
/// written. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_get_images_path(
    engine: Option<&imgferry_engine>,
    images: *const *const c_char,
    image_count: usize,
    path: *const c_char,
    options: *const imgferry_archive_options,
    call: *const imgferry_call,
    saved_out: Option<&mut MaybeUninit<*mut imgferry_saved>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(saved_out, "saved_out", error_out, || {
        // SAFETY: `path` is NULL or a text of the caller.
        let sink = || unsafe { args::path(path, "path") }.map(Sink::Path);
        // SAFETY: `images`, `options` and `call` are the caller's.
        unsafe { save_images(engine, images, image_count, sink, options, call) }
    })
}

/// Writes an archive as of imgferry_engine_get_images to the file descriptor
/// `fd`, from its position on. It is not closed. `options` may be NULL.
///
/// While a write to it blocks, the call cannot be stopped. On success
/// `*saved_out` is yours: free it with imgferry_saved_free. On failure it is
/// NULL, and a part may have been written: IMGFERRY_IO or IMGFERRY_NO_SPACE
/// when `fd` cannot be written. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_get_images_fd(
    engine: Option<&imgferry_engine>,
    images: *const *const c_char,
    image_count: usize,
    fd: c_int,
    options: *const imgferry_archive_options,
    call: *const imgferry_call,
    saved_out: Option<&mut MaybeUninit<*mut imgferry_saved>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(saved_out, "saved_out", error_out, || {
        let sink = || descriptor(fd).map(Sink::Descriptor);
        // SAFETY: `images`, `options` and `call` are the caller's.
        unsafe { save_images(engine, images, image_count, sink, options, call) }
    })
}

/// Gives an archive as of imgferry_engine_get_images to `write`, piece by
/// piece. `userdata` is given to `write` as it is. `options` may be NULL.
///
/// On success `*saved_out` is yours: free it with imgferry_saved_free. On
/// failure it is NULL, and a part may have been given: IMGFERRY_CALLBACK when
/// `write` failed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_get_images_stream(
    engine: Option<&imgferry_engine>,
    images: *const *const c_char,
    image_count: usize,
    write: imgferry_write_fn,
    userdata: *mut c_void,
    options: *const imgferry_archive_options,
    call: *const imgferry_call,
    saved_out: Option<&mut MaybeUninit<*mut imgferry_saved>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(saved_out, "saved_out", error_out, || {
        // SAFETY: the header demands that `write` can be called with `userdata` until the call returns.
        let sink = || unsafe { callback(write, userdata) }.map(Sink::Callback);
        // SAFETY: `images`, `options` and `call` are the caller's.
        unsafe { save_images(engine, images, image_count, sink, options, call) }
    })
}

/// Writes an archive to the sink that `sink` reads from its argument.
///
/// # Safety
/// `images`, `options` and `call` are as the header demands.
unsafe fn save_images<'p>(
    engine: Option<&imgferry_engine>,
    images: *const *const c_char,
    image_count: usize,
    sink: impl FnOnce() -> Result<Sink<'p>>,
    options: *const imgferry_archive_options,
    call: *const imgferry_call,
) -> Result<imgferry_saved, Failure> {
    let engine = given(engine)?;
    // SAFETY: `images` are NULL or an array of texts of the caller.
    let images = unsafe { texts(images, image_count, "images") }?;
    let mut sink = sink()?;
    // SAFETY: `options` are the caller's.
    let options = unsafe { archive_options(options) }?;
    // SAFETY: `call` is the caller's.
    let size = unsafe {
        during(call, |call| match &mut sink {
            Sink::Path(path) => engine.save_images_file(&images, &options, path, call),
            Sink::Descriptor(file) => engine.save_images(&images, &options, file, call),
            Sink::Callback(writer) => engine.save_images(&images, &options, writer, call),
        })
    };
    let size = size.map_err(|failure| failure.after_stream(sink.result()))?;
    Ok(imgferry_saved::new(size))
}
