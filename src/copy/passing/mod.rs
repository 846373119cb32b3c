//! An image goes from an engine to a registry while it passes by: its archive is read as one stream, each layer is
//! compressed and uploaded as it comes, and nothing of it is kept.
//!
//! An engine cannot be asked for one layer. So what fails while it passes is not lost before the archive has ended, and
//! is taken from another archive then.

mod documents;
mod kept;
mod layers;
mod made_up;
mod report;

use std::collections::HashMap;

use documents::Documents;
use layers::Layers;

use crate::call::Call;
use crate::compress::LayerCompression;
use crate::digest::Digest;
use crate::engine::{ArchiveOptions, Engine};
use crate::error::{Error, Result};
use crate::oci::{Blob, Compression, Manifest, ManifestContent};
use crate::reference::Reference;
use crate::registry::{BlobSource, Registry, UploadOptions};
use crate::store::{Entry, TarStream};
use crate::workers::side_by_side;

/// So often an engine is asked for the archive: the second time layers go out in small pieces, and more times are for
/// registries that forget them, as docker-registry does after a cut.
const MAX_READINGS: usize = 4;

/// What passes, and how.
pub(crate) struct Passing<'p> {
    pub(crate) engine: &'p Engine,
    /// Its ID.
    pub(crate) image: &'p str,
    /// The size of its layers, for the progress; 0 when nobody knows.
    pub(crate) size: u64,
    pub(crate) registry: &'p Registry,
    /// With a tag.
    pub(crate) target: &'p Reference,
    /// What becomes of layers that are tars.
    pub(crate) compression: LayerCompression,
    /// Layers, by their diff IDs, that the repository has, and as what.
    pub(crate) known: HashMap<Digest, Blob>,
}

/// An image that has passed.
pub(crate) struct Passed {
    /// Its manifest in the registry.
    pub(crate) manifest: Manifest,
    /// What became of layers, by their diff IDs.
    pub(crate) made: HashMap<Digest, Blob>,
}

impl Passing<'_> {
    /// Brings the image to the registry, with its name last.
    pub(crate) fn run(&self, call: &mut Call<'_>) -> Result<Passed> {
        let report = report::Report::new(self.size);
        let passed = side_by_side(
            &[()],
            1,
            call,
            |_, step, call| report.follow(step, call),
            |(), call| self.pass(&report, call),
        )?;
        passed
            .into_iter()
            .next()
            .ok_or_else(|| Error::InvalidState("a job has no result".into()))
    }

    fn pass(&self, report: &report::Report, call: &mut Call<'_>) -> Result<Passed> {
        let mut layers = Layers::new(self, report);
        let mut readings = 0;
        loop {
            readings += 1;
            let documents = self.read(&mut layers, call)?;
            match layers.take_failure() {
                None => {
                    let manifest = self.write(&documents, &layers, call)?;
                    return Ok(Passed {
                        manifest,
                        made: layers.made(),
                    });
                }
                Some(failure) if readings == MAX_READINGS => return Err(failure),
                Some(failure) => log::debug!("asking the engine for the archive again: {failure}"),
            }
        }
    }

    /// Reads the archive to its end once.
    fn read(&self, layers: &mut Layers<'_>, call: &mut Call<'_>) -> Result<Documents> {
        let options = ArchiveOptions::default();
        let archive = self.engine.get_image(self.image, &options, call)?;
        let name = format!(
            "the archive of {} from {}",
            self.image,
            self.engine.endpoint()
        );
        let mut stream = TarStream::new(Box::new(archive), &name);
        let mut documents = Documents::new(&name);
        while let Some((name, entry)) = stream.next(call)? {
            match entry {
                Entry::Folder => {}
                Entry::Link(target) => documents.link(name, target, call)?,
                Entry::File(_) if layers.has(&name) => {}
                Entry::File(size) => {
                    let start = stream.beginning(Compression::MARK, call)?;
                    match layers::is_layer(&name, &start) {
                        true => layers.bring(&name, size, &start, &mut stream, call)?,
                        false => documents.keep(name, &start, &mut stream, call)?,
                    }
                }
            }
        }
        Ok(documents)
    }

    /// Brings what is left when all layers are there: configs, manifests, and the name.
    fn write(
        &self,
        documents: &Documents,
        layers: &Layers<'_>,
        call: &mut Call<'_>,
    ) -> Result<Manifest> {
        let image = match kept::manifests(documents, layers, call)? {
            Some(manifests) => manifests,
            None => vec![made_up::manifest(documents, layers, call)?],
        };
        for manifest in &image {
            if let ManifestContent::Image(content) = manifest.content() {
                for blob in content.layers.iter().chain([&content.config]) {
                    if let Some(bytes) = documents.blob(&blob.digest) {
                        let options = UploadOptions {
                            digest: Some(blob.digest.clone()),
                            ..UploadOptions::default()
                        };
                        let source = BlobSource::Data(bytes);
                        self.registry
                            .put_blob(self.target, source, &options, call)?;
                    }
                }
            }
        }
        let (top, listed) = image
            .split_last()
            .ok_or_else(|| Error::InvalidState("an image without a manifest".into()))?;
        for manifest in listed {
            let name = self
                .target
                .without_tag()
                .with_digest(manifest.digest().clone());
            self.put(&name, manifest, call)?;
        }
        self.put(self.target, top, call)?;
        Ok(top.clone())
    }

    fn put(&self, name: &Reference, manifest: &Manifest, call: &mut Call<'_>) -> Result<()> {
        let (media_type, bytes) = (manifest.media_type(), manifest.bytes());
        self.registry
            .put_manifest(name, media_type, bytes, call)
            .map(drop)
    }
}
