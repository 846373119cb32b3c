//! Moving bytes in one direction, under the faults that are about bytes.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use super::fault::Direction;
use super::link::{Link, is_a_wait, is_unix};
use super::script::Limit;

/// A trickle moves a piece in this time, unless a byte takes longer.
const PIECE: Duration = Duration::from_millis(20);

/// The connection has come to its end, for this thread.
#[derive(Debug)]
pub(super) struct Over;

pub(super) struct Lane<'a> {
    link: &'a Link,
    direction: Direction,
    /// When the next piece of a trickle may pass.
    due: Instant,
}

impl<'a> Lane<'a> {
    pub(super) fn new(link: &'a Link, direction: Direction) -> Self {
        Self {
            link,
            direction,
            due: Instant::now(),
        }
    }

    /// Reads from the source: 0 is its end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Over> {
        // What cannot pass stays where it is, in the source's way.
        let room = self.room(buffer.len())?;
        loop {
            let read = self.link.source(self.direction).read(&mut buffer[..room]);
            self.link.check()?;
            match read {
                Ok(count) => return Ok(count),
                Err(error) if is_a_wait(&error) => {}
                Err(_) => return Err(self.link.reset(self.direction)),
            }
        }
    }

    /// Writes to the receiver.
    pub(super) fn pass(&mut self, mut bytes: &[u8]) -> Result<(), Over> {
        loop {
            let room = self.room(bytes.len())?;
            if bytes.is_empty() {
                return Ok(());
            }
            let count = self.write(&bytes[..room])?;
            bytes = &bytes[count..];
        }
    }

    /// How many of so many bytes may pass at once, at least one. Does what is due at a limit.
    fn room(&self, wanted: usize) -> Result<usize, Over> {
        loop {
            let script = self.link.script();
            self.link.check()?;
            if script.is_stalled() {
                self.link.stall(&script)?;
                continue;
            }
            let mut room = wanted as u64;
            match script.limit(self.direction) {
                Some((0, Limit::Cut)) => return Err(self.link.cut(self.direction)),
                Some((0, Limit::Reset)) => {
                    if self.direction == Direction::Up && is_unix(&self.link.client) {
                        self.link.wait_for_unread()?;
                    }
                    return Err(self.link.reset(self.direction));
                }
                Some((0, Limit::Stall)) => {
                    self.link.stall(&script)?;
                    continue;
                }
                Some((left, _)) => room = room.min(left),
                None => {}
            }
            if let Some(rate) = script.bytes_per_second(self.direction) {
                let now = Instant::now();
                if now < self.due {
                    self.link.wait_for_change(&script, self.due - now)?;
                    continue;
                }
                let piece = rate as f64 * PIECE.as_secs_f64();
                room = room.min((piece as u64).max(1));
            }
            return Ok(usize::try_from(room).expect("no more than wanted"));
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, Over> {
        let script = self.link.script();
        let wanted = bytes.len() as u64;
        self.link.count(&script, self.direction, wanted);
        let written = loop {
            match self.link.receiver(self.direction).write(bytes) {
                Err(error) if is_a_wait(&error) && !self.link.is_over() => {}
                written => break written,
            }
        };
        let count = *written.as_ref().unwrap_or(&0);
        self.link
            .discount(&script, self.direction, wanted - count as u64);
        if let Some(rate) = script.bytes_per_second(self.direction) {
            // Being late by more than a piece is not made up for.
            let earliest = Instant::now() - PIECE;
            self.due = self.due.max(earliest) + Duration::from_secs_f64(count as f64 / rate as f64);
        }
        written.map_err(|_| {
            if self.direction == Direction::Down {
                // Nobody is left to answer. Upwards, the part may have answered before it closed.
                self.link.end();
            }
            Over
        })
    }
}
