//! The verbs on images that the engine has: list, inspect, tag, remove.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::name::{image_name, no_digest};
use super::{Engine, Shared};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{Method, Request, Response};
use crate::reference::Reference;

/// A list of 100,000 images has about 60 MB.
const MAX_LIST: usize = 256 * 1024 * 1024;

/// What an engine says of one image has at most some hundred KiB.
const MAX_DOCUMENT: usize = 16 * 1024 * 1024;

/// Which images are listed.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// Only images with this name; `*` and `?` stand for any characters. Without a tag all tags match.
    pub name: Option<String>,
    /// Also the intermediate images of builds.
    pub all: bool,
    /// The engine's filters, such as `("dangling", "true")` or `("label", "key=value")`. The same key may come several
    /// times.
    pub filters: Vec<(String, String)>,
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
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// Its size in bytes, as the engine's store counts it.
    pub size: i64,
    /// The engine's whole document, JSON.
    pub document: String,
}

/// What an engine knows of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageDetails {
    /// The image ID: the config's digest, or on the containerd store the manifest's.
    pub id: String,
    /// Its names with tags; empty when it has none.
    pub repo_tags: Vec<String>,
    /// Its names with digests.
    pub repo_digests: Vec<String>,
    /// When it was made, in RFC 3339; empty when unknown.
    pub created: String,
    /// The processor it is for, such as `amd64`.
    pub architecture: String,
    /// The variant of the processor; usually empty.
    pub variant: String,
    /// The system it is for, such as `linux`.
    pub os: String,
    /// Its size in bytes, as the engine's store counts it.
    pub size: i64,
    /// The diff IDs of its layers, the lowest first.
    pub layers: Vec<String>,
    /// The engine's whole document, JSON.
    pub document: String,
}

/// How an image is removed.
#[derive(Debug, Clone, Copy, Default)]
pub struct RemoveOptions {
    /// Also when it has several names, or a stopped container uses it.
    pub force: bool,
    /// Keeps the untagged images it was built on.
    pub no_prune: bool,
}

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// The names that are gone.
    pub untagged: Vec<String>,
    /// The IDs of images and layers that are gone, always with `sha256:`.
    pub deleted: Vec<String>,
}

