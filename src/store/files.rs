//! The files of a layout or an archive, by their paths in it.

use std::io::Read;

use super::failure::Place;
use super::folder::Folder;
use super::section::Section;
use super::tar_index::{Found, TarIndex};
use crate::call::Call;
use crate::error::Result;

#[derive(Debug)]
pub(super) enum Files {
    Folder(Folder),
    Tar(TarIndex),
}

impl Files {
    /// The file at `path`; nothing when there is none.
    pub(super) fn open(
        &self,
        path: &str,
        place: &Place,
        call: &Call<'_>,
    ) -> Result<Option<Section>> {
        let found = match self {
            Files::Folder(folder) => folder
                .find(path)
                .map_err(|source| place.io(format!("opening {path}"), source, call))?,
            Files::Tar(index) => index.find(path).map_err(|what| place.broken(what, call))?,
        };
        match found {
            Found::File(section) => Ok(Some(section)),
            Found::Nothing => Ok(None),
            Found::Other(what) => Err(place.broken(what, call)),
        }
    }

    /// All of the document at `path`, which has at most `most` bytes; nothing when there is none.
    pub(super) fn document(
        &self,
        path: &str,
        most: u64,
        place: &Place,
        call: &Call<'_>,
    ) -> Result<Option<Vec<u8>>> {
        match self.open(path, place, call)? {
            Some(section) => document(&section, path, most, place, call).map(Some),
            None => Ok(None),
        }
    }
}

/// All bytes of a document, at most `most`.
pub(super) fn document(
    section: &Section,
    name: &str,
    most: u64,
    place: &Place,
    call: &Call<'_>,
) -> Result<Vec<u8>> {
    let size = section.size();
    if size > most {
        let what = format!("{name} has {size} bytes, more than {most}");
        return Err(place.broken(what, call));
    }
    let mut bytes = Vec::new();
    section
        .reader()
        .read_to_end(&mut bytes)
        .map_err(|source| place.io(format!("reading {name}"), source, call))?;
    Ok(bytes)
}
