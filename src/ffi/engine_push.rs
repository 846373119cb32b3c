//! `imgferry_engine_push`: an image goes from an engine to a registry.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::slice;

use super::args::{flag, owned_text, text};
use super::call::{during, imgferry_call};
use super::credential::{credential, imgferry_credential};
use super::engine::{given, imgferry_engine};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::number::or_unknown;
use super::options::{self, Versioned};
use super::status::imgferry_status;
use super::text::{borrowed, c_text, c_text_or_empty, imgferry_text_list};
use crate::{Digest, PushOptions, Pushed, PushedTag, Result};

/// How an image is pushed. Initialise it with imgferry_push_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_push_options {
    /// Set by imgferry_push_options_init.
    pub struct_size: usize,
    /// The tag to push, in place of one in the reference. NULL: that one, or
    /// else "latest".
    pub tag: *const c_char,
    /// Pushes only this platform, as `os/arch[/variant]`; needs API 1.46. NULL:
    /// all that the engine has.
    pub platform: *const c_char,
    /// What to present to the registry instead of the engine's own credentials;
    /// its host is NULL. May be NULL.
    pub credential: *const imgferry_credential,
    /// 1: pushes all tags that the repository has in the engine; then no tag
    /// may be given, nor stand in the reference.
    pub all_tags: i32,
    /// Must be 0.
    pub reserved: i32,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointers are NULL.
unsafe impl Versioned for imgferry_push_options {
    const INIT: &'static str = "imgferry_push_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_push_options>()];

    fn reserved(&self) -> &[i32] {
        slice::from_ref(&self.reserved)
    }
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
unsafe fn push_options(given: *const imgferry_push_options) -> Result<PushOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    Ok(PushOptions {
        // SAFETY: its text is as the header demands.
        tag: unsafe { owned_text(given.tag, "options tag") }?,
        all_tags: flag(given.all_tags, "options all_tags")?,
        // SAFETY: its text is as the header demands.
        platform: unsafe { owned_text(given.platform, "options platform") }?,
        // SAFETY: its credential is as the header demands.
        credential: unsafe { credential(given.credential) }?,
    })
}

/// Pushes the image with the name `reference` to the registry in that name;
/// without a tag, "latest" is pushed. `options` may be NULL.
///
/// On success `*pushed_out` is yours: free it with imgferry_pushed_free. On
/// failure it is NULL: IMGFERRY_NOT_FOUND when the engine has no such image,
/// IMGFERRY_UNAUTHORIZED or IMGFERRY_DENIED when the registry refuses,
/// IMGFERRY_INVALID_ARGUMENT for a reference with a digest. Any thread.
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

/// What imgferry_engine_push did.
#[derive(Debug)]
pub struct imgferry_pushed {
    reference: CString,
    digest: CString,
    manifest_size: i64,
    tags: Vec<Tag>,
    warnings: imgferry_text_list,
}

#[derive(Debug)]
struct Tag {
    tag: CString,
    digest: CString,
    manifest_size: i64,
}

impl imgferry_pushed {
    fn new(pushed: Pushed) -> imgferry_pushed {
        let Pushed {
            reference,
            digest,
            manifest_size,
            tags,
            warnings,
        } = pushed;
        imgferry_pushed {
            reference: c_text(reference.as_str()),
            digest: c_text_or_empty(digest.as_ref().map(Digest::as_str)),
            manifest_size: or_unknown(manifest_size),
            tags: tags.into_iter().map(Tag::new).collect(),
            warnings: imgferry_text_list::new(&warnings),
        }
    }

    fn tag(&self, index: usize) -> Option<&Tag> {
        self.tags.get(index)
    }
}

impl Tag {
    fn new(pushed: PushedTag) -> Tag {
        let PushedTag {
            tag,
            digest,
            manifest_size,
        } = pushed;
        Tag {
            tag: c_text(&tag),
            digest: c_text(digest.as_str()),
            manifest_size: or_unknown(manifest_size),
        }
    }
}

/// The name that was pushed, in full and with its tag, or without one when all
/// tags were pushed; "" for NULL.
///
/// The text lives until `pushed` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_reference(
    pushed: Option<&imgferry_pushed>,
) -> *const c_char {
    borrowed(pushed, |pushed| &pushed.reference)
}

/// The digest of the manifest in the registry; "" when the engine did not tell,
/// which is also a warning, when all tags were pushed, and for NULL.
///
/// The text lives until `pushed` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_digest(pushed: Option<&imgferry_pushed>) -> *const c_char {
    borrowed(pushed, |pushed| &pushed.digest)
}

/// The size of the manifest in bytes (not of the image); -1 when unknown, when
/// all tags were pushed, and for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_manifest_size(pushed: Option<&imgferry_pushed>) -> i64 {
    pushed.map_or(-1, |pushed| pushed.manifest_size)
}

/// How many tags were pushed, as far as the engine told; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_tag_count(pushed: Option<&imgferry_pushed>) -> usize {
    pushed.map_or(0, |pushed| pushed.tags.len())
}

/// The tag at `index`, counted from 0; "" behind the end and for NULL.
///
/// The text lives until `pushed` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_tag_at(
    pushed: Option<&imgferry_pushed>,
    index: usize,
) -> *const c_char {
    borrowed(pushed.and_then(|pushed| pushed.tag(index)), |tag| &tag.tag)
}

/// The digest of the manifest of the tag at `index`; "" behind the end and for
/// NULL.
///
/// The text lives until `pushed` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_tag_digest_at(
    pushed: Option<&imgferry_pushed>,
    index: usize,
) -> *const c_char {
    borrowed(pushed.and_then(|pushed| pushed.tag(index)), |tag| {
        &tag.digest
    })
}

/// The size of the manifest of the tag at `index` in bytes (not of the image);
/// -1 when unknown, behind the end and for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pushed_tag_manifest_size_at(
    pushed: Option<&imgferry_pushed>,
    index: usize,
) -> i64 {
    pushed
        .and_then(|pushed| pushed.tag(index))
        .map_or(-1, |tag| tag.manifest_size)
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
