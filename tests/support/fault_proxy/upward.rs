//! From the client to the part: requests.

use std::mem;
use std::net::Shutdown;
use std::time::Duration;

use super::answer::Answer;
use super::fault::{Direction, Fault, Then};
use super::framing::{Body, Framing, Opening, Step};
use super::lane::{Lane, Over};
use super::link::{Awaited, Link};
use super::record::{ExchangeId, header};
use crate::support::scripted_engine::Head;

/// A buffer for each direction: big enough that a call to the kernel costs nothing.
pub(super) const BUFFER_BYTES: usize = 256 * 1024;

pub(super) struct Upward<'a> {
    link: &'a Link,
    up: Lane<'a>,
    down: Lane<'a>,
    framing: Framing,
    /// Whether the head that comes is held back until it is complete.
    holds_head: bool,
    fate: Fate,
    exchange: Option<ExchangeId>,
    /// No request of this connection is answered any more.
    mute: bool,
}

/// What happens to a request.
enum Fate {
    Pass,
    Drop,
    /// Dropped, and answered when so many bytes of its body have come.
    Answer {
        method: String,
        answer: Answer,
        body_bytes: u64,
        then: Then,
    },
}

impl<'a> Upward<'a> {
    pub(super) fn new(link: &'a Link) -> Self {
        Self {
            link,
            up: Lane::new(link, Direction::Up),
            down: Lane::new(link, Direction::Down),
            framing: Framing::new(Opening::Request),
            holds_head: false,
            fate: Fate::Pass,
            exchange: None,
            mute: false,
        }
    }

    pub(super) fn run(&mut self) -> Result<(), Over> {
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let count = self.up.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            self.take(&buffer[..count])?;
        }
        if self.holds_head && !self.mute {
            self.up.pass(self.framing.partial_head())?;
        }
        let _ = self.link.target.shutdown(Shutdown::Write);
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Over> {
        // bytes[ready..at] are to be passed as they are.
        let (mut ready, mut at) = (0, 0);
        loop {
            if self.framing.is_between() {
                if self.link.has_given_up_messages() {
                    self.framing.give_up();
                }
                self.holds_head = self.mute || self.link.script().knows_messages();
            }
            let passes = match self.framing.is_in_head() {
                true => !self.holds_head,
                false => matches!(self.fate, Fate::Pass),
            };
            let (used, step) = self.framing.step(&bytes[at..]);
            if !passes {
                self.up.pass(&bytes[ready..at])?;
                ready = at + used;
            }
            at += used;
            match step {
                Step::More if at == bytes.len() => break,
                Step::More | Step::Frame => {}
                Step::Head(head) => self.begin(&head)?,
                Step::NotHttp(beginning) => {
                    if self.holds_head && !self.mute {
                        self.up.pass(&beginning)?;
                    }
                    self.fate = if self.mute { Fate::Drop } else { Fate::Pass };
                }
                Step::Payload => self.took_body(used as u64)?,
                Step::End => self.end()?,
            }
        }
        self.up.pass(&bytes[ready..])
    }

    fn begin(&mut self, bytes: &[u8]) -> Result<(), Over> {
        let head = read_head(bytes);
        let faults = match self.holds_head {
            true => self.link.script().strikes(&head),
            // They came with a new plan in the middle of the head.
            false => Vec::new(),
        };
        let body = Body::of_headers(|name| header(&head, name)).unwrap_or(Body::None);
        self.framing.begin_body(body);
        let method = head
            .request
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned();
        let waits = body != Body::None
            && header(&head, "Expect")
                .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));

        self.fate = self.fate_of(&faults, &method);
        let forwarded = matches!(self.fate, Fate::Pass);
        let exchange = self
            .link
            .journal
            .asked(self.link.number, head.clone(), forwarded);
        self.exchange = Some(exchange);
        match &mut self.fate {
            Fate::Drop => {}
            Fate::Pass => {
                self.link.await_answer(Awaited {
                    request: head,
                    method,
                    exchange,
                    faults,
                });
                if self.holds_head {
                    self.up.pass(bytes)?;
                }
            }
            Fate::Answer {
                body_bytes: 0,
                answer,
                then,
                ..
            } => {
                if waits && *then == Then::GoOn {
                    answer.set_header("Connection", "close");
                    *then = Then::Close;
                }
                self.answer()?;
            }
            Fate::Answer { .. } if waits => {
                self.link.wait_for_answers()?;
                self.down.pass(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
            Fate::Answer { .. } => {}
        }
        Ok(())
    }

    /// Of a request with these faults.
    fn fate_of(&mut self, faults: &[Fault], method: &str) -> Fate {
        for fault in faults {
            match fault {
                _ if self.mute => break,
                Fault::NoAnswer { .. } => self.mute = true,
                Fault::AnswerAt {
                    answer,
                    after_body,
                    then,
                    ..
                } => {
                    return Fate::Answer {
                        method: method.to_owned(),
                        answer: answer.clone(),
                        body_bytes: *after_body,
                        then: *then,
                    };
                }
                _ => {}
            }
        }
        if self.mute { Fate::Drop } else { Fate::Pass }
    }

    fn took_body(&mut self, bytes: u64) -> Result<(), Over> {
        let Some(exchange) = self.exchange else {
            return Ok(());
        };
        self.link.journal.took_body(exchange, bytes);
        if let Fate::Answer { body_bytes, .. } = &mut self.fate {
            *body_bytes = body_bytes.saturating_sub(bytes);
            if *body_bytes == 0 {
                self.answer()?;
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Over> {
        if let Fate::Answer { .. } = self.fate {
            self.answer()?;
        }
        self.fate = Fate::Pass;
        self.exchange = None;
        Ok(())
    }

    /// Answers in place of the part, and drops the rest of the request.
    fn answer(&mut self) -> Result<(), Over> {
        let fate = mem::replace(&mut self.fate, Fate::Drop);
        let Fate::Answer {
            method,
            mut answer,
            then,
            ..
        } = fate
        else {
            return Ok(());
        };
        self.link.wait_for_answers()?;
        if let Some(exchange) = self.exchange {
            self.link.journal.answered(exchange, answer.status);
        }
        if answer.framing("GET") == Body::UntilClose {
            answer.set_length();
        }
        let (bytes, ends) = answer.to_bytes(&method);
        self.down.pass(&bytes)?;
        match then {
            Then::GoOn if !ends => Ok(()),
            Then::GoOn | Then::Close => Err(self.link.cut(Direction::Down)),
            Then::Stall => loop {
                let script = self.link.script();
                self.link.wait_for_change(&script, Duration::MAX)?;
            },
        }
    }
}

fn read_head(bytes: &[u8]) -> Head {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let request = lines.next().unwrap_or_default();
    Head {
        request: request.trim_end_matches(" HTTP/1.1").to_owned(),
        headers: lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}
