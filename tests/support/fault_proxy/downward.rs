//! From the part to the client: answers.

use std::mem;
use std::net::Shutdown;

use super::answer::Answer;
use super::fault::{Direction, Fault};
use super::framing::{Body, Framing, Opening, Step};
use super::lane::{Lane, Over};
use super::link::{Awaited, Link};
use super::upward::BUFFER_BYTES;

/// An answer that is rewritten is held in memory.
const REWRITE_LIMIT: usize = 64 * 1024 * 1024;

pub(super) struct Downward<'a> {
    link: &'a Link,
    down: Lane<'a>,
    framing: Framing,
    /// Whether the head that comes is held back until it is complete.
    holds_head: bool,
    fate: Fate,
    interim: bool,
}

/// What happens to an answer.
enum Fate {
    Pass,
    /// Held until it is complete.
    Rewrite(Awaited, Answer),
}

impl<'a> Downward<'a> {
    pub(super) fn new(link: &'a Link) -> Self {
        Self {
            link,
            down: Lane::new(link, Direction::Down),
            framing: Framing::new(Opening::Answer),
            holds_head: false,
            fate: Fate::Pass,
            interim: false,
        }
    }

    pub(super) fn run(&mut self) -> Result<(), Over> {
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let count = self.down.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            self.take(&buffer[..count])?;
        }
        if self.holds_head {
            self.down.pass(self.framing.partial_head())?;
        }
        if self.framing.ends_with_the_connection() {
            self.end()?;
        }
        let _ = self.link.client.shutdown(Shutdown::Write);
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Over> {
        // bytes[ready..at] are to be passed as they are.
        let (mut ready, mut at) = (0, 0);
        loop {
            if self.framing.is_between() {
                let awaited = self.link.next_awaited();
                self.holds_head = awaited.is_some_and(|awaited| !awaited.faults.is_empty());
            }
            let passes = match self.framing.is_in_head() {
                true => !self.holds_head,
                false => matches!(self.fate, Fate::Pass),
            };
            let (used, step) = self.framing.step(&bytes[at..]);
            if !passes {
                self.down.pass(&bytes[ready..at])?;
                ready = at + used;
            }
            let taken = &bytes[at..at + used];
            at += used;
            match step {
                Step::More if at == bytes.len() => break,
                Step::More | Step::Frame => {}
                Step::Head(head) => self.begin(&head)?,
                Step::NotHttp(beginning) => {
                    if self.holds_head {
                        self.down.pass(&beginning)?;
                    }
                }
                Step::Payload => {
                    if let Fate::Rewrite(_, answer) = &mut self.fate {
                        answer.body.extend(taken);
                        assert!(
                            answer.body.len() <= REWRITE_LIMIT,
                            "an answer to rewrite is too big; choose requests of small ones"
                        );
                    }
                }
                Step::End => {
                    // What was passed of it comes first: then the client may be answered by the proxy.
                    self.down.pass(&bytes[ready..at])?;
                    ready = at;
                    self.end()?;
                }
            }
        }
        self.down.pass(&bytes[ready..])
    }

    fn begin(&mut self, bytes: &[u8]) -> Result<(), Over> {
        let answer = Answer::from_head(bytes);
        let awaited = self.link.next_awaited();
        let method = awaited.as_ref().map_or("GET", |awaited| &awaited.method);
        self.interim = matches!(answer.status, 100..200) && answer.status != 101;
        let body = match answer.status {
            101 => Body::Opaque,
            _ => answer.framing(method),
        };
        if body == Body::Opaque {
            self.link.give_up_messages();
        }
        self.framing.begin_body(body);
        self.fate = Fate::Pass;
        if let Some(awaited) = awaited
            && !self.interim
        {
            self.link.journal.answered(awaited.exchange, answer.status);
            let closes = |fault: &Fault| matches!(fault, Fault::CloseInHeaders { .. });
            if awaited.faults.iter().any(closes) {
                let line = bytes
                    .iter()
                    .position(|&byte| byte == b'\n')
                    .map_or(0, |end| end + 1);
                self.down.pass(&bytes[..line.max(bytes.len() / 2)])?;
                return Err(self.link.cut(Direction::Down));
            }
            let rewrites = |fault: &Fault| matches!(fault, Fault::RewriteAnswer { .. });
            if self.holds_head && body != Body::Opaque && awaited.faults.iter().any(rewrites) {
                self.fate = Fate::Rewrite(awaited, answer);
                return Ok(());
            }
        }
        if self.holds_head {
            self.down.pass(bytes)?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Over> {
        let mut is_changed = false;
        if let Fate::Rewrite(awaited, mut answer) = mem::replace(&mut self.fate, Fate::Pass) {
            let original = answer.clone();
            let length = answer.header("Content-Length").map(str::to_owned);
            for fault in &awaited.faults {
                if let Fault::RewriteAnswer { rewrite, .. } = fault {
                    (rewrite.0)(&awaited.request, &mut answer);
                }
            }
            let has_body = answer.framing(&awaited.method) != Body::None;
            if has_body && length.is_some() && answer.header("Content-Length") == length.as_deref()
            {
                answer.set_length();
            }
            is_changed = answer != original;
            let (bytes, ends) = answer.to_bytes(&awaited.method);
            self.down.pass(&bytes)?;
            if ends {
                return Err(self.link.cut(Direction::Down));
            }
        }
        if !self.interim {
            if let Some(awaited) = self.link.next_awaited()
                && !is_changed
            {
                self.link.journal.arrived(awaited.exchange);
            }
            self.link.pass_answer();
        }
        Ok(())
    }
}
