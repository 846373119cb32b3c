//! A push that goes around the engine's own.

use std::collections::HashMap;

use super::layer_cache::LayerCache;
use super::way::Outlook;
use super::{PushImageOptions, Uploaded};
use crate::call::Call;
use crate::compress::LayerCompression;
use crate::copy::Passing;
use crate::digest::Digest;
use crate::engine::{Engine, ImageDetails};
use crate::error::{Error, ErrorKind, Result};
use crate::images::Images;
use crate::oci::Blob;
use crate::reference::Reference;
use crate::registry::Registry;

/// Brings an image of the engine to `target`.
pub(super) fn push(
    images: &Images,
    image: &ImageDetails,
    target: &Reference,
    options: &PushImageOptions,
    call: &mut Call<'_>,
) -> Result<Uploaded> {
    let registry = images.registry_at(target.domain())?;
    let cache = options.layer_cache.as_deref().map(LayerCache::new);
    let how = name_of(options.compression);
    let diff_ids = image.diff_ids();
    let diff_ids = diff_ids.map_err(|what| malformed(images, what, call))?;
    let known = match &cache {
        Some(cache) => {
            let found = cache.find(&diff_ids, &how, registry.host(), call)?;
            there(&registry, target, found, call)?
        }
        None => HashMap::new(),
    };
    let passing = Passing {
        engine: images.engine(),
        image: &image.id,
        layers: &diff_ids,
        size: image.size,
        registry: &registry,
        target,
        compression: options.compression,
        spool_dir: options.spool_dir.as_deref(),
        known,
    };
    let passed = passing.run(call)?;
    if let Some(cache) = &cache {
        // The image has arrived: that is no failure of the push.
        if let Err(error) = cache.note(&passed.made, &how, target, call) {
            call.warn(&error.to_string())?;
        }
    }
    Ok(Uploaded {
        digest: passed.manifest.digest().clone(),
        manifest_size: passed.manifest.bytes().len() as u64,
    })
}

/// As the cache tells one compression from another.
fn name_of(compression: LayerCompression) -> String {
    match compression {
        LayerCompression::Gzip { level } => format!("gzip-{level}"),
        LayerCompression::Zstd { level } => format!("zstd-{level}"),
        LayerCompression::AsIs => "as-is".into(),
    }
}

fn malformed(images: &Images, what: String, call: &Call<'_>) -> Error {
    Error::Protocol {
        context: call.context(images.engine().endpoint(), ""),
        what,
    }
}

/// Those that the repository has, or gets from another one of the same registry.
fn there(
    registry: &Registry,
    target: &Reference,
    found: HashMap<Digest, Vec<(String, Blob)>>,
    call: &mut Call<'_>,
) -> Result<HashMap<Digest, Blob>> {
    let mut there = HashMap::new();
    for (diff_id, places) in found {
        for (path, blob) in places {
            let name = target.without_tag().with_digest(blob.digest.clone());
            let has = match registry.head_blob(&name, call) {
                Ok(size) => size == blob.size,
                Err(error) if error.kind() == ErrorKind::NotFound && path != target.path() => {
                    registry.mount_blob(&name, &path, call)?
                }
                Err(error) if error.kind() == ErrorKind::NotFound => false,
                Err(error) => return Err(error),
            };
            if has {
                there.insert(diff_id, blob);
                break;
            }
        }
    }
    Ok(there)
}

/// What can be known cheaply of a push: two questions to the engine, and two to the registry.
pub(super) fn outlook(
    images: &Images,
    image: &ImageDetails,
    target: &Reference,
    call: &mut Call<'_>,
) -> Result<Outlook> {
    let layers = layer_sizes(images.engine(), image, call)?;
    let has = images
        .registry_at(target.domain())?
        .layers_of(target, call)?;
    let diff_ids = image.diff_ids();
    let missing = diff_ids
        .map_err(|what| malformed(images, what, call))?
        .iter()
        .zip(&layers)
        .filter(|(diff_id, _)| !has.contains(diff_id))
        .map(|(_, size)| *size)
        .collect();
    Ok(Outlook {
        store: image
            .store()
            .map_err(|what| malformed(images, what, call))?,
        layers,
        missing,
    })
}

/// The sizes of the layers, the lowest first. Where the history does not tell them apart, all are the same.
fn layer_sizes(engine: &Engine, image: &ImageDetails, call: &mut Call<'_>) -> Result<Vec<u64>> {
    let history = engine.history(&image.id, None, call)?;
    let mut sizes: Vec<u64> = history
        .iter()
        .rev()
        .map(|entry| entry.size)
        .filter(|size| *size > 0)
        .collect();
    if sizes.len() != image.layers.len() {
        let count = image.layers.len().max(1) as u64;
        sizes = vec![image.size / count; image.layers.len()];
    }
    Ok(sizes)
}
