//! The tags of a repository (the distribution specification, "Listing Tags").

use super::Registry;
use super::pages::Pages;
use super::scopes::Scopes;
use crate::call::Call;
use crate::error::Result;
use crate::reference::{Reference, check_tag};

impl Registry {
    /// The tags of the repository that `repository` names, sorted by their bytes; its own tag or digest does not
    /// matter. Whatever a registry lists that is no tag is left out.
    ///
    /// `GET /v2/<name>/tags/list`, once for each page. Fails with [`ErrorKind::NotFound`](crate::ErrorKind::NotFound)
    /// when there is no such repository; a repository whose tags were all removed is empty in some registries and not
    /// there in others.
    pub fn tags(&self, repository: &Reference, call: &mut Call<'_>) -> Result<Vec<String>> {
        let call = &mut *call.enter("tags", repository.repository());
        self.check(repository)?;
        let path = repository.path();
        let list = self.url(path, &["tags", "list"], call)?;
        let mut pages = Pages::new(self, list, "tags", Scopes::pull(path));
        let mut tags = Vec::new();
        while let Some(page) = pages.next(call)? {
            tags.extend(page.into_iter().filter(|name| is_tag(name)));
        }
        tags.sort_unstable();
        Ok(tags)
    }
}

/// What is no tag is never put in a URL.
fn is_tag(name: &str) -> bool {
    match check_tag(name) {
        Ok(()) => true,
        // Artifactory lists digests among the tags.
        Err(_) if name.starts_with("sha256:") => false,
        Err(error) => {
            log::warn!("the registry lists a tag that is none: {error}");
            false
        }
    }
}
