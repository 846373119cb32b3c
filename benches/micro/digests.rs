//! What it costs to see that content is what was promised.

use std::io::{self, Read};

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use sha2::{Digest as _, Sha256};

use super::verified::VerifiedReader;
use crate::digest::{Digest, Verifier};

/// What copies read at once.
const PIECE: usize = 128 * 1024;

/// A manifest, a small layer and a large one.
const SIZES: [usize; 3] = [1024, 1024 * 1024, 64 * 1024 * 1024];

/// Zeros that cost nothing: they are in the buffer already.
struct Zeros {
    left: usize,
}

impl Read for Zeros {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.left.min(buffer.len());
        self.left -= read;
        Ok(read)
    }
}

/// What is read from archives and layouts.
#[divan::bench(args = SIZES)]
fn verified_reader(bencher: Bencher<'_, '_>, size: usize) {
    let promised = Digest::sha256(&vec![0; size]);
    let mut buffer = vec![0; PIECE];
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        let source = Box::new(Zeros { left: size });
        let mut reader = VerifiedReader::new(
            source,
            promised.clone(),
            Some(size as u64),
            String::new(),
            Box::default(),
        );
        while reader.read_piece(&mut buffer).expect("as promised") > 0 {}
    });
}

/// What comes from registries, and goes to archives.
#[divan::bench(args = SIZES)]
fn verifier(bencher: Bencher<'_, '_>, size: usize) {
    let content = vec![0; size];
    let promised = Digest::sha256(&content);
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        let mut verifier = Verifier::new(promised.clone(), Some(size as u64));
        for piece in content.chunks(PIECE) {
            verifier.take(piece).expect("as promised");
        }
        verifier.end().expect("as promised");
    });
}

/// The least.
#[divan::bench(args = SIZES)]
fn sha2_alone(bencher: Bencher<'_, '_>, size: usize) {
    let content = vec![0; size];
    bencher
        .counter(BytesCount::new(size))
        .bench_local(|| Sha256::digest(black_box(&content)));
}
