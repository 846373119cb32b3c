//! What a copy reads: manifests, and the blobs that they name.

use crate::call::Call;
use crate::digest::Digest;
use crate::error::Result;
use crate::oci::{Descriptor, ImageConfig, Manifest};
use crate::registry::{ReadSeek, Registry};

/// One image, or artifact, in some place.
pub(super) trait Source: Sync {
    /// Its manifest or index.
    fn top(&self, call: &mut Call<'_>) -> Result<Manifest>;

    /// A manifest that an index of it lists.
    fn manifest(&self, listed: &Descriptor, call: &mut Call<'_>) -> Result<Manifest>;

    /// The bytes of a blob. Nothing is asked for before the first byte is read.
    fn blob<'s>(
        &'s self,
        blob: &Descriptor,
        call: &Call<'_>,
    ) -> Result<Box<dyn ReadSeek + Send + 's>>;

    /// The same for a destination that checks what it gets: to hash it once is enough.
    fn blob_to_check<'s>(
        &'s self,
        blob: &Descriptor,
        call: &Call<'_>,
    ) -> Result<Box<dyn ReadSeek + Send + 's>> {
        self.blob(blob, call)
    }

    /// The config of an image, which its manifest names.
    fn config(&self, config: &Descriptor, call: &mut Call<'_>) -> Result<ImageConfig>;

    /// What refers to a manifest of it.
    fn referrers(&self, subject: &Digest, call: &mut Call<'_>) -> Result<Vec<Descriptor>>;

    /// Whether its manifest was made up to copy by, because the place has none.
    fn is_made_up(&self) -> bool {
        false
    }

    /// The repository that has its blobs, from which they can be mounted into another one of the same registry.
    fn repository(&self) -> Option<(&Registry, &str)> {
        None
    }
}
