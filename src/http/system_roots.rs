//! The certificate authorities that the system believes.

use std::sync::{Arc, OnceLock};

use rustls::RootCertStore;
use rustls_native_certs::load_native_certs;

/// Read once per process, because that takes milliseconds. Only what was found is kept: a system that gets its
/// authorities late needs no new process.
///
/// `SSL_CERT_FILE` and `SSL_CERT_DIR` stand for the usual places where they are set.
pub(super) fn system_roots() -> Result<Arc<RootCertStore>, String> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    match ROOTS.get() {
        Some(roots) => Ok(roots.clone()),
        None => read().map(|roots| ROOTS.get_or_init(|| Arc::new(roots)).clone()),
    }
}

fn read() -> Result<RootCertStore, String> {
    let found = load_native_certs();
    for error in &found.errors {
        log::warn!("certificate authorities of the system: {error}");
    }
    let mut roots = RootCertStore::empty();
    let (added, ignored) = roots.add_parsable_certificates(found.certs);
    log::debug!("{added} certificate authorities of the system, {ignored} unreadable ones");
    if !roots.is_empty() {
        return Ok(roots);
    }
    let mut reason = "this system has no certificate authorities: install the package \
                      ca-certificates, name a file of them in SSL_CERT_FILE, or give them as \
                      authorities_pem"
        .to_owned();
    if let Some(error) = found.errors.first() {
        reason.push_str(&format!(" ({error})"));
    }
    Err(reason)
}
