//! What the caller is told while blobs move.

use super::blobs::Moved;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::Result;
use crate::oci::Descriptor;
use crate::progress::{ImageProgressStep, Phase, Unit};
use crate::workers::Step;

/// How far each blob is.
pub(super) struct Report {
    blobs: Vec<Blob>,
    sum_total: u64,
}

struct Blob {
    layer_id: String,
    current: u64,
    total: u64,
}

impl Report {
    pub(super) fn new(blobs: &[Descriptor]) -> Report {
        let blob = |blob: &Descriptor| Blob {
            layer_id: short(blob.digest.hex()),
            current: 0,
            total: blob.size,
        };
        Report {
            blobs: blobs.iter().map(blob).collect(),
            sum_total: blobs
                .iter()
                .fold(0, |sum, blob| sum.saturating_add(blob.size)),
        }
    }

    /// Tells a step of an image that goes as a whole: what the other side says of it, it says itself.
    pub(super) fn follow_whole(&self, step: &Step, call: &mut Call<'_>) -> Result<()> {
        if step.phase == Phase::Done {
            return Ok(());
        }
        call.step(&ImageProgressStep {
            phase: step.phase,
            message: &step.message,
            current: step.current,
            total: step.total,
            unit: step.unit,
            sum_current: step.current.min(self.sum_total),
            sum_total: Some(self.sum_total),
            ..ImageProgressStep::default()
        })
    }

    /// Tells a step of the blob at `index`. `done` says how much of it is done, where that is not what was moved.
    pub(super) fn follow(
        &mut self,
        index: usize,
        step: &Step,
        done: Option<u64>,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let blob = &mut self.blobs[index];
        match step.phase {
            // Each transfer ends by itself; the end of all is told by the copy.
            Phase::Done => return Ok(()),
            Phase::Exists | Phase::LayerDone => blob.current = blob.total,
            Phase::Message => {}
            _ => blob.current = done.unwrap_or(step.current).min(blob.total),
        }
        let (current, total) = (blob.current, blob.total);
        let layer_id = blob.layer_id.clone();
        let status = status(step.phase);
        let sum_current = self
            .blobs
            .iter()
            .fold(0, |sum: u64, blob| sum.saturating_add(blob.current));
        call.step(&ImageProgressStep {
            phase: step.phase,
            layer_id: &layer_id,
            message: &line(&layer_id, status, step),
            status,
            current,
            total: Some(total),
            unit: Unit::Bytes,
            sum_current,
            sum_total: Some(self.sum_total),
            ..ImageProgressStep::default()
        })
    }
}

/// As much of a digest as tells layers apart, and stands in a line.
pub(super) fn short(hex: &str) -> String {
    hex.chars().take(12).collect()
}

/// What a person reads of a step of a layer.
pub(super) fn line(layer_id: &str, status: &str, step: &Step) -> String {
    match step.message.is_empty() {
        true => format!("{layer_id}: {status}"),
        false => step.message.clone(),
    }
}

fn status(phase: Phase) -> &'static str {
    match phase {
        Phase::Exists => "Already exists",
        Phase::LayerDone => "Copied",
        Phase::Preparing => "Preparing",
        Phase::Message => "",
        _ => "Copying",
    }
}

/// Tells that everything is there, once.
pub(super) fn done(digest: &Digest, moved: &Moved, call: &mut Call<'_>) -> Result<()> {
    call.step(&ImageProgressStep {
        phase: Phase::Done,
        digest: digest.as_str(),
        sum_current: moved.bytes,
        sum_total: Some(moved.bytes),
        ..ImageProgressStep::default()
    })
}
