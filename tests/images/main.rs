//! Images by their local and remote names, between a real engine and a real registry: what arrives, and what stays.

#[path = "../support/mod.rs"]
mod support;

mod directly;
mod kinds;
mod layer_cache;
mod moved;
mod names;
mod platforms;
mod progress;
mod rounds;
mod runs;
mod side_by_side;
mod spool_dir;

use std::collections::{BTreeMap, BTreeSet};

use imgferry::{
    Call, Engine as Client, EngineOptions, ErrorKind, Images, InspectOptions, LayerCompression,
    ListOptions, LoadOptions, LocalImage, PullImageOptions, PulledImage, PushImageOptions, PushVia,
    PushedImage, Reference, RegistryOptions, RemoteImage, Result,
};
use support::{Engine, ImageSpec};

const PUSH: PushImageOptions = PushImageOptions {
    keep_remote_name: false,
    via: PushVia::Engine,
    compression: LayerCompression::GZIP,
    layer_cache: None,
    spool_dir: None,
};
const PULL: PullImageOptions = PullImageOptions { platform: None };

fn client(endpoint: &str) -> Client {
    Client::new(endpoint, &EngineOptions::default()).expect("a handle")
}

fn open_images(engine: &Engine) -> Images {
    Images::new(client(&engine.endpoint()), &RegistryOptions::default())
}

/// Loads an image; its ID.
fn load(engine: &Client, spec: &ImageSpec) -> String {
    let mut archive = spec.archive();
    engine
        .load_image(&mut archive, &LoadOptions::default(), &mut Call::new())
        .expect("load");
    archive.finish().id
}

fn local(text: &str) -> LocalImage {
    LocalImage::parse(text).expect(text)
}

fn remote(text: &str) -> RemoteImage {
    RemoteImage::parse(text).expect(text)
}

fn push(images: &Images, from: &str, to: &str) -> Result<PushedImage> {
    images.push(&local(from), Some(&remote(to)), &PUSH, &mut Call::new())
}

fn pull(images: &Images, from: &str, to: &str) -> Result<PulledImage> {
    images.pull(&remote(from), Some(&local(to)), &PULL, &mut Call::new())
}

/// The IDs of an engine's images, each with all its names.
type State = BTreeMap<String, BTreeSet<String>>;

fn state(engine: &Client) -> State {
    let all = ListOptions {
        all: true,
        ..ListOptions::default()
    };
    let listed = engine.images(&all, &mut Call::new()).expect("list");
    listed
        .into_iter()
        .map(|image| {
            let names = image.repo_tags.into_iter().chain(image.repo_digests);
            // In full, as podman writes them; dockerd does not.
            let in_full = names.map(|name| Reference::parse(&name).expect("a name").to_string());
            (image.id, in_full.collect())
        })
        .collect()
}

/// The ID of the image of that name.
fn id_of(engine: &Client, name: &str) -> Option<String> {
    match engine.inspect_image(name, &InspectOptions::default(), &mut Call::new()) {
        Ok(image) => Some(image.id),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => panic!("{}", error.report()),
    }
}
