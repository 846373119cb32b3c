//! A tar that passes by once, such as the archive that an engine sends.

use std::fmt;
use std::io::{self, Read};

use super::failure::Place;
use super::tar_entries::{Broken, Entries, Named, Tape};
use super::tar_header::{BLOCK, filling};
use crate::call::Call;
use crate::error::{Error, Result};

/// How much is passed over at once.
const PIECE: usize = 128 * 1024;

/// The entries of a tar, one after the other; reading it reads the content of the file that came last. What is not read
/// of a file is passed over.
pub(crate) struct TarStream<'s> {
    entries: Entries<StreamTape<'s>>,
    place: Place,
}

impl<'s> TarStream<'s> {
    /// Errors call the tar `name`.
    pub(crate) fn new(source: Box<dyn Read + Send + 's>, name: &str) -> TarStream<'s> {
        TarStream {
            entries: Entries::new(StreamTape {
                source,
                position: 0,
                content: 0,
                filling: 0,
            }),
            place: Place::named(name),
        }
    }

    /// Name and kind of the next entry; a file has its size. After the last, the source is read to its end.
    ///
    /// Fails as an archive in a file does, when it is damaged or was cut, and for what readers might take for different
    /// things.
    pub(crate) fn next(&mut self, call: &Call<'_>) -> Result<Option<Named<u64>>> {
        self.pass_over(call)?;
        let next = self.entries.next().map_err(|broken| match broken {
            Broken::Archive(what) => self.place.broken(what, call),
            Broken::Io(error) => Error::of_stream(error, self.place.context(call), READING),
        })?;
        if next.is_none() {
            self.read_out(call)?;
        }
        Ok(next)
    }

    /// Reads the first bytes of a file, `most` of them when there are so many.
    pub(crate) fn beginning(&mut self, most: usize, call: &Call<'_>) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(most);
        let read = self.by_ref().take(most as u64).read_to_end(&mut bytes);
        match read {
            Ok(_) => Ok(bytes),
            Err(error) => Err(Error::of_stream(error, self.place.context(call), READING)),
        }
    }

    /// Reads the rest of a file, which has no more than `most` bytes.
    pub(crate) fn document(&mut self, most: u64, call: &Call<'_>) -> Result<Vec<u8>> {
        let size = self.entries.tape.content;
        if size > most {
            let what = format!("a document has {size} bytes, more than {most}");
            return Err(self.place.broken(what, call));
        }
        let mut bytes = Vec::new();
        match self.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(Error::of_stream(error, self.place.context(call), READING)),
        }
    }

    /// Passes over what is left of a file.
    fn pass_over(&mut self, call: &Call<'_>) -> Result<()> {
        match self.entries.tape.content {
            0 => Ok(()),
            _ => pass_over(&mut self.entries.tape, &self.place, call),
        }
    }

    /// Behind the mark of the end comes whatever the writer has filled its last record with, and then the end of the
    /// source, which may have to say something, too.
    fn read_out(&mut self, call: &Call<'_>) -> Result<()> {
        pass_over(&mut self.entries.tape.source, &self.place, call)
    }
}

fn pass_over(source: &mut dyn Read, place: &Place, call: &Call<'_>) -> Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        call.check()?;
        match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::of_stream(error, place.context(call), READING)),
        }
    }
}

const READING: &str = "reading the archive";

impl Read for TarStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.entries.tape.read(buffer)
    }
}

impl fmt::Debug for TarStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TarStream")
            .field("position", &self.entries.tape.position)
            .finish_non_exhaustive()
    }
}

struct StreamTape<'s> {
    source: Box<dyn Read + Send + 's>,
    position: u64,
    /// What was not read yet of the file that came last.
    content: u64,
    /// What fills its last block.
    filling: u64,
}

impl Tape for StreamTape<'_> {
    type Content = u64;

    fn position(&self) -> u64 {
        self.position
    }

    fn block(&mut self) -> io::Result<Option<[u8; BLOCK as usize]>> {
        let mut block = [0; BLOCK as usize];
        let filling = std::mem::take(&mut self.filling) as usize;
        self.fill(&mut block[..filling])?;
        match self.fill(&mut block) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            filled => filled.map(|()| Some(block)),
        }
    }

    fn content(&mut self, size: u64) -> Result<u64, Broken> {
        self.content = size;
        self.filling = filling(size) as u64;
        Ok(size)
    }

    fn document(&mut self, size: u64) -> Result<Vec<u8>, Broken> {
        self.content(size)?;
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl StreamTape<'_> {
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.source.read_exact(buffer)?;
        self.position += buffer.len() as u64;
        Ok(())
    }
}

impl Read for StreamTape<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room =
            usize::try_from(self.content).map_or(buffer.len(), |left| left.min(buffer.len()));
        if room == 0 {
            return Ok(0);
        }
        match self.source.read(&mut buffer[..room])? {
            0 => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("it ends at byte {}, in the middle of a file", self.position),
            )),
            read => {
                self.content -= read as u64;
                self.position += read as u64;
                Ok(read)
            }
        }
    }
}
