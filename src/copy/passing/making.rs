//! A layer that is being compressed, and whose beginning is looked at before the rest.

use std::io::{self, Cursor, Read};
use std::mem;

use crate::call::Call;
use crate::copy::pour::pour;
use crate::copy::raw_layer::Compressing;
use crate::digest::Digest;
use crate::error::Result;
use crate::progress::Phase;
use crate::registry::Making;

/// A layer that is no larger, compressed, is held in memory while it goes out. The layers of most images are.
const MOST: usize = 6 * 1024 * 1024;

pub(super) struct Begun<'m> {
    begun: Cursor<Vec<u8>>,
    making: Compressing<'m>,
}

impl<'m> Begun<'m> {
    pub(super) fn new(making: Compressing<'m>) -> Begun<'m> {
        Begun {
            begun: Cursor::default(),
            making,
        }
    }

    /// Makes the beginning of a layer that has `size` bytes when it is not compressed: all of it, unless that is too much
    /// to be held.
    pub(super) fn begin(&mut self, size: u64, call: &mut Call<'_>) -> Result<()> {
        let likely = usize::try_from(size).map_or(MOST, |size| size.min(MOST));
        let mut begun = Vec::with_capacity(likely);
        let mut beginning = self.making.by_ref().take(MOST as u64);
        pour(&mut beginning, Phase::Preparing, 0, None, call, |piece| {
            begun.extend_from_slice(piece);
            Ok(())
        })?;
        self.begun = Cursor::new(begun);
        Ok(())
    }

    /// The beginning, which is all when it was [`made`](Making::made).
    pub(super) fn into_begun(self) -> Vec<u8> {
        self.begun.into_inner()
    }

    pub(super) fn diff_id(&self) -> Option<Digest> {
        self.making.diff_id()
    }
}

impl Read for Begun<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.begun.read(buffer)?;
        if read > 0 || buffer.is_empty() {
            return Ok(read);
        }
        drop(mem::take(&mut self.begun));
        self.making.read(buffer)
    }
}

impl Making for Begun<'_> {
    fn made(&self) -> Option<(Digest, u64)> {
        self.making.made()
    }
}
