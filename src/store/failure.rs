//! The errors of this room: where the archive or layout lies, and what is wrong with it.

use std::fmt;
use std::io;
use std::path::Path;

use crate::call::Call;
use crate::error::{Context, Error, ErrorKind};

/// What an error says of an archive or a layout, besides what went wrong.
#[derive(Debug, Clone)]
pub(super) struct Place {
    name: String,
}

impl Place {
    pub(super) fn path(path: &Path) -> Place {
        Place::named(&path.display().to_string())
    }

    pub(super) fn named(name: &str) -> Place {
        let name = name.to_owned();
        Place { name }
    }

    pub(super) fn context(&self, call: &Call<'_>) -> Box<Context> {
        call.context(&self.name, "")
    }

    /// It is not what its format wants it to be.
    pub(super) fn broken(&self, what: impl Into<String>, call: &Call<'_>) -> Error {
        self.error(ErrorKind::Protocol, what, call)
    }

    pub(super) fn not_found(&self, what: impl Into<String>, call: &Call<'_>) -> Error {
        self.error(ErrorKind::NotFound, what, call)
    }

    /// It could not be opened, which is said of a `what`. Where there is none, there is no image that could be found.
    pub(super) fn unopened(&self, what: &str, source: io::Error, call: &Call<'_>) -> Error {
        match source.kind() {
            io::ErrorKind::NotFound => self.not_found(format!("there is no such {what}"), call),
            _ => self.io(format!("opening the {what}"), source, call),
        }
    }

    /// What the caller said does not fit it.
    pub(super) fn unfit(&self, what: impl Into<String>, call: &Call<'_>) -> Error {
        self.error(ErrorKind::InvalidArgument, what, call)
    }

    /// Somebody else uses it.
    pub(super) fn busy(&self, what: impl Into<String>, call: &Call<'_>) -> Error {
        self.error(ErrorKind::Conflict, what, call)
    }

    pub(super) fn error(&self, kind: ErrorKind, what: impl Into<String>, call: &Call<'_>) -> Error {
        Error::Archive {
            context: self.context(call),
            kind,
            what: what.into(),
        }
    }

    pub(super) fn unsupported(&self, what: impl Into<String>, call: &Call<'_>) -> Error {
        Error::Unsupported {
            context: self.context(call),
            what: what.into(),
        }
    }

    pub(super) fn io(
        &self,
        action: impl Into<String>,
        source: io::Error,
        call: &Call<'_>,
    ) -> Error {
        Error::Io {
            context: self.context(call),
            action: action.into(),
            source,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
