//! What is made before it is known how large it is, in a file without a name.

use std::env;
use std::fs::File;
use std::io::{Seek, Write};

use crate::call::Call;
use crate::error::{Error, Result};
use crate::nameless_file;

/// A file without a name in `TMPDIR`, or else `/tmp`.
pub(super) struct Spool(File);

impl Spool {
    pub(super) fn new(call: &Call<'_>) -> Result<Spool> {
        let file = nameless_file::create(&env::temp_dir());
        file.map(Spool).map_err(|source| failed(source, call))
    }

    pub(super) fn write(&mut self, bytes: &[u8], call: &Call<'_>) -> Result<()> {
        self.0
            .write_all(bytes)
            .map_err(|source| failed(source, call))
    }

    /// What was written, from its beginning.
    pub(super) fn read(mut self, call: &Call<'_>) -> Result<File> {
        self.0.rewind().map_err(|source| failed(source, call))?;
        Ok(self.0)
    }
}

fn failed(source: std::io::Error, call: &Call<'_>) -> Error {
    Error::Io {
        context: call.context("", ""),
        action: format!("keeping a copy in {}", env::temp_dir().display()),
        source,
    }
}
