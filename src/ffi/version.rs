//! Which library runs, and what it can do.

use std::ffi::{CStr, c_char};

use super::{args, guard::quietly};

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("a version has no NUL byte"),
    };

/// What a build of the library may lack; a name once listed stays.
const FEATURES: [&str; 4] = ["engine", "registry", "images", "copy"];

/// The version of the library that runs, such as "0.1.0".
///
/// Compare it with IMGFERRY_VERSION_MAJOR, _MINOR and _PATCH, the version of
/// this header. The text lives for ever. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_version() -> *const c_char {
    VERSION.as_ptr()
}

/// Whether this build of the library has a feature: 1 or 0.
///
/// Features are "engine", "registry", "images" and "copy". The functions of a
/// feature that was left out exist all the same, and fail with
/// IMGFERRY_UNSUPPORTED.
/// 0 for NULL and for names that this version does not know. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_has_feature(name: *const c_char) -> i32 {
    quietly(0, || {
        // SAFETY: `name` is NULL or a text of the caller.
        let name = unsafe { args::text(name, "name") };
        i32::from(name.is_ok_and(|name| FEATURES.contains(&name)))
    })
}
