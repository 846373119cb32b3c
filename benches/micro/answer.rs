//! An engine's answer that is in memory, in place of the room for HTTP.

use crate::call::Call;
use crate::error::{Context, Result};

pub(crate) struct Response {
    pub(crate) body: Incoming,
}

pub(crate) struct Incoming {
    rest: &'static [u8],
}

impl Response {
    pub(crate) fn new(body: &'static [u8]) -> Response {
        Response {
            body: Incoming { rest: body },
        }
    }
}

impl Incoming {
    pub(crate) fn read(&mut self, _: &mut Call<'_>, buffer: &mut [u8]) -> Result<usize> {
        let (piece, rest) = self.rest.split_at(self.rest.len().min(buffer.len()));
        buffer[..piece.len()].copy_from_slice(piece);
        self.rest = rest;
        Ok(piece.len())
    }

    pub(crate) fn has_end(&self) -> bool {
        true
    }

    pub(crate) fn hang_up(&mut self, _: &mut Call<'_>) {}

    pub(crate) fn context(&self, call: &Call<'_>) -> Box<Context> {
        call.context("memory", "")
    }
}
