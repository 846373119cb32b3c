//! A registry whose storage is damaged.

use std::fs;
use std::path::{Path, PathBuf};

use imgferry::{
    Call, CopyOptions, Engine as Client, EngineOptions, ErrorKind, InspectOptions, Place, Reference,
};

use crate::support::{Engine, ImageSpec, LayerSpec, Registry, RegistryOptions, TempDir, unique};
use crate::{client, copy, name, place};

/// Changes the first byte of the largest blob; the same again undoes it.
fn damage(registry: &Registry) {
    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => files(&path, found),
                false => found.push(path),
            }
        }
    }
    let mut found = Vec::new();
    files(
        &registry.root().join("docker/registry/v2/blobs"),
        &mut found,
    );
    let blob = found
        .iter()
        .max_by_key(|path| path.metadata().expect("a file").len())
        .expect("a blob");
    let mut bytes = fs::read(blob).expect("read a blob");
    bytes[0] ^= 1;
    fs::write(blob, bytes).expect("write a blob");
}

#[test]
fn a_damaged_blob_is_refused_everywhere_and_whole_the_next_time() {
    let (source, other) = (
        Registry::start(RegistryOptions::default()),
        Registry::start(RegistryOptions::default()),
    );
    let image = name(&source, "damaged");
    // Some of it is written before all is there.
    let layer = LayerSpec::incompressible(1_000_000);
    ImageSpec::new(image.path(), &[layer]).push_by_skopeo(&image.to_string());
    let folder = TempDir::new("damaged");
    let engine = Client::new(&Engine::shared().endpoint(), &EngineOptions::default());
    let engine = engine.expect("a handle");
    let local = format!("damaged/{}:1", unique("image"));
    let target = name(&other, "damaged");
    let (archive, layout_archive) = (folder.join("docker.tar"), folder.join("oci.tar"));
    let call = &mut Call::new();
    let mut is_there: [(Place, Box<dyn FnMut() -> bool>); 5] = [
        (
            Place::oci_layout(folder.join("layout"), Some("1")),
            Box::new(|| names_in(&folder.join("layout")) > 0),
        ),
        (
            Place::oci_archive(&layout_archive, None),
            Box::new(|| layout_archive.exists()),
        ),
        (
            Place::docker_archive(&archive, Some(&local)),
            Box::new(|| archive.exists()),
        ),
        (
            Place::engine(&engine, &local),
            Box::new(|| {
                let found =
                    engine.inspect_image(&local, &InspectOptions::default(), &mut Call::new());
                found.is_ok()
            }),
        ),
        (
            place(&other, &target),
            Box::new(|| is_in_registry(&other, &target, call)),
        ),
    ];
    for (to, is_there) in &mut is_there {
        damage(&source);
        let error =
            copy(&place(&source, &image), to, &CopyOptions::default()).expect_err("damaged");
        assert_eq!(error.kind(), ErrorKind::DigestMismatch, "{to}: {error}");
        assert!(!is_there(), "{to}");
        damage(&source);
        copy(&place(&source, &image), to, &CopyOptions::default())
            .unwrap_or_else(|error| panic!("{to}: {}", error.report()));
        assert!(is_there(), "{to}");
    }
}

/// How many images a layout names.
fn names_in(layout: &Path) -> usize {
    let index = fs::read(layout.join("index.json")).expect("an index");
    let index: serde_json::Value = serde_json::from_slice(&index).expect("JSON");
    index["manifests"].as_array().expect("a list").len()
}

fn is_in_registry(registry: &Registry, image: &Reference, call: &mut Call<'_>) -> bool {
    client(registry).digest(image, call).is_ok()
}
