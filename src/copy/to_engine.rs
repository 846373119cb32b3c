//! An image in an engine, to be written: the engine loads an archive that is made while it is sent.

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::blobs;
use super::sink::Came;
use super::source::Source;
use super::to_archive::{ArchiveName, end, put};
use crate::call::Call;
use crate::engine::{Engine, LoadOptions};
use crate::error::{Error, Result};
use crate::oci::Manifest;
use crate::reference::Reference;
use crate::store::ArchiveWriter;

/// Pieces that were made and not yet sent.
const PIECES: usize = 4;

pub(super) struct ToEngine {
    engine: Engine,
    name: ArchiveName,
}

impl ToEngine {
    pub(super) fn new(engine: &Engine, name: &Reference) -> ToEngine {
        ToEngine {
            engine: engine.clone(),
            name: ArchiveName::Docker(Some(name.clone())),
        }
    }

    fn write(
        &self,
        from: &dyn Source,
        top: &Manifest,
        target: Pieces,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let mut writer = ArchiveWriter::new(target, self.engine.endpoint(), call)?;
        for blob in blobs::of(&[top]) {
            let mut bytes = from.blob_to_check(&blob, call)?;
            put(&mut writer, &blob, &mut *bytes, call)?;
        }
        writer.put_document(top.digest(), top.bytes())?;
        end(writer, top, &self.name, &[], call).map(drop)
    }

    /// Brings all of an image.
    pub(super) fn put(
        &self,
        from: &dyn Source,
        top: &Manifest,
        call: &mut Call<'_>,
    ) -> Result<Came> {
        let (send, receive) = sync_channel(PIECES);
        let (settings, context) = (call.settings(), call.context("", ""));
        let total = blobs::of(&[top])
            .iter()
            .fold(0, |sum: u64, blob| sum.saturating_add(blob.size));
        thread::scope(|scope| {
            let writer = scope.spawn(move || {
                let mut call = settings.call();
                let mut call = call.enter(context.operation, &context.subject);
                self.write(from, top, Pieces(send), &mut call)
            });
            let mut archive = Archive {
                pieces: receive,
                piece: Vec::new(),
                taken: 0,
            };
            let loaded = self
                .engine
                .load_image(&mut archive, &LoadOptions::default(), call);
            // Whoever still writes is told that nobody reads.
            drop(archive);
            let written = match writer.join() {
                Ok(written) => written,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            match (written, loaded) {
                // The engine gave up first.
                (Err(error), Err(loaded)) if nobody_reads(&error) => Err(loaded),
                (Err(error), _) => Err(error),
                (Ok(()), loaded) => loaded.map(|_| Came::Copied(total)),
            }
        })
    }
}

/// Where the archive goes: to the thread that sends it.
struct Pieces(SyncSender<Vec<u8>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.send(bytes.to_vec()) {
            Ok(()) => Ok(bytes.len()),
            Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn nobody_reads(error: &Error) -> bool {
    matches!(error, Error::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
}

/// The archive as the engine reads it.
struct Archive {
    pieces: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    taken: usize,
}

impl Read for Archive {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.piece.len() {
            match self.pieces.recv() {
                Ok(piece) => (self.piece, self.taken) = (piece, 0),
                // It has ended, or failed; the writer says which.
                Err(_) => return Ok(0),
            }
        }
        let left = &self.piece[self.taken..];
        let length = left.len().min(buffer.len());
        buffer[..length].copy_from_slice(&left[..length]);
        self.taken += length;
        Ok(length)
    }
}
