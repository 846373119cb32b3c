//! A tar archive as a stream: made while it is read, so that its size does not matter.

use std::io::{self, Cursor, Read};

const BLOCK_BYTES: u64 = 512;

/// Two empty blocks end an archive.
const END_BYTES: u64 = 2 * BLOCK_BYTES;

/// A regular file of the archive.
pub struct Entry {
    pub path: String,
    pub bytes: u64,
    /// Must give exactly `bytes` bytes.
    pub content: Box<dyn Read + Send>,
}

/// The archive of some entries. The next entry is asked for when the one before it has been read, so it may depend on
/// what that held.
pub struct TarStream {
    entries: Box<dyn Iterator<Item = Entry> + Send>,
    content: io::Take<Box<dyn Read + Send>>,
    /// A header, a filling or the end, to be read before the content.
    frame: Cursor<Vec<u8>>,
    /// Zeros that follow the content, up to a whole block.
    filling: usize,
    ended: bool,
}

impl TarStream {
    pub fn new(entries: impl Iterator<Item = Entry> + Send + 'static) -> Self {
        let nothing: Box<dyn Read + Send> = Box::new(io::empty());
        Self {
            entries: Box::new(entries),
            content: nothing.take(0),
            frame: Cursor::default(),
            filling: 0,
            ended: false,
        }
    }

    /// The size of an archive that holds files of these sizes.
    pub fn size_of(files: impl Iterator<Item = u64>) -> u64 {
        files
            .map(|bytes| BLOCK_BYTES + bytes.next_multiple_of(BLOCK_BYTES))
            .sum::<u64>()
            + END_BYTES
    }

    /// Puts what follows the content just read into the frame.
    fn next_frame(&mut self) {
        let mut frame = vec![0; self.filling];
        if let Some(entry) = self.entries.next() {
            frame.extend_from_slice(header(&entry).as_bytes());
            self.filling = (entry.bytes.next_multiple_of(BLOCK_BYTES) - entry.bytes) as usize;
            self.content = entry.content.take(entry.bytes);
        } else {
            frame.resize(frame.len() + END_BYTES as usize, 0);
            self.ended = true;
        }
        self.frame = Cursor::new(frame);
    }
}

impl Read for TarStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut count = self.frame.read(buffer)?;
            if count == 0 {
                count = self.content.read(buffer)?;
            }
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            assert_eq!(self.content.limit(), 0, "an entry is shorter than it said");
            if self.ended {
                return Ok(0);
            }
            self.next_frame();
        }
    }
}

fn header(entry: &Entry) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header
        .set_path(&entry.path)
        .expect("a path that fits a tar header");
    header.set_size(entry.bytes);
    header.set_mode(0o644);
    // The same in every run, as the digests depend on it.
    header.set_mtime(1_700_000_000);
    header.set_uid(0);
    header.set_gid(0);
    header.set_cksum();
    header
}
