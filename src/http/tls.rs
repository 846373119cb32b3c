//! What is believed about a TLS peer, and what is shown to it.

use std::error::Error as StdError;
use std::sync::{Arc, OnceLock};
use std::{fmt, io};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::system_roots::system_roots;

/// How a [`Client`](super::Client) recognises a TLS peer, and is recognised by it. The default believes whom the system
/// believes, and shows nothing.
#[derive(Clone, Default)]
pub(crate) struct Trust {
    pub(crate) authorities: Authorities,
    /// Who we are.
    pub(crate) identity: Option<Identity>,
    /// Believes anybody. Whoever is on the way can then read and change everything.
    pub(crate) skip_verification: bool,
}

/// Who may vouch for a peer.
#[derive(Clone, Default)]
pub(crate) struct Authorities {
    given: Vec<CertificateDer<'static>>,
    /// Whether those of the system may not.
    only_given: bool,
}

/// A client certificate with its key.
#[derive(Clone)]
pub(crate) struct Identity(Arc<SingleCertAndKey>);

impl Authorities {
    /// Those in `pem` and no others; with nothing in it, those of the system. An error says what is wrong with it.
    pub(crate) fn only(pem: &[u8]) -> Result<Authorities, String> {
        let mut authorities = Authorities::default();
        if !pem.is_empty() {
            authorities.add(pem)?;
            authorities.only_given = true;
        }
        Ok(authorities)
    }

    /// Adds those in `pem`, which must have one. An error says what is wrong with it.
    pub(crate) fn add(&mut self, pem: &[u8]) -> Result<(), String> {
        let added = certificates(pem)?;
        let mut store = RootCertStore::empty();
        for certificate in &added {
            store
                .add(certificate.clone())
                .map_err(|error| error.to_string())?;
        }
        self.given.extend(added);
        Ok(())
    }

    fn roots(&self) -> Result<Arc<RootCertStore>, String> {
        if self.given.is_empty() {
            return system_roots();
        }
        let mut roots = RootCertStore::empty();
        if !self.only_given {
            match system_roots() {
                Ok(of_system) => roots.roots.clone_from(&of_system.roots),
                Err(reason) => log::debug!("only the given certificate authorities: {reason}"),
            }
        }
        roots.add_parsable_certificates(self.given.iter().cloned());
        Ok(Arc::new(roots))
    }
}

impl Identity {
    /// Both as PEM. An error says what is wrong with them, and shows no key.
    pub(crate) fn new(certificate_pem: &[u8], key_pem: &[u8]) -> Result<Identity, String> {
        let chain = certificates(certificate_pem)?;
        let key = PrivateKeyDer::from_pem_slice(key_pem)
            .map_err(|_| "there is no private key in it, or one that needs a password")?;
        let certified = CertifiedKey::from_der(chain, key, &ring::default_provider())
            .map_err(|error| format!("certificate and key cannot be used together: {error}"))?;
        Ok(Identity(Arc::new(SingleCertAndKey::from(certified))))
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("it is no PEM: {error}"))?;
    match certificates.is_empty() {
        true => Err("there is no certificate in it".into()),
        false => Ok(certificates),
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorities")
            .field("given", &self.given.len())
            .field("only_given", &self.only_given)
            .finish()
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("authorities", &self.authorities)
            .field("has_identity", &self.identity.is_some())
            .field("skip_verification", &self.skip_verification)
            .finish()
    }
}

/// Trust in the form in which connections need it, made for the first one.
pub(super) struct Handshakes {
    trust: Trust,
    config: OnceLock<Arc<ClientConfig>>,
}

impl Handshakes {
    pub(super) fn new(trust: Trust) -> Handshakes {
        Handshakes {
            trust,
            config: OnceLock::new(),
        }
    }

    /// Not in a build without TLS (`no_tls`).
    pub(super) fn are_possible(&self) -> Result<(), ureq::Error> {
        Ok(())
    }

    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, Error> {
        if let Some(config) = self.config.get() {
            return Ok(config.clone());
        }
        let config = Arc::new(config(&self.trust)?);
        Ok(self.config.get_or_init(|| config).clone())
    }
}

impl fmt::Debug for Handshakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.trust.fmt(f)
    }
}

fn config(trust: &Trust) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let judge = Judge {
        provider: provider.clone(),
        authorities: (!trust.skip_verification).then(|| trust.authorities.clone()),
        verifier: OnceLock::new(),
    };
    // 1.2 and 1.3; rustls has no others.
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(judge));
    Ok(match &trust.identity {
        Some(Identity(identity)) => builder.with_client_cert_resolver(identity.clone()),
        None => builder.with_no_client_auth(),
    })
}

/// Judges the certificates of peers. The authorities of the system are read for the first one: whoever meets none, such
/// as a registry of plain HTTP that is asked by TLS first, costs no reading.
struct Judge {
    provider: Arc<CryptoProvider>,
    /// None believes everybody. That the peer has its key is checked in any case.
    authorities: Option<Authorities>,
    verifier: OnceLock<Arc<WebPkiServerVerifier>>,
}

impl Judge {
    fn verifier(&self, authorities: &Authorities) -> Result<Arc<WebPkiServerVerifier>, Error> {
        if let Some(verifier) = self.verifier.get() {
            return Ok(verifier.clone());
        }
        let roots = authorities.roots().map_err(Error::General)?;
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, self.provider.clone())
            .build()
            .map_err(|error| Error::General(error.to_string()))?;
        Ok(self.verifier.get_or_init(|| verifier).clone())
    }
}

/// The derived one would bring in that of every part of a certificate.
impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge")
            .field("authorities", &self.authorities)
            .finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.authorities {
            Some(authorities) => {
                self.verifier(authorities)?
                    .verify_server_cert(certificate, others, name, ocsp, now)
            }
            None => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// What the TLS library says; our own words travel through it as a general error.
pub(super) fn tls_reason(error: io::Error) -> Box<dyn StdError + Send + Sync> {
    match error.downcast::<Error>() {
        Ok(Error::General(reason)) => reason.into(),
        Ok(error) => Box::new(error),
        Err(error) => Box::new(error),
    }
}

/// Whether a handshake failed because the peer does not speak TLS at all.
pub(crate) fn speaks_no_tls(error: &crate::error::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let inside = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        let tls = match inside {
            Some(inside) => inside.downcast_ref::<Error>(),
            None => error.downcast_ref::<Error>(),
        };
        if matches!(tls, Some(Error::InvalidMessage(_))) {
            return true;
        }
        cause = error.source();
    }
    false
}
