//! The places that images are copied from and to.

mod delete;
mod inspect;
mod list;

use std::fmt;
use std::path::{Path, PathBuf};

use super::choose::Chosen;
use super::from_archive::FromArchive;
use super::from_engine;
use super::from_layout::FromLayout;
use super::from_registry::FromRegistry;
use super::sink::{Sink, Target};
use super::source::Source;
use super::to_archive::{self, ArchiveName, ToArchive};
use super::to_engine::ToEngine;
use super::to_layout::ToLayout;
use super::to_registry::ToRegistry;
use crate::call::Call;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::oci::{Manifest, ManifestContent};
use crate::reference::Reference;
use crate::registry::{Registry, RegistryOptions};
use crate::store::{DockerArchive, LayoutWriter, OciLayout, check_ref_name};

pub use delete::Deleted;
pub use inspect::{Inspected, InspectedImage};
pub use list::ListedImage;

/// Where an image is, or shall be, with all that is needed to get there.
///
/// It prints in skopeo's spelling, which [`parse`](Place::parse) reads:
///
/// | text | place |
/// | --- | --- |
/// | `docker://HOST/PATH[:TAG][@DIGEST]` | an image in a registry |
/// | `docker-daemon:NAME[:TAG]` | an image in an engine |
/// | `docker-archive:FILE[:NAME[:TAG]]` | an image in an archive, as `docker save` makes it |
/// | `oci:FOLDER[:NAME]` | an image in an OCI image layout |
/// | `oci-archive:FILE[:NAME]` | an image in an OCI image layout in a tar |
#[derive(Debug, Clone)]
pub struct Place(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Registry {
        registry: Registry,
        image: Reference,
    },
    Engine {
        engine: Engine,
        image: String,
    },
    DockerArchive {
        path: PathBuf,
        image: Option<String>,
    },
    OciLayout {
        path: PathBuf,
        image: Option<String>,
    },
    OciArchive {
        path: PathBuf,
        image: Option<String>,
    },
}

/// What a text does not say of a [`Place`].
#[derive(Debug, Clone, Default)]
pub struct PlaceOptions {
    /// The engine that `docker-daemon:` means; without one, such a text is refused.
    pub engine: Option<Engine>,
    /// How the registries of `docker://` are reached.
    pub registry: RegistryOptions,
}

impl Place {
    /// An image in a registry: a reference without tag and digest means the tag `latest`.
    pub fn registry(registry: &Registry, image: &Reference) -> Place {
        Place(Kind::Registry {
            registry: registry.clone(),
            image: image.clone(),
        })
    }

    /// An image in an engine, by its name, or, to be read, by its ID. Reading goes through a file without a name in
    /// `TMPDIR`, or else `/tmp`, because an engine gives an image as one stream.
    pub fn engine(engine: &Engine, image: &str) -> Place {
        Place(Kind::Engine {
            engine: engine.clone(),
            image: image.to_owned(),
        })
    }

    /// An image in an archive as `docker save` and podman make it, plain or compressed. To be read, `image` is one of
    /// its names or its ID, and may be left out when there is only one. To be written, it is the name that an engine
    /// gives it, if any; the file is replaced when the new one is whole, and is an OCI layout, too, which keeps digests.
    pub fn docker_archive(path: impl Into<PathBuf>, image: Option<&str>) -> Place {
        Place(Kind::DockerArchive {
            path: path.into(),
            image: image.map(str::to_owned),
        })
    }

    /// An image in a folder with an OCI image layout, by its name there, which is mostly a tag, or `@` and its digest;
    /// it may be left out when there is only one. To be written, other images in the layout stay.
    pub fn oci_layout(path: impl Into<PathBuf>, image: Option<&str>) -> Place {
        Place(Kind::OciLayout {
            path: path.into(),
            image: image.map(str::to_owned),
        })
    }

