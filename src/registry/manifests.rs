//! Manifests: their digests and their bytes (the distribution specification, "Pulling manifests").

use super::Registry;
use super::mirrors::By;
use super::refusal::{expect, refused};
use super::scopes::Scopes;
use super::send::Order;
use crate::call::Call;
use crate::digest::{Digest, Hasher};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Method, Response};
use crate::oci::{Descriptor, Manifest, media_type};
use crate::reference::Reference;

/// Registries must take manifests of 4 MiB; this leaves room for those that take more.
const MAX_MANIFEST: usize = 8 * 1024 * 1024;

/// What is read. It goes with every request for a manifest: without it registries say that the manifest does not
/// exist, or convert it into one with another digest (measured).
const ACCEPTED: [&str; 4] = [
    media_type::OCI_INDEX,
    media_type::OCI_MANIFEST,
    media_type::DOCKER_LIST,
    media_type::DOCKER_MANIFEST,
];

/// The header in which registries say a manifest's digest, mostly.
const DIGEST_HEADER: &str = "docker-content-digest";

/// What selects a manifest within its repository.
#[derive(Clone, Copy)]
pub(super) enum Selector<'s> {
    Tag(&'s str),
    Digest(&'s Digest),
}

impl<'s> Selector<'s> {
    pub(super) fn of(reference: &'s Reference) -> Selector<'s> {
        match reference.digest() {
            Some(digest) => Selector::Digest(digest),
            None => Selector::Tag(reference.tag_or_latest()),
        }
    }

    fn as_str(self) -> &'s str {
        match self {
            Selector::Tag(tag) => tag,
            Selector::Digest(digest) => digest.as_str(),
        }
    }
}

/// What a registry says of a manifest without sending it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManifestHead {
    /// Its digest; `None` where the registry does not say it.
    pub digest: Option<Digest>,
    /// Its media type; empty where the registry does not say it.
    pub media_type: String,
    /// Its size in bytes (not that of the image); `None` where the registry does not say it.
    pub size: Option<u64>,
}

impl Registry {
    /// The digest that the registry has for the reference's tag (`latest` when there is none). It is the registry's
    /// word: what uses the content gets it by this digest and verifies it. A reference with a digest gives that
    /// digest, when the registry has it.
    ///
    /// `HEAD /v2/<name>/manifests/<reference>`, which is not counted as a pull; and `GET` where that is refused or does
    /// not tell the digest. Fails with [`ErrorKind::NotFound`] when there is no such image.
    pub fn digest(&self, reference: &Reference, call: &mut Call<'_>) -> Result<Digest> {
        let call = &mut *call.enter("digest", reference);
        self.check(reference)?;
        self.resolve(reference.path(), Selector::of(reference), call)
    }

    /// What the registry says of the manifest without sending it. It is the registry's word, as
    /// [`digest`](Registry::digest) is.
    ///
    /// `HEAD /v2/<name>/manifests/<reference>`, which is not counted as a pull. Fails with [`ErrorKind::NotFound`] when
    /// there is no such image.
    pub fn head_manifest(
        &self,
        reference: &Reference,
        call: &mut Call<'_>,
    ) -> Result<ManifestHead> {
        let call = &mut *call.enter("head_manifest", reference);
        self.check(reference)?;
        let selector = Selector::of(reference);
        let order = self.manifest_order(Method::Head, reference.path(), selector, call)?;
        let answer = expect(self.send(&order, call)?, &[200], call)?;
        Ok(ManifestHead {
            digest: told_digest(&answer),
            media_type: answer.header("content-type").unwrap_or("").to_owned(),
            size: answer.content_length(),
        })
    }

    /// The manifest of the reference's digest, or else of its tag (`latest` when there is none), byte for byte and
    /// verified. An image for several platforms has an index as its manifest.
    ///
    /// `GET /v2/<name>/manifests/<reference>`. Fails with [`ErrorKind::NotFound`] when there is no such image, with
    /// [`ErrorKind::DigestMismatch`] when the bytes are not what they should be, and with [`ErrorKind::Unsupported`]
    /// for an image that is stored in Docker's format of before 2016 only.
    pub fn get_manifest(&self, reference: &Reference, call: &mut Call<'_>) -> Result<Manifest> {
        let call = &mut *call.enter("get_manifest", reference);
        self.check(reference)?;
        self.fetch_manifest(reference.path(), Selector::of(reference), call)
    }

