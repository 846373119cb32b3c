//! What is at a place.

use super::{Kind, Place};
use crate::call::Call;
use crate::copy::source::Source;
use crate::copy::{blobs, choose};
use crate::digest::Digest;
use crate::engine::{Engine, ImageDetails, InspectOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::oci::{Descriptor, ImageConfig, ImageIndex, Manifest, ManifestContent, Platform};
use crate::registry::ImagePlatform;

/// What is at a [`Place`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// The digest of the manifest or index. `None` where there is none: in archives by Docker below 25, by podman and
    /// skopeo, and in an engine, unless that has the containerd image store and tells it (API 1.48).
    pub digest: Option<Digest>,
    /// The media type of the manifest or index; empty where there is none.
    pub media_type: String,
    /// The manifest or index as it is. `None` where there is none, and always for an engine, which does not show it.
    pub manifest: Option<Manifest>,
    /// The platforms that the index names, in its order; empty for what is not an index, and for an engine.
    pub platforms: Vec<ImagePlatform>,
    /// The image for the platform. `None` for what is not an image, and when an index has none for this machine and no
    /// platform was asked for.
    pub image: Option<InspectedImage>,
    /// What was noted on the way.
    pub warnings: Vec<String>,
}

/// One image, for one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectedImage {
    /// Its own manifest, which an index lists; `None` as [`Inspected::manifest`].
    pub manifest: Option<Manifest>,
    /// How it is run; `None` for an artifact, which has no such config. For an engine it is what the engine tells, and
    /// its document the engine's whole one.
    pub config: Option<ImageConfig>,
    /// Its layers, the lowest first, as they are at the place, with their sizes there; empty for an engine, which tells
    /// only their diff IDs.
    pub layers: Vec<Descriptor>,
    /// Its size in bytes: the config and each layer once, without those that are kept elsewhere. For an engine it is
    /// what its store counts.
    pub size: u64,
}

impl Place {
    /// What is at this place: the manifest or index, which platforms there are, and the image for one of them with its
    /// config and layers; without `platform`, for this machine's processor and Linux.
    ///
    /// No layer is read, but for compressed ones in an archive that has no manifest to say their digests. A registry is
    /// asked for the manifest, once more for an index, and for the config. An engine is asked what it knows of the
    /// image; see the fields for what it does not.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when there is no such image, or no such archive or layout,
    /// [`Platform`](ErrorKind::Platform) when there is none for `platform`, and whatever the place can say.
    pub fn inspect(&self, platform: Option<&Platform>, call: &mut Call<'_>) -> Result<Inspected> {
        let call = &mut *call.enter("inspect", self);
        let inspected = match &self.0 {
            Kind::Engine { engine, image } => in_engine(engine, image, platform, call)?,
            _ => in_source(&*self.open(call)?, platform, call)?,
        };
        let found = inspected.image.as_ref();
        let found = found.and_then(|image| Some(&image.config.as_ref()?.platform));
        if let (Some(wanted), Some(found)) = (platform, found)
            && !wanted.runs(found)
        {
            return Err(other_platform(wanted, found, call));
        }
        Ok(Inspected {
            warnings: call.warnings().to_vec(),
            ..inspected
        })
    }
}

fn in_source(
    source: &dyn Source,
    platform: Option<&Platform>,
    call: &mut Call<'_>,
) -> Result<Inspected> {
    let top = source.top(call)?;
    let (platforms, chosen) = match top.content() {
        ManifestContent::Index(index) => {
            (platforms_of(index), chosen(source, index, platform, call)?)
        }
        ManifestContent::Image(_) | ManifestContent::Other => (Vec::new(), Some(top.clone())),
    };
    let image = match chosen {
        Some(manifest) => image_of(source, manifest, call)?,
        None => None,
    };
    let manifest = shown(source, top);
    Ok(Inspected {
        digest: manifest.as_ref().map(|top| top.digest().clone()),
        media_type: manifest
            .as_ref()
            .map_or("", Manifest::media_type)
            .to_owned(),
        manifest,
        platforms,
        image,
        warnings: Vec::new(),
    })
}

/// A manifest that was made up to copy by is none that the place has.
fn shown(source: &dyn Source, manifest: Manifest) -> Option<Manifest> {
    (!source.is_made_up()).then_some(manifest)
}

fn platforms_of(index: &ImageIndex) -> Vec<ImagePlatform> {
    let images = index
        .manifests
        .iter()
        .filter(|entry| !entry.is_attestation());
    let named = images.filter_map(|entry| {
        Some(ImagePlatform {
            platform: entry.platform.clone()?,
            digest: entry.digest.clone(),
        })
    });
    named.collect()
}

/// The manifest for the platform; nothing when nobody asked for one and there is none for this machine.
fn chosen(
    source: &dyn Source,
    index: &ImageIndex,
    platform: Option<&Platform>,
    call: &mut Call<'_>,
) -> Result<Option<Manifest>> {
    let host = Platform::host();
    match choose::one(source, index, platform.unwrap_or(&host), call) {
        Ok(chosen) => Ok(Some(chosen.top)),
        Err(error) if platform.is_none() && error.kind() == ErrorKind::Platform => Ok(None),
        Err(error) => Err(error),
    }
}

fn image_of(
    source: &dyn Source,
    manifest: Manifest,
    call: &mut Call<'_>,
) -> Result<Option<InspectedImage>> {
    let ManifestContent::Image(image) = manifest.content() else {
        return Ok(None);
    };
    let config = match image.config.is_image_config() {
        true => Some(source.config(&image.config, call)?),
        false => None,
    };
    let sizes = blobs::of(&[&manifest]);
    let sizes = sizes.iter().map(|blob| blob.size);
    Ok(Some(InspectedImage {
        config,
        layers: image.layers.clone(),
        size: sizes.fold(0, u64::saturating_add),
        manifest: shown(source, manifest),
    }))
}

fn in_engine(
    engine: &Engine,
    image: &str,
    platform: Option<&Platform>,
    call: &mut Call<'_>,
) -> Result<Inspected> {
    let details = details(engine, image, platform, call)?;
    let malformed = |what: String| Error::Protocol {
        context: call.context(engine.endpoint(), ""),
        what,
    };
    let (digest, media_type) = match details.manifest().map_err(malformed)? {
        Some(manifest) => (Some(manifest.digest), manifest.media_type),
        None => (None, String::new()),
    };
    Ok(Inspected {
        digest,
        media_type,
        manifest: None,
        platforms: Vec::new(),
        image: Some(InspectedImage {
            manifest: None,
            config: Some(details.config().map_err(malformed)?),
            layers: Vec::new(),
            size: details.size,
        }),
        warnings: Vec::new(),
    })
}

/// What the engine knows of the image, for the platform where it has the choice.
fn details(
    engine: &Engine,
    image: &str,
    platform: Option<&Platform>,
    call: &mut Call<'_>,
) -> Result<ImageDetails> {
    let details = engine.inspect_image(image, &InspectOptions::default(), call)?;
    let found = details.platform();
    let Some(wanted) = platform.filter(|wanted| !wanted.runs(&found)) else {
        return Ok(details);
    };
    let options = InspectOptions {
        platform: Some(wanted.to_string()),
        ..InspectOptions::default()
    };
    match engine.inspect_image(image, &options, call) {
        // Then it has one image under a name.
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            Err(other_platform(wanted, &found, call))
        }
        details => details,
    }
}

fn other_platform(wanted: &Platform, found: &Platform, call: &Call<'_>) -> Error {
    Error::NoPlatform {
        context: call.context("", ""),
        wanted: wanted.to_string(),
        available: vec![found.to_string()],
    }
}
