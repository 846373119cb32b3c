//! gzip: one member, whatever the number of blocks. Members would be simpler, and some programs that unpack layers read
//! the first one only.

use std::io;

use flate2::{Compress, Crc, FlushCompress, Status};

use super::LayerCompression;
use super::format::{Encoder, Envelope, Format};
use super::random::RandomFinder;

/// Deflate, no flags, no time, no hint, no system: the same bytes everywhere (RFC 1952, section 2.3).
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// An empty block that says that it is the last one.
const LAST_BLOCK: [u8; 2] = [3, 0];

/// A stored block counts its bytes in 16 bits, after a byte for its kind.
const MAX_STORED: usize = 0xffff;
const STORED_HEADER: usize = 5;

pub(super) fn format(level: u8) -> Format {
    Format {
        kind: LayerCompression::Gzip { level },
        encoder: Box::new(move || Ok(Box::new(Deflater::new(level)?))),
        envelope: Box::new(Member::default()),
        is_plain: false,
    }
}

/// The pieces that it makes begin and end on a whole byte, and refer to nothing before them.
struct Deflater {
    deflate: Compress,
    random: RandomFinder,
}

impl Deflater {
    fn new(level: u8) -> io::Result<Deflater> {
        let no_zlib_header = false;
        Ok(Deflater {
            deflate: Compress::new(flate2::Compression::new(level.into()), no_zlib_header),
            random: RandomFinder::new()?,
        })
    }

    /// Deflates a piece, or stores it when that is shorter.
    fn deflate(&mut self, raw: &[u8], packed: &mut Vec<u8>) -> io::Result<()> {
        let start = packed.len();
        self.deflate.reset();
        let status = self
            .deflate
            .compress_vec(raw, packed, FlushCompress::Sync)
            .map_err(io::Error::other)?;
        let all_is_in = self.deflate.total_in() == raw.len() as u64;
        if status != Status::Ok || !all_is_in || packed.len() == packed.capacity() {
            return Err(io::Error::other("deflate wants more room than it may need"));
        }
        if packed.len() - start > stored_size(raw.len()) {
            packed.truncate(start);
            store(raw, packed);
        }
        Ok(())
    }
}

impl Encoder for Deflater {
    fn encode(&mut self, raw: &[u8], packed: &mut Vec<u8>) -> io::Result<()> {
        packed.reserve_exact(room_for(raw.len()));
        for piece in self.random.pieces(raw)? {
            match piece.is_random {
                true => store(&raw[piece.range], packed),
                false => self.deflate(&raw[piece.range], packed)?,
            }
        }
        Ok(())
    }
}

/// A stored block for every 65535 bytes.
fn store(raw: &[u8], packed: &mut Vec<u8>) {
    for raw in raw.chunks(MAX_STORED) {
        let length = raw.len() as u16;
        packed.push(0);
        packed.extend_from_slice(&length.to_le_bytes());
        packed.extend_from_slice(&(!length).to_le_bytes());
        packed.extend_from_slice(raw);
    }
}

/// Before it is known that storing is shorter, level 1 may have made 9 bits of every byte.
fn room_for(length: usize) -> usize {
    stored_size(length) + length / 8 + 1024
}

fn stored_size(length: usize) -> usize {
    length + length.div_ceil(MAX_STORED) * STORED_HEADER
}

#[derive(Default)]
struct Member(Crc);

impl Envelope for Member {
    fn begin(&self) -> &'static [u8] {
        &HEADER
    }

    fn pass(&mut self, raw: &[u8]) {
        self.0.update(raw);
    }

    fn end(&self) -> Vec<u8> {
        let mut end = LAST_BLOCK.to_vec();
        end.extend_from_slice(&self.0.sum().to_le_bytes());
        // The size, in 32 bits.
        end.extend_from_slice(&self.0.amount().to_le_bytes());
        end
    }
}
