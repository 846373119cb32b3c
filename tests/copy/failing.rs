//! Sources with other bytes than they say: of a copy that fails nobody finds a name afterwards.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use imgferry::{
    Call, CopyOptions, Digest, Engine as Client, EngineOptions, Error, ErrorKind, InspectOptions,
    Limits, Place, PlaceOptions, RegistryOptions, RetryPolicy,
};
use serde_json::Value;

use crate::judge::judge;
use crate::support::{
    Answer, Engine, Fault, FaultProxy, ImageSpec, Plan, Registry, Requests, TempDir,
    expect_success, skopeo, unique,
};
use crate::{copy, name, raw, reference};

pub fn engine() -> Client {
    engine_at(&Engine::shared().endpoint())
}

pub fn engine_at(endpoint: &str) -> Client {
    Client::new(endpoint, &EngineOptions::default()).expect("a handle")
}

pub fn parse(text: &str) -> Place {
    let options = PlaceOptions {
        engine: Some(engine()),
        ..PlaceOptions::default()
    };
    Place::parse(text, &options).expect("a place")
}

/// Copies as it is.
pub fn go(from: &str, to: &str) -> Result<imgferry::Copied, Error> {
    copy(&parse(from), &parse(to), &CopyOptions::default())
}

/// An image in a layout; its name is `1`.
pub fn layout(folder: &Path) -> PathBuf {
    let (archive, path) = (folder.join(unique("made")), folder.join(unique("layout")));
    ImageSpec::small("failing/image:1").write_archive(&archive);
    let archive = format!("docker-archive:{}", archive.display());
    expect_success(&skopeo(&[
        "copy",
        &archive,
        &format!("oci:{}:1", path.display()),
    ]));
    path
}

/// The digest of the first layer of an image.
fn first_layer(manifest: &str) -> Digest {
    let manifest: Value = serde_json::from_str(manifest).expect("JSON");
    let digest = manifest["layers"][0]["digest"].as_str().expect("a digest");
    Digest::parse(digest).expect("a digest")
}

/// Other bytes, just as many.
fn spoil(file: &Path) {
    let mut bytes = fs::read(file).expect("a blob");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).expect("written");
}

/// Places without an image, of every kind.
fn destinations(folder: &Path) -> [String; 5] {
    let file = |kind: &str| folder.join(unique(kind)).display().to_string();
    [
        format!("docker://{}", name(Registry::shared(), "failing")),
        format!("oci:{}:1", file("layout")),
        format!("oci-archive:{}:1", file("oci-archive")),
        format!("docker-archive:{}:failing/image:1", file("docker-archive")),
        format!("docker-daemon:failing/{}:1", unique("engine")),
    ]
}

/// Holds that nobody finds an image there, nor anything else where nothing was.
#[track_caller]
fn assert_no_name(place: &str) {
    if let Some(image) = place.strip_prefix("docker-daemon:") {
        let found = engine().inspect_image(image, &InspectOptions::default(), &mut Call::new());
        assert_eq!(found.expect_err("no image").kind(), ErrorKind::NotFound);
        return;
    }
    let found = skopeo(&["inspect", "--raw", "--tls-verify=false", place]);
    assert!(!found.status.success(), "{place}");
    if let Some(rest) = place.split_once("archive:") {
        let path = rest.1.split(':').next().expect("a path");
        assert!(!Path::new(path).exists(), "{path}");
        assert!(!Path::new(&format!("{path}.part")).exists(), "{path}.part");
    }
}

#[test]
fn a_layout_with_other_bytes_than_it_says_is_copied_nowhere() {
    let folder = TempDir::new("failing");
    let path = layout(folder.path());
    let from = format!("oci:{}:1", path.display());
    let layer = first_layer(&expect_success(&skopeo(&["inspect", "--raw", &from])));
    let archive = folder.join("archive.tar");
    spoil(&path.join("blobs/sha256").join(layer.hex()));
    let packed = std::process::Command::new("tar")
        .arg("-cf")
        .args([&archive, Path::new("-C"), &path, Path::new(".")])
        .output();
    expect_success(&packed.expect("run tar"));
    let from_archive = format!("oci-archive:{}:1", archive.display());
    for from in [&from, &from_archive] {
        for to in destinations(folder.path()) {
            let error = go(from, &to).expect_err(&to);
            println!("{to}: {}", error.report());
            assert_eq!(error.kind(), ErrorKind::DigestMismatch, "{to}: {error}");
            for said in ["copy ", from, &to, layer.hex()] {
                assert!(error.report().contains(said), "{to}: {said}: {error}");
            }
            assert_no_name(&to);
        }
    }
}

