//! A part of a file that many threads read at the same time.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// A part of a file. The file's own position is neither used nor moved.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    file: Arc<File>,
    start: u64,
    size: u64,
}

impl Section {
    pub(super) fn whole(file: File) -> io::Result<Section> {
        let size = file.metadata()?.len();
        Ok(Section {
            file: Arc::new(file),
            start: 0,
            size,
        })
    }

    /// `size` bytes of this one, from `start` on; nothing when it does not have them.
    pub(super) fn part(&self, start: u64, size: u64) -> Option<Section> {
        let end = start.checked_add(size)?;
        (end <= self.size).then(|| Section {
            file: Arc::clone(&self.file),
            start: self.start + start,
            size,
        })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Reads it from its beginning, independently of every other reader.
    pub(crate) fn reader(&self) -> SectionReader {
        SectionReader {
            section: self.clone(),
            position: 0,
        }
    }

    /// Whether both are the same bytes of the same file.
    pub(super) fn is(&self, other: &Section) -> bool {
        Arc::ptr_eq(&self.file, &other.file) && (self.start, self.size) == (other.start, other.size)
    }

    /// The first bytes, `most` of them when there are so many.
    pub(super) fn beginning(&self, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(most);
        self.reader().take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Reads a [`Section`]. A file that became shorter meanwhile is an error, not an end.
#[derive(Debug)]
pub(crate) struct SectionReader {
    section: Section,
    position: u64,
}

impl Read for SectionReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.section.size.saturating_sub(self.position);
        let room = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        if room == 0 {
            return Ok(0);
        }
        let at = self.section.start + self.position;
        match self.section.file.read_at(&mut buffer[..room], at)? {
            0 => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("the file ends at byte {at}, in the middle of its content"),
            )),
            read => {
                self.position += read as u64;
                Ok(read)
            }
        }
    }
}

impl Seek for SectionReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.section.size.checked_add_signed(by),
        };
        self.position = position.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "a place before the beginning")
        })?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::environment::testing::Folder;

    fn section(content: &str, start: u64, size: u64) -> (Folder, Section) {
        let folder = Folder::new("section");
        let file = File::open(folder.write("file", content)).expect("a file");
        let whole = Section::whole(file).expect("a file with a size");
        let part = whole.part(start, size).expect("a part of it");
        (folder, part)
    }

    #[test]
    fn many_threads_read_one_file_each_from_its_own_place() {
        let (_folder, section) = section("0123456789", 2, 6);
        thread::scope(|scope| {
            for at in 0..6_usize {
                let mut reader = section.reader();
                scope.spawn(move || {
                    let mut read = String::new();
                    reader.seek(SeekFrom::Start(at as u64)).expect("there");
                    reader.read_to_string(&mut read).expect("read");
                    assert_eq!(read, "234567"[at..]);
                    assert_eq!(reader.seek(SeekFrom::End(-1)).expect("there"), 5);
                    assert_eq!(reader.seek(SeekFrom::Current(-3)).expect("there"), 2);
                    reader.seek(SeekFrom::Current(-3)).expect_err("before");
                    reader.seek(SeekFrom::Start(99)).expect("behind the end");
                    assert_eq!(reader.read(&mut [0; 4]).expect("nothing there"), 0);
                });
            }
        });
        assert_eq!(section.beginning(3).expect("read"), b"234");
        assert_eq!(section.beginning(99).expect("read"), b"234567");
    }

    #[test]
    fn a_part_does_not_reach_beyond_the_whole() {
        let (_folder, section) = section("0123456789", 2, 6);
        assert!(section.part(0, 7).is_none());
        assert!(section.part(u64::MAX, 1).is_none());
        assert!(section.part(6, 0).is_some());
        assert!(section.is(&section.part(0, 6).expect("all of it")));
        assert!(!section.is(&section.part(0, 5).expect("less of it")));
    }

    #[test]
    fn a_file_that_became_shorter_does_not_end_well() {
        let (folder, section) = section("0123456789", 2, 6);
        folder.write("file", "0123");
        let mut read = Vec::new();
        let error = section.reader().read_to_end(&mut read).expect_err("cut");
        assert_eq!(read, b"23");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
