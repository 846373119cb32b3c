//! When to try again, and when it is enough.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use crate::call::Call;
use crate::error::{Error, Result};

/// So many tries in a row that bring nothing are enough.
const MAX_FRUITLESS: u32 = 5;

/// So many bytes are progress: a line that breaks after each of them still brings everything.
const PROGRESS: u64 = 1024 * 1024;

/// The first pause; each one is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// No peer is waited for longer than this because it asks for it: a limit of pulls ends in hours.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// The tries of one transfer.
#[derive(Default)]
pub(super) struct Backoff {
    /// Bytes since the last break.
    gained: u64,
    fruitless: u32,
    attempts: u32,
}

impl Backoff {
    /// So many bytes have come.
    pub(super) fn progress(&mut self, bytes: u64) {
        self.gained = self.gained.saturating_add(bytes);
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.fruitless > MAX_FRUITLESS
    }

    /// Waits before the next try after `error`, or gives it back when it is enough.
    pub(super) fn pause(&mut self, mut error: Error, call: &mut Call<'_>) -> Result<()> {
        self.attempts += 1;
        self.fruitless = match self.gained >= PROGRESS {
            true => 0,
            false => self.fruitless + 1,
        };
        self.gained = 0;
        let asked = error.retry_after().unwrap_or(Duration::ZERO);
        if self.is_exhausted() || asked > MAX_WAIT {
            self.fruitless = MAX_FRUITLESS + 1;
            if let Some(context) = error.context_mut() {
                context.attempts = self.attempts;
            }
            return Err(error);
        }
        log::debug!("trying again: {error}");
        match self.fruitless {
            0 => call.check(),
            fruitless => call.pause(jittered(FIRST_PAUSE * (1 << (fruitless - 1))).max(asked)),
        }
    }
}

/// Between the half and all of `pause`, so that those who were thrown out together do not come back together.
fn jittered(pause: Duration) -> Duration {
    // Each state has its own random keys.
    let random = RandomState::new().build_hasher().finish();
    let part = f64::from(u32::try_from(random % 1000).unwrap_or(0)) / 2000.0;
    pause.mul_f64(0.5 + part)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn lost() -> Error {
        Error::ConnectionLost {
            context: Box::default(),
            source: io::ErrorKind::ConnectionReset.into(),
        }
    }

    #[test]
    fn a_peer_that_brings_nothing_is_left_and_one_that_brings_something_is_not() {
        let mut backoff = Backoff::default();
        let call = &mut Call::new();
        for _ in 0..20 {
            backoff.progress(PROGRESS);
            backoff.pause(lost(), call).expect("it goes on");
        }
        backoff.fruitless = MAX_FRUITLESS;
        backoff.progress(PROGRESS - 1);
        let error = backoff.pause(lost(), call).expect_err("enough");
        assert_eq!(error.context().expect("a context").attempts, 21);
        assert!(backoff.is_exhausted());
    }

    #[test]
    fn pauses_differ_and_have_a_limit() {
        let pause = Duration::from_millis(200);
        for _ in 0..100 {
            let jittered = jittered(pause);
            assert!(jittered >= pause / 2 && jittered <= pause, "{jittered:?}");
        }
    }
}
