//! `images`: what the engine has.

use serde::Deserialize;

use super::Engine;
use super::documents::filters_json;
use super::number::known;
use crate::call::Call;
use crate::error::Result;
use crate::http::Method;
use crate::oci::or_default;

/// A list of 100,000 images has about 60 MB.
const MAX_LIST: usize = 256 * 1024 * 1024;

/// Which images are listed, and what is told of them.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// Only images with this name; `*` and `?` stand for any characters. Without a tag all tags match.
    pub name: Option<String>,
    /// Also the intermediate images of builds.
    pub all: bool,
    /// The engine's filters, such as `("dangling", "true")` or `("label", "key=value")`. The same key may come several
    /// times.
    pub filters: Vec<(String, String)>,
    /// Also how much of each image other images have, too (API 1.42).
    pub shared_size: bool,
    /// Also the manifests of each image, in the document (API 1.47, containerd store only).
    pub manifests: bool,
}

/// An image in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSummary {
    /// The image ID: the config's digest, or on the containerd store the manifest's.
    pub id: String,
    /// The image it was built on; empty when unknown.
    pub parent_id: String,
    /// Its names with tags; empty when it has none.
    pub repo_tags: Vec<String>,
    /// Its names with digests.
    pub repo_digests: Vec<String>,
    /// Its labels, sorted by key.
    pub labels: Vec<(String, String)>,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// Its size in bytes, as the engine's store counts it.
    pub size: u64,
    /// How many bytes of it other images have, too; `None` unless it was asked for.
    pub shared_size: Option<u64>,
    /// How many containers use it; `None` when the engine does not tell.
    pub containers: Option<u64>,
    /// The engine's whole document, JSON.
    pub document: String,
}

impl Engine {
    /// Lists the images of the engine, in its order (usually the newest first).
    ///
    /// `GET /images/json`. docker-py's `quiet` is the `id` of each entry.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when the engine does not know a filter,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) when its version does not have an option.
    pub fn images(&self, options: &ListOptions, call: &mut Call<'_>) -> Result<Vec<ImageSummary>> {
        let ListOptions {
            name,
            all,
            filters,
            shared_size,
            manifests,
        } = options;
        let call = &mut *call.enter("images", name.as_deref().unwrap_or(""));
        let mut request = self
            .shared
            .request(Method::Get, &["images", "json"], call)?;
        if *all {
            request.url.query_pairs_mut().append_pair("all", "1");
        }
        if *shared_size {
            self.shared
                .require("1.42", "the shared size of images", call)?;
            request
                .url
                .query_pairs_mut()
                .append_pair("shared-size", "1");
        }
        if *manifests {
            self.shared
                .require("1.47", "the manifests of images in a list", call)?;
            request.url.query_pairs_mut().append_pair("manifests", "1");
        }
        let name = name
            .as_ref()
            .map(|name| ("reference".to_owned(), name.clone()));
        let filters: Vec<_> = filters.iter().cloned().chain(name).collect();
        if !filters.is_empty() {
            request
                .url
                .query_pairs_mut()
                .append_pair("filters", &filters_json(&filters));
        }
        let document = self.shared.document(request, MAX_LIST, call)?;
        document.read_list(SummaryDocument::with_document)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SummaryDocument {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    parent_id: String,
    #[serde(default, deserialize_with = "or_default")]
    repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    repo_digests: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    labels: std::collections::BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_default")]
    created: i64,
    #[serde(default, deserialize_with = "or_default")]
    size: i64,
    #[serde(default)]
    shared_size: Option<i64>,
    #[serde(default)]
    containers: Option<i64>,
}

impl SummaryDocument {
    fn with_document(self, document: &str) -> ImageSummary {
        ImageSummary {
            id: self.id,
            parent_id: self.parent_id,
            repo_tags: named(self.repo_tags),
            repo_digests: named(self.repo_digests),
            labels: self.labels.into_iter().collect(),
            created: self.created,
            size: known(Some(self.size)).unwrap_or(0),
            shared_size: known(self.shared_size),
            containers: known(self.containers),
            document: document.to_owned(),
        }
    }
}

/// Before API 1.43 an image without a name has the name `<none>`.
pub(super) fn named(mut names: Vec<String>) -> Vec<String> {
    names.retain(|name| !name.starts_with("<none>"));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_all_engines_are_read() {
        let read = |text: &str| {
            serde_json::from_str::<SummaryDocument>(text)
                .expect(text)
                .with_document(text)
        };
        let old = read(
            r#"{"Containers":-1,"Created":5,"Id":"sha256:a","Labels":null,"ParentId":"","RepoDigests":null,"RepoTags":["<none>:<none>"],"SharedSize":-1,"Size":7,"VirtualSize":7}"#,
        );
        assert_eq!((old.created, old.size, old.shared_size), (5, 7, None));
        assert!(old.repo_tags.is_empty() && old.repo_digests.is_empty());
        let podman =
            read(r#"{"Id":"b","RepoTags":null,"Names":["x"],"Created":1,"Labels":{"a":"b"}}"#);
        assert_eq!((podman.id.as_str(), podman.labels.len()), ("b", 1));
    }
}
