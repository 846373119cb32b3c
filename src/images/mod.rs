//! The facade: images by their local and remote names, moved by an engine and looked up in registries.

mod borrowed_name;
mod config;
mod pull;
mod push;
mod token;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

pub use config::{Cluster, Config};
pub use pull::PulledImage;
pub use push::PushedImage;
pub use token::Token;

use crate::call::Call;
use crate::credentials::Credential;
use crate::digest::Digest;
use crate::engine::Engine;
use crate::error::Result;
use crate::naming::RemoteImage;
use crate::reference::Reference;
use crate::registry::{ImageSize, Registry, RegistryOptions};

/// Images of one engine and of any registries.
///
/// It is a handle: clones share the connections, it may be used from many threads, and it does not change.
#[derive(Clone)]
pub struct Images {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    options: RegistryOptions,
    /// One client for each registry that was asked, so that connections and tokens are used again.
    registries: Mutex<HashMap<String, Registry>>,
}

impl Images {
    /// Uses `engine` for transfers, and `options` for every registry. Nothing is sent yet.
    ///
    /// The credentials in the options are also given to the engine, each for its own registry only. A certificate and
    /// headers are shown to each registry that is asked; `certificate_folders` have a certificate for each.
    pub fn new(engine: Engine, options: &RegistryOptions) -> Images {
        let options = options.clone();
        let registries = Mutex::default();
        Images {
            shared: Arc::new(Shared {
                engine,
                options,
                registries,
            }),
        }
    }

    /// The engine that does the transfers.
    pub fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    /// The digest of an image in its registry; without a tag, that of `latest`.
    ///
    /// `HEAD /v2/{name}/manifests/{reference}`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the registry does not have it,
    /// [`Unauthorized`](crate::ErrorKind::Unauthorized) or [`Denied`](crate::ErrorKind::Denied) when it refuses.
    pub fn digest(&self, remote: &RemoteImage, call: &mut Call<'_>) -> Result<Digest> {
        let reference = remote.reference();
        let call = &mut *call.enter("digest", reference);
        self.registry(reference)?.digest(reference, call)
    }

    /// The size of an image in its registry: what a pull of it moves at most.
    ///
    /// `GET /v2/{name}/manifests/{reference}`, for an index also each manifest in it.
    ///
    /// # Errors
    /// As [`digest`](Images::digest).
    pub fn size(&self, remote: &RemoteImage, call: &mut Call<'_>) -> Result<ImageSize> {
        let reference = remote.reference();
        let call = &mut *call.enter("size", reference);
        self.registry(reference)?.size(reference, call)
    }

    /// The tags of an image in its registry, one image for each, sorted by tag. A tag in `remote` is not looked at.
    ///
    /// `GET /v2/{name}/tags/list`.
    ///
    /// # Errors
    /// As [`digest`](Images::digest).
    pub fn tags(&self, remote: &RemoteImage, call: &mut Call<'_>) -> Result<Vec<RemoteImage>> {
        let reference = remote.reference();
        let call = &mut *call.enter("tags", reference.repository());
        let tags = self.registry(reference)?.tags(reference, call)?;
        tags.iter().map(|tag| remote.with_tag(tag)).collect()
    }

    /// Removes an image, with all its tags, from its registry, and returns its digest. Without `digest` the registry
    /// is asked what `remote` stands for.
    ///
    /// `DELETE /v2/{name}/manifests/{digest}`.
    ///
    /// # Errors
    /// As [`digest`](Images::digest), and [`Unsupported`](crate::ErrorKind::Unsupported) when the registry does not
    /// allow removals.
    pub fn rm(
        &self,
        remote: &RemoteImage,
        digest: Option<&Digest>,
        call: &mut Call<'_>,
    ) -> Result<Digest> {
        let reference = remote.reference();
        let call = &mut *call.enter("rm", reference);
        let registry = self.registry(reference)?;
        match digest {
            Some(digest) => registry.delete_manifest(&reference.with_digest(digest.clone()), call),
            None => registry.delete_manifest(reference, call),
        }
    }

    /// The client for the registry of a reference.
    fn registry(&self, reference: &Reference) -> Result<Registry> {
        let mut registries = self
            .shared
            .registries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(registry) = registries.get(reference.domain()) {
            return Ok(registry.clone());
        }
        let registry = Registry::new(reference.domain(), &self.shared.options)?;
        registries.insert(reference.domain().to_owned(), registry.clone());
        Ok(registry)
    }

    /// What the engine presents to the registry of a reference; `None` leaves it to the engine's own credentials.
    fn credential(&self, reference: &Reference, call: &mut Call<'_>) -> Result<Option<Credential>> {
        let credentials = &self.shared.options.credentials;
        credentials.find(reference.domain(), reference.path(), call)
    }
}

impl fmt::Debug for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Images")
            .field("engine", &self.shared.engine)
            .finish_non_exhaustive()
    }
}
