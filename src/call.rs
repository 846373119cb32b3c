//! What one operation carries through all layers: progress, cancel flag, time limits.

mod cancel;
mod limits;
mod settings;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::fmt;
use std::ops::{ControlFlow, Deref, DerefMut};
use std::sync::{Arc, Condvar, MutexGuard, Weak, mpsc};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

pub use cancel::Cancel;
pub(crate) use cancel::{Blocked, Interrupt};
pub use limits::Limits;
pub(crate) use settings::{CallSettings, WorkerSettings};

use crate::error::{Context, Error, Result};
use crate::progress::{ImageProgressPull, ImageProgressPush, ImageProgressStep, Phase, Progress};

/// No wait lasts longer without a look at the cancel flag and a word to the callback.
pub(crate) const SLICE: Duration = Duration::from_millis(250);

/// How often one layer's numbers are reported at most, when the caller does not say.
const DEFAULT_PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// A verb that walks through many places of credentials would collect warnings without end.
const MAX_WARNINGS: usize = 100;

/// What one call carries besides its arguments: who receives progress, who may stop it, how long it may take.
///
/// Every method that talks to a peer takes one, so that each of them can be left, also a silent one. `Call::new()`
/// is right when none of it matters.
///
/// ```
/// use std::ops::ControlFlow;
/// use imgferry::{Call, Cancel, ImageProgressStep};
///
/// let cancel = Cancel::new();
/// let mut bar = |step: &ImageProgressStep| {
///     println!("{} {}", step.message, step.sum_current);
///     ControlFlow::Continue(())
/// };
/// let call = Call::new().progress(&mut bar).cancel(&cancel);
/// # drop(call);
/// ```
#[derive(Default)]
pub struct Call<'p> {
    progress: Option<&'p mut dyn Progress>,
    progress_interval: Option<Duration>,
    cancel: Cancel,
    limits: Limits,
    running: Running,
    /// The caller's thread, when the call is that of a worker.
    home: Option<Home>,
}

/// Which records of a verb reach the callback.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Reports {
    #[default]
    All,
    /// All but [`Phase::Done`]: the verb is a part of one that goes on after it.
    NoEnd,
    /// [`Phase::Waiting`] only: what is done is of no interest, and can be left all the same.
    Heartbeats,
}

/// The way from a worker to the thread of the caller, on which all of the caller's own functions run.
#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) thread: ThreadId,
    /// Has an errand run there; `false` when nobody is at home any more.
    pub(crate) send: Arc<dyn Fn(Errand) -> bool + Send + Sync>,
}

/// What is to be done on the thread of the caller.
pub(crate) type Errand = Box<dyn FnOnce() + Send>;

/// The state of the operation that uses the call now.
#[derive(Default)]
struct Running {
    /// How many verbs are inside one another; the outermost one gives the name and the deadline.
    depth: u32,
    operation: &'static str,
    subject: String,
    deadline: Option<Instant>,
    sum_current: u64,
    sum_total: Option<u64>,
    reports: Reports,
    tries_once: bool,
    /// When bytes that we moved were reported last.
    reported: Option<Instant>,
    /// What the result of the verb will say was odd.
    warnings: Vec<String>,
    ending: Option<Ending>,
}

/// The end of a verb, which is not left in the middle: what it has begun to tidy up would stay so.
struct Ending {
    /// When it must be over: not set before somebody wants to leave.
    until: Cell<Option<Instant>>,
    /// The flag of the call, which interrupts nothing meanwhile.
    cancel: Cancel,
    stopped_by_callback: bool,
}

