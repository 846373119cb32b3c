//! Pushes that go around the engine's own.

use std::ops::ControlFlow;
use std::thread;

use imgferry::{
    BlobSource, Call, ErrorKind, ImageProgressStep, Images, LayerCompression, Phase,
    PushImageOptions, PushVia, PushedImage, PushedVia, RegistryOptions, Result,
};
use serde_json::Value;

use super::support::{
    self, Engine, FaultProxy, Image, ImageSpec, LayerSpec, Nginx, NginxOptions, Plan, Podman,
    Registry, TempDir, deep, expect_success, skopeo, unique,
};
use super::{client, id_of, load, local, open_images, pull, remote, state};

pub(super) fn directly() -> PushImageOptions {
    PushImageOptions {
        via: PushVia::Direct,
        ..PushImageOptions::default()
    }
}

pub(super) fn push(
    images: &Images,
    from: &str,
    to: &str,
    options: &PushImageOptions,
) -> Result<PushedImage> {
    images.push(&local(from), Some(&remote(to)), options, &mut Call::new())
}

/// An image with layers of these sizes, in bytes, that cannot be compressed.
pub(super) fn spec(name: &str, layers: &[u64]) -> ImageSpec {
    let layers: Vec<LayerSpec> = layers
        .iter()
        .map(|bytes| LayerSpec::incompressible(*bytes))
        .collect();
    ImageSpec::new(name, &layers)
}

/// Holds that skopeo finds the same config and the same layers in the registry.
pub(super) fn judge(image: &str, expected: &Image) {
    let folder = TempDir::new("judged");
    let unpacked = folder.join("unpacked");
    expect_success(&skopeo(&[
        "copy",
        "--src-tls-verify=false",
        "--dest-decompress",
        &format!("docker://{image}"),
        &format!("dir:{}", unpacked.display()),
    ]));
    for digest in expected.diff_ids.iter().chain([&expected.id]) {
        let blob = unpacked.join(digest.trim_start_matches("sha256:"));
        assert!(blob.exists(), "{digest}");
    }
}

fn layer_types(image: &str) -> Vec<String> {
    let raw = expect_success(&skopeo(&[
        "inspect",
        "--raw",
        "--tls-verify=false",
        &format!("docker://{image}"),
    ]));
    let manifest: Value = serde_json::from_str(&raw).expect("JSON");
    let layers = manifest["layers"].as_array().expect("layers");
    let of = |layer: &Value| layer["mediaType"].as_str().expect("a type").to_owned();
    layers.iter().map(of).collect()
}

#[test]
fn what_was_pushed_directly_is_pulled_as_what_it_was() {
    let (part, registry) = (Engine::start(), Registry::shared());
    let images = open_images(&part);
    let mut image = ImageSpec::small("demo/direct:1");
    // The same layer twice, and an empty one.
    image
        .layers
        .extend([image.layers[0], LayerSpec::incompressible(0)]);
    let expected = image.image();
    let id = load(images.engine(), &image);
    let before = state(images.engine());
    let mut digests = Vec::new();
    for (how, suffix) in [
        (LayerCompression::GZIP, "tar+gzip"),
        (LayerCompression::ZSTD, "tar+zstd"),
        (LayerCompression::GZIP, "tar+gzip"),
    ] {
        let target = format!("{}/{}:1", registry.host(), unique("direct"));
        let options = PushImageOptions {
            compression: how,
            ..directly()
        };
        let pushed = push(&images, "demo/direct:1", &target, &options).expect("push");
        assert_eq!(
            (pushed.via, pushed.reason.as_str()),
            (PushedVia::Direct, "")
        );
        assert_eq!(pushed.warnings, Vec::<String>::new());
        assert_eq!(state(images.engine()), before, "no name is left");
        let there = images.digest(&pushed.image, &mut Call::new()).expect("it");
        assert_eq!(Some(&there), pushed.digest.as_ref());
        judge(&target, &expected);
        for media_type in layer_types(&target) {
            assert!(media_type.ends_with(suffix), "{media_type}");
        }
        digests.push(there);
        if how == LayerCompression::GZIP {
            let pulled = pull(&images, &target, "demo/back:1").expect("pull");
            assert_eq!(pulled.id, id);
            part.docker_ok(&["rmi", "demo/back:1"]);
        }
    }
    assert_eq!(digests[0], digests[2], "the same bytes each time");
    assert_ne!(digests[0], digests[1]);
}

