//! `inspect_image`, `history` and `inspect_distribution`: what is known of one image.

use serde::Deserialize;

use super::Engine;
use super::list::named;
use super::name::image_name;
use super::number::known;
use super::platform::platform_json;
use crate::call::Call;
use crate::credentials::Credential;
use crate::error::Result;
use crate::http::Method;
use crate::oci::{Descriptor, Platform, or_default};
use crate::reference::Reference;

/// What an engine says of one image has at most some hundred KiB.
pub(super) const MAX_DOCUMENT: usize = 16 * 1024 * 1024;

/// What is told of an image.
#[derive(Debug, Clone, Default)]
pub struct InspectOptions {
    /// The platform to look at, as `os/arch[/variant]` (API 1.49).
    pub platform: Option<String>,
    /// Also the manifests of the image, in the document (API 1.48, containerd store only).
    pub manifests: bool,
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
    /// Who made it; usually empty.
    pub author: String,
    /// What its maker noted; usually empty.
    pub comment: String,
    /// The processor it is for, such as `amd64`.
    pub architecture: String,
    /// The variant of the processor; usually empty.
    pub variant: String,
    /// The system it is for, such as `linux`.
    pub os: String,
    /// Its size in bytes, as the engine's store counts it.
    pub size: u64,
    /// The diff IDs of its layers, the lowest first.
    pub layers: Vec<String>,
    /// The engine's whole document, JSON.
    pub document: String,
}

impl ImageDetails {
    /// What the image runs on.
    pub(crate) fn platform(&self) -> Platform {
        Platform {
            os: self.os.clone(),
            architecture: self.architecture.clone(),
            variant: self.variant.clone(),
            ..Platform::default()
        }
    }
}

/// One step of an image's making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The ID of the image after this step; empty when it is not known here, as in pulled images.
    pub id: String,
    /// When it was done, in seconds since 1970.
    pub created: i64,
    /// What was done.
    pub created_by: String,
    /// The names of the image after this step.
    pub tags: Vec<String>,
    /// How many bytes it added.
    pub size: u64,
    /// What its maker noted; usually empty.
    pub comment: String,
    /// The engine's whole document, JSON.
    pub document: String,
}

/// What a registry has under a name, asked through an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistributionDetails {
    /// Its manifest or index.
    pub descriptor: Descriptor,
    /// The platforms it is for; empty when the engine does not tell, as for a single OCI manifest.
    pub platforms: Vec<Platform>,
    /// The engine's whole document, JSON.
    pub document: String,
}

impl Engine {
    /// Tells what the engine knows of an image, named by reference or ID.
    ///
    /// `GET /images/{name}/json`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the engine does not have it,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) when its version does not have an option.
    #[doc(alias = "inspect")]
    pub fn inspect_image(
        &self,
        image: &str,
        options: &InspectOptions,
        call: &mut Call<'_>,
    ) -> Result<ImageDetails> {
        let InspectOptions {
            platform,
            manifests,
        } = options;
        let image = image_name(image)?;
        let platform = platform.as_deref().map(platform_json).transpose()?;
        let call = &mut *call.enter("inspect_image", image);
        let mut request = self
            .shared
            .request(Method::Get, &["images", image, "json"], call)?;
        if let Some(platform) = platform {
            self.shared
                .require("1.49", "a platform when inspecting an image", call)?;
            request
                .url
                .query_pairs_mut()
                .append_pair("platform", &platform);
        }
        if *manifests {
            self.shared
                .require("1.48", "manifests when inspecting an image", call)?;
            request.url.query_pairs_mut().append_pair("manifests", "1");
        }
        let document = self.shared.document(request, MAX_DOCUMENT, call)?;
        let details: DetailsDocument = document.read()?;
        Ok(details.with_document(document.into_text()?))
    }

