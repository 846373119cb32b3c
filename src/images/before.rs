//! What the engine has at a moment: before an operation, it tells what comes with it from what was there.

use std::collections::HashMap;

use crate::call::Call;
use crate::engine::{Engine, ListOptions};
use crate::error::Result;
use crate::reference::Reference;

/// The IDs of an engine's images, each with its names.
#[derive(Debug, Default)]
pub(super) struct Before(HashMap<String, Vec<Reference>>);

impl Before {
    /// Asks the engine.
    pub(super) fn look(engine: &Engine, call: &mut Call<'_>) -> Result<Before> {
        let all = ListOptions {
            all: true,
            ..ListOptions::default()
        };
        let images = engine.images(&all, call)?.into_iter();
        Ok(Before(
            images
                .map(|image| {
                    let names = names(&image.repo_tags, &image.repo_digests);
                    (image.id, names)
                })
                .collect(),
        ))
    }

    /// Whether the engine had this image.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// The IDs of the images without a name that `earlier` does not know.
    pub(super) fn nameless_since<'b>(
        &'b self,
        earlier: &'b Before,
    ) -> impl Iterator<Item = &'b str> {
        let nameless = self.0.iter().filter(|(_, names)| names.is_empty());
        nameless
            .map(|(id, _)| id.as_str())
            .filter(|id| !earlier.knows(id))
    }

    /// The ID of the image that had this name.
    pub(super) fn holder(&self, name: &Reference) -> Option<&str> {
        let mut images = self.0.iter();
        let holder = images.find(|(_, names)| names.contains(name));
        holder.map(|(id, _)| id.as_str())
    }

    /// Whether this image had a tag in the repository of `name`.
    pub(super) fn has_tag_beside(&self, id: &str, name: &Reference) -> bool {
        let mut names = self.0.get(id).into_iter().flatten();
        names.any(|other| is_tag(other) && other.repository() == name.repository())
    }
}

/// What an engine calls the names of an image: dockerd keeps tags and digests apart, podman and the containerd store of
/// dockerd 26.1 list digests among the tags as well.
pub(super) fn names(tags: &[String], digests: &[String]) -> Vec<Reference> {
    let parsed = tags
        .iter()
        .chain(digests)
        .map(|name| Reference::parse(name));
    // A name that is none cannot be one that we work with.
    parsed.filter_map(Result::ok).collect()
}

/// Whether a name has a tag and no digest.
pub(super) fn is_tag(name: &Reference) -> bool {
    name.digest().is_none()
}
