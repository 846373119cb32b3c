//! What a copy writes to.

use super::raw_layer::RawLayer;
use super::to_engine::ToEngine;
use crate::call::Call;
use crate::error::Result;
use crate::oci::{Blob, Descriptor, Manifest};
use crate::registry::ReadSeek;

/// How a blob came to its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// It was there, or in another repository of the same registry.
    Existed,
    /// So many of its bytes were moved.
    Copied(u64),
}

/// Where an image goes.
pub(super) enum Target {
    /// To a place that takes it in parts.
    Parts(Box<dyn Sink>),
    /// To one that takes it as a whole.
    Whole(ToEngine),
}

/// The place under which one image is written, part by part.
pub(super) trait Sink: Sync {
    /// How many blobs it takes at the same time.
    fn most_parallel(&self) -> usize {
        usize::MAX
    }

    /// Whether it checks that a blob is what its digest says, before anybody finds it.
    fn checks_blobs(&self) -> bool {
        false
    }

    /// Brings a blob, unless it is there. `source` is read from wherever it is wanted, and not at all when it is not.
    fn put_blob(
        &self,
        blob: &Descriptor,
        source: &mut (dyn ReadSeek + Send),
        call: &mut Call<'_>,
    ) -> Result<Came>;

    /// Brings a layer that is compressed on its way, and says what it became.
    fn put_layer(&self, layer: &RawLayer<'_>, call: &mut Call<'_>) -> Result<(Came, Blob)>;

    /// Brings a manifest that another one lists.
    fn put_manifest(&self, manifest: &Manifest, call: &mut Call<'_>) -> Result<()>;

    /// Brings a manifest that refers to another one.
    fn attach(&self, manifest: &Manifest, call: &mut Call<'_>) -> Result<()> {
        self.put_manifest(manifest, call)
    }

    /// Brings the manifest that the name stands for, and gives it the name. Only then anybody finds the image.
    fn finish(&self, top: &Manifest, call: &mut Call<'_>) -> Result<()>;
}
