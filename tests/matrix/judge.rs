//! Judging how a case has ended, and what it has left.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use imgferry::{Call, Error, ErrorKind, Limits};

use crate::cases::{Case, Rehearsal};
use crate::operations::{Again, Operation};
use crate::outcome::Wrong;
use crate::scene::Scene;
use crate::state::State;
use crate::support::Exchange;

/// What a peer does after its client has left is done soon.
const SETTLES: Duration = Duration::from_secs(4);

/// dockerd tries again by itself after 5, 10 and 15 seconds.
const AGAIN: Duration = Duration::from_secs(60);

/// What an engine says of a line to a registry that is disturbed is its own: mostly it has no kind, and it gives up later
/// than the call.
const SAID_BY_ENGINE: &[ErrorKind] = &[
    ErrorKind::Engine,
    ErrorKind::RegistryUnreachable,
    ErrorKind::Timeout,
];

/// The uploads of a disturbed operation that no client could have ended.
pub struct Sessions {
    /// The answers that named them did not reach the client as the registry gave them.
    lost: usize,
    /// The client has given them up, and was told that they are gone. Of one whose line was cut in a body, docker-registry
    /// itself says so and keeps it: the bytes that came make it longer than its signed state says.
    given_up: Vec<String>,
    /// The client has come to know them: it asked for them.
    known: Vec<String>,
}

impl Sessions {
    pub fn of(exchanges: &[Exchange]) -> Sessions {
        let asked = |method: &'static str| {
            exchanges.iter().filter(move |exchange| {
                let line = &exchange.request.request;
                line.starts_with(method) && line.contains("/blobs/uploads/")
            })
        };
        let is_lost = |exchange: &&Exchange| exchange.forwarded && !exchange.arrived;
        let ended = |exchange: &&Exchange| matches!(exchange.status, Some(200..300 | 404));
        let line = |exchange: &Exchange| exchange.request.request.clone();
        Sessions {
            lost: asked("POST ").filter(is_lost).count(),
            given_up: asked("DELETE ").filter(ended).map(line).collect(),
            known: asked("").map(line).collect(),
        }
    }

    /// How many uploads somebody should have ended. A verb on several threads stops the others at once when one fails, also
    /// those whose upload is just being opened: to wait for that answer would hold the call where a peer is silent.
    fn left(&self, state: &State, has_threads: bool) -> usize {
        let open = state.sessions().filter(|session| {
            !is_in(&self.given_up, session) && (!has_threads || is_in(&self.known, session))
        });
        open.count().saturating_sub(self.lost)
    }
}

fn is_in(lines: &[String], session: &str) -> bool {
    lines.iter().any(|line| line.contains(session))
}

pub struct Judge<'a> {
    pub operation: &'a Operation,
    /// What a clean run says and leaves.
    pub rehearsal: &'a Rehearsal,
    pub scene: &'a Arc<Scene>,
    pub sessions: Sessions,
}

type Verdict = Result<(), (Wrong, String)>;

