//! An image in an archive, to be written: an OCI layout in a tar, which for Docker also says what Docker wants to read.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::attached;
use super::pour::pour;
use super::raw_layer::RawLayer;
use super::sink::{Came, Sink};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::oci::{Blob, Descriptor, Manifest, ManifestContent};
use crate::part_file::PartFile;
use crate::progress::Phase;
use crate::reference::Reference;
use crate::registry::{MadeBlob, ReadSeek};
use crate::store::{ArchiveWriter, DockerEntry, with_image_name, with_ref_name};

/// The name that the image gets in the archive.
#[derive(Debug, Clone)]
pub(super) enum ArchiveName {
    /// In a layout: any.
    Oci(Option<String>),
    /// For Docker, whose name is a reference.
    Docker(Option<Reference>),
}

/// An archive that is written into a file, which appears when it is whole.
pub(super) struct ToArchive {
    writing: Mutex<Option<Writing>>,
    /// What `index.json` says of what is attached to the image.
    attached: Mutex<Vec<Descriptor>>,
    name: ArchiveName,
}

/// What ends with the archive.
struct Writing {
    writer: ArchiveWriter<File>,
    part: PartFile,
}

impl ToArchive {
    pub(super) fn new(path: &Path, name: ArchiveName, call: &mut Call<'_>) -> Result<ToArchive> {
        let context = call.context("", "");
        let part = PartFile::begin(path, &context)?;
        let file = part.file().try_clone().map_err(|source| Error::Io {
            context,
            action: format!("opening {}", path.display()),
            source,
        })?;
        let writer = ArchiveWriter::new(file, &path.display().to_string(), call)?;
        Ok(ToArchive {
            writing: Mutex::new(Some(Writing { writer, part })),
            attached: Mutex::default(),
            name,
        })
    }

    fn attached(&self) -> MutexGuard<'_, Vec<Descriptor>> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Writing>> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for ToArchive {
    /// A tar is written from its beginning to its end.
    fn most_parallel(&self) -> usize {
        1
    }

    fn checks_blobs(&self) -> bool {
        true
    }

    fn put_blob(
        &self,
        blob: &Descriptor,
        source: &mut (dyn ReadSeek + Send),
        call: &mut Call<'_>,
    ) -> Result<Came> {
        put(open(&mut self.lock())?, blob, source, call)
    }

    fn put_layer(&self, layer: &RawLayer<'_>, call: &mut Call<'_>) -> Result<(Came, Blob)> {
        let mut making = layer.begin()?;
        let mut writer = self.lock();
        let mut entry = open(&mut writer)?.begin_new_blob()?;
        let moved = pour(&mut *making, Phase::Downloading, 0, None, call, |piece| {
            entry.write_piece(piece)
        })?;
        Ok((Came::Copied(moved), entry.finish()?))
    }

    fn put_manifest(&self, manifest: &Manifest, _call: &mut Call<'_>) -> Result<()> {
        let mut writer = self.lock();
        open(&mut writer)?.put_document(manifest.digest(), manifest.bytes())
    }

    fn attach(&self, manifest: &Manifest, call: &mut Call<'_>) -> Result<()> {
        self.put_manifest(manifest, call)?;
        self.attached().push(attached::entry(manifest));
        Ok(())
    }

    fn finish(&self, top: &Manifest, call: &mut Call<'_>) -> Result<()> {
        self.put_manifest(top, call)?;
        let Writing { writer, part } = self.lock().take().ok_or_else(ended)?;
        end(writer, top, &self.name, &self.attached(), call)?;
        part.name(&call.context("", ""))
    }
}

/// Fails when there can be no file of this name.
pub(super) fn check_path(path: &Path, call: &Call<'_>) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let found = match fs::metadata(folder) {
        Ok(folder) if !folder.is_dir() => Err(io::ErrorKind::NotADirectory.into()),
        Ok(_) if path.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        found => found.map(drop),
    };
    found.map_err(|source| Error::Io {
        context: call.context("", ""),
        action: format!("creating {}", path.display()),
        source,
    })
}

fn open(writing: &mut Option<Writing>) -> Result<&mut ArchiveWriter<File>> {
    let writing = writing.as_mut().ok_or_else(ended)?;
    Ok(&mut writing.writer)
}

fn ended() -> Error {
    Error::InvalidState("the archive has ended".into())
}

/// Writes a blob, unless it is there.
pub(super) fn put<W: Write>(
    writer: &mut ArchiveWriter<W>,
    blob: &Descriptor,
    source: &mut dyn io::Read,
    call: &mut Call<'_>,
) -> Result<Came> {
    if writer.has_blob(&blob.digest) {
        return Ok(Came::Existed);
    }
    let mut entry = writer.begin_blob(blob)?;
    let moved = pour(
        source,
        Phase::Downloading,
        0,
        Some(blob.size),
        call,
        |piece| entry.write_piece(piece),
    )?;
    entry.finish()?;
    Ok(Came::Copied(moved))
}

/// Ends an archive with the one image that is in it, and what is attached to that.
pub(super) fn end<W: Write>(
    writer: ArchiveWriter<W>,
    top: &Manifest,
    name: &ArchiveName,
    attached: &[Descriptor],
    call: &Call<'_>,
) -> Result<W> {
    let entry = top.descriptor();
    match name {
        ArchiveName::Oci(name) => {
            let entry = match name {
                Some(name) => with_ref_name(&entry, name),
                None => entry,
            };
            writer.finish(&[&[entry], attached].concat(), &[])
        }
        ArchiveName::Docker(name) => {
            let ManifestContent::Image(image) = top.content() else {
                return Err(Error::InvalidArgument {
                    argument: "platforms",
                    reason: format!(
                        "{}: an archive for Docker has one image for one platform",
                        call.context("", "")
                    ),
                });
            };
            let docker = DockerEntry {
                config: image.config.digest.clone(),
                layers: image
                    .layers
                    .iter()
                    .map(|layer| layer.digest.clone())
                    .collect(),
                names: name.iter().cloned().collect(),
            };
            let entry = match name {
                Some(name) => with_image_name(&entry, name),
                None => entry,
            };
            writer.finish(&[entry], &[docker])
        }
    }
}
