//! `imgferry_engine_pull`: an engine fetches an image from a registry.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::slice;

use super::args::{flag, owned_text, text};
use super::call::{during, imgferry_call};
use super::credential::{credential, imgferry_credential};
use super::engine::{given, imgferry_engine};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::options::{self, Versioned};
use super::status::imgferry_status;
use super::text::{borrowed, c_text, c_text_or_empty, imgferry_text_list};
use crate::{Digest, PullOptions, Pulled, PulledTag, Result};

/// How an image is pulled. Initialise it with imgferry_pull_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_pull_options {
    /// Set by imgferry_pull_options_init.
    pub struct_size: usize,
    /// The tag or digest to pull, in place of one in the reference. NULL: that
    /// one, or else "latest".
    pub tag: *const c_char,
    /// The platform to choose from an index, as `os[/arch[/variant]]`. NULL:
    /// the engine's own.
    pub platform: *const c_char,
    /// What to present to the registry instead of the engine's own credentials;
    /// its host is NULL. May be NULL.
    pub credential: *const imgferry_credential,
    /// 1: pulls all tags of the repository; then no tag or digest may be given,
    /// nor stand in the reference.
    pub all_tags: i32,
    /// Must be 0.
    pub reserved: i32,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointers are NULL.
unsafe impl Versioned for imgferry_pull_options {
    const INIT: &'static str = "imgferry_pull_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_pull_options>()];

    fn reserved(&self) -> &[i32] {
        slice::from_ref(&self.reserved)
    }
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
unsafe fn pull_options(given: *const imgferry_pull_options) -> Result<PullOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    Ok(PullOptions {
        // SAFETY: its text is as the header demands.
        tag: unsafe { owned_text(given.tag, "options tag") }?,
        all_tags: flag(given.all_tags, "options all_tags")?,
        // SAFETY: its text is as the header demands.
        platform: unsafe { owned_text(given.platform, "options platform") }?,
        // SAFETY: its credential is as the header demands.
        credential: unsafe { credential(given.credential) }?,
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

/// What imgferry_engine_pull did.
#[derive(Debug)]
pub struct imgferry_pulled {
    reference: CString,
    digest: CString,
    tags: Vec<Tag>,
    up_to_date: bool,
    warnings: imgferry_text_list,
}

#[derive(Debug)]
struct Tag {
    tag: CString,
    digest: CString,
}

impl imgferry_pulled {
    fn new(pulled: Pulled) -> imgferry_pulled {
        let Pulled {
            reference,
            digest,
            tags,
            up_to_date,
            warnings,
        } = pulled;
        imgferry_pulled {
            reference: c_text(reference.as_str()),
            digest: c_text_or_empty(digest.as_ref().map(Digest::as_str)),
            tags: tags.into_iter().map(Tag::new).collect(),
            up_to_date,
            warnings: imgferry_text_list::new(&warnings),
        }
    }

    fn tag(&self, index: usize) -> Option<&Tag> {
        self.tags.get(index)
    }
}

impl Tag {
    fn new(pulled: PulledTag) -> Tag {
        let PulledTag { tag, digest } = pulled;
        Tag {
            tag: c_text(&tag),
            digest: c_text(digest.as_str()),
        }
    }
}

/// The name that was pulled, in full and with its tag or digest, or without
/// either when all tags were pulled; "" for NULL.
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
/// does not, when all tags were pulled, and for NULL.
///
/// The text lives until `pulled` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_digest(pulled: Option<&imgferry_pulled>) -> *const c_char {
    borrowed(pulled, |pulled| &pulled.digest)
}

/// How many tags were pulled, as far as the engine told; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_tag_count(pulled: Option<&imgferry_pulled>) -> usize {
    pulled.map_or(0, |pulled| pulled.tags.len())
}

/// The tag at `index`, counted from 0; "" behind the end and for NULL.
///
/// The text lives until `pulled` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_tag_at(
    pulled: Option<&imgferry_pulled>,
    index: usize,
) -> *const c_char {
    borrowed(pulled.and_then(|pulled| pulled.tag(index)), |tag| &tag.tag)
}

/// The digest of what the tag at `index` stood for in the registry; "" behind
/// the end and for NULL.
///
/// The text lives until `pulled` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_pulled_tag_digest_at(
    pulled: Option<&imgferry_pulled>,
    index: usize,
) -> *const c_char {
    borrowed(pulled.and_then(|pulled| pulled.tag(index)), |tag| {
        &tag.digest
    })
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
