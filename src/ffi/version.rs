//! Which library runs, and what it can do.

use std::ffi::{CStr, c_char};

use super::{args, guard::quietly};

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("a version has no NUL byte"),
    };

/// What a build of the library may lack, and whether this one has it; a name once listed stays.
const FEATURES: [(&str, bool); 6] = [
    ("engine", true),
    ("registry", true),
    ("images", true),
    ("copy", true),
    ("tls", cfg!(feature = "tls")),
    ("zstd", cfg!(feature = "zstd")),
];

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
/// Features are "engine", "registry", "images", "copy", "tls" and "zstd". A
/// build may lack the last two: then connections by TLS, and compressing layers
/// with zstd or reading what is compressed with it, fail with
/// IMGFERRY_UNSUPPORTED. All functions exist in every build.
///
/// 0 for NULL and for names that this version does not know. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_has_feature(name: *const c_char) -> i32 {
    quietly(0, || {
        // SAFETY: `name` is NULL or a text of the caller.
        let name = unsafe { args::text(name, "name") };
        i32::from(name.is_ok_and(|name| FEATURES.contains(&(name, true))))
    })
}
