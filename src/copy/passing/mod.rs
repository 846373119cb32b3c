//! An image goes from an engine to a registry while it passes by: its archive is read as one stream, and each layer is
//! compressed and uploaded as it comes. Small layers are held in memory while they go out, and large ones in a file where
//! the caller gives room for that, while the archive is read on. Other large ones go out while they are compressed, and
//! nothing of them is kept.
//!
//! An engine cannot be asked for one layer. So what fails while it passes is not lost before the archive has ended, and
//! is taken from another archive then.

mod documents;
mod held;
mod kept;
mod layers;
mod made_up;
mod making;
mod older_names;
mod report;

use std::collections::HashMap;
use std::path::Path;

use documents::Documents;
use held::{Held, Outgoing};
use layers::{Layers, There};
use report::Report;

use super::spool::Spool;
use crate::call::{Call, Reports};
use crate::compress::LayerCompression;
use crate::digest::Digest;
use crate::engine::{ArchiveOptions, Engine};
use crate::error::{Error, Result};
use crate::oci::{Blob, Compression, Manifest, ManifestContent};
use crate::progress::Phase;
use crate::reference::Reference;
use crate::registry::{BlobSource, Registry, UploadOptions, UploadWay};
use crate::store::{Entry, TarStream};
use crate::workers::{Step, side_by_side};

/// So often an engine is asked for the archive: the second time layers go out in small pieces, and more times are for
/// registries that forget them, as docker-registry does after a cut.
const MAX_READINGS: usize = 4;

/// What passes, and how.
pub(crate) struct Passing<'p> {
    pub(crate) engine: &'p Engine,
    /// Its ID.
    pub(crate) image: &'p str,
    /// The diff IDs of its layers.
    pub(crate) layers: &'p [Digest],
    /// The size of its layers, for the progress; 0 when nobody knows.
    pub(crate) size: u64,
    pub(crate) registry: &'p Registry,
    /// With a tag.
    pub(crate) target: &'p Reference,
    /// What becomes of layers that are tars.
    pub(crate) compression: LayerCompression,
    /// Where layers that are too large to be held in memory are kept while they go out.
    pub(crate) spool_dir: Option<&'p Path>,
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

/// What one thread does with an archive.
enum Job {
    /// Reads it.
    Read,
    /// Uploads layers that are held.
    Upload(usize),
}

const JOBS: [Job; 3] = [Job::Read, Job::Upload(1), Job::Upload(2)];

/// The index of the job that reads.
const READER: usize = 0;

impl Passing<'_> {
    /// Brings the image to the registry, with its name last.
    pub(crate) fn run(&self, call: &mut Call<'_>) -> Result<Passed> {
        if let Some(folder) = self.spool_dir {
            // One that cannot be used is told before anything is sent.
            drop(Spool::new(folder, call)?);
        }
        let report = Report::new(JOBS.len(), self.size);
        let there = There::default();
        let mut readings = 1;
        loop {
            let (documents, failure) = self.pass(&there, readings > 1, &report, call)?;
            match failure {
                None => {
                    let written = |call: &mut Call<'_>| self.write(&documents, &there, call);
                    return Ok(Passed {
                        manifest: call.reporting(Reports::Heartbeats, written)?,
                        made: there.made(),
                    });
                }
                Some(failure) if readings == MAX_READINGS => return Err(failure),
                Some(failure) => log::debug!("asking the engine for the archive again: {failure}"),
            }
            readings += 1;
        }
    }

    /// Reads the archive to its end once, and tells why there is a layer to be brought yet.
    fn pass(
        &self,
        there: &There,
        is_careful: bool,
        report: &Report,
        call: &mut Call<'_>,
    ) -> Result<(Documents, Option<Error>)> {
        let outgoing = Outgoing::new();
        let follow = |job, step: &Step, call: &mut Call<'_>| report.follow(job, step, call);
        let passed = side_by_side(&JOBS, JOBS.len(), call, follow, |job, call| match job {
            Job::Read => {
                let mut layers = Layers::new(self, there, report, &outgoing, is_careful);
                let documents = self.read(&mut layers, call)?;
                outgoing.close(JOBS.len() - 1);
                Ok(Some((documents, layers.failure())))
            }
            Job::Upload(job) => {
                while let Some(held) = outgoing.next(call)? {
                    self.upload(*job, held, there, report, call)?;
                }
                Ok(None)
            }
        })?;
        let passed = passed.into_iter().flatten().next();
        passed.ok_or_else(|| Error::InvalidState("nobody has read the archive".into()))
    }

    fn upload(
        &self,
        job: usize,
        held: Held,
        there: &There,
        report: &Report,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let Held {
            name,
            total,
            layer,
            mut bytes,
            room,
        } = held;
        report.begins(job, layer.diff_id.as_ref(), &name, total, total);
        let options = UploadOptions {
            digest: Some(layer.blob.digest.clone()),
            ..UploadOptions::default()
        };
        let source = BlobSource::Seekable(bytes.source());
        let uploaded = self
            .registry
            .put_blob(self.target, source, &options, call)?;
        drop((bytes, room));
        there.add(name, layer);
        let phase = match uploaded.way {
            UploadWay::Existed | UploadWay::Mounted => Phase::Exists,
            UploadWay::Whole | UploadWay::Chunks => Phase::LayerDone,
        };
        report.ends(job, phase, call)
    }

    /// Reads the archive, and has its layers go out.
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
                        true => layers.bring(&name, size, &start, &mut stream, &documents, call)?,
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
        layers: &There,
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
