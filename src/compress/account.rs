//! What has passed so far: digests and sizes.

use super::Compressed;
use super::format::Envelope;
use crate::digest::Hasher;

pub(super) struct Account {
    envelope: Box<dyn Envelope>,
    raw: Hasher,
    raw_size: u64,
    /// Absent when what comes out is the layer itself.
    packed: Option<Hasher>,
    size: u64,
}

impl Account {
    pub(super) fn new(envelope: Box<dyn Envelope>, is_plain: bool) -> Account {
        Account {
            envelope,
            raw: Hasher::sha256(),
            raw_size: 0,
            packed: (!is_plain).then(Hasher::sha256),
            size: 0,
        }
    }

    /// What comes out before the first block.
    pub(super) fn begin(&mut self) -> &'static [u8] {
        let begin = self.envelope.begin();
        self.count(begin);
        begin
    }

    /// The next block of the layer, and what became of it.
    pub(super) fn pass(&mut self, raw: &[u8], packed: &[u8]) {
        self.envelope.pass(raw);
        self.raw.update(raw);
        self.raw_size += raw.len() as u64;
        self.count(packed);
    }

    /// What comes out after the last block.
    pub(super) fn end(&mut self) -> Vec<u8> {
        let end = self.envelope.end();
        self.count(&end);
        end
    }

    pub(super) fn total(&self) -> Compressed {
        let diff_id = self.raw.digest();
        Compressed {
            digest: match &self.packed {
                Some(packed) => packed.digest(),
                None => diff_id.clone(),
            },
            size: self.size,
            diff_id,
            raw_size: self.raw_size,
        }
    }

    fn count(&mut self, packed: &[u8]) {
        self.size += packed.len() as u64;
        if let Some(hasher) = &mut self.packed {
            hasher.update(packed);
        }
    }
}
