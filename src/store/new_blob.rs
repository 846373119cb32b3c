//! A blob on its way into a layout whose digest nobody knows yet, such as a layer that is being compressed.

use std::fmt;
use std::path::PathBuf;

use super::layout_writer::LayoutWriter;
use super::part::{Part, new_name};
use crate::call::Call;
use crate::digest::Hasher;
use crate::error::Result;
use crate::oci::Blob;

/// A blob that gets its digest when it is whole. Dropped before, nothing of it stays.
pub(crate) struct NewBlob {
    part: Part,
    folder: PathBuf,
    hasher: Hasher,
    size: u64,
}

impl NewBlob {
    pub(super) fn begin(writer: &LayoutWriter, call: &Call<'_>) -> Result<NewBlob> {
        let folder = writer.blobs_of("sha256", call)?;
        Ok(NewBlob {
            part: Part::create(&folder, new_name, writer, call)?,
            folder,
            hasher: Hasher::sha256(),
            size: 0,
        })
    }

    /// Takes the next bytes.
    pub(crate) fn write_piece(&mut self, piece: &[u8]) -> Result<()> {
        self.part.check_state()?;
        self.part.write(piece)?;
        self.hasher.update(piece);
        self.size += piece.len() as u64;
        Ok(())
    }

    /// Gives the blob its name, and says which it is.
    pub(crate) fn finish(mut self) -> Result<Blob> {
        self.part.check_state()?;
        let (digest, size) = (self.hasher.digest(), self.size);
        self.part.name(&self.folder.join(digest.hex()))?;
        Ok(Blob { digest, size })
    }
}

impl fmt::Debug for NewBlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewBlob")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::store::testing::{files, layout, open, parts};

    #[test]
    fn a_blob_whose_digest_nobody_knows_gets_it_at_its_end() {
        let (_folder, path) = layout();
        let (writer, call) = (open(&path), &Call::new());
        for _ in 0..2 {
            let mut blob = writer.begin_new_blob(call).expect("begun");
            blob.write_piece(b"compressed ").expect("written");
            blob.write_piece(b"on the way").expect("written");
            assert_eq!(parts(&path).len(), 1);
            let Blob { digest, size } = blob.finish().expect("whole");
            assert_eq!(
                (&digest, size),
                (&Digest::sha256(b"compressed on the way"), 21)
            );
            assert!(writer.has_blob(&digest, size, call).expect("looked"));
        }
        let mut blob = writer.begin_new_blob(call).expect("begun");
        blob.write_piece(b"never").expect("written");
        drop(blob);
        assert_eq!(files(&path).len(), 3);
    }
}
