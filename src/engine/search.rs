//! `search`: what a registry's search service finds.

use serde::Deserialize;

use super::Engine;
use super::documents::filters_json;
use super::inspect::MAX_DOCUMENT;
use super::number::known;
use crate::call::Call;
use crate::credentials::Credential;
use crate::error::{Error, Result};
use crate::grammar::DOCKER_HUB;
use crate::http::Method;
use crate::oci::or_default;
use crate::reference::split_domain;

/// How a search is done.
#[derive(Debug, Clone, Default)]
pub struct SearchOptions {
    /// At most so many results, from 1 to 100. Default: the engine's, 25.
    pub limit: Option<u32>,
    /// `("is-official", "true")` or `("stars", "3")`.
    pub filters: Vec<(String, String)>,
    /// What to present to the registry instead of the engine's own credentials.
    pub credential: Option<Credential>,
}

/// A repository that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchResult {
    /// Its name.
    pub name: String,
    /// What its owner says of it.
    pub description: String,
    /// How many users like it.
    pub star_count: u64,
    /// Whether Docker publishes it.
    pub is_official: bool,
    /// Whether it was built by the registry; engines since 26 always say no.
    pub is_automated: bool,
    /// The engine's whole document, JSON.
    pub document: String,
}

impl Engine {
    /// Searches Docker Hub, or the registry whose host stands before the first slash of `term`, for repositories.
    ///
    /// `GET /images/search`. Registries without the old search service answer with an error.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for an empty term or a limit out of range,
    /// [`RegistryUnreachable`](crate::ErrorKind::RegistryUnreachable) when the engine cannot speak to the registry.
    pub fn search(
        &self,
        term: &str,
        options: &SearchOptions,
        call: &mut Call<'_>,
    ) -> Result<Vec<SearchResult>> {
        let SearchOptions {
            limit,
            filters,
            credential,
        } = options;
        if term.trim().is_empty() {
            return Err(Error::InvalidArgument {
                argument: "term",
                reason: "it is empty".into(),
            });
        }
        if limit.is_some_and(|limit| !(1..=100).contains(&limit)) {
            return Err(Error::InvalidArgument {
                argument: "limit",
                reason: "it must lie between 1 and 100".into(),
            });
        }
        let call = &mut *call.enter("search", term);
        let mut request = self
            .shared
            .request(Method::Get, &["images", "search"], call)?;
        request.url.query_pairs_mut().append_pair("term", term);
        if let Some(limit) = limit {
            request
                .url
                .query_pairs_mut()
                .append_pair("limit", &limit.to_string());
        }
        if !filters.is_empty() {
            request
                .url
                .query_pairs_mut()
                .append_pair("filters", &filters_json(filters));
        }
        let (host, _) = split_domain(term);
        let host = host.unwrap_or(DOCKER_HUB);
        let auth = self
            .shared
            .auth_header(host, "", credential.as_ref(), call)?;
        request.headers.push(auth);
        let document = self.shared.document(request, MAX_DOCUMENT, call)?;
        document.read_list(SearchDocument::with_document)
    }
}

/// dockerd writes `name` and `star_count`; podman `Name`, `Stars`, and `[OK]` for yes.
#[derive(Deserialize)]
struct SearchDocument {
    #[serde(alias = "Name", default, deserialize_with = "or_default")]
    name: String,
    #[serde(alias = "Description", default, deserialize_with = "or_default")]
    description: String,
    #[serde(alias = "Stars", default)]
    star_count: Option<i64>,
    #[serde(alias = "Official", default)]
    is_official: Yes,
    #[serde(alias = "Automated", default)]
    is_automated: Yes,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Yes {
    Bool(bool),
    Text(String),
    #[default]
    Nothing,
}

impl Yes {
    fn is_yes(&self) -> bool {
        match self {
            Yes::Bool(yes) => *yes,
            Yes::Text(text) => text == "[OK]",
            Yes::Nothing => false,
        }
    }
}

impl SearchDocument {
    fn with_document(self, document: &str) -> SearchResult {
        SearchResult {
            name: self.name,
            description: self.description,
            star_count: known(self.star_count).unwrap_or(0),
            is_official: self.is_official.is_yes(),
            is_automated: self.is_automated.is_yes(),
            document: document.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_both_engines_are_read() {
        for text in [
            r#"{"star_count":5,"is_official":true,"name":"e/ok","is_automated":false,"description":"d"}"#,
            r#"{"Index":"h","Name":"e/ok","Description":"d","Stars":5,"Official":"[OK]","Automated":"","Tag":""}"#,
        ] {
            let found: SearchDocument = serde_json::from_str(text).expect(text);
            let found = found.with_document(text);
            assert_eq!((found.name.as_str(), found.star_count), ("e/ok", 5));
            assert!(found.is_official && !found.is_automated);
        }
    }
}
