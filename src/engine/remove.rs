//! `remove_image` and `prune_images`: what goes.

use serde::Deserialize;

use super::Engine;
use super::documents::filters_json;
use super::inspect::{MAX_DOCUMENT, with_algorithm};
use super::name::image_name;
use super::number::known;
use super::platform::platform_json;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::Method;
use crate::oci::or_default;

/// How an image is removed.
#[derive(Debug, Clone, Default)]
pub struct RemoveOptions {
    /// Also when it has several names, or a stopped container uses it.
    pub force: bool,
    /// Keeps the untagged images it was built on.
    pub no_prune: bool,
    /// Removes only these platforms of it, each as `os/arch[/variant]`; needs `force` (API 1.50).
    pub platforms: Vec<String>,
}

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// The names or tags that are gone.
    pub untagged: Vec<String>,
    /// The IDs of images and layers that are gone, or the digests of manifests, always with the algorithm.
    pub deleted: Vec<String>,
}

/// What was cleared away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The names and IDs that are gone.
    pub removed: Removed,
    /// How many bytes that freed.
    pub space_reclaimed: u64,
}

impl Engine {
    /// Takes a name from an image, and removes the image when it was its last one; by ID, removes the image.
    ///
    /// `DELETE /images/{name}`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the engine does not have it,
    /// [`Conflict`](crate::ErrorKind::Conflict) when it is in use or has several names and `force` is not set,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for `platforms` on an engine before API 1.50, which would remove
    /// the whole image.
    #[doc(alias = "rmi")]
    pub fn remove_image(
        &self,
        image: &str,
        options: &RemoveOptions,
        call: &mut Call<'_>,
    ) -> Result<Removed> {
        let RemoveOptions {
            force,
            no_prune,
            platforms,
        } = options;
        let image = image_name(image)?;
        let platforms = platforms.iter().map(|platform| platform_json(platform));
        let platforms = platforms.collect::<Result<Vec<_>>>()?;
        if !platforms.is_empty() && !force {
            return Err(Error::InvalidArgument {
                argument: "platforms",
                reason: "the content goes from all images that have it, which needs force".into(),
            });
        }
        let call = &mut *call.enter("remove_image", image);
        let mut request = self
            .shared
            .request(Method::Delete, &["images", image], call)?;
        if *force {
            request.url.query_pairs_mut().append_pair("force", "1");
        }
        if *no_prune {
            request.url.query_pairs_mut().append_pair("noprune", "1");
        }
        if !platforms.is_empty() {
            self.shared
                .require("1.50", "removing single platforms", call)?;
            request
                .url
                .query_pairs_mut()
                .extend_pairs(platforms.iter().map(|platform| ("platforms", platform)));
        }
        let document = self.shared.document(request, MAX_DOCUMENT, call)?;
        let entries = document.read_list(|entry: RemovedEntry, _| entry)?;
        Ok(entries.into_iter().collect())
    }

    /// Removes images that nobody uses: those without a name, or with the filter `("dangling", "false")` all that no
    /// container uses. Other filters are `label`, `label!` and `until`.
    ///
    /// `POST /images/prune` (API 1.25). It runs to its end also when the call is left.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when the engine does not know a filter,
    /// [`Conflict`](crate::ErrorKind::Conflict) while another one runs.
    #[doc(alias = "prune")]
    pub fn prune_images(
        &self,
        filters: &[(String, String)],
        call: &mut Call<'_>,
    ) -> Result<Pruned> {
        let call = &mut *call.enter("prune_images", "");
        self.shared.require("1.25", "pruning images", call)?;
        let mut request = self
            .shared
            .request(Method::Post, &["images", "prune"], call)?;
        if !filters.is_empty() {
            request
                .url
                .query_pairs_mut()
                .append_pair("filters", &filters_json(filters));
        }
        // It deletes many files before it answers.
        request.manner.pace = self.shared.patience();
        let document = self.shared.document(request, MAX_DOCUMENT, call)?;
        let pruned: PrunedDocument = document.read()?;
        Ok(Pruned {
            removed: pruned.images_deleted.into_iter().collect(),
            space_reclaimed: known(pruned.space_reclaimed).unwrap_or(0),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RemovedEntry {
    untagged: Option<String>,
    deleted: Option<String>,
}

impl FromIterator<RemovedEntry> for Removed {
    fn from_iter<T: IntoIterator<Item = RemovedEntry>>(entries: T) -> Removed {
        let mut removed = Removed::default();
        for entry in entries {
            removed.untagged.extend(entry.untagged);
            removed.deleted.extend(entry.deleted.map(with_algorithm));
        }
        removed
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrunedDocument {
    #[serde(default, deserialize_with = "or_default")]
    images_deleted: Vec<RemovedEntry>,
    #[serde(default)]
    space_reclaimed: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_engines_removed_is_read_in_all_their_words() {
        let entries: Vec<RemovedEntry> = serde_json::from_str(
            r#"[{"Untagged":"a:1"},{"Deleted":"388baac1"},{"Untagged":"sha256:51"},{"Deleted":"sha256:51"}]"#,
        )
        .expect("entries");
        let removed: Removed = entries.into_iter().collect();
        assert_eq!(removed.untagged, ["a:1", "sha256:51"]);
        assert_eq!(removed.deleted, ["sha256:388baac1", "sha256:51"]);
        let nothing: PrunedDocument =
            serde_json::from_str(r#"{"ImagesDeleted":null,"SpaceReclaimed":0}"#).expect("nothing");
        assert!(nothing.images_deleted.is_empty());
    }
}