#[test]
fn a_layer_in_an_archive_that_is_not_what_the_config_says_is_copied_nowhere() {
    let folder = TempDir::new("failing");
    let archive = folder.join("image.tar");
    ImageSpec::small("failing/image:1").write_archive(&archive);
    spoil(&archive);
    for to in destinations(folder.path()) {
        let error = go(&format!("docker-archive:{}", archive.display()), &to).expect_err(&to);
        println!("{to}: {}", error.report());
        assert_eq!(error.kind(), ErrorKind::DigestMismatch, "{to}: {error}");
        assert_no_name(&to);
    }
}

#[test]
fn a_registry_that_sends_other_bytes_is_not_believed() {
    let part = Registry::shared();
    let image = name(part, "lying");
    ImageSpec::small(&image.to_string()).push_by_skopeo(&image.to_string());
    let layer = first_layer(&raw(&image));
    let asked = Requests::all().containing(&format!("/blobs/{layer}"));
    let lie = Fault::rewrite(asked, |_, answer| {
        if let Some(byte) = answer.body.first_mut() {
            *byte ^= 1;
        }
    });
    let proxy = FaultProxy::in_front_of(part, Plan::always(lie));
    let folder = TempDir::new("failing");
    let from = format!("docker://{}/{}:1", proxy.host(), image.path());
    for to in destinations(folder.path()) {
        let error = go(&from, &to).expect_err(&to);
        println!("{to}: {}", error.report());
        assert_eq!(error.kind(), ErrorKind::DigestMismatch, "{to}: {error}");
        assert_no_name(&to);
    }
    // And the rest of a blob is no more believed than all of it.
    let layout = folder.join("begun");
    let to = format!("oci:{}:1", layout.display());
    let blob = fs::read(part.root().join(format!(
        "docker/registry/v2/blobs/sha256/{}/{}/data",
        &layer.hex()[..2],
        layer.hex()
    )));
    let begun = layout.join(format!("blobs/sha256/{}.part", layer.hex()));
    fs::create_dir_all(begun.parent().expect("a folder")).expect("folders");
    fs::write(
        layout.join("oci-layout"),
        r#"{"imageLayoutVersion":"1.0.0"}"#,
    )
    .expect("written");
    fs::write(&begun, &blob.expect("the layer")[..10_000]).expect("written");
    let error = go(&from, &to).expect_err("a lie");
    assert_eq!(error.kind(), ErrorKind::DigestMismatch, "{error}");
    assert_no_name(&to);
    assert!(!begun.exists(), "of a lie nothing stays");
    proxy.set(Plan::none());
    go(&from, &to).expect("the truth");
    judge(&to);
}

#[test]
fn a_source_that_is_busy_is_not_taken_for_a_busy_destination() {
    let part = Registry::shared();
    let (image, target) = (name(part, "busy"), name(part, "from-busy"));
    ImageSpec::small(image.path()).push_by_skopeo(image.as_str());
    let layer = first_layer(&raw(&image));
    // Longer than the source is waited for, and not longer than the destination.
    let busy = Answer::new(503).with_header("Retry-After", "30");
    let asked = Requests::all().containing(&format!("/blobs/{layer}"));
    let proxy = FaultProxy::in_front_of(part, Plan::always(Fault::answer(asked, busy)));
    let options = RegistryOptions {
        retries: RetryPolicy {
            longest_wait: Duration::from_secs(1),
            ..RetryPolicy::default()
        },
        ..RegistryOptions::default()
    };
    let source = imgferry::Registry::new(proxy.host(), &options).expect("a handle");
    let from = Place::registry(
        &source,
        &reference(&format!("{}/{}:1", proxy.host(), image.path())),
    );
    let destination = FaultProxy::in_front_of(part, Plan::none());
    let handle = imgferry::Registry::new(destination.host(), &RegistryOptions::default());
    let to = Place::registry(
        &handle.expect("a handle"),
        &reference(&format!("{}/{}:1", destination.host(), target.path())),
    );
    let limits = Limits {
        deadline: Some(Duration::from_secs(20)),
        ..Limits::default()
    };
    let call = &mut Call::new().limits(limits);

    let error = imgferry::copy(&from, &to, &CopyOptions::default(), call).expect_err("busy");

    assert_eq!(
        error.answer().map(|answer| answer.status),
        Some(503),
        "{}",
        error.report()
    );
    assert!(error.report().contains(proxy.host()), "{}", error.report());
    assert!(
        error
            .context()
            .is_some_and(|context| context.left_behind.is_empty()),
        "{}",
        error.report()
    );
    let exchanges = destination.exchanges();
    let sent = |method: &str| {
        let is = |line: &str| line.starts_with(method) && line.contains(layer.hex());
        exchanges
            .iter()
            .filter(|exchange| is(&exchange.request.request))
            .count()
    };
    assert_eq!(sent("PUT "), 1, "{exchanges:?}");
}
