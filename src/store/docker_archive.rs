//! A `docker save` archive that is read, of every version of Docker and of the tools that write the same.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::docker_image::DockerImage;
use super::entry_name::{is_same_image, shown};
use super::failure::Place;
use super::files::Files;
use super::kept_manifest::is_about_content;
use super::layout_files::{LAYOUT_FILE, open_archive};
use super::oci_layout::OciLayout;
use super::tar_index::TarIndex;
use super::unpack::unwrapped;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::Result;
use crate::oci::or_default;
use crate::reference::image_id;

pub(super) const MANIFEST_FILE: &str = "manifest.json";

/// An image of 100 layers takes 8 KiB of it.
const MAX_MANIFEST_FILE: u64 = 4 * 1024 * 1024;

/// A `docker save` archive.
///
/// `manifest.json` counts. Archives of Docker 25 and later are OCI layouts, too: [`DockerImage::manifest`] is what they
/// have of an image there, where it fits, and [`layout`](DockerArchive::layout) is the rest. In all other archives the
/// digests by which registries know the images are lost.
#[derive(Debug)]
pub(crate) struct DockerArchive {
    pub(super) files: Arc<Files>,
    pub(super) place: Place,
    pub(super) layout: Option<OciLayout>,
    images: Vec<ArchivedImage>,
}

/// What `manifest.json` says of an image.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ArchivedImage {
    pub(crate) config: String,
    #[serde(default, deserialize_with = "or_default")]
    repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) layers: Vec<String>,
}

impl DockerArchive {
    /// The archive at `path`, which may be compressed as a whole.
    ///
    /// Fails with [`NotFound`](crate::ErrorKind::NotFound) when there is no such file, and otherwise when it is damaged or
    /// hostile, or no such archive.
    pub(crate) fn open(path: &Path, call: &mut Call<'_>) -> Result<DockerArchive> {
        let place = Place::path(path);
        let file = open_archive(path, &place, call)?;
        DockerArchive::in_file(file, place, call)
    }

    /// The same for an open file, which errors call `name`.
    pub(crate) fn read(file: File, name: &str, call: &mut Call<'_>) -> Result<DockerArchive> {
        DockerArchive::in_file(file, Place::named(name), call)
    }

    fn in_file(file: File, place: Place, call: &mut Call<'_>) -> Result<DockerArchive> {
        let archive = unwrapped(file, &place, call)?;
        let files = Arc::new(Files::Tar(TarIndex::read(&archive, &place, call)?));
        let images = read_manifest_file(&files, &place, call)?;
        let layout = match OciLayout::within(&files, &place, call) {
            Err(error) if is_about_content(&error) => {
                let what = format!("the OCI layout in {place} is not used: {error}");
                call.warn(&what)?;
                None
            }
            layout => layout?,
        };
        Ok(DockerArchive {
            files,
            place,
            layout,
            images,
        })
    }

    /// The images, in the order of `manifest.json`.
    pub(crate) fn images(&self) -> &[ArchivedImage] {
        &self.images
    }

    /// The OCI layout that archives of Docker 25 and later are, too. It may list images for platforms that are not in
    /// the archive.
    pub(crate) fn layout(&self) -> Option<&OciLayout> {
        self.layout.as_ref()
    }

    /// The only image, or the one that `name` means: one of its names in the short or the full form, or its ID, which is
    /// the digest of its config, with or without `@` before it.
    ///
    /// Fails with [`NotFound`](crate::ErrorKind::NotFound) when there is none and with
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when there are several, and says which there are.
    pub(crate) fn select(&self, name: Option<&str>, call: &Call<'_>) -> Result<&ArchivedImage> {
        let Some(name) = name else {
            return match &self.images[..] {
                [] => Err(self.place.not_found("there is no image", call)),
                [image] => Ok(image),
                images => {
                    let what =
                        format!("there are several images; choose one of {}", listed(images));
                    Err(self.place.unfit(what, call))
                }
            };
        };
        let id = image_id(name.strip_prefix('@').unwrap_or(name));
        let mut meant = self.images.iter().filter(|image| match &id {
            Some(id) => image.told_id().as_ref() == Some(id),
            None => image.names().iter().any(|other| is_same_image(other, name)),
        });
        match (meant.next(), meant.next()) {
            (Some(image), None) => Ok(image),
            (None, _) => {
                let what = format!("there is no image {name:?}, only {}", listed(&self.images));
                Err(self.place.not_found(what, call))
            }
            (Some(_), Some(_)) => {
                let what = format!("there are several images {name:?}");
                Err(self.place.unfit(what, call))
            }
        }
    }

    /// Reads what there is of an image of this archive but for the content of its layers.
    ///
    /// Fails when something of it is not there, or is not what it should be.
    pub(crate) fn image(&self, image: &ArchivedImage, call: &mut Call<'_>) -> Result<DockerImage> {
        DockerImage::read(self, image, call)
    }
}

impl ArchivedImage {
    /// Its names, as they were written: Docker's short ones, podman's full ones. Only suggestions; often none.
    pub(crate) fn names(&self) -> &[String] {
        &self.repo_tags
    }

    /// Its ID, where the name of its config's file tells.
    pub(crate) fn told_id(&self) -> Option<Digest> {
        let file = self.config.rsplit('/').next()?;
        image_id(file.strip_suffix(".json").unwrap_or(file))
    }
}

fn read_manifest_file(files: &Files, place: &Place, call: &Call<'_>) -> Result<Vec<ArchivedImage>> {
    let Some(bytes) = files.document(MANIFEST_FILE, MAX_MANIFEST_FILE, place, call)? else {
        let what = match files.open(LAYOUT_FILE, place, call)? {
            Some(_) => {
                format!("it is an OCI layout and no docker archive: it has no {MANIFEST_FILE}")
            }
            None => format!(
                "it is not an archive of images: it has neither {MANIFEST_FILE} nor {LAYOUT_FILE}"
            ),
        };
        return Err(place.broken(what, call));
    };
    archived_images(&bytes).map_err(|what| place.broken(what, call))
}

/// What `manifest.json` says. An error says why it is none.
pub(crate) fn archived_images(bytes: &[u8]) -> Result<Vec<ArchivedImage>, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("{MANIFEST_FILE} is malformed: {error}"))
}

fn listed(images: &[ArchivedImage]) -> String {
    match images {
        [] => "nothing".to_owned(),
        images => shown(
            images
                .iter()
                .map(|image| match (image.names(), image.told_id()) {
                    ([], Some(id)) => format!("@{id}"),
                    ([], None) => "one without a name".to_owned(),
                    (names, _) => names.join(" = "),
                }),
        ),
    }
}

#[cfg(test)]
mod tests;
