//! What must hold for manifests, indexes and configs of any bytes.

use serde_json::Value;

use super::media_type::{DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, SCHEMA1};
use super::{Descriptor, ImageConfig, Manifest, ManifestContent, Platform};
use crate::digest::Digest;

/// A manifest or an index that came as the type which the first byte chooses, or the config of an image.
pub fn manifest(input: &[u8]) {
    let Some((choice, document)) = input.split_first() else {
        return;
    };
    let types = [
        None,
        Some(OCI_MANIFEST),
        Some(OCI_INDEX),
        Some(DOCKER_MANIFEST),
        Some(DOCKER_LIST),
        Some(SCHEMA1),
        Some("application/json; charset=utf-8"),
    ];
    let content_type = types[usize::from(*choice) % types.len()];
    let read = Manifest::read(document.to_owned(), Digest::sha256(document), content_type);
    if let Ok(manifest) = read {
        assert_eq!(manifest.bytes(), document);
        says_what_others_read(&manifest);
    }
    if let Ok(config) = ImageConfig::read(document.to_owned()) {
        assert_eq!(config.document.as_bytes(), document);
    }
}

fn says_what_others_read(manifest: &Manifest) {
    let listed: Vec<&Descriptor> = match manifest.content() {
        ManifestContent::Image(image) => image.layers.iter().chain([&image.config]).collect(),
        ManifestContent::Index(index) => {
            let chosen = Platform::host().choose(&index.manifests);
            assert!(chosen.is_none_or(|chosen| index.manifests.contains(chosen)));
            index.manifests.iter().collect()
        }
        ManifestContent::Other => return,
    };
    for descriptor in listed.iter().copied().chain(manifest.subject()) {
        assert!(i64::try_from(descriptor.size).is_ok());
        let written: Descriptor = serde_json::from_str(descriptor.written().get()).unwrap();
        assert_eq!(written, *descriptor);
    }
    // Other readers take the last of two members with one name.
    let Ok(document) = serde_json::from_slice::<Value>(manifest.bytes()) else {
        return;
    };
    let (list, config) = match manifest.content() {
        ManifestContent::Image(_) => ("layers", document.get("config")),
        _ => ("manifests", None),
    };
    let others = document.get(list).and_then(Value::as_array);
    let others = others.into_iter().flatten().chain(config);
    let digests: Vec<_> = others.map(|other| other["digest"].as_str()).collect();
    let ours: Vec<_> = listed.iter().map(|own| Some(own.digest.as_str())).collect();
    assert_eq!(ours, digests);
}
