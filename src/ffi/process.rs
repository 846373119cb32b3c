//! What belongs to the process that made it.

use std::mem;
use std::process;

use crate::{Error, Result};

/// A shared thing of the library, such as an engine with its connections, that a forked child must leave alone.
///
/// The child has the same sockets as its parent, and copies of locks that a thread of the parent may have held: using
/// or closing either would disturb the parent or never return.
#[derive(Debug)]
pub(super) struct ProcessBound<T: Clone> {
    process: u32,
    shared: T,
}

impl<T: Clone> ProcessBound<T> {
    /// Binds to this process. Clones of `shared` must be the same thing, not copies of it.
    pub(super) fn new(shared: T) -> ProcessBound<T> {
        ProcessBound {
            process: process::id(),
            shared,
        }
    }

    /// What is bound, in the process that it is bound to.
    pub(super) fn get(&self) -> Result<&T> {
        if self.is_at_home() {
            Ok(&self.shared)
        } else {
            Err(Error::InvalidState(
                "this handle was made before a fork, in the parent; make a new one in the child"
                    .into(),
            ))
        }
    }

    fn is_at_home(&self) -> bool {
        self.process == process::id()
    }
}

impl<T: Clone> Drop for ProcessBound<T> {
    fn drop(&mut self) {
        if !self.is_at_home() {
            // One more reference, which is never given back, keeps it from being taken apart.
            mem::forget(self.shared.clone());
        }
    }
}
