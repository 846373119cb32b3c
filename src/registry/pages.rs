//! Lists that come in pages (the distribution specification, "Content discovery"), from registries that page rightly,
//! wrongly or not at all.

use std::collections::HashSet;
use std::mem;

use url::Url;

use super::Registry;
use super::link;
use super::listed::{self, List};
use super::scopes::Scopes;
use super::seen::Seen;
use super::send::Order;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{Method, Response};

/// Page sizes to ask for, until the registry takes one: the first is the most that ECR and distribution allow, with the
/// last it is not told any.
const SIZES: [Option<u32>; 3] = [Some(1000), Some(100), None];

/// A page of a thousand names of the greatest length is a quarter of it.
const MAX_PAGE: usize = 8 * 1024 * 1024;

/// Against lists without end.
const MAX_PAGES: usize = 10_000;
const MAX_ENTRIES: usize = 5_000_000;

/// So many pages in a row without anything new are a loop.
const MAX_FRUITLESS: usize = 3;

/// A list of names, page by page. Names come in the registry's order, and each only once.
pub(super) struct Pages {
    registry: Registry,
    /// Where the list is, below `/v2/`; without a query.
    path: Vec<String>,
    list: List,
    scopes: Scopes,
    size: Option<u32>,
    next: Next,
    /// The last name of the last page.
    last: Option<String>,
    /// Whether a link did not lead anywhere, so that the next page is asked for in our own words.
    link_failed: bool,
    visited: HashSet<Url>,
    seen: Seen,
    fruitless: usize,
}

enum Next {
    First,
    /// The registry says that there is more.
    Linked(Url),
    /// It does not say so, but the page was full: some proxies lose the link.
    Perhaps,
    End,
}

struct Page {
    url: Url,
    answer: Response,
    names: Vec<String>,
    /// How many entries it had, with those that are no names.
    length: usize,
}

impl Pages {
    pub(super) fn new(registry: &Registry, path: &[&str], list: List, scopes: Scopes) -> Pages {
        Pages {
            registry: registry.clone(),
            path: path.iter().map(|segment| (*segment).to_owned()).collect(),
            list,
            scopes,
            size: None,
            next: Next::First,
            last: None,
            link_failed: false,
            visited: HashSet::new(),
            seen: Seen::default(),
            fruitless: 0,
        }
    }

    /// The names of the next page that were on no page before; `None` after the last page.
    pub(super) fn next(&mut self, call: &mut Call<'_>) -> Result<Option<Vec<String>>> {
        let (page, certain) = match mem::replace(&mut self.next, Next::End) {
            Next::End => return Ok(None),
            Next::First => (self.first(call)?, true),
            Next::Linked(url) => (self.linked(url, call)?, true),
            Next::Perhaps => match self.after_last(call)? {
                Some(page) => (page, false),
                None => return Ok(None),
            },
        };
        let full = self.size.is_some_and(|size| page.length == size as usize);
        let new = self.take_new(page.names);
        if self.seen.len() > MAX_ENTRIES {
            return Err(broken(&page.answer, "the list has no end", call));
        }
        self.next = match link::next_page(page.answer.headers("link")) {
            // A registry that does not understand our words has given its first page again.
            _ if !certain && new.is_empty() => Next::End,
            Some(link) => match link::resolve(&page.url, link) {
                Ok(url) => Next::Linked(url),
                Err(what) => return Err(broken(&page.answer, &what, call)),
            },
            None if full => Next::Perhaps,
            None => Next::End,
        };
        self.fruitless = if new.is_empty() {
            self.fruitless + 1
        } else {
            0
        };
        let goes_on = matches!(self.next, Next::Linked(_));
        if goes_on && (self.fruitless >= MAX_FRUITLESS || self.visited.len() >= MAX_PAGES) {
            return Err(broken(
                &page.answer,
                "the pages of the list go in circles",
                call,
            ));
        }
        Ok(Some(new))
    }

    fn first(&mut self, call: &mut Call<'_>) -> Result<Page> {
        let mut sizes = SIZES.into_iter();
        loop {
            self.size = sizes.next().flatten();
            let url = self.own_url(None, call)?;
            match self.get(url, call) {
                Err(error) if self.size.is_some() && dislikes_request(&error) => {
                    log::debug!("asking for pages of another size: {error}");
                }
                other => return other,
            }
        }
    }

    /// A page that the registry linked to. Links of some proxies lead nowhere; then our own words may.
    fn linked(&mut self, url: Url, call: &mut Call<'_>) -> Result<Page> {
        if !self.visited.insert(url.clone()) {
            return Err(Error::Protocol {
                context: call.context(self.registry.host(), ""),
                what: "the pages of the list go in circles".into(),
            });
        }
        match self.get(url, call) {
            Err(error) if !self.link_failed && leads_nowhere(&error) => {
                self.link_failed = true;
                self.after_last(call)?.ok_or(error)
            }
            other => other,
        }
    }

    /// The page after the last name, asked for in our own words; nothing when the registry does not understand them.
    fn after_last(&mut self, call: &mut Call<'_>) -> Result<Option<Page>> {
        let Some(last) = &self.last else {
            return Ok(None);
        };
        let url = self.own_url(Some(last), call)?;
        match self.get(url, call) {
            Err(error) if leads_nowhere(&error) => {
                log::debug!("taking the list to be complete: {error}");
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    fn own_url(&self, last: Option<&str>, call: &mut Call<'_>) -> Result<Url> {
        let path = self.path.iter().map(String::as_str);
        let mut url = self
            .registry
            .route(call)?
            .url(["v2"].into_iter().chain(path));
        if let Some(size) = self.size {
            url.query_pairs_mut().append_pair("n", &size.to_string());
        }
        if let Some(last) = last {
            url.query_pairs_mut().append_pair("last", last);
        }
        Ok(url)
    }

    fn get(&self, url: Url, call: &mut Call<'_>) -> Result<Page> {
        let order = Order::new(Method::Get, url.clone(), self.scopes.clone());
        let (answer, document) = self.registry.document(&order, MAX_PAGE, call)?;
        match listed::names(self.list, &document) {
            Ok((names, length)) => Ok(Page {
                url,
                answer,
                names,
                length,
            }),
            Err(error) => {
                let what = format!("the list is malformed: {error}");
                Err(broken(&answer, &what, call))
            }
        }
    }

    fn take_new(&mut self, mut names: Vec<String>) -> Vec<String> {
        if let Some(last) = names.last() {
            self.last = Some(last.clone());
        }
        self.seen.expect(names.len());
        names.retain(|name| self.seen.is_new(name));
        names
    }
}

/// Whether the registry understood the request but not what it asks for, so that other words may do.
fn dislikes_request(error: &Error) -> bool {
    error.answer().is_some_and(|answer| {
        matches!(answer.status, 400 | 405 | 416 | 501)
            || matches!(
                answer.code.as_str(),
                "UNSUPPORTED" | "PAGINATION_NUMBER_INVALID"
            )
    })
}

/// Whether the page that was asked for is not there, although the list is.
fn leads_nowhere(error: &Error) -> bool {
    dislikes_request(error) || error.answer().is_some_and(|answer| answer.status == 404)
}

fn broken(answer: &Response, what: &str, call: &Call<'_>) -> Error {
    Error::Protocol {
        context: answer.body.context(call),
        what: what.to_owned(),
    }
}
