//! Direct pushes that keep layers in files while they go out.

use std::fs;

use imgferry::{ErrorKind, PushImageOptions};

use super::directly::{directly, judge, push, spec};
use super::support::{
    Engine, FaultProxy, Plan, Registry, RegistryOptions, TempDir, skopeo, unique,
};
use super::{load, open_images};

#[test]
fn layers_that_are_kept_go_out_in_one_request_each_and_leave_no_file() {
    let folder = TempDir::new("spool");
    let images = open_images(Engine::shared());
    let name = format!("demo/{}:1", unique("spool"));
    let image = spec(&name, &[20_000_000, 9_000_000, 10_000_000, 2_000_000]);
    load(images.engine(), &image);
    let registry = Registry::start(RegistryOptions::default());
    let target = format!("{}/spool:1", registry.host());
    let options = PushImageOptions {
        spool_dir: Some(folder.path().to_owned()),
        ..directly()
    };
    let mark = registry.mark();
    push(&images, &name, &target, &options).unwrap_or_else(|error| panic!("{}", error.report()));
    judge(&target, &image.image());
    let requests = registry.requests_since(mark);
    let count = |method: &str| {
        let of = requests
            .iter()
            .filter(|request| request.method == method && request.path.contains("/blobs/uploads/"));
        of.count()
    };
    assert_eq!((count("PATCH"), count("PUT")), (0, 5));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn layers_that_are_kept_arrive_over_connections_that_never_last() {
    let folder = TempDir::new("spool");
    let images = open_images(Engine::shared());
    let name = format!("demo/{}:1", unique("spool"));
    let image = spec(&name, &[20_000_000, 10_000_000]);
    load(images.engine(), &image);
    let registry = Registry::shared();
    let proxy = FaultProxy::in_front_of(registry, Plan::every_bytes(6_000_000));
    let repository = unique("spool");
    let options = PushImageOptions {
        spool_dir: Some(folder.path().to_owned()),
        ..directly()
    };
    let target = format!("{}/{repository}:1", proxy.host());
    push(&images, &name, &target, &options).unwrap_or_else(|error| panic!("{}", error.report()));
    let there = format!("{}/{repository}:1", registry.host());
    judge(&there, &image.image());
}

#[test]
fn a_folder_that_is_not_there_is_told_before_anything_is_sent() {
    let folder = TempDir::new("spool");
    let images = open_images(Engine::shared());
    let name = format!("demo/{}:1", unique("spool"));
    load(images.engine(), &spec(&name, &[1_000_000]));
    let registry = Registry::start(RegistryOptions::default());
    let options = PushImageOptions {
        spool_dir: Some(folder.join("nowhere")),
        ..directly()
    };
    let target = format!("{}/spool:1", registry.host());
    let error = push(&images, &name, &target, &options).expect_err("no folder");
    assert_eq!(error.kind(), ErrorKind::Io, "{}", error.report());
    assert!(error.to_string().contains("nowhere"), "{error}");
    let all = format!("docker://{}/spool", registry.host());
    let none = skopeo(&["list-tags", "--tls-verify=false", &all]);
    assert!(!none.status.success());
    let uploads = registry.requests();
    assert!(uploads.iter().all(|request| request.method != "POST"));
}
