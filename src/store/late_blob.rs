//! A blob on its way into an archive whose size and digest nobody knows yet, such as a layer that is being compressed.

use std::fmt;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

use super::archive_writer::ArchiveWriter;
use super::layout_files::blob_path;
use super::tar_header::{self, BLOCK, filling};
use crate::digest::Hasher;
use crate::error::Result;
use crate::oci::Blob;

/// A blob whose header is written when its content is there. Dropped before it is finished, the archive cannot be
/// finished either.
pub(crate) struct LateBlob<'w> {
    writer: &'w mut ArchiveWriter<File>,
    hasher: Hasher,
    size: u64,
}

impl ArchiveWriter<File> {
    /// Begins a blob whose size and digest are known when it is whole.
    pub(crate) fn begin_new_blob(&mut self) -> Result<LateBlob<'_>> {
        self.check_state()?;
        self.make_folders("sha256")?;
        self.write(&[0; BLOCK as usize])?;
        self.has_failed = true;
        Ok(LateBlob {
            writer: self,
            hasher: Hasher::sha256(),
            size: 0,
        })
    }
}

impl LateBlob<'_> {
    /// Takes the next bytes.
    pub(crate) fn write_piece(&mut self, piece: &[u8]) -> Result<()> {
        self.writer.write(piece)?;
        self.hasher.update(piece);
        self.size += piece.len() as u64;
        Ok(())
    }

    /// Ends the blob and says which it is. One that the archive has already is taken back.
    pub(crate) fn finish(self) -> Result<Blob> {
        let (digest, size) = (self.hasher.digest(), self.size);
        let content = size + filling(size) as u64;
        self.writer.fill(size)?;
        let placed = match self.writer.has_blob(&digest) {
            true => take_back(&mut self.writer.target, BLOCK + content),
            false => {
                let header = tar_header::late_file(&blob_path(&digest), size);
                write_before(&mut self.writer.target, &header, content)
            }
        };
        placed.map_err(|source| self.writer.cannot_write(source))?;
        self.writer.blobs.insert(digest.clone(), size);
        self.writer.has_failed = false;
        Ok(Blob { digest, size })
    }
}

/// Writes `header` before the last `content` bytes.
fn write_before(file: &mut File, header: &[u8], content: u64) -> io::Result<()> {
    let at = file.stream_position()?;
    let start = at.checked_sub(content + header.len() as u64);
    file.seek(SeekFrom::Start(start.ok_or(io::ErrorKind::NotSeekable)?))?;
    file.write_all(header)?;
    file.seek(SeekFrom::Start(at)).map(drop)
}

/// Removes the last `length` bytes.
fn take_back(file: &mut File, length: u64) -> io::Result<()> {
    let start = file.stream_position()?.checked_sub(length);
    let start = start.ok_or(io::ErrorKind::NotSeekable)?;
    file.set_len(start)?;
    file.seek(SeekFrom::Start(start)).map(drop)
}

impl fmt::Debug for LateBlob<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LateBlob")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}
