//! `imgferry_engine_search`: what the search service of a registry finds.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::slice;

use super::args::{filters, text};
use super::call::{during, imgferry_call};
use super::credential::{credential, imgferry_credential};
use super::engine::{given, imgferry_engine};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::options::{self, Versioned};
use super::status::imgferry_status;
use super::text::{borrowed, c_text};
use crate::{Result, SearchOptions, SearchResult};

/// How a search is done. Initialise it with imgferry_search_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_search_options {
    /// Set by imgferry_search_options_init.
    pub struct_size: usize,
    /// Filters, each "key=value", such as "is-official=true" or "stars=3"; may
    /// be NULL.
    pub filters: *const *const c_char,
    /// How many `filters` there are.
    pub filter_count: usize,
    /// What to present to the registry instead of the engine's own credentials;
    /// its host is NULL. May be NULL.
    pub credential: *const imgferry_credential,
    /// At most so many results, from 1 to 100. 0: the engine's default, which
    /// is 25.
    pub limit: u32,
    /// Must be 0.
    pub reserved: i32,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointers are NULL.
unsafe impl Versioned for imgferry_search_options {
    const INIT: &'static str = "imgferry_search_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_search_options>()];

    fn reserved(&self) -> &[i32] {
        slice::from_ref(&self.reserved)
    }
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_search_options_init(
    options: *mut imgferry_search_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
unsafe fn search_options(given: *const imgferry_search_options) -> Result<SearchOptions> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    Ok(SearchOptions {
        limit: (given.limit != 0).then_some(given.limit),
        // SAFETY: its array of texts is as the header demands.
        filters: unsafe { filters(given.filters, given.filter_count, "options filters") }?,
        // SAFETY: its credential is as the header demands.
        credential: unsafe { credential(given.credential) }?,
    })
}

/// Searches Docker Hub, or the registry whose host stands before the first
/// slash of `term`, for repositories. `options` may be NULL.
///
/// On success `*results_out` is yours: free it with
/// imgferry_search_result_list_free. On failure it is NULL:
/// IMGFERRY_REGISTRY_UNREACHABLE when the engine cannot speak to the registry;
/// registries without the old search service fail, too. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_engine_search(
    engine: Option<&imgferry_engine>,
    term: *const c_char,
    options: *const imgferry_search_options,
    call: *const imgferry_call,
    results_out: Option<&mut MaybeUninit<*mut imgferry_search_result_list>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(results_out, "results_out", error_out, || {
        let engine = given(engine)?;
        // SAFETY: `term` is NULL or a text of the caller.
        let term = unsafe { text(term, "term") }?;
        // SAFETY: `options` are the caller's.
        let options = unsafe { search_options(options) }?;
        // SAFETY: `call` is the caller's.
        let results = unsafe { during(call, |call| engine.search(term, &options, call)) }?;
        Ok(imgferry_search_result_list::new(results))
    })
}

/// What a search has found.
#[derive(Debug)]
pub struct imgferry_search_result_list(Vec<imgferry_search_result>);

impl imgferry_search_result_list {
    fn new(results: Vec<SearchResult>) -> imgferry_search_result_list {
        let results = results.into_iter();
        imgferry_search_result_list(results.map(imgferry_search_result::new).collect())
    }
}

/// How many repositories are in a list; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_search_result_list_count(
    list: Option<&imgferry_search_result_list>,
) -> usize {
    list.map_or(0, |list| list.0.len())
}

/// The repository at `index`, counted from 0; NULL behind the end and for NULL.
///
/// It lives until `list` is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_search_result_list_at(
    list: Option<&imgferry_search_result_list>,
    index: usize,
) -> Option<&imgferry_search_result> {
    list.and_then(|list| list.0.get(index))
}

/// Frees what a search has found; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_search_result_list_free(
    list: Option<Box<imgferry_search_result_list>>,
) {
    quietly((), || drop(list));
}

/// A repository that was found, in a list, to which it belongs.
#[derive(Debug)]
pub struct imgferry_search_result {
    name: CString,
    description: CString,
    star_count: u64,
    is_official: bool,
    is_automated: bool,
    document: CString,
}

impl imgferry_search_result {
    fn new(result: SearchResult) -> imgferry_search_result {
        let SearchResult {
            name,
            description,
            star_count,
            is_official,
            is_automated,
            document,
        } = result;
        imgferry_search_result {
            name: c_text(&name),
            description: c_text(&description),
            star_count,
            is_official,
            is_automated,
            document: c_text(&document),
        }
    }
}

/// Its name; "" for NULL.
///
/// The text lives as long as the list that holds `result`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_search_result_name(
    result: Option<&imgferry_search_result>,
) -> *const c_char {
    borrowed(result, |result| &result.name)
}

/// What its owner says of it; "" for NULL.
///
/// The text lives as long as the list that holds `result`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_search_result_description(
    result: Option<&imgferry_search_result>,
) -> *const c_char {
    borrowed(result, |result| &result.description)
}

/// How many users like it; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_search_result_star_count(
    result: Option<&imgferry_search_result>,
) -> u64 {
    result.map_or(0, |result| result.star_count)
}

/// Whether Docker publishes it: 1 or 0; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_search_result_is_official(
    result: Option<&imgferry_search_result>,
) -> i32 {
    result.map_or(0, |result| i32::from(result.is_official))
}

/// Whether the registry built it: 1 or 0; engines since 26 always say 0. 0 for
/// NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_search_result_is_automated(
    result: Option<&imgferry_search_result>,
) -> i32 {
    result.map_or(0, |result| i32::from(result.is_automated))
}

/// The engine's whole document, JSON; "" for NULL.
///
/// The text lives as long as the list that holds `result`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_search_result_document(
    result: Option<&imgferry_search_result>,
) -> *const c_char {
    borrowed(result, |result| &result.document)
}
