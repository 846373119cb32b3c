//! The work of the calling thread: it reads the layer, gives out what became of it, and looks after the call.

use std::io::{self, Read};
use std::panic;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use super::Compressed;
use super::account::Account;
use super::format::{Encoder, Format};
use super::line::{Block, Line, News};
use crate::call::{Call, SLICE};
use crate::error::{Error, Result};

/// More cannot be faster: one worker at a time makes the digest of the layer, and it keeps up with so many at the
/// default level of gzip.
const MAX_WORKERS: usize = 16;

/// For each worker, a block that it works on and one that waits for it.
const BLOCKS_PER_WORKER: usize = 2;

/// A block that is read or given out meanwhile.
const BLOCKS_OF_CALLER: usize = 1;

/// Receives what comes out, on the calling thread.
pub(super) type Sink<'s> = dyn FnMut(&[u8], &mut Call<'_>) -> Result<()> + 's;

/// Sends a layer through at most `threads` workers, which have ended when it returns.
///
/// The calling thread reads and gives out, and nothing else. The source may be a callback of the caller, which is for
/// that thread only; and a read that blocks in another thread could not be left. Little could be won by that: 600 MB
/// are read in 0.2 s.
pub(super) fn run(
    source: &mut dyn Read,
    format: Format,
    threads: usize,
    call: &mut Call<'_>,
    sink: &mut Sink<'_>,
) -> Result<Compressed> {
    let mut account = Account::new(format.envelope, format.is_plain);
    give(account.begin(), call, sink)?;
    let line = Line::new(account);
    thread::scope(|scope| {
        let mut crew = Crew {
            scope,
            line: &line,
            encoder: &*format.encoder,
            most: threads.clamp(1, MAX_WORKERS),
            hired: Vec::new(),
        };
        let passed = pass(source, &mut crew, call, sink);
        crew.dismiss();
        passed
    })?;
    let mut account = line.into_account();
    give(&account.end(), call, sink)?;
    Ok(account.total())
}

/// Nothing is not given: in some bodies it is the end.
fn give(piece: &[u8], call: &mut Call<'_>, sink: &mut Sink<'_>) -> Result<()> {
    match piece {
        [] => Ok(()),
        _ => sink(piece, call),
    }
}

/// Reads all blocks and gives out what becomes of them.
fn pass(
    source: &mut dyn Read,
    crew: &mut Crew<'_, '_, '_>,
    call: &mut Call<'_>,
    sink: &mut Sink<'_>,
) -> Result<()> {
    let most_blocks = crew.most * BLOCKS_PER_WORKER + BLOCKS_OF_CALLER;
    let mut pulse = Pulse::new();
    let (mut filling, mut spare) = (None, Vec::new());
    let (mut under_way, mut has_ended) = (0, false);
    while !(has_ended && under_way == 0) {
        pulse.beat(call)?;
        let may_read = !has_ended && under_way < most_blocks;
        if may_read {
            let mut block: Block = filling
                .take()
                .or_else(|| spare.pop())
                .unwrap_or_else(Block::new);
            has_ended = !fill(&mut block, source, call)?;
            if block.is_full() || has_ended && !block.is_empty() {
                crew.put(block, call)?;
                under_way += 1;
            } else {
                filling = Some(block);
            }
        }
        let patience = match may_read {
            true => Duration::ZERO,
            false => pulse.rest(),
        };
        match crew.line.news(patience) {
            None => {}
            Some(News::Block(mut block)) => {
                sink(block.packed(), call)?;
                pulse.reset();
                block.clear();
                spare.push(block);
                under_way -= 1;
            }
            Some(News::Failure(source)) => {
                return Err(failed("compressing the layer", source, call));
            }
            Some(News::Panic) => {
                return Err(Error::InvalidState(
                    "a thread that compressed panicked".into(),
                ));
            }
        }
    }
    Ok(())
}

/// Reads once; whether there may be more.
fn fill(block: &mut Block, source: &mut dyn Read, call: &Call<'_>) -> Result<bool> {
    match source.read(block.room()) {
        Ok(count) => {
            block.fill(count);
            Ok(count > 0)
        }
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
        Err(error) => match error.downcast::<Error>() {
            // The streams of this library say themselves what failed.
            Ok(own) => Err(own),
            Err(source) => Err(failed("reading the layer to compress", source, call)),
        },
    }
}

fn failed(action: &str, source: io::Error, call: &Call<'_>) -> Error {
    Error::Io {
        context: call.context("", ""),
        action: action.to_owned(),
        source,
    }
}

/// The workers of one layer. There are not more of them than it has blocks.
struct Crew<'scope, 'env, 'l> {
    scope: &'scope Scope<'scope, 'env>,
    line: &'env Line,
    encoder: &'l dyn Fn() -> io::Result<Box<dyn Encoder>>,
    most: usize,
    hired: Vec<ScopedJoinHandle<'scope, ()>>,
}

impl Crew<'_, '_, '_> {
    /// Gives a block to the workers. With fewer than there may be it goes on, too, when the system has no more threads.
    fn put(&mut self, block: Block, call: &Call<'_>) -> Result<()> {
        if self.hired.len() < self.most {
            match self.hire() {
                Ok(()) => {}
                Err(error) if self.hired.is_empty() => {
                    return Err(failed("starting a thread to compress", error, call));
                }
                Err(error) => {
                    log::debug!("compressing on {} threads: {error}", self.hired.len());
                    self.most = self.hired.len();
                }
            }
        }
        self.line.put(block);
        Ok(())
    }

    /// The encoder is made here, so that its memory is not spread over the allocator's arenas of many threads.
    fn hire(&mut self) -> io::Result<()> {
        let (line, encoder) = (self.line, (self.encoder)()?);
        let worker = thread::Builder::new()
            .name("imgferry-layer".into())
            .spawn_scoped(self.scope, move || line.work(encoder))?;
        self.hired.push(worker);
        Ok(())
    }

    /// Waits until all have ended. A panic of one of them goes on here.
    fn dismiss(mut self) {
        self.line.close();
        for worker in self.hired.drain(..) {
            if let Err(panicked) = worker.join() {
                panic::resume_unwind(panicked);
            }
        }
    }
}

/// When a sink panics, the workers are to end, too.
impl Drop for Crew<'_, '_, '_> {
    fn drop(&mut self) {
        self.line.close();
    }
}

/// Sees to it that the call is asked often enough whether to go on.
struct Pulse {
    last: Instant,
}

impl Pulse {
    fn new() -> Pulse {
        Pulse {
            last: Instant::now(),
        }
    }

    fn beat(&mut self, call: &mut Call<'_>) -> Result<()> {
        call.check()?;
        if self.rest().is_zero() {
            call.heartbeat()?;
            self.reset();
        }
        Ok(())
    }

    /// A sink tells of the bytes that it gets, which is a beat, too.
    fn reset(&mut self) {
        self.last = Instant::now();
    }

    /// The time until the next beat.
    fn rest(&self) -> Duration {
        SLICE.saturating_sub(self.last.elapsed())
    }
}

#[cfg(test)]
mod tests;
