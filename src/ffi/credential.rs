//! `imgferry_credential`: what proves to a registry who asks, as C gives it.

use std::ffi::c_char;

use super::args::{invalid, owned_text, required, text};
use super::guard::quietly;
use super::options::{self, Versioned};
use crate::{Credential, Result};

/// What proves to a registry who asks: a user with a password, or a token.
///
/// Initialise it with imgferry_credential_init, then set what you have. The
/// library copies what it needs, and never shows a secret.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_credential {
    /// Set by imgferry_credential_init.
    pub struct_size: usize,
    /// The registry that it is for, such as "registry.example:5000"; a port
    /// must match exactly, and every name of Docker Hub stands for Docker Hub.
    pub host: *const c_char,
    /// The user; NULL with a bearer token, and may be NULL with an identity
    /// token.
    pub username: *const c_char,
    /// The password, or an access token in its place; else NULL.
    pub password: *const c_char,
    /// A long-lived token that is exchanged for short-lived ones, as logging
    /// in to Azure's registry gives it; else NULL.
    pub identity_token: *const c_char,
    /// A token that is presented to the registry as it is; else NULL.
    pub bearer_token: *const c_char,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointers are NULL.
unsafe impl Versioned for imgferry_credential {
    const INIT: &'static str = "imgferry_credential_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_credential>()];
}

/// Fills `credential` with NULL. `struct_size` is `sizeof *credential`.
///
/// NULL is fine and does nothing. No other thread may use `credential`
/// meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_credential_init(
    credential: *mut imgferry_credential,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(credential, struct_size) });
}

/// The credential for the one registry that a call is about; NULL is none.
///
/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
pub(super) unsafe fn credential(given: *const imgferry_credential) -> Result<Option<Credential>> {
    if given.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "credential") }?;
    if !given.host.is_null() {
        return Err(invalid(
            "credential",
            "its host must be NULL: it is for the registry in the reference",
        ));
    }
    // SAFETY: its texts are as the header demands.
    unsafe { secret(&given) }.map(Some)
}

/// Credentials for several registries, each with its host.
///
/// # Safety
/// `first` is NULL or points to `count` structs that are as the header demands, and stay while the result is used.
pub(super) unsafe fn credentials<'t>(
    first: *const imgferry_credential,
    count: usize,
) -> Result<Vec<(&'t str, Credential)>> {
    let mut credentials = Vec::new();
    if count == 0 {
        return Ok(credentials);
    }
    let mut next = required((!first.is_null()).then_some(first), "credentials")?;
    let mut distance = None;
    for _ in 0..count {
        // SAFETY: fewer than `count` structs lie before it, each as long as the first.
        let given = unsafe { options::read(next, "credentials") }?;
        if *distance.get_or_insert(given.struct_size) != given.struct_size {
            return Err(invalid("credentials", "their struct_sizes differ"));
        }
        // SAFETY: its texts are as the header demands.
        let host = unsafe { text(given.host, "credential host") }?;
        // SAFETY: as above.
        credentials.push((host, unsafe { secret(&given) }?));
        // The caller's structs may be larger than ours.
        next = next.wrapping_byte_add(given.struct_size);
    }
    Ok(credentials)
}

/// # Safety
/// The texts of `given` are as the header demands.
unsafe fn secret(given: &imgferry_credential) -> Result<Credential> {
    // SAFETY: the caller promises it.
    let username = unsafe { owned_text(given.username, "credential username") }?;
    // SAFETY: as above.
    let password = unsafe { owned_text(given.password, "credential password") }?;
    // SAFETY: as above.
    let identity_token = unsafe { owned_text(given.identity_token, "credential identity_token") }?;
    // SAFETY: as above.
    let bearer_token = unsafe { owned_text(given.bearer_token, "credential bearer_token") }?;
    match (username, password, identity_token, bearer_token) {
        (None, None, None, None) => Ok(Credential::Anonymous),
        (Some(username), Some(password), None, None) => {
            Ok(Credential::Basic { username, password })
        }
        (username, None, Some(token), None) => Ok(Credential::IdentityToken {
            // It is for registries that take the token as a password only; the header says that it may be NULL.
            username: username.unwrap_or_default(),
            token,
        }),
        (None, None, None, Some(token)) => Ok(Credential::Bearer { token }),
        _ => Err(invalid(
            "credential",
            "it is a username with a password, an identity_token, or a bearer_token",
        )),
    }
}
