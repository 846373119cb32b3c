use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::plain;
use super::*;

const BLOCK: usize = 256 * 1024;

/// Does to each block what the test says. As long as a worker has one, the counter knows.
struct Scripted<F> {
    encode: F,
    _alive: Arc<()>,
}

impl<F: FnMut(&[u8]) -> io::Result<()> + Send> Encoder for Scripted<F> {
    fn encode(&mut self, raw: &[u8], packed: &mut Vec<u8>) -> io::Result<()> {
        (self.encode)(raw)?;
        packed.extend_from_slice(raw);
        Ok(())
    }
}

/// A format whose workers do as `encode` says, and what shows whether there are any left.
fn scripted(
    encode: impl FnMut(&[u8]) -> io::Result<()> + Clone + Send + 'static,
) -> (Format, Arc<()>) {
    let alive = Arc::new(());
    let counter = Arc::clone(&alive);
    let format = Format {
        encoder: Box::new(move || {
            Ok(Box::new(Scripted {
                encode: encode.clone(),
                _alive: Arc::clone(&counter),
            }))
        }),
        ..plain::format()
    };
    (format, alive)
}

fn assert_nobody_is_left(alive: &Arc<()>) {
    assert_eq!(Arc::strong_count(alive), 1, "a worker is left");
}

fn compressor<'s>(source: impl Read + Send + 's, format: Format, cores: usize) -> Compressor<'s> {
    Compressor::with_format(Box::new(source), format, &Cores::some(cores))
}

/// Reads all of it.
fn drain(mut compressor: Compressor<'_>) -> io::Result<u64> {
    io::copy(&mut compressor, &mut io::sink())
}

/// Zeros without end.
fn endless() -> impl Read + Send {
    io::repeat(0)
}

#[test]
fn who_stops_reading_leaves_no_thread() {
    let (format, alive) = scripted(|_| Ok(()));
    let mut reader = compressor(endless(), format, 3);
    reader.read_exact(&mut vec![0; 4 * BLOCK]).expect("blocks");
    assert!(reader.compressed().is_none());
    drop(reader);
    assert_nobody_is_left(&alive);
}

#[test]
fn a_source_that_fails_ends_it_with_its_own_error_and_leaves_no_thread() {
    struct Breaks(u32);
    impl Read for Breaks {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                5 => Err(io::Error::other("no disk")),
                _ => Ok(buffer.len()),
            }
        }
    }
    let (format, alive) = scripted(|_| Ok(()));
    let error = drain(compressor(Breaks(0), format, 3)).expect_err("the source");
    assert_eq!(error.to_string(), "no disk");
    assert_nobody_is_left(&alive);
}

#[test]
fn a_worker_that_fails_ends_it_and_leaves_no_thread() {
    let (format, alive) = scripted(|_| Err(io::Error::other("no memory")));
    let error = drain(compressor(endless(), format, 3)).expect_err("the worker");
    assert_eq!(error.to_string(), "no memory");
    assert_nobody_is_left(&alive);
}

#[test]
fn a_panic_of_a_worker_goes_on_in_the_reading_thread_and_leaves_no_thread() {
    for cores in [1, 3] {
        let (format, alive) = scripted(|_| panic!("a bug"));
        let reader = compressor(endless(), format, cores);
        let panicked = catch_unwind(AssertUnwindSafe(|| drain(reader)));
        let said = panicked.expect_err("a panic");
        assert_eq!(said.downcast_ref::<&str>(), Some(&"a bug"));
        assert_nobody_is_left(&alive);
    }
}

/// A layer without end that knows how many blocks of it were read.
struct Counted(Arc<AtomicUsize>);

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(buffer.len())
    }
}

#[test]
fn no_more_than_five_blocks_are_in_memory_for_two_cores() {
    let read = Arc::new(AtomicUsize::new(0));
    let (format, _) = scripted(|_| Ok(()));
    let mut reader = compressor(Counted(Arc::clone(&read)), format, 2);
    let mut block = vec![0; BLOCK];
    for given in 1..=8 {
        reader.read_exact(&mut block).expect("a block");
        // The workers get ahead as far as they may.
        thread::sleep(Duration::from_millis(10));
        // The last that was given, and those behind it.
        let read = read.load(Ordering::Relaxed);
        assert!((given..given + 5).contains(&read), "{read} after {given}");
    }
}

#[test]
fn a_layer_of_two_blocks_takes_two_threads_at_most_and_others_get_the_other_cores() {
    let hired = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&hired);
    let format = Format {
        encoder: Box::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            (plain::format().encoder)()
        }),
        ..plain::format()
    };
    let reader = compressor(endless().take(BLOCK as u64 + 1), format, 8);
    assert_eq!(drain(reader).expect("whole"), BLOCK as u64 + 1);
    assert_eq!(hired.load(Ordering::Relaxed), 2);

    let cores = Cores::some(1);
    let begun = |cores: &Cores| {
        let mut reader = Compressor::with_format(Box::new(endless()), plain::format(), cores);
        reader.read_exact(&mut vec![0; 8 * BLOCK]).expect("blocks");
        reader
    };
    let (first, second) = (begun(&cores), begun(&cores));
    assert_eq!((first.crew.hired.len(), second.crew.hired.len()), (1, 1));
    drop((first, second));
    assert!(cores.take().is_some());
}
