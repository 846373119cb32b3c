//! An image in a folder with an OCI layout, to be written.

use std::io::SeekFrom;
use std::path::Path;

use super::attached;
use super::pour::{pour, unreadable};
use super::raw_layer::RawLayer;
use super::sink::{Came, Sink};
use crate::call::Call;
use crate::error::{ErrorKind, Result};
use crate::oci::{Blob, Descriptor, Manifest};
use crate::progress::Phase;
use crate::registry::{MadeBlob, ReadSeek};
use crate::store::{LayoutWriter, PartialBlob};

pub(super) struct ToLayout {
    writer: LayoutWriter,
    name: Option<String>,
}

impl ToLayout {
    pub(super) fn new(path: &Path, name: Option<&str>, call: &mut Call<'_>) -> Result<ToLayout> {
        Ok(ToLayout {
            writer: LayoutWriter::open(path, call)?,
            name: name.map(str::to_owned),
        })
    }
}

impl Sink for ToLayout {
    fn checks_blobs(&self) -> bool {
        true
    }

    fn put_blob(
        &self,
        blob: &Descriptor,
        source: &mut (dyn ReadSeek + Send),
        call: &mut Call<'_>,
    ) -> Result<Came> {
        if self.writer.has_blob(&blob.digest, blob.size, call)? {
            return Ok(Came::Existed);
        }
        let part = self.writer.begin_blob(blob, call)?;
        let start = part.offset();
        match fill(part, source, blob.size, call) {
            // What an earlier run left was something else, and is gone now.
            Err(error) if start > 0 && error.kind() == ErrorKind::DigestMismatch => {
                log::debug!("from the beginning again: {error}");
                let part = self.writer.begin_blob(blob, call)?;
                let moved = fill(part, source, blob.size, call)?;
                Ok(Came::Copied(blob.size - start + moved))
            }
            filled => filled.map(Came::Copied),
        }
    }

    fn put_layer(&self, layer: &RawLayer<'_>, call: &mut Call<'_>) -> Result<(Came, Blob)> {
        let mut making = layer.begin()?;
        let mut part = self.writer.begin_new_blob(call)?;
        let moved = pour(&mut *making, Phase::Downloading, 0, None, call, |piece| {
            part.write_piece(piece)
        })?;
        Ok((Came::Copied(moved), part.finish()?))
    }

    fn put_manifest(&self, manifest: &Manifest, call: &mut Call<'_>) -> Result<()> {
        self.writer
            .put_document(manifest.digest(), manifest.bytes(), call)
    }

    fn attach(&self, manifest: &Manifest, call: &mut Call<'_>) -> Result<()> {
        self.put_manifest(manifest, call)?;
        self.writer.tag(&attached::entry(manifest), None, call)
    }

    fn finish(&self, top: &Manifest, call: &mut Call<'_>) -> Result<()> {
        self.put_manifest(top, call)?;
        self.writer
            .tag(&top.descriptor(), self.name.as_deref(), call)
    }
}

/// Writes what is missing of a blob; how many bytes that was.
fn fill(
    mut part: PartialBlob,
    source: &mut dyn ReadSeek,
    size: u64,
    call: &mut Call<'_>,
) -> Result<u64> {
    let start = part.offset();
    source
        .seek(SeekFrom::Start(start))
        .map_err(|error| unreadable(error, call))?;
    let moved = pour(
        source,
        Phase::Downloading,
        start,
        Some(size),
        call,
        |piece| part.write_piece(piece),
    )?;
    part.finish()?;
    Ok(moved)
}
