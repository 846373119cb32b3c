//! Putting a manifest (the distribution specification, "Pushing Manifests").

use serde::Deserialize;

use super::Registry;
use super::manifests::{Selector, mismatch, told_digest};
use super::payload::Payload;
use super::refusal::expect;
use super::scopes::Scopes;
use super::send::{Order, settled};
use crate::call::Call;
use crate::digest::{Digest, Hasher};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Method, Response};
use crate::oci::Manifest;
use crate::reference::Reference;

impl Registry {
    /// Puts a manifest under the reference's tag, or else under its own digest, which a reference with a digest must
    /// have. What it refers to must be there. Gives its digest.
    ///
    /// A manifest that says something about another one (its `subject`) is also noted under that one's tag
    /// `<algorithm>-<hex>`, where the registry does not list [referrers](Registry::referrers) itself.
    ///
    /// `PUT /v2/<name>/manifests/<reference>`, byte for byte.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when the document is not JSON, says another media type or has
    /// another digest, before anything is sent; [`Registry`](crate::ErrorKind::Registry) with the code
    /// `MANIFEST_BLOB_UNKNOWN` when something that it refers to is not there.
    pub fn put_manifest(
        &self,
        reference: &Reference,
        media_type: &str,
        manifest: &[u8],
        call: &mut Call<'_>,
    ) -> Result<Digest> {
        let call = &mut *call.enter("put_manifest", reference);
        self.check(reference)?;
        check_media_type(media_type, manifest)?;
        let mut hasher = reference.digest().map_or_else(Hasher::sha256, Hasher::like);
        hasher.update(manifest);
        let digest = hasher.digest();
        let selector = match (reference.tag(), reference.digest()) {
            (_, Some(other)) if *other != digest => {
                return Err(Error::InvalidArgument {
                    argument: "reference",
                    reason: format!("it has the digest {other}, and the manifest has {digest}"),
                });
            }
            (Some(tag), _) => tag,
            (None, _) => digest.as_str(),
        };
        let answer = self.put_at(reference.path(), selector, media_type, manifest, call)?;
        match told_digest(&answer) {
            Some(told) if told.algorithm() == digest.algorithm() && told != digest => {
                return Err(mismatch(&answer, &digest, &told, call));
            }
            Some(_) => {}
            // Some say nothing; then the manifest is looked for.
            None => match self.resolve(reference.path(), Selector::Digest(&digest), call) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return Err(Error::Protocol {
                        context: answer.body.context(call),
                        what: "the manifest was taken by its answer, and is not there".into(),
                    });
                }
                found => drop(found?),
            },
        }
        // A registry that lists referrers says so here.
        if answer.header("oci-subject").is_none()
            && let Ok(put) = Manifest::read(manifest.to_vec(), digest.clone(), Some(media_type))
            && let Some(subject) = put.subject()
        {
            self.note_referrer(reference.path(), &subject.digest, &put, call)?;
        }
        Ok(digest)
    }

    /// Puts a document under a tag or its digest, byte for byte.
    pub(super) fn put_at(
        &self,
        repository: &str,
        selector: &str,
        media_type: &str,
        document: &[u8],
        call: &mut Call<'_>,
    ) -> Result<Response> {
        let url = self.url(repository, &["manifests", selector], call)?;
        let mut order = Order::new(Method::Put, url, Scopes::push(repository));
        order.headers.push(("content-type", media_type.to_owned()));
        let retries = &self.inner.retries;
        // The same bytes again are the same manifest.
        retries.persist(call, |_, call| {
            retries.wait_turn(call)?;
            let answer = self.send_to_registry(&order, &mut Payload::Document(document), call)?;
            expect(settled(answer, call)?, &[201, 200, 202, 204], call)
        })
    }
}

/// Registries refuse a document that is sent as another one than it says.
fn check_media_type(media_type: &str, manifest: &[u8]) -> Result<()> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Document {
        media_type: Option<String>,
    }
    let invalid = |argument, reason| Err(Error::InvalidArgument { argument, reason });
    let is_part = |part: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte);
        !part.is_empty() && part.bytes().all(known)
    };
    let is_media_type = media_type
        .split_once('/')
        .is_some_and(|(kind, name)| is_part(kind) && is_part(name));
    if !is_media_type {
        return invalid("media_type", format!("{media_type:?} is not a media type"));
    }
    match serde_json::from_slice::<Document>(manifest) {
        Ok(Document {
            media_type: Some(own),
        }) if own != media_type => invalid(
            "media_type",
            format!("it is {media_type}, and the manifest says that it is {own}"),
        ),
        Ok(_) => Ok(()),
        Err(error) => invalid("manifest", format!("it is not a JSON document: {error}")),
    }
}
