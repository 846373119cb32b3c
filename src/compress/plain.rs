//! A layer that stays as it is.

use std::io;

use super::LayerCompression;
use super::format::{Encoder, Envelope, Format};

pub(super) fn format() -> Format {
    Format {
        kind: LayerCompression::AsIs,
        encoder: Box::new(|| Ok(Box::new(Plain))),
        envelope: Box::new(Plain),
        is_plain: true,
    }
}

struct Plain;

impl Encoder for Plain {
    fn encode(&mut self, raw: &[u8], packed: &mut Vec<u8>) -> io::Result<()> {
        packed.extend_from_slice(raw);
        Ok(())
    }
}

impl Envelope for Plain {
    fn begin(&self) -> &'static [u8] {
        &[]
    }

    fn pass(&mut self, _: &[u8]) {}

    fn end(&self) -> Vec<u8> {
        Vec::new()
    }
}
