//! What belongs to the process that made it.

use std::ffi::c_int;
use std::mem::ManuallyDrop;
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Error, Result};

/// How many forks this process is away from the one that loaded the library. The number of the process would say the
/// same, but asking the system for it takes longer than most functions do (measured: 0.1 of the 0.3 µs of one name).
static FORKS: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" {
    fn pthread_atfork(
        prepare: Option<unsafe extern "C" fn()>,
        parent: Option<unsafe extern "C" fn()>,
        child: Option<unsafe extern "C" fn()>,
    ) -> c_int;
}

/// Runs in a new child, where nothing may be done but this.
unsafe extern "C" fn count_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// The process as it is told apart from its forked children.
fn this_process() -> u32 {
    static IS_COUNTED: OnceLock<bool> = OnceLock::new();
    // SAFETY: the function may run in any state of the process, and is forgotten with the library when that is unloaded.
    let is_counted = || unsafe { pthread_atfork(None, None, Some(count_fork)) } == 0;
    match IS_COUNTED.get_or_init(is_counted) {
        true => FORKS.load(Ordering::Relaxed),
        false => process::id(),
    }
}

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
            process: this_process(),
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
        self.process == this_process()
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
