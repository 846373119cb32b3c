//! The layers of an archive that passes by, and what becomes of them.

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::documents::Documents;
use super::held::{Bytes, Held, Outgoing, Room, Rooms};
use super::making::Begun;
use super::older_names::Chain;
use super::report::Report;
use super::{Passing, READER};
use crate::call::Call;
use crate::compress::{Compressor, Cores, LayerCompression};
use crate::copy::raw_layer::Compressing;
use crate::copy::spool::Spool;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::oci::{Blob, Compression};
use crate::progress::Phase;
use crate::registry::{Making, may_fare_better};
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

/// Those that are in the registry so far, by their names in the archive.
#[derive(Default)]
pub(super) struct There(Mutex<HashMap<String, Layer>>);

impl There {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Layer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.lock().contains_key(name)
    }

    pub(super) fn get(&self, name: &str) -> Option<Layer> {
        self.lock().get(name).cloned()
    }

    pub(super) fn add(&self, name: String, layer: Layer) {
        self.lock().insert(name, layer);
    }

    /// What became of those whose diff ID is known.
    pub(super) fn made(&self) -> HashMap<Digest, Blob> {
        let there = self.lock();
        let known = there.values().filter_map(|layer| {
            let diff_id = layer.diff_id.clone()?;
            Some((diff_id, layer.blob.clone()))
        });
        known.collect()
    }
}

/// What brings the layers of one archive, one after the other.
pub(super) struct Layers<'p> {
    passing: &'p Passing<'p>,
    there: &'p There,
    report: &'p Report,
    outgoing: &'p Outgoing,
    rooms: Rooms,
    chain: Chain<'p>,
    cores: Cores,
    /// What could not be brought, with the first reason.
    failure: Option<Error>,
    /// Something has failed, so that chunks are small, and kept until they are there.
    is_careful: bool,
}

/// What is known of a layer before it is read.
struct Coming {
    name: String,
    size: u64,
    diff_id: Option<Digest>,
    /// How the archive has it.
    packing: Compression,
}

/// Whether a file is a layer. Newer engines give all blobs names of one kind, and those that are none are JSON.
pub(super) fn is_layer(name: &str, start: &[u8]) -> bool {
    name.ends_with(".tar") || told(name).is_some() && start.first() != Some(&b'{')
}

/// The digest in the name of a file: dockerd since 25 names blobs so, and podman layers.
fn told(name: &str) -> Option<Digest> {
    let (algorithm, hex) = match name.strip_prefix("blobs/") {
        Some(blob) => blob.split_once('/')?,
        None => ("sha256", name.strip_suffix(".tar")?),
    };
    // Other names tell nothing.
    Digest::parse(&format!("{algorithm}:{hex}")).ok()
}

impl<'p> Layers<'p> {
    pub(super) fn new(
        passing: &'p Passing<'p>,
        there: &'p There,
        report: &'p Report,
        outgoing: &'p Outgoing,
        is_careful: bool,
    ) -> Layers<'p> {
        Layers {
            passing,
            there,
            report,
            outgoing,
            rooms: Rooms::new(),
            chain: Chain::new(passing.layers),
            cores: Cores::all(),
            failure: None,
            is_careful,
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.there.has(name)
    }

    /// Why there is a layer to be brought yet.
    pub(super) fn failure(self) -> Option<Error> {
        self.failure
    }

    /// Brings a layer that begins with `start` and goes on in `stream`. That a registry does not take it now is no failure
    /// before the archive has ended.
    pub(super) fn bring(
        &mut self,
        name: &str,
        size: u64,
        start: &[u8],
        stream: &mut TarStream<'_>,
        documents: &Documents,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let packing = Compression::of_content(start).map_err(|kind| Error::Unsupported {
            context: call.context(self.passing.engine.endpoint(), ""),
            what: format!("the layer {name} is compressed by {kind}"),
        })?;
        let coming = Coming {
            name: name.to_owned(),
            size,
            diff_id: told(name).or_else(|| self.of_folder(name, documents)),
            packing,
        };
        let id = coming.diff_id.as_ref();
        self.report.begins(READER, id, name, 0, size);
        if let Some(layer) = self.known(&coming) {
            self.there.add(coming.name, layer);
            return self.report.ends(READER, Phase::Exists, call);
        }
        let content = Cursor::new(start).chain(&mut *stream);
        let content = self.report.counted(READER, content);
        let how = self.compression(packing);
        let compressor = Compressor::new(Box::new(content), how, &self.cores)?;
        let making = Compressing::new(compressor, coming.diff_id.clone(), call.context("", ""));
        self.make(coming, making, call)
    }

