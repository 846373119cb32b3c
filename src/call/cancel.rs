//! The flag by which another thread stops operations.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Something that blocks a thread and can be freed from another one.
pub(crate) trait Interrupt: Send + Sync {
    /// Frees whoever is blocked on it; it cannot be used afterwards.
    fn interrupt(&self);
}

/// Stops operations from another thread.
///
/// Clones share one flag. Give one to each [`Call`](crate::Call) that [`cancel`](Cancel::cancel) shall stop. The flag
/// stays set: a call that starts with a cancelled `Cancel` fails at once.
#[derive(Clone, Default)]
pub struct Cancel {
    shared: Arc<CancelState>,
}

#[derive(Default)]
struct CancelState {
    cancelled: AtomicBool,
    /// What the operations of this flag are blocked on right now.
    blocked: Mutex<Vec<Weak<dyn Interrupt>>>,
}

impl Cancel {
    /// A flag that is not set.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Ends every operation that uses this flag with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled), also one
    /// that is blocked in a read or a write. Other operations on the same handles go on. Not for signal handlers,
    /// because it takes a lock.
    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::SeqCst);
        let blocked = self
            .shared
            .blocked
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for blocked in blocked.iter().filter_map(Weak::upgrade) {
            blocked.interrupt();
        }
    }

    /// Whether [`cancel`](Cancel::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::SeqCst)
    }

    /// While the result lives, [`cancel`](Cancel::cancel) interrupts `what`, on which the thread is blocked.
    pub(super) fn blocked_on(&self, what: Weak<dyn Interrupt>) -> Blocked {
        self.shared
            .blocked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(what.clone());
        Blocked {
            cancel: self.clone(),
            what,
        }
    }

    fn remove_blocked(&self, blocked: &Weak<dyn Interrupt>) {
        let mut list = self
            .shared
            .blocked
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = list.iter().position(|other| other.ptr_eq(blocked)) {
            list.swap_remove(at);
        }
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel")
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}

/// While it lives, [`Cancel::cancel`] interrupts what the thread is blocked on.
pub(crate) struct Blocked {
    cancel: Cancel,
    what: Weak<dyn Interrupt>,
}

impl Drop for Blocked {
    fn drop(&mut self) {
        self.cancel.remove_blocked(&self.what);
    }
}
