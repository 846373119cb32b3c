//! Playing cases, several at the same time, and judging each.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use imgferry::{Call, Error, Limits};

use crate::cases::{Case, Cases, Rehearsal};
use crate::judge::{Judge, Sessions};
use crate::operations::Operation;
use crate::outcome::{End, Outcome, Wrong};
use crate::scene::Scene;
use crate::stage::Stage;
use crate::support::{Exchange, Plan};

/// Most cases wait, for a time limit or for an engine.
const AT_ONCE: usize = 8;

/// Of a case that ends by itself. A busy machine needs some time for what takes milliseconds.
const ENOUGH: Duration = Duration::from_secs(20);
/// Where only a limit ends the case: without a byte, and in all.
const SILENCE: Duration = Duration::from_millis(600);
const SILENT_CALL: Duration = Duration::from_millis(2500);
/// The engine tries pushes again for more than a minute.
const ENGINE_CALL: Duration = Duration::from_secs(5);
/// After its end a call may tidy up for 2 seconds; the rest is for a busy machine.
const GRACE: Duration = Duration::from_secs(5);

pub fn all(operation: &Operation, stage: &'static Stage, cases: Cases) -> Vec<Outcome> {
    let at_once = if operation.is_alone { 1 } else { AT_ONCE };
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..at_once.min(cases.cases.len()) {
            scope.spawn(|| {
                while let Some(case) = cases.cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = play(operation, stage, &cases.rehearsal, case);
                    outcomes.lock().expect("not poisoned").push(outcome);
                }
            });
        }
    });
    outcomes.into_inner().expect("not poisoned")
}

fn play(
    operation: &Operation,
    stage: &'static Stage,
    rehearsal: &Rehearsal,
    case: &Case,
) -> Outcome {
    let scene = Arc::new(Scene::new(stage, operation.at, case.plan()));
    (operation.prepare)(&scene);
    let limits = limits(operation, case);
    let started = Instant::now();
    let tried = attempt(operation, &scene, limits);
    let took = started.elapsed();
    let exchanges = scene.proxy.exchanges();
    let mut outcome = Outcome {
        class: case.class(),
        case: format!("{}: {case}", operation.name),
        end: None,
        wrong: None,
        took,
    };
    let result = match tried {
        Ok(result) => result,
        Err(wrong) => {
            outcome.wrong = Some((wrong, String::new()));
            return outcome;
        }
    };
    scene.proxy.set(Plan::none());
    let judge = Judge {
        operation,
        rehearsal,
        scene: &scene,
        sessions: Sessions::of(&exchanges),
    };
    outcome.end = Some(match &result {
        Ok(_) => End::Success,
        Err(error) => End::Error(error.kind()),
    });
    let judged = judge
        .end(case, &result)
        .and_then(|()| judge.again(case, &result));
    outcome.wrong = judged
        .err()
        .map(|(wrong, what)| (wrong, format!("{what}; it asked {}", asked(&exchanges))));
    scene.tidy_up(operation.has_engine());
    outcome
}

fn limits(operation: &Operation, case: &Case) -> Limits {
    let silent = case.class().is_silence();
    let wait = Some(if silent { SILENCE } else { ENOUGH });
    let deadline = match silent {
        _ if operation.is_spoken_by_engine => ENGINE_CALL,
        true => SILENT_CALL,
        false => ENOUGH,
    };
    Limits {
        connect: wait,
        answer: wait,
        idle: wait,
        deadline: Some(deadline),
    }
}

/// Runs the operation on a thread of its own, which is left when it does not end.
fn attempt(
    operation: &Operation,
    scene: &Arc<Scene>,
    limits: Limits,
) -> Result<Result<String, Error>, Wrong> {
    let (end, ended) = mpsc::channel();
    let (run, own) = (operation.run, Arc::clone(scene));
    let started = Instant::now();
    thread::spawn(move || {
        let result = run(&own, &mut Call::new().limits(limits));
        let result = result.map(|said| own.normal(&said));
        drop(own);
        // Who does not wait any more has been told why.
        let _ = end.send(result);
    });
    let longest = limits.deadline.unwrap_or(ENOUGH) + GRACE;
    match ended.recv_timeout(longest.saturating_sub(started.elapsed())) {
        Ok(result) => Ok(result),
        Err(RecvTimeoutError::Timeout) => Err(Wrong::Hang),
        Err(RecvTimeoutError::Disconnected) => Err(Wrong::Panic),
    }
}

/// The requests of the disturbed operation, and how each was answered.
fn asked(exchanges: &[Exchange]) -> String {
    let lines = exchanges.iter().map(|exchange| {
        let answer = match exchange.status {
            Some(status) => status.to_string(),
            None => "nothing".to_owned(),
        };
        // What a registry adds for itself says nothing.
        let line = &exchange.request.request;
        let line = line.split_once("_state=").map_or(&**line, |(line, _)| line);
        format!("{line} ({answer})")
    });
    lines.collect::<Vec<_>>().join(", ")
}
