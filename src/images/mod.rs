//! The facade: images by their local and remote names, moved by an engine and looked up in registries.

mod before;
mod config;
mod pull;
mod push;
mod stay;
mod taking;
mod token;
mod visits;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

pub use config::{Cluster, Config};
pub use pull::{PullImageOptions, PulledImage};
pub use push::{PushImageOptions, PushVia, PushedImage, PushedVia};
pub use token::Token;

use crate::call::Call;
use crate::credentials::Credential;
use crate::digest::Digest;
use crate::engine::Engine;
use crate::error::Result;
use crate::naming::{Parser, RemoteImage, Tag};
use crate::reference::Reference;
use crate::registry::{ImageSize, Registry, RegistryOptions};
use visits::Visits;

/// Images of one engine and of any registries.
///
/// With a [`Config`] it knows registries by name, which a platform calls clusters: then images can be named as
/// `image:app:1`, a push or pull that names one side only finds the other, and each registry gets its own login.
///
/// It is a handle: clones share the connections, it may be used from many threads, and it does not change.
///
/// # What stays in the engine
///
/// Engines push and pull under the name of the registry only. [`push`](Images::push) and [`pull`](Images::pull) use
/// that name for a while, and leave in the engine what was there and what was asked for:
///
/// - An image that had the remote name has it again. Otherwise the name goes, unless
///   [`keep_remote_name`](PushImageOptions::keep_remote_name) asks for it.
/// - After a failure or a cancel nothing is new. What could not be given back within the time for it is said in the
///   [`left_behind`](crate::Context::left_behind) of the error, or in the warnings of the result.
/// - No image is removed that was there before, also one that only its ID names. To take a name from such an image,
///   an empty one is made, which gets the name and goes with it.
/// - A pull under another local name is done by digest where the registry tells it to us as well as to the engine, so
///   that no tag of the engine moves meanwhile; else by tag, which is a warning.
/// - The digests (`RepoDigests`) that an image gets from a push or a pull go with the name, but for one case: an image
///   that has another tag in that repository keeps them. So docker does it; it removes them with the last tag of the
///   repository, and on its containerd store they are not there by themselves but are another way to show the tags.
///
/// Operations on the same remote name through one handle and its clones, from whichever threads, wait for each other;
/// the wait can be left like any other. Operations on different names run side by side. Another handle or another
/// program that uses the same remote name at the same time is not known here, and could get the wrong image.
#[doc = include_str!("seeds.md")]
#[derive(Clone)]
pub struct Images {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    options: RegistryOptions,
    parser: Parser,
    /// One client for each registry that was asked, so that connections and tokens are used again.
    registries: Mutex<HashMap<String, Registry>>,
    /// The pushes and pulls that are under way.
    visits: Visits,
}

impl Images {
    /// Uses `engine` for transfers, and `options` for every registry. Nothing is sent yet.
    ///
    /// The credentials in the options are also given to the engine, each for its own registry only. A certificate and
    /// headers are shown to each registry that is asked; `certificate_folders` have a certificate for each.
    pub fn new(engine: Engine, options: &RegistryOptions) -> Images {
        Images::of(engine, Parser::default(), options.clone())
    }

    /// The same with the registries of `config`, each of which gets its own login and no other registry does. A
    /// credential that `options` give for its host comes first.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when the configuration contradicts itself, as
    /// [`Config::parser`] says, or has a login that cannot be one.
    pub fn with_config(
        engine: Engine,
        config: &Config,
        options: &RegistryOptions,
    ) -> Result<Images> {
        let options = config.registry_options(options)?;
        Ok(Images::of(engine, config.parser()?, options))
    }

    fn of(engine: Engine, parser: Parser, options: RegistryOptions) -> Images {
        Images {
            shared: Arc::new(Shared {
                engine,
                options,
                parser,
                registries: Mutex::default(),
                visits: Visits::default(),
            }),
        }
    }

    /// The engine that does the transfers.
    pub fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    /// Reads and prints the names of images as the configuration means them.
    pub fn parser(&self) -> &Parser {
        &self.shared.parser
    }

    /// The client for the registry of an image, for everything that a registry can do. Nothing is sent.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when an option is not usable for it.
    pub fn registry(&self, remote: &RemoteImage) -> Result<Registry> {
        self.registry_at(remote.reference().domain())
    }

    /// The images of a cluster's registry, without tags and sorted; `None` is the current cluster. What no image can
    /// be called is left out, and noted as a warning in the log.
    ///
    /// `GET /v2/_catalog`, once for each page.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for an unknown cluster, and when none is current;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where the registry does not show its images to this account.
    pub fn list(
        &self,
        cluster_name: Option<&str>,
        call: &mut Call<'_>,
    ) -> Result<Vec<RemoteImage>> {
        let call = &mut *call.enter("list", cluster_name.unwrap_or("the current cluster"));
        let (cluster_name, registry) = self.parser().cluster_registry(cluster_name)?;
        let mut repositories = self.registry_at(registry)?.repositories(call);
        let mut images = Vec::new();
        while let Some(path) = repositories.next_with(call)? {
            match self.parser().repository(cluster_name, &path) {
                Ok(image) => images.push(image),
                Err(error) => call.warn(&format!("not listed: {error}"))?,
            }
        }
        images.sort();
        Ok(images)
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
        self.registry(remote)?.digest(reference, call)
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
        self.registry(remote)?.size(reference, call)
    }

    /// The tag of an image, `latest` when it has none, and its [`size`](Images::size) in total.
    ///
    /// [`Registry::tag_info`] tells more of it.
    ///
    /// # Errors
    /// As [`digest`](Images::digest).
    pub fn tag_info(&self, remote: &RemoteImage, call: &mut Call<'_>) -> Result<Tag> {
        let call = &mut *call.enter("tag_info", remote.reference());
        Ok(Tag {
            name: remote.reference().tag_or_latest().to_owned(),
            size: self.size(remote, call)?.total,
        })
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
        let tags = self.registry(remote)?.tags(reference, call)?;
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
        let registry = self.registry(remote)?;
        match digest {
            Some(digest) => registry.delete_manifest(&reference.with_digest(digest.clone()), call),
            None => registry.delete_manifest(reference, call),
        }
    }

    /// The client for the registry `host`, as references name it.
    fn registry_at(&self, host: &str) -> Result<Registry> {
        let mut registries = self
            .shared
            .registries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(registry) = registries.get(host) {
            return Ok(registry.clone());
        }
        let registry = Registry::new(host, &self.shared.options)?;
        registries.insert(host.to_owned(), registry.clone());
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