    /// The same in a tar. To be written, the file is replaced when the new one is whole.
    pub fn oci_archive(path: impl Into<PathBuf>, image: Option<&str>) -> Place {
        Place(Kind::OciArchive {
            path: path.into(),
            image: image.map(str::to_owned),
        })
    }

    /// Reads a place in skopeo's spelling. As there, the first colon of a path ends it.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when the text has none of the forms, or names an engine
    /// and there is none; [`InvalidReference`](crate::ErrorKind::InvalidReference) when the name in it is none.
    pub fn parse(text: &str, options: &PlaceOptions) -> Result<Place> {
        let invalid = |reason: &str| Error::InvalidArgument {
            argument: "place",
            reason: format!("{text:?}: {reason}"),
        };
        let (kind, rest) = text
            .split_once(':')
            .ok_or_else(|| invalid("it begins with docker:// or another transport"))?;
        let (path, image) = match rest.split_once(':') {
            Some((path, image)) => (path, Some(image)),
            None => (rest, None),
        };
        if kind != "docker" && (path.is_empty() || image == Some("")) {
            return Err(invalid("a path or a name in it is empty"));
        }
        match kind {
            "docker" => {
                let name = rest
                    .strip_prefix("//")
                    .ok_or_else(|| invalid("write docker://HOST/PATH:TAG"))?;
                let image = Reference::parse(name)?;
                let registry = Registry::new(image.domain(), &options.registry)?;
                Ok(Place::registry(&registry, &image))
            }
            "docker-daemon" => match &options.engine {
                Some(engine) => Ok(Place::engine(engine, rest)),
                None => Err(invalid("no engine was given for it")),
            },
            "docker-archive" => Ok(Place::docker_archive(path, image)),
            "oci" => Ok(Place::oci_layout(path, image)),
            "oci-archive" => Ok(Place::oci_archive(path, image)),
            _ => Err(invalid(
                "the transports are docker://, docker-daemon:, docker-archive:, oci: and oci-archive:",
            )),
        }
    }

    pub(super) fn open(&self, call: &mut Call<'_>) -> Result<Box<dyn Source>> {
        Ok(match &self.0 {
            Kind::Registry { registry, image } => Box::new(FromRegistry::new(registry, image)),
            Kind::Engine { engine, image } => Box::new(from_engine::open(engine, image, call)?),
            Kind::DockerArchive { path, image } => {
                let archive = DockerArchive::open(path, call)?;
                Box::new(FromArchive::new(&archive, image.as_deref(), call)?)
            }
            Kind::OciLayout { path, image } => {
                let layout = OciLayout::open_folder(path, call)?;
                Box::new(FromLayout::new(layout, image.as_deref(), call)?)
            }
            Kind::OciArchive { path, image } => {
                let layout = OciLayout::open_archive(path, call)?;
                Box::new(FromLayout::new(layout, image.as_deref(), call)?)
            }
        })
    }

    /// Whether layers are tars there, which were never to be sent anywhere.
    pub(super) fn has_tars(&self) -> bool {
        matches!(self.0, Kind::Engine { .. } | Kind::DockerArchive { .. })
    }

    /// Whether layers are unpacked there, however they come.
    pub(super) fn unpacks(&self) -> bool {
        matches!(self.0, Kind::Engine { .. })
    }

    /// Whether layers are compressed there, as a rule.
    pub(super) fn wants_compressed(&self) -> bool {
        matches!(
            self.0,
            Kind::Registry { .. } | Kind::OciLayout { .. } | Kind::OciArchive { .. }
        )
    }

    /// Whether others find only OCI's manifests there.
    pub(super) fn wants_oci(&self) -> bool {
        matches!(self.0, Kind::OciLayout { .. } | Kind::OciArchive { .. })
    }

