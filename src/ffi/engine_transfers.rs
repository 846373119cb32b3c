//! What the engine's transfers did: push, pull, load.

use std::ffi::{CString, c_char};

use super::guard::quietly;
use super::number::or_unknown;
use super::text::{borrowed, c_text, c_text_or_empty, imgferry_text_list};
use crate::{Digest, Loaded, Pulled, Pushed};

/// What imgferry_engine_push did.
#[derive(Debug)]
pub struct imgferry_pushed {
    reference: CString,
    digest: CString,
    manifest_size: i64,
    warnings: imgferry_text_list,
}

impl imgferry_pushed {
    pub(super) fn new(pushed: Pushed) -> imgferry_pushed {
        let Pushed {
            reference,
            digest,
            manifest_size,
            warnings,
        } = pushed;
        imgferry_pushed {
            reference: c_text(reference.as_str()),
            digest: c_text_or_empty(digest.as_ref().map(Digest::as_str)),
            manifest_size: or_unknown(manifest_size),
            warnings: imgferry_text_list::new(&warnings),
        }
    }
}

/// The name that was pushed, in full and with its tag; "" for NULL.
///
/// The text lives until `pushed` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_reference(
    pushed: Option<&imgferry_pushed>,
) -> *const c_char {
    borrowed(pushed, |pushed| &pushed.reference)
}

/// The digest of the manifest in the registry; "" when the engine did not tell,
/// which is also a warning, and for NULL.
///
/// The text lives until `pushed` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_digest(pushed: Option<&imgferry_pushed>) -> *const c_char {
    borrowed(pushed, |pushed| &pushed.digest)
}

/// The size of the manifest in bytes (not of the image); -1 when unknown, and
/// for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_manifest_size(pushed: Option<&imgferry_pushed>) -> i64 {
    pushed.map_or(-1, |pushed| pushed.manifest_size)
}

/// What the engine noted on the way, for instance that it pushed only a part of
/// an index; each a sentence.
///
/// NULL, which is an empty list, for NULL. The list lives until `pushed` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_warnings(
    pushed: Option<&imgferry_pushed>,
) -> Option<&imgferry_text_list> {
    pushed.map(|pushed| &pushed.warnings)
}

/// Frees the result of a push; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_free(pushed: Option<Box<imgferry_pushed>>) {
    quietly((), || drop(pushed));
}

/// What imgferry_engine_pull did.
#[derive(Debug)]
pub struct imgferry_pulled {
    reference: CString,
    digest: CString,
    up_to_date: bool,
    warnings: imgferry_text_list,
}

impl imgferry_pulled {
    pub(super) fn new(pulled: Pulled) -> imgferry_pulled {
        let Pulled {
            reference,
            digest,
            up_to_date,
            warnings,
        } = pulled;
        imgferry_pulled {
            reference: c_text(reference.as_str()),
            digest: c_text_or_empty(digest.as_ref().map(Digest::as_str)),
            up_to_date,
            warnings: imgferry_text_list::new(&warnings),
        }
    }
}

/// The name that was pulled, in full and with its tag or digest; "" for NULL.
///
/// The text lives until `pulled` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_reference(
    pulled: Option<&imgferry_pulled>,
) -> *const c_char {
    borrowed(pulled, |pulled| &pulled.reference)
}

/// The digest of what the name stood for in the registry, which is an index for
/// an image of several platforms; "" when the engine does not tell, as podman
/// does not, and for NULL.
///
/// The text lives until `pulled` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_digest(pulled: Option<&imgferry_pulled>) -> *const c_char {
    borrowed(pulled, |pulled| &pulled.digest)
}

/// Whether the engine had the image already: 1 or 0; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_up_to_date(pulled: Option<&imgferry_pulled>) -> i32 {
    pulled.map_or(0, |pulled| i32::from(pulled.up_to_date))
}

/// What the engine noted on the way, each a sentence.
///
/// NULL, which is an empty list, for NULL. The list lives until `pulled` is
/// freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_warnings(
    pulled: Option<&imgferry_pulled>,
) -> Option<&imgferry_text_list> {
    pulled.map(|pulled| &pulled.warnings)
}

/// Frees the result of a pull; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_free(pulled: Option<Box<imgferry_pulled>>) {
    quietly((), || drop(pulled));
}

/// What imgferry_engine_load_image did.
#[derive(Debug)]
pub struct imgferry_loaded {
    names: imgferry_text_list,
    ids: imgferry_text_list,
    warnings: imgferry_text_list,
}

impl imgferry_loaded {
    pub(super) fn new(loaded: Loaded) -> imgferry_loaded {
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
