//! An image in an OCI layout, to be read.

use super::source::Source;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{ErrorKind, Result};
use crate::oci::{Descriptor, ImageConfig, Manifest};
use crate::registry::ReadSeek;
use crate::store::OciLayout;

pub(super) struct FromLayout {
    layout: OciLayout,
    top: Descriptor,
}

impl FromLayout {
    pub(super) fn new(
        layout: OciLayout,
        name: Option<&str>,
        call: &mut Call<'_>,
    ) -> Result<FromLayout> {
        let top = layout.select(name, call)?;
        Ok(FromLayout { layout, top })
    }
}

impl Source for FromLayout {
    fn top(&self, call: &mut Call<'_>) -> Result<Manifest> {
        self.layout.manifest(&self.top, call)
    }

    fn manifest(&self, listed: &Descriptor, call: &mut Call<'_>) -> Result<Manifest> {
        self.layout.manifest(listed, call)
    }

    fn blob<'s>(
        &'s self,
        blob: &Descriptor,
        call: &Call<'_>,
    ) -> Result<Box<dyn ReadSeek + Send + 's>> {
        Ok(Box::new(self.layout.blob(blob, call)?.reader()))
    }

    fn config(&self, config: &Descriptor, call: &mut Call<'_>) -> Result<ImageConfig> {
        self.layout.image_config(config, call)
    }

    /// A layout has no list of them; those that it has are entries of its index.
    fn referrers(&self, subject: &Digest, call: &mut Call<'_>) -> Result<Vec<Descriptor>> {
        let mut referrers = Vec::new();
        for entry in &self.layout.index().manifests {
            let manifest = match self.layout.manifest(entry, call) {
                Ok(manifest) => manifest,
                // Layouts may list what they do not have.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            if manifest
                .subject()
                .is_some_and(|other| other.digest == *subject)
            {
                referrers.push(entry.clone());
            }
        }
        Ok(referrers)
    }
}
