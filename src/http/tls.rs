//! What is believed about a TLS peer, and what is shown to it.

use std::sync::Arc;

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use crate::error::{Error, Result};

/// How a [`Client`](super::Client) recognises a TLS peer, and is recognised by it.
#[derive(Debug, Default)]
pub(crate) struct Trust<'t> {
    /// Certificate authorities, as PEM; empty means the authorities that come with the library.
    pub(crate) authorities_pem: &'t [u8],
    /// Who we are.
    pub(crate) identity: Option<Identity<'t>>,
    /// Believes anybody. Whoever is on the way can then read and change everything.
    pub(crate) skip_verification: bool,
}

/// A client certificate with its key, as PEM.
pub(crate) struct Identity<'t> {
    pub(crate) certificate_pem: &'t [u8],
    pub(crate) key_pem: &'t [u8],
}

impl std::fmt::Debug for Identity<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

pub(super) fn tls_config(trust: &Trust<'_>) -> Result<TlsConfig> {
    let mut builder = TlsConfig::builder().disable_verification(trust.skip_verification);
    if !trust.authorities_pem.is_empty() {
        let authorities = certificates(trust.authorities_pem, "certificate authorities")?;
        builder = builder.root_certs(RootCerts::Specific(Arc::new(authorities)));
    }
    if let Some(identity) = &trust.identity {
        let chain = certificates(identity.certificate_pem, "client certificate")?;
        let key = PrivateKey::from_pem(identity.key_pem)
            .map_err(|error| unusable("client key", error.to_string()))?;
        builder = builder.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
    }
    Ok(builder.build())
}

fn certificates(pem: &[u8], what: &'static str) -> Result<Vec<Certificate<'static>>> {
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(unusable(what, error.to_string())),
        }
    }
    match certificates.is_empty() {
        true => Err(unusable(what, "there is no certificate in it".into())),
        false => Ok(certificates),
    }
}

fn unusable(argument: &'static str, reason: String) -> Error {
    Error::InvalidArgument { argument, reason }
}
