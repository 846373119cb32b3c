//! The tag under which clients keep what refers to a manifest, for registries that do not list it themselves (the
//! distribution specification, "Referrers Tag Schema").

use serde_json::{Value, json};

use super::Registry;
use super::manifests::Selector;
use super::scopes::Scopes;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::oci::{Descriptor, Manifest, ManifestContent, media_type};

/// Clients that change the list at the same moment overwrite each other, so it is read again after each change.
const MAX_RACES: usize = 5;

impl Registry {
    /// What clients have noted under the tag of `subject`.
    pub(super) fn tagged_referrers(
        &self,
        repository: &str,
        subject: &Digest,
        call: &mut Call<'_>,
    ) -> Result<Vec<Descriptor>> {
        let tag = tag_of(subject);
        match self.fetch_manifest(repository, Selector::Tag(&tag), call) {
            Ok(manifest) => match manifest.content() {
                ManifestContent::Index(index) => Ok(index.manifests.clone()),
                _ => {
                    log::warn!("the tag {tag} of {repository} should list referrers and does not");
                    Ok(Vec::new())
                }
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Notes that `referrer`, which is in the repository, refers to `subject`.
    pub(super) fn note_referrer(
        &self,
        repository: &str,
        subject: &Digest,
        referrer: &Manifest,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let digest = referrer.digest().as_str();
        self.change_referrers(repository, subject, call, |listed| {
            let is_missing = !listed.iter().any(|entry| is_about(entry, digest));
            if is_missing {
                listed.push(descriptor(referrer));
            }
            is_missing
        })
    }

    /// Takes a manifest that was removed from the repository out of the list of what refers to `subject`.
    pub(super) fn forget_referrer(
        &self,
        repository: &str,
        subject: &Digest,
        referrer: &Digest,
        call: &mut Call<'_>,
    ) -> Result<()> {
        self.change_referrers(repository, subject, call, |listed| {
            let before = listed.len();
            listed.retain(|entry| !is_about(entry, referrer.as_str()));
            listed.len() != before
        })
    }

    /// Changes the list until `change` finds nothing to do, which it tells.
    fn change_referrers(
        &self,
        repository: &str,
        subject: &Digest,
        call: &mut Call<'_>,
        change: impl Fn(&mut Vec<Value>) -> bool,
    ) -> Result<()> {
        let tag = tag_of(subject);
        let at_tag = |mut error: Error| {
            if let Some(context) = error.context_mut() {
                context.stage = format!("the tag {tag}, which lists what refers to {subject}");
            }
            error
        };
        for _ in 0..MAX_RACES {
            let mut index = self
                .referrers_index(repository, &tag, call)
                .map_err(at_tag)?;
            let Some(listed) = index["manifests"].as_array_mut() else {
                break;
            };
            if !change(listed) {
                return Ok(());
            }
            self.put_at(
                repository,
                &tag,
                media_type::OCI_INDEX,
                index.to_string().as_bytes(),
                call,
            )
            .map_err(at_tag)?;
        }
        Err(Error::Protocol {
            context: call.context(self.host(), ""),
            what: format!("the tag {tag}, which lists what refers to {subject}, does not keep it"),
        })
    }

    /// The list as it is, with whatever else it says; an empty one where there is none.
    fn referrers_index(&self, repository: &str, tag: &str, call: &mut Call<'_>) -> Result<Value> {
        let not_a_list = |what: String, call: &Call<'_>| Error::Protocol {
            context: call.context(self.host(), ""),
            what,
        };
        let (selector, scopes) = (Selector::Tag(tag), Scopes::push(repository));
        let found = match self.fetch_to_change(repository, selector, scopes, call) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(json!({
                    "schemaVersion": 2,
                    "mediaType": media_type::OCI_INDEX,
                    "manifests": [],
                }));
            }
            Err(error) => return Err(error),
        };
        if found.media_type() != media_type::OCI_INDEX {
            let what = format!("it is no list but {}", found.media_type());
            return Err(not_a_list(what, call));
        }
        let mut index: Value = serde_json::from_slice(found.bytes())
            .map_err(|error| not_a_list(error.to_string(), call))?;
        if index["manifests"].is_null() {
            index["manifests"] = json!([]);
        }
        Ok(index)
    }
}

fn is_about(entry: &Value, digest: &str) -> bool {
    entry["digest"] == digest
}

/// What the list says of a manifest.
fn descriptor(manifest: &Manifest) -> Value {
    let mut descriptor = json!({
        "mediaType": manifest.media_type(),
        "digest": manifest.digest().as_str(),
        "size": manifest.bytes().len(),
    });
    let annotations = match manifest.content() {
        ManifestContent::Image(image) => &image.annotations,
        ManifestContent::Index(index) => &index.annotations,
        ManifestContent::Other => return descriptor,
    };
    let artifact_type = manifest.referrer_type();
    if !artifact_type.is_empty() {
        descriptor["artifactType"] = json!(artifact_type);
    }
    if !annotations.is_empty() {
        descriptor["annotations"] = json!(annotations);
    }
    descriptor
}

/// `<algorithm>-<hex>`, each cut to what the specification allows.
fn tag_of(digest: &Digest) -> String {
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    format!("{}-{}", cut(digest.algorithm(), 32), cut(digest.hex(), 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_referrers_is_a_tag_for_every_digest() {
        let hex = "a".repeat(128);
        for (digest, tag) in [
            (
                format!("sha256:{}", &hex[..64]),
                format!("sha256-{}", &hex[..64]),
            ),
            (format!("sha512:{hex}"), format!("sha512-{}", &hex[..64])),
        ] {
            assert_eq!(tag_of(&Digest::parse(&digest).unwrap()), tag);
        }
    }
}