#[test]
fn podman_s_images_are_pushed_directly_too() {
    let (part, registry) = (Podman::shared(), Registry::shared());
    let images = Images::new(client(&part.endpoint()), &RegistryOptions::default());
    let name = format!("localhost/{}:1", unique("direct"));
    let image = ImageSpec::small(&name);
    load(images.engine(), &image);
    let target = format!("{}/{}:1", registry.host(), unique("podman"));
    push(&images, &name, &target, &directly()).unwrap_or_else(|error| panic!("{}", error.report()));
    judge(&target, &image.image());
}

#[test]
fn progress_tells_of_each_layer_and_of_the_end_once() {
    let images = open_images(Engine::shared());
    let name = format!("demo/{}:1", unique("progress"));
    load(images.engine(), &spec(&name, &[2_000_000, 1_000_000]));
    let target = format!("{}/{}:1", Registry::shared().host(), unique("progress"));
    let (mut layers, mut ends, mut sum) = (Vec::new(), 0, 0);
    let mut watch = |step: &ImageProgressStep<'_>| {
        match step.phase {
            Phase::LayerDone => layers.push((step.layer_id.to_owned(), step.current)),
            Phase::Done => ends += 1,
            _ => {}
        }
        assert!(step.sum_current >= sum, "it never goes back");
        sum = step.sum_current;
        ControlFlow::Continue(())
    };
    let mut call = Call::new().progress(&mut watch);
    let (from, to) = (local(&name), remote(&target));
    images
        .push(&from, Some(&to), &directly(), &mut call)
        .expect("push");
    drop(call);
    assert_eq!((layers.len(), ends), (2, 1), "{layers:?}");
    assert!(layers.iter().all(|(_, bytes)| *bytes >= 1_000_000));
}

#[test]
fn who_leaves_a_direct_push_leaves_no_name_and_no_upload() {
    let images = open_images(Engine::shared());
    let name = format!("demo/{}:1", unique("left"));
    load(images.engine(), &spec(&name, &[20_000_000]));
    let registry = Registry::start(support::RegistryOptions::default());
    let target = format!("{}/left:1", registry.host());
    let mut stop = |step: &ImageProgressStep<'_>| match step.sum_current > 5_000_000 {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let mut call = Call::new().progress(&mut stop);
    let (from, to) = (local(&name), remote(&target));
    let error = images
        .push(&from, Some(&to), &directly(), &mut call)
        .expect_err("left");
    drop(call);
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{}", error.report());
    let gone = images.digest(&to, &mut Call::new()).expect_err("no name");
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

/// A layer as large as the matrices have it, or as large as there is time for.
fn large() -> u64 {
    if deep() { 300_000_000 } else { 20_000_000 }
}

/// Pushes a large image directly to a host that leads to the registry; it arrives.
fn arrives(registry: &Registry, host: &str) {
    let images = open_images(Engine::shared());
    let name = format!("demo/{}:1", unique("arrives"));
    let image = spec(&name, &[large(), 10_000_000]);
    load(images.engine(), &image);
    let repository = unique("arrives");
    let pushed = push(
        &images,
        &name,
        &format!("{host}/{repository}:1"),
        &directly(),
    );
    let pushed = pushed.unwrap_or_else(|error| panic!("{}", error.report()));
    assert_eq!(pushed.via, PushedVia::Direct);
    judge(
        &format!("{}/{repository}:1", registry.host()),
        &image.image(),
    );
}

#[test]
fn a_direct_push_passes_where_bodies_are_limited() {
    let registry = Registry::shared();
    let limited = NginxOptions {
        max_body: Some(5_000_000),
        ..NginxOptions::default()
    };
    let nginx = Nginx::in_front_of(registry.host(), &limited);
    arrives(registry, nginx.host());
}

#[test]
fn a_direct_push_arrives_over_connections_that_never_last() {
    let registry = Registry::shared();
    let cut = if deep() { 50_000_000 } else { 6_000_000 };
    let proxy = FaultProxy::in_front_of(registry, Plan::every_bytes(cut));
    arrives(registry, proxy.host());
}

#[test]
fn a_direct_push_survives_a_restart_of_the_registry() {
    let mut registry = Registry::start(support::RegistryOptions::default());
    let images = open_images(Engine::shared());
    let name = format!("demo/{}:1", unique("restart"));
    let image = spec(&name, &[large(), 10_000_000]);
    load(images.engine(), &image);
    let target = format!("{}/restart:1", registry.host());
    let (from, to) = (local(&name), remote(&target));
    let mut is_restarted = false;
    let mut restart = |step: &ImageProgressStep<'_>| {
        if !is_restarted && step.sum_current > 10_000_000 {
            is_restarted = true;
            registry.restart_same_port();
        }
        ControlFlow::Continue(())
    };
    let mut call = Call::new().progress(&mut restart);
    images
        .push(&from, Some(&to), &directly(), &mut call)
        .unwrap_or_else(|error| panic!("{}", error.report()));
    drop(call);
    assert!(is_restarted);
    judge(&target, &image.image());
}

