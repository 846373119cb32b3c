//! The places that images are copied from and to.

use std::fmt;

use super::from_registry::FromRegistry;
use super::sink::Sink;
use super::source::Source;
use super::to_registry::ToRegistry;
use crate::call::Call;
use crate::error::Result;
use crate::reference::Reference;
use crate::registry::Registry;

/// Where an image is, or shall be: with all that is needed to get there.
///
/// It prints in skopeo's spelling.
#[derive(Debug, Clone)]
pub struct Place(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Registry {
        registry: Registry,
        image: Reference,
    },
}

impl Place {
    /// The image of a registry: a reference without tag and digest means the tag `latest`.
    pub fn registry(registry: &Registry, image: &Reference) -> Place {
        Place(Kind::Registry {
            registry: registry.clone(),
            image: image.clone(),
        })
    }

    pub(super) fn open(&self, _call: &mut Call<'_>) -> Result<Box<dyn Source>> {
        match &self.0 {
            Kind::Registry { registry, image } => Ok(Box::new(FromRegistry::new(registry, image))),
        }
    }

    pub(super) fn create(
        &self,
        source: &dyn Source,
        _call: &mut Call<'_>,
    ) -> Result<Box<dyn Sink>> {
        match &self.0 {
            Kind::Registry { registry, image } => Ok(Box::new(ToRegistry::new(
                registry,
                image,
                source.repository(),
            ))),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Registry { image, .. } => write!(f, "docker://{image}"),
        }
    }
}
