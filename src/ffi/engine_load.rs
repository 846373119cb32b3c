//! `imgferry_engine_load_image`: an archive of images goes into an engine.

use std::ffi::{c_char, c_int, c_void};
use std::fs::File;
use std::mem::MaybeUninit;
use std::path::Path;
use std::slice;

use super::args::{self, flag, owned_texts};
use super::call::{during, imgferry_call};
use super::engine::{given, imgferry_engine};
use super::error::{Failure, imgferry_error};
use super::guard::{create, quietly};
use super::options::{self, Versioned};
use super::status::imgferry_status;
use super::stream::{CallbackReader, callback, descriptor, imgferry_read_fn};
use super::text::imgferry_text_list;
use crate::{Context, Error, LoadOptions, Loaded, Result};

/// How an archive is loaded. Initialise it with imgferry_load_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_load_options {
    /// Set by imgferry_load_options_init.
    pub struct_size: usize,
    /// Only these platforms, each as `os/arch[/variant]`; needs API 1.48, and
    /// more than one API 1.52. NULL: all.
    pub platforms: *const *const c_char,
    /// How many `platforms` there are.
    pub platform_count: usize,
    /// 1: asks the engine for no progress of its own.
    pub quiet: i32,
    /// Must be 0.
    pub reserved: i32,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointer is NULL.
unsafe impl Versioned for imgferry_load_options {
    const INIT: &'static str = "imgferry_load_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_load_options>()];

    fn reserved(&self) -> &[i32] {
        slice::from_ref(&self.reserved)
    }
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_load_options_init(
    options: *mut imgferry_load_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
unsafe fn load_options(given: *const imgferry_load_options) -> Result<LoadOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    let (platforms, count) = (given.platforms, given.platform_count);
    Ok(LoadOptions {
        quiet: flag(given.quiet, "options quiet")?,
        // SAFETY: its array of texts is as the header demands.
        platforms: unsafe { owned_texts(platforms, count, "options platforms") }?,
    })
}

/// Loads the images of a `docker save` archive or an OCI layout in a tar,
/// plain or compressed, which `read` gives. `userdata` is given to `read` as
/// it is. `options` may be NULL.
///
/// On success `*loaded_out` is yours: free it with imgferry_loaded_free. On
/// failure it is NULL: IMGFERRY_CALLBACK when `read` failed, IMGFERRY_NO_SPACE
/// when the engine has no room, IMGFERRY_ENGINE when it does not take the
/// archive. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_load_image(
    engine: Option<&imgferry_engine>,
    read: imgferry_read_fn,
    userdata: *mut c_void,
    options: *const imgferry_load_options,
    call: *const imgferry_call,
    loaded_out: Option<&mut MaybeUninit<*mut imgferry_loaded>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(loaded_out, "loaded_out", error_out, || {
        // SAFETY: the header demands that `read` can be called with `userdata` until the call returns.
        let archive = || unsafe { callback(read, userdata) }.map(Archive::Callback);
        // SAFETY: `options` and `call` are the caller's.
        unsafe { load(engine, archive, options, call) }
    })
}

/// As imgferry_engine_load_image, with the archive in the file `path`, which
/// is in the bytes of the system and need not be UTF-8.
///
/// On success `*loaded_out` is yours: free it with imgferry_loaded_free. On
/// failure it is NULL: IMGFERRY_IO when the file cannot be read. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_load_image_path(
    engine: Option<&imgferry_engine>,
    path: *const c_char,
    options: *const imgferry_load_options,
    call: *const imgferry_call,
    loaded_out: Option<&mut MaybeUninit<*mut imgferry_loaded>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(loaded_out, "loaded_out", error_out, || {
        // SAFETY: `path` is NULL or a text of the caller.
        let archive = || unsafe { args::path(path, "path") }.map(Archive::Path);
        // SAFETY: `options` and `call` are the caller's.
        unsafe { load(engine, archive, options, call) }
    })
}

