use std::cell::Cell;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use super::super::plain;
use super::*;
use crate::call::Cancel;
use crate::error::{Context, ErrorKind};
use crate::progress::{ImageProgressStep, Phase};

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

fn ignore(_: &[u8], _: &mut Call<'_>) -> Result<()> {
    Ok(())
}

fn assert_nobody_is_left(alive: &Arc<()>) {
    assert_eq!(Arc::strong_count(alive), 1, "a worker is left");
}

/// Zeros without end.
fn endless() -> impl Read {
    io::repeat(0)
}

/// A layer that never has more than a byte, and that only after a while.
struct Trickle(Duration);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        thread::sleep(self.0);
        buffer[0] = 7;
        Ok(1)
    }
}

#[test]
fn a_sink_that_fails_ends_it_with_its_own_error_and_leaves_no_thread() {
    let (format, alive) = scripted(|_| Ok(()));
    let mut given = 0;
    let mut sink = |_: &[u8], _: &mut Call<'_>| {
        given += 1;
        match given {
            4 => Err(Error::InvalidState("enough".into())),
            _ => Ok(()),
        }
    };
    let result = run(&mut endless(), format, 3, &mut Call::new(), &mut sink);
    assert_eq!(result.expect_err("the sink").to_string(), "enough");
    assert_eq!(given, 4);
    assert_nobody_is_left(&alive);
}

#[test]
fn a_source_that_fails_ends_it_and_leaves_no_thread() {
    struct Breaks(u32, Option<io::Error>);
    impl Read for Breaks {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                5 => Err(self.1.take().expect("asked once")),
                _ => Ok(buffer.len()),
            }
        }
    }
    let own = Error::Timeout {
        context: Box::new(Context::default()),
        awaited: "answer",
        limit: Duration::from_secs(1),
    };
    for (error, kind, text) in [
        (
            io::Error::other("no disk"),
            ErrorKind::Io,
            "copy: reading the layer to compress: no disk",
        ),
        (
            io::Error::other(own),
            ErrorKind::Timeout,
            ": no answer within 1000 ms",
        ),
    ] {
        let (format, alive) = scripted(|_| Ok(()));
        let mut call = Call::new();
        let call = &mut *call.enter("copy", "");
        let mut source = Breaks(0, Some(error));
        let error = run(&mut source, format, 3, call, &mut ignore).expect_err("the source");
        assert_eq!((error.kind(), error.report().as_str()), (kind, text));
        assert_nobody_is_left(&alive);
    }
}

#[test]
fn a_compressor_that_fails_ends_it_and_leaves_no_thread() {
    let (format, alive) = scripted(|_| Err(io::Error::other("no memory")));
    let result = run(&mut endless(), format, 3, &mut Call::new(), &mut ignore);
    let report = result.expect_err("the compressor").report();
    assert!(
        report.ends_with("compressing the layer: no memory"),
        "{report}"
    );
    assert_nobody_is_left(&alive);
}

#[test]
fn a_panic_of_a_worker_goes_on_in_the_calling_thread_and_leaves_no_thread() {
    for threads in [1, 3] {
        let (format, alive) = scripted(|_| panic!("a bug"));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            run(
                &mut endless(),
                format,
                threads,
                &mut Call::new(),
                &mut ignore,
            )
        }));
        let said = panicked.expect_err("a panic");
        assert_eq!(said.downcast_ref::<&str>(), Some(&"a bug"));
        assert_nobody_is_left(&alive);
    }
}

#[test]
fn a_panic_of_the_sink_leaves_no_thread() {
    let (format, alive) = scripted(|_| Ok(()));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut sink = |_: &[u8], _: &mut Call<'_>| panic!("of the caller");
        run(&mut endless(), format, 3, &mut Call::new(), &mut sink)
    }));
    assert!(panicked.is_err());
    assert_nobody_is_left(&alive);
}

