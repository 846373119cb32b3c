//! Making a layer whole again, whatever it was compressed with.

use std::io::{self, BufReader, Chain, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

use super::zstd::Decoder as ZstdDecoder;
use crate::oci::Compression;

/// How much is read at once of what is compressed.
const READ_SIZE: usize = 64 * 1024;

/// zstd looks back over as much as 2 to this power, and keeps so much in memory: 128 MiB, which is what `zstd -d` takes
/// without being asked for more, and what its highest level uses. Its usual levels look back over 8 MiB at most.
const MAX_WINDOW_LOG: u32 = 27;

/// Reads the layer inside a stream: all members of a gzip stream, all frames of a zstd stream, or the stream itself.
///
/// A stream that is cut or broken, or followed by something else, is an error and never an early end: of the kind
/// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) when it is cut, else [`InvalidData`](io::ErrorKind::InvalidData).
/// What the source says when it fails is handed on.
pub(crate) struct Inflater<R: Read> {
    decoder: Decoder<R>,
    compression: Compression,
    /// How many bytes may come, and how many still may.
    limit: u64,
    left: u64,
}

type Input<R> = BufReader<Chain<Cursor<Vec<u8>>, Source<R>>>;

enum Decoder<R: Read> {
    Gzip(Box<MultiGzDecoder<Input<R>>>),
    Zstd(ZstdDecoder<'static, Input<R>>),
    Plain(Input<R>),
}

impl<R: Read> Inflater<R> {
    /// Looks at the first bytes of `source`. A compression that is not read is an error of the kind
    /// [`Unsupported`](io::ErrorKind::Unsupported).
    pub(crate) fn new(mut source: R) -> io::Result<Inflater<R>> {
        let mut start = Vec::with_capacity(Compression::MARK);
        let mark = Compression::MARK as u64;
        source.by_ref().take(mark).read_to_end(&mut start)?;
        let compression = Compression::of_content(&start).map_err(|name| {
            let what = format!("it is compressed by {name}; only gzip and zstd are read");
            io::Error::new(io::ErrorKind::Unsupported, what)
        })?;
        let source = Source {
            source,
            has_failed: false,
        };
        let input = BufReader::with_capacity(READ_SIZE, Cursor::new(start).chain(source));
        let decoder = match compression {
            Compression::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(input))),
            Compression::Zstd => {
                let mut decoder = ZstdDecoder::with_buffer(input)?;
                decoder.window_log_max(MAX_WINDOW_LOG)?;
                Decoder::Zstd(decoder)
            }
            Compression::None => Decoder::Plain(input),
        };
        Ok(Inflater {
            decoder,
            compression,
            limit: u64::MAX,
            left: u64::MAX,
        })
    }

    /// More than `limit` bytes of the layer are an error: a small stream can hold a layer without end.
    #[cfg_attr(not(test), expect(dead_code, reason = "no room uses it yet"))]
    pub(crate) fn limited_to(self, limit: u64) -> Inflater<R> {
        Inflater {
            limit,
            left: limit,
            ..self
        }
    }

    #[cfg_attr(not(test), expect(dead_code, reason = "no room uses it yet"))]
    pub(crate) fn compression(&self) -> Compression {
        self.compression
    }
}

impl<R: Read> Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Decoder::Gzip(decoder) => decoder.read(buffer),
            Decoder::Zstd(decoder) => decoder.read(buffer),
            Decoder::Plain(input) => input.read(buffer),
        }
    }

    fn source_has_failed(&self) -> bool {
        let input = match self {
            Decoder::Gzip(decoder) => decoder.get_ref(),
            Decoder::Zstd(decoder) => decoder.get_ref(),
            Decoder::Plain(input) => input,
        };
        let (_, source) = input.get_ref().get_ref();
        source.has_failed
    }
}

impl<R: Read> Read for Inflater<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match self.decoder.read(buffer) {
            Ok(count) => count,
            Err(error) if self.decoder.source_has_failed() => return Err(error),
            Err(error) => return Err(broken(self.compression, &error)),
        };
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            let what = format!("the layer has more than {} bytes", self.limit);
            io::Error::new(io::ErrorKind::InvalidData, what)
        })?;
        Ok(count)
    }
}

fn broken(compression: Compression, error: &io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            io::Error::new(error.kind(), format!("the {compression} stream is cut"))
        }
        _ => io::Error::new(
            io::ErrorKind::InvalidData,
            format!("the {compression} stream is broken: {error}"),
        ),
    }
}

/// The source, which remembers that an error was its own.
struct Source<R> {
    source: R,
    has_failed: bool,
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer);
        self.has_failed = read.is_err();
        read
    }
}

#[cfg(test)]
mod tests;