impl Engine {
    /// Lists the images of the engine, in its order (usually the newest first).
    ///
    /// `GET /images/json`.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when the engine does not know a filter.
    pub fn images(&self, options: &ListOptions, call: &mut Call<'_>) -> Result<Vec<ImageSummary>> {
        let ListOptions { name, all, filters } = options;
        let call = &mut *call.enter("images", name.as_deref().unwrap_or_default());
        let mut request = self
            .shared
            .request(Method::Get, &["images", "json"], call)?;
        if *all {
            request.url.query_pairs_mut().append_pair("all", "1");
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
        let (mut response, document) = self.shared.document(request, MAX_LIST, call)?;
        let list: Vec<&RawValue> = understand(&document, &mut response, call)?;
        list.into_iter()
            .map(|entry| {
                let summary: SummaryDocument =
                    understand(entry.get().as_bytes(), &mut response, call)?;
                Ok(summary.with_document(entry.get()))
            })
            .collect()
    }

    /// Tells what the engine knows of an image, named by reference or ID.
    ///
    /// `GET /images/{name}/json`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the engine does not have it.
    #[doc(alias = "inspect")]
    pub fn inspect_image(&self, image: &str, call: &mut Call<'_>) -> Result<ImageDetails> {
        let image = image_name(image)?;
        let call = &mut *call.enter("inspect_image", image);
        let request = self
            .shared
            .request(Method::Get, &["images", image, "json"], call)?;
        let (mut response, document) = self.shared.document(request, MAX_DOCUMENT, call)?;
        let details: DetailsDocument = understand(&document, &mut response, call)?;
        Ok(details.with_document(String::from_utf8_lossy(&document).into_owned()))
    }

    /// Gives the image `image` (a reference or an ID) the name `repository` with `tag`; without a tag, the one in
    /// `repository`, or else `latest`. A name that another image had moves.
    ///
    /// `POST /images/{name}/tag`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the engine does not have the image,
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a name with a digest.
    pub fn tag(
        &self,
        image: &str,
        repository: &str,
        tag: Option<&str>,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let image = image_name(image)?;
        let name = Reference::parse(repository)?;
        no_digest(&name, "repository")?;
        let tag = tag.unwrap_or(name.tag_or_latest());
        let name = name.with_tag(tag)?;
        let call = &mut *call.enter("tag", format_args!("{image} as {name}"));
        let mut request = self
            .shared
            .request(Method::Post, &["images", image, "tag"], call)?;
        request
            .url
            .query_pairs_mut()
            .append_pair("repo", name.repository())
            .append_pair("tag", tag);
        // Some engines say 200 when they did nothing; done is 201.
        let mut response = self.shared.send(request, 201, call)?;
        response.body.document(call, MAX_DOCUMENT)?;
        Ok(())
    }

    /// Takes a name from an image, and removes the image when it was its last one; by ID, removes the image.
    ///
    /// `DELETE /images/{name}`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the engine does not have it,
    /// [`Conflict`](crate::ErrorKind::Conflict) when it is in use or has several names and `force` is not set.
    #[doc(alias = "rmi")]
    pub fn remove_image(
        &self,
        image: &str,
        options: &RemoveOptions,
        call: &mut Call<'_>,
    ) -> Result<Removed> {
        let RemoveOptions { force, no_prune } = *options;
        let image = image_name(image)?;
        let call = &mut *call.enter("remove_image", image);
        let mut request = self
            .shared
            .request(Method::Delete, &["images", image], call)?;
        if force {
            request.url.query_pairs_mut().append_pair("force", "1");
        }
        if no_prune {
            request.url.query_pairs_mut().append_pair("noprune", "1");
        }
        let (mut response, document) = self.shared.document(request, MAX_DOCUMENT, call)?;
        let entries: Option<Vec<RemovedEntry>> = understand(&document, &mut response, call)?;
        let mut removed = Removed::default();
        for entry in entries.unwrap_or_default() {
            removed.untagged.extend(entry.untagged);
            removed.deleted.extend(entry.deleted.map(with_algorithm));
        }
        Ok(removed)
    }
}

impl Shared {
    /// The document that answers a request.
    fn document(
        &self,
        request: Request<'_>,
        limit: usize,
        call: &mut Call<'_>,
    ) -> Result<(Response, Vec<u8>)> {
        let mut response = self.send(request, 200, call)?;
        let document = response.body.document(call, limit)?;
        Ok((response, document))
    }
}

fn understand<'d, T: Deserialize<'d>>(
    document: &'d [u8],
    response: &mut Response,
    call: &Call<'_>,
) -> Result<T> {
    serde_json::from_slice(document).map_err(|error| Error::Protocol {
        context: response.body.context(call),
        what: format!("the document is not understood: {error}"),
    })
}

/// `{"key":{"value":true}}`, the form that every engine reads.
fn filters_json(filters: &[(String, String)]) -> String {
    let mut keys = serde_json::Map::new();
    for (key, value) in filters {
        let values = keys.entry(key).or_insert_with(|| serde_json::json!({}));
        if let Some(values) = values.as_object_mut() {
            values.insert(value.clone(), true.into());
        }
    }
    serde_json::Value::Object(keys).to_string()
}

/// podman leaves the algorithm out.
fn with_algorithm(id: String) -> String {
    if id.contains(':') {
        id
    } else {
        format!("sha256:{id}")
    }
}

/// Engines send null where a list or text is empty.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
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
    created: i64,
    #[serde(default, deserialize_with = "or_default")]
    size: i64,
}

impl SummaryDocument {
    fn with_document(self, document: &str) -> ImageSummary {
        ImageSummary {
            id: self.id,
            parent_id: self.parent_id,
            repo_tags: named(self.repo_tags),
            repo_digests: named(self.repo_digests),
            created: self.created,
            size: self.size,
            document: document.to_owned(),
        }
    }
}

/// Before API 1.43 an image without a name has the name `<none>`.
fn named(mut names: Vec<String>) -> Vec<String> {
    names.retain(|name| !name.starts_with("<none>"));
    names
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DetailsDocument {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    repo_digests: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    created: String,
    #[serde(default, deserialize_with = "or_default")]
    architecture: String,
    #[serde(default, deserialize_with = "or_default")]
    variant: String,
    #[serde(default, deserialize_with = "or_default")]
    os: String,
    #[serde(default, deserialize_with = "or_default")]
    size: i64,
    #[serde(default, rename = "RootFS", deserialize_with = "or_default")]
    root_fs: RootFs,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RootFs {
    #[serde(default, deserialize_with = "or_default")]
    layers: Vec<String>,
}

impl DetailsDocument {
    fn with_document(self, document: String) -> ImageDetails {
        ImageDetails {
            id: self.id,
            repo_tags: named(self.repo_tags),
            repo_digests: named(self.repo_digests),
            created: self.created,
            architecture: self.architecture,
            variant: self.variant,
            os: self.os,
            size: self.size,
            layers: self.root_fs.layers,
            document,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RemovedEntry {
    untagged: Option<String>,
    deleted: Option<String>,
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
        assert_eq!((old.created, old.size), (5, 7));
        assert!(old.repo_tags.is_empty() && old.repo_digests.is_empty());
        let podman = read(r#"{"Id":"b","RepoTags":null,"Names":["x"],"Created":1}"#);
        assert_eq!(podman.id, "b");
    }

    #[test]
    fn filters_are_one_document() {
        let filter = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            filters_json(&[
                filter("label", "a=b"),
                filter("label", "c"),
                filter("dangling", "true")
            ]),
            r#"{"dangling":{"true":true},"label":{"a=b":true,"c":true}}"#
        );
    }
}
