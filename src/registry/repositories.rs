//! The repositories of a registry: its catalogue, which is older than the distribution specification and not in it.

use super::Registry;
use super::listed::List;
use super::names::{Listing, Names};
use super::pages::Pages;
use super::scopes::Scopes;
use crate::call::Call;
use crate::error::Error;
use crate::reference::Reference;

impl Registry {
    /// The repositories of the registry one after the other, in its order, each without the registry's host. Nothing
    /// is sent before the first one is asked for.
    ///
    /// `GET /v2/_catalog`, once for each page. Reading fails with [`Unsupported`](crate::ErrorKind::Unsupported) where
    /// the registry does not show them to this account: Docker Hub, GitHub and GitLab show them to nobody.
    #[doc(alias = "catalog")]
    pub fn repositories(&self, call: &mut Call<'_>) -> Names {
        let listing = Listing {
            operation: "repositories",
            subject: self.host().to_owned(),
            is_name: is_repository,
            explain: not_shown,
        };
        let pages = Pages::new(self, &["_catalog"], List::Repositories, Scopes::catalog());
        Names::new(pages, listing, call)
    }
}

/// What is none is never put in a URL.
fn is_repository(name: &str) -> bool {
    match Reference::parse(&format!("registry.invalid/{name}")) {
        Ok(reference) if reference.path() == name => true,
        _ => {
            log::warn!("the registry lists a repository that is none: {name:?}");
            false
        }
    }
}

fn not_shown(error: Error) -> Error {
    match error {
        Error::Refused { context, answer }
            if matches!(answer.status, 401 | 403 | 404 | 405 | 501) =>
        {
            Error::Unsupported {
                context,
                what: format!(
                    "the registry does not show its repositories to this account ({answer}); name a repository, or log \
                     in as somebody who may see them"
                ),
            }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_repository_is_left_out() {
        assert!(is_repository("a") && is_repository("team/app.x"));
        for name in ["", "../x", "A", "a b", "a:1", "a@b", "a//b", "/a", "a?n=1"] {
            assert!(!is_repository(name), "{name}");
        }
    }
}
