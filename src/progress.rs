//! Progress: the records, and the trait that receives them.

use std::ops::ControlFlow;

use crate::naming::{LocalImage, RemoteImage};

/// What a [`ImageProgressStep`] is about.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Nothing arrived for a while; the numbers are those of the last record. It comes at least every 250 ms, so that
    /// a silent peer can be left too.
    Waiting,
    /// The operation, or one layer of it, is being prepared or queued.
    Preparing,
    /// Bytes go to the registry.
    Pushing,
    /// Bytes come from the registry.
    Downloading,
    /// Downloaded bytes are checked.
    Verifying,
    /// The engine unpacks a layer.
    Extracting,
    /// An archive goes into the engine.
    Loading,
    /// An archive comes out of the engine.
    Saving,
    /// A root file system goes into the engine.
    Importing,
    /// The destination has this layer already.
    Exists,
    /// This layer is done.
    LayerDone,
    /// The engine tries a layer again.
    Retrying,
    /// A message without a meaning of its own; read [`ImageProgressStep::message`].
    Message,
    /// The operation is done. It is the last record, and comes exactly once, on success only. A call that is stopped in
    /// it fails like any other that is left, but what it did stays; only [`Images`](crate::Images) take theirs back.
    Done,
}

/// The unit of a step's numbers.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Bytes.
    #[default]
    Bytes,
    /// Seconds (the containerd image store counts unpacking so).
    Seconds,
}

/// One step of a transfer. It lives only as long as the callback runs.
#[derive(Debug, Clone, Copy)]
pub struct ImageProgressStep<'a> {
    /// What happens.
    pub phase: Phase,
    /// The layer, as its short ID or digest; empty when the record is not about one layer.
    pub layer_id: &'a str,
    /// A text for people: the layer and its status.
    pub message: &'a str,
    /// The peer's own word for the phase; empty when it has none.
    pub status: &'a str,
    /// How much of this layer is done, in [`unit`](Self::unit)s. It can exceed `total`: engines estimate.
    pub current: u64,
    /// How much there is to do for this layer; `None` when nobody knows.
    pub total: Option<u64>,
    /// The unit of `current` and `total`.
    pub unit: Unit,
    /// Bytes done over all layers seen so far.
    pub sum_current: u64,
    /// Bytes to do over all layers seen so far; `None` while a layer's size is not known.
    pub sum_total: Option<u64>,
    /// The digest that was pushed, pulled or loaded; only in the [`Phase::Done`] record, and empty when unknown.
    pub digest: &'a str,
    /// The engine's own JSON line; empty when the record does not come from one.
    pub raw: &'a str,
}

impl Default for ImageProgressStep<'_> {
    fn default() -> Self {
        ImageProgressStep {
            phase: Phase::Message,
            layer_id: "",
            message: "",
            status: "",
            current: 0,
            total: None,
            unit: Unit::Bytes,
            sum_current: 0,
            sum_total: None,
            digest: "",
            raw: "",
        }
    }
}

/// A push is about to start.
#[derive(Debug, Clone, Copy)]
pub struct ImageProgressPush<'a> {
    /// What is pushed.
    pub src: &'a LocalImage,
    /// Where it goes.
    pub dst: &'a RemoteImage,
}

/// A pull is about to start.
#[derive(Debug, Clone, Copy)]
pub struct ImageProgressPull<'a> {
    /// What is pulled.
    pub src: &'a RemoteImage,
    /// Under which name it will be found in the engine.
    pub dst: &'a LocalImage,
}

/// Receives the progress of an operation, on the thread that made the call, until the call returns.
///
/// [`ControlFlow::Break`] stops the operation, which then fails with [`ErrorKind::Cancelled`].
/// A closure `FnMut(&ImageProgressStep) -> ControlFlow<()>` is a `Progress` that looks at the steps only.
///
/// [`ErrorKind::Cancelled`]: crate::ErrorKind::Cancelled
pub trait Progress {
    /// [`Images::push`](crate::Images::push) starts, before anything is sent.
    fn push(&mut self, start: &ImageProgressPush<'_>) -> ControlFlow<()> {
        let _ = start;
        ControlFlow::Continue(())
    }

    /// [`Images::pull`](crate::Images::pull) starts, before anything is sent.
    fn pull(&mut self, start: &ImageProgressPull<'_>) -> ControlFlow<()> {
        let _ = start;
        ControlFlow::Continue(())
    }

    /// Something happened, or nothing did for a while ([`Phase::Waiting`]).
    fn step(&mut self, step: &ImageProgressStep<'_>) -> ControlFlow<()>;
}

impl<F> Progress for F
where
    F: FnMut(&ImageProgressStep<'_>) -> ControlFlow<()>,
{
    fn step(&mut self, step: &ImageProgressStep<'_>) -> ControlFlow<()> {
        self(step)
    }
}
