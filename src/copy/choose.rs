//! Which of an image's manifests are copied.

use std::collections::HashSet;

use serde_json::Value;

use super::Platforms;
use super::source::Source;
use crate::call::Call;
use crate::digest::{Digest, Hasher};
use crate::error::{Error, Result};
use crate::oci::{Descriptor, ImageIndex, Manifest, ManifestContent, Platform};

/// More manifests than any image has; each is kept until it is written.
const MAX_MANIFESTS: usize = 1000;

/// Indexes that list indexes that list indexes: nobody makes more.
const MAX_DEPTH: usize = 4;

/// What is copied of an image.
pub(super) struct Chosen {
    pub(super) top: Manifest,
    /// The manifests below it, each before those that list it.
    pub(super) listed: Vec<Manifest>,
    /// The platform, when one of several was chosen.
    pub(super) platform: Option<Platform>,
    /// Whether `top` is not a document of the source.
    pub(super) is_remade: bool,
}

pub(super) fn choose(
    source: &dyn Source,
    wanted: &Platforms,
    call: &mut Call<'_>,
) -> Result<Chosen> {
    if matches!(wanted, Platforms::These(platforms) if platforms.is_empty()) {
        return Err(Error::InvalidArgument {
            argument: "platforms",
            reason: "at least one platform is needed".into(),
        });
    }
    let top = source.top(call)?;
    let index = match top.content() {
        ManifestContent::Index(index) => index.clone(),
        ManifestContent::Image(_) | ManifestContent::Other => {
            check_platform(source, &top, wanted, call)?;
            return Ok(Chosen {
                top,
                listed: Vec::new(),
                platform: None,
                is_remade: false,
            });
        }
    };
    match wanted {
        Platforms::All => Ok(Chosen {
            listed: below(source, &index, call)?,
            top,
            platform: None,
            is_remade: false,
        }),
        Platforms::Host => one(source, &index, &Platform::host(), call),
        Platforms::These(platforms) => match &platforms[..] {
            [platform] => one(source, &index, platform, call),
            platforms => several(source, &top, &index, platforms, call),
        },
    }
}

/// Holds that an image that is for one platform only is for those that were asked for. Who asks for none gets it
/// whatever it is for.
fn check_platform(
    source: &dyn Source,
    top: &Manifest,
    wanted: &Platforms,
    call: &mut Call<'_>,
) -> Result<()> {
    let (Platforms::These(platforms), ManifestContent::Image(image)) = (wanted, top.content())
    else {
        return Ok(());
    };
    if !image.config.is_image_config() {
        return Ok(());
    }
    let found = source.config(&image.config, call)?.platform;
    match platforms.iter().find(|platform| !platform.runs(&found)) {
        Some(platform) => Err(Error::NoPlatform {
            context: call.context("", ""),
            wanted: platform.to_string(),
            available: vec![found.to_string()],
        }),
        None => Ok(()),
    }
}

/// The image for one platform.
pub(super) fn one(
    source: &dyn Source,
    index: &ImageIndex,
    platform: &Platform,
    call: &mut Call<'_>,
) -> Result<Chosen> {
    let mut entries = index.manifests.clone();
    for _ in 0..MAX_DEPTH {
        let entry = platform
            .choose(&entries)
            .ok_or_else(|| not_there(platform, &entries, call))?
            .clone();
        let manifest = source.manifest(&entry, call)?;
        match manifest.content() {
            ManifestContent::Index(inner) => entries.clone_from(&inner.manifests),
            _ => {
                return Ok(Chosen {
                    top: manifest,
                    listed: Vec::new(),
                    platform: entry.platform.clone(),
                    is_remade: false,
                });
            }
        }
    }
    Err(too_deep(call))
}

/// An index of the images for some platforms, with what it says about them.
fn several(
    source: &dyn Source,
    top: &Manifest,
    index: &ImageIndex,
    platforms: &[Platform],
    call: &mut Call<'_>,
) -> Result<Chosen> {
    let mut chosen: HashSet<&Digest> = HashSet::new();
    for platform in platforms {
        let entry = platform
            .choose(&index.manifests)
            .ok_or_else(|| not_there(platform, &index.manifests, call))?;
        chosen.insert(&entry.digest);
    }
    let is_about_chosen = |entry: &Descriptor| {
        let about = entry.annotations.get("vnd.docker.reference.digest");
        about.is_some_and(|about| chosen.iter().any(|digest| digest.as_str() == about))
    };
    let kept: Vec<bool> = index
        .manifests
        .iter()
        .map(|entry| {
            chosen.contains(&entry.digest) || entry.is_attestation() && is_about_chosen(entry)
        })
        .collect();
    let (top, is_remade) = match kept.iter().all(|kept| *kept) {
        true => (top.clone(), false),
        false => (without_the_others(top, &kept, call)?, true),
    };
    let ManifestContent::Index(index) = top.content() else {
        return Err(too_deep(call));
    };
    Ok(Chosen {
        listed: below(source, index, call)?,
        top,
        platform: None,
        is_remade,
    })
}

/// The same index with fewer entries, and everything else as it was.
fn without_the_others(top: &Manifest, kept: &[bool], call: &Call<'_>) -> Result<Manifest> {
    let broken = |what: String| Error::Protocol {
        context: call.context("", ""),
        what,
    };
    let mut document: Value =
        serde_json::from_slice(top.bytes()).map_err(|error| broken(error.to_string()))?;
    if let Some(entries) = document["manifests"].as_array_mut() {
        let mut kept = kept.iter();
        entries.retain(|_| kept.next().is_some_and(|kept| *kept));
    }
    let bytes = document.to_string().into_bytes();
    let mut hasher = Hasher::sha256();
    hasher.update(&bytes);
    Manifest::read(bytes, hasher.digest(), Some(top.media_type())).map_err(broken)
}

/// All manifests below an index, each before those that list it.
fn below(source: &dyn Source, index: &ImageIndex, call: &mut Call<'_>) -> Result<Vec<Manifest>> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    descend(source, index, MAX_DEPTH, &mut seen, &mut found, call)?;
    Ok(found)
}

fn descend(
    source: &dyn Source,
    index: &ImageIndex,
    depth: usize,
    seen: &mut HashSet<Digest>,
    found: &mut Vec<Manifest>,
    call: &mut Call<'_>,
) -> Result<()> {
    if depth == 0 {
        return Err(too_deep(call));
    }
    for entry in &index.manifests {
        if !seen.insert(entry.digest.clone()) {
            continue;
        }
        if seen.len() > MAX_MANIFESTS {
            return Err(Error::Protocol {
                context: call.context("", ""),
                what: format!("the image has more than {MAX_MANIFESTS} manifests"),
            });
        }
        let manifest = source.manifest(entry, call)?;
        if let ManifestContent::Index(inner) = manifest.content() {
            descend(source, inner, depth - 1, seen, found, call)?;
        }
        found.push(manifest);
    }
    Ok(())
}

fn too_deep(call: &Call<'_>) -> Error {
    Error::Protocol {
        context: call.context("", ""),
        what: format!("the image has indexes inside indexes, more than {MAX_DEPTH} deep"),
    }
}

fn not_there(wanted: &Platform, entries: &[Descriptor], call: &Call<'_>) -> Error {
    let images = entries.iter().filter(|entry| !entry.is_attestation());
    Error::NoPlatform {
        context: call.context("", ""),
        wanted: wanted.to_string(),
        available: images
            .filter_map(|entry| entry.platform.as_ref())
            .map(Platform::to_string)
            .collect(),
    }
}
