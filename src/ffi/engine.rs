//! `imgferry_engine`: a Docker Engine and its verbs.

use std::ffi::{CString, c_char, c_int, c_void};
use std::fs::File;
use std::mem::MaybeUninit;
use std::path::Path;

use super::args::{self, optional_text, required, text};
use super::call::{during, imgferry_call};
use super::engine_images::{imgferry_image_details, imgferry_image_list, imgferry_removed};
use super::engine_options::{
    engine_options, imgferry_engine_options, imgferry_list_options, imgferry_load_options,
    imgferry_pull_options, imgferry_push_options, imgferry_remove_options, list_options,
    load_options, pull_options, push_options, remove_options,
};
use super::engine_transfers::{imgferry_loaded, imgferry_pulled, imgferry_pushed};
use super::error::imgferry_error;
use super::guard::{create, guard, quietly};
use super::process::ProcessBound;
use super::status::imgferry_status;
use super::stream::{CallbackReader, descriptor, imgferry_read_fn};
use super::text::{borrowed, c_text, imgferry_text};
use crate::{Context, Engine, Error, Result};

/// A Docker Engine, or another one that speaks its API, such as podman's
/// service.
///
/// It keeps connections, so one handle for many calls is faster than many.
#[derive(Debug)]
pub struct imgferry_engine {
    engine: ProcessBound<Engine>,
    endpoint: CString,
}

impl imgferry_engine {
    fn new(engine: Engine) -> imgferry_engine {
        imgferry_engine {
            endpoint: c_text(engine.endpoint()),
            engine: ProcessBound::new(engine),
        }
    }
}

/// The engine that must be given, in the process that made it.
pub(super) fn given(engine: Option<&imgferry_engine>) -> Result<&Engine> {
    required(engine, "engine")?.engine.get()
}

/// The engine at `address`: "unix:///path" or `tcp://host[:port]`. Nothing is
/// sent yet. `options` may be NULL.
///
/// On success `*engine_out` is yours: free it with imgferry_engine_free. On
/// failure it is NULL: IMGFERRY_INVALID_ARGUMENT when the address or an option
/// is not usable. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_new(
    address: *const c_char,
    options: *const imgferry_engine_options,
    engine_out: Option<&mut MaybeUninit<*mut imgferry_engine>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(engine_out, "engine_out", error_out, || {
        // SAFETY: `address` is NULL or a text of the caller.
        let address = unsafe { text(address, "address") }?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { engine_options(options) }?;
        Ok(imgferry_engine::new(Engine::new(address, &options)?))
    })
}

/// The engine that the environment names: DOCKER_HOST, or else
/// "/var/run/docker.sock"; and DOCKER_API_VERSION. Nothing is sent yet.
///
/// On success `*engine_out` is yours: free it with imgferry_engine_free. On
/// failure it is NULL: IMGFERRY_INVALID_ARGUMENT when a variable is not usable.
/// No other thread may change the environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_from_env(
    engine_out: Option<&mut MaybeUninit<*mut imgferry_engine>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(engine_out, "engine_out", error_out, || {
        Ok(imgferry_engine::new(Engine::from_env()?))
    })
}

/// The address of the engine, as it stands in errors; "" for NULL.
///
/// The text lives until `engine` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_endpoint(
    engine: Option<&imgferry_engine>,
) -> *const c_char {
    borrowed(engine, |engine| &engine.endpoint)
}

/// Asks which version of the API is spoken with this engine, such as "1.41".
///
/// On success `*version_out` is yours: free it with imgferry_text_free. On
/// failure it is NULL, for instance IMGFERRY_CONNECT when no engine listens
/// there. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_api_version(
    engine: Option<&imgferry_engine>,
    call: *const imgferry_call,
    version_out: Option<&mut MaybeUninit<*mut imgferry_text>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(version_out, "version_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `call` is the caller's.
        let version = unsafe { during(call, |call| engine.api_version(call)) }?;
        Ok(imgferry_text::new(&version))
    })
}

/// Gives an image (a name or an ID) the name `repository` with `tag`. NULL for
/// `tag` is the tag in `repository`, or else "latest". A name that another
/// image had moves.
///
/// Fails with IMGFERRY_NOT_FOUND when the engine does not have the image. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_tag(
    engine: Option<&imgferry_engine>,
    image: *const c_char,
    repository: *const c_char,
    tag: *const c_char,
    call: *const imgferry_call,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    guard(error_out, || {
        let engine = given(engine)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { text(image, "image") }?;
        // SAFETY: `repository` is NULL or a text of the caller.
        let repository = unsafe { text(repository, "repository") }?;
        // SAFETY: `tag` is NULL or a text of the caller.
        let tag = unsafe { optional_text(tag, "tag") }?;
        // SAFETY: `call` is the caller's.
        unsafe { during(call, |call| engine.tag(image, repository, tag, call)) }
    })
}

/// Pushes the image with the name `reference` to the registry in that name;
/// without a tag, "latest" is pushed. `options` may be NULL.
///
/// On success `*pushed_out` is yours: free it with imgferry_pushed_free. On
/// failure it is NULL: IMGFERRY_NOT_FOUND when the engine has no such image,
/// IMGFERRY_UNAUTHORIZED or IMGFERRY_DENIED when the registry refuses. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_push(
    engine: Option<&imgferry_engine>,
    reference: *const c_char,
    options: *const imgferry_push_options,
    call: *const imgferry_call,
    pushed_out: Option<&mut MaybeUninit<*mut imgferry_pushed>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(pushed_out, "pushed_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `reference` is NULL or a text of the caller.
        let reference = unsafe { text(reference, "reference") }?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { push_options(options) }?;
        // SAFETY: `call` is the caller's.
        let pushed = unsafe { during(call, |call| engine.push(reference, &options, call)) }?;
        Ok(imgferry_pushed::new(pushed))
    })
}

