//! When to try again, how long to wait before, and when it is enough.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::call::Call;
use crate::error::{Answer, Error, ErrorKind, Result};

/// So many bytes are progress: a line that breaks after each of them still brings everything.
const PROGRESS: u64 = 1024 * 1024;

/// A policy that waits longer means: for ever.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A server that fails without a reason is asked again so often: mostly it fails for this request always.
const MAX_INTERNAL_ERRORS: u32 = 2;

/// How often, and how fast, what failed is tried again. What can fail differently the next time is a connection that
/// breaks or is not made, 408, 425, 429, and most statuses from 500 on; nothing else is tried twice, and never a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How many tries a request has in all, and a transfer without progress; 0 and 1 try nothing again. Default 5.
    pub attempts: u32,
    /// The pause after the first try; each one is twice as long as the one before, and shortened by up to a half by
    /// chance. Default 200 ms.
    pub first_pause: Duration,
    /// No pause is longer. Default 30 s.
    pub longest_pause: Duration,
    /// A registry that asks to be left alone for longer (`Retry-After`) gets its way: the call fails at once with
    /// [`RateLimited`](ErrorKind::RateLimited) or what else it said. Default 60 s.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            attempts: 5,
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(30),
            longest_wait: Duration::from_secs(60),
        }
    }
}

/// The policy of one registry, and how long it wants to be left alone by all threads.
pub(super) struct Retries {
    policy: RetryPolicy,
    not_before: Mutex<Option<Instant>>,
}

impl Retries {
    pub(super) fn new(policy: RetryPolicy) -> Retries {
        Retries {
            policy,
            not_before: Mutex::default(),
        }
    }

    /// Waits until the registry may be asked again.
    pub(super) fn wait_turn(&self, call: &mut Call<'_>) -> Result<()> {
        let not_before = *self.lock();
        match not_before.map(|time| time.saturating_duration_since(Instant::now())) {
            Some(left) if !left.is_zero() => call.pause(left),
            _ => Ok(()),
        }
    }

    /// Makes a request until it is answered, fails for good, or was made often enough; `once` sees the tries before it.
    pub(super) fn persist<'c, T>(
        &self,
        call: &mut Call<'c>,
        mut once: impl FnMut(&Tries, &mut Call<'c>) -> Result<T>,
    ) -> Result<T> {
        let mut tries = Tries::default();
        loop {
            match once(&tries, call) {
                Err(error) if may_pass(&error) => tries.pause(error, self, call)?,
                other => return other,
            }
        }
    }

