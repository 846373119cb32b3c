//! What is attached to an image: manifests that refer to it, and those that refer to them.

use std::collections::HashSet;

use super::choose::Chosen;
use super::source::Source;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::oci::{Descriptor, Manifest, ManifestContent};

/// More than anything has; each is kept until it is written.
const MAX_ATTACHED: usize = 1000;

/// Everything that is attached to the chosen manifests, each before what is attached to it.
pub(super) fn to(
    source: &dyn Source,
    chosen: &Chosen,
    call: &mut Call<'_>,
) -> Result<Vec<Manifest>> {
    let mut subjects: Vec<Digest> = chosen
        .listed
        .iter()
        .chain([&chosen.top])
        .map(|manifest| manifest.digest().clone())
        .collect();
    let mut seen: HashSet<Digest> = subjects.iter().cloned().collect();
    let mut found = Vec::new();
    while let Some(subject) = subjects.pop() {
        for referrer in source.referrers(&subject, call)? {
            if !seen.insert(referrer.digest.clone()) {
                continue;
            }
            if found.len() == MAX_ATTACHED {
                return Err(Error::Protocol {
                    context: call.context("", ""),
                    what: format!("more than {MAX_ATTACHED} manifests are attached to the image"),
                });
            }
            let manifest = source.manifest(&referrer, call)?;
            if let ManifestContent::Index(_) = manifest.content() {
                call.warn(&format!(
                    "the index {}, which is attached to the image, is not copied",
                    manifest.digest()
                ))?;
                continue;
            }
            subjects.push(referrer.digest);
            found.push(manifest);
        }
    }
    Ok(found)
}

/// What `index.json` says of it, so that nobody takes it for an image.
pub(super) fn entry(manifest: &Manifest) -> Descriptor {
    Descriptor {
        artifact_type: manifest.referrer_type().to_owned(),
        ..manifest.descriptor()
    }
}
