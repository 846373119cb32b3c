//! What the caller is told while an image passes by.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::report::{line, short};
use crate::call::Call;
use crate::digest::Digest;
use crate::error::Result;
use crate::progress::{ImageProgressStep, Phase, Unit};
use crate::workers::Step;

/// How far the layers are that each job works on, and all of them.
pub(super) struct Report {
    jobs: Vec<Mutex<Layer>>,
    sum_current: AtomicU64,
    sum_total: u64,
}

#[derive(Clone, Default)]
struct Layer {
    id: String,
    current: u64,
    total: u64,
}

impl Report {
    pub(super) fn new(jobs: usize, sum_total: u64) -> Report {
        Report {
            jobs: (0..jobs).map(|_| Mutex::default()).collect(),
            sum_current: AtomicU64::new(0),
            sum_total,
        }
    }

    /// A job takes another layer, of which so much is done.
    pub(super) fn begins(
        &self,
        job: usize,
        digest: Option<&Digest>,
        name: &str,
        current: u64,
        total: u64,
    ) {
        *self.layer(job) = Layer {
            id: short(digest.map_or(name, Digest::hex)),
            current,
            total,
        };
    }

    /// Counts what a job reads of its layer.
    pub(super) fn counted<R: Read>(&self, job: usize, source: R) -> Counted<'_, R> {
        Counted {
            source,
            job,
            report: self,
        }
    }

    /// The layer of a job is there.
    pub(super) fn ends(&self, job: usize, phase: Phase, call: &mut Call<'_>) -> Result<()> {
        let layer = self.layer(job).clone();
        call.step(&ImageProgressStep {
            phase,
            layer_id: &layer.id,
            current: layer.total,
            total: Some(layer.total),
            ..ImageProgressStep::default()
        })
    }

    /// Tells a step of a job as one of its layer.
    pub(super) fn follow(&self, job: usize, step: &Step, call: &mut Call<'_>) -> Result<()> {
        // Each part ends by itself; the end of all is told by the push.
        if step.phase == Phase::Done {
            return Ok(());
        }
        // The end of a layer names it: its job may have gone on before this is told.
        let layer = match (step.layer_id.is_empty(), step.total) {
            (false, Some(total)) => Layer {
                id: step.layer_id.clone(),
                current: step.current,
                total,
            },
            _ => self.layer(job).clone(),
        };
        let status = match step.phase {
            Phase::Exists => "Layer already exists",
            Phase::LayerDone => "Pushed",
            Phase::Message => "",
            _ => "Pushing",
        };
        let sum_current = self.sum_current.load(Ordering::Relaxed);
        call.step(&ImageProgressStep {
            phase: step.phase,
            layer_id: &layer.id,
            message: &line(&layer.id, status, step),
            status,
            current: layer.current.min(layer.total),
            total: Some(layer.total),
            unit: Unit::Bytes,
            sum_current: sum_current.min(self.sum_total),
            sum_total: Some(self.sum_total).filter(|total| *total > 0),
            ..ImageProgressStep::default()
        })
    }

    fn layer(&self, job: usize) -> MutexGuard<'_, Layer> {
        self.jobs[job]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A layer that is counted while it is read.
pub(super) struct Counted<'r, R> {
    source: R,
    job: usize,
    report: &'r Report,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.report.layer(self.job).current += read as u64;
        self.report
            .sum_current
            .fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
