//! The tokens of one handle: each is fetched once, also when many threads want it at the same time.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Instant;

use super::scopes::Scopes;
use super::token::Token;
use crate::call::{Call, SLICE};
use crate::error::{Error, Result};

/// One for each set of repositories that are used together; a program that walks a registry would collect them.
const MAX_TOKENS: usize = 1024;

#[derive(Default)]
pub(super) struct TokenCache {
    slots: Mutex<HashMap<String, Slot>>,
    arrived: Condvar,
}

#[derive(Clone)]
enum Slot {
    Ready(Token),
    /// This thread is getting it; no lock is held meanwhile.
    Fetching(ThreadId),
}

impl TokenCache {
    /// The token under `key` when it is `usable`, else the one that `fetch` gets. `fetch` is told the scopes of the
    /// token that was there, which a registry may have widened.
    pub(super) fn get(
        &self,
        key: &str,
        usable: impl Fn(&Token) -> bool,
        call: &mut Call<'_>,
        fetch: impl FnOnce(Option<&Scopes>, &mut Call<'_>) -> Result<Token>,
    ) -> Result<Token> {
        let previous = loop {
            let mut slots = self.lock();
            match slots.get(key) {
                Some(Slot::Ready(token)) if usable(token) => return Ok(token.clone()),
                Some(Slot::Fetching(thread)) if *thread == thread::current().id() => {
                    return Err(Error::InvalidState(
                        "a callback may not use the registry whose token is being fetched".into(),
                    ));
                }
                Some(Slot::Fetching(_)) => {
                    drop(self.arrived.wait_timeout(slots, SLICE));
                    call.heartbeat()?;
                    call.check()?;
                }
                Some(Slot::Ready(_)) | None => {
                    let mine = Slot::Fetching(thread::current().id());
                    break slots.insert(key.to_owned(), mine);
                }
            }
        };
        // From here on the slot is ours, and is given back even when `fetch` panics in a callback.
        let mut ours = Ours {
            cache: self,
            key,
            token: None,
        };
        let scopes = match &previous {
            Some(Slot::Ready(token)) => Some(&token.scopes),
            _ => None,
        };
        let token = fetch(scopes, call)?;
        ours.token = Some(token.clone());
        Ok(token)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Ours<'c> {
    cache: &'c TokenCache,
    key: &'c str,
    token: Option<Token>,
}

impl Drop for Ours<'_> {
    fn drop(&mut self) {
        let mut slots = self.cache.lock();
        slots.remove(self.key);
        if let Some(token) = self.token.take() {
            make_room(&mut slots);
            slots.insert(self.key.to_owned(), Slot::Ready(token));
        }
        self.cache.arrived.notify_all();
    }
}

fn make_room(slots: &mut HashMap<String, Slot>) {
    if slots.len() < MAX_TOKENS {
        return;
    }
    let now = Instant::now();
    slots.retain(|_, slot| !matches!(slot, Slot::Ready(token) if !token.is_fresh(now)));
    let oldest = slots
        .iter()
        .filter_map(|(key, slot)| match slot {
            Slot::Ready(token) => Some((token.born, key)),
            Slot::Fetching(_) => None,
        })
        .min()
        .map(|(_, key)| key.clone());
    if let Some(oldest) = oldest.filter(|_| slots.len() >= MAX_TOKENS) {
        slots.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_through_a_registry_does_not_collect_tokens_for_ever() {
        let cache = TokenCache::default();
        let call = &mut Call::new();
        for number in 0..MAX_TOKENS + 10 {
            let fetch = |_: Option<&Scopes>, _: &mut Call<'_>| Ok(Token::for_tests("t"));
            cache
                .get(&number.to_string(), |_| true, call, fetch)
                .unwrap();
        }
        let slots = cache.lock();
        assert_eq!(slots.len(), MAX_TOKENS);
        assert!(!slots.contains_key("0"), "the oldest goes first");
    }

    #[test]
    fn a_fetch_that_fails_leaves_the_place_to_the_next() {
        let cache = TokenCache::default();
        let call = &mut Call::new();
        let fails = |_: Option<&Scopes>, _: &mut Call<'_>| Err(Error::InvalidState("no".into()));
        cache.get("k", |_| true, call, fails).unwrap_err();
        let fetch = |_: Option<&Scopes>, _: &mut Call<'_>| Ok(Token::for_tests("t"));
        let token = cache.get("k", |_| true, call, fetch).unwrap();
        assert_eq!(token.header(), "Bearer t");
    }
}
