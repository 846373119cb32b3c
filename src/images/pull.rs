//! `pull`: a remote image comes into the engine under its local name.

use super::Images;
use super::borrowed_name::BorrowedName;
use super::push::is_same_name;
use crate::call::Call;
use crate::digest::Digest;
use crate::engine::{InspectOptions, PullOptions, Pulled};
use crate::error::{ErrorKind, Result};
use crate::naming::{LocalImage, RemoteImage};
use crate::progress::ImageProgressPull;
use crate::reference::Reference;

/// What [`Images::pull`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledImage {
    /// The image in the engine.
    pub image: LocalImage,
    /// Its ID in the engine.
    pub id: String,
    /// The digest of what the remote name stood for; `None` when nobody told.
    pub digest: Option<Digest>,
    /// Whether the engine had it already.
    pub up_to_date: bool,
    /// What was noted on the way.
    pub warnings: Vec<String>,
}

impl Images {
    /// Pulls `remote` into the engine, which then knows it as `local`; without `local`, by the name that
    /// [`Parser::to_local_image`](crate::Parser::to_local_image) gives it. A missing tag is `latest`.
    ///
    /// An engine pulls under the remote name only. When another local name is asked for, the image is fetched by its
    /// digest, so that nothing the engine has under the remote name moves; afterwards only the local name is new, also
    /// after a failure or a cancel.
    ///
    /// `POST /images/create`, `POST /images/{id}/tag`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`Unauthorized`](crate::ErrorKind::Unauthorized) or
    /// [`Denied`](crate::ErrorKind::Denied) when the registry says so, and whatever else an engine or a registry can
    /// say.
    pub fn pull(
        &self,
        remote: &RemoteImage,
        local: Option<&LocalImage>,
        call: &mut Call<'_>,
    ) -> Result<PulledImage> {
        let source = remote.reference().clone();
        let local = match local {
            Some(local) => local.clone(),
            None => self.parser().to_local_image(remote)?,
        };
        let call = &mut *call.enter("pull", format_args!("{source} as {local}"));
        call.pull_starts(&ImageProgressPull {
            src: remote,
            dst: &local,
        })?;

        if is_same_name(&local, &source) {
            let pulled = self.pull_as(&source, call)?;
            return self.pulled(local, pulled, None, call);
        }
        let (source, note) = self.by_digest(source, call)?;
        let name = BorrowedName::borrow(self.engine(), source.clone(), call)?;
        let (pulled, left) = name.during(call, |call| {
            let pulled = self.pull_as(&source, call)?;
            let id = self
                .engine()
                .inspect_image(&source.to_string(), &InspectOptions::default(), call)?
                .id;
            self.engine().tag(&id, &local.to_string(), None, call)?;
            Ok(pulled)
        })?;
        let notes = note.into_iter().chain(left);
        self.pulled(local, pulled, notes, call)
    }

    /// The same image by its digest, where the registry can be asked by us as well as by the engine.
    fn by_digest(
        &self,
        source: Reference,
        call: &mut Call<'_>,
    ) -> Result<(Reference, Option<String>)> {
        if source.digest().is_some() {
            return Ok((source, None));
        }
        let asked = self
            .registry_at(source.domain())
            .and_then(|registry| registry.digest(&source, call));
        match asked {
            Ok(digest) => Ok((source.without_tag().with_digest(digest), None)),
            Err(error) if matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::Credentials) => {
                Err(error)
            }
            Err(error) => {
                let note = format!(
                    "fetched by tag, because the registry could not be asked for the digest: {error}"
                );
                Ok((source, Some(note)))
            }
        }
    }

    fn pull_as(&self, source: &Reference, call: &mut Call<'_>) -> Result<Pulled> {
        let options = PullOptions {
            credential: self.credential(source, call)?,
            ..PullOptions::default()
        };
        self.engine().pull(&source.to_string(), &options, call)
    }

    fn pulled(
        &self,
        image: LocalImage,
        pulled: Pulled,
        notes: impl IntoIterator<Item = String>,
        call: &mut Call<'_>,
    ) -> Result<PulledImage> {
        let id = self
            .engine()
            .inspect_image(&image.to_string(), &InspectOptions::default(), call)?
            .id;
        let Pulled {
            digest,
            up_to_date,
            mut warnings,
            ..
        } = pulled;
        warnings.extend(notes);
        Ok(PulledImage {
            image,
            id,
            digest,
            up_to_date,
            warnings,
        })
    }
}
