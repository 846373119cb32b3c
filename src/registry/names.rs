//! Names that a registry lists: tags and repositories, one after the other, a page at a time.

use std::collections::VecDeque;
use std::fmt;

use super::pages::Pages;
use crate::call::{Call, CallSettings};
use crate::error::{Error, Result};

/// The tags of a repository, or the repositories of a registry, in the order of the registry and each once.
///
/// The next page is asked for when its first name is wanted. It is an [`Iterator`], which uses the cancel flag and the
/// limits of the call that asked for it, and ends after a failure.
pub struct Names {
    pages: Pages,
    operation: &'static str,
    subject: String,
    settings: CallSettings,
    is_name: fn(&str) -> bool,
    explain: fn(Error) -> Error,
    waiting: VecDeque<String>,
    has_failed: bool,
}

/// What a list of [`Names`] is about.
pub(super) struct Listing {
    pub(super) operation: &'static str,
    pub(super) subject: String,
    /// What is none is left out, and never put in a URL.
    pub(super) is_name: fn(&str) -> bool,
    /// Says in plain words why there is no list.
    pub(super) explain: fn(Error) -> Error,
}

impl Names {
    pub(super) fn new(pages: Pages, listing: Listing, call: &Call<'_>) -> Names {
        Names {
            pages,
            operation: listing.operation,
            subject: listing.subject,
            settings: call.settings(),
            is_name: listing.is_name,
            explain: listing.explain,
            waiting: VecDeque::new(),
            has_failed: false,
        }
    }

    /// The next name; `None` after the last one.
    ///
    /// # Errors
    /// When the next page cannot be fetched. A failure is final.
    pub fn next_with(&mut self, call: &mut Call<'_>) -> Result<Option<String>> {
        if let Some(name) = self.ready() {
            return Ok(Some(name));
        }
        let call = &mut *call.enter(self.operation, &self.subject);
        if self.has_failed {
            let reason = "listing these names has failed before: begin again";
            return Err(Error::InvalidState(reason.into()));
        }
        self.fill(call)?;
        Ok(self.waiting.pop_front())
    }

    /// The next name of a page that is here already: nothing is asked for it, so no call has to do with it.
    pub(crate) fn ready(&mut self) -> Option<String> {
        self.waiting.pop_front()
    }

    /// Fetches pages until there is a name, or until the end.
    fn fill(&mut self, call: &mut Call<'_>) -> Result<()> {
        while self.waiting.is_empty() {
            match self.pages.next(call) {
                Ok(Some(page)) => {
                    let names = page.into_iter().filter(|name| (self.is_name)(name));
                    self.waiting.extend(names);
                }
                Ok(None) => break,
                Err(error) => {
                    self.has_failed = true;
                    return Err((self.explain)(error));
                }
            }
        }
        Ok(())
    }

    /// All names that are left.
    ///
    /// # Errors
    /// As [`next_with`](Names::next_with).
    pub fn rest(mut self, call: &mut Call<'_>) -> Result<Vec<String>> {
        let call = &mut *call.enter(self.operation, &self.subject);
        let mut names = Vec::new();
        while let Some(name) = self.next_with(call)? {
            names.push(name);
            names.extend(self.waiting.drain(..));
        }
        Ok(names)
    }
}

impl Iterator for Names {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Result<String>> {
        if self.has_failed {
            return None;
        }
        let mut call = self.settings.call();
        self.next_with(&mut call).transpose()
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names")
            .field("operation", &self.operation)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
