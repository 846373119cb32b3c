//! Deleting (the distribution specification, "Content Management"): manifests with all their tags, single tags, blobs.

use super::Registry;
use super::blobs::digest_of;
use super::manifests::Selector;
use super::refusal::refused;
use super::scopes::Scopes;
use super::send::Order;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Method;
use crate::reference::Reference;

impl Registry {
    /// Removes the manifest of the reference's digest, or else of its tag (`latest` when there is none), and with it
    /// **every tag** of that manifest. Gives the digest that was removed. The manifests that an index lists stay. The
    /// registry frees the space when its own garbage collection runs.
    ///
    /// A manifest that says something about another one is also taken out of the list under that one's tag
    /// `<algorithm>-<hex>`, where the registry does not list [referrers](Registry::referrers) itself.
    ///
    /// `GET /v2/<name>/manifests/<reference>`, then `DELETE /v2/<name>/manifests/<digest>`. Fails with
    /// [`ErrorKind::NotFound`] when there is no such image, and with [`ErrorKind::Unsupported`] when the registry does
    /// not delete.
    pub fn delete_manifest(&self, reference: &Reference, call: &mut Call<'_>) -> Result<Digest> {
        let call = &mut *call.enter("delete_manifest", reference);
        self.check(reference)?;
        let repository = reference.path();
        let selector = Selector::of(reference);
        let scopes = Scopes::delete(repository);
        let (digest, subject) = match self.fetch_to_change(repository, selector, scopes, call) {
            Ok(manifest) => {
                let subject = manifest.subject().map(|subject| subject.digest.clone());
                (manifest.digest().clone(), subject)
            }
            // What cannot be read can be removed all the same.
            Err(error) => {
                call.check()?;
                log::debug!("removing a manifest that was not read: {error}");
                let digest = match reference.digest() {
                    Some(digest) => digest.clone(),
                    None => self.resolve(repository, selector, call)?,
                };
                (digest, None)
            }
        };
        self.delete(repository, &["manifests", digest.as_str()], call)?;
        if let Some(subject) = subject
            && !self.lists_referrers(repository, &subject, call)?
        {
            self.forget_referrer(repository, &subject, &digest, call)?;
        }
        Ok(digest)
    }

    /// Removes a tag; what it names stays, and its other tags. It never falls back to removing more.
    ///
    /// `DELETE /v2/<name>/manifests/<tag>`.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when there is no such tag, [`Unsupported`](ErrorKind::Unsupported) when the
    /// registry removes whole manifests only, [`InvalidArgument`](ErrorKind::InvalidArgument) for a reference with a
    /// digest.
    pub fn delete_tag(&self, reference: &Reference, call: &mut Call<'_>) -> Result<()> {
        let call = &mut *call.enter("delete_tag", reference);
        self.check(reference)?;
        if reference.digest().is_some() {
            return Err(Error::InvalidArgument {
                argument: "reference",
                reason: format!("{reference} has a digest, and a tag is to be removed"),
            });
        }
        self.delete(
            reference.path(),
            &["manifests", reference.tag_or_latest()],
            call,
        )
    }

    /// Removes **everything that has a tag** in the repository that `repository` names, with all the tags; its own tag
    /// or digest does not matter. Gives the tags that were removed.
    ///
    /// `GET /v2/<name>/tags/list`, then `DELETE /v2/<name>/manifests/<digest>` for what each of them names.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when there is no such repository, [`Unsupported`](ErrorKind::Unsupported) when
    /// the registry does not delete.
    pub fn delete_all_tags(
        &self,
        repository: &Reference,
        call: &mut Call<'_>,
    ) -> Result<Vec<String>> {
        let call = &mut *call.enter("delete_all_tags", repository.repository());
        let tags = self.tags(repository, call)?;
        let path = repository.path();
        for tag in &tags {
            let digest = match self.resolve(path, Selector::Tag(tag), call) {
                Ok(digest) => digest,
                // It went with another tag of the same manifest.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            self.delete(path, &["manifests", digest.as_str()], call)?;
        }
        Ok(tags)
    }

    /// Removes a blob from a repository, which `blob` names as `repository@digest`. Manifests that refer to it are
    /// broken then; mostly the registry's own garbage collection removes blobs.
    ///
    /// `DELETE /v2/<name>/blobs/<digest>`.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when it is not there, [`Unsupported`](ErrorKind::Unsupported) when the registry
    /// does not delete.
    pub fn delete_blob(&self, blob: &Reference, call: &mut Call<'_>) -> Result<()> {
        let call = &mut *call.enter("delete_blob", blob);
        self.check(blob)?;
        let digest = digest_of(blob)?;
        self.delete(blob.path(), &["blobs", digest.as_str()], call)
    }

    fn delete(&self, repository: &str, what: &[&str], call: &mut Call<'_>) -> Result<()> {
        let url = self.url(repository, what, call)?;
        let order = Order::new(Method::Delete, url, Scopes::delete(repository));
        let answer = self.send(&order, call)?;
        match answer.status {
            200 | 202 | 204 => Ok(()),
            // An earlier request did it, and its answer was lost.
            404 if answer.repeated => Ok(()),
            _ => Err(not_deleted(refused(answer, call))),
        }
    }
}

/// Says in plain words what a registry means that does not delete.
fn not_deleted(error: Error) -> Error {
    match error {
        // Older versions of docker-registry take a tag for a malformed digest.
        Error::Refused { context, answer }
            if answer.kind == ErrorKind::Unsupported || answer.code == "DIGEST_INVALID" =>
        {
            Error::Unsupported {
                context,
                what: format!(
                    "the registry does not delete images in this way ({answer}); its operator can allow it, or it has \
                     another way of its own"
                ),
            }
        }
        other => other,
    }
}
