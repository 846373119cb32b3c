//! One verb on several threads: what waits for peers and disks goes side by side, and every function of the caller
//! (progress, credentials) runs on the caller's own thread.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::call::{Call, Cancel, Errand, Home, SLICE, WorkerSettings};
use crate::error::{Error, Result};
use crate::progress::{ImageProgressStep, Phase, Unit};

/// A step of a worker, on its way to the caller's thread.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) phase: Phase,
    pub(crate) layer_id: String,
    pub(crate) message: String,
    pub(crate) current: u64,
    pub(crate) total: Option<u64>,
    pub(crate) unit: Unit,
}

/// What a worker tells the caller's thread.
enum Event {
    /// A step of the job of this index.
    Step(usize, Step),
    Errand(Errand),
    Warnings(Vec<String>),
    Failed(Error),
    /// The thread ends.
    Ended {
        by_panic: bool,
    },
}

/// Does `work` for each of `jobs` on at most `most` threads, which end before this returns; the results are in the order
/// of the jobs. The first failure stops the others, and is the one that is told.
///
/// `follow` is told the steps of the workers, each with the index of its job, on the caller's thread.
pub(crate) fn side_by_side<'c, J: Sync, R: Send>(
    jobs: &[J],
    most: usize,
    call: &mut Call<'c>,
    follow: impl FnMut(usize, &Step, &mut Call<'c>) -> Result<()>,
    work: impl Fn(&J, &mut Call<'_>) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let (events, arrived) = mpsc::channel();
    let stop = Cancel::new();
    let crew = Crew {
        settings: call.for_workers(&stop, home(&events)),
        jobs,
        next: AtomicUsize::new(0),
        results: Mutex::new(jobs.iter().map(|_| None).collect()),
        work,
    };
    let threads = most.min(jobs.len());
    thread::scope(|scope| {
        // Also when a function of the caller panics: the scope waits for its threads.
        let _stop = StopInTheEnd(&stop);
        for _ in 0..threads {
            let (crew, events) = (&crew, Events(events.clone()));
            scope.spawn(move || crew.work(&events));
        }
        attend(threads, &arrived, &stop, call, follow)
    })?;
    let results = crew.results.into_inner();
    let results = results.unwrap_or_else(PoisonError::into_inner);
    // Without a failure every job was done.
    Ok(results.into_iter().flatten().collect())
}

/// What the caller's thread does until the workers have ended.
fn attend<'c>(
    mut running: usize,
    arrived: &Receiver<Event>,
    stop: &Cancel,
    call: &mut Call<'c>,
    mut follow: impl FnMut(usize, &Step, &mut Call<'c>) -> Result<()>,
) -> Result<()> {
    let mut failure: Option<Error> = None;
    while running > 0 {
        let event = arrived.recv_timeout(SLICE);
        let handled = match event {
            Ok(Event::Ended { by_panic }) => {
                running -= 1;
                // The scope goes on with the panic once all have ended.
                if by_panic {
                    stop.cancel();
                }
                Ok(())
            }
            Ok(Event::Failed(error)) => Err(error),
            Ok(Event::Warnings(warnings)) => {
                call.add_warnings(warnings);
                Ok(())
            }
            // After a failure nobody is told or asked anything.
            _ if failure.is_some() => Ok(()),
            Ok(Event::Step(job, step)) => follow(job, &step, call),
            Ok(Event::Errand(errand)) => {
                errand();
                Ok(())
            }
            Err(_) => call.heartbeat(),
        };
        failure = match (failure, handled) {
            (None, Ok(())) => call.check().err(),
            (None, Err(error)) => Some(error),
            (Some(first), Ok(())) => Some(first),
            (Some(first), Err(later)) => Some(with_rest_of(first, &later)),
        };
        if failure.is_some() {
            stop.cancel();
        }
    }
    failure.map_or(Ok(()), Err)
}

/// The first error, with what a later one could not clean up.
fn with_rest_of(mut first: Error, later: &Error) -> Error {
    if let (Some(context), Some(rest)) = (first.context_mut(), later.context()) {
        context.left_behind.extend_from_slice(&rest.left_behind);
    }
    first
}

/// The way to the caller's thread.
fn home(events: &Sender<Event>) -> Home {
    let events = events.clone();
    Home {
        thread: thread::current().id(),
        send: Arc::new(move |errand| events.send(Event::Errand(errand)).is_ok()),
    }
}

struct StopInTheEnd<'s>(&'s Cancel);

impl Drop for StopInTheEnd<'_> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// What the threads share.
struct Crew<'j, J, R, W> {
    settings: WorkerSettings,
    jobs: &'j [J],
    /// The index of the next job that nobody has taken.
    next: AtomicUsize,
    results: Mutex<Vec<Option<R>>>,
    work: W,
}

