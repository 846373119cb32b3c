//! An image in a folder with an OCI layout, to be written.

use std::io::SeekFrom;
use std::path::Path;

use super::pour::{pour, unreadable};
use super::sink::{Came, NewBlob, Sink};
use crate::call::Call;
use crate::digest::Digest;
use crate::error::Result;
use crate::oci::{Descriptor, Manifest};
use crate::registry::ReadSeek;
use crate::store::{self, LayoutWriter};

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
    fn put_blob(
        &self,
        blob: &Descriptor,
        source: &mut (dyn ReadSeek + Send),
        call: &mut Call<'_>,
    ) -> Result<Came> {
        if self.writer.has_blob(&blob.digest, blob.size, call)? {
            return Ok(Came::Existed);
        }
        let mut part = self.writer.begin_blob(blob, call)?;
        let start = part.offset();
        source
            .seek(SeekFrom::Start(start))
            .map_err(|error| unreadable(error, call))?;
        let moved = pour(source, start, blob.size, call, |piece| {
            part.write_piece(piece)
        })?;
        part.finish()?;
        Ok(Came::Copied(moved))
    }

    fn begin_blob<'s>(&'s self, call: &Call<'_>) -> Result<Box<dyn NewBlob + 's>> {
        Ok(Box::new(self.writer.begin_new_blob(call)?))
    }

    fn put_manifest(&self, manifest: &Manifest, call: &mut Call<'_>) -> Result<()> {
        self.writer
            .put_document(manifest.digest(), manifest.bytes(), call)
    }

    fn attach(&self, manifest: &Manifest, call: &mut Call<'_>) -> Result<()> {
        self.put_manifest(manifest, call)?;
        self.writer.tag(&manifest.descriptor(), None, call)
    }

    fn finish(&self, top: &Manifest, call: &mut Call<'_>) -> Result<()> {
        self.put_manifest(top, call)?;
        self.writer
            .tag(&top.descriptor(), self.name.as_deref(), call)
    }
}

impl NewBlob for store::NewBlob {
    fn write(&mut self, bytes: &[u8], _call: &Call<'_>) -> Result<()> {
        self.write_piece(bytes)
    }

    fn finish(self: Box<Self>, _digest: &Digest, size: u64, _call: &mut Call<'_>) -> Result<Came> {
        store::NewBlob::finish(*self)?;
        Ok(Came::Copied(size))
    }
}
