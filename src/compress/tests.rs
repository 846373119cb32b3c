use std::io::{self, Read};

use super::*;
use crate::error::ErrorKind;

pub(super) const KINDS: [LayerCompression; 5] = [
    LayerCompression::GZIP,
    LayerCompression::Gzip { level: 1 },
    LayerCompression::Gzip { level: 9 },
    LayerCompression::ZSTD,
    LayerCompression::AsIs,
];

/// Some of everything: 700 KB of text, random bytes and nulls, in pieces of 10 to 90 KB.
pub(super) fn layer() -> Vec<u8> {
    let mut random = random_bytes(300_000).into_iter();
    let mut layer = Vec::new();
    for round in 1..=9 {
        layer.extend(b"a layer of many words ".repeat(round * 400));
        layer.extend(random.by_ref().take(round * 6_000));
        layer.extend(vec![0; round * 1_000]);
    }
    layer
}

pub(super) fn random_bytes(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    (0..count).map(|_| next()).collect()
}

/// Gives `piece` bytes at most at once, and is interrupted before each.
struct Pieces<'l> {
    layer: &'l [u8],
    piece: usize,
    is_interrupted: bool,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.is_interrupted = !self.is_interrupted;
        if self.is_interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let most = buffer.len().min(self.piece);
        self.layer.read(&mut buffer[..most])
    }
}

pub(super) fn compressed<'s>(
    source: impl Read + Send + 's,
    how: LayerCompression,
    cores: usize,
) -> (Vec<u8>, Compressed) {
    let mut out = Vec::new();
    let reader = Compressor::new(Box::new(source), how, &Cores::some(cores));
    let mut reader = reader.expect("a level");
    reader.read_to_end(&mut out).expect("compressed");
    (out, reader.compressed().expect("whole"))
}

#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn a_layer_comes_back_from_what_it_became_with_the_digests_and_sizes_of_both() {
    for layer in [layer(), Vec::new(), vec![7], vec![0; 256 * 1024]] {
        for how in KINDS {
            let (out, result) = compressed(&*layer, how, 2);
            let expected = Compressed {
                digest: Digest::sha256(&out),
                size: out.len() as u64,
                diff_id: Digest::sha256(&layer),
                raw_size: layer.len() as u64,
            };
            assert_eq!(result, expected, "{how:?}");
            let mut again = Vec::new();
            let mut inflater = Inflater::new(&*out).expect("a stream");
            inflater.read_to_end(&mut again).expect("whole");
            assert!(again == layer, "{how:?}");
        }
    }
}

#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn neither_threads_nor_pieces_change_a_byte() {
    let layer = layer();
    for how in KINDS {
        let (expected, _) = compressed(&*layer, how, 1);
        for threads in [0, 2, 3, 8, 1000] {
            let (out, _) = compressed(&*layer, how, threads);
            assert!(out == expected, "{how:?} on {threads} threads");
        }
        for piece in [1009, 65_536, 300_000] {
            let source = Pieces {
                layer: &layer,
                piece,
                is_interrupted: false,
            };
            let (out, _) = compressed(source, how, 3);
            assert!(out == expected, "{how:?} in pieces of {piece} bytes");
        }
    }
}

/// A digest that changes makes every registry store the same layers once more: it is for the change log.
#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn what_becomes_of_a_layer_changes_on_purpose_only() {
    for (how, expected) in [
        (
            LayerCompression::GZIP,
            "08524e5599ece1129ea5e4cfec3054166295f610772c6d78a2150181901b378e",
        ),
        (
            LayerCompression::ZSTD,
            "20e4621c7710ae02ce3b354fed00c8bd789a36030428f79993cc4a33e1754c05",
        ),
    ] {
        let (_, result) = compressed(&*layer(), how, 2);
        assert_eq!(result.digest.hex(), expected, "{how:?}");
    }
}

#[test]
fn a_gzip_stream_names_no_file_no_time_and_no_system() {
    let (out, _) = compressed(&b"a layer"[..], LayerCompression::default(), 2);
    assert_eq!(out[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
}

#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn what_cannot_shrink_grows_by_no_more_than_its_frames() {
    let random = random_bytes(1_000_000);
    // Not quite random, but too much so for level 1 of gzip.
    let nearly: Vec<u8> = random.iter().map(|byte| byte % 250).collect();
    for layer in [random, nearly] {
        for how in KINDS {
            let (out, _) = compressed(&*layer, how, 2);
            assert!(out.len() < layer.len() + 1000, "{how:?}: {}", out.len());
        }
    }
}

#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn a_level_that_there_is_not_is_refused_before_anything_is_read() {
    for (how, reason) in [
        (LayerCompression::Gzip { level: 0 }, "levels 1 to 9, not 0"),
        (
            LayerCompression::Gzip { level: 10 },
            "levels 1 to 9, not 10",
        ),
        (LayerCompression::Zstd { level: 0 }, "levels 1 to 19, not 0"),
        (
            LayerCompression::Zstd { level: -1 },
            "levels 1 to 19, not -1",
        ),
        (
            LayerCompression::Zstd { level: 20 },
            "levels 1 to 19, not 20",
        ),
    ] {
        let error = Compressor::new(Box::new(io::repeat(0)), how, &Cores::all());
        let error = error.expect_err("there is no such level");
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains(reason), "{error}");
    }
}