impl<'p> Call<'p> {
    /// No progress, no cancel flag, the default limits.
    pub fn new() -> Call<'p> {
        Call::default()
    }

    /// Sends progress to `progress`, on the calling thread.
    pub fn progress(mut self, progress: &'p mut dyn Progress) -> Call<'p> {
        self.progress = Some(progress);
        self
    }

    /// Reports the numbers of one layer at most once in `interval`. Default 100 ms. A change of phase, the last
    /// record of a layer and the final record are always reported.
    pub fn progress_interval(mut self, interval: Duration) -> Call<'p> {
        self.progress_interval = Some(interval);
        self
    }

    /// Lets `cancel` stop the call.
    pub fn cancel(mut self, cancel: &Cancel) -> Call<'p> {
        self.cancel = cancel.clone();
        self
    }

    /// Sets the time limits.
    pub fn limits(mut self, limits: Limits) -> Call<'p> {
        self.limits = limits;
        self
    }

    /// What of this call lives on in a stream that outlives it.
    pub(crate) fn settings(&self) -> CallSettings {
        CallSettings {
            cancel: self.cancel.clone(),
            limits: self.limits,
            home: self.home.clone(),
        }
    }

    /// What the calls of the running verb's workers are made of; `cancel` stops them.
    pub(crate) fn for_workers(&self, cancel: &Cancel, home: Home) -> WorkerSettings {
        WorkerSettings {
            settings: CallSettings {
                cancel: cancel.clone(),
                limits: self.limits,
                home: Some(home),
            },
            progress_interval: self.progress_interval,
            operation: self.running.operation,
            subject: self.running.subject.clone(),
            deadline: self.running.deadline,
        }
    }

    /// The thread that made the call, also in a worker of it.
    pub(crate) fn home_thread(&self) -> ThreadId {
        match &self.home {
            Some(home) => home.thread,
            None => thread::current().id(),
        }
    }

    /// Whether this is the call of a worker.
    pub(crate) fn is_worker(&self) -> bool {
        self.home.is_some()
    }

    /// Runs a function of the caller, on the thread that made the call.
    pub(crate) fn at_home<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let Some(home) = &self.home else {
            return Ok(work());
        };
        let (answer, answered) = mpsc::sync_channel(1);
        // Who does not wait any more has been told why.
        let errand = Box::new(move || drop(answer.send(work())));
        if !(home.send)(errand) {
            return Err(self.cancelled("the end of the call"));
        }
        loop {
            match answered.recv_timeout(SLICE) {
                Ok(answer) => return Ok(answer),
                Err(mpsc::RecvTimeoutError::Timeout) => self.check()?,
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(self.cancelled("the end of the call"));
                }
            }
        }
    }

    /// Starts a verb. Verbs that call verbs share the outermost one's name and deadline.
    pub(crate) fn enter(
        &mut self,
        operation: &'static str,
        subject: impl fmt::Display,
    ) -> Entered<'_, 'p> {
        if self.running.depth == 0 {
            self.running = Running {
                operation,
                subject: subject.to_string(),
                deadline: self.limits.deadline.map(|limit| Instant::now() + limit),
                ..Running::default()
            };
        }
        self.running.depth += 1;
        Entered { call: self }
    }

    /// The context of an error of the running verb.
    pub(crate) fn context(&self, endpoint: &str, stage: impl Into<String>) -> Box<Context> {
        Box::new(Context {
            operation: self.running.operation,
            subject: self.running.subject.clone(),
            endpoint: endpoint.to_owned(),
            stage: stage.into(),
            attempts: 1,
            left_behind: Vec::new(),
        })
    }

    pub(crate) fn time_limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn interval(&self) -> Duration {
        self.progress_interval.unwrap_or(DEFAULT_PROGRESS_INTERVAL)
    }

    /// Fails when the operation was cancelled or its deadline passed.
    pub(crate) fn check(&self) -> Result<()> {
        let now = Instant::now();
        let Some(ending) = &self.running.ending else {
            return self.check_whether_left(&self.cancel, now);
        };
        if ending.until.get().is_none() && self.check_whether_left(&ending.cancel, now).is_err() {
            ending.until.set(Some(now + CLEAN_UP_LIMIT));
        }
        match ending.until.get() {
            Some(until) if now >= until => Err(self.timeout("end of the clean-up", CLEAN_UP_LIMIT)),
            _ => Ok(()),
        }
    }

    fn check_whether_left(&self, cancel: &Cancel, now: Instant) -> Result<()> {
        if cancel.is_cancelled() {
            return Err(self.cancelled("the cancel flag"));
        }
        match (self.running.deadline, self.limits.deadline) {
            (Some(deadline), Some(limit)) if now >= deadline => Err(self.timeout("end", limit)),
            _ => Ok(()),
        }
    }

    pub(crate) fn timeout(&self, awaited: &'static str, limit: Duration) -> Error {
        Error::Timeout {
            context: self.context("", ""),
            awaited,
            limit,
        }
    }

    fn cancelled(&self, by: &'static str) -> Error {
        Error::Cancelled {
            context: self.context("", ""),
            by,
        }
    }

    /// Runs `work`, of which only these records are reported.
    pub(crate) fn reporting<T>(
        &mut self,
        reports: Reports,
        work: impl FnOnce(&mut Call<'p>) -> T,
    ) -> T {
        let outer = std::mem::replace(&mut self.running.reports, reports);
        let result = work(self);
        self.running.reports = outer;
        result
    }

    /// Runs `work`, which can be done without: a peer that cannot be reached is not tried again.
    pub(crate) fn trying_once<T>(&mut self, work: impl FnOnce(&mut Call<'p>) -> T) -> T {
        let outer = std::mem::replace(&mut self.running.tries_once, true);
        let result = work(self);
        self.running.tries_once = outer;
        result
    }

    /// Whether a peer that cannot be reached is not tried again.
    pub(crate) fn tries_once(&self) -> bool {
        self.running.tries_once
    }

    /// Reports a step; its sums are kept for the heartbeats that follow.
    pub(crate) fn step(&mut self, step: &ImageProgressStep<'_>) -> Result<()> {
        if self.running.reports == Reports::Heartbeats {
            return Ok(());
        }
        self.running.sum_current = step.sum_current;
        self.running.sum_total = step.sum_total;
        if step.phase == Phase::Done && self.running.reports == Reports::NoEnd {
            return Ok(());
        }
        self.tell(|progress| progress.step(step))
    }

    /// Reports the end of a verb whose parts have reported all else.
    pub(crate) fn finish(&mut self, digest: &str) -> Result<()> {
        self.step(&ImageProgressStep {
            phase: Phase::Done,
            digest,
            sum_current: self.running.sum_current,
            sum_total: self.running.sum_total,
            ..ImageProgressStep::default()
        })
    }

    /// Reports bytes that went through our hands, unless it was done a moment ago.
    pub(crate) fn moved(&mut self, phase: Phase, current: u64, total: Option<u64>) -> Result<()> {
        if self.running.reports == Reports::Heartbeats {
            return Ok(());
        }
        self.running.sum_current = current;
        self.running.sum_total = total;
        let now = Instant::now();
        let interval = self.interval();
        if self
            .running
            .reported
            .is_some_and(|last| now.duration_since(last) < interval)
        {
            return Ok(());
        }
        self.running.reported = Some(now);
        self.step(&ImageProgressStep {
            phase,
            current,
            total,
            sum_current: current,
            sum_total: total,
            ..ImageProgressStep::default()
        })
    }

    /// Tells the callback that nothing arrived, which gives it the chance to stop the call.
    pub(crate) fn heartbeat(&mut self) -> Result<()> {
        let step = ImageProgressStep {
            phase: Phase::Waiting,
            sum_current: self.running.sum_current,
            sum_total: self.running.sum_total,
            ..ImageProgressStep::default()
        };
        self.tell(|progress| progress.step(&step))
    }

    /// Waits on `changed`, for a slice at most, so that the call can be left. Whoever waits locks and looks again.
    pub(crate) fn wait<T>(&mut self, changed: &Condvar, locked: MutexGuard<'_, T>) -> Result<()> {
        // Woken, at the end of the slice, or with a lock that a panic has poisoned: the next look tells.
        drop(changed.wait_timeout(locked, SLICE));
        self.heartbeat()?;
        self.check()
    }

    /// Waits for `time`, in slices, so that the call can be left.
    pub(crate) fn pause(&mut self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        loop {
            self.check()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(SLICE));
            self.heartbeat()?;
        }
    }

    pub(crate) fn push_starts(&mut self, start: &ImageProgressPush<'_>) -> Result<()> {
        self.tell(|progress| progress.push(start))
    }

    pub(crate) fn pull_starts(&mut self, start: &ImageProgressPull<'_>) -> Result<()> {
        self.tell(|progress| progress.pull(start))
    }

    /// During a clean-up nobody is told: a callback that has said stop is not asked again.
    fn tell(&mut self, event: impl FnOnce(&mut dyn Progress) -> ControlFlow<()>) -> Result<()> {
        let is_left = |ending: &Ending| ending.until.get().is_some();
        if self.running.ending.as_ref().is_some_and(is_left) {
            return Ok(());
        }
        let Some(progress) = &mut self.progress else {
            return Ok(());
        };
        match (event(*progress), &mut self.running.ending) {
            (ControlFlow::Continue(()), _) => Ok(()),
            (ControlFlow::Break(()), None) => Err(self.cancelled("the progress callback")),
            (ControlFlow::Break(()), Some(ending)) => {
                ending.stopped_by_callback = true;
                ending.until.set(Some(Instant::now() + CLEAN_UP_LIMIT));
                Ok(())
            }
        }
    }

    /// Notes what did not end the verb but should be known: in the log, to the callback, and in the result when that has
    /// warnings. The same is noted once.
    pub(crate) fn warn(&mut self, warning: &str) -> Result<()> {
        if self.running.warnings.iter().any(|noted| noted == warning) {
            return Ok(());
        }
        log::warn!("{warning}");
        if self.running.warnings.len() < MAX_WARNINGS {
            self.running.warnings.push(warning.to_owned());
        }
        let step = ImageProgressStep {
            message: warning,
            sum_current: self.running.sum_current,
            sum_total: self.running.sum_total,
            ..ImageProgressStep::default()
        };
        self.tell(|progress| progress.step(&step))
    }

    /// What was noted so far in the running verb, for its result.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.running.warnings
    }

    /// Takes over what a worker noted, which is in the log already.
    pub(crate) fn add_warnings(&mut self, warnings: Vec<String>) {
        for warning in warnings {
            let noted = &mut self.running.warnings;
            if noted.len() < MAX_WARNINGS && !noted.contains(&warning) {
                noted.push(warning);
            }
        }
    }

    /// Marks the thread as blocked on `what`, so that [`Cancel::cancel`] frees it.
    pub(crate) fn blocked_on(&self, what: Weak<dyn Interrupt>) -> Blocked {
        self.cancel.blocked_on(what)
    }

    /// Runs `work`, which tidies up after a failure: it may not be cancelled, and ends after [`CLEAN_UP_LIMIT`].
    pub(crate) fn clean_up<T>(&mut self, work: impl FnOnce(&mut Call<'p>) -> T) -> T {
        let begun = self.running.ending.as_ref();
        let until = begun.and_then(|ending| ending.until.get());
        let until = until.unwrap_or_else(|| Instant::now() + CLEAN_UP_LIMIT);
        self.ending(Some(until), work).0
    }

    /// Runs `work`, which tidies up after a success: it may take its time, but [`CLEAN_UP_LIMIT`] only from when the
    /// call is to be left. Fails when that was what the callback said.
    pub(crate) fn complete<T>(&mut self, work: impl FnOnce(&mut Call<'p>) -> T) -> Result<T> {
        match self.ending(None, work) {
            (result, false) => Ok(result),
            (_, true) => Err(self.cancelled("the progress callback")),
        }
    }

    /// Whether the callback has stopped it comes beside the result.
    fn ending<T>(
        &mut self,
        until: Option<Instant>,
        work: impl FnOnce(&mut Call<'p>) -> T,
    ) -> (T, bool) {
        let ending = Ending {
            until: Cell::new(until),
            cancel: self.cancel.clone(),
            stopped_by_callback: false,
        };
        let outer = self.running.ending.replace(ending);
        let cancel = std::mem::take(&mut self.cancel);
        let result = work(self);
        self.cancel = cancel;
        let ended = std::mem::replace(&mut self.running.ending, outer);
        (result, ended.is_some_and(|ended| ended.stopped_by_callback))
    }
}

/// How long tidying up after a failure or a cancel may take in all.
pub(crate) const CLEAN_UP_LIMIT: Duration = Duration::from_secs(2);

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("progress", &self.progress.is_some())
            .field("progress_interval", &self.interval())
            .field("cancel", &self.cancel)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// A verb that is running; ends when it is dropped.
pub(crate) struct Entered<'c, 'p> {
    call: &'c mut Call<'p>,
}

impl<'p> Deref for Entered<'_, 'p> {
    type Target = Call<'p>;

    fn deref(&self) -> &Call<'p> {
        self.call
    }
}

impl<'p> DerefMut for Entered<'_, 'p> {
    fn deref_mut(&mut self) -> &mut Call<'p> {
        self.call
    }
}

impl Drop for Entered<'_, '_> {
    fn drop(&mut self) {
        self.call.running.depth -= 1;
    }
}
