//! The layers of an archive that passes by, and what becomes of them.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use super::Passing;
use super::report::Report;
use crate::call::Call;
use crate::compress::{Compressor, Cores, LayerCompression};
use crate::copy::raw_layer::Compressing;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::oci::{Blob, Compression};
use crate::registry::may_fare_better;
use crate::store::TarStream;

/// So much of a layer is kept while it goes out, once that has failed. The smallest limit that is known of a registry's
/// proxies is 4 MiB.
const WINDOW: usize = 4 * 1024 * 1024;

/// A layer that is in the registry.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) blob: Blob,
    pub(super) packing: Compression,
    /// What it is when it is not compressed; unknown when it was before.
    pub(super) diff_id: Option<Digest>,
}

/// Those that have passed so far.
pub(super) struct Layers<'p> {
    passing: &'p Passing<'p>,
    report: &'p Report,
    cores: Cores,
    /// By their names in the archive.
    there: HashMap<String, Layer>,
    /// What could not be brought, with the first reason.
    failure: Option<Error>,
    /// Something has failed, so that chunks are small, and kept until they are there.
    is_careful: bool,
}

/// Whether a file is a layer. Newer engines give all blobs names of one kind, and those that are none are JSON.
pub(super) fn is_layer(name: &str, start: &[u8]) -> bool {
    name.ends_with(".tar") || told(name).is_some() && start.first() != Some(&b'{')
}

/// The digest in the name of a file: dockerd since 25 names blobs so, and podman layers. Older ones name layers by IDs that
/// mean nothing any more.
fn told(name: &str) -> Option<Digest> {
    let (algorithm, hex) = match name.strip_prefix("blobs/") {
        Some(blob) => blob.split_once('/')?,
        None => ("sha256", name.strip_suffix(".tar")?),
    };
    Digest::parse(&format!("{algorithm}:{hex}")).ok()
}

impl<'p> Layers<'p> {
    pub(super) fn new(passing: &'p Passing<'p>, report: &'p Report) -> Layers<'p> {
        Layers {
            passing,
            report,
            cores: Cores::all(),
            there: HashMap::new(),
            failure: None,
            is_careful: false,
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.there.contains_key(name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Layer> {
        self.there.get(name)
    }

    /// Why there is a layer to be brought yet.
    pub(super) fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// What became of those whose diff ID is known.
    pub(super) fn made(&self) -> HashMap<Digest, Blob> {
        let known = self.there.values().filter_map(|layer| {
            let diff_id = layer.diff_id.clone()?;
            Some((diff_id, layer.blob.clone()))
        });
        known.collect()
    }

    /// Brings a layer that begins with `start` and goes on in `stream`. That a registry does not take it now is no failure
    /// before the archive has ended.
    pub(super) fn bring(
        &mut self,
        name: &str,
        size: u64,
        start: &[u8],
        stream: &mut TarStream<'_>,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let packing = Compression::of_content(start).map_err(|kind| Error::Unsupported {
            context: call.context(self.passing.engine.endpoint(), ""),
            what: format!("the layer {name} is compressed by {kind}"),
        })?;
        let (told, is_raw) = (told(name), packing == Compression::None);
        self.report.begins(told.as_ref(), name, size);
        let known = told.as_ref().filter(|_| is_raw);
        if let Some(blob) = known.and_then(|diff_id| self.passing.known.get(diff_id)) {
            let layer = Layer {
                blob: blob.clone(),
                packing: self.passing.compression.packing(),
                diff_id: told,
            };
            self.report.exists(call)?;
            self.there.insert(name.to_owned(), layer);
            return Ok(());
        }
        let how = match is_raw {
            true => self.passing.compression,
            false => LayerCompression::AsIs,
        };
        let content = self.report.counted(Cursor::new(start).chain(&mut *stream));
        let compressor = Compressor::new(Box::new(content), how, &self.cores)?;
        let mut making = Compressing::new(compressor, told, call.context("", ""));
        let (registry, target) = (self.passing.registry, self.passing.target);
        let uploaded = match self.is_careful {
            false => registry.stream_blob(target, &mut making, call),
            true => registry.put_in_windows(target, &mut making, WINDOW, call),
        };
        match uploaded {
            Ok(uploaded) => {
                let blob = Blob {
                    digest: uploaded.digest,
                    size: uploaded.size,
                };
                let packing = match is_raw {
                    true => how.packing(),
                    false => packing,
                };
                let layer = Layer {
                    blob,
                    packing,
                    diff_id: making.diff_id().filter(|_| is_raw),
                };
                self.there.insert(name.to_owned(), layer);
                self.report.done(call)
            }
            Err(error) if may_fare_better(&error) => {
                call.check()?;
                log::debug!("the layer {name} has to pass again: {error}");
                self.is_careful = true;
                self.failure.get_or_insert(error);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
