//! What direct pushes remember of layers.

use std::fs;
use std::path::PathBuf;

use imgferry::{Images, PushImageOptions, RegistryOptions};

use super::directly::{directly, judge, push, spec};
use super::support::{Engine, Podman, Registry, RegistryOptions as Options, TempDir, unique};
use super::{client, load};

fn with_cache(path: PathBuf) -> PushImageOptions {
    PushImageOptions {
        layer_cache: Some(path),
        ..directly()
    }
}

/// How many uploads a registry has seen since a mark.
fn uploads(registry: &Registry, mark: usize) -> usize {
    let requests = registry.requests_since(mark);
    let uploads = requests.iter().filter(|request| {
        request.method == "PATCH"
            || request.method == "PUT" && request.path.contains("/blobs/uploads/")
    });
    uploads.count()
}

fn a_layer_is_not_sent_again(endpoint: &str) {
    let folder = TempDir::new("cache");
    let path = folder.join("layers");
    let images = Images::new(client(endpoint), &RegistryOptions::default());
    let registry = Registry::start(Options::default());
    let name = format!("localhost/{}:1", unique("cache"));
    let image = spec(&name, &[8_000_000, 1_000_000]);
    load(images.engine(), &image);
    let target = |repository: &str| format!("{}/{repository}:1", registry.host());
    let options = with_cache(path.clone());
    push(&images, &name, &target("one"), &options).expect("push");
    let remembered = fs::read_to_string(&path).expect("the cache");
    assert_eq!(remembered.lines().count(), 2);
    let mark = registry.mark();
    push(&images, &name, &target("one"), &options).expect("push again");
    assert_eq!(uploads(&registry, mark), 0);
    push(&images, &name, &target("two"), &options).expect("push elsewhere");
    judge(&target("two"), &image.image());
    assert_eq!(uploads(&registry, mark), 1, "the config");

    let empty = Registry::start(Options::default());
    let elsewhere = format!("{}/one:1", empty.host());
    push(&images, &name, &elsewhere, &options).expect("another registry has nothing");
    judge(&elsewhere, &image.image());
}

#[test]
fn a_layer_of_docker_that_is_remembered_is_not_sent_again() {
    a_layer_is_not_sent_again(&Engine::shared().endpoint());
}

#[test]
fn a_layer_of_podman_that_is_remembered_is_not_sent_again() {
    a_layer_is_not_sent_again(&Podman::shared().endpoint());
}

#[test]
fn a_cache_that_is_damaged_or_cannot_be_written_costs_time_only() {
    let folder = TempDir::new("cache");
    let images = Images::new(
        client(&Engine::shared().endpoint()),
        &RegistryOptions::default(),
    );
    let name = format!("demo/{}:1", unique("cache"));
    let image = spec(&name, &[1_000_000]);
    load(images.engine(), &image);
    let target = || format!("{}/{}:1", Registry::shared().host(), unique("cache"));

    let nowhere = with_cache(folder.join("no").join("layers"));
    let pushed = push(&images, &name, &target(), &nowhere).expect("it arrives");
    assert_eq!(pushed.warnings.len(), 1, "{:?}", pushed.warnings);
    assert!(pushed.warnings[0].contains("layer cache"));

    let path = folder.join("layers");
    fs::write(&path, "{\"not\": a cache}\n\0\0").expect("damaged");
    let target = target();
    push(&images, &name, &target, &with_cache(path)).expect("it arrives");
    judge(&target, &image.image());
}
