//! What stands in for `zstd` where the Cargo feature is left out: the same items, and a refusal where they are used.

use std::convert::Infallible;
use std::io::{self, Read};
use std::marker::PhantomData;

use super::format::Format;
use crate::error::{Context, Error, Result};

const ABSENT: &str = "this build of imgferry has no zstd: the Cargo feature `zstd` was left out";

/// Fails with [`Error::Unsupported`], always.
pub(super) fn is_possible() -> Result<()> {
    Err(Error::Unsupported {
        context: Box::new(Context::default()),
        what: ABSENT.into(),
    })
}

fn refusal() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, ABSENT)
}

pub(super) fn format(_: i32) -> Format {
    Format {
        encoder: Box::new(|| Err(refusal())),
        ..super::plain::format()
    }
}

/// There is none.
pub(super) struct Decoder<'a, R> {
    never: Infallible,
    _source: PhantomData<(&'a (), R)>,
}

impl<R> Decoder<'_, R> {
    pub(super) fn with_buffer(_: R) -> io::Result<Self> {
        Err(refusal())
    }

    pub(super) fn window_log_max(&mut self, _: u32) -> io::Result<()> {
        match self.never {}
    }

    pub(super) fn get_ref(&self) -> &R {
        match self.never {}
    }
}

impl<R> Read for Decoder<'_, R> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match self.never {}
    }
}

/// Takes nothing for random: that is slower for what is, and never wrong.
pub(super) struct Judge;

impl Judge {
    pub(super) fn new(_: usize) -> io::Result<Judge> {
        Ok(Judge)
    }

    pub(super) fn packed_size(&mut self, _: &[u8]) -> io::Result<usize> {
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Inflater, LayerCompression};
    use crate::error::ErrorKind;

    #[test]
    fn zstd_is_refused_in_words_that_say_why() {
        let error = LayerCompression::ZSTD.check().expect_err("no zstd");
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{}", error.report());
        let frame: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0];
        let error = Inflater::new(frame).err().expect("no zstd");
        assert_eq!(error.kind(), std::io::ErrorKind::Unsupported);
        assert!(error.to_string().contains("`zstd`"), "{error}");
    }
}
