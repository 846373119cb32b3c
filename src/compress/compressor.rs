//! A layer that is read as what it becomes. The reading thread reads the layer, too, and gives its blocks to workers.

use std::fmt;
use std::io::{self, Read};
use std::panic;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::account::Account;
use super::cores::{Core, Cores};
use super::format::{Encoder, Format};
use super::line::{Block, Line, News};
use super::{Compressed, LayerCompression};
use crate::error::Result;

/// For each worker, a block that it works on and one that waits for it.
const BLOCKS_PER_WORKER: usize = 2;

/// A block that is read or given out meanwhile.
const BLOCKS_OF_READER: usize = 1;

/// So long a worker is waited for before one looks again; it says when it is ready.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reads what becomes of a layer. It depends on the layer, on the compression and its level, and on the version of this
/// library, and on nothing else.
///
/// The layer is read only by the thread that reads this, because a read that blocks in another thread could not be left.
/// Little could be won by that: 600 MB are read in 0.2 s. The workers have ended when this is dropped.
pub(crate) struct Compressor<'s> {
    source: Box<dyn Read + Send + 's>,
    crew: Crew,
    /// What comes out next, as far as it is given out.
    out: Out,
    given: usize,
    /// The block that is being filled.
    filling: Option<Block>,
    /// Blocks with the workers.
    under_way: usize,
    has_ended: bool,
}

/// What comes out.
enum Out {
    Begin(&'static [u8]),
    Block(Block),
    End(Vec<u8>),
}

impl<'s> Compressor<'s> {
    /// Fails with [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when there is no such level.
    pub(crate) fn new(
        source: Box<dyn Read + Send + 's>,
        how: LayerCompression,
        cores: &Cores,
    ) -> Result<Compressor<'s>> {
        how.check()?;
        Ok(Compressor::with_format(source, how.format(), cores))
    }

    fn with_format(
        source: Box<dyn Read + Send + 's>,
        format: Format,
        cores: &Cores,
    ) -> Compressor<'s> {
        let mut account = Account::new(format.envelope, format.is_plain);
        let begin = account.begin();
        Compressor {
            source,
            crew: Crew {
                line: Arc::new(Line::new(account)),
                kind: format.kind,
                encoder: format.encoder,
                cores: cores.clone(),
                most: usize::MAX,
                hired: Vec::new(),
            },
            out: Out::Begin(begin),
            given: 0,
            filling: None,
            under_way: 0,
            has_ended: false,
        }
    }

    /// What became of the layer, once all of it was read.
    pub(crate) fn compressed(&self) -> Option<Compressed> {
        match self.out {
            Out::End(_) => Some(self.crew.line.account().total()),
            Out::Begin(_) | Out::Block(_) => None,
        }
    }

    /// The next block that is ready; nothing after the last.
    fn next_block(&mut self) -> io::Result<Option<Block>> {
        while !(self.has_ended && self.under_way == 0) {
            let may_read = !self.has_ended && self.under_way < self.crew.most_blocks();
            if may_read {
                self.read_on()?;
            }
            let patience = match may_read {
                true => Duration::ZERO,
                false => PATIENCE,
            };
            match self.crew.line.news(patience) {
                None => {}
                Some(News::Block(block)) => {
                    self.under_way -= 1;
                    return Ok(Some(block));
                }
                Some(News::Failure(error)) => return Err(error),
                Some(News::Panic) => {
                    self.crew.dismiss();
                    return Err(io::Error::other("a thread that compressed panicked"));
                }
            }
        }
        Ok(None)
    }

    /// Reads the layer once, and gives a block that is full to the workers.
    fn read_on(&mut self) -> io::Result<()> {
        let mut block = match self.filling.take() {
            Some(block) => block,
            None => self.crew.cores.block(),
        };
        match self.source.read(block.room()) {
            Ok(count) => {
                block.fill(count);
                self.has_ended = count == 0;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if block.is_full() || self.has_ended && !block.is_empty() {
            self.crew.put(block)?;
            self.under_way += 1;
        } else {
            self.filling = Some(block);
        }
        Ok(())
    }
}

impl Read for Compressor<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let out = match &self.out {
                Out::Begin(bytes) => bytes,
                Out::Block(block) => block.packed(),
                Out::End(bytes) => bytes,
            };
            let left = &out[self.given..];
            if !left.is_empty() {
                let count = left.len().min(buffer.len());
                buffer[..count].copy_from_slice(&left[..count]);
                self.given += count;
                return Ok(count);
            }
            if let Out::End(_) = self.out {
                return Ok(0);
            }
            let next = match self.next_block()? {
                Some(block) => Out::Block(block),
                None => Out::End(self.crew.line.account().end()),
            };
            if let Out::Block(block) = std::mem::replace(&mut self.out, next) {
                self.crew.cores.keep_block(block);
            }
            self.given = 0;
        }
    }
}

impl fmt::Debug for Compressor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressor")
            .field("under_way", &self.under_way)
            .finish_non_exhaustive()
    }
}

/// The workers of one layer. There are not more of them than it has blocks.
struct Crew {
    line: Arc<Line>,
    kind: LayerCompression,
    encoder: Box<dyn Fn() -> io::Result<Box<dyn Encoder>> + Send>,
    cores: Cores,
    most: usize,
    hired: Vec<(JoinHandle<Box<dyn Encoder>>, Core)>,
}

impl Crew {
    fn most_blocks(&self) -> usize {
        self.hired.len().max(1) * BLOCKS_PER_WORKER + BLOCKS_OF_READER
    }

    /// Gives a block to the workers. With fewer than there may be it goes on, too, when the system has no more threads.
    fn put(&mut self, block: Block) -> io::Result<()> {
        let core = match self.hired.len() {
            0 => Some(self.cores.share()),
            hired if hired < self.most => self.cores.take(),
            _ => None,
        };
        if let Some(core) = core {
            match self.hire(core) {
                Ok(()) => {}
                Err(error) if self.hired.is_empty() => return Err(error),
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
    fn hire(&mut self, core: Core) -> io::Result<()> {
        let encoder = match self.cores.encoder(self.kind) {
            Some(encoder) => encoder,
            None => (self.encoder)()?,
        };
        let line = Arc::clone(&self.line);
        let worker = thread::Builder::new()
            .name("imgferry-layer".into())
            .spawn(move || line.work(encoder))?;
        self.hired.push((worker, core));
        Ok(())
    }

    /// Waits until all have ended. A panic of one of them goes on here, unless there is one already.
    fn dismiss(&mut self) {
        self.line.close();
        let mut panicked = None;
        for (worker, _) in self.hired.drain(..) {
            match worker.join() {
                Ok(encoder) => self.cores.keep_encoder(self.kind, encoder),
                Err(panic) => {
                    panicked.get_or_insert(panic);
                }
            }
        }
        if let Some(panic) = panicked.filter(|_| !thread::panicking()) {
            panic::resume_unwind(panic);
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.dismiss();
    }
}

#[cfg(test)]
mod tests;
