//! How an engine is used.

use std::ffi::{c_char, c_void};
use std::slice;

use super::args::{array, flag, headers, owned_text, owned_text_or_empty};
use super::credential::imgferry_credential;
use super::credential_callback::{Sources, imgferry_credential_fn, imgferry_destroy_fn};
use super::guard::quietly;
use super::options::{self, Versioned};
use super::userdata::Lent;
use crate::{EngineOptions, EngineTls, Result};

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
    /// Asked for the credential of a registry that `credentials` does not
    /// have; may be NULL.
    pub credential_callback: imgferry_credential_fn,
    /// Given to `credential_callback` as it is. It must live until
    /// `credential_destroy` is called; when no handle is made from these
    /// options, that is not called and this stays yours.
    pub credential_userdata: *mut c_void,
    /// Destroys `credential_userdata`; may be NULL.
    pub credential_destroy: imgferry_destroy_fn,
    /// Headers that are sent with every request to the engine, each as
    /// "Name: value", for instance for a proxy before it; may be NULL. Those
    /// that the library sets itself are refused.
    pub headers: *const *const c_char,
    /// How many `headers` there are.
    pub header_count: usize,
    /// The certificate authorities that may vouch for the engine, as PEM. NULL:
    /// those of the system. This and each of the following up to `user_agent`
    /// makes a `tcp://` address speak TLS; other addresses do not look at it,
    /// but for `https://`.
    pub authorities_pem: *const u8,
    /// How many bytes `authorities_pem` has.
    pub authorities_pem_length: usize,
    /// Your own certificate, as PEM, for an engine that demands one; else NULL.
    pub certificate_pem: *const u8,
    /// How many bytes `certificate_pem` has.
    pub certificate_pem_length: usize,
    /// The key of that certificate, as PEM; else NULL.
    pub key_pem: *const u8,
    /// How many bytes `key_pem` has.
    pub key_pem_length: usize,
    /// What your program calls itself, such as "demo/1.0": requests say
    /// "imgferry/VERSION (YOUR TEXT)". ASCII without control characters and
    /// backslashes, its parentheses in pairs. May be NULL.
    pub user_agent: *const c_char,
    /// 1: believes any engine, and makes a `tcp://` address speak TLS. Whoever
    /// is on the way can then read and change everything.
    pub skip_verification: i32,
    /// 1: what is found nowhere else is looked for where the docker command and
    /// podman keep their logins: DOCKER_AUTH_CONFIG; docker's config.json
    /// (DOCKER_CONFIG, HOME); podman's auth.json (REGISTRY_AUTH_FILE,
    /// XDG_RUNTIME_DIR, XDG_CONFIG_HOME, HOME), which comes first when
    /// REGISTRY_AUTH_FILE is set; and in the credential helpers that these
    /// name, which are programs in PATH. The variables are read when the handle
    /// is made, and no other thread may change the environment meanwhile; files
    /// and helpers are asked when a credential is needed.
    pub credentials_from_env: i32,
    /// 1: a file that is broken and a credential helper that fails end the call
    /// with IMGFERRY_CREDENTIALS. Else they are warnings, and the next place is
    /// asked, in the end anonymously.
    pub strict_credentials: i32,
    /// Must be 0.
    pub reserved: i32,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointers are NULL.
unsafe impl Versioned for imgferry_engine_options {
    const INIT: &'static str = "imgferry_engine_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_engine_options>()];

    fn reserved(&self) -> &[i32] {
        slice::from_ref(&self.reserved)
    }
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

/// The options, and the userdata in them.
///
/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
pub(super) unsafe fn engine_options(
    given: *const imgferry_engine_options,
) -> Result<(EngineOptions, Lent)> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    let sources = Sources {
        credentials: given.credentials,
        credential_count: given.credential_count,
        callback: given.credential_callback,
        userdata: given.credential_userdata,
        destroy: given.credential_destroy,
        from_env: given.credentials_from_env,
        strict: given.strict_credentials,
    };
    // SAFETY: its credentials and callbacks are as the header demands.
    let (credentials, lent) = unsafe { sources.read() }?;
    let options = EngineOptions {
        credentials,
        // SAFETY: its text is as the header demands.
        api_version: unsafe { owned_text(given.api_version, "options api_version") }?,
        // SAFETY: its arrays are as the header demands.
        tls: unsafe { tls(&given) }?,
        // SAFETY: its array of texts is as the header demands.
        headers: unsafe { headers(given.headers, given.header_count) }?,
        // SAFETY: as above.
        user_agent: unsafe { owned_text_or_empty(given.user_agent, "options user_agent") }?,
    };
    Ok((options, lent))
}

/// TLS, when something is given for it.
///
/// # Safety
/// The arrays of `given` are as the header demands.
unsafe fn tls(given: &imgferry_engine_options) -> Result<Option<EngineTls>> {
    let (pem, length) = (given.authorities_pem, given.authorities_pem_length);
    // SAFETY: the caller promises it.
    let authorities_pem = unsafe { array(pem, length, "options authorities_pem") }?;
    let (pem, length) = (given.certificate_pem, given.certificate_pem_length);
    // SAFETY: as above.
    let certificate_pem = unsafe { array(pem, length, "options certificate_pem") }?;
    let (pem, length) = (given.key_pem, given.key_pem_length);
    // SAFETY: as above.
    let key_pem = unsafe { array(pem, length, "options key_pem") }?;
    let skip_verification = flag(given.skip_verification, "options skip_verification")?;
    let given = [authorities_pem, certificate_pem, key_pem];
    if given.iter().all(|pem| pem.is_empty()) && !skip_verification {
        return Ok(None);
    }
    Ok(Some(EngineTls {
        authorities_pem: authorities_pem.to_vec(),
        certificate_pem: certificate_pem.to_vec(),
        key_pem: key_pem.to_vec(),
        skip_verification,
    }))
}
