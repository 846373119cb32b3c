//! What the caller is told while an image passes by.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::super::report::{line, short};
use crate::call::Call;
use crate::digest::Digest;
use crate::error::Result;
use crate::progress::{ImageProgressStep, Phase, Unit};
use crate::workers::Step;

/// How far the layer is that passes by, and all of them.
pub(super) struct Report {
    layer: Mutex<Layer>,
    current: AtomicU64,
    sum_current: AtomicU64,
    sum_total: u64,
}

#[derive(Clone, Default)]
struct Layer {
    id: String,
    total: u64,
}

impl Report {
    pub(super) fn new(sum_total: u64) -> Report {
        Report {
            layer: Mutex::default(),
            current: AtomicU64::new(0),
            sum_current: AtomicU64::new(0),
            sum_total,
        }
    }

    /// Another layer comes.
    pub(super) fn begins(&self, digest: Option<&Digest>, name: &str, total: u64) {
        let id = short(digest.map_or(name, Digest::hex));
        *self.lock() = Layer { id, total };
        self.current.store(0, Ordering::Relaxed);
    }

    /// Counts what is read of the layer.
    pub(super) fn counted<R: Read>(&self, source: R) -> Counted<'_, R> {
        Counted {
            source,
            report: self,
        }
    }

    pub(super) fn exists(&self, call: &mut Call<'_>) -> Result<()> {
        self.ends(Phase::Exists, call)
    }

    pub(super) fn done(&self, call: &mut Call<'_>) -> Result<()> {
        self.ends(Phase::LayerDone, call)
    }

    fn ends(&self, phase: Phase, call: &mut Call<'_>) -> Result<()> {
        call.step(&ImageProgressStep {
            phase,
            ..ImageProgressStep::default()
        })
    }

    /// Tells a step of the work as one of the layer.
    pub(super) fn follow(&self, step: &Step, call: &mut Call<'_>) -> Result<()> {
        // Each part ends by itself; the end of all is told by the push.
        if step.phase == Phase::Done {
            return Ok(());
        }
        let layer = self.lock().clone();
        let status = match step.phase {
            Phase::Exists => "Layer already exists",
            Phase::LayerDone => "Pushed",
            Phase::Message => "",
            _ => "Pushing",
        };
        let current = match step.phase {
            Phase::Exists | Phase::LayerDone => layer.total,
            _ => self.current.load(Ordering::Relaxed),
        };
        let sum_current = self.sum_current.load(Ordering::Relaxed);
        call.step(&ImageProgressStep {
            phase: step.phase,
            layer_id: &layer.id,
            message: &line(&layer.id, status, step),
            status,
            current: current.min(layer.total),
            total: Some(layer.total),
            unit: Unit::Bytes,
            sum_current: sum_current.min(self.sum_total),
            sum_total: Some(self.sum_total).filter(|total| *total > 0),
            ..ImageProgressStep::default()
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Layer> {
        self.layer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A layer that is counted while it is read.
pub(super) struct Counted<'r, R> {
    source: R,
    report: &'r Report,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.report
            .current
            .fetch_add(read as u64, Ordering::Relaxed);
        self.report
            .sum_current
            .fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
