//! How registries are reached.

use std::ffi::{c_char, c_void};
use std::slice;
use std::time::Duration;

use super::args::{
    array, flag, headers, invalid, optional_text, owned_text_or_empty, owned_texts, paths,
};
use super::credential::imgferry_credential;
use super::credential_callback::{Sources, imgferry_credential_fn, imgferry_destroy_fn};
use super::guard::quietly;
use super::options::{self, Versioned};
use super::userdata::Lent;
use crate::{Mirror, Proxy, RegistryOptions, Result, RetryPolicy};

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
    /// More certificate authorities that may vouch for a registry, as PEM,
    /// besides those of the system (the environment's SSL_CERT_FILE and
    /// SSL_CERT_DIR, where they are set, name other ones); may be NULL.
    pub authorities_pem: *const u8,
    /// How many bytes `authorities_pem` has.
    pub authorities_pem_length: usize,
    /// Your own certificate, as PEM, for a registry that demands one; else NULL.
    /// Only the registry itself, host and port, gets to see it.
    pub certificate_pem: *const u8,
    /// How many bytes `certificate_pem` has.
    pub certificate_pem_length: usize,
    /// The key of that certificate, as PEM and without a password; else NULL.
    pub key_pem: *const u8,
    /// How many bytes `key_pem` has.
    pub key_pem_length: usize,
    /// Folders such as "/etc/docker/certs.d", in the bytes of the system, each
    /// with a folder "HOST" or "HOST:PORT" for each registry, named as in
    /// references: in it *.crt are more authorities, and NAME.cert with
    /// NAME.key is your certificate, where `certificate_pem` is not given.
    /// The first folder that has the registry counts. They are read when a
    /// registry is asked for the first time, or its handle is made. NULL: none,
    /// or those of the `environment`.
    pub certificate_folders: *const *const c_char,
    /// How many `certificate_folders` there are.
    pub certificate_folder_count: usize,
    /// The hosts, without port, that may get the credentials in exchange for a
    /// token, besides the registry's own. NULL: whichever host the registry
    /// names, as Docker Hub and GitLab need it, except one of a private network
    /// that the registry is not in.
    pub token_hosts: *const *const c_char,
    /// How many `token_hosts` there are.
    pub token_host_count: usize,
    /// The proxy on the way to registries, and to whomever they name:
    /// `http://[user:password@]host[:port]`, or the same with https, socks5 or
    /// socks5h. It is asked to pass bytes on, by CONNECT or as SOCKS 5, so it
    /// sees hosts and nothing of what is said over TLS, and it looks up their
    /// names. User and password are percent-encoded. NULL: none, or that of the
    /// `environment`.
    pub proxy: *const c_char,
    /// The hosts that are reached without `proxy`, with commas between: "name"
    /// (and what is below it), ".name" (only what is below it), an address, a
    /// network such as "10.0.0.0/8", each but the last with or without a port,
    /// and "*". May be NULL; without a `proxy` it must be.
    pub no_proxy: *const c_char,
    /// What your program calls itself, such as "demo/1.0": requests say
    /// "imgferry/VERSION (YOUR TEXT)". ASCII without control characters and
    /// backslashes, its parentheses in pairs. May be NULL.
    pub user_agent: *const c_char,
    /// Headers, each "name: value", that go with every request to the registry
    /// itself, host and port, and to nobody else. Those that the library sets
    /// are refused. May be NULL.
    pub headers: *const *const c_char,
    /// How many `headers` there are.
    pub header_count: usize,
    /// Other registries, each a host, that are asked first and in this order for
    /// manifests and blobs by digest; may be NULL. They get the credentials for
    /// their own hosts only, and nothing is ever written to them.
    pub mirrors: *const *const c_char,
    /// How many `mirrors` there are.
    pub mirror_count: usize,
    /// The registries, each a host with its port where references have one, that
    /// may be asked by plain HTTP although `allow_http` is not set. What they
    /// name on other hosts, such as a token service, may not. May be NULL.
    pub http_hosts: *const *const c_char,
    /// How many `http_hosts` there are.
    pub http_host_count: usize,
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
    /// 1: believes whoever answers for a registry's host. Dangerous: whoever is
    /// on the way can then read the credentials and change the images.
    pub skip_verification: i32,
    /// 1: what is not given here is as the environment says: the proxies in
    /// https_proxy, http_proxy, all_proxy and no_proxy (or in capitals), which
    /// are not used for this machine, and the folders of certificates of docker
    /// and podman (~/.config/containers/certs.d, /etc/containers/certs.d,
    /// /etc/docker/certs.d). 0: neither is looked at.
    pub environment: i32,
    /// How many tries a request has in all, and a transfer without progress,
    /// where another one may fare better: when a connection breaks or is not
    /// made, and for HTTP 408, 425, 429 and most statuses from 500 on. 0: 5
    /// tries; 1: nothing is tried again.
    pub retry_attempts: i32,
    /// The pause after the first try, in milliseconds; each one is twice as
    /// long as the one before, and shortened by up to a half by chance. 0: 200
    /// ms; -1: no pause.
    pub retry_first_pause_ms: i32,
    /// No such pause is longer. 0: 30 s; -1: no pause.
    pub retry_longest_pause_ms: i32,
    /// A registry that asks to be left alone (Retry-After) for longer gets its
    /// way: the call fails at once with IMGFERRY_RATE_LIMITED or what else it
    /// said. 0: 60 s; -1: whenever it asks.
    pub retry_longest_wait_ms: i32,
    /// 1: the mirrors are also asked for the manifest of a tag. They may give an
    /// old one.
    pub mirrors_have_tags: i32,
    /// How many blobs a handle moves at the same time, for all threads that use
    /// it; others wait. A reader that you read yourself does not count. 0: 4.
    pub parallel_transfers: i32,
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
    let mut options = match flag(given.environment, "options environment")? {
        true => RegistryOptions::from_env()?,
        false => RegistryOptions::default(),
    };
    options.allow_http = flag(given.allow_http, "options allow_http")?;
    options.skip_verification = flag(given.skip_verification, "options skip_verification")?;
    let transfers = usize::try_from(given.parallel_transfers);
    options.parallel_transfers =
        transfers.map_err(|_| invalid("options parallel_transfers", "it is negative"))?;
    let tags = flag(given.mirrors_have_tags, "options mirrors_have_tags")?;
    let (hosts, count) = (given.mirrors, given.mirror_count);
    // SAFETY: its array of texts is as the header demands.
    let mirrors = unsafe { owned_texts(hosts, count, "options mirrors") }?;
    options.mirrors = mirrors
        .into_iter()
        .map(|host| Mirror { host, tags })
        .collect();
    let (hosts, count) = (given.http_hosts, given.http_host_count);
    // SAFETY: its array of texts is as the header demands.
    options.http_hosts = unsafe { owned_texts(hosts, count, "options http_hosts") }?;
    let (hosts, count) = (given.token_hosts, given.token_host_count);
    // SAFETY: its array of texts is as the header demands.
    options.token_hosts = unsafe { owned_texts(hosts, count, "options token_hosts") }?;
    // SAFETY: its text is as the header demands.
    options.user_agent = unsafe { owned_text_or_empty(given.user_agent, "options user_agent") }?;
    // SAFETY: its array of texts is as the header demands.
    options.headers = unsafe { headers(given.headers, given.header_count) }?;
    // SAFETY: its texts are as the header demands.
    if let Some(proxy) = unsafe { proxy(given.proxy, given.no_proxy) }? {
        options.proxy = proxy;
    }
    // SAFETY: its arrays are as the header demands.
    unsafe { set_certificates(&mut options, &given) }?;
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
    options.credentials = credentials;
    options.retries = retries(&given)?;
    Ok((options, lent))
}