#[test]
fn no_more_than_five_blocks_are_in_memory_for_two_threads() {
    let mut source = Counted(0);
    let (format, _) = scripted(|_| Ok(()));
    let mut given = 0;
    let mut sink = |piece: &[u8], _: &mut Call<'_>| {
        assert_eq!(piece.len(), BLOCK);
        given += 1;
        // The workers get ahead as far as they may.
        thread::sleep(Duration::from_millis(20));
        match given {
            8 => Err(Error::InvalidState("enough".into())),
            _ => Ok(()),
        }
    };
    let result = run(&mut source, format, 2, &mut Call::new(), &mut sink);
    result.expect_err("the sink");
    // The last that was given, and those behind it.
    assert!((8..=7 + 5).contains(&source.0), "{} were read", source.0);
}

/// A layer without end that knows how many blocks of it were read.
struct Counted(u32);

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0 += 1;
        Ok(buffer.len())
    }
}

#[test]
fn a_layer_of_two_blocks_takes_two_threads_at_most() {
    let hired = Rc::new(Cell::new(0));
    let counter = Rc::clone(&hired);
    let format = Format {
        encoder: Box::new(move || {
            counter.set(counter.get() + 1);
            (plain::format().encoder)()
        }),
        ..plain::format()
    };
    let mut source = endless().take(BLOCK as u64 + 1);
    run(&mut source, format, 8, &mut Call::new(), &mut ignore).expect("copied");
    assert_eq!(hired.get(), 2);
}

#[test]
fn a_sink_is_never_given_nothing() {
    for size in [0, 1, BLOCK as u64, BLOCK as u64 + 1] {
        let mut given = 0;
        let mut sink = |piece: &[u8], _: &mut Call<'_>| {
            assert!(!piece.is_empty());
            given += piece.len() as u64;
            Ok(())
        };
        let mut source = endless().take(size);
        run(&mut source, plain::format(), 2, &mut Call::new(), &mut sink).expect("copied");
        assert_eq!(given, size);
    }
}

#[test]
fn a_call_is_asked_every_250_ms_while_the_workers_or_the_source_are_slow() {
    let slow = |_: &[u8]| {
        thread::sleep(Duration::from_millis(900));
        Ok(())
    };
    let (slow_workers, _) = scripted(slow);
    let (workers, _) = scripted(|_| Ok(()));
    for (format, source) in [
        (slow_workers, &mut endless().take(10) as &mut dyn Read),
        (workers, &mut Trickle(Duration::from_millis(30)).take(30)),
    ] {
        let mut beats = 0;
        let mut progress = |step: &ImageProgressStep<'_>| {
            assert_eq!(step.phase, Phase::Waiting);
            beats += 1;
            ControlFlow::Continue(())
        };
        let call = &mut Call::new().progress(&mut progress);
        run(source, format, 2, call, &mut ignore).expect("slow but sure");
        assert!(beats >= 2, "{beats} beats in 900 ms");
    }
}

#[test]
fn a_cancel_ends_it_while_the_workers_or_the_source_are_slow_and_leaves_no_thread() {
    let slow = |_: &[u8]| {
        thread::sleep(Duration::from_millis(400));
        Ok(())
    };
    for (encode, source) in [
        (slow as fn(&[u8]) -> _, &mut endless() as &mut dyn Read),
        (|_| Ok(()), &mut Trickle(Duration::from_millis(10))),
    ] {
        let (format, alive) = scripted(encode);
        let cancel = Cancel::new();
        let call = &mut Call::new().cancel(&cancel);
        let start = Instant::now();
        let result = thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(100));
                cancel.cancel();
            });
            run(source, format, 2, call, &mut ignore)
        });
        let error = result.expect_err("cancelled");
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        // At the next beat, and when the blocks are done that were begun before; without it, never.
        assert!(start.elapsed() < Duration::from_secs(5));
        assert_nobody_is_left(&alive);
    }
}
