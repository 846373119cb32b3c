//! Finding what no compressor makes smaller, such as archives and pictures, before time is spent on it.
//!
//! Deflate takes longer for random bytes than for any others. Of 600 MB of which half is random it took 4.5 s before
//! they were looked for, and 0.4 s since; 600 MB of programs and libraries take 1 % longer (measured).

use std::io;
use std::ops::Range;

use super::zstd::Judge;

/// The unit in which is judged.
const SEGMENT: usize = 8 * 1024;

/// Of so many bytes, the first four are counted.
const STRIDE: usize = 16;

/// What zstd saves less of is not worth the time: one part of so many.
const LEAST_GAIN: usize = 64;

/// A part of a block.
pub(super) struct Piece {
    pub(super) range: Range<usize>,
    pub(super) is_random: bool,
}

pub(super) struct RandomFinder {
    judge: Judge,
}

impl RandomFinder {
    pub(super) fn new() -> io::Result<RandomFinder> {
        Ok(RandomFinder {
            judge: Judge::new(SEGMENT)?,
        })
    }

    /// Cuts a block in pieces that are random and pieces that are not, in turn.
    pub(super) fn pieces(&mut self, block: &[u8]) -> io::Result<Vec<Piece>> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut start = 0;
        for segment in block.chunks(SEGMENT) {
            let is_random = self.is_random(segment)?;
            let end = start + segment.len();
            match pieces.last_mut() {
                Some(last) if last.is_random == is_random => last.range.end = end,
                _ => pieces.push(Piece {
                    range: start..end,
                    is_random,
                }),
            }
            start = end;
        }
        Ok(pieces)
    }

    /// The counts are quick and settle most cases. They know nothing of repetitions, of which zstd is asked: it goes
    /// through random bytes at 5 GB/s.
    fn is_random(&mut self, segment: &[u8]) -> io::Result<bool> {
        if !all_bytes_are_frequent(segment) {
            return Ok(false);
        }
        let packed = self.judge.packed_size(segment)?;
        Ok(packed > segment.len() - segment.len() / LEAST_GAIN)
    }
}

/// Whether every value of a byte is about as frequent as any other: whether the sum of the squares of their counts is
/// at most 5 % more than that of random bytes on average. Of 2048 random bytes it is so but for once in a million.
fn all_bytes_are_frequent(segment: &[u8]) -> bool {
    // Four tables, because equal bytes in a row would wait for one another.
    let [mut first, mut second, mut third, mut fourth] = [[0_u32; 256]; 4];
    let (rows, _) = segment.as_chunks::<STRIDE>();
    for [a, b, c, d, ..] in rows {
        first[usize::from(*a)] += 1;
        second[usize::from(*b)] += 1;
        third[usize::from(*c)] += 1;
        fourth[usize::from(*d)] += 1;
    }
    let counted = 4 * rows.len() as u64;
    let squares: u64 = (0..256)
        .map(|byte| u64::from(first[byte] + second[byte] + third[byte] + fourth[byte]).pow(2))
        .sum();
    let random = counted * 256 + counted * counted.saturating_sub(1);
    squares * 256 * 100 <= random * 105
}

#[cfg(test)]
mod tests {
    use super::super::tests::random_bytes;
    use super::*;

    /// Where the random parts of a block begin and end.
    fn random_parts(block: &[u8]) -> Vec<(usize, usize)> {
        let mut finder = RandomFinder::new().expect("a finder");
        let pieces = finder.pieces(block).expect("judged");
        let covered: usize = pieces.iter().map(|piece| piece.range.len()).sum();
        assert_eq!(covered, block.len());
        pieces
            .into_iter()
            .filter(|piece| piece.is_random)
            .map(|piece| (piece.range.start, piece.range.end))
            .collect()
    }

    #[test]
    #[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
    fn random_bytes_are_found_among_others() {
        let random = random_bytes(5 * SEGMENT);
        let text: Vec<u8> = b"some text "
            .iter()
            .copied()
            .cycle()
            .take(4 * SEGMENT)
            .collect();
        let block = [&text, &random, &text].map(Vec::as_slice).concat();
        assert_eq!(random_parts(&block), [(4 * SEGMENT, 9 * SEGMENT)]);
        assert_eq!(
            random_parts(&random[..SEGMENT + 4000]),
            [(0, SEGMENT + 4000)]
        );
        assert!(random_parts(&text).is_empty());
        assert!(random_parts(&[]).is_empty());
    }

    #[test]
    fn what_only_looks_random_is_not_taken_for_it() {
        let repeated = random_bytes(1000).repeat(20);
        assert!(random_parts(&repeated).is_empty(), "repetitions");
        // All bytes equally often, in an order.
        let counted: Vec<u8> = (0..=255).cycle().take(2 * SEGMENT).collect();
        assert!(random_parts(&counted).is_empty(), "an order");
        // Random where it is counted.
        let mut records = vec![0; 2 * SEGMENT];
        for (record, random) in records
            .chunks_mut(STRIDE)
            .zip(random_bytes(4 * SEGMENT).chunks(4))
        {
            record[..4].copy_from_slice(random);
        }
        assert!(random_parts(&records).is_empty(), "records");
        let digits: Vec<u8> = random_bytes(2 * SEGMENT)
            .iter()
            .map(|byte| byte % 200)
            .collect();
        assert!(random_parts(&digits).is_empty(), "fewer values");
    }
}