/// Pulls the image `reference`; without a tag and a digest "latest" is pulled,
/// and with both the digest. `options` may be NULL.
///
/// On success `*pulled_out` is yours: free it with imgferry_pulled_free. On
/// failure it is NULL: IMGFERRY_NOT_FOUND, IMGFERRY_UNAUTHORIZED or
/// IMGFERRY_DENIED when the registry says so, IMGFERRY_PLATFORM when it has no
/// image for the platform, IMGFERRY_REGISTRY_UNREACHABLE when the engine cannot
/// speak to it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_pull(
    engine: Option<&imgferry_engine>,
    reference: *const c_char,
    options: *const imgferry_pull_options,
    call: *const imgferry_call,
    pulled_out: Option<&mut MaybeUninit<*mut imgferry_pulled>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(pulled_out, "pulled_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `reference` is NULL or a text of the caller.
        let reference = unsafe { text(reference, "reference") }?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { pull_options(options) }?;
        // SAFETY: `call` is the caller's.
        let pulled = unsafe { during(call, |call| engine.pull(reference, &options, call)) }?;
        Ok(imgferry_pulled::new(pulled))
    })
}

/// Tells what the engine knows of an image, named by reference or ID.
///
/// On success `*details_out` is yours: free it with
/// imgferry_image_details_free. On failure it is NULL: IMGFERRY_NOT_FOUND when
/// the engine does not have the image. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_inspect_image(
    engine: Option<&imgferry_engine>,
    image: *const c_char,
    call: *const imgferry_call,
    details_out: Option<&mut MaybeUninit<*mut imgferry_image_details>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(details_out, "details_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { text(image, "image") }?;
        // SAFETY: `call` is the caller's.
        let details = unsafe { during(call, |call| engine.inspect_image(image, call)) }?;
        Ok(imgferry_image_details::new(details))
    })
}

/// Lists the images of the engine. `options` may be NULL.
///
/// On success `*images_out` is yours: free it with imgferry_image_list_free.
/// On failure it is NULL: IMGFERRY_INVALID_ARGUMENT when the engine does not
/// know a filter. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_images(
    engine: Option<&imgferry_engine>,
    options: *const imgferry_list_options,
    call: *const imgferry_call,
    images_out: Option<&mut MaybeUninit<*mut imgferry_image_list>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(images_out, "images_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { list_options(options) }?;
        // SAFETY: `call` is the caller's.
        let images = unsafe { during(call, |call| engine.images(&options, call)) }?;
        Ok(imgferry_image_list::new(images))
    })
}

/// Takes a name from an image, and removes the image when it was its last one;
/// by ID, removes the image. `options` may be NULL.
///
/// On success `*removed_out` is yours: free it with imgferry_removed_free. On
/// failure it is NULL: IMGFERRY_NOT_FOUND when the engine does not have the
/// image, IMGFERRY_CONFLICT when it is in use. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_remove_image(
    engine: Option<&imgferry_engine>,
    image: *const c_char,
    options: *const imgferry_remove_options,
    call: *const imgferry_call,
    removed_out: Option<&mut MaybeUninit<*mut imgferry_removed>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(removed_out, "removed_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { text(image, "image") }?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { remove_options(options) }?;
        // SAFETY: `call` is the caller's.
        let removed = unsafe { during(call, |call| engine.remove_image(image, &options, call)) }?;
        Ok(imgferry_removed::new(removed))
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
        let engine = given(engine)?;
        let read = required(read, "read")?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { load_options(options) }?;
        // SAFETY: the header demands that `read` can be called with `userdata` until the call returns.
        let mut archive = unsafe { CallbackReader::new(read, userdata) };
        // SAFETY: `call` is the caller's.
        let loaded =
            unsafe { during(call, |call| engine.load_image(&mut archive, &options, call)) };
        let loaded = loaded.map_err(|failure| failure.after_stream(archive.result()))?;
        Ok(imgferry_loaded::new(loaded))
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
        let engine = given(engine)?;
        // SAFETY: `path` is NULL or a text of the caller.
        let path = unsafe { args::path(path, "path") }?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { load_options(options) }?;
        // SAFETY: `call` is the caller's.
        let loaded = unsafe {
            during(call, |call| {
                engine.load_image(&mut open(path)?, &options, call)
            })
        }?;
        Ok(imgferry_loaded::new(loaded))
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
        let engine = given(engine)?;
        let mut archive = descriptor(fd)?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { load_options(options) }?;
        // SAFETY: `call` is the caller's.
        let loaded =
            unsafe { during(call, |call| engine.load_image(&mut archive, &options, call)) }?;
        Ok(imgferry_loaded::new(loaded))
    })
}

/// Frees an engine; NULL is fine. In a forked child it leaves the parent's
/// connections alone.
///
/// No other thread may use it any more. What was made from it stays usable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_free(engine: Option<Box<imgferry_engine>>) {
    quietly((), || drop(engine));
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