#[test]
fn the_way_is_chosen_by_what_the_registry_lacks_and_said() {
    let images = open_images(Engine::shared());
    let registry = Registry::shared();
    let auto = PushImageOptions {
        via: PushVia::Auto,
        ..PushImageOptions::default()
    };
    let name = format!("demo/{}:1", unique("auto"));
    let image = spec(&name, &[60_000_000]);
    load(images.engine(), &image);
    let target = format!("{}/{}:1", registry.host(), unique("auto"));
    let pushed = push(&images, &name, &target, &auto).expect("push");
    let cores = thread::available_parallelism().expect("cores").get();
    println!("on {cores} cores: {}", pushed.reason);
    assert_eq!(pushed.via, PushedVia::Direct, "{}", pushed.reason);
    judge(&target, &image.image());
    let again = push(&images, &name, &target, &auto).expect("push again");
    assert_eq!(again.via, PushedVia::Engine, "{}", again.reason);
    assert!(again.reason.starts_with("0 of 60 MB"), "{}", again.reason);
}

#[test]
fn a_broken_image_in_the_registry_is_replaced() {
    let images = open_images(Engine::shared());
    let name = format!("demo/{}:1", unique("replaces"));
    let image = spec(&name, &[1_000]);
    load(images.engine(), &image);
    let target = format!("{}/{}:1", Registry::shared().host(), unique("broken"));
    let at = images.registry(&remote(&target)).expect("a handle");
    let name_there = remote(&target);
    let there = name_there.reference();
    let source = BlobSource::Data(b"{}");
    let config = at.put_blob(there, source, &Default::default(), &mut Call::new());
    let config = config.expect("a config").digest;
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"{media_type}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":81}},"layers":[]}}"#
    );
    at.put_manifest(there, media_type, manifest.as_bytes(), &mut Call::new())
        .expect("a manifest that lies about its config");
    let auto = PushImageOptions {
        via: PushVia::Auto,
        ..PushImageOptions::default()
    };
    let pushed = push(&images, &name, &target, &auto);
    pushed.unwrap_or_else(|error| panic!("{}", error.report()));
    judge(&target, &image.image());
}

#[test]
fn where_the_engine_s_push_is_too_large_it_goes_on_directly() {
    let registry = Registry::shared();
    let limited = NginxOptions {
        max_body: Some(5_000_000),
        ..NginxOptions::default()
    };
    let nginx = Nginx::in_front_of(registry.host(), &limited);
    let images = open_images(Engine::shared());
    let name = format!("demo/{}:1", unique("limited"));
    // Small enough to be the engine's.
    let image = spec(&name, &[6_000_000, 5_000_000, 5_000_000, 5_000_000]);
    load(images.engine(), &image);
    let repository = unique("limited");
    let auto = PushImageOptions {
        via: PushVia::Auto,
        ..PushImageOptions::default()
    };
    let pushed = push(
        &images,
        &name,
        &format!("{}/{repository}:1", nginx.host()),
        &auto,
    );
    let pushed = pushed.unwrap_or_else(|error| panic!("{}", error.report()));
    assert_eq!(pushed.via, PushedVia::Direct);
    assert!(pushed.reason.contains("push failed"), "{}", pushed.reason);
    judge(
        &format!("{}/{repository}:1", registry.host()),
        &image.image(),
    );
}

#[test]
fn what_cannot_be_pushed_directly_is_said_before_anything_is_sent() {
    let images = open_images(Engine::shared());
    let registry = Registry::shared();
    let target = format!("{}/{}:1", registry.host(), unique("none"));
    let error = push(&images, "demo/nowhere:1", &target, &directly()).expect_err("no image");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let options = PushImageOptions {
        compression: LayerCompression::Gzip { level: 10 },
        ..directly()
    };
    let error = push(&images, "demo/nowhere:1", &target, &options).expect_err("no level");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(id_of(images.engine(), &target), None);
}
