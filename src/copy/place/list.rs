//! Which images are at a place.

use std::collections::HashMap;
use std::path::Path;

use super::{Kind, Place};
use crate::call::Call;
use crate::digest::Digest;
use crate::engine::{Engine, ListOptions};
use crate::error::Result;
use crate::reference::{Reference, image_id};
use crate::registry::Registry;
use crate::store::{DockerArchive, OciLayout, image_name, ref_name};

/// An image in a list of those at a [`Place`].
#[derive(Debug, Clone)]
pub struct ListedImage {
    /// Where it is, to be inspected, copied or removed.
    pub place: Place,
    /// Its name: in a registry its tag, elsewhere mostly a reference or a tag; `None` for one without.
    pub name: Option<String>,
    /// The digest of its manifest or index, where the list says it: in layouts. [`Place::inspect`] says it elsewhere.
    pub digest: Option<Digest>,
    /// Its ID, where the list says it: in engines, and mostly in archives for Docker.
    pub id: Option<Digest>,
}

impl Place {
    /// The images at this place, one for each name that they have.
    ///
    /// | place | what is listed |
    /// | --- | --- |
    /// | registry | the tags of the repository, sorted; the place's own tag or digest does not matter |
    /// | engine | all names with the place's name and any tag; by a whole ID, the names of that image; with an empty name, all images |
    /// | `docker save` archive | all names in it, and images without one; the place's own name does not matter |
    /// | OCI layout, folder or tar | the same |
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such repository, archive or layout, and whatever the
    /// place can say.
    /// An engine without a matching image has an empty list.
    pub fn list(&self, call: &mut Call<'_>) -> Result<Vec<ListedImage>> {
        let call = &mut *call.enter("list", self);
        match &self.0 {
            Kind::Registry { registry, image } => in_registry(registry, image, call),
            Kind::Engine { engine, image } => in_engine(engine, image, call),
            Kind::DockerArchive { path, .. } => {
                Ok(in_docker_archive(&DockerArchive::open(path, call)?, path))
            }
            Kind::OciLayout { path, .. } => {
                let layout = OciLayout::open_folder(path, call)?;
                Ok(in_layout(&layout, |name| {
                    Place::oci_layout(path, Some(name))
                }))
            }
            Kind::OciArchive { path, .. } => {
                let layout = OciLayout::open_archive(path, call)?;
                Ok(in_layout(&layout, |name| {
                    Place::oci_archive(path, Some(name))
                }))
            }
        }
    }
}

fn in_registry(
    registry: &Registry,
    repository: &Reference,
    call: &mut Call<'_>,
) -> Result<Vec<ListedImage>> {
    let tags = registry.tags(repository, call)?.into_iter();
    let listed = tags.map(|tag| {
        Ok(ListedImage {
            place: Place::registry(registry, &repository.with_tag(&tag)?),
            name: Some(tag),
            digest: None,
            id: None,
        })
    });
    listed.collect()
}

fn in_engine(engine: &Engine, wanted: &str, call: &mut Call<'_>) -> Result<Vec<ListedImage>> {
    let wanted = Wanted::read(wanted)?;
    let mut listed = Vec::new();
    // Engines differ in what their own filter by name means.
    for image in engine.images(&ListOptions::default(), call)? {
        let id = image_id(&image.id);
        let names = image.repo_tags.iter().map(String::as_str);
        let names: Vec<&str> = names.filter(|name| wanted.is(name, id.as_ref())).collect();
        let listed_as = |called: &str, name: Option<&str>| ListedImage {
            place: Place::engine(engine, called),
            name: name.map(str::to_owned),
            digest: None,
            id: id.clone(),
        };
        if image.repo_tags.is_empty() && wanted.is_nameless(id.as_ref()) {
            listed.push(listed_as(&image.id, None));
        }
        listed.extend(names.iter().map(|name| listed_as(name, Some(name))));
    }
    Ok(listed)
}

/// Which images of an engine are meant.
enum Wanted {
    All,
    Id(Digest),
    Repository(String),
}

impl Wanted {
    fn read(text: &str) -> Result<Wanted> {
        Ok(match (text, image_id(text)) {
            ("", _) => Wanted::All,
            (_, Some(id)) => Wanted::Id(id),
            (name, None) => Wanted::Repository(Reference::parse(name)?.repository().to_owned()),
        })
    }

    fn is(&self, name: &str, id: Option<&Digest>) -> bool {
        match self {
            Wanted::Repository(repository) => {
                Reference::read(name).is_ok_and(|name| name.repository() == repository)
            }
            Wanted::All | Wanted::Id(_) => self.is_nameless(id),
        }
    }

    fn is_nameless(&self, id: Option<&Digest>) -> bool {
        match self {
            Wanted::All => true,
            Wanted::Id(wanted) => id == Some(wanted),
            Wanted::Repository(_) => false,
        }
    }
}

fn in_docker_archive(archive: &DockerArchive, path: &Path) -> Vec<ListedImage> {
    let mut listed = Vec::new();
    for image in archive.images() {
        let id = image.told_id();
        let listed_as = |called: Option<&str>, name: Option<&str>| ListedImage {
            place: Place::docker_archive(path, called),
            name: name.map(str::to_owned),
            digest: None,
            id: id.clone(),
        };
        if image.names().is_empty() {
            let called = id.as_ref().map(|id| format!("@{id}"));
            listed.push(listed_as(called.as_deref(), None));
        }
        let names = image.names().iter();
        listed.extend(names.map(|name| listed_as(Some(name), Some(name))));
    }
    listed
}

/// `at` is the place of the image with this name, or `@` and a digest.
fn in_layout(layout: &OciLayout, at: impl Fn(&str) -> Place) -> Vec<ListedImage> {
    let entries = &layout.index().manifests;
    let mut meanings: HashMap<&str, Option<&Digest>> = HashMap::new();
    for entry in entries {
        if let Some(name) = ref_name(entry) {
            let meaning = meanings.entry(name).or_insert(Some(&entry.digest));
            // Docker names two images by one tag, and tells them apart otherwise.
            *meaning = meaning.filter(|digest| **digest == entry.digest);
        }
    }
    let listed = entries.iter().map(|entry| {
        let clear = ref_name(entry).filter(|name| matches!(meanings.get(name), Some(Some(_))));
        ListedImage {
            place: match clear {
                Some(name) => at(name),
                None => at(&format!("@{}", entry.digest)),
            },
            name: image_name(entry).or(ref_name(entry)).map(str::to_owned),
            digest: Some(entry.digest.clone()),
            id: None,
        }
    });
    listed.collect()
}
