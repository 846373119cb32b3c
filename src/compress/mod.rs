//! Making layers smaller on all cores, and whole again.
//!
//! ```text
//!   layer --> [blocks waiting] --> workers --> [blocks in order] --> reader
//!    reading thread            compress, hash             reading thread
//! ```
//!
#![doc = include_str!("measured.md")]

mod account;
mod compressor;
mod cores;
mod format;
mod gzip;
mod inflate;
mod line;
#[cfg(not(feature = "zstd"))]
mod no_zstd;
#[cfg(test)]
mod others;
mod plain;
mod random;
#[cfg(feature = "zstd")]
mod zstd;

use std::ops::RangeInclusive;

use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::oci::Compression;

pub(crate) use compressor::Compressor;
pub(crate) use cores::Cores;
pub(crate) use inflate::Inflater;
#[cfg(not(feature = "zstd"))]
use no_zstd as zstd;

const GZIP_LEVELS: RangeInclusive<u8> = 1..=9;

/// The levels above take much more memory to look back further than a block.
const ZSTD_LEVELS: RangeInclusive<i32> = 1..=19;

/// How layers are to be compressed; gzip at level 2 unless something else is said.
///
/// What becomes of a layer depends on the layer, on this, and on the versions of this library and of the crates that
/// compress for it (`zlib-rs`, `zstd`): a program gives the same layer the same digest each time, however many threads
/// it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerCompression {
    /// gzip, which every registry and engine takes.
    Gzip {
        /// From 1, the fastest, to 9, the smallest. 1 makes layers an eighth larger than 2 does.
        level: u8,
    },
    /// zstd, faster and smaller than gzip; for OCI images only, and not before Docker 23 and containerd 1.5.
    Zstd {
        /// From 1, the fastest, to 19, the smallest.
        level: i32,
    },
    /// The layer stays as it is; for OCI images only.
    AsIs,
}

impl LayerCompression {
    /// gzip at its default level.
    pub const GZIP: LayerCompression = LayerCompression::Gzip { level: 2 };

    /// zstd at its default level.
    pub const ZSTD: LayerCompression = LayerCompression::Zstd { level: 3 };

    /// Fails with [`InvalidArgument`](Error::InvalidArgument) when there is no such level, and with
    /// [`Unsupported`](Error::Unsupported) for zstd in a build without it.
    pub(crate) fn check(self) -> Result<()> {
        if let LayerCompression::Zstd { .. } = self {
            zstd::is_possible()?;
        }
        let reason = match self {
            LayerCompression::Gzip { level } if !GZIP_LEVELS.contains(&level) => {
                format!("gzip has the levels 1 to 9, not {level}")
            }
            LayerCompression::Zstd { level } if !ZSTD_LEVELS.contains(&level) => {
                format!("zstd has the levels 1 to 19, not {level}")
            }
            _ => return Ok(()),
        };
        Err(Error::InvalidArgument {
            argument: "compression",
            reason,
        })
    }

    /// How layers are packed then.
    pub(crate) fn packing(self) -> Compression {
        match self {
            LayerCompression::Gzip { .. } => Compression::Gzip,
            LayerCompression::Zstd { .. } => Compression::Zstd,
            LayerCompression::AsIs => Compression::None,
        }
    }

    fn format(self) -> format::Format {
        match self {
            LayerCompression::Gzip { level } => gzip::format(level),
            LayerCompression::Zstd { level } => zstd::format(level),
            LayerCompression::AsIs => plain::format(),
        }
    }
}

/// gzip at its default level.
impl Default for LayerCompression {
    fn default() -> LayerCompression {
        LayerCompression::GZIP
    }
}

/// What became of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compressed {
    /// The digest of what came out.
    pub(crate) digest: Digest,
    /// How many bytes came out.
    pub(crate) size: u64,
    /// The digest of the layer.
    pub(crate) diff_id: Digest,
    /// How many bytes the layer has.
    pub(crate) raw_size: u64,
}

#[cfg(test)]
mod tests;
