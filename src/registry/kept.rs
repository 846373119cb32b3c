//! What one handle keeps: each thing is fetched once, also when many threads want it at the same time.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::Instant;

use crate::call::Call;
use crate::error::{Error, Result};

/// One for each repository, or set of repositories that are used together; a program that walks a registry would
/// collect them.
const MAX_KEPT: usize = 1024;

/// A thing that is kept.
pub(super) trait Keep: Clone {
    fn born(&self) -> Instant;
    /// Whether it still serves.
    fn is_fresh(&self, now: Instant) -> bool;
}

pub(super) struct Kept<T> {
    slots: Mutex<HashMap<String, Slot<T>>>,
    arrived: Condvar,
}

#[derive(Clone)]
enum Slot<T> {
    Ready(T),
    /// The call of this thread, or a worker of it, is getting it; no lock is held meanwhile.
    Fetching(ThreadId),
}

impl<T> Default for Kept<T> {
    fn default() -> Kept<T> {
        Kept {
            slots: Mutex::default(),
            arrived: Condvar::new(),
        }
    }
}

impl<T: Keep> Kept<T> {
    /// The thing under `key` when it is fresh and `usable`, else the one that `fetch` gets. `fetch` is told the one that
    /// was there.
    ///
    /// A thread that fetches one thing gets no other one: two threads in callbacks would wait for each other. Workers
    /// run no callbacks, so they wait for each other.
    pub(super) fn get(
        &self,
        key: &str,
        usable: impl Fn(&T) -> bool,
        call: &mut Call<'_>,
        fetch: impl FnOnce(Option<&T>, &mut Call<'_>) -> Result<T>,
    ) -> Result<T> {
        let own = call.home_thread();
        let is_own = |slot: &Slot<T>| matches!(slot, Slot::Fetching(thread) if *thread == own);
        let previous = loop {
            let mut slots = self.lock();
            match slots.get(key) {
                Some(Slot::Ready(kept)) if kept.is_fresh(Instant::now()) && usable(kept) => {
                    return Ok(kept.clone());
                }
                _ if !call.is_worker() && slots.values().any(is_own) => {
                    return Err(Error::InvalidState(
                        "a callback may not use the registry whose token or credential is being fetched"
                            .into(),
                    ));
                }
                Some(Slot::Fetching(_)) => {
                    call.wait(&self.arrived, slots)?;
                }
                Some(Slot::Ready(_)) | None => {
                    break slots.insert(key.to_owned(), Slot::Fetching(own));
                }
            }
        };
        // From here on the slot is ours, and is given back even when `fetch` panics in a callback.
        let mut ours = Ours {
            all: self,
            key,
            fetched: None,
        };
        let previous = match &previous {
            Some(Slot::Ready(kept)) => Some(kept),
            _ => None,
        };
        let fetched = fetch(previous, call)?;
        ours.fetched = Some(fetched.clone());
        Ok(fetched)
    }

    /// Forgets the thing under `key` when it is `meant`.
    pub(super) fn forget(&self, key: &str, meant: impl Fn(&T) -> bool) {
        let mut slots = self.lock();
        if matches!(slots.get(key), Some(Slot::Ready(kept)) if meant(kept)) {
            slots.remove(key);
        }
    }

    fn make_room(slots: &mut HashMap<String, Slot<T>>) {
        if slots.len() < MAX_KEPT {
            return;
        }
        let now = Instant::now();
        slots.retain(|_, slot| !matches!(slot, Slot::Ready(kept) if !kept.is_fresh(now)));
        let oldest = slots
            .iter()
            .filter_map(|(key, slot)| match slot {
                Slot::Ready(kept) => Some((kept.born(), key)),
                Slot::Fetching(_) => None,
            })
            .min()
            .map(|(_, key)| key.clone());
        if let Some(oldest) = oldest.filter(|_| slots.len() >= MAX_KEPT) {
            slots.remove(&oldest);
        }
    }
}

impl<T> Kept<T> {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Slot<T>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Ours<'k, T: Keep> {
    all: &'k Kept<T>,
    key: &'k str,
    fetched: Option<T>,
}

impl<T: Keep> Drop for Ours<'_, T> {
    fn drop(&mut self) {
        let mut slots = self.all.lock();
        slots.remove(self.key);
        if let Some(fetched) = self.fetched.take() {
            Kept::make_room(&mut slots);
            slots.insert(self.key.to_owned(), Slot::Ready(fetched));
        }
        self.all.arrived.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::Token;
    use super::*;

    #[test]
    fn a_walk_through_a_registry_does_not_collect_tokens_for_ever() {
        let cache = Kept::default();
        let call = &mut Call::new();
        for number in 0..MAX_KEPT + 10 {
            let fetch = |_: Option<&Token>, _: &mut Call<'_>| Ok(Token::for_tests("t"));
            cache
                .get(&number.to_string(), |_| true, call, fetch)
                .unwrap();
        }
        let slots = cache.lock();
        assert_eq!(slots.len(), MAX_KEPT);
        assert!(!slots.contains_key("0"), "the oldest goes first");
    }

    #[test]
    fn a_fetch_that_fails_leaves_the_place_to_the_next() {
        let cache = Kept::default();
        let call = &mut Call::new();
        let fails = |_: Option<&Token>, _: &mut Call<'_>| Err(Error::InvalidState("no".into()));
        cache.get("k", |_| true, call, fails).unwrap_err();
        let fetch = |_: Option<&Token>, _: &mut Call<'_>| Ok(Token::for_tests("t"));
        let token = cache.get("k", |_| true, call, fetch).unwrap();
        assert_eq!(token.header(), "Bearer t");
    }
}