/// As imgferry_engine_load_image, with the archive read from the file
/// descriptor `fd`, from its position on. It is not closed.
///
/// While a read from it blocks, the call cannot be stopped. On success
/// `*loaded_out` is yours: free it with imgferry_loaded_free. On failure it is
/// NULL: IMGFERRY_IO when `fd` cannot be read. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_load_image_fd(
    engine: Option<&imgferry_engine>,
    fd: c_int,
    options: *const imgferry_load_options,
    call: *const imgferry_call,
    loaded_out: Option<&mut MaybeUninit<*mut imgferry_loaded>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(loaded_out, "loaded_out", error_out, || {
        let archive = || descriptor(fd).map(Archive::Descriptor);
        // SAFETY: `options` and `call` are the caller's.
        unsafe { load(engine, archive, options, call) }
    })
}

/// An archive, where the caller has it.
enum Archive<'a> {
    Path(&'a Path),
    Descriptor(File),
    Callback(CallbackReader),
}

/// Loads the archive that `archive` reads from its argument.
///
/// # Safety
/// `options` and `call` are as the header demands.
unsafe fn load<'a>(
    engine: Option<&imgferry_engine>,
    archive: impl FnOnce() -> Result<Archive<'a>>,
    options: *const imgferry_load_options,
    call: *const imgferry_call,
) -> Result<imgferry_loaded, Failure> {
    let engine = given(engine)?;
    let mut archive = archive()?;
    // SAFETY: `options` are the caller's.
    let options = unsafe { load_options(options) }?;
    // SAFETY: `call` is the caller's.
    let loaded = unsafe {
        during(call, |call| match &mut archive {
            Archive::Path(path) => engine.load_image(&mut open(path)?, &options, call),
            Archive::Descriptor(file) => engine.load_image(file, &options, call),
            Archive::Callback(stream) => engine.load_image(stream, &options, call),
        })
    };
    let loaded = loaded.map_err(|failure| match &archive {
        Archive::Callback(stream) => failure.after_stream(stream.result()),
        Archive::Path(_) | Archive::Descriptor(_) => failure,
    })?;
    Ok(imgferry_loaded::new(loaded))
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|source| Error::Io {
        context: Box::new(Context {
            operation: "load_image",
            attempts: 1,
            ..Context::default()
        }),
        action: format!("opening {}", path.display()),
        source,
    })
}

/// What imgferry_engine_load_image did.
#[derive(Debug)]
pub struct imgferry_loaded {
    names: imgferry_text_list,
    ids: imgferry_text_list,
    warnings: imgferry_text_list,
}

impl imgferry_loaded {
    fn new(loaded: Loaded) -> imgferry_loaded {
        let Loaded {
            names,
            ids,
            warnings,
        } = loaded;
        imgferry_loaded {
            names: imgferry_text_list::new(&names),
            ids: imgferry_text_list::new(&ids),
            warnings: imgferry_text_list::new(&warnings),
        }
    }
}

/// The names of the images that were loaded, as the engine prints them.
///
/// NULL, which is an empty list, for NULL. The list lives until `loaded` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_loaded_names(
    loaded: Option<&imgferry_loaded>,
) -> Option<&imgferry_text_list> {
    loaded.map(|loaded| &loaded.names)
}

/// The IDs of loaded images that have no name.
///
/// NULL, which is an empty list, for NULL. The list lives until `loaded` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_loaded_ids(
    loaded: Option<&imgferry_loaded>,
) -> Option<&imgferry_text_list> {
    loaded.map(|loaded| &loaded.ids)
}

/// What the engine noted on the way, for instance that a name moved from
/// another image.
///
/// NULL, which is an empty list, for NULL. The list lives until `loaded` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_loaded_warnings(
    loaded: Option<&imgferry_loaded>,
) -> Option<&imgferry_text_list> {
    loaded.map(|loaded| &loaded.warnings)
}

/// Frees the result of a load; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_loaded_free(loaded: Option<Box<imgferry_loaded>>) {
    quietly((), || drop(loaded));
}
