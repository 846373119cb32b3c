//! What belongs to the process that made it.

use std::mem::ManuallyDrop;
use std::process;

use crate::{Error, Result};

/// A thing of the library with connections, such as an engine or a reader, that a forked child must leave alone.
///
/// The child has the same sockets as its parent, and copies of locks that a thread of the parent may have held: using
/// or closing either would disturb the parent or never return.
#[derive(Debug)]
pub(super) struct ProcessBound<T> {
    process: u32,
    bound: ManuallyDrop<T>,
}

impl<T> ProcessBound<T> {
    /// Binds to this process.
    pub(super) fn new(bound: T) -> ProcessBound<T> {
        ProcessBound {
            process: process::id(),
            bound: ManuallyDrop::new(bound),
        }
    }

    /// What is bound, in the process that it is bound to.
    pub(super) fn get(&self) -> Result<&T> {
        self.check_at_home()?;
        Ok(&self.bound)
    }

    /// The same, for a thing that changes when it is used.
    pub(super) fn get_mut(&mut self) -> Result<&mut T> {
        self.check_at_home()?;
        Ok(&mut self.bound)
    }

    fn check_at_home(&self) -> Result<()> {
        match self.is_at_home() {
            true => Ok(()),
            false => Err(Error::InvalidState(
                "this handle was made before a fork, in the parent; make a new one in the child"
                    .into(),
            )),
        }
    }

    fn is_at_home(&self) -> bool {
        self.process == process::id()
    }
}

impl<T> Drop for ProcessBound<T> {
    fn drop(&mut self) {
        if self.is_at_home() {
            // SAFETY: nobody can use it after this.
            unsafe { ManuallyDrop::drop(&mut self.bound) };
        }
    }
}
