//! Where HTTP/1 messages begin and end in a stream of bytes.

use std::mem;

/// Longer heads are no heads.
const HEAD_LIMIT: usize = 1024 * 1024;

/// What frames the body of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    None,
    Length(u64),
    Chunked,
    UntilClose,
    /// What follows is no HTTP any more.
    Opaque,
}

impl Body {
    /// None when the headers frame no body.
    pub(super) fn of_headers<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        if header("Transfer-Encoding")
            .is_some_and(|value| value.to_ascii_lowercase().ends_with("chunked"))
        {
            return Some(Self::Chunked);
        }
        Some(Self::Length(header("Content-Length")?.trim().parse().ok()?))
    }
}

/// Follows one direction of a connection.
pub(super) struct Framing {
    /// With what a message may begin.
    opening: Opening,
    state: State,
    /// The part of a head, or of a line of chunked framing, that has come so far.
    partial: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Opening {
    /// A method and a space.
    Request,
    /// `HTTP/1.`
    Answer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Head,
    /// A head is complete; [`Framing::begin_body`] says what follows.
    HeadEnded,
    Length(u64),
    ChunkSize,
    Chunk(u64),
    /// The line end after a chunk.
    ChunkEnd,
    Trailer,
    UntilClose,
    Ended,
    Opaque,
}

/// What some of the bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// All bytes are taken; without more there is nothing to tell.
    More,
    /// A head is complete: all of it, from earlier bytes, too. [`Framing::begin_body`] must follow.
    Head(Vec<u8>),
    /// The bytes are of a body (or of no HTTP).
    Payload,
    /// The bytes are chunked framing.
    Frame,
    /// The message has ended.
    End,
    /// What was taken for the beginning of a head is none: all of it.
    NotHttp(Vec<u8>),
}

impl Framing {
    pub(super) fn new(opening: Opening) -> Self {
        Self {
            opening,
            state: State::Head,
            partial: Vec::new(),
        }
    }

    /// Whether the next byte begins a message.
    pub(super) fn is_between(&self) -> bool {
        self.state == State::Head && self.partial.is_empty()
    }

    pub(super) fn is_in_head(&self) -> bool {
        self.state == State::Head
    }

    /// The part of a head that has come so far, when no more will come.
    pub(super) fn partial_head(&self) -> &[u8] {
        if self.is_in_head() {
            &self.partial
        } else {
            &[]
        }
    }

    /// Whether the end of the connection ends a message.
    pub(super) fn ends_with_the_connection(&self) -> bool {
        self.state == State::UntilClose
    }

    pub(super) fn begin_body(&mut self, body: Body) {
        assert_eq!(self.state, State::HeadEnded, "a body follows a head");
        self.state = match body {
            Body::None | Body::Length(0) => State::Ended,
            Body::Length(length) => State::Length(length),
            Body::Chunked => State::ChunkSize,
            Body::UntilClose => State::UntilClose,
            Body::Opaque => State::Opaque,
        };
    }

    /// Nothing that follows is HTTP.
    pub(super) fn give_up(&mut self) {
        self.state = State::Opaque;
    }

    /// How many of the bytes are what.
    pub(super) fn step(&mut self, bytes: &[u8]) -> (usize, Step) {
        if self.state == State::Ended {
            self.state = State::Head;
            return (0, Step::End);
        }
        if bytes.is_empty() {
            return (0, Step::More);
        }
        match self.state {
            State::Head => self.head(bytes),
            State::Length(left) => {
                let count = shorter(left, bytes);
                let left = left - count as u64;
                self.state = match left {
                    0 => State::Ended,
                    left => State::Length(left),
                };
                (count, Step::Payload)
            }
            State::Chunk(left) => {
                let count = shorter(left, bytes);
                let left = left - count as u64;
                self.state = match left {
                    0 => State::ChunkEnd,
                    left => State::Chunk(left),
                };
                (count, Step::Payload)
            }
            State::ChunkSize | State::ChunkEnd | State::Trailer => self.line(bytes),
            State::UntilClose | State::Opaque => (bytes.len(), Step::Payload),
            State::HeadEnded | State::Ended => unreachable!("handled above or by begin_body"),
        }
    }

    fn head(&mut self, bytes: &[u8]) -> (usize, Step) {
        let earlier = self.partial.len();
        let room = (HEAD_LIMIT - earlier).min(bytes.len());
        self.partial.extend(&bytes[..room]);
        if !self.opening.fits(&self.partial) {
            self.give_up();
            return (room, Step::NotHttp(mem::take(&mut self.partial)));
        }
        let searched = earlier.saturating_sub(3);
        let end = self.partial[searched..]
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .map(|found| searched + found + 4);
        match end {
            Some(end) => {
                self.partial.truncate(end);
                self.state = State::HeadEnded;
                (end - earlier, Step::Head(mem::take(&mut self.partial)))
            }
            None if self.partial.len() == HEAD_LIMIT => {
                self.give_up();
                (room, Step::NotHttp(mem::take(&mut self.partial)))
            }
            None => (room, Step::More),
        }
    }

    fn line(&mut self, bytes: &[u8]) -> (usize, Step) {
        let Some(end) = bytes.iter().position(|&byte| byte == b'\n') else {
            self.partial.extend(bytes);
            return (bytes.len(), Step::Frame);
        };
        self.partial.extend(&bytes[..=end]);
        let line = String::from_utf8_lossy(&mem::take(&mut self.partial)).into_owned();
        let line = line.trim();
        self.state = match self.state {
            State::ChunkSize => {
                let size = line.split_once(';').map_or(line, |(size, _)| size);
                match u64::from_str_radix(size.trim(), 16) {
                    Ok(0) => State::Trailer,
                    Ok(size) => State::Chunk(size),
                    Err(_) => State::Opaque,
                }
            }
            State::ChunkEnd => State::ChunkSize,
            _ if line.is_empty() => State::Ended,
            trailer => trailer,
        };
        (end + 1, Step::Frame)
    }
}

impl Opening {
    /// Whether a message may begin like this; all of a short beginning is looked at.
    fn fits(self, beginning: &[u8]) -> bool {
        match self {
            Self::Request => {
                let letters = beginning
                    .iter()
                    .take_while(|byte| byte.is_ascii_uppercase());
                let letters = letters.count();
                letters <= 20
                    && (letters == beginning.len() || (letters > 0 && beginning[letters] == b' '))
            }
            Self::Answer => {
                let start = b"HTTP/1.";
                let length = start.len().min(beginning.len());
                beginning[..length] == start[..length]
            }
        }
    }
}

fn shorter(left: u64, bytes: &[u8]) -> usize {
    usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()))
}
