//! How a case has ended.

use std::time::Duration;

use imgferry::ErrorKind;

use crate::faults::Class;

/// How the disturbed operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Success,
    Error(ErrorKind),
}

/// What must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    Panic,
    /// No end, or one after the time limit.
    Hang,
    /// A success that says or did something else than a clean run.
    Bytes,
    Kind,
    Leftover,
    /// The same again, with nothing in its way, is no success.
    Retry,
}

impl Wrong {
    pub const ALL: [Wrong; 6] = [
        Wrong::Panic,
        Wrong::Hang,
        Wrong::Bytes,
        Wrong::Kind,
        Wrong::Leftover,
        Wrong::Retry,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Wrong::Panic => "panic",
            Wrong::Hang => "hang",
            Wrong::Bytes => "wrong bytes",
            Wrong::Kind => "wrong kind",
            Wrong::Leftover => "leftover",
            Wrong::Retry => "no retry",
        }
    }
}

pub struct Outcome {
    pub class: Class,
    /// Where the fault struck, in words.
    pub case: String,
    /// None when there was none.
    pub end: Option<End>,
    pub wrong: Option<(Wrong, String)>,
    pub took: Duration,
}
