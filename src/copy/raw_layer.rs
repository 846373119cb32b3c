//! A layer that is compressed on its way.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};

use super::source::Source;
use crate::call::{Call, CallSettings};
use crate::compress::{Compressor, Cores, LayerCompression};
use crate::digest::Digest;
use crate::error::{Context, Error, Result};
use crate::oci::Descriptor;
use crate::registry::{MadeBlob, Making};

/// A layer of the source that is a tar, to be written as something smaller.
pub(super) struct RawLayer<'s> {
    from: &'s dyn Source,
    blob: &'s Descriptor,
    how: LayerCompression,
    cores: &'s Cores,
    /// How much of the tar was read.
    done: &'s AtomicU64,
    settings: CallSettings,
    context: Box<Context>,
}

impl<'s> RawLayer<'s> {
    pub(super) fn new(
        from: &'s dyn Source,
        blob: &'s Descriptor,
        how: LayerCompression,
        cores: &'s Cores,
        done: &'s AtomicU64,
        call: &Call<'_>,
    ) -> RawLayer<'s> {
        RawLayer {
            from,
            blob,
            how,
            cores,
            done,
            settings: call.settings(),
            context: call.context("", ""),
        }
    }
}

impl MadeBlob for RawLayer<'_> {
    fn begin(&self) -> Result<Box<dyn Making + '_>> {
        let call = self.settings.call();
        self.done.store(0, Ordering::Relaxed);
        let source = Counted {
            source: self.from.blob_to_check(self.blob, &call)?,
            done: self.done,
        };
        let compressor = Compressor::new(Box::new(source), self.how, self.cores)?;
        let promised = Some(self.blob.digest.clone());
        Ok(Box::new(Compressing::new(
            compressor,
            promised,
            self.context.clone(),
        )))
    }
}

/// The tar, which tells how far it is read.
struct Counted<'s, R> {
    source: R,
    done: &'s AtomicU64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.done.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// A layer that is being compressed, which is checked to be the one that was promised: nobody else knows what the tar
/// was.
pub(super) struct Compressing<'s> {
    compressor: Compressor<'s>,
    /// The digest of the tar, where it was promised.
    promised: Option<Digest>,
    context: Box<Context>,
    /// All was given out, and is of the layer that was promised.
    is_whole: bool,
}

impl<'s> Compressing<'s> {
    pub(super) fn new(
        compressor: Compressor<'s>,
        promised: Option<Digest>,
        context: Box<Context>,
    ) -> Compressing<'s> {
        Compressing {
            compressor,
            promised,
            context,
            is_whole: false,
        }
    }

    /// The digest of the tar, once all of it was read.
    pub(super) fn diff_id(&self) -> Option<Digest> {
        Some(self.compressor.compressed()?.diff_id)
    }

    fn check(&self) -> Result<()> {
        match (self.diff_id(), &self.promised) {
            (Some(actual), Some(promised)) if actual != *promised => Err(Error::DigestMismatch {
                context: self.context.clone(),
                expected: promised.to_string(),
                actual: actual.to_string(),
            }),
            _ => Ok(()),
        }
    }
}

impl Read for Compressing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.compressor.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            self.check().map_err(io::Error::other)?;
            self.is_whole = true;
        }
        Ok(read)
    }
}

impl Making for Compressing<'_> {
    fn made(&self) -> Option<(Digest, u64)> {
        let compressed = self.compressor.compressed().filter(|_| self.is_whole)?;
        Some((compressed.digest, compressed.size))
    }
}
