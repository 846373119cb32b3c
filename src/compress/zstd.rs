//! zstd: every block is a frame of its own, which RFC 8878 allows, and which the `zstd:chunked` layers of podman are.

use std::io;

use zstd::bulk::Compressor;
pub(super) use zstd::stream::read::Decoder;
use zstd::zstd_safe::compress_bound;

use super::LayerCompression;
use super::format::{Encoder, Envelope, Format};
use crate::error::Result;

/// A frame without content. No frame at all is no zstd.
const EMPTY_FRAME: [u8; 9] = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0];

pub(super) fn format(level: i32) -> Format {
    Format {
        kind: LayerCompression::Zstd { level },
        encoder: Box::new(move || Ok(Box::new(Frames(Compressor::new(level)?)))),
        envelope: Box::new(Around { is_empty: true }),
        is_plain: false,
    }
}

/// Not in a build without zstd (`no_zstd`).
pub(super) fn is_possible() -> Result<()> {
    Ok(())
}

struct Frames(Compressor<'static>);

impl Encoder for Frames {
    fn encode(&mut self, raw: &[u8], packed: &mut Vec<u8>) -> io::Result<()> {
        packed.reserve(compress_bound(raw.len()));
        self.0.compress_to_buffer(raw, packed).map(drop)
    }
}

struct Around {
    is_empty: bool,
}

impl Envelope for Around {
    fn begin(&self) -> &'static [u8] {
        &[]
    }

    fn pass(&mut self, _: &[u8]) {
        self.is_empty = false;
    }

    fn end(&self) -> Vec<u8> {
        match self.is_empty {
            true => EMPTY_FRAME.to_vec(),
            false => Vec::new(),
        }
    }
}

/// Says quickly how small bytes can become.
pub(super) struct Judge {
    compressor: Compressor<'static>,
    packed: Vec<u8>,
}

impl Judge {
    /// For at most `size` bytes at a time.
    pub(super) fn new(size: usize) -> io::Result<Judge> {
        Ok(Judge {
            compressor: Compressor::new(1)?,
            packed: Vec::with_capacity(compress_bound(size)),
        })
    }

    pub(super) fn packed_size(&mut self, raw: &[u8]) -> io::Result<usize> {
        self.compressor.compress_to_buffer(raw, &mut self.packed)
    }
}
