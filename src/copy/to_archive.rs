//! An image in an archive, to be written: an OCI layout in a tar, which for Docker also says what Docker wants to read.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::attached;
use super::pour::pour;
use super::raw_layer::RawLayer;
use super::sink::{Came, Sink};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::oci::{Blob, Descriptor, Manifest, ManifestContent};
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
    writer: Mutex<Option<ArchiveWriter<File>>>,
    /// What `index.json` says of what is attached to the image.
    attached: Mutex<Vec<Descriptor>>,
    name: ArchiveName,
    path: PathBuf,
    part: PathBuf,
}

impl ToArchive {
    pub(super) fn new(path: &Path, name: ArchiveName, call: &mut Call<'_>) -> Result<ToArchive> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).map_err(|source| Error::Io {
            context: call.context("", ""),
            action: format!("creating {}", part.display()),
            source,
        })?;
        let writer = ArchiveWriter::new(file, &path.display().to_string(), call)?;
        Ok(ToArchive {
            writer: Mutex::new(Some(writer)),
            attached: Mutex::default(),
            name,
            path: path.to_owned(),
            part,
        })
    }

    fn attached(&self) -> MutexGuard<'_, Vec<Descriptor>> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Option<ArchiveWriter<File>>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for ToArchive {
    /// A tar is written from its beginning to its end.
    fn most_parallel(&self) -> usize {
        1
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
        let moved = pour(&mut *making, 0, None, call, |piece| {
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
        let mut writer = self.lock();
        open(&mut writer)?.put_document(top.digest(), top.bytes())?;
        let Some(whole) = writer.take() else {
            return Err(ended());
        };
        let mut file = end(whole, top, &self.name, &self.attached(), call)?;
        let failed = |action: &str, source| Error::Io {
            context: call.context("", ""),
            action: format!("{action} {}", self.path.display()),
            source,
        };
        file.flush().map_err(|source| failed("writing", source))?;
        fs::rename(&self.part, &self.path).map_err(|source| failed("naming", source))
    }
}

impl Drop for ToArchive {
    fn drop(&mut self) {
        // An archive that is not whole is none.
        if self.lock().take().is_some()
            && let Err(error) = fs::remove_file(&self.part)
        {
            log::warn!("{} stays behind: {error}", self.part.display());
        }
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

fn open(writer: &mut Option<ArchiveWriter<File>>) -> Result<&mut ArchiveWriter<File>> {
    writer.as_mut().ok_or_else(ended)
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
    let moved = pour(source, 0, Some(blob.size), call, |piece| {
        entry.write_piece(piece)
    })?;
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
