//! How long an operation may take.

use std::time::Duration;

/// The time limits of a call. `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection stands, with name look-up, proxy and TLS. Default 15 s.
    pub connect: Option<Duration>,
    /// Until the first byte of an answer, for requests that a healthy peer answers at once. Default 60 s. Pushes,
    /// pulls, loads and imports do not use it: the engine is asked whether it still lives instead.
    pub answer: Option<Duration>,
    /// Without one byte moving in an established transfer with a registry. Default 60 s.
    pub idle: Option<Duration>,
    /// For the whole call. Default none: a transfer may take as long as it moves.
    pub deadline: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connect: Some(Duration::from_secs(15)),
            answer: Some(Duration::from_secs(60)),
            idle: Some(Duration::from_secs(60)),
            deadline: None,
        }
    }
}
