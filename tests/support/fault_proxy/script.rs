//! The faults that a connection has now, and how far it has come with them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::fault::{Direction, Fault};
use super::plan::Armed;
use crate::support::scripted_engine::Head;

/// The faults of a connection since a plan was set, and the bytes that have arrived since.
pub(super) struct Script {
    armed: Vec<Arc<Armed>>,
    up: AtomicU64,
    down: AtomicU64,
    stalled: AtomicBool,
}

/// What happens at a limit of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    Cut,
    Reset,
    Stall,
}

impl Script {
    pub(super) fn new(armed: Vec<Arc<Armed>>) -> Self {
        Self {
            armed,
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            stalled: AtomicBool::new(false),
        }
    }

    fn passed(&self, direction: Direction) -> &AtomicU64 {
        match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        }
    }

    pub(super) fn count(&self, direction: Direction, bytes: u64) {
        self.passed(direction).fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn discount(&self, direction: Direction, bytes: u64) {
        self.passed(direction).fetch_sub(bytes, Ordering::Relaxed);
    }

    /// How many bytes may still pass, and what happens then.
    pub(super) fn limit(&self, wanted: Direction) -> Option<(u64, Limit)> {
        let passed = self.passed(wanted).load(Ordering::Relaxed);
        let limits = self.armed.iter().filter_map(|armed| match armed.fault {
            Fault::CutAfter { direction, bytes } => Some((direction, bytes, Limit::Cut)),
            Fault::ResetAfter { direction, bytes } => Some((direction, bytes, Limit::Reset)),
            Fault::StallAfter { direction, bytes } => Some((direction, bytes, Limit::Stall)),
            _ => None,
        });
        limits
            .filter(|(direction, ..)| *direction == wanted)
            .map(|(_, bytes, limit)| (bytes.saturating_sub(passed), limit))
            .min_by_key(|(left, _)| *left)
    }

    /// Neither way moves from now on.
    pub(super) fn declare_stalled(&self) {
        self.stalled.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stalled(&self) -> bool {
        self.stalled.load(Ordering::Relaxed)
    }

    pub(super) fn bytes_per_second(&self, wanted: Direction) -> Option<u64> {
        let rates = self.armed.iter().filter_map(|armed| match armed.fault {
            Fault::Trickle {
                direction,
                bytes_per_second,
            } if direction == wanted => Some(bytes_per_second),
            _ => None,
        });
        rates.min()
    }

    /// Whether a fault is about requests or answers.
    pub(super) fn knows_messages(&self) -> bool {
        self.armed
            .iter()
            .any(|armed| armed.fault.requests().is_some())
    }

    /// The faults about this request, which is counted.
    pub(super) fn strikes(&self, head: &Head) -> Vec<Fault> {
        let struck = self.armed.iter().filter(|armed| armed.strikes(head));
        struck.map(|armed| armed.fault.clone()).collect()
    }
}