impl<J, R, W> Crew<'_, J, R, W>
where
    W: Fn(&J, &mut Call<'_>) -> Result<R>,
{
    /// Takes jobs until there is none, or until one fails.
    fn work(&self, events: &Events) {
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = self.jobs.get(at) else {
                return;
            };
            let mut tell = |step: &ImageProgressStep<'_>| events.step(at, step);
            let mut call = self.settings.call().progress(&mut tell);
            let done = call.check().and_then(|()| (self.work)(job, &mut call));
            events.send(Event::Warnings(call.warnings().to_vec()));
            match done {
                Ok(result) => {
                    let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
                    results[at] = Some(result);
                }
                Err(error) => return events.send(Event::Failed(error)),
            }
        }
    }
}

/// The events of one worker.
struct Events(Sender<Event>);

impl Events {
    fn send(&self, event: Event) {
        // The caller's thread listens until every worker has ended, unless it panics, and then nobody is to be told.
        drop(self.0.send(event));
    }

    fn step(&self, job: usize, step: &ImageProgressStep<'_>) -> ControlFlow<()> {
        // The caller's thread has a heartbeat of its own.
        if step.phase != Phase::Waiting {
            let step = Step {
                phase: step.phase,
                layer_id: step.layer_id.to_owned(),
                message: step.message.to_owned(),
                current: step.current,
                total: step.total,
                unit: step.unit,
            };
            self.send(Event::Step(job, step));
        }
        ControlFlow::Continue(())
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let by_panic = thread::panicking();
        self.send(Event::Ended { by_panic });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::error::ErrorKind;

    fn ignore(_: usize, _: &Step, _: &mut Call<'_>) -> Result<()> {
        Ok(())
    }

    #[test]
    fn jobs_go_side_by_side_and_their_results_come_in_order() {
        let busy = AtomicUsize::new(0);
        let most = AtomicUsize::new(0);
        let jobs: Vec<usize> = (0..20).collect();
        let results = side_by_side(&jobs, 4, &mut Call::new(), ignore, |job, _| {
            most.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(5));
            busy.fetch_sub(1, Ordering::SeqCst);
            Ok(job * 2)
        })
        .expect("all of them");
        assert_eq!(results, jobs.iter().map(|job| job * 2).collect::<Vec<_>>());
        assert!((2..=4).contains(&most.load(Ordering::SeqCst)));
    }

    #[test]
    fn the_first_failure_stops_the_others_and_is_told_with_what_they_left_behind() {
        let started = Instant::now();
        // A job that has not begun when another fails leaves nothing behind.
        let all_began = Barrier::new(3);
        let error = side_by_side(&[0, 1, 2], 3, &mut Call::new(), ignore, |job, call| {
            all_began.wait();
            if *job == 1 {
                return Err(Error::Protocol {
                    context: call.context("", ""),
                    what: "the second".into(),
                });
            }
            let mut error = call.pause(Duration::from_secs(60)).expect_err("stopped");
            if let Some(context) = error.context_mut() {
                context.left_behind.push(format!("of {job}"));
            }
            Err::<(), _>(error)
        })
        .expect_err("one failed");
        assert_eq!(error.kind(), ErrorKind::Protocol);
        let mut left = error.context().expect("a context").left_behind.clone();
        left.sort();
        assert_eq!(left, ["of 0", "of 2"]);
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn what_belongs_to_the_caller_runs_on_the_thread_of_the_caller() {
        let own = thread::current().id();
        let mut seen = Vec::new();
        let mut watch = |step: &ImageProgressStep<'_>| {
            assert_eq!(thread::current().id(), own);
            seen.push(step.message.to_owned());
            ControlFlow::Continue(())
        };
        let mut call = Call::new().progress(&mut watch);
        let follow = |job: usize, step: &Step, call: &mut Call<'_>| {
            let message = format!("{job}: {}", step.message);
            call.step(&ImageProgressStep {
                message: &message,
                ..ImageProgressStep::default()
            })
        };
        let threads = side_by_side(&[(), ()], 2, &mut call, follow, |(), call| {
            assert_ne!(thread::current().id(), own);
            call.warn("noted")?;
            call.at_home(|| thread::current().id())
        })
        .expect("both");
        assert_eq!(threads, [own, own]);
        assert_eq!(call.warnings(), ["noted"]);
        drop(call);
        seen.sort();
        assert_eq!(seen, ["0: noted", "1: noted"]);
    }

    #[test]
    fn a_caller_who_stops_is_not_asked_again_and_does_not_wait_long() {
        let mut asked = 0;
        let mut stop = |_: &ImageProgressStep<'_>| {
            asked += 1;
            ControlFlow::Break(())
        };
        let mut call = Call::new().progress(&mut stop);
        let started = Instant::now();
        let error = side_by_side(&[(), ()], 2, &mut call, ignore, |(), call| {
            call.pause(Duration::from_secs(60))
        })
        .expect_err("stopped");
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        drop(call);
        assert_eq!(asked, 1);
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_worker_that_panics_ends_the_call_and_the_others() {
        let started = Instant::now();
        let caught = std::panic::catch_unwind(|| {
            side_by_side(&[0, 1], 2, &mut Call::new(), ignore, |job, call| {
                assert!(*job == 1, "a worker that panics");
                call.pause(Duration::from_secs(60))
            })
        });
        assert!(caught.is_err());
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}
