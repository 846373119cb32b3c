//! `push`: a local image goes to its registry under its remote name.

use super::Images;
use super::taking::id_of;
use crate::call::Call;
use crate::credentials::Credential;
use crate::digest::Digest;
use crate::engine::{InspectOptions, PushOptions, Pushed};
use crate::error::{Error, Result};
use crate::naming::{LocalImage, RemoteImage};
use crate::progress::ImageProgressPush;
use crate::reference::Reference;

/// How [`Images::push`] pushes.
#[derive(Debug, Clone, Default)]
pub struct PushImageOptions {
    /// Leaves the remote name with the image in the engine, as `docker tag` before a push does. An image that had it
    /// loses it then, and stays.
    pub keep_remote_name: bool,
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
    /// `GET /images/json`, `POST /images/{local}/tag`, `POST /images/{remote}/push`, and what gives the name back.
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
        let PushImageOptions { keep_remote_name } = options;
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

        let credential = self.credential(target, call)?;
        let stay = self.stay(target, call)?;
        let (pushed, left) = stay.during(call, digest_of, |stay, call| {
            let id = self
                .engine()
                .inspect_image(&local.to_string(), &InspectOptions::default(), call)?
                .id;
            stay.touch(&id);
            if id_of(self.engine(), target, call)?.as_deref() != Some(id.as_str()) {
                stay.give(target, &id, *keep_remote_name, call)?;
            }
            self.push_as(target, credential, call)
        })?;
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
            warnings,
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

fn digest_of(pushed: &Pushed) -> &str {
    pushed.digest.as_ref().map_or("", Digest::as_str)
}
