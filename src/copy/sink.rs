//! What a copy writes to.

use super::source::Source;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::oci::{Descriptor, Manifest};
use crate::registry::ReadSeek;

/// How a blob came to its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// It was there, or in another repository of the same registry.
    Existed,
    /// So many of its bytes were moved.
    Copied(u64),
}

/// The place under which one image is written.
pub(super) trait Sink: Sync {
    /// How many blobs it takes at the same time.
    fn most_parallel(&self) -> usize {
        usize::MAX
    }

    /// Whether layers that are not compressed should be, where that is left to us.
    fn wants_compressed(&self) -> bool {
        true
    }

    /// Whether it takes an image only as a whole.
    fn takes_whole(&self) -> bool {
        false
    }

    /// Brings all of an image at once, where that is the only way.
    fn put_whole(&self, from: &dyn Source, top: &Manifest, call: &mut Call<'_>) -> Result<Came> {
        let _ = (from, top);
        Err(Error::InvalidState(format!(
            "{}: this place takes images in parts",
            call.context("", "")
        )))
    }

    /// Brings a blob, unless it is there. `source` is read from wherever it is wanted, and not at all when it is not.
    fn put_blob(
        &self,
        blob: &Descriptor,
        source: &mut (dyn ReadSeek + Send),
        call: &mut Call<'_>,
    ) -> Result<Came>;

    /// Begins a blob whose digest is known only when it is whole.
    fn begin_blob<'s>(&'s self, call: &Call<'_>) -> Result<Box<dyn NewBlob + 's>>;

    /// Brings a manifest that another one lists.
    fn put_manifest(&self, manifest: &Manifest, call: &mut Call<'_>) -> Result<()>;

    /// Brings a manifest that refers to another one.
    fn attach(&self, manifest: &Manifest, call: &mut Call<'_>) -> Result<()> {
        self.put_manifest(manifest, call)
    }

    /// Brings the manifest that the name stands for, and gives it the name. Only then anybody finds the image.
    fn finish(&self, top: &Manifest, call: &mut Call<'_>) -> Result<()>;
}

/// A blob that is being made.
pub(super) trait NewBlob {
    fn write(&mut self, bytes: &[u8], call: &Call<'_>) -> Result<()>;

    /// The blob is whole, and has this digest and size.
    fn finish(self: Box<Self>, digest: &Digest, size: u64, call: &mut Call<'_>) -> Result<Came>;
}