    fn leave_alone(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut not_before = self.lock();
        *not_before = Some(not_before.map_or(until, |other| other.max(until)));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tries of one request, or of one transfer.
#[derive(Default)]
pub(super) struct Tries {
    /// Bytes since the last failure.
    gained: u64,
    /// How many tries in a row brought nothing.
    fruitless: u32,
    internal_errors: u32,
    may_have_acted: bool,
    made: u32,
}

impl Tries {
    /// So many bytes have come, or gone.
    pub(super) fn progress(&mut self, bytes: u64) {
        self.gained = self.gained.saturating_add(bytes);
    }

    /// Whether the registry may have done what was asked although the answer says otherwise.
    pub(super) fn may_have_acted(&self) -> bool {
        self.may_have_acted
    }

    /// Waits before the next try after `error`; gives it back, with the number of tries, when it is enough.
    pub(super) fn pause(
        &mut self,
        mut error: Error,
        retries: &Retries,
        call: &mut Call<'_>,
    ) -> Result<()> {
        // The end of the whole call looks like the end of an idle wait.
        call.check()?;
        let policy = &retries.policy;
        self.made += 1;
        self.fruitless = match self.gained >= PROGRESS {
            true => 0,
            false => self.fruitless + 1,
        };
        self.gained = 0;
        let status = error.answer().map(|answer| answer.status);
        self.internal_errors += u32::from(status == Some(500));
        self.may_have_acted |= status.is_none_or(|status| status >= 500);
        let asked = error.retry_after().unwrap_or(Duration::ZERO);
        if self.fruitless >= policy.attempts
            || (call.tries_once() && status.is_none())
            || self.internal_errors > MAX_INTERNAL_ERRORS
            || asked > policy.longest_wait.min(FOR_EVER)
        {
            if let Some(context) = error.context_mut() {
                context.attempts = self.made;
            }
            return Err(error);
        }
        log::debug!("trying again: {error}");
        let pause = self.pause_of(policy).max(asked);
        if matches!(status, Some(429 | 503)) {
            retries.leave_alone(pause);
        }
        call.pause(pause)
    }

    fn pause_of(&self, policy: &RetryPolicy) -> Duration {
        // The first break after progress is none of the registry's making.
        let Some(doublings) = self.fruitless.checked_sub(1) else {
            return Duration::ZERO;
        };
        let pause = policy.first_pause.saturating_mul(1 << doublings.min(20));
        jittered(pause.min(policy.longest_pause).min(FOR_EVER))
    }
}

/// Whether the same request may fare better the next time.
pub(super) fn may_pass(error: &Error) -> bool {
    match error {
        Error::ConnectionLost { .. } => true,
        // A name that nobody knows, and an address that may not be asked, stay so.
        Error::Connect { source, .. } => !matches!(
            source.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
        ),
        Error::Proxy { kind, .. } => *kind == ErrorKind::Connect,
        Error::Refused { answer, .. } => may_pass_later(answer),
        _ => false,
    }
}

fn may_pass_later(answer: &Answer) -> bool {
    matches!(
        answer.status,
        408 | 425 | 429 | 499 | 500 | 502 | 503 | 504 | 522 | 524
    ) || matches!(answer.code.as_str(), "TOOMANYREQUESTS" | "UNAVAILABLE")
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
    use super::*;

    fn lost() -> Error {
        Error::ConnectionLost {
            context: Box::default(),
            source: io::ErrorKind::ConnectionReset.into(),
        }
    }

    fn refused(status: u16, retry_after: u64) -> Error {
        Error::Refused {
            context: Box::default(),
            answer: Box::new(Answer {
                kind: ErrorKind::Registry,
                status,
                code: String::new(),
                message: String::new(),
                retry_after: Some(Duration::from_secs(retry_after)),
            }),
        }
    }

    fn quick() -> Retries {
        Retries::new(RetryPolicy {
            first_pause: Duration::from_millis(1),
            ..RetryPolicy::default()
        })
    }

    #[test]
    fn a_peer_that_brings_nothing_is_left_and_one_that_brings_something_is_not() {
        let (retries, call) = (quick(), &mut Call::new());
        let mut tries = Tries::default();
        for _ in 0..20 {
            tries.progress(PROGRESS);
            tries.pause(lost(), &retries, call).expect("it goes on");
        }
        for _ in 0..4 {
            tries.progress(PROGRESS - 1);
            tries.pause(lost(), &retries, call).expect("it goes on");
        }
        let error = tries.pause(lost(), &retries, call).expect_err("enough");
        assert_eq!(error.context().expect("a context").attempts, 25);
    }

    // case 35
    #[test]
    fn a_registry_that_wants_to_be_left_alone_for_long_is() {
        let (retries, call) = (quick(), &mut Call::new());
        let error = Tries::default().pause(refused(429, 61), &retries, call);
        let error = error.expect_err("an hour is too long");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(61)));

        let mut tries = Tries::default();
        let started = Instant::now();
        tries
            .pause(refused(429, 1), &retries, call)
            .expect("a second is not");
        assert!(started.elapsed() >= Duration::from_secs(1));
        for _ in 0..2 {
            tries.pause(refused(500, 0), &retries, call).expect("again");
        }
        tries
            .pause(refused(500, 0), &retries, call)
            .expect_err("it always fails");
    }

    #[test]
    fn who_does_not_want_to_try_again_does_not() {
        for attempts in [0, 1] {
            let retries = Retries::new(RetryPolicy {
                attempts,
                ..RetryPolicy::default()
            });
            Tries::default()
                .pause(lost(), &retries, &mut Call::new())
                .expect_err("once only");
        }
    }

    #[test]
    fn only_what_can_pass_is_tried_again() {
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert!(may_pass(&refused(status, 0)), "{status}");
        }
        for status in [400, 401, 403, 404, 405, 409, 413, 416, 501, 507] {
            assert!(!may_pass(&refused(status, 0)), "{status}");
        }
        let connect = |kind: io::ErrorKind| Error::Connect {
            context: Box::default(),
            source: kind.into(),
        };
        assert!(may_pass(&connect(io::ErrorKind::ConnectionRefused)));
        assert!(!may_pass(&connect(io::ErrorKind::NotFound)));
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
