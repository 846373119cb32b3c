//! What a compressed format makes of the blocks that a layer is cut into, and of what stands around them.

use std::io;

use super::LayerCompression;

/// One way to make a layer smaller.
pub(super) struct Format {
    /// Which one it is.
    pub(super) kind: LayerCompression,
    /// Makes what a worker works with.
    pub(super) encoder: Box<dyn Fn() -> io::Result<Box<dyn Encoder>> + Send>,
    pub(super) envelope: Box<dyn Envelope>,
    /// Whether what comes out is the layer itself, so that one digest is enough.
    pub(super) is_plain: bool,
}

/// Makes blocks smaller, each by itself: what becomes of one does not depend on those that the worker had before.
pub(super) trait Encoder: Send {
    /// Puts into `packed`, which is empty, what becomes of `raw`, which is not.
    fn encode(&mut self, raw: &[u8], packed: &mut Vec<u8>) -> io::Result<()>;
}

/// What stands before and after the blocks.
pub(super) trait Envelope: Send {
    /// What stands before the first block.
    fn begin(&self) -> &'static [u8];

    /// A block passes by, in the order of the layer.
    fn pass(&mut self, raw: &[u8]);

    /// What stands after the last block.
    fn end(&self) -> Vec<u8>;
}
