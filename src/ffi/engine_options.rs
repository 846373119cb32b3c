//! The options of the engine and of its verbs.

use std::ffi::c_char;
use std::slice;

use super::args::{array, flag, invalid, optional_text, text};
use super::credential::{credential, credentials, imgferry_credential};
use super::guard::quietly;
use super::options::{self, Versioned};
use crate::{
    EngineOptions, ListOptions, LoadOptions, PullOptions, PushOptions, RemoveOptions, Result,
};

/// How an engine is used. Initialise it with imgferry_engine_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_engine_options {
    /// Set by imgferry_engine_options_init.
    pub struct_size: usize,
    /// The version of the API to speak, such as "1.41". NULL: the newest that
    /// both sides know.
    pub api_version: *const c_char,
    /// What the engine presents to registries on pushes and pulls, each with
    /// its own host; may be NULL. They lie side by side, each as long as its
    /// struct_size says.
    pub credentials: *const imgferry_credential,
    /// How many `credentials` there are.
    pub credential_count: usize,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointers are NULL.
unsafe impl Versioned for imgferry_engine_options {
    const INIT: &'static str = "imgferry_engine_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_engine_options>()];
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_options_init(
    options: *mut imgferry_engine_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
pub(super) unsafe fn engine_options(
    given: *const imgferry_engine_options,
) -> Result<EngineOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    // SAFETY: its text is as the header demands.
    let api_version = unsafe { optional_text(given.api_version, "options api_version") }?;
    Ok(EngineOptions {
        // SAFETY: its credentials are as the header demands.
        credentials: unsafe { credentials(given.credentials, given.credential_count) }?,
        api_version: api_version.map(str::to_owned),
    })
}

/// How an image is pushed. Initialise it with imgferry_push_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_push_options {
    /// Set by imgferry_push_options_init.
    pub struct_size: usize,
    /// What to present to the registry instead of the engine's own
    /// credentials; its host is NULL. May be NULL.
    pub credential: *const imgferry_credential,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointer is NULL.
unsafe impl Versioned for imgferry_push_options {
    const INIT: &'static str = "imgferry_push_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_push_options>()];
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_push_options_init(
    options: *mut imgferry_push_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
pub(super) unsafe fn push_options(given: *const imgferry_push_options) -> Result<PushOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    Ok(PushOptions {
        // SAFETY: its credential is as the header demands.
        credential: unsafe { credential(given.credential) }?,
    })
}

/// How an image is pulled. Initialise it with imgferry_pull_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_pull_options {
    /// Set by imgferry_pull_options_init.
    pub struct_size: usize,
    /// The platform to choose from an index, as `os[/arch[/variant]]`. NULL:
    /// the engine's own.
    pub platform: *const c_char,
    /// What to present to the registry instead of the engine's own
    /// credentials; its host is NULL. May be NULL.
    pub credential: *const imgferry_credential,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointers are NULL.
unsafe impl Versioned for imgferry_pull_options {
    const INIT: &'static str = "imgferry_pull_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_pull_options>()];
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pull_options_init(
    options: *mut imgferry_pull_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
pub(super) unsafe fn pull_options(given: *const imgferry_pull_options) -> Result<PullOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    // SAFETY: its text is as the header demands.
    let platform = unsafe { optional_text(given.platform, "options platform") }?;
    Ok(PullOptions {
        platform: platform.map(str::to_owned),
        // SAFETY: its credential is as the header demands.
        credential: unsafe { credential(given.credential) }?,
    })
}

/// Which images are listed. Initialise it with imgferry_list_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_list_options {
    /// Set by imgferry_list_options_init.
    pub struct_size: usize,
    /// Only images with this name; "*" and "?" stand for any characters, and
    /// without a tag all tags match. NULL: all.
    pub name: *const c_char,
    /// The engine's filters, each "key=value", such as "dangling=true" or
    /// "label=key=value"; may be NULL.
    pub filters: *const *const c_char,
    /// How many `filters` there are.
    pub filter_count: usize,
    /// 1: also the intermediate images of builds.
    pub all: i32,
    /// Must be 0.
    pub reserved: i32,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointers are NULL.
unsafe impl Versioned for imgferry_list_options {
    const INIT: &'static str = "imgferry_list_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_list_options>()];

    fn reserved(&self) -> &[i32] {
        slice::from_ref(&self.reserved)
    }
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_list_options_init(
    options: *mut imgferry_list_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
pub(super) unsafe fn list_options(given: *const imgferry_list_options) -> Result<ListOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    // SAFETY: its text is as the header demands.
    let name = unsafe { optional_text(given.name, "options name") }?;
    // SAFETY: its array is as the header demands.
    let filters = unsafe { array(given.filters, given.filter_count, "options filters") }?;
    let filters = filters.iter().map(|filter| {
        // SAFETY: its texts are as the header demands.
        let filter = unsafe { text(*filter, "options filters") }?;
        match filter.split_once('=') {
            Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
            None => Err(invalid(
                "options filters",
                format!("{filter:?} is not key=value"),
            )),
        }
    });
    Ok(ListOptions {
        name: name.map(str::to_owned),
        all: flag(given.all, "options all")?,
        filters: filters.collect::<Result<_>>()?,
    })
}

/// How an image is removed. Initialise it with imgferry_remove_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_remove_options {
    /// Set by imgferry_remove_options_init.
    pub struct_size: usize,
    /// 1: also when it has several names, or a stopped container uses it.
    pub force: i32,
    /// 1: keeps the untagged images it was built on.
    pub no_prune: i32,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; it holds numbers only.
unsafe impl Versioned for imgferry_remove_options {
    const INIT: &'static str = "imgferry_remove_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_remove_options>()];
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_remove_options_init(
    options: *mut imgferry_remove_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
pub(super) unsafe fn remove_options(
    given: *const imgferry_remove_options,
) -> Result<RemoveOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    Ok(RemoveOptions {
        force: flag(given.force, "options force")?,
        no_prune: flag(given.no_prune, "options no_prune")?,
    })
}

/// How an archive is loaded. Initialise it with imgferry_load_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_load_options {
    /// Set by imgferry_load_options_init.
    pub struct_size: usize,
    /// 1: asks the engine for no progress of its own.
    pub quiet: i32,
    /// Must be 0.
    pub reserved: i32,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; it holds numbers only.
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
pub(super) unsafe fn load_options(given: *const imgferry_load_options) -> Result<LoadOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    Ok(LoadOptions {
        quiet: flag(given.quiet, "options quiet")?,
    })
}
