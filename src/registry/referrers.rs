//! What refers to a manifest: signatures, attestations, bills of materials (the distribution specification, "Listing
//! Referrers").

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use url::Url;

use super::manifests::Selector;
use super::refusal::{read_some, refused};
use super::scopes::Scopes;
use super::send::Order;
use super::{Registry, link};
use crate::call::Call;
use crate::digest::{Digest, Hasher};
use crate::error::{Error, Result};
use crate::http::Method;
use crate::oci::{Descriptor, Manifest, ManifestContent};
use crate::reference::Reference;

/// A page of the list is an index.
const MAX_PAGE: usize = 8 * 1024 * 1024;

/// Against lists without end.
const MAX_PAGES: usize = 1000;

/// A registry that does not list referrers is not asked again for so long.
const MEMORY: Duration = Duration::from_secs(5 * 60);

/// When a registry was found not to list referrers itself.
#[derive(Default)]
pub(super) struct ReferrersMemory(Mutex<Option<Instant>>);

impl ReferrersMemory {
    fn is_missing(&self) -> bool {
        let since = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_some_and(|since| since.elapsed() < MEMORY)
    }

    fn note_missing(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}

impl Registry {
    /// The manifests that refer to the manifest of the reference's digest, or else of its tag: signatures, bills of
    /// materials and the like; with `artifact_type` only those of that type. Nothing refers to a manifest that is not
    /// there.
    ///
    /// `GET /v2/<name>/referrers/<digest>`, once for each page; where the registry does not have that, the index under
    /// the tag `<algorithm>-<hex>`, which clients keep instead.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such tag.
    pub fn referrers(
        &self,
        reference: &Reference,
        artifact_type: Option<&str>,
        call: &mut Call<'_>,
    ) -> Result<Vec<Descriptor>> {
        let call = &mut *call.enter("referrers", reference);
        self.check(reference)?;
        let repository = reference.path();
        let digest = match reference.digest() {
            Some(digest) => digest.clone(),
            None => self.resolve(repository, Selector::of(reference), call)?,
        };
        let mut referrers = match self.listed_referrers(repository, &digest, artifact_type, call)? {
            Some(listed) => listed,
            None => self.tagged_referrers(repository, &digest, call)?,
        };
        // Registries may, but need not, do this themselves.
        referrers
            .retain(|referrer| artifact_type.is_none_or(|wanted| wanted == referrer.artifact_type));
        Ok(referrers)
    }

    /// Whether the registry lists referrers itself.
    pub(super) fn lists_referrers(
        &self,
        repository: &str,
        subject: &Digest,
        call: &mut Call<'_>,
    ) -> Result<bool> {
        let listed = self.listed_referrers(repository, subject, None, call)?;
        Ok(listed.is_some())
    }

    /// What the registry lists; nothing when it does not have such lists.
    fn listed_referrers(
        &self,
        repository: &str,
        digest: &Digest,
        artifact_type: Option<&str>,
        call: &mut Call<'_>,
    ) -> Result<Option<Vec<Descriptor>>> {
        if self.inner.referrers.is_missing() {
            return Ok(None);
        }
        let mut url = self.url(repository, &["referrers", digest.as_str()], call)?;
        if let Some(artifact_type) = artifact_type {
            url.query_pairs_mut()
                .append_pair("artifactType", artifact_type);
        }
        let mut referrers = Vec::new();
        for page in 0..MAX_PAGES {
            let Some((entries, next)) = self.referrers_page(repository, &url, page > 0, call)?
            else {
                self.inner.referrers.note_missing();
                return Ok(None);
            };
            referrers.extend(entries);
            match next {
                Some(next) => url = next,
                None => return Ok(Some(referrers)),
            }
        }
        Err(Error::Protocol {
            context: call.context(self.host(), ""),
            what: "the list of referrers has no end".into(),
        })
    }

    /// One page, and where the next one is; nothing when the registry does not have it. One that has the first page
    /// has all.
    fn referrers_page(
        &self,
        repository: &str,
        url: &Url,
        must_exist: bool,
        call: &mut Call<'_>,
    ) -> Result<Option<(Vec<Descriptor>, Option<Url>)>> {
        let mut order = Order::new(Method::Get, url.clone(), Scopes::pull(repository));
        order
            .headers
            .push(("accept", crate::oci::media_type::OCI_INDEX.into()));
        let mut answer = self.send(&order, call)?;
        match answer.status {
            200 => {}
            400 | 404 | 405 | 406 | 501 if !must_exist => {
                // Reading the rest keeps the connection.
                read_some(&mut answer, call)?;
                return Ok(None);
            }
            _ => return Err(refused(answer, call)),
        }
        let bytes = answer.body.document(call, MAX_PAGE)?;
        let broken = |what: String| Error::Protocol {
            context: answer.body.context(call),
            what,
        };
        let mut hasher = Hasher::sha256();
        hasher.update(&bytes);
        match Manifest::read(bytes, hasher.digest(), answer.header("content-type")) {
            Ok(manifest) => match manifest.content() {
                ManifestContent::Index(index) => {
                    let next = link::next_page(answer.headers("link"))
                        .map(|next| link::resolve(url, next))
                        .transpose()
                        .map_err(broken)?;
                    Ok(Some((index.manifests.clone(), next)))
                }
                _ if must_exist => Err(broken("the list of referrers is no index".into())),
                _ => Ok(None),
            },
            Err(what) if must_exist => Err(broken(what)),
            // Registries without such lists answer with their front page, too.
            Err(what) => {
                log::debug!("the registry lists no referrers: {what}");
                Ok(None)
            }
        }
    }
}
