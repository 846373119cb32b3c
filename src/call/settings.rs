//! What of a call goes on elsewhere: in a stream, and on other threads.

use std::time::{Duration, Instant};

use super::{Call, Cancel, Home, Limits, Running};

/// The part of a call that a stream keeps: it can still be stopped by its flag, and its waits are limited.
#[derive(Clone)]
pub(crate) struct CallSettings {
    pub(super) cancel: Cancel,
    pub(super) limits: Limits,
    pub(super) home: Option<Home>,
}

impl CallSettings {
    pub(crate) fn call<'c>(&self) -> Call<'c> {
        Call {
            cancel: self.cancel.clone(),
            limits: self.limits,
            home: self.home.clone(),
            ..Call::new()
        }
    }
}

/// What a worker takes to its thread: name, limits and deadline of the verb, and the way home.
#[derive(Clone)]
pub(crate) struct WorkerSettings {
    pub(super) settings: CallSettings,
    pub(super) progress_interval: Option<Duration>,
    pub(super) operation: &'static str,
    pub(super) subject: String,
    pub(super) deadline: Option<Instant>,
}

impl WorkerSettings {
    pub(crate) fn call<'w>(&self) -> Call<'w> {
        Call {
            progress_interval: self.progress_interval,
            running: Running {
                // The verb is running already.
                depth: 1,
                operation: self.operation,
                subject: self.subject.clone(),
                deadline: self.deadline,
                ..Running::default()
            },
            ..self.settings.call()
        }
    }
}
