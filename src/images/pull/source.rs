//! By which name an engine is asked to pull.

use super::super::Images;
use super::super::before::Before;
use super::super::taking::look_at;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{ErrorKind, Result};
use crate::oci::Platform;
use crate::reference::Reference;

/// What an engine is asked to pull.
pub(super) struct Source {
    pub(super) name: Reference,
    pub(super) platform: Option<Platform>,
    /// The digest of what was asked for, where it is known.
    pub(super) digest: Option<Digest>,
    pub(super) note: Option<String>,
}

impl Source {
    /// The very name that was asked for.
    pub(super) fn as_asked(asked: &Reference, platform: Option<&Platform>) -> Source {
        Source {
            name: asked.clone(),
            platform: platform.cloned(),
            digest: asked.digest().cloned(),
            note: None,
        }
    }
}

impl Images {
    /// The same image by a digest, under which the engine had nothing else, where the registry can be asked by us as
    /// well as by the engine.
    pub(super) fn source(
        &self,
        asked: &Reference,
        platform: Option<&Platform>,
        before: &Before,
        call: &mut Call<'_>,
    ) -> Result<Source> {
        let by_digest = call.trying_once(|call| self.by_digest(asked, platform, before, call));
        match by_digest {
            Ok(source) => Ok(source),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::Cancelled | ErrorKind::Credentials | ErrorKind::Platform
                ) =>
            {
                Err(error)
            }
            Err(error) => Ok(Source {
                note: Some(format!(
                    "pulled as {asked}, because the registry could not be asked for more: {error}"
                )),
                ..Source::as_asked(asked, platform)
            }),
        }
    }

    fn by_digest(
        &self,
        asked: &Reference,
        platform: Option<&Platform>,
        before: &Before,
        call: &mut Call<'_>,
    ) -> Result<Source> {
        let digest = match asked.digest() {
            Some(digest) => digest.clone(),
            None => self.registry_at(asked.domain())?.digest(asked, call)?,
        };
        let whole = asked.without_tag().with_digest(digest.clone());
        let (name, platform) = match self.choice(&whole, platform, before, call)? {
            Choice::Whole(platform) => (whole, platform),
            Choice::One(platform) => {
                let one = self
                    .registry_at(asked.domain())?
                    .digest_for(&whole, &platform, call)?;
                (whole.with_digest(one), Some(platform))
            }
        };
        // The containerd store would remove the tags of the repository together with the digest.
        let id = name.digest().map_or("", Digest::as_str);
        let source = match before.has_tag_beside(id, &name) {
            true => Source::as_asked(asked, platform.as_ref()),
            false => Source {
                name,
                platform,
                digest: None,
                note: None,
            },
        };
        Ok(Source {
            digest: Some(digest),
            ..source
        })
    }

    /// The IDs that an engine can give to what it pulls: the digest of the index or of the manifest when it has the
    /// containerd store, that of the config when not.
    pub(in crate::images) fn ids_of(
        &self,
        pulled: &Reference,
        platform: Option<&Platform>,
        call: &mut Call<'_>,
    ) -> Result<Vec<Digest>> {
        let registry = self.registry_at(pulled.domain())?;
        let platform = match platform {
            Some(platform) => platform.clone(),
            None => self.engine().platform(call)?,
        };
        let digest = registry.digest_for(pulled, &platform, call)?;
        let one = pulled.without_tag().with_digest(digest.clone());
        let config = registry.config_digest(&one, call)?;
        let index = pulled.digest().cloned();
        Ok(index.into_iter().chain([digest, config]).collect())
    }

    /// An engine that keeps images by their configs has one image only for the digest of an index, and refuses to pull
    /// that of another platform by it ("Cannot overwrite digest": measured on 20.10). So an image is fetched by the
    /// digest of its own manifest when a platform is asked for, or when the index may stand for another one already.
    fn choice(
        &self,
        whole: &Reference,
        platform: Option<&Platform>,
        before: &Before,
        call: &mut Call<'_>,
    ) -> Result<Choice> {
        let Some(holder) = before.holder(whole) else {
            return Ok(platform.map_or(Choice::Whole(None), |wanted| Choice::One(wanted.clone())));
        };
        if whole.as_str().ends_with(holder) {
            return Ok(platform.map_or(Choice::Whole(None), |wanted| Choice::One(wanted.clone())));
        }
        let wanted = match platform {
            Some(platform) => platform.clone(),
            None => self.engine().platform(call)?,
        };
        match look_at(self.engine(), holder, call)? {
            Some(image) if wanted.runs(&image.platform()) => {
                Ok(Choice::Whole(Some(image.platform())))
            }
            _ => Ok(Choice::One(wanted)),
        }
    }
}

/// What is fetched of an image.
enum Choice {
    /// Whatever its digest stands for.
    Whole(Option<Platform>),
    /// The one for a platform.
    One(Platform),
}
