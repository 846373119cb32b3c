//! `imgferry_engine`: a Docker Engine, how it is reached, and the names of its images. Its other verbs have a file each.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::args::{optional_text, required, text};
use super::call::{during, imgferry_call};
use super::engine_options::{engine_options, imgferry_engine_options};
use super::error::imgferry_error;
use super::guard::{create, guard, quietly};
use super::process::ProcessBound;
use super::status::imgferry_status;
use super::text::{borrowed, c_text, imgferry_text};
use crate::{Engine, Result};

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

/// The engine at `address`. Nothing is sent yet. `options` may be NULL.
///
/// An address is "unix:///path"; `tcp://host[:port]`, with TLS when the options
/// give something for it; `https://host[:port]`; or
/// `ssh://[user@]host[:port][/socket]`, which needs the program ssh, never asks
/// for a password, and docker on the other side.
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
        let (options, lent) = unsafe { engine_options(options) }?;
        let engine = Engine::new(address, &options)?;
        lent.take_over();
        Ok(imgferry_engine::new(engine))
    })
}

/// The engine that the environment names, as the docker command finds it:
/// DOCKER_HOST (with DOCKER_TLS_VERIFY, DOCKER_TLS and DOCKER_CERT_PATH), or
/// else DOCKER_CONTEXT, or else the current context in docker's configuration;
/// when nothing is named, the first that is there of the usual sockets of
/// docker and podman. DOCKER_API_VERSION sets the version. Nothing is sent yet.
///
/// Its credentials are the logins of the docker command and of podman (see
/// credentials_from_env of imgferry_engine_options), and the HttpHeaders in
/// docker's configuration are sent with every request.
///
/// On success `*engine_out` is yours: free it with imgferry_engine_free. On
/// failure it is NULL: IMGFERRY_INVALID_ARGUMENT when one of them is not
/// usable. No other thread may change the environment meanwhile.
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

/// Frees an engine; NULL is fine. In a forked child it leaves the parent's
/// connections alone.
///
/// No other thread may use it any more. What was made from it stays usable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_free(engine: Option<Box<imgferry_engine>>) {
    quietly((), || drop(engine));
}
