//! What can go wrong on purpose.

use std::fmt;
use std::sync::Arc;

use super::answer::Answer;
use crate::support::scripted_engine::Head;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the part.
    Up,
    /// From the part to the client.
    Down,
}

/// One misbehaviour. Bytes are counted where they arrive, framing and heads included.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Closes both sides when exactly this many bytes have arrived. The readers find an end of file after the last
    /// byte; who goes on writing gets a broken pipe.
    CutAfter { direction: Direction, bytes: u64 },
    /// The same with a TCP reset to both. A Unix socket has none: there, the client finds "connection reset" when bytes
    /// that it sent are never read. So upwards the reset waits for one byte more, which stays unread; downwards it is a
    /// cut unless the client is sending.
    ResetAfter { direction: Direction, bytes: u64 },
    /// Keeps the connection open when exactly this many bytes have arrived, and moves nothing more, neither way.
    /// The proxy does not notice when a side leaves.
    StallAfter { direction: Direction, bytes: u64 },
    /// Moves this many bytes a second (not 0), in small pieces.
    Trickle {
        direction: Direction,
        bytes_per_second: u64,
    },
    /// Answers in place of the part, which does not see the request; `Content-Length` is added where it is missing.
    AnswerAt {
        requests: Requests,
        answer: Answer,
        /// How much of the request's body is taken before, framing not counted: 0 answers to the head, more than there
        /// is to the whole request.
        after_body: u64,
        then: Then,
    },
    /// Changes the part's answer; see [`Fault::rewrite`].
    RewriteAnswer {
        requests: Requests,
        rewrite: Rewrite,
    },
    /// Passes the status line and about half of the answer's head, then cuts.
    CloseInHeaders { requests: Requests },
    /// Takes the request, and all that follows on its connection, without passing it on or answering.
    NoAnswer { requests: Requests },
}

impl Fault {
    /// Answers in place of the part, when the whole request has come; the connection goes on.
    pub fn answer(requests: Requests, answer: Answer) -> Self {
        Self::AnswerAt {
            requests,
            answer,
            after_body: u64::MAX,
            then: Then::GoOn,
        }
    }

    /// Lets `rewrite` change the part's answers, which are held in memory until they are complete.
    ///
    /// A chunked answer stays chunked. A `Content-Length` that `rewrite` leaves alone becomes that of the new body; one
    /// that it changes is sent as it is, and when it is a lie (or when it is removed) the connection is cut after the
    /// body. An answer to HEAD has no body, whatever is put there.
    pub fn rewrite(
        requests: Requests,
        rewrite: impl Fn(&Head, &mut Answer) + Send + Sync + 'static,
    ) -> Self {
        Self::RewriteAnswer {
            requests,
            rewrite: Rewrite(Arc::new(rewrite)),
        }
    }

    /// The requests that it is about; none of a fault of bytes.
    pub(super) fn requests(&self) -> Option<&Requests> {
        match self {
            Self::AnswerAt { requests, .. }
            | Self::RewriteAnswer { requests, .. }
            | Self::CloseInHeaders { requests }
            | Self::NoAnswer { requests } => Some(requests),
            _ => None,
        }
    }
}

/// What happens to the connection after an answer of the proxy. None of them is announced: for that, give the answer a
/// `Connection: close`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The rest of the request is read, and the next request may come. Only a client that still waits for its "100
    /// Continue" is told `Connection: close` and hung up on, as nobody knows whether it will send its body.
    GoOn,
    /// The connection is cut.
    Close,
    /// Nothing more is read, and the connection stays open.
    Stall,
}

/// A change to an answer.
#[derive(Clone)]
pub struct Rewrite(pub(super) Arc<Change>);

type Change = dyn Fn(&Head, &mut Answer) + Send + Sync;

impl fmt::Debug for Rewrite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a function")
    }
}

/// Some of the requests that pass: counted from 1 since the plan was set, over all connections that have the fault.
#[derive(Clone, Debug)]
pub struct Requests {
    first: u64,
    last: u64,
    text: String,
}

impl Requests {
    pub fn all() -> Self {
        Self::first(u64::MAX)
    }

    /// The first so many.
    pub fn first(count: u64) -> Self {
        Self {
            first: 1,
            last: count,
            text: String::new(),
        }
    }

    /// This one and all after it; the first is 1.
    pub fn from(number: u64) -> Self {
        Self {
            first: number,
            ..Self::all()
        }
    }

    /// Only this one; the first is 1.
    pub fn nth(number: u64) -> Self {
        Self {
            first: number,
            last: number,
            text: String::new(),
        }
    }

    /// Only those with this text in their request line, such as `PATCH /v2/`; others are not counted.
    pub fn containing(self, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..self
        }
    }

    pub(super) fn counts(&self, head: &Head) -> bool {
        head.request.contains(&self.text)
    }

    pub(super) fn includes(&self, number: u64) -> bool {
        (self.first..=self.last).contains(&number)
    }
}