    pub(super) fn resolve(
        &self,
        repository: &str,
        selector: Selector<'_>,
        call: &mut Call<'_>,
    ) -> Result<Digest> {
        let order = self.manifest_order(Method::Head, repository, selector, call)?;
        let answer = self.send(&order, call)?;
        let told = match answer.status {
            200 => told_digest(&answer),
            // Some firewalls and registries do not like HEAD; and what they say of it has no text.
            400 | 403 | 405 | 501 => None,
            _ => return Err(refused(answer, call)),
        };
        match (selector, told) {
            (Selector::Tag(_), Some(told)) => Ok(told),
            (Selector::Digest(asked), Some(told)) => {
                // A registry may know the same content by another algorithm.
                if told.algorithm() == asked.algorithm() && told != *asked {
                    return Err(mismatch(&answer, asked, &told, call));
                }
                Ok(asked.clone())
            }
            (Selector::Digest(asked), None) if answer.status == 200 => Ok(asked.clone()),
            (_, None) => {
                let manifest = self.fetch_manifest(repository, selector, call)?;
                Ok(manifest.digest().clone())
            }
        }
    }

    /// The manifest that an index lists.
    pub(super) fn fetch_listed(
        &self,
        repository: &str,
        entry: &Descriptor,
        call: &mut Call<'_>,
    ) -> Result<Manifest> {
        let manifest = self.fetch_manifest(repository, Selector::Digest(&entry.digest), call)?;
        match manifest.bytes().len() as u64 {
            size if size == entry.size => Ok(manifest),
            size => Err(Error::DigestMismatch {
                context: call.context(self.host(), ""),
                expected: format!("{} bytes for {}", entry.size, entry.digest),
                actual: format!("{size} bytes"),
            }),
        }
    }

    /// The manifest, verified against the digest that selects it or that the answer names. One that came with other
    /// bytes than its digest says is asked for once more, at the registry itself: a mirror or a cache on the way may have
    /// mixed it up.
    pub(super) fn fetch_manifest(
        &self,
        repository: &str,
        selector: Selector<'_>,
        call: &mut Call<'_>,
    ) -> Result<Manifest> {
        let mut order = self.manifest_order(Method::Get, repository, selector, call)?;
        order.mirrored = Some(match selector {
            Selector::Tag(_) => By::Tag,
            Selector::Digest(_) => By::Digest,
        });
        match self.fetch_ordered(&order, selector, call) {
            Err(error) if error.kind() == ErrorKind::DigestMismatch => {
                log::debug!("asking for a manifest once more: {error}");
                order.mirrored = None;
                self.fetch_ordered(&order, selector, call)
            }
            other => other,
        }
    }

    /// The manifest that the registry itself has, for a change that needs `scopes`: so one token does for both.
    pub(super) fn fetch_to_change(
        &self,
        repository: &str,
        selector: Selector<'_>,
        scopes: Scopes,
        call: &mut Call<'_>,
    ) -> Result<Manifest> {
        let mut order = self.manifest_order(Method::Get, repository, selector, call)?;
        order.scopes = scopes;
        self.fetch_ordered(&order, selector, call)
    }

    fn fetch_ordered(
        &self,
        order: &Order,
        selector: Selector<'_>,
        call: &mut Call<'_>,
    ) -> Result<Manifest> {
        let (answer, bytes) = self.document(order, MAX_MANIFEST, call)?;
        let promised = match selector {
            Selector::Digest(digest) => Some(digest.clone()),
            Selector::Tag(_) => told_digest(&answer),
        };
        let mut hasher = promised.as_ref().map_or_else(Hasher::sha256, Hasher::like);
        hasher.update(&bytes);
        let actual = hasher.digest();
        let manifest = Manifest::read(bytes, actual.clone(), answer.header("content-type"));
        let by_tag = matches!(selector, Selector::Tag(_));
        if by_tag && manifest.as_ref().is_ok_and(Manifest::is_schema1) {
            return Err(Error::Unsupported {
                context: answer.body.context(call),
                what: "the registry has this image only in Docker's format of before 2016 (schema 1); push it again \
                       with a current tool"
                    .into(),
            });
        }
        match promised {
            Some(promised) if promised != actual => {
                Err(mismatch(&answer, &promised, &actual, call))
            }
            _ => manifest.map_err(|what| Error::Protocol {
                context: answer.body.context(call),
                what,
            }),
        }
    }

    fn manifest_order(
        &self,
        method: Method,
        repository: &str,
        selector: Selector<'_>,
        call: &mut Call<'_>,
    ) -> Result<Order> {
        let url = self.url(repository, &["manifests", selector.as_str()], call)?;
        let mut order = Order::new(method, url, Scopes::pull(repository));
        order.headers.push(("accept", ACCEPTED.join(", ")));
        Ok(order)
    }
}

/// What the registry says the digest is; nothing when it says nonsense.
pub(super) fn told_digest(answer: &Response) -> Option<Digest> {
    Digest::parse(answer.header(DIGEST_HEADER)?.trim()).ok()
}

pub(super) fn mismatch(
    answer: &Response,
    expected: &Digest,
    actual: &Digest,
    call: &Call<'_>,
) -> Error {
    Error::DigestMismatch {
        context: answer.body.context(call),
        expected: expected.to_string(),
        actual: actual.to_string(),
    }
}