    /// Fails when nothing can be written there, as far as that shows before the source is read: an engine gives all that
    /// it has of an image at once.
    pub(super) fn check_destination(&self, call: &Call<'_>) -> Result<()> {
        match &self.0 {
            Kind::Registry { .. } => Ok(()),
            Kind::Engine { image, .. } => name_for_docker(image).map(drop),
            Kind::DockerArchive { path, image } => {
                image.as_deref().map(name_for_docker).transpose()?;
                to_archive::check_path(path, call)
            }
            Kind::OciLayout { path, image } => {
                image.as_deref().map_or(Ok(()), check_ref_name)?;
                LayoutWriter::check(path, call)
            }
            Kind::OciArchive { path, image } => {
                image.as_deref().map_or(Ok(()), check_ref_name)?;
                to_archive::check_path(path, call)
            }
        }
    }

    /// Fails when the place cannot hold what was chosen, which gets another digest when it `changes`.
    pub(super) fn check(
        &self,
        chosen: &Chosen,
        attached: &[Manifest],
        changes: bool,
    ) -> Result<()> {
        let invalid = |argument, reason: &str| Error::InvalidArgument {
            argument,
            reason: format!("{self}: {reason}"),
        };
        let digest = chosen.top.digest();
        match &self.0 {
            Kind::Engine { .. } | Kind::DockerArchive { .. } => {}
            Kind::Registry { image, .. } if image.digest().is_some_and(|named| named != digest) => {
                let reason = format!("the image has the digest {digest}");
                return Err(invalid("destination", &reason));
            }
            Kind::Registry { image, .. } if image.digest().is_some() && changes => {
                let reason = "layers are compressed on their way, so the image gets another digest; keep_digests keeps it";
                return Err(invalid("destination", reason));
            }
            Kind::Registry { .. } | Kind::OciLayout { .. } | Kind::OciArchive { .. } => {
                return Ok(());
            }
        }
        if !matches!(chosen.top.content(), ManifestContent::Image(_)) {
            return Err(invalid("platforms", "it takes an image for one platform"));
        }
        match attached.is_empty() {
            true => Ok(()),
            false => Err(invalid("referrers", "nothing can be attached there")),
        }
    }

    pub(super) fn create(&self, source: &dyn Source, call: &mut Call<'_>) -> Result<Target> {
        let to: Box<dyn Sink> = match &self.0 {
            Kind::Registry { registry, image } => {
                // Or else each thread would do it.
                registry.find_route(call)?;
                Box::new(ToRegistry::new(registry, image, source.repository()))
            }
            Kind::Engine { engine, image } => {
                let name = name_for_docker(image)?;
                return Ok(Target::Whole(ToEngine::new(engine, &name)));
            }
            Kind::DockerArchive { path, image } => {
                let name = image.as_deref().map(name_for_docker).transpose()?;
                Box::new(ToArchive::new(path, ArchiveName::Docker(name), call)?)
            }
            Kind::OciLayout { path, image } => {
                Box::new(ToLayout::new(path, image.as_deref(), call)?)
            }
            Kind::OciArchive { path, image } => {
                Box::new(ToArchive::new(path, ArchiveName::Oci(image.clone()), call)?)
            }
        };
        Ok(Target::Parts(to))
    }
}

/// The name that an engine gives an image: with a tag.
fn name_for_docker(image: &str) -> Result<Reference> {
    let image = Reference::parse(image)?;
    image.with_tag(image.tag_or_latest())
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_path = |f: &mut fmt::Formatter<'_>, kind, path: &Path, image: &Option<String>| {
            write!(f, "{kind}:{}", path.display())?;
            match image {
                Some(image) => write!(f, ":{image}"),
                None => Ok(()),
            }
        };
        match &self.0 {
            Kind::Registry { image, .. } => write!(f, "docker://{image}"),
            Kind::Engine { image, .. } => write!(f, "docker-daemon:{image}"),
            Kind::DockerArchive { path, image } => in_path(f, "docker-archive", path, image),
            Kind::OciLayout { path, image } => in_path(f, "oci", path, image),
            Kind::OciArchive { path, image } => in_path(f, "oci-archive", path, image),
        }
    }
}
