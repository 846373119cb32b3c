//! The blobs of an image: which there are, and their way from one place to the other.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};

use super::changes::Changes;
use super::raw_layer::RawLayer;
use super::report::Report;
use super::sink::{Came, Sink};
use super::source::Source;
use super::to_engine::ToEngine;
use crate::call::Call;
use crate::compress::Cores;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::oci::{Blob, Descriptor, Manifest, ManifestContent};
use crate::progress::{ImageProgressStep, Phase};
use crate::workers::side_by_side;

/// What became of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Moved {
    pub(super) existing: usize,
    pub(super) copied: usize,
    pub(super) bytes: u64,
    /// What the layers became that were compressed on their way.
    pub(super) made: HashMap<Digest, Blob>,
}

/// The blobs of some manifests, each once and the largest first: what takes longest should not begin last. Layers that
/// are kept somewhere else stay there.
pub(super) fn of(manifests: &[&Manifest]) -> Vec<Descriptor> {
    let mut seen = HashSet::new();
    let mut blobs: Vec<Descriptor> = manifests
        .iter()
        .filter_map(|manifest| match manifest.content() {
            ManifestContent::Image(image) => Some(image.layers.iter().chain([&image.config])),
            ManifestContent::Index(_) | ManifestContent::Other => None,
        })
        .flatten()
        .filter(|blob| !blob.is_foreign() || blob.urls.is_empty())
        .filter(|blob| seen.insert(blob.digest.clone()))
        .cloned()
        .collect();
    blobs.sort_by_key(|blob| std::cmp::Reverse(blob.size));
    blobs
}

/// Copies an image to an engine, which takes it only as a whole.
pub(super) fn copy_whole(
    from: &dyn Source,
    to: &ToEngine,
    top: &Manifest,
    call: &mut Call<'_>,
) -> Result<Moved> {
    let whole = [top.descriptor()];
    let report = Report::new(&of(&[top]));
    let came = side_by_side(
        &whole,
        1,
        call,
        |_, step, call| report.follow_whole(step, call),
        |_, call| to.put(from, top, call),
    )?;
    let mut moved = Moved::default();
    came.into_iter().for_each(|came| moved.count(came));
    Ok(moved)
}

/// Copies blobs, several at a time. The layers in `changes` are compressed on their way.
pub(super) fn copy(
    from: &dyn Source,
    to: &dyn Sink,
    blobs: &[Descriptor],
    changes: &Changes,
    parallel: usize,
    call: &mut Call<'_>,
) -> Result<Moved> {
    let cores = Cores::all();
    let jobs: Vec<Job<'_>> = blobs
        .iter()
        .map(|blob| Job {
            blob,
            is_raw: changes.raw.contains(&blob.digest),
            done: AtomicU64::new(0),
        })
        .collect();
    let mut report = Report::new(blobs);
    let brought = side_by_side(
        &jobs,
        parallel.min(to.most_parallel()),
        call,
        |index, step, call| {
            let job = &jobs[index];
            // What goes out is less than what is done.
            let done = job.is_raw.then(|| job.done.load(Ordering::Relaxed));
            report.follow(index, step, done, call)
        },
        |job, call| {
            let brought = job
                .bring(from, to, changes, &cores, call)
                .map_err(|error| naming(error, &job.blob.digest))?;
            let phase = match brought.0 {
                Came::Existed => Phase::Exists,
                Came::Copied(_) => Phase::LayerDone,
            };
            call.step(&ImageProgressStep {
                phase,
                ..ImageProgressStep::default()
            })?;
            Ok(brought)
        },
    )?;
    let mut moved = Moved::default();
    for (job, (came, made)) in jobs.iter().zip(brought) {
        moved.count(came);
        if let Some(made) = made {
            moved.made.insert(job.blob.digest.clone(), made);
        }
    }
    Ok(moved)
}

/// The error with the blob that it is about, where nothing in it says that.
fn naming(mut error: Error, blob: &Digest) -> Error {
    let is_named = error.to_string().contains(blob.hex());
    if let Some(context) = error.context_mut().filter(|_| !is_named) {
        context.stage = match context.stage.as_str() {
            "" => format!("blob {blob}"),
            stage => format!("blob {blob}: {stage}"),
        };
    }
    error
}

/// A blob that is to be brought.
struct Job<'b> {
    blob: &'b Descriptor,
    /// Whether it is to be compressed.
    is_raw: bool,
    /// How much of it is, then.
    done: AtomicU64,
}

impl Job<'_> {
    fn bring(
        &self,
        from: &dyn Source,
        to: &dyn Sink,
        changes: &Changes,
        cores: &Cores,
        call: &mut Call<'_>,
    ) -> Result<(Came, Option<Blob>)> {
        if self.is_raw {
            let layer = RawLayer::new(from, self.blob, changes.how, cores, &self.done, call);
            let (came, made) = to.put_layer(&layer, call)?;
            return Ok((came, Some(made)));
        }
        let mut bytes = match to.checks_blobs() {
            true => from.blob_to_check(self.blob, call)?,
            false => from.blob(self.blob, call)?,
        };
        Ok((to.put_blob(self.blob, &mut *bytes, call)?, None))
    }
}

impl Moved {
    fn count(&mut self, came: Came) {
        match came {
            Came::Existed => self.existing += 1,
            Came::Copied(bytes) => {
                self.copied += 1;
                self.bytes += bytes;
            }
        }
    }
}
