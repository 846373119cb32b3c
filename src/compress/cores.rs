//! What all layers that are under way together share: how many threads compress at the same time, and their memory.

use std::fmt;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::LayerCompression;
use super::format::Encoder;
use super::line::Block;

/// More are left to others: each takes 1.4 MB, and so many make 700 MB a second into gzip, which is more than a network
/// of 5 Gbit/s takes away.
const MAX_CORES: usize = 8;

/// The processor's cores, shared by some layers, with the memory for them: what one layer does not take, another may.
#[derive(Clone)]
pub(crate) struct Cores(Arc<Shared>);

struct Shared {
    free: AtomicUsize,
    /// What no layer uses. Given back to the allocator, that of 40 layers would leave holes of 8 MB in it (measured).
    spare: Mutex<Spare>,
}

#[derive(Default)]
struct Spare {
    blocks: Vec<Block>,
    encoders: Vec<(LayerCompression, Box<dyn Encoder>)>,
}

/// Leave to keep one core busy, until it is dropped.
pub(super) struct Core(Option<Arc<Shared>>);

impl Cores {
    /// As many as this process may use, and [`MAX_CORES`] at most.
    pub(crate) fn all() -> Cores {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Cores::some(cores.min(MAX_CORES))
    }

    /// So many.
    pub(crate) fn some(count: usize) -> Cores {
        Cores(Arc::new(Shared {
            free: AtomicUsize::new(count),
            spare: Mutex::default(),
        }))
    }

    /// One that nobody has.
    pub(super) fn take(&self) -> Option<Core> {
        let free = self
            .0
            .free
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| {
                free.checked_sub(1)
            });
        free.is_ok().then(|| Core(Some(Arc::clone(&self.0))))
    }

    /// One that nobody has, or a share of the others': every layer goes on.
    pub(super) fn share(&self) -> Core {
        self.take().unwrap_or(Core(None))
    }

    /// A block with nothing in it.
    pub(super) fn block(&self) -> Block {
        self.spare().blocks.pop().unwrap_or_else(Block::new)
    }

    /// Keeps a block for whoever needs one.
    pub(super) fn keep_block(&self, mut block: Block) {
        block.clear();
        self.spare().blocks.push(block);
    }

    /// An encoder that a layer before had, if there is one of this kind.
    pub(super) fn encoder(&self, kind: LayerCompression) -> Option<Box<dyn Encoder>> {
        let encoders = &mut self.spare().encoders;
        let at = encoders.iter().position(|(of, _)| *of == kind)?;
        Some(encoders.swap_remove(at).1)
    }

    /// Keeps an encoder for whoever needs one.
    pub(super) fn keep_encoder(&self, kind: LayerCompression, encoder: Box<dyn Encoder>) {
        self.spare().encoders.push((kind, encoder));
    }

    fn spare(&self) -> MutexGuard<'_, Spare> {
        self.0.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cores")
            .field("free", &self.0.free)
            .finish_non_exhaustive()
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.free.fetch_add(1, Ordering::Relaxed);
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
