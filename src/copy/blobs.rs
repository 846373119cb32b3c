//! The blobs of an image: which there are, and their way from one place to the other.

use std::collections::HashSet;

use super::report::Report;
use super::sink::{Came, Sink};
use super::source::Source;
use crate::call::Call;
use crate::error::Result;
use crate::oci::{Descriptor, Manifest, ManifestContent};
use crate::progress::{ImageProgressStep, Phase};
use crate::workers::side_by_side;

/// What became of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Moved {
    pub(super) existing: usize,
    pub(super) copied: usize,
    pub(super) bytes: u64,
}

/// The blobs of some manifests, each once and the largest first: what takes longest should not begin last. Layers that
/// are kept somewhere else stay there.
pub(super) fn of<'m>(manifests: impl Iterator<Item = &'m Manifest>) -> Vec<Descriptor> {
    let mut seen = HashSet::new();
    let mut blobs: Vec<Descriptor> = manifests
        .filter_map(|manifest| match manifest.content() {
            ManifestContent::Image(image) => Some(image.layers.iter().chain([&image.config])),
            ManifestContent::Index(_) | ManifestContent::Other => None,
        })
        .flatten()
        .filter(|blob| !(blob.is_foreign() && !blob.urls.is_empty()))
        .filter(|blob| seen.insert(blob.digest.clone()))
        .cloned()
        .collect();
    blobs.sort_by_key(|blob| std::cmp::Reverse(blob.size));
    blobs
}

/// Copies an image to a place that takes it only as a whole.
pub(super) fn copy_whole(
    from: &dyn Source,
    to: &dyn Sink,
    top: &Manifest,
    call: &mut Call<'_>,
) -> Result<Moved> {
    let whole = [top.descriptor()];
    let mut report = Report::new(&of([top].into_iter()));
    let came = side_by_side(
        &whole,
        1,
        call,
        |_, step, call| report.follow_whole(step, call),
        |_, call| to.put_whole(from, top, call),
    )?;
    Ok(Moved::of(&came))
}

/// Copies blobs, several at a time.
pub(super) fn copy(
    from: &dyn Source,
    to: &dyn Sink,
    blobs: &[Descriptor],
    parallel: usize,
    call: &mut Call<'_>,
) -> Result<Moved> {
    let mut report = Report::new(blobs);
    let came = side_by_side(
        blobs,
        parallel.min(to.most_parallel()),
        call,
        |job, step, call| report.follow(job, step, call),
        |blob, call| {
            let mut bytes = from.blob(blob, call)?;
            let came = to.put_blob(blob, &mut *bytes, call)?;
            let phase = match came {
                Came::Existed => Phase::Exists,
                Came::Copied(_) => Phase::LayerDone,
            };
            call.step(&ImageProgressStep {
                phase,
                ..ImageProgressStep::default()
            })?;
            Ok(came)
        },
    )?;
    Ok(Moved::of(&came))
}

impl Moved {
    fn of(came: &[Came]) -> Moved {
        let mut moved = Moved::default();
        for came in came {
            match came {
                Came::Existed => moved.existing += 1,
                Came::Copied(bytes) => {
                    moved.copied += 1;
                    moved.bytes += bytes;
                }
            }
        }
        moved
    }
}
