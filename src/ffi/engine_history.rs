//! `imgferry_engine_history`: how an image was made.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::args::{optional_text, text};
use super::call::{during, imgferry_call};
use super::engine::{given, imgferry_engine};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::status::imgferry_status;
use super::text::{borrowed, c_text, imgferry_text_list};
use crate::HistoryEntry;

/// Tells how an image, named by reference or ID, was made. NULL for `platform`
/// is the engine's choice; another, as `os/arch[/variant]`, needs API 1.48.
///
/// On success `*history_out` is yours: free it with imgferry_history_free. On
/// failure it is NULL: IMGFERRY_NOT_FOUND when the engine does not have the
/// image. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_history(
    engine: Option<&imgferry_engine>,
    image: *const c_char,
    platform: *const c_char,
    call: *const imgferry_call,
    history_out: Option<&mut MaybeUninit<*mut imgferry_history>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(history_out, "history_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { text(image, "image") }?;
        // SAFETY: `platform` is NULL or a text of the caller.
        let platform = unsafe { optional_text(platform, "platform") }?;
        // SAFETY: `call` is the caller's.
        let history = unsafe { during(call, |call| engine.history(image, platform, call)) }?;
        Ok(imgferry_history::new(history))
    })
}

/// How an image was made.
#[derive(Debug)]
pub struct imgferry_history(Vec<imgferry_history_entry>);

impl imgferry_history {
    fn new(history: Vec<HistoryEntry>) -> imgferry_history {
        let entries = history.into_iter();
        imgferry_history(entries.map(imgferry_history_entry::new).collect())
    }
}

/// How many steps are in a history; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_history_count(history: Option<&imgferry_history>) -> usize {
    history.map_or(0, |history| history.0.len())
}

/// The step at `index`, counted from 0, the last that was done first; NULL
/// behind the end and for NULL.
///
/// It lives until `history` is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_history_at(
    history: Option<&imgferry_history>,
    index: usize,
) -> Option<&imgferry_history_entry> {
    history.and_then(|history| history.0.get(index))
}

/// Frees a history; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_history_free(history: Option<Box<imgferry_history>>) {
    quietly((), || drop(history));
}

/// One step of the making of an image, in a history, to which it belongs.
#[derive(Debug)]
pub struct imgferry_history_entry {
    id: CString,
    created: i64,
    created_by: CString,
    tags: imgferry_text_list,
    size: u64,
    comment: CString,
    document: CString,
}

impl imgferry_history_entry {
    fn new(entry: HistoryEntry) -> imgferry_history_entry {
        let HistoryEntry {
            id,
            created,
            created_by,
            tags,
            size,
            comment,
            document,
        } = entry;
        imgferry_history_entry {
            id: c_text(&id),
            created,
            created_by: c_text(&created_by),
            tags: imgferry_text_list::new(&tags),
            size,
            comment: c_text(&comment),
            document: c_text(&document),
        }
    }
}

/// The ID of the image after this step; "" when it is not known here, as in
/// pulled images, and for NULL.
///
/// The text lives as long as the history that holds `entry`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_history_entry_id(
    entry: Option<&imgferry_history_entry>,
) -> *const c_char {
    borrowed(entry, |entry| &entry.id)
}

/// When it was done, in seconds since 1970; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_history_entry_created(
    entry: Option<&imgferry_history_entry>,
) -> i64 {
    entry.map_or(0, |entry| entry.created)
}

/// What was done; "" for NULL.
///
/// The text lives as long as the history that holds `entry`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_history_entry_created_by(
    entry: Option<&imgferry_history_entry>,
) -> *const c_char {
    borrowed(entry, |entry| &entry.created_by)
}

/// The names of the image after this step.
///
/// NULL, which is an empty list, for NULL. The list lives as long as the
/// history that holds `entry`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_history_entry_tags(
    entry: Option<&imgferry_history_entry>,
) -> Option<&imgferry_text_list> {
    entry.map(|entry| &entry.tags)
}

/// How many bytes it added; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_history_entry_size(
    entry: Option<&imgferry_history_entry>,
) -> u64 {
    entry.map_or(0, |entry| entry.size)
}

/// What its maker noted; usually "". "" for NULL.
///
/// The text lives as long as the history that holds `entry`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_history_entry_comment(
    entry: Option<&imgferry_history_entry>,
) -> *const c_char {
    borrowed(entry, |entry| &entry.comment)
}

/// The engine's whole document, JSON; "" for NULL.
///
/// The text lives as long as the history that holds `entry`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_history_entry_document(
    entry: Option<&imgferry_history_entry>,
) -> *const c_char {
    borrowed(entry, |entry| &entry.document)
}
