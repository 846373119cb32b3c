//! Endless bytes for layers: the same for the same seed, and as compressible as wanted.

use std::io::{self, Read};

/// Each block begins with its incompressible share; the rest is text.
const BLOCK_BYTES: usize = 64 * 1024;

const TEXT: &[u8] = b"imgferry moves images; this sentence compresses well. ";

/// Never ends: put it behind `take`.
pub struct Noise {
    state: u64,
    block: Box<[u8]>,
    incompressible: usize,
    position: usize,
}

impl Noise {
    /// `incompressible_share` is between 0.0 (all text) and 1.0 (nothing for a compressor).
    pub fn new(seed: u64, incompressible_share: f64) -> Self {
        assert!(
            (0.0..=1.0).contains(&incompressible_share),
            "a share is between 0 and 1: {incompressible_share}"
        );
        let incompressible = (incompressible_share * BLOCK_BYTES as f64) as usize;
        let block = TEXT.iter().copied().cycle().take(BLOCK_BYTES).collect();
        // Xorshift never leaves the state 0.
        Self {
            state: mix(seed, 0) | 1,
            block,
            incompressible,
            position: BLOCK_BYTES,
        }
    }

    fn next_block(&mut self) {
        let mut state = self.state;
        for word in self.block[..self.incompressible].chunks_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word.copy_from_slice(&state.to_le_bytes()[..word.len()]);
        }
        self.state = state;
        self.position = 0;
    }
}

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position == self.block.len() {
            self.next_block();
        }
        let count = (&self.block[self.position..]).read(buffer)?;
        self.position += count;
        Ok(count)
    }
}

/// A number that depends on both and resembles neither: the seed of part number `index` (`SplitMix64`).
pub fn mix(seed: u64, index: u64) -> u64 {
    let mut number = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
