//! `imgferry_names`: tags and repositories one after the other, as a registry lists them.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::args::required;
use super::call::{during, imgferry_call};
use super::error::imgferry_error;
use super::guard::{create, create_if_any, quietly};
use super::process::ProcessBound;
use super::registry::{given, imgferry_registry, reference};
use super::status::imgferry_status;
use super::text::imgferry_text;
use crate::{Call, Names};

/// Lists the tags of a repository one after the other, in the order of the
/// registry; a tag in `repository` does not matter. Nothing is sent before the
/// first one is asked for. imgferry_registry_tags gives all at once, sorted.
///
/// On success `*names_out` is yours: get the tags with imgferry_names_next, and
/// free it with imgferry_names_free. On failure it is NULL:
/// IMGFERRY_INVALID_ARGUMENT when `repository` is of another registry. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_list_tags(
    registry: Option<&imgferry_registry>,
    repository: *const c_char,
    names_out: Option<&mut MaybeUninit<*mut imgferry_names>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(names_out, "names_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `repository` is NULL or a text of the caller.
        let repository = unsafe { reference(repository, "repository") }?;
        let tags = registry.list_tags(&repository, &mut Call::new())?;
        Ok(imgferry_names(ProcessBound::new(tags)))
    })
}

/// Lists the repositories of the registry one after the other, in its order,
/// each without the registry's host. Nothing is sent before the first one is
/// asked for.
///
/// On success `*names_out` is yours: get the repositories with
/// imgferry_names_next, and free it with imgferry_names_free. On failure it is
/// NULL. Getting the first one fails with IMGFERRY_UNSUPPORTED where the
/// registry does not show them to this account: Docker Hub, GitHub and GitLab
/// show them to nobody. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_repositories(
    registry: Option<&imgferry_registry>,
    names_out: Option<&mut MaybeUninit<*mut imgferry_names>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(names_out, "names_out", error_out, || {
        let repositories = given(registry)?.repositories(&mut Call::new());
        Ok(imgferry_names(ProcessBound::new(repositories)))
    })
}

/// Names that a registry lists, each once, a page at a time.
///
/// It changes when a name is taken, so only one thread at a time may use it. It
/// keeps its registry alive, which may be freed before.
#[derive(Debug)]
pub struct imgferry_names(ProcessBound<Names>);

/// The next name; IMGFERRY_OK with NULL in `*name_out` after the last one. A
/// page is asked for when its first name is wanted, so most calls send nothing.
///
/// `call` is for this name only. On success `*name_out` is NULL or yours: free
/// it with imgferry_text_free. On failure it is NULL: IMGFERRY_NOT_FOUND when
/// there is no such repository. After a failure to get a page, every later call
/// fails with IMGFERRY_INVALID_STATE: begin anew. One thread at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_names_next(
    names: Option<&mut imgferry_names>,
    call: *const imgferry_call,
    name_out: Option<&mut MaybeUninit<*mut imgferry_text>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create_if_any(name_out, "name_out", error_out, || {
        let names = required(names, "names")?.0.get_mut()?;
        // A list has thousands of names, and making a call takes longer than all else of one.
        let ready = if call.is_null() { names.ready() } else { None };
        let name = match ready {
            Some(name) => Some(name),
            // SAFETY: `call` is the caller's.
            None => unsafe { during(call, |call| names.next_with(call)) }?,
        };
        Ok(name.map(|name| imgferry_text::new(&name)))
    })
}

/// Frees a list of names, also in its middle; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_names_free(names: Option<Box<imgferry_names>>) {
    quietly((), || drop(names));
}
