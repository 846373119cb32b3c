//! Content that is compressed, and what it is when it is not.

use std::env;
use std::fs::File;
use std::io::{self, Read, Write};

use super::failure::Place;
use super::section::Section;
use super::verified::unreadable;
use crate::call::Call;
use crate::compress::Inflater;
use crate::error::Result;
use crate::nameless_file;
use crate::oci::Compression;
use crate::progress::Phase;

/// How much is read or written at once.
pub(super) const PIECE: usize = 128 * 1024;

/// How `content` is packed, by its first bytes.
pub(super) fn compression(
    content: &Section,
    what: &str,
    place: &Place,
    call: &Call<'_>,
) -> Result<Compression> {
    let start = content
        .beginning(Compression::MARK)
        .map_err(|source| place.io(format!("reading {what}"), source, call))?;
    Compression::of_content(&start).map_err(|name| {
        place.unsupported(
            format!("{what} is compressed by {name}; only gzip and zstd are read"),
            call,
        )
    })
}

/// The archive in `file`; one that is compressed as a whole is unpacked into a file without a name in `TMPDIR`, or else
/// `/tmp`, as it is to be read at many places. Only the room there limits it.
pub(super) fn unwrapped(file: File, place: &Place, call: &mut Call<'_>) -> Result<Section> {
    let whole =
        Section::whole(file).map_err(|source| place.io("reading its size", source, call))?;
    if compression(&whole, "the archive", place, call)? == Compression::None {
        return Ok(whole);
    }
    let damaged = |source, call: &Call<'_>| unreadable("the archive", source, place.context(call));
    let mut content = Inflater::new(whole.reader()).map_err(|source| damaged(source, call))?;
    let folder = env::temp_dir();
    let cannot_keep = |source, call: &Call<'_>| {
        place.io(
            format!("unpacking the archive in {}", folder.display()),
            source,
            call,
        )
    };
    let mut kept = nameless_file::create(&folder).map_err(|source| cannot_keep(source, call))?;
    let (mut buffer, mut size) = (vec![0; PIECE], 0);
    loop {
        call.check()?;
        let read = match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(damaged(source, call)),
        };
        kept.write_all(&buffer[..read])
            .map_err(|source| cannot_keep(source, call))?;
        size += read as u64;
        call.moved(Phase::Preparing, size, None)?;
    }
    Section::whole(kept).map_err(|source| cannot_keep(source, call))
}
