//! What the machine may do to a program: its disk is full or read-only, files change while they are read, the engine or
//! the registry dies, and the clock jumps. The error says so, nothing half made is taken for whole, and another try
//! succeeds when the machine is well again.

mod clock;
mod files;
mod full;
mod killed;
#[path = "../support/mod.rs"]
mod support;

use imgferry::{Call, EngineOptions, ManifestContent, Reference, RegistryOptions};
use support::{Engine, ImageSpec, LayerSpec, Registry};

fn engine_of(part: &Engine) -> imgferry::Engine {
    imgferry::Engine::new(&part.endpoint(), &EngineOptions::default()).expect("a handle")
}

fn registry_of(part: &Registry) -> imgferry::Registry {
    imgferry::Registry::new(part.host(), &RegistryOptions::default()).expect("a handle")
}

fn parse(name: &str) -> Reference {
    Reference::parse(name).expect("a name")
}

/// An image with one layer that does not compress.
fn image(name: &str, bytes: u64) -> ImageSpec {
    ImageSpec::new(name, &[LayerSpec::incompressible(bytes)])
}

/// The layer of an image in a registry.
fn layer_of(registry: &imgferry::Registry, image: &Reference) -> Reference {
    let manifest = registry.get_manifest(image, &mut Call::new());
    let manifest = manifest.expect("a manifest");
    let ManifestContent::Image(content) = manifest.content() else {
        panic!("{manifest:?}")
    };
    image
        .without_tag()
        .with_digest(content.layers[0].digest.clone())
}
