//! How many threads compress at the same time, for all layers that are under way together.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// More are left to others: each takes 1.4 MB, and so many make 700 MB a second into gzip, which is more than a network
/// of 5 Gbit/s takes away.
const MAX_CORES: usize = 8;

/// The processor's cores, shared by some layers: what one layer does not take, another may.
#[derive(Debug, Clone)]
pub(crate) struct Cores(Arc<AtomicUsize>);

/// Leave to keep one core busy, until it is dropped.
pub(super) struct Core(Option<Arc<AtomicUsize>>);

impl Cores {
    /// As many as this process may use, and [`MAX_CORES`] at most.
    pub(crate) fn all() -> Cores {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Cores::some(cores.min(MAX_CORES))
    }

    /// So many.
    pub(crate) fn some(count: usize) -> Cores {
        Cores(Arc::new(AtomicUsize::new(count)))
    }

    /// One that nobody has.
    pub(super) fn take(&self) -> Option<Core> {
        let free = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| {
                free.checked_sub(1)
            });
        free.is_ok().then(|| Core(Some(Arc::clone(&self.0))))
    }

    /// One that nobody has, or a share of the others': every layer goes on.
    pub(super) fn share(&self) -> Core {
        self.take().unwrap_or(Core(None))
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if let Some(free) = &self.0 {
            free.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_layer_gives_back_another_one_takes_and_none_gets_nothing() {
        let cores = Cores::some(2);
        let (first, second) = (cores.share(), cores.take());
        assert!(second.is_some() && cores.take().is_none());
        drop(cores.share());
        assert!(cores.take().is_none(), "what was shared is nobody's");
        drop(first);
        assert!(cores.take().is_some());
    }
}