    /// The layer in a folder of an older engine's archive, whose document came before it.
    fn of_folder(&self, name: &str, documents: &Documents) -> Option<Digest> {
        let folder = name.strip_suffix("/layer.tar")?;
        let json = documents.file(&format!("{folder}/json"))?;
        self.chain.layer_in(folder, json).cloned()
    }

    /// What a layer is in the registry, when that is remembered.
    fn known(&self, coming: &Coming) -> Option<Layer> {
        let diff_id = match coming.packing {
            Compression::None => coming.diff_id.as_ref()?,
            _ => return None,
        };
        Some(Layer {
            blob: self.passing.known.get(diff_id)?.clone(),
            packing: self.passing.compression.packing(),
            diff_id: Some(diff_id.clone()),
        })
    }

    /// What is compressed already stays as it is.
    fn compression(&self, packing: Compression) -> LayerCompression {
        match packing {
            Compression::None => self.passing.compression,
            _ => LayerCompression::AsIs,
        }
    }

    /// Makes a layer, and has it go out: while the next one is read when it can be held, and else while it is made.
    fn make(&mut self, coming: Coming, making: Compressing<'_>, call: &mut Call<'_>) -> Result<()> {
        let room = self.rooms.take(call)?;
        let mut making = Begun::new(making);
        making.begin(coming.size, call)?;
        if let Some(layer) = self.made(&coming, &making) {
            let bytes = Bytes::Memory(Cursor::new(making.into_begun()));
            self.hold(coming, layer, bytes, room);
            return Ok(());
        }
        if let Some(folder) = self.passing.spool_dir {
            let mut spool = Spool::new(folder, call)?;
            spool.keep(&mut making, Phase::Preparing, call)?;
            if let Some(layer) = self.made(&coming, &making) {
                self.hold(coming, layer, Bytes::File(spool.read()?), room);
            }
            return Ok(());
        }
        self.stream(coming, making, call)
    }

    /// What a layer has become, once it was all made.
    fn made(&self, coming: &Coming, making: &Begun<'_>) -> Option<Layer> {
        let (digest, size) = making.made()?;
        let (packing, diff_id) = match coming.packing {
            Compression::None => (self.passing.compression.packing(), making.diff_id()),
            packing => (packing, None),
        };
        Some(Layer {
            blob: Blob { digest, size },
            packing,
            diff_id,
        })
    }

    fn hold(&self, coming: Coming, layer: Layer, bytes: Bytes, room: Room) {
        self.outgoing.put(Held {
            name: coming.name,
            total: coming.size,
            layer,
            bytes,
            room,
        });
    }

    fn stream(&mut self, coming: Coming, mut making: Begun<'_>, call: &mut Call<'_>) -> Result<()> {
        let (registry, target) = (self.passing.registry, self.passing.target);
        let uploaded = match self.is_careful {
            false => registry.stream_blob(target, &mut making, call),
            true => registry.put_in_windows(target, &mut making, WINDOW, call),
        };
        match (uploaded, self.made(&coming, &making)) {
            (Ok(_), Some(layer)) => {
                self.there.add(coming.name, layer);
                self.report.ends(READER, Phase::LayerDone, call)
            }
            (Ok(_), None) => Err(Error::InvalidState(
                "a layer went out before it was made".into(),
            )),
            (Err(error), _) if may_fare_better(&error) => {
                call.check()?;
                log::debug!("the layer {} has to pass again: {error}", coming.name);
                self.is_careful = true;
                self.failure.get_or_insert(error);
                Ok(())
            }
            (Err(error), _) => Err(error),
        }
    }
}
