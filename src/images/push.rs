//! `push`: a local image goes to its registry under its remote name.

mod direct;
mod layer_cache;
mod way;

use std::path::PathBuf;

pub use way::{PushVia, PushedVia};

use super::Images;
use super::taking::id_of;
use crate::call::{Call, Reports};
use crate::compress::LayerCompression;
use crate::credentials::Credential;
use crate::digest::Digest;
use crate::engine::{ImageDetails, InspectOptions, PushOptions, Pushed};
use crate::error::{Error, ErrorKind, Result};
use crate::naming::{LocalImage, RemoteImage};
use crate::progress::ImageProgressPush;
use crate::reference::Reference;

/// How [`Images::push`] pushes.
#[derive(Debug, Clone, Default)]
pub struct PushImageOptions {
    /// Leaves the remote name with the image in the engine, as `docker tag` before a push does. An image that had it
    /// loses it then, and stays. A direct push gives no name, so there is none to leave.
    pub keep_remote_name: bool,
    /// Which way the push goes.
    pub via: PushVia,
    /// How a direct push compresses layers. What an engine keeps compressed already stays as it is.
    pub compression: LayerCompression,
    /// A file in which direct pushes remember what they made of layers, so that they need not do it again. It is made when
    /// there is none; several processes may use it at the same time. Whoever can write to it can make later pushes use
    /// other layers that are in the registry.
    pub layer_cache: Option<PathBuf>,
    /// A folder in which a direct push keeps layers that have more than 6 MiB when they are compressed, in files without a
    /// name, while they go out; as many as three at the same time. An upload that breaks goes on from there, and the next
    /// layer is read meanwhile. Without it such layers go out while they are compressed, and a layer whose upload breaks is
    /// taken from a second archive of the engine.
    pub spool_dir: Option<PathBuf>,
}

/// What [`Images::push`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedImage {
    /// The image in the registry, with its tag.
    pub image: RemoteImage,
    /// The digest of its manifest; `None` when the engine did not tell, which is also a warning.
    pub digest: Option<Digest>,
    /// The size of its manifest in bytes (not of the image); `None` when unknown.
    pub manifest_size: Option<u64>,
    /// Which way it went.
    pub via: PushedVia,
    /// Why it went that way, in words; empty when it was asked for.
    pub reason: String,
    /// What was noted on the way.
    pub warnings: Vec<String>,
}

impl Images {
    /// Pushes the image that the engine knows as `local` to `remote`; without `remote`, to what
    /// [`Parser::to_platform_image`](crate::Parser::to_platform_image) makes of its own name. A missing tag is `latest`.
    ///
    /// The engine pushes under the remote name only, so the image gets that name for the time of the push; see
    /// [what stays in the engine](Images#what-stays-in-the-engine).
    ///
    /// `GET /images/json`, `POST /images/{local}/tag`, `POST /images/{remote}/push`, and what gives the name back; a direct
    /// push is `GET /images/get` and uploads, see [`PushVia`].
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the engine does not have `local`,
    /// [`Unauthorized`](crate::ErrorKind::Unauthorized), [`Denied`](crate::ErrorKind::Denied),
    /// [`TooLarge`](crate::ErrorKind::TooLarge) or [`RateLimited`](crate::ErrorKind::RateLimited) when the registry
    /// refuses, [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a `remote` with a digest, and whatever else
    /// an engine or a registry can say.
    pub fn push(
        &self,
        local: &LocalImage,
        remote: Option<&RemoteImage>,
        options: &PushImageOptions,
        call: &mut Call<'_>,
    ) -> Result<PushedImage> {
        options.compression.check()?;
        let remote = match remote {
            Some(remote) => remote.clone(),
            None => self.parser().to_platform_image(local)?,
        };
        if let Some(digest) = remote.digest() {
            return Err(Error::InvalidArgument {
                argument: "remote",
                reason: format!(
                    "an image is pushed to a tag, and {remote} has the digest {digest}"
                ),
            });
        }
        let remote = remote.with_tag(remote.reference().tag_or_latest())?;
        let target = remote.reference();
        let call = &mut *call.enter("push", format_args!("{local} to {target}"));
        call.push_starts(&ImageProgressPush {
            src: local,
            dst: &remote,
        })?;

        let (via, reason) = match options.via {
            PushVia::Engine => (PushedVia::Engine, String::new()),
            PushVia::Direct => (PushedVia::Direct, String::new()),
            PushVia::Auto => self.outlook(local, target, call)?.way(),
        };
        let pushed = match via {
            PushedVia::Direct => {
                return self.push_directly(local, remote.clone(), options, reason, call);
            }
            PushedVia::Engine => self.push_by_engine(local, target, options, call),
        };
        let (pushed, left) = match pushed {
            Err(error) if options.via == PushVia::Auto && may_pass_directly(&error) => {
                let reason = format!("the engine's push failed: {error}");
                return self.push_directly(local, remote.clone(), options, reason, call);
            }
            pushed => pushed?,
        };
        let Pushed {
            digest,
            manifest_size,
            mut warnings,
            ..
        } = pushed;
        warnings.extend(left);
        Ok(PushedImage {
            image: remote,
            digest,
            manifest_size,
            via,
            reason,
            warnings,
        })
    }

