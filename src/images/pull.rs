//! `pull`: a remote image comes into the engine under its local name.

mod source;

use super::Images;
use super::stay::is_of_containerd;
use crate::call::Call;
use crate::digest::Digest;
use crate::engine::{ImageDetails, InspectOptions, PullOptions};
use crate::error::{Error, Result};
use crate::naming::{LocalImage, RemoteImage};
use crate::oci::Platform;
use crate::progress::ImageProgressPull;
use crate::reference::Reference;

/// How [`Images::pull`] pulls.
#[derive(Debug, Clone, Default)]
pub struct PullImageOptions {
    /// The platform to choose, as `os/architecture[/variant]`. Default: the engine's own.
    pub platform: Option<String>,
}

/// What [`Images::pull`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledImage {
    /// The image in the engine.
    pub image: LocalImage,
    /// Its ID in the engine.
    pub id: String,
    /// The digest of what the remote name stood for, which is an index for an image of several platforms; `None` when
    /// nobody told.
    pub digest: Option<Digest>,
    /// Whether the engine had it already, perhaps under another name.
    pub up_to_date: bool,
    /// What was noted on the way.
    pub warnings: Vec<String>,
}

impl Images {
    /// Pulls `remote` into the engine, which then knows it as `local`; without `local`, by the name that
    /// [`Parser::to_local_image`](crate::Parser::to_local_image) gives it. A missing tag is `latest`.
    ///
    /// An engine pulls under the remote name only. When another local name is asked for, the image is fetched by its
    /// digest where the registry tells it to us, too, so that nothing the engine has under the remote name moves; see
    /// [what stays in the engine](Images#what-stays-in-the-engine). An image that had the local name loses it, and
    /// stays.
    ///
    /// `GET /images/json`, `POST /images/create`, `POST /images/{id}/tag`, and what gives other names back.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`Unauthorized`](crate::ErrorKind::Unauthorized),
    /// [`Denied`](crate::ErrorKind::Denied) or [`RateLimited`](crate::ErrorKind::RateLimited) when the registry says
    /// so, [`Platform`](crate::ErrorKind::Platform) when it has no image for the platform,
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a `local` that no image can be given, and whatever
    /// else an engine or a registry can say.
    pub fn pull(
        &self,
        remote: &RemoteImage,
        local: Option<&LocalImage>,
        options: &PullImageOptions,
        call: &mut Call<'_>,
    ) -> Result<PulledImage> {
        let PullImageOptions { platform } = options;
        let platform = platform.as_deref().map(Platform::parse).transpose()?;
        let asked = with_version(remote.reference())?;
        let local = match local {
            Some(local) => local.clone(),
            None => self.parser().to_local_image(remote)?,
        };
        let target = name_to_give(&local, &asked)?;
        let call = &mut *call.enter("pull", format_args!("{asked} as {local}"));
        call.pull_starts(&ImageProgressPull {
            src: remote,
            dst: &local,
        })?;

        let credential = self.credential(&asked, call)?;
        let stay = self.stay(&asked, call)?;
        let (found, left) = stay.during(call, Found::digest_text, |stay, call| {
            let source = match target == asked {
                true => source::Source::as_asked(&asked, platform.as_ref()),
                false => self.source(&asked, platform.as_ref(), stay.before(), call)?,
            };
            let asked_for = target == source.name;
            stay.will_pull(&source.name, source.platform.as_ref(), asked_for, call)?;
            let options = PullOptions {
                credential,
                platform: source.platform.as_ref().map(Platform::to_string),
                ..PullOptions::default()
            };
            let pulled = self.engine().pull(source.name.as_str(), &options, call)?;
            let image = self.engine().inspect_image(
                source.name.as_str(),
                &InspectOptions::default(),
                call,
            )?;
            stay.has_pulled(&image.id);
            self.check_platform(platform.as_ref(), &image, call)?;
            if target != source.name {
                // There a digest goes only together with all tags of its repository.
                if source.name.digest().is_some()
                    && target.repository() == asked.repository()
                    && is_of_containerd(&image.id, &image.repo_digests)
                {
                    stay.hold(&image.id, call)?;
                    stay.forget_digest(call)?;
                }
                stay.give(&target, &image.id, true, call)?;
            }
            let mut warnings = pulled.warnings;
            warnings.extend(source.note);
            Ok(Found {
                up_to_date: pulled.up_to_date || stay.before().knows(&image.id),
                id: image.id,
                digest: source.digest.or(pulled.digest),
                warnings,
            })
        })?;
        let Found {
            id,
            digest,
            up_to_date,
            mut warnings,
        } = found;
        warnings.extend(left);
        Ok(PulledImage {
            image: local,
            id,
            digest,
            up_to_date,
            warnings,
        })
    }

    /// Engines pull an image that is for one platform only, whichever is asked for (measured).
    fn check_platform(
        &self,
        wanted: Option<&Platform>,
        image: &ImageDetails,
        call: &Call<'_>,
    ) -> Result<()> {
        match wanted {
            Some(wanted) if !wanted.runs(&image.platform()) => Err(Error::NoPlatform {
                context: call.context(self.engine().endpoint(), ""),
                wanted: wanted.to_string(),
                available: vec![image.platform().to_string()],
            }),
            _ => Ok(()),
        }
    }
}

/// What was pulled.
struct Found {
    id: String,
    digest: Option<Digest>,
    up_to_date: bool,
    warnings: Vec<String>,
}

impl Found {
    fn digest_text(&self) -> &str {
        self.digest.as_ref().map_or("", Digest::as_str)
    }
}

/// What is to be pulled: a digest without its tag, which says nothing beside it, or else a tag.
fn with_version(reference: &Reference) -> Result<Reference> {
    match reference.digest() {
        Some(_) => Ok(reference.without_tag()),
        None => reference.with_tag(reference.tag_or_latest()),
    }
}

/// The name that the image is to have, which is what is pulled, or a tag.
fn name_to_give(local: &LocalImage, asked: &Reference) -> Result<Reference> {
    let name = local.reference().map_err(|_| Error::InvalidArgument {
        argument: "local",
        reason: format!("{local} is an image ID, and an image cannot be given one"),
    })?;
    match name.digest() {
        None => Ok(name),
        Some(_) if name.without_tag() == *asked => Ok(asked.clone()),
        Some(_) => Err(Error::InvalidArgument {
            argument: "local",
            reason: format!("{local} has a digest, and an image can be given a tag only"),
        }),
    }
}
