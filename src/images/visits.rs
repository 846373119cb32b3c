//! Who works with which names of the engine at the moment.
//!
//! Two operations on one name would take it from each other, so the later one waits. Operations on different names of
//! a repository run side by side; what engines keep for a whole repository is only put in order by the last of them,
//! because what one leaves may be in use by another.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use super::before::Before;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::reference::Reference;

/// The operations of one handle, by all threads, by repository.
#[derive(Default)]
pub(super) struct Visits {
    repositories: Mutex<HashMap<String, Repository>>,
    changed: Condvar,
}

#[derive(Default)]
struct Repository {
    visitors: Vec<Visitor>,
    /// What the engine had before the first of them came. `None` while that is being asked, and while the last one
    /// tidies up: then nobody may come.
    before: Option<Arc<Before>>,
    notes: Notes,
}

struct Visitor {
    thread: ThreadId,
    name: Reference,
}

/// What the visitors of a repository leave to the last of them.
#[derive(Clone, Default)]
pub(super) struct Notes {
    /// The IDs of the images that they have worked with, and of those that only came with a failure.
    pub(super) touched: BTreeSet<String>,
    pub(super) unwanted: BTreeSet<String>,
    /// The digests by which they have pulled, and those of them that were asked for.
    pub(super) pulled: BTreeSet<Reference>,
    pub(super) asked_for: BTreeSet<Reference>,
}

/// An operation that has a name to itself, until it is dropped.
pub(super) struct Visit<'v> {
    visits: &'v Visits,
    name: Reference,
    before: Arc<Before>,
}

