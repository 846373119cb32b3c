//! What a program does with an engine, on a real dockerd.

#[path = "../support/mod.rs"]
mod support;

mod archive;
mod ask;
mod images;
mod import;
mod login;
mod patience;
mod podman;
mod reach;

use imgferry::{Call, Engine as Client, EngineOptions, LoadOptions};
use support::{Engine, Image, ImageSpec};

fn connect(engine: &Engine) -> Client {
    Client::new(&engine.endpoint(), &EngineOptions::default()).expect("a handle")
}

fn load(engine: &Client, spec: &ImageSpec) -> Image {
    let mut archive = spec.archive();
    let loaded = engine
        .load_image(&mut archive, &LoadOptions::default(), &mut Call::new())
        .expect("load");
    assert_eq!(loaded.names, spec.names);
    archive.finish()
}
