//! A blob on its way into a layout. It gets its name when it is whole and checked.

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::folder::{RACES, is_still, open_own, remove};
use super::layout_writer::LayoutWriter;
use super::part::{Part, alone_name, shared_name};
use super::pulse::Pulse;
use super::unpack::PIECE;
use crate::call::Call;
use crate::digest::{Digest, Verifier};
use crate::error::Result;
use crate::oci::Descriptor;

/// A blob that is being written. Dropped before it is finished, it stays for the next run to go on with, unless another
/// one was writing the same when it began.
pub(crate) struct PartialBlob {
    part: Part,
    blob: PathBuf,
    verifier: Verifier,
    offset: u64,
    /// Whether what is there serves a later run.
    is_shared: bool,
}

impl PartialBlob {
    pub(super) fn begin(
        writer: &LayoutWriter,
        descriptor: &Descriptor,
        call: &mut Call<'_>,
    ) -> Result<PartialBlob> {
        let (digest, size) = (&descriptor.digest, descriptor.size);
        let folder = writer.blobs_of(digest.algorithm(), call)?;
        let path = folder.join(shared_name(digest));
        let claimed = claim(&path).map_err(|source| {
            let action = format!("opening {}", path.display());
            writer.place.io(action, source, call)
        })?;
        let Some(file) = claimed else {
            return PartialBlob::begin_alone(writer, digest, size, call);
        };
        let part = Part::new(file, path, writer, call);
        let mut blob = PartialBlob::in_part(part, &folder, digest, size);
        blob.is_shared = true;
        blob.go_on(digest, size, call)?;
        Ok(blob)
    }

    /// Begins it in a file that nobody else knows.
    pub(super) fn begin_alone(
        writer: &LayoutWriter,
        digest: &Digest,
        size: u64,
        call: &Call<'_>,
    ) -> Result<PartialBlob> {
        let folder = writer.blobs_of(digest.algorithm(), call)?;
        let part = Part::create(&folder, || alone_name(digest), writer, call)?;
        Ok(PartialBlob::in_part(part, &folder, digest, size))
    }

    fn in_part(part: Part, folder: &Path, digest: &Digest, size: u64) -> PartialBlob {
        PartialBlob {
            part,
            blob: folder.join(digest.hex()),
            verifier: Verifier::new(digest.clone(), Some(size)),
            offset: 0,
            is_shared: false,
        }
    }

    /// Reads what an earlier run left. What cannot be the beginning of the blob is thrown away.
    fn go_on(&mut self, digest: &Digest, size: u64, call: &mut Call<'_>) -> Result<()> {
        // Whatever stops this has spoilt nothing.
        self.part.stays = true;
        let (mut buffer, mut pulse) = (vec![0; PIECE], Pulse::new());
        loop {
            pulse.beat(call)?;
            let read = match self.part.file.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(self.part.failed("reading", source)),
            };
            if self.verifier.take(&buffer[..read]).is_err() {
                self.verifier = Verifier::new(digest.clone(), Some(size));
                self.offset = 0;
                self.part.clear()?;
                break;
            }
            self.offset += read as u64;
        }
        self.part.stays = self.offset > 0;
        Ok(())
    }

    /// How many bytes are there. The next ones are to be written.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes the next bytes.
    ///
    /// Fails with [`DigestMismatch`](crate::ErrorKind::DigestMismatch) when there are more than promised, or all are there
    /// and are others. Then nothing of the blob stays: what an earlier run left may have been wrong.
    pub(crate) fn write_piece(&mut self, piece: &[u8]) -> Result<()> {
        self.part.check_state()?;
        if let Err(mismatch) = self.verifier.take(piece) {
            return Err(self.part.spoilt(mismatch));
        }
        self.part.write(piece)?;
        self.offset += piece.len() as u64;
        self.part.stays = self.is_shared && self.offset > 0;
        Ok(())
    }

    /// Gives the blob its name, when it is whole.
    ///
    /// Fails with [`DigestMismatch`](crate::ErrorKind::DigestMismatch) when it is not; what is there stays.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.part.check_state()?;
        let whole = self.verifier.end();
        whole.map_err(|mismatch| mismatch.at(self.part.context.clone()))?;
        self.part.name(&self.blob)
    }
}

/// Opens the part that a later run goes on with, and locks it; nothing when another one has it.
fn claim(path: &Path) -> io::Result<Option<File>> {
    for _ in 0..RACES {
        match lock(path, open_own(path)?)? {
            Lock::Ours(file) => return Ok(Some(file)),
            Lock::Anothers => return Ok(None),
            Lock::Gone => {}
        }
    }
    Ok(None)
}

/// What became of a part that was opened.
#[derive(Debug)]
enum Lock {
    Ours(File),
    Anothers,
    /// It is not the part any more: before we had the lock, another one gave it the name of the blob.
    Gone,
}

fn lock(path: &Path, file: File) -> io::Result<Lock> {
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Lock::Anothers),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    if !is_still(path, &file)? {
        return Ok(Lock::Gone);
    }
    if file.metadata()?.nlink() == 1 {
        return Ok(Lock::Ours(file));
    }
    // Under its other name it is not ours to change.
    remove(path)?;
    Ok(Lock::Gone)
}

impl fmt::Debug for PartialBlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartialBlob")
            .field("blob", &self.blob)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