/// # Safety
/// The arrays of `given` are as the header demands.
unsafe fn set_certificates(
    options: &mut RegistryOptions,
    given: &imgferry_registry_options,
) -> Result<()> {
    let (pem, length) = (given.authorities_pem, given.authorities_pem_length);
    // SAFETY: the caller promises it.
    let authorities = unsafe { array(pem, length, "options authorities_pem") }?;
    options.authorities_pem = authorities.to_vec();
    let (pem, length) = (given.certificate_pem, given.certificate_pem_length);
    // SAFETY: as above.
    let certificate = unsafe { array(pem, length, "options certificate_pem") }?;
    options.certificate_pem = certificate.to_vec();
    let (pem, length) = (given.key_pem, given.key_pem_length);
    // SAFETY: as above.
    let key = unsafe { array(pem, length, "options key_pem") }?;
    options.key_pem = key.to_vec();
    let (folders, count) = (given.certificate_folders, given.certificate_folder_count);
    // SAFETY: as above.
    let folders = unsafe { paths(folders, count, "options certificate_folders") }?;
    if !folders.is_empty() {
        options.certificate_folders = folders;
    }
    Ok(())
}

fn retries(given: &imgferry_registry_options) -> Result<RetryPolicy> {
    let mut policy = RetryPolicy::default();
    let attempts = given.retry_attempts;
    match u32::try_from(attempts) {
        Ok(0) => {}
        Ok(attempts) => policy.attempts = attempts,
        Err(_) => {
            let reason = format!("{attempts} is no number of tries");
            return Err(invalid("options retry_attempts", reason));
        }
    }
    for (time, given, field) in [
        (
            &mut policy.first_pause,
            given.retry_first_pause_ms,
            "options retry_first_pause_ms",
        ),
        (
            &mut policy.longest_pause,
            given.retry_longest_pause_ms,
            "options retry_longest_pause_ms",
        ),
        (
            &mut policy.longest_wait,
            given.retry_longest_wait_ms,
            "options retry_longest_wait_ms",
        ),
    ] {
        match (given, u64::try_from(given)) {
            (0, _) => {}
            (-1, _) => *time = Duration::ZERO,
            (_, Ok(milliseconds)) => *time = Duration::from_millis(milliseconds),
            (_, Err(_)) => return Err(invalid(field, format!("{given} is not a time"))),
        }
    }
    Ok(policy)
}

/// A proxy, when one is given.
///
/// # Safety
/// Both texts are as the header demands.
unsafe fn proxy(url: *const c_char, no_proxy: *const c_char) -> Result<Option<Proxy>> {
    // SAFETY: the caller promises it.
    let url = unsafe { optional_text(url, "options proxy") }?;
    // SAFETY: as above.
    let no_proxy = unsafe { optional_text(no_proxy, "options no_proxy") }?;
    match (url, no_proxy) {
        (Some(url), Some(no_proxy)) => Proxy::new(url, no_proxy).map(Some),
        (Some(url), None) => Proxy::new(url, "").map(Some),
        (None, Some(_)) => Err(invalid(
            "options no_proxy",
            "it is for a proxy, which is NULL",
        )),
        (None, None) => Ok(None),
    }
}
