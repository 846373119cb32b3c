//! Waiting that can be left: between a request and its sockets lies ureq, so the call that is being served is found
//! through a scoped thread-local, and every blocking step of a socket asks it whether to go on.

use std::io;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use scoped_tls_hkt::scoped_thread_local;

pub(super) use crate::call::SLICE;
use crate::call::{Blocked, Call, Interrupt};
use crate::error::{Error, Result};
use crate::progress::Phase;

/// Registries hash a blob and copy it to their storage before they answer, which takes minutes for some.
const STORING: Duration = Duration::from_secs(300);

/// How long an engine may be silent before it is asked whether it still lives.
const SILENCE: Duration = Duration::from_secs(60);

scoped_thread_local!(static mut WAITER: for<'a> &'a mut (dyn Patience + 'a));

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Read,
    Write,
}

/// Whether somebody who is silent still lives.
pub(crate) trait Alive: Send + Sync {
    /// Fails when it does not.
    fn check_alive(&self, call: &mut Call<'_>) -> Result<()>;
}

/// What silence of the peer means.
#[derive(Clone)]
pub(crate) enum Pace {
    /// A healthy peer answers at once: the call's own limits hold.
    Prompt,
    /// A healthy peer answers within this time.
    Within(Duration),
    /// A healthy peer answers at once, but for the time in which it stores what it was sent.
    Upload,
    /// A healthy peer may be silent for minutes, so it is asked on a second connection.
    Patient(Arc<dyn Alive>),
}

/// How a peer is waited for.
#[derive(Clone)]
pub(crate) struct Manner {
    pub(crate) pace: Pace,
    /// Whether the peer is told when the call is left, and listened to until it has stopped.
    pub(crate) hangs_up: bool,
}

/// Which part of an exchange the sockets are working at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The request, and the wait for the head of the answer.
    Head,
    /// The body of the answer.
    Body,
    /// The end of an exchange that is left before its end.
    HangUp,
}

/// The side of a call that sockets see.
pub(super) trait Patience {
    /// Before a blocking step: whether to start it.
    fn check(&mut self) -> Result<()>;
    /// After a step that brought nothing: whether to go on. `silent` is the time without a byte.
    fn go_on(&mut self, direction: Direction, silent: Duration) -> Result<()>;
    fn blocked_on(&mut self, what: Weak<dyn Interrupt>) -> Blocked;
    /// How long a connection may still take to be made, of which name look-up, proxy and TLS are parts.
    fn connect_left(&self) -> Option<Duration>;
    /// The failure of a connection that took longer; `awaited` is what was not there in time.
    fn connect_timeout(&self, awaited: &'static str) -> Error;
    /// Bytes of the request's body were taken from their source.
    fn sending(&mut self, phase: Phase, sent: u64, length: Option<u64>) -> Result<()>;
    /// The peer takes no more of the request's body, because it has answered already.
    fn refuse_output(&mut self);
    fn is_output_refused(&self) -> bool;
    /// As in [`Manner`].
    fn hangs_up(&self) -> bool;
    /// Whether the call was left already.
    fn is_left(&self) -> bool;
}

struct Waiting<'a, 'p> {
    call: &'a mut Call<'p>,
    manner: &'a Manner,
    stage: Stage,
    /// When the request began, and with it the connection that is made for it.
    began: Option<Instant>,
    output_refused: bool,
    /// The silence at which the peer is asked next.
    ask_at: Duration,
}

/// Runs `work`, whose sockets then wait as `call` and `manner` say.
pub(super) fn waiting<T>(
    call: &mut Call<'_>,
    manner: &Manner,
    stage: Stage,
    work: impl FnOnce() -> T,
) -> T {
    let mut waiting = Waiting {
        call,
        manner,
        stage,
        // The clock is not read for each piece of a body, for which no connection is made.
        began: (stage == Stage::Head).then(Instant::now),
        output_refused: false,
        ask_at: SILENCE,
    };
    WAITER.set(&mut waiting, work)
}

/// Asks the call that this thread serves; `otherwise` when it serves none (an idle connection that is closed).
pub(super) fn ask<T>(otherwise: T, question: impl FnOnce(&mut dyn Patience) -> T) -> T {
    if WAITER.is_set() {
        WAITER.with(|waiter| question(waiter))
    } else {
        otherwise
    }
}

/// Repeats `attempt`, which blocks for at most a [`SLICE`], until it is done or the call says stop.
///
/// `attempt` gives `None` when it brought nothing. `limit` is one more limit, whose passing gives `None`.
pub(super) fn in_slices<T>(
    direction: Direction,
    interrupt: impl Fn() -> Option<Weak<dyn Interrupt>>,
    limit: Option<Duration>,
    mut attempt: impl FnMut() -> io::Result<Option<T>>,
) -> io::Result<Option<T>> {
    // The clock is read only once something had to be waited for, and only then is the socket named to the cancel
    // flag: while bytes flow, a wait costs one atomic load.
    let mut since = None;
    let mut blocked = None;
    loop {
        ask(Ok(()), |call| call.check()).map_err(io::Error::other)?;
        let started = Instant::now();
        match attempt() {
            Ok(Some(done)) => return Ok(Some(done)),
            Ok(None) => {}
            Err(error) if brought_nothing(&error) => {}
            Err(error) => {
                // A socket that the cancel flag has shut fails like one that the peer has shut.
                ask(Ok(()), |call| call.check()).map_err(io::Error::other)?;
                return Err(error);
            }
        }
        let silent = since.get_or_insert(started).elapsed();
        if limit.is_some_and(|limit| silent >= limit) {
            return Ok(None);
        }
        ask(Ok(()), |call| call.go_on(direction, silent)).map_err(io::Error::other)?;
        if blocked.is_none() {
            blocked = interrupt().and_then(|what| ask(None, |call| Some(call.blocked_on(what))));
        }
    }
}

/// A system call ends early by the socket's time limit (`WouldBlock`; `TimedOut` is the network's own and final), or
/// by a signal, after which a socket with a time limit is never restarted by the system.
pub(super) fn brought_nothing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

impl Waiting<'_, '_> {
    fn connect_limit(&self) -> Option<Duration> {
        match self.manner.pace {
            Pace::Within(limit) => Some(limit),
            Pace::Prompt | Pace::Upload | Pace::Patient(_) => self.call.time_limits().connect,
        }
    }
}

impl Patience for Waiting<'_, '_> {
    fn check(&mut self) -> Result<()> {
        self.call.check()
    }

    fn go_on(&mut self, direction: Direction, silent: Duration) -> Result<()> {
        self.call.heartbeat()?;
        self.call.check()?;
        let limits = *self.call.time_limits();
        let (limit, awaited) = match (&self.manner.pace, direction, self.stage) {
            (Pace::Patient(peer), _, _) => {
                if silent >= self.ask_at {
                    self.ask_at = silent + SILENCE;
                    peer.check_alive(self.call)?;
                }
                return Ok(());
            }
            (Pace::Within(limit), _, _) => (Some(*limit), "answer"),
            (Pace::Upload, Direction::Read, Stage::Head) => {
                (limits.answer.map(|limit| limit.max(STORING)), "answer")
            }
            (Pace::Prompt, Direction::Read, Stage::Head) => (limits.answer, "answer"),
            (Pace::Prompt | Pace::Upload, Direction::Read, Stage::Body | Stage::HangUp) => {
                (limits.idle, "byte of the answer")
            }
            (Pace::Prompt | Pace::Upload, Direction::Write, _) => {
                (limits.idle, "room for the request")
            }
        };
        match limit {
            Some(limit) if silent >= limit => Err(self.call.timeout(awaited, limit)),
            _ => Ok(()),
        }
    }

    fn blocked_on(&mut self, what: Weak<dyn Interrupt>) -> Blocked {
        self.call.blocked_on(what)
    }

    fn connect_left(&self) -> Option<Duration> {
        let gone = self.began.map_or(Duration::ZERO, |began| began.elapsed());
        self.connect_limit().map(|limit| limit.saturating_sub(gone))
    }

    fn connect_timeout(&self, awaited: &'static str) -> Error {
        // Without a limit nothing times out.
        let limit = self.connect_limit().unwrap_or(Duration::ZERO);
        self.call.timeout(awaited, limit)
    }

    fn sending(&mut self, phase: Phase, sent: u64, length: Option<u64>) -> Result<()> {
        self.call.moved(phase, sent, length)
    }

    fn refuse_output(&mut self) {
        self.output_refused = true;
    }

    fn is_output_refused(&self) -> bool {
        self.output_refused
    }

    fn hangs_up(&self) -> bool {
        self.manner.hangs_up
    }

    fn is_left(&self) -> bool {
        self.stage == Stage::HangUp
    }
}