    fn push_by_engine(
        &self,
        local: &LocalImage,
        target: &Reference,
        options: &PushImageOptions,
        call: &mut Call<'_>,
    ) -> Result<(Pushed, Vec<String>)> {
        let credential = self.credential(target, call)?;
        let stay = self.stay(target, call)?;
        stay.during(call, digest_of, |stay, call| {
            let id = self.details(local, call)?.id;
            stay.touch(&id);
            if id_of(self.engine(), target, call)?.as_deref() != Some(id.as_str()) {
                stay.give(target, &id, options.keep_remote_name, call)?;
            }
            self.push_as(target, credential, call)
        })
    }

    fn push_directly(
        &self,
        local: &LocalImage,
        remote: RemoteImage,
        options: &PushImageOptions,
        reason: String,
        call: &mut Call<'_>,
    ) -> Result<PushedImage> {
        let target = remote.reference();
        let uploaded = call.reporting(Reports::NoEnd, |call| {
            let image = self.details(local, call)?;
            direct::push(self, &image, target, options, call)
        })?;
        call.finish(uploaded.digest.as_str())?;
        Ok(PushedImage {
            image: remote,
            digest: Some(uploaded.digest),
            manifest_size: Some(uploaded.manifest_size),
            via: PushedVia::Direct,
            reason,
            warnings: call.warnings().to_vec(),
        })
    }

    fn details(&self, local: &LocalImage, call: &mut Call<'_>) -> Result<ImageDetails> {
        let options = InspectOptions::default();
        self.engine()
            .inspect_image(&local.to_string(), &options, call)
    }

    /// What can be known cheaply of a push.
    fn outlook(
        &self,
        local: &LocalImage,
        target: &Reference,
        call: &mut Call<'_>,
    ) -> Result<way::Outlook> {
        call.reporting(Reports::Heartbeats, |call| {
            let image = self.details(local, call)?;
            direct::outlook(self, &image, target, call)
        })
    }

    fn push_as(
        &self,
        target: &Reference,
        credential: Option<Credential>,
        call: &mut Call<'_>,
    ) -> Result<Pushed> {
        let options = PushOptions {
            credential,
            ..PushOptions::default()
        };
        self.engine().push(target.as_str(), &options, call)
    }
}

/// What has brought an image directly.
struct Uploaded {
    digest: Digest,
    manifest_size: u64,
}

/// Whether the same may pass in small pieces, and over several connections.
fn may_pass_directly(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TooLarge | ErrorKind::RegistryUnreachable
    )
}

fn digest_of(pushed: &Pushed) -> &str {
    pushed.digest.as_ref().map_or("", Digest::as_str)
}
