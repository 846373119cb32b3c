//! The names in a layout that is written: given, moved and taken away.

use super::entry_name::{self, Unclear, ref_name, with_ref_name};
use super::index_file::IndexFile;
use super::layout_files::{INDEX_FILE, MAX_ENTRIES, MAX_INDEX, read_index};
use super::layout_writer::LayoutWriter;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::oci::Descriptor;

/// A whole reference with tag and digest has less.
const LONGEST_NAME: usize = 1024;

impl LayoutWriter {
    /// Lets `name` mean the manifest or index that `descriptor` is about, or adds it without a new name, as its own
    /// annotations say. An entry of the same name is replaced, in its place; everything else in `index.json` stays as it
    /// is. Whoever does the same in this moment waits.
    ///
    /// Fails with [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when the name can be none, and with
    /// [`NotFound`](crate::ErrorKind::NotFound) when the manifest is not in the layout.
    pub(crate) fn tag(
        &self,
        descriptor: &Descriptor,
        name: Option<&str>,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let entry = match name {
            Some(name) => with_ref_name(descriptor, name),
            None => descriptor.clone(),
        };
        if let Some(name) = name.or(ref_name(&entry)) {
            check_ref_name(name)?;
        }
        if !self.has_blob(&entry.digest, entry.size, call)? {
            let what = format!("the manifest {} is not there", entry.digest);
            return Err(self.place.not_found(what, call));
        }
        let _locked = self.lock_index(call)?;
        let mut index = self.read_index_file(call)?;
        index.put(&entry);
        let written = index.written();
        let (entries, bytes) = (index.entries().len(), written.len());
        if entries > MAX_ENTRIES || bytes as u64 > MAX_INDEX {
            let what = format!("{INDEX_FILE} would have {entries} entries and {bytes} bytes");
            return Err(self.place.unfit(what, call));
        }
        self.write_index(&written, call)
    }

    /// Takes the image that `name` means out of `index.json` and says what it was. Its blobs stay: see
    /// [`collect`](LayoutWriter::collect).
    ///
    /// Fails with [`NotFound`](crate::ErrorKind::NotFound) when there is none and with
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when there are several.
    pub(crate) fn remove(&self, name: &str, call: &mut Call<'_>) -> Result<Descriptor> {
        let _locked = self.lock_index(call)?;
        let mut index = self.read_index_file(call)?;
        let entries = index.entries();
        let entry = match name.strip_prefix('@') {
            Some(digest) => {
                let mut entries = entries.iter();
                entries
                    .find(|entry| entry.digest.as_str() == digest)
                    .ok_or_else(|| {
                        let what = format!("{INDEX_FILE} has no entry {digest}");
                        self.place.not_found(what, call)
                    })?
            }
            None => entry_name::select(&entries, Some(name))
                .map_err(|Unclear { kind, what }| self.place.error(kind, what, call))?,
        };
        index.remove(entry);
        self.write_index(&index.written(), call)?;
        Ok(entry.clone())
    }

    /// `index.json`, which the caller has locked.
    fn read_index_file(&self, call: &Call<'_>) -> Result<IndexFile> {
        let bytes = self
            .files
            .document(INDEX_FILE, MAX_INDEX, &self.place, call)?;
        let bytes = bytes.unwrap_or_else(|| IndexFile::empty().into_bytes());
        read_index(&bytes, &self.place, call)?;
        IndexFile::read(&bytes).map_err(|what| self.place.broken(what, call))
    }
}

/// The characters that the image specification allows in a name, in any order: Docker's tags may begin with `_`, and
/// have to be kept, too.
pub(crate) fn check_ref_name(name: &str) -> Result<()> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:@/+".contains(&byte);
    let reason = match name.len() {
        0 => "it is empty".to_owned(),
        length @ LONGEST_NAME.. => format!("it has {length} bytes"),
        _ => match name.bytes().find(|byte| !is_allowed(*byte)) {
            None => return Ok(()),
            Some(byte) => format!("it has the character '{}'", byte.escape_ascii()),
        },
    };
    Err(Error::InvalidArgument {
        argument: "name",
        reason: format!("{name:?} names no image in a layout: {reason}"),
    })
}

#[cfg(test)]
mod tests;
