//! Reading a file that is small: whole, and never more of it than anybody would have written.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

/// What a file holds, which must be at most `most` bytes.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.file_type().is_fifo() {
        return Err(io::Error::other(
            "it is a named pipe, which nobody may ever fill",
        ));
    }
    let mut content = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut content)?;
    match content.len() as u64 {
        length if length > most => Err(io::Error::other("it is too long")),
        _ => Ok(content),
    }
}

/// There is no such file, or what should be a folder above it is none.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
