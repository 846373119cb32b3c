//! A long operation can be left at any moment: it ends soon, what it leaves is whole or not there, and no other
//! operation of the same handles notices.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use imgferry::{Call, Cancel, ErrorKind, ImageProgressStep, InspectOptions, Result};

use super::LIMIT;
use super::operations::{OPERATIONS, Operation};
use super::stage::{KEPT, Stage};
use super::support::{Dice, deep};

/// How an operation ended that was to be left at a moment.
struct End {
    result: Result<()>,
    /// How long it went on after the moment; nothing when it had ended before.
    went_on: Option<Duration>,
}

/// The callback ends the call when it is asked for the first time after the moment.
fn leave_by_callback(stage: &Stage, operation: &Operation, moment: Duration) -> End {
    let begun = Instant::now();
    let mut left = None;
    let mut stop = |_: &ImageProgressStep<'_>| match begun.elapsed() >= moment {
        true => {
            left.get_or_insert_with(Instant::now);
            ControlFlow::Break(())
        }
        false => ControlFlow::Continue(()),
    };
    let call = &mut Call::new().progress(&mut stop);
    let result = (operation.run)(stage, call);
    End {
        result,
        went_on: left.map(|left| left.elapsed()),
    }
}

/// Another thread cancels the call at the moment.
fn leave_by_flag(stage: &Stage, operation: &Operation, moment: Duration) -> End {
    let cancel = Cancel::new();
    let (ended, end) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let cancel = &cancel;
        let other = scope.spawn(move || {
            let is_over = end.recv_timeout(moment) != Err(RecvTimeoutError::Timeout);
            (!is_over).then(|| {
                cancel.cancel();
                Instant::now()
            })
        });
        let result = (operation.run)(stage, &mut Call::new().cancel(cancel));
        let now = Instant::now();
        drop(ended);
        let left = other.join().expect("no panic");
        End {
            result,
            went_on: left.map(|left| now.saturating_duration_since(left)),
        }
    })
}

/// Ends [`go_on`], also when a test fails.
struct Over<'o>(&'o AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Asks over the same handles all the time, and is never refused; returns how often.
fn go_on(stage: &Stage, is_over: &AtomicBool) -> u64 {
    let mut asked = 0;
    while !is_over.load(Ordering::Relaxed) {
        let call = &mut Call::new();
        let options = InspectOptions::default();
        let details = stage.engine.inspect_image(KEPT, &options, call);
        details.expect("the engine goes on");
        let tags = stage.at.tags(&stage.other(), call);
        assert_eq!(tags.expect("the registry goes on"), ["1"]);
        asked += 1;
        thread::sleep(Duration::from_millis(20));
    }
    asked
}

fn leave_many_times(stage: &Stage, operation: &Operation, dice: &mut Dice, times: u64) {
    let begun = Instant::now();
    (operation.run)(stage, &mut Call::new()).expect("it succeeds when it is not left");
    let mut whole = begun.elapsed();
    (operation.look)(stage, true);
    let (mut left, mut slowest) = (0, Duration::ZERO);
    for _ in 0..times {
        stage.round.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(whole.as_micros()).expect("a short while");
        let moment = Duration::from_micros(dice.below(micros * 5 / 4));
        let leave = match dice.one_in(2) {
            true => leave_by_callback,
            false => leave_by_flag,
        };
        let begun = Instant::now();
        let End { result, went_on } = leave(stage, operation, moment);
        match &result {
            // What is there already makes the next one shorter.
            Ok(()) => whole = (whole + begun.elapsed()) / 2,
            Err(error) => {
                let what = format!("{} after {moment:?}: {}", operation.name, error.report());
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{what}");
                let went_on = went_on.expect("it was left");
                assert!(went_on < LIMIT, "{went_on:?}: {what}");
                (left, slowest) = (left + 1, slowest.max(went_on));
            }
        }
        (operation.look)(stage, result.is_ok());
    }
    println!(
        "| {} | {whole:.1?} | {left} | {} | {slowest:.1?} |",
        operation.name,
        times - left
    );
}

#[test]
fn a_long_operation_can_be_left_at_any_moment_and_no_other_notices() {
    let stage = Stage::set();
    let mut dice = Dice::thrown("the moments:");
    let is_over = AtomicBool::new(false);
    println!("| operation | takes | left | ended before | longest end |");
    println!("| --- | --- | --- | --- | --- |");
    thread::scope(|scope| {
        let other = scope.spawn(|| go_on(&stage, &is_over));
        let over = Over(&is_over);
        for operation in OPERATIONS {
            let times = if deep() { 200 } else { 5 };
            leave_many_times(&stage, operation, &mut dice, times);
        }
        drop(over);
        let asked = other.join().expect("the other thread was never refused");
        println!("asked meanwhile: {asked} times");
        assert!(asked > 0);
    });
}