impl Judge<'_> {
    /// Judges the end of the disturbed operation.
    pub fn end(&self, case: &Case, result: &Result<String, Error>) -> Verdict {
        match result {
            Ok(said) if self.operation.declines == Some(said.as_str()) => {
                self.leaves(Wrong::Leftover, 0, |state| self.is_between(state))
            }
            Ok(said) => {
                if self.operation.believes(case.fault.name) {
                    return Ok(());
                }
                self.says_the_same(said)?;
                self.leaves(Wrong::Bytes, 0, |state| self.is_after(state))
            }
            Err(error) => {
                let kind = error.kind();
                let by_engine =
                    self.operation.is_spoken_by_engine && SAID_BY_ENGINE.contains(&kind);
                // A connection that was kept and has died is replaced, and what was asked on it is asked again.
                let is_done = self.operation.done_already == Some(Again::Fails(kind));
                let is_right = case.fault.errors.contains(&kind)
                    || by_engine
                    || is_done
                    || self.operation.also.contains(&kind);
                if !is_right {
                    return Err((Wrong::Kind, format!("{kind:?}: {}", error.report())));
                }
                let left = error
                    .context()
                    .map_or(&[][..], |context| &context.left_behind);
                self.scene.tell(left);
                if self.operation.overlooks(case.fault.name) {
                    return Ok(());
                }
                let told = left
                    .iter()
                    .filter(|left| left.contains("upload session"))
                    .count();
                self.leaves(Wrong::Leftover, told, |state| self.is_between(state))
                    .map_err(|(wrong, what)| (wrong, format!("{what}, after {}", error.report())))
            }
        }
    }

    /// Does it again, with nothing in its way.
    pub fn again(&self, case: &Case, first: &Result<String, Error>) -> Verdict {
        let wrong = |what| Err((Wrong::Retry, what));
        let after = match first {
            Ok(said) => said.clone(),
            Err(error) => error.report(),
        };
        let already = self.operation.done_already;
        match self.undisturbed() {
            Ok(said) => {
                let said = self.scene.normal(&said);
                let is_same = said == self.rehearsal.said;
                if !is_same && !matches!(already, Some(Again::Says(other)) if said == other) {
                    return wrong(format!("it said {said:?} after {after}"));
                }
            }
            Err(error) if already == Some(Again::Fails(error.kind())) => {}
            Err(error) => return wrong(format!("{} after {after}", error.report())),
        }
        if self.operation.believes(case.fault.name) {
            return Ok(());
        }
        // What the first one has left unknown stays, and what it has told of.
        self.leaves(Wrong::Retry, usize::MAX, |state| self.is_after(state))
    }

    /// An engine may still do what it was asked first, and refuse to do it twice at a time, or join the second to the first.
    fn undisturbed(&self) -> Result<String, Error> {
        if self.operation.is_spoken_by_engine {
            // On a line that is silent dockerd waits for ever, and so would who joins.
            self.scene.proxy.cut_connections();
        }
        let limits = Limits {
            deadline: Some(AGAIN),
            ..Limits::default()
        };
        let started = Instant::now();
        loop {
            match (self.operation.run)(self.scene, &mut Call::new().limits(limits)) {
                Err(error)
                    if error.kind() == ErrorKind::Conflict && started.elapsed() < SETTLES =>
                {
                    thread::sleep(Duration::from_millis(50));
                }
                result => return result,
            }
        }
    }

    fn says_the_same(&self, said: &str) -> Verdict {
        match said == self.rehearsal.said {
            true => Ok(()),
            false => Err((
                Wrong::Bytes,
                format!("it said {said:?}, and not {:?}", self.rehearsal.said),
            )),
        }
    }

    /// Waits until what is there is right, `told` uploads included.
    fn leaves(
        &self,
        wrong: Wrong,
        told: usize,
        is_right: impl Fn(&State) -> Result<(), String>,
    ) -> Verdict {
        let told = match self.operation.is_spoken_by_engine {
            true => usize::MAX,
            false => told,
        };
        let started = Instant::now();
        loop {
            let state = State::of(self.scene, self.operation.has_engine());
            let left = self.sessions.left(&state, self.operation.has_threads());
            let found = match left <= told {
                true => is_right(&state),
                false => Err(format!("{left} uploads are left, {told} of them told of")),
            };
            match found {
                Ok(()) => return Ok(()),
                Err(what) if started.elapsed() > SETTLES => return Err((wrong, what)),
                Err(_) => thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// What is there but for uploads, and for names in the engine that the caller was told of: what could not be given back
    /// is said in the error or in the warnings.
    fn found(&self, state: &State) -> BTreeSet<String> {
        let mut found = state.without_sessions();
        if self.scene.told_of_names() {
            let is_known = |line: &String| {
                let (before, after) = (&self.rehearsal.before.0, &self.rehearsal.after.0);
                before.contains(line) || after.contains(line)
            };
            found.retain(|line| is_known(line) || !line.starts_with("image "));
        }
        found
    }

    /// Of what may compress a layer anew only that it has arrived: each way does it in its own manner, as an engine does
    /// that may not mount what is in another repository; other tests hold that against the image.
    fn comparable(&self, lines: BTreeSet<String>) -> BTreeSet<String> {
        if !self.operation.may_compress_anew() {
            return lines;
        }
        let is_made = |line: &String| line.starts_with("blob ") || line.starts_with("manifest ");
        let lines = lines.into_iter().filter(|line| !is_made(line));
        lines
            .map(|line| match line.split_once(" is ") {
                Some((tag, _)) => tag.to_owned(),
                None => line,
            })
            .collect()
    }

    /// As after a clean run.
    fn is_after(&self, state: &State) -> Result<(), String> {
        let wanted = self.comparable(self.rehearsal.after.without_sessions());
        let mut found = self.comparable(self.found(state));
        found.retain(|line| wanted.contains(line) || !(self.operation.may_leave)(line));
        match wanted == found {
            true => Ok(()),
            false => Err(format!(
                "missing {:?}, and there is {:?}",
                wanted.difference(&found).collect::<Vec<_>>(),
                found.difference(&wanted).collect::<Vec<_>>()
            )),
        }
    }

    /// Nothing that is neither before nor after a clean run, and nothing gone that is in both.
    fn is_between(&self, state: &State) -> Result<(), String> {
        let before = &self.comparable(self.rehearsal.before.0.clone());
        let after = &self.comparable(self.rehearsal.after.0.clone());
        let found = self.comparable(self.found(state));
        let is_new = |line: &&String| {
            !before.contains(*line) && !after.contains(*line) && !(self.operation.may_leave)(line)
        };
        let new: Vec<_> = found.iter().filter(is_new).collect();
        let stays = before.intersection(after);
        let gone: Vec<_> = stays.filter(|line| !found.contains(*line)).collect();
        match new.is_empty() && gone.is_empty() {
            true => Ok(()),
            false => Err(format!("new are {new:?}, gone are {gone:?}")),
        }
    }
}