impl Visits {
    /// Waits until nobody else works with `name`. `look` asks what the engine has, when nobody is in the repository.
    pub(super) fn begin<'v, 'p>(
        &'v self,
        name: Reference,
        call: &mut Call<'p>,
        look: impl FnOnce(&mut Call<'p>) -> Result<Before>,
    ) -> Result<Visit<'v>> {
        let visitor = || Visitor {
            thread: thread::current().id(),
            name: name.clone(),
        };
        loop {
            let mut repositories = self.lock();
            match repositories.get_mut(name.repository()) {
                None => {
                    let visitors = vec![visitor()];
                    let repository = Repository {
                        visitors,
                        ..Repository::default()
                    };
                    repositories.insert(name.repository().to_owned(), repository);
                    break;
                }
                Some(repository) => {
                    let taken = repository.has(&name);
                    if let (false, Some(before)) = (taken, repository.before.clone()) {
                        repository.visitors.push(visitor());
                        return Ok(Visit {
                            visits: self,
                            name,
                            before,
                        });
                    }
                    refuse_to_wait_for_itself(&repositories, &name)?;
                    call.wait(&self.changed, repositories)?;
                }
            }
        }
        // From here on the repository is ours, and is given back also when a callback panics.
        let mut visit = Visit {
            visits: self,
            name,
            before: Arc::default(),
        };
        visit.before = Arc::new(look(call)?);
        if let Some(repository) = self.lock().get_mut(visit.name.repository()) {
            repository.before = Some(visit.before.clone());
        }
        self.changed.notify_all();
        Ok(visit)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Repository>> {
        self.repositories
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Repository {
    fn has(&self, name: &Reference) -> bool {
        self.visitors.iter().any(|visitor| visitor.name == *name)
    }
}

/// A thread that works with one name and waits for another one could wait for a thread that waits for it.
fn refuse_to_wait_for_itself(
    repositories: &HashMap<String, Repository>,
    name: &Reference,
) -> Result<()> {
    let own = thread::current().id();
    let mut visitors = repositories
        .values()
        .flat_map(|repository| &repository.visitors);
    match visitors.find(|visitor| visitor.thread == own) {
        None => Ok(()),
        Some(visitor) => Err(Error::InvalidState(format!(
            "a callback of the operation on {} may not wait for {name}, which is in use",
            visitor.name
        ))),
    }
}

impl Visit<'_> {
    /// What the engine had before anybody worked with the repository.
    pub(super) fn before(&self) -> &Before {
        &self.before
    }

    /// The name that is ours, with its tag, or digest when it has no tag.
    pub(super) fn name(&self) -> &Reference {
        &self.name
    }

    /// Whether an operation of this handle works with `name`.
    pub(super) fn is_in_use(&self, name: &Reference) -> bool {
        let repositories = self.visits.lock();
        let repository = repositories.get(name.repository());
        repository.is_some_and(|repository| repository.has(name))
    }

    /// Whether nobody else is in the repository.
    pub(super) fn is_alone(&self) -> bool {
        self.with_repository(|repository| repository.visitors.len() == 1)
    }

    /// Leaves something to be looked after when the last operation leaves the repository.
    pub(super) fn note(&self, note: impl FnOnce(&mut Notes)) {
        self.with_repository(|repository| note(&mut repository.notes));
    }

    /// Lets nobody come any more, when nobody else is there; then all that was noted.
    pub(super) fn close(&self) -> Option<Notes> {
        self.with_repository(|repository| {
            let is_last = repository.visitors.len() == 1;
            if is_last {
                repository.before = None;
            }
            is_last.then(|| repository.notes.clone())
        })
    }

    fn with_repository<T>(&self, look: impl FnOnce(&mut Repository) -> T) -> T {
        let mut repositories = self.visits.lock();
        // It is there as long as we are.
        let repository = repositories
            .entry(self.name.repository().to_owned())
            .or_default();
        look(repository)
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        let mut repositories = self.visits.lock();
        if let Some(repository) = repositories.get_mut(self.name.repository()) {
            repository
                .visitors
                .retain(|visitor| visitor.name != self.name);
            if repository.visitors.is_empty() {
                repositories.remove(self.name.repository());
            }
        }
        self.visits.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::call::{Cancel, Limits};
    use crate::error::ErrorKind;

    fn name(text: &str) -> Reference {
        Reference::parse(text).unwrap()
    }

    fn begin<'v>(visits: &'v Visits, text: &str, call: &mut Call<'_>) -> Result<Visit<'v>> {
        visits.begin(name(text), call, |_| Ok(Before::default()))
    }

    #[test]
    fn one_name_is_for_one_operation_at_a_time() {
        let visits = Visits::default();
        let (here, looks) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let look = |_: &mut Call<'_>| {
                        looks.fetch_add(1, Ordering::SeqCst);
                        Ok(Before::default())
                    };
                    let visit = visits.begin(name("h.io/a:1"), &mut Call::new(), look);
                    let _visit = visit.unwrap();
                    assert_eq!(here.fetch_add(1, Ordering::SeqCst), 0);
                    thread::sleep(Duration::from_millis(5));
                    here.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(looks.load(Ordering::SeqCst), 8);
        assert!(visits.lock().is_empty());
    }

    #[test]
    fn other_names_are_free_and_the_last_to_leave_gets_the_notes_of_all() {
        let visits = Visits::default();
        let call = &mut Call::new();
        let one = begin(&visits, "h.io/a:1", call).unwrap();
        let two = begin(&visits, "h.io/a:2", call).unwrap();
        let other = begin(&visits, "h.io/b:1", call).unwrap();
        assert!(!one.is_alone() && other.is_alone());
        assert!(other.is_in_use(&name("h.io/a:2")));
        one.note(|notes| notes.touched.extend(["sha256:1".to_owned()]));
        assert!(one.close().is_none());
        drop(one);
        assert!(!other.is_in_use(&name("h.io/a:1")));
        assert_eq!(two.close().unwrap().touched.len(), 1);
    }

    #[test]
    fn a_wait_for_a_name_can_be_left_and_ends_at_the_deadline() {
        let visits = Visits::default();
        let _taken = begin(&visits, "h.io/a:1", &mut Call::new()).unwrap();
        let elsewhere = |call: &mut Call<'_>| {
            let kind = begin(&visits, "h.io/a:1", call).map(drop);
            kind.unwrap_err().kind()
        };
        thread::scope(|scope| {
            let cancel = Cancel::new();
            let waiting = cancel.clone();
            let left = scope.spawn(move || elsewhere(&mut Call::new().cancel(&waiting)));
            let late = scope.spawn(move || {
                let limits = Limits {
                    deadline: Some(Duration::from_millis(50)),
                    ..Limits::default()
                };
                let mut call = Call::new().limits(limits);
                elsewhere(&mut call.enter("push", "h.io/a:1"))
            });
            assert_eq!(late.join().unwrap(), ErrorKind::Timeout);
            cancel.cancel();
            assert_eq!(left.join().unwrap(), ErrorKind::Cancelled);
        });
    }

    #[test]
    fn a_callback_does_not_wait_for_its_own_operation() {
        let visits = Visits::default();
        let call = &mut Call::new();
        let _outer = begin(&visits, "h.io/a:1", call).unwrap();
        let _free = begin(&visits, "h.io/b:1", call).unwrap();
        let error = begin(&visits, "h.io/a:1", call).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidState);
    }

    #[test]
    fn a_repository_that_could_not_be_looked_at_is_free_again() {
        let visits = Visits::default();
        let call = &mut Call::new();
        let look = |_: &mut Call<'_>| Err(Error::InvalidState("no".into()));
        visits
            .begin(name("h.io/a:1"), call, look)
            .map(drop)
            .unwrap_err();
        begin(&visits, "h.io/a:1", call).unwrap();
    }
}
