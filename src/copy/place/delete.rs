//! Removing images from places.

use std::path::Path;

use super::{Kind, Place};
use crate::call::Call;
use crate::engine::{RemoveOptions, Removed};
use crate::error::{Error, ErrorKind, Result};
use crate::oci::Descriptor;
use crate::reference::Reference;
use crate::registry::Registry;
use crate::store::{LayoutWriter, OciLayout, image_name, ref_name};

/// What [`Place::delete`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deleted {
    /// The names or tags that are gone, and the digests or IDs of what is. A registry does not tell which tags went with
    /// a digest.
    pub removed: Removed,
    /// How many bytes that freed, in a layout; 0 elsewhere: registries free them later, and engines do not tell.
    pub space_reclaimed: u64,
    /// What was noted on the way.
    pub warnings: Vec<String>,
}

impl Place {
    /// Removes the image from this place.
    ///
    /// | place | what is removed |
    /// | --- | --- |
    /// | registry, by tag | the tag alone; without a tag, `latest`. It never falls back to removing more |
    /// | registry, by digest | the manifest with every tag of it; those that an index lists stay |
    /// | engine | the name, and the image when it was its last one; by ID, the image |
    /// | OCI layout | the name, and then the blobs that nothing in the layout needs; by digest, or without a name where there is only one image, all its names |
    ///
    /// While somebody else writes to a layout, and when it has a manifest of an unknown kind, the blobs stay, which is a
    /// warning.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when there is no such image, [`Unsupported`](ErrorKind::Unsupported) when a
    /// registry does not remove it in this way, as many do not remove single tags, [`Conflict`](ErrorKind::Conflict)
    /// when an engine uses it, and [`InvalidArgument`](ErrorKind::InvalidArgument) for archives, which are never changed
    /// in place, and when several images in a layout could be meant.
    pub fn delete(&self, call: &mut Call<'_>) -> Result<Deleted> {
        let call = &mut *call.enter("delete", self);
        let deleted = match &self.0 {
            Kind::Registry { registry, image } => from_registry(registry, image, call)?,
            Kind::Engine { engine, image } => Deleted {
                removed: engine.remove_image(image, &RemoveOptions::default(), call)?,
                ..Deleted::default()
            },
            Kind::OciLayout { path, image } => from_layout(path, image.as_deref(), call)?,
            Kind::DockerArchive { .. } | Kind::OciArchive { .. } => {
                return Err(Error::InvalidArgument {
                    argument: "place",
                    reason: format!(
                        "{self}: an archive is not changed in place; copy what shall stay into a new one"
                    ),
                });
            }
        };
        Ok(Deleted {
            warnings: call.warnings().to_vec(),
            ..deleted
        })
    }
}

fn from_registry(registry: &Registry, image: &Reference, call: &mut Call<'_>) -> Result<Deleted> {
    let removed = match image.digest() {
        Some(_) => Removed {
            deleted: vec![registry.delete_manifest(image, call)?.to_string()],
            ..Removed::default()
        },
        None => {
            let deleted = registry.delete_tag(image, call);
            deleted.map_err(with_the_other_way)?;
            Removed {
                untagged: vec![image.tag_or_latest().to_owned()],
                ..Removed::default()
            }
        }
    };
    Ok(Deleted {
        removed,
        ..Deleted::default()
    })
}

fn with_the_other_way(error: Error) -> Error {
    match error {
        Error::Unsupported { context, what } => Error::Unsupported {
            context,
            what: format!("{what}; named by its digest, the image is removed with all its tags"),
        },
        other => other,
    }
}

fn from_layout(path: &Path, image: Option<&str>, call: &mut Call<'_>) -> Result<Deleted> {
    // Opened to be read first: to be written, it would be made where there is none.
    let layout = OciLayout::open_folder(path, call)?;
    let writer = LayoutWriter::open(path, call)?;
    let gone = match image.filter(|name| !name.starts_with('@')) {
        Some(name) => vec![writer.remove(name, call)?],
        None => {
            let digest = layout.select(image, call)?.digest;
            remove_all(&writer, &format!("@{digest}"), call)?
        }
    };
    let space_reclaimed = match writer.collect(call) {
        Ok(collected) => collected.bytes,
        Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Unsupported) => {
            call.warn(&format!("the blobs of the image stay: {error}"))?;
            0
        }
        Err(error) => return Err(error),
    };
    let mut removed = Removed::default();
    for entry in &gone {
        let digest = entry.digest.to_string();
        if !removed.deleted.contains(&digest) && is_gone(&layout, entry, call)? {
            removed.deleted.push(digest);
        }
        let name = image_name(entry).or(ref_name(entry));
        removed.untagged.extend(name.map(str::to_owned));
    }
    Ok(Deleted {
        removed,
        space_reclaimed,
        warnings: Vec::new(),
    })
}

/// Removes each entry with the digest that `name` is; there is one at least.
fn remove_all(writer: &LayoutWriter, name: &str, call: &mut Call<'_>) -> Result<Vec<Descriptor>> {
    let mut gone = vec![writer.remove(name, call)?];
    loop {
        match writer.remove(name, call) {
            Ok(entry) => gone.push(entry),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(gone),
            Err(error) => return Err(error),
        }
    }
}

fn is_gone(layout: &OciLayout, entry: &Descriptor, call: &Call<'_>) -> Result<bool> {
    match layout.blob(entry, call) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}
