//! A file that ends with the last that holds it.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A new file in `folder` that has no name any more, so that nothing of it stays, also when the program is killed.
pub(crate) fn create(folder: &Path) -> io::Result<File> {
    // Each state has its own random keys.
    let number = RandomState::new().build_hasher().finish();
    let path = folder.join(format!("imgferry-blob-{number:016x}"));
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek, Write};

    use super::*;
    use crate::environment::testing::Folder;

    #[test]
    fn what_was_written_is_there_and_no_name_is() {
        let folder = Folder::new("nameless");
        let mut file = create(folder.path()).expect("a file");
        file.write_all(b"content").expect("written");
        file.rewind().expect("rewound");
        let mut read = String::new();
        file.read_to_string(&mut read).expect("read");
        assert_eq!(read, "content");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}
