//! What is done: one table of all operations that have a peer.

mod copies;
mod engine;
mod images;
mod registry;

use imgferry::{Call, ErrorKind, Result};

use crate::scene::{Scene, Side};

/// What is to be there before; past the proxy.
pub type Prepare = fn(&Scene);
/// Does it; says what the caller was told, without what is another one each time.
pub type Run = fn(&Scene, &mut Call<'_>) -> Result<String>;

#[derive(Clone, Copy)]
pub struct Operation {
    pub name: &'static str,
    pub at: Side,
    pub prepare: Prepare,
    pub run: Run,
    /// The disturbed line is the engine's, too, which says in its own words what went wrong, tries again for longer than
    /// a case may take, and leaves uploads in the registry that only it knows.
    pub is_spoken_by_engine: bool,
    /// Whether the peer does it once at a time.
    pub is_alone: bool,
    /// What it says when it was done before by a try whose answer was lost: a kind of error, or what it did.
    pub done_already: Option<Again>,
    /// What it may say instead, when it has done nothing: that is no error, by documentation.
    pub declines: Option<&'static str>,
    /// What there may be after an error besides what is there before and after a clean run, by documentation.
    pub may_leave: fn(&str) -> bool,
    /// More kinds of errors that are right for it: what it makes of a refusal, by documentation.
    pub also: &'static [ErrorKind],
    /// Exceptions: lies that nobody could find out.
    pub believes: &'static [Belief],
    /// The same of lies because of which something is not tidied up.
    pub overlooks: &'static [Belief],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    Fails(ErrorKind),
    Says(&'static str),
}

/// A lie that a client cannot find out: the fault, by its name, and the reason.
pub type Belief = (&'static str, &'static str);

impl Operation {
    pub fn new(name: &'static str, at: Side, prepare: Prepare, run: Run) -> Operation {
        Operation {
            name,
            at,
            prepare,
            run,
            is_spoken_by_engine: false,
            is_alone: false,
            done_already: None,
            declines: None,
            may_leave: |_| false,
            also: &[],
            believes: &[],
            overlooks: &[],
        }
    }

    fn spoken_by_engine(self) -> Operation {
        Operation {
            is_spoken_by_engine: true,
            ..self
        }
    }

    fn alone(self) -> Operation {
        Operation {
            is_alone: true,
            ..self
        }
    }

    fn done_already(self, again: Again) -> Operation {
        Operation {
            done_already: Some(again),
            ..self
        }
    }

    fn declines(self, said: &'static str) -> Operation {
        Operation {
            declines: Some(said),
            ..self
        }
    }

    fn may_leave(self, may_leave: fn(&str) -> bool) -> Operation {
        Operation { may_leave, ..self }
    }

    fn also(self, also: &'static [ErrorKind]) -> Operation {
        Operation { also, ..self }
    }

    fn believing(self, believes: &'static [Belief]) -> Operation {
        Operation { believes, ..self }
    }

    fn overlooking(self, overlooks: &'static [Belief]) -> Operation {
        Operation { overlooks, ..self }
    }

    /// Whether nobody could find out this lie.
    pub fn believes(&self, fault: &str) -> bool {
        is_among(self.believes, fault)
    }

    /// Whether what is left after this lie cannot be known.
    pub fn overlooks(&self, fault: &str) -> bool {
        is_among(self.overlooks, fault)
    }

    /// Whether it moves blobs on threads of its own.
    pub fn has_threads(&self) -> bool {
        self.name.starts_with("copy ") || self.name.contains("push")
    }

    /// Whether its layers may arrive compressed by others than in a clean run.
    pub fn may_compress_anew(&self) -> bool {
        self.name.contains("either way") || (self.name.contains("push") && self.is_spoken_by_engine)
    }

    /// Whether there are images in the engine afterwards, or before.
    pub fn has_engine(&self) -> bool {
        !self.name.starts_with("registry ")
    }
}

fn is_among(beliefs: &[Belief], fault: &str) -> bool {
    beliefs.iter().any(|(believed, _)| *believed == fault)
}

pub fn all() -> Vec<Operation> {
    [engine::all(), registry::all(), images::all(), copies::all()].concat()
}

/// Nothing has to be there.
fn nothing(_: &Scene) {}