    /// Tells how an image was made, the last step first.
    ///
    /// `GET /images/{name}/history`. `platform` (`os/arch[/variant]`) needs API 1.48.
    ///
    /// # Errors
    /// As [`inspect_image`](Engine::inspect_image).
    pub fn history(
        &self,
        image: &str,
        platform: Option<&str>,
        call: &mut Call<'_>,
    ) -> Result<Vec<HistoryEntry>> {
        let image = image_name(image)?;
        let platform = platform.map(platform_json).transpose()?;
        let call = &mut *call.enter("history", image);
        let mut request = self
            .shared
            .request(Method::Get, &["images", image, "history"], call)?;
        if let Some(platform) = platform {
            self.shared
                .require("1.48", "a platform for the history of an image", call)?;
            request
                .url
                .query_pairs_mut()
                .append_pair("platform", &platform);
        }
        let document = self.shared.document(request, MAX_DOCUMENT, call)?;
        document.read_list(HistoryDocument::with_document)
    }

    /// Asks the registry, through the engine, what it has under a name.
    ///
    /// `GET /distribution/{name}/json` (API 1.30). podman does not have it: ask with [`Registry`](crate::Registry).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`Unauthorized`](crate::ErrorKind::Unauthorized) or
    /// [`Denied`](crate::ErrorKind::Denied) when the registry says so,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) when the engine does not have it.
    pub fn inspect_distribution(
        &self,
        reference: &str,
        credential: Option<&Credential>,
        call: &mut Call<'_>,
    ) -> Result<DistributionDetails> {
        let reference = Reference::parse(reference)?;
        let call = &mut *call.enter("inspect_distribution", &reference);
        self.shared
            .require("1.30", "asking a registry through the engine", call)?;
        let name = match reference.digest() {
            Some(_) => reference.clone(),
            None => reference.with_tag(reference.tag_or_latest())?,
        };
        let path = ["distribution", name.as_str(), "json"];
        let mut request = self.shared.request(Method::Get, &path, call)?;
        let auth = self.shared.registry_auth(&reference, credential, call)?;
        request.headers.push(auth);
        let document = self.shared.document(request, MAX_DOCUMENT, call)?;
        let details: DistributionDocument = document.read()?;
        Ok(DistributionDetails {
            descriptor: details.descriptor,
            platforms: details.platforms,
            document: document.into_text()?,
        })
    }
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
    author: String,
    #[serde(default, deserialize_with = "or_default")]
    comment: String,
    #[serde(default, deserialize_with = "or_default")]
    architecture: String,
    #[serde(default, deserialize_with = "or_default")]
    variant: String,
    #[serde(default, deserialize_with = "or_default")]
    os: String,
    #[serde(default)]
    size: Option<i64>,
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
            author: self.author,
            comment: self.comment,
            architecture: self.architecture,
            variant: self.variant,
            os: self.os,
            size: known(self.size).unwrap_or(0),
            layers: self.root_fs.layers,
            document,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HistoryDocument {
    #[serde(default, deserialize_with = "or_default")]
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    created: i64,
    #[serde(default, deserialize_with = "or_default")]
    created_by: String,
    #[serde(default, deserialize_with = "or_default")]
    tags: Vec<String>,
    #[serde(default)]
    size: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    comment: String,
}

impl HistoryDocument {
    fn with_document(self, document: &str) -> HistoryEntry {
        let id = if self.id == "<missing>" {
            String::new()
        } else {
            self.id
        };
        HistoryEntry {
            id: if id.is_empty() {
                id
            } else {
                with_algorithm(id)
            },
            created: self.created,
            created_by: self.created_by,
            tags: self.tags,
            size: known(self.size).unwrap_or(0),
            comment: self.comment,
            document: document.to_owned(),
        }
    }
}

/// podman leaves the algorithm of an ID out.
pub(super) fn with_algorithm(id: String) -> String {
    if id.contains(':') {
        id
    } else {
        format!("sha256:{id}")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DistributionDocument {
    descriptor: Descriptor,
    #[serde(default, deserialize_with = "or_default")]
    platforms: Vec<Platform>,
}

/// What an engine knows that says this.
#[cfg(test)]
pub(super) fn details(document: &str) -> ImageDetails {
    let details: DetailsDocument = serde_json::from_str(document).expect("what an engine says");
    details.with_document(document.to_owned())
}
