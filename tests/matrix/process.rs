//! What this process holds: a call that has ended holds nothing of it.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// Threads and descriptors go soon after what they were for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What stays of cases that are over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub descriptors: usize,
    pub threads: usize,
}

impl Held {
    pub fn now() -> Held {
        let count = |folder| fs::read_dir(folder).expect("of this process").count();
        Held {
            descriptors: count("/proc/self/fd"),
            threads: count("/proc/self/task"),
        }
    }

    /// What is held more than then.
    pub fn leftovers(self) -> Held {
        let started = Instant::now();
        loop {
            let now = Held::now();
            let more = Held {
                descriptors: now.descriptors.saturating_sub(self.descriptors),
                threads: now.threads.saturating_sub(self.threads),
            };
            if more == Held::default() || started.elapsed() > PATIENCE {
                return more;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}
