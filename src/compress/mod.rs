//! Making layers smaller on all cores, and whole again.
//!
//! ```text
//!   source --read--> [blocks waiting] --> workers --> [blocks in order] --write--> sink
//!          calling thread               compress, hash               calling thread
//! ```
//!
#![doc = include_str!("measured.md")]

mod account;
mod format;
mod gzip;
mod inflate;
mod line;
#[cfg(test)]
mod others;
mod plain;
mod random;
mod run;
mod zstd;

use std::io::Read;
use std::ops::RangeInclusive;

use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, Result};

pub(crate) use inflate::Inflater;

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

    /// Fails with [`InvalidArgument`](Error::InvalidArgument) when there is no such level.
    pub(crate) fn check(self) -> Result<()> {
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

/// Reads a layer to its end and gives what becomes of it, in order, to `sink`. It takes at most `threads` threads
/// besides the calling one, on which `source` is read and `sink` is called; they have ended when it returns.
///
/// Neither the threads nor the pieces that `source` gives change a byte of what comes out.
///
/// The call is asked at least every 250 ms whether to go on, unless `source` or `sink` themselves take longer. Its
/// progress is for the sink to tell.
///
/// # Errors
/// [`InvalidArgument`](Error::InvalidArgument) before anything is read when there is no such level, an error of this
/// library that `source` hands on, [`Io`](Error::Io) when it fails otherwise, and what `sink` fails with. What the sink
/// was given before a failure is no layer.
#[cfg_attr(not(test), expect(dead_code, reason = "no room uses it yet"))]
pub(crate) fn compress(
    source: &mut dyn Read,
    how: LayerCompression,
    threads: usize,
    call: &mut Call<'_>,
    sink: &mut dyn FnMut(&[u8], &mut Call<'_>) -> Result<()>,
) -> Result<Compressed> {
    how.check()?;
    let format = match how {
        LayerCompression::Gzip { level } => gzip::format(level),
        LayerCompression::Zstd { level } => zstd::format(level),
        LayerCompression::AsIs => plain::format(),
    };
    run::run(source, format, threads, call, sink)
}

#[cfg(test)]
mod tests;
