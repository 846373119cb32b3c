//! `push`: a local image goes to its registry under its remote name.

use super::Images;
use super::borrowed_name::BorrowedName;
use crate::call::Call;
use crate::digest::Digest;
use crate::engine::{PushOptions, Pushed};
use crate::error::Result;
use crate::naming::{LocalImage, RemoteImage};
use crate::progress::ImageProgressPush;
use crate::reference::Reference;

/// What [`Images::push`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedImage {
    /// The image in the registry, with its tag.
    pub image: RemoteImage,
    /// The digest of its manifest; `None` when neither the engine nor the registry told, which is also a warning.
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
    /// The engine pushes under the remote name only, so the image gets that name for the time of the push. Afterwards
    /// the engine's names are what they were, also after a failure or a cancel.
    ///
    /// `POST /images/{local}/tag`, `POST /images/{remote}/push`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the engine does not have `local`,
    /// [`Unauthorized`](crate::ErrorKind::Unauthorized) or [`Denied`](crate::ErrorKind::Denied) when the registry
    /// refuses, and whatever else an engine or a registry can say.
    pub fn push(
        &self,
        local: &LocalImage,
        remote: Option<&RemoteImage>,
        call: &mut Call<'_>,
    ) -> Result<PushedImage> {
        let remote = match remote {
            Some(remote) => remote.clone(),
            None => self.parser().to_platform_image(local)?,
        };
        let target = remote
            .reference()
            .with_tag(remote.reference().tag_or_latest())?;
        let remote = remote.with_tag(target.tag_or_latest())?;
        let call = &mut *call.enter("push", format_args!("{local} to {target}"));
        call.push_starts(&ImageProgressPush {
            src: local,
            dst: &remote,
        })?;

        let (pushed, left) = if is_same_name(local, &target) {
            (self.push_as(&target, call)?, None)
        } else {
            BorrowedName::borrow(self.engine(), target.clone(), call)?.during(call, |call| {
                self.engine()
                    .tag(&local.to_string(), &target.to_string(), None, call)?;
                self.push_as(&target, call)
            })?
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
            warnings,
        })
    }

    fn push_as(&self, target: &Reference, call: &mut Call<'_>) -> Result<Pushed> {
        let options = PushOptions {
            credential: self.credential(target, call)?,
            ..PushOptions::default()
        };
        self.engine().push(&target.to_string(), &options, call)
    }
}

/// Whether the engine knows the image by this very name already.
pub(super) fn is_same_name(local: &LocalImage, remote: &Reference) -> bool {
    match local.reference() {
        Ok(local) => {
            local.repository() == remote.repository()
                && local.tag_or_latest() == remote.tag_or_latest()
                && local.digest() == remote.digest()
        }
        // An image ID is not a reference.
        Err(_) => false,
    }
}
