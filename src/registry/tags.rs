//! The tags of a repository (the distribution specification, "Listing Tags").

use super::Registry;
use super::listed::List;
use super::names::{Listing, Names};
use super::pages::Pages;
use super::scopes::Scopes;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::reference::{Reference, check_tag};

impl Registry {
    /// The tags of the repository that `repository` names, sorted by their bytes; its own tag or digest does not
    /// matter. Whatever a registry lists that is no tag is left out.
    ///
    /// `GET /v2/<name>/tags/list`, once for each page.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such repository; a repository whose tags were all
    /// removed is empty in some registries and not there in others.
    pub fn tags(&self, repository: &Reference, call: &mut Call<'_>) -> Result<Vec<String>> {
        let call = &mut *call.enter("tags", repository.repository());
        let mut tags = self.list_tags(repository, call)?.rest(call)?;
        tags.sort_unstable();
        Ok(tags)
    }

    /// The tags of a repository one after the other, in the order of the registry. Nothing is sent before the first
    /// one is asked for.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when it is of another registry.
    pub fn list_tags(&self, repository: &Reference, call: &mut Call<'_>) -> Result<Names> {
        self.check(repository)?;
        let path = repository.path();
        let segments: Vec<_> = path.split('/').chain(["tags", "list"]).collect();
        let listing = Listing {
            operation: "tags",
            subject: repository.repository().to_owned(),
            is_name: is_tag,
            explain: |error: Error| error,
        };
        let pages = Pages::new(self, &segments, List::Tags, Scopes::pull(path));
        Ok(Names::new(pages, listing, call))
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
