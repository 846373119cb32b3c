//! How many blobs move at the same time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::call::Call;
use crate::error::Result;

/// The transfers of one handle, by all threads.
pub(super) struct Transfers {
    most: usize,
    /// The threads that have one.
    running: Mutex<Vec<ThreadId>>,
    ended: Condvar,
}

/// Leave for one transfer, until it is dropped.
pub(super) struct Transfer<'t> {
    transfers: &'t Transfers,
    /// Not when it is inside of another one of the same thread, which would wait for itself.
    is_counted: bool,
}

impl Transfers {
    pub(super) fn new(most: usize) -> Transfers {
        Transfers {
            most,
            running: Mutex::default(),
            ended: Condvar::new(),
        }
    }

    /// Waits until there may be one more.
    pub(super) fn begin(&self, call: &mut Call<'_>) -> Result<Transfer<'_>> {
        let own = thread::current().id();
        loop {
            let mut running = self.lock();
            if running.contains(&own) {
                return Ok(Transfer {
                    transfers: self,
                    is_counted: false,
                });
            }
            if running.len() < self.most {
                running.push(own);
                return Ok(Transfer {
                    transfers: self,
                    is_counted: true,
                });
            }
            call.wait(&self.ended, running)?;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ThreadId>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Transfer<'_> {
    fn drop(&mut self) {
        if !self.is_counted {
            return;
        }
        let own = thread::current().id();
        let mut running = self.transfers.lock();
        if let Some(at) = running.iter().position(|thread| *thread == own) {
            running.swap_remove(at);
        }
        self.transfers.ended.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_more_transfers_run_than_may_and_one_inside_another_does_not_wait_for_it() {
        let transfers = Transfers::new(2);
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let call = &mut Call::new();
                    let _outer = transfers.begin(call).expect("leave");
                    let _inner = transfers.begin(call).expect("leave");
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(5));
                    running.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(most.load(Ordering::SeqCst), 2);
        assert!(transfers.lock().is_empty());
    }
}
