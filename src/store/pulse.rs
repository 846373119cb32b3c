//! Keeps a call alive during long work that waits for nobody.

use std::time::Instant;

use crate::call::{Call, SLICE};
use crate::error::Result;

/// Asks the call at each step whether to go on, and its callback from time to time.
pub(super) struct Pulse {
    last: Instant,
}

impl Pulse {
    pub(super) fn new() -> Pulse {
        Pulse {
            last: Instant::now(),
        }
    }

    pub(super) fn beat(&mut self, call: &mut Call<'_>) -> Result<()> {
        call.check()?;
        if self.last.elapsed() >= SLICE {
            self.last = Instant::now();
            call.heartbeat()?;
        }
        Ok(())
    }
}
