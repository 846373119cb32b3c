//! Blobs on their way into a registry: not every registry looks at what it gets.

use std::io::{self, Read, Seek, SeekFrom};

use crate::digest::Verifier;
use crate::error::Context;
use crate::oci::Descriptor;
use crate::registry::ReadSeek;

/// A blob that fails with [`DigestMismatch`](crate::ErrorKind::DigestMismatch), before its last bytes, when it is not what
/// it should be. It may be read again from any place where it was read before.
pub(super) struct Checked<'s> {
    source: &'s mut dyn ReadSeek,
    verifier: Verifier,
    /// What the error says.
    context: Box<Context>,
    position: u64,
    /// So many bytes were looked at.
    seen: u64,
}

impl<'s> Checked<'s> {
    pub(super) fn new(
        source: &'s mut dyn ReadSeek,
        blob: &Descriptor,
        context: Box<Context>,
    ) -> Checked<'s> {
        Checked {
            source,
            verifier: Verifier::new(blob.digest.clone(), Some(blob.size)),
            context,
            position: 0,
            seen: 0,
        }
    }
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        let (start, end) = (self.position, self.position + read as u64);
        self.position = end;
        // Nobody goes on behind what was never sent, but a registry that counts wrongly; it finds out by itself.
        if start <= self.seen && end > self.seen {
            let again = usize::try_from(self.seen - start).map_err(io::Error::other)?;
            let checked = self.verifier.take(&buffer[again..read]);
            checked.map_err(|mismatch| io::Error::other(mismatch.at(self.context.clone())))?;
            self.seen = end;
        }
        Ok(read)
    }
}

impl Seek for Checked<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = self.source.seek(to)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Cursor;

    use super::*;
    use crate::digest::Digest;
    use crate::error::{Error, ErrorKind};

    const CONTENT: &[u8] = b"the content of a blob";

    fn descriptor() -> Descriptor {
        Descriptor {
            media_type: String::new(),
            digest: Digest::sha256(CONTENT),
            size: CONTENT.len() as u64,
            urls: Vec::new(),
            annotations: BTreeMap::new(),
            platform: None,
            artifact_type: String::new(),
        }
    }

    /// Reads as an upload does that is cut after each of `ends` and goes on at half of what it sent.
    fn upload(content: &[u8], ends: &[usize]) -> io::Result<Vec<u8>> {
        let mut source = Cursor::new(content);
        let mut checked = Checked::new(&mut source, &descriptor(), Box::default());
        assert_eq!(checked.seek(SeekFrom::End(0))?, content.len() as u64);
        let mut start = 0;
        for end in ends {
            checked.seek(SeekFrom::Start(start as u64))?;
            checked.read_exact(&mut vec![0; end - start])?;
            start = end / 2;
        }
        checked.rewind()?;
        let mut read = Vec::new();
        checked.read_to_end(&mut read)?;
        Ok(read)
    }

    #[test]
    fn a_blob_is_checked_once_however_often_it_is_read() {
        let mut other = CONTENT.to_vec();
        other[3] ^= 1;
        for ends in [&[][..], &[0], &[7], &[7, 9], &[20, 10, 21], &[21, 21]] {
            assert_eq!(upload(CONTENT, ends).expect("the blob"), CONTENT);
            let error = upload(&other, ends).expect_err("another one");
            let error = error.downcast::<Error>().expect("an error of ours");
            assert_eq!(error.kind(), ErrorKind::DigestMismatch, "{ends:?}");
        }
    }
}
