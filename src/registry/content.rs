//! What is to be uploaded: bytes that can be read as often as they are needed, their digest and their size.

use std::env;
use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read, SeekFrom, Write};
use std::path::Path;

use super::payload::ReadSeek;
use crate::call::Call;
use crate::digest::{Digest, Hasher};
use crate::error::{Error, Result};
use crate::nameless_file;
use crate::progress::Phase;

/// How much is read at once.
const READ_SIZE: usize = 128 * 1024;

/// Where the bytes of a blob come from.
pub enum BlobSource<'s> {
    /// Memory.
    Data(&'s [u8]),
    /// A file.
    File(&'s Path),
    /// What can be read again from any place. It is read from its beginning, wherever it stands.
    Seekable(&'s mut dyn ReadSeek),
    /// A stream. A registry wants to know size and digest before it takes the bytes, so they go through a file without
    /// a name in `TMPDIR`, or else `/tmp`.
    Stream(&'s mut dyn Read),
}

impl fmt::Debug for BlobSource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlobSource::Data(data) => f.debug_tuple("Data").field(&data.len()).finish(),
            BlobSource::File(path) => f.debug_tuple("File").field(path).finish(),
            BlobSource::Seekable(_) => f.write_str("Seekable"),
            BlobSource::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// A blob that is ready to be uploaded.
pub(super) struct Content<'s> {
    bytes: Bytes<'s>,
    pub(super) digest: Digest,
    pub(super) size: u64,
}

enum Bytes<'s> {
    Data(Cursor<&'s [u8]>),
    File(File),
    Seekable(&'s mut dyn ReadSeek),
}

impl<'s> Content<'s> {
    /// Finds out size and digest. A promised digest is believed, and checked by the registry.
    pub(super) fn prepare(
        source: BlobSource<'s>,
        promised: Option<&Digest>,
        call: &mut Call<'_>,
    ) -> Result<Content<'s>> {
        let mut bytes = match source {
            BlobSource::Data(data) => Bytes::Data(Cursor::new(data)),
            BlobSource::File(path) => Bytes::File(open(path, call)?),
            BlobSource::Seekable(source) => Bytes::Seekable(source),
            BlobSource::Stream(source) => return spooled(source, promised, call),
        };
        let failed = |action: &str, source, call: &Call<'_>| Error::Io {
            context: call.context("", ""),
            action: action.to_owned(),
            source,
        };
        let reader = bytes.reader();
        let size = reader
            .seek(SeekFrom::End(0))
            .map_err(|source| failed("looking for the end of the blob", source, call))?;
        let digest = match promised {
            Some(promised) => promised.clone(),
            None => {
                reader
                    .rewind()
                    .map_err(|source| failed("going back in the blob", source, call))?;
                let mut hasher = Hasher::sha256();
                // What is written behind it meanwhile does not belong to it.
                let passed = pass(&mut reader.take(size), Some(size), call, |piece| {
                    hasher.update(piece);
                    Ok(())
                })?;
                if passed < size {
                    let short = io::ErrorKind::UnexpectedEof.into();
                    return Err(failed(
                        "reading the blob, which becomes shorter",
                        short,
                        call,
                    ));
                }
                hasher.digest()
            }
        };
        Ok(Content {
            bytes,
            digest,
            size,
        })
    }

    pub(super) fn reader(&mut self) -> &mut dyn ReadSeek {
        self.bytes.reader()
    }
}

impl Bytes<'_> {
    fn reader(&mut self) -> &mut dyn ReadSeek {
        match self {
            Bytes::Data(data) => data,
            Bytes::File(file) => file,
            Bytes::Seekable(source) => *source,
        }
    }
}

fn open(path: &Path, call: &Call<'_>) -> Result<File> {
    File::open(path).map_err(|source| Error::Io {
        context: call.context("", ""),
        action: format!("opening {}", path.display()),
        source,
    })
}

/// A stream, in a file that has no name any more.
fn spooled<'s>(
    source: &mut dyn Read,
    promised: Option<&Digest>,
    call: &mut Call<'_>,
) -> Result<Content<'s>> {
    let folder = env::temp_dir();
    let failed = |source, call: &Call<'_>| Error::Io {
        context: call.context("", ""),
        action: format!("keeping the blob in {}", folder.display()),
        source,
    };
    let mut file = nameless_file::create(&folder).map_err(|source| failed(source, call))?;
    let mut hasher = promised.map_or_else(Hasher::sha256, Hasher::like);
    let mut kept = Ok(());
    let size = pass(source, None, call, |piece| {
        hasher.update(piece);
        kept = file.write_all(piece);
        match kept {
            Ok(()) => Ok(()),
            Err(_) => Err(io::ErrorKind::Other.into()),
        }
    });
    if let Err(source) = kept {
        return Err(failed(source, call));
    }
    let (size, digest) = (size?, hasher.digest());
    match promised {
        Some(promised) if *promised != digest => Err(Error::DigestMismatch {
            context: call.context("", ""),
            expected: promised.to_string(),
            actual: digest.to_string(),
        }),
        _ => Ok(Content {
            bytes: Bytes::File(file),
            digest,
            size,
        }),
    }
}

/// Reads all of `source`, with progress, and gives it on; how many bytes it had.
fn pass(
    source: &mut (impl Read + ?Sized),
    size: Option<u64>,
    call: &mut Call<'_>,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<u64> {
    let mut buffer = vec![0; READ_SIZE];
    let mut passed = 0;
    loop {
        call.check()?;
        let read = match source.read(&mut buffer) {
            Ok(0) => return Ok(passed),
            Ok(read) => take(&buffer[..read]).map(|()| read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        passed += read.map_err(|source| Error::Io {
            context: call.context("", ""),
            action: "reading the blob".into(),
            source,
        })? as u64;
        call.moved(Phase::Preparing, passed, size)?;
    }
}
