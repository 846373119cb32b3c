//! What an archive says of its images, as far as it has passed.

use std::collections::HashMap;

use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::store::TarStream;

/// All documents together; those of an image have some 10 KiB.
const MAX_DOCUMENTS: u64 = 16 * 1024 * 1024;

/// What is kept of a document or link besides its bytes, in bytes, more or less.
const BESIDES: usize = 256;

/// As many as Linux follows.
const MAX_LINKS: usize = 40;

/// Its small files, by their names.
pub(super) struct Documents {
    archive: String,
    files: HashMap<String, Vec<u8>>,
    /// The names by the digests of the content.
    names: HashMap<Digest, String>,
    links: HashMap<String, String>,
    /// How much more is kept.
    room: u64,
}

impl Documents {
    pub(super) fn new(archive: &str) -> Documents {
        Documents {
            archive: archive.to_owned(),
            files: HashMap::new(),
            names: HashMap::new(),
            links: HashMap::new(),
            room: MAX_DOCUMENTS,
        }
    }

    /// Reads a document that begins with `start`, unless nobody asks for one of its name.
    pub(super) fn keep(
        &mut self,
        name: String,
        start: &[u8],
        stream: &mut TarStream<'_>,
        call: &Call<'_>,
    ) -> Result<()> {
        let is_of_use =
            name.ends_with(".json") || name.ends_with("/json") || name.starts_with("blobs/");
        if !is_of_use {
            return Ok(());
        }
        let rest = stream.document(self.room, call)?;
        let bytes = [start, &rest].concat();
        self.take_room(bytes.len() + name.len(), call)?;
        self.names.insert(Digest::sha256(&bytes), name.clone());
        self.files.insert(name, bytes);
        Ok(())
    }

    pub(super) fn link(&mut self, name: String, target: String, call: &Call<'_>) -> Result<()> {
        self.take_room(name.len() + target.len(), call)?;
        self.links.insert(name, target);
        Ok(())
    }

    fn take_room(&mut self, bytes: usize, call: &Call<'_>) -> Result<()> {
        let left = self.room.checked_sub((bytes + BESIDES) as u64);
        self.room = left.ok_or_else(|| {
            self.broken(
                format!("its documents have more than {MAX_DOCUMENTS} bytes"),
                call,
            )
        })?;
        Ok(())
    }

    pub(super) fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(self.follow(name)).map(Vec::as_slice)
    }

    /// The document with this digest, whatever its name.
    pub(super) fn blob(&self, digest: &Digest) -> Option<&[u8]> {
        self.file(self.names.get(digest)?)
    }

    /// The file that a name stands for in the end.
    pub(super) fn follow<'n>(&'n self, name: &'n str) -> &'n str {
        let mut at = name;
        for _ in 0..MAX_LINKS {
            match self.links.get(at) {
                Some(target) => at = target,
                None => break,
            }
        }
        at
    }

    pub(super) fn broken(&self, what: String, call: &Call<'_>) -> Error {
        Error::Archive {
            context: call.context(&self.archive, ""),
            kind: ErrorKind::Protocol,
            what,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_of_nothing_but_links_does_not_fill_the_memory() {
        let mut documents = Documents::new("an archive");
        let call = Call::new();
        let mut links = 0..10_000_000;
        let refused = links.find_map(|number| {
            let added = documents.link(number.to_string(), String::new(), &call);
            added.err()
        });
        let error = refused.expect("too many").to_string();
        assert!(error.contains("more than 16777216 bytes"), "{error}");
        assert!(documents.links.len() < 100_000);
    }
}
