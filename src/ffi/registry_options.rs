//! How registries are reached.

use std::ffi::{c_char, c_void};
use std::slice;

use super::args::{array, flag, owned_texts};
use super::credential::imgferry_credential;
use super::credential_callback::{Lent, Sources, imgferry_credential_fn, imgferry_destroy_fn};
use super::guard::quietly;
use super::options::{self, Versioned};
use crate::{RegistryOptions, Result};

/// How a registry is reached. Initialise it with imgferry_registry_options_init.
///
/// The default asks anonymously, by HTTPS (and by plain HTTP on this machine
/// only).
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_registry_options {
    /// Set by imgferry_registry_options_init.
    pub struct_size: usize,
    /// What to present to registries that demand something, each with its own
    /// host; may be NULL. They lie side by side, each as long as its
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
    /// The certificate authorities that may vouch for a registry, as PEM. NULL:
    /// those that come with the library.
    pub authorities_pem: *const u8,
    /// How many bytes `authorities_pem` has.
    pub authorities_pem_length: usize,
    /// The hosts, without port, that may get the credentials in exchange for a
    /// token, besides the registry's own. NULL: whichever host the registry
    /// names, as Docker Hub and GitLab need it, except one of a private network
    /// that the registry is not in.
    pub token_hosts: *const *const c_char,
    /// How many `token_hosts` there are.
    pub token_host_count: usize,
    /// 1: the registry, and the token service it names, may be asked by plain
    /// HTTP when they do not answer by HTTPS. Everybody on the way can then
    /// read the credentials and change the images. Hosts of this machine may
    /// be asked so in any case.
    pub allow_http: i32,
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
unsafe impl Versioned for imgferry_registry_options {
    const INIT: &'static str = "imgferry_registry_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_registry_options>()];

    fn reserved(&self) -> &[i32] {
        slice::from_ref(&self.reserved)
    }
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_options_init(
    options: *mut imgferry_registry_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// The options, and the userdata in them.
///
/// # Safety
/// `given` is NULL or points to a struct that is as the header demands.
pub(super) unsafe fn registry_options(
    given: *const imgferry_registry_options,
) -> Result<(RegistryOptions, Lent)> {
    // SAFETY: the caller promises the same.
    let given = unsafe { options::read(given, "options") }?;
    let (pem, length) = (given.authorities_pem, given.authorities_pem_length);
    // SAFETY: its array is as the header demands.
    let authorities_pem = unsafe { array(pem, length, "options authorities_pem") }?;
    let (hosts, count) = (given.token_hosts, given.token_host_count);
    // SAFETY: its array of texts is as the header demands.
    let token_hosts = unsafe { owned_texts(hosts, count, "options token_hosts") }?;
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
    let options = RegistryOptions {
        credentials,
        allow_http: flag(given.allow_http, "options allow_http")?,
        authorities_pem: authorities_pem.to_vec(),
        token_hosts,
    };
    Ok((options, lent))
}
