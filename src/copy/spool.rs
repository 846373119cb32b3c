//! What is made before it is known how large it is, in a file without a name.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use super::pour::pour;
use crate::call::Call;
use crate::error::{Context, Error, Result};
use crate::nameless_file;
use crate::progress::Phase;

/// A file without a name in a folder.
pub(super) struct Spool<'f> {
    file: File,
    folder: &'f Path,
    context: Box<Context>,
}

impl<'f> Spool<'f> {
    pub(super) fn new(folder: &'f Path, call: &Call<'_>) -> Result<Spool<'f>> {
        let context = call.context("", "");
        match nameless_file::create(folder) {
            Ok(file) => Ok(Spool {
                file,
                folder,
                context,
            }),
            Err(source) => Err(failed(folder, source, context)),
        }
    }

    /// Keeps all that comes from `source`, behind what is kept already.
    pub(super) fn keep(
        &mut self,
        source: &mut dyn Read,
        phase: Phase,
        call: &mut Call<'_>,
    ) -> Result<()> {
        pour(source, phase, 0, None, call, |piece| {
            let written = self.file.write_all(piece);
            written.map_err(|source| failed(self.folder, source, self.context.clone()))
        })
        .map(drop)
    }

    /// What was kept, from its beginning.
    pub(super) fn read(mut self) -> Result<File> {
        match self.file.rewind() {
            Ok(()) => Ok(self.file),
            Err(source) => Err(failed(self.folder, source, self.context)),
        }
    }
}

fn failed(folder: &Path, source: io::Error, context: Box<Context>) -> Error {
    Error::Io {
        context,
        action: format!("keeping a copy in {}", folder.display()),
        source,
    }
}
