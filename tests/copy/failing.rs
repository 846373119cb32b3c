//! Copies that cannot be: nobody finds a new name afterwards, and what can be known is said before bytes are moved.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;

use imgferry::{
    Call, CopyOptions, Digest, Engine as Client, EngineOptions, Error, ErrorKind,
    ImageProgressStep, InspectOptions, Place, PlaceOptions,
};
use serde_json::Value;

use crate::judge::judge;
use crate::support::{
    Direction, Engine, Fault, FaultProxy, ImageSpec, LayerSpec, Plan, Registry, Requests, TempDir,
    expect_success, run_as_nobody, skopeo, unique,
};
use crate::{client, copy, name, place, raw};

fn engine() -> Client {
    engine_at(&Engine::shared().endpoint())
}

fn engine_at(endpoint: &str) -> Client {
    Client::new(endpoint, &EngineOptions::default()).expect("a handle")
}

fn parse(text: &str) -> Place {
    let options = PlaceOptions {
        engine: Some(engine()),
        ..PlaceOptions::default()
    };
    Place::parse(text, &options).expect("a place")
}

/// Copies as it is.
fn go(from: &str, to: &str) -> Result<imgferry::Copied, Error> {
    copy(&parse(from), &parse(to), &CopyOptions::default())
}

/// An image in a layout; its name is `1`.
fn layout(folder: &Path) -> PathBuf {
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

/// An image in the shared registry, behind a proxy that tells what was asked; its place there.
fn watched() -> (FaultProxy, String) {
    let part = Registry::shared();
    let image = name(part, "watched");
    ImageSpec::small(&image.to_string()).push_by_skopeo(&image.to_string());
    let proxy = FaultProxy::in_front_of(part, Plan::none());
    let from = format!("docker://{}/{}:1", proxy.host(), image.path());
    (proxy, from)
}

/// Holds that no blob was asked for.
#[track_caller]
fn assert_nothing_moved(proxy: &FaultProxy) {
    for exchange in proxy.exchanges() {
        let line = &exchange.request.request;
        assert!(
            !line.contains("/blobs/") && !line.contains("/get"),
            "{line}"
        );
    }
}

#[test]
fn a_destination_that_cannot_be_is_refused_before_bytes_are_moved() {
    let (proxy, from) = watched();
    let folder = TempDir::new("failing");
    let (file, other) = (folder.join("file"), folder.join("other"));
    fs::write(&file, "a file").expect("written");
    fs::create_dir(&other).expect("a folder");
    fs::write(other.join("file"), "a file").expect("written");
    let missing = folder.join("missing/image.tar");
    let cases = [
        (
            format!("docker-archive:{}:a/b:1", missing.display()),
            ErrorKind::Io,
        ),
        (
            format!("oci-archive:{}:1", missing.display()),
            ErrorKind::Io,
        ),
        (
            format!("docker-archive:{}:a/b:1", other.display()),
            ErrorKind::Io,
        ),
        (
            format!("oci-archive:{}/image.tar:1", file.display()),
            ErrorKind::Io,
        ),
        (
            format!("docker-archive:{}/i.tar:a/B:1", other.display()),
            ErrorKind::InvalidReference,
        ),
        (format!("oci:{}:1", file.display()), ErrorKind::Io),
        (
            format!("oci:{}:1", other.display()),
            ErrorKind::InvalidArgument,
        ),
        (
            format!("oci:{}/layout:a b", other.display()),
            ErrorKind::InvalidArgument,
        ),
        (
            format!("oci-archive:{}/image.tar:a b", other.display()),
            ErrorKind::InvalidArgument,
        ),
        (
            "docker-daemon:failing/Upper:1".to_owned(),
            ErrorKind::InvalidReference,
        ),
    ];
    let image = format!("failing/{}:1", unique("source"));
    let mut archive = ImageSpec::small(&image).archive();
    engine()
        .load_image(
            &mut archive,
            &imgferry::LoadOptions::default(),
            &mut Call::new(),
        )
        .expect("load");
    let watched_engine = FaultProxy::in_front_of(Engine::shared(), Plan::none());
    let from_engine = Place::engine(&engine_at(&watched_engine.endpoint()), &image);
    for (to, kind) in cases {
        for from in [parse(&from), from_engine.clone()] {
            let error = copy(&from, &parse(&to), &CopyOptions::default()).expect_err(&to);
            println!("{}", error.report());
            assert_eq!(error.kind(), kind, "{to}: {error}");
            assert_nothing_moved(&proxy);
            assert_nothing_moved(&watched_engine);
        }
    }
    let target = name(Registry::shared(), "digest").with_digest(Digest::sha256(b"another image"));
    let error = go(&from, &format!("docker://{target}")).expect_err("another image");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    assert_nothing_moved(&proxy);
    let left = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(
        (left, fs::read(&file).expect("the file")),
        (2, b"a file".to_vec())
    );
    assert_eq!(fs::read_dir(&other).expect("a folder").count(), 1);
}

const FOLDER: &str = "IMGFERRY_TEST_CLOSED_FOLDER";
const FROM: &str = "IMGFERRY_TEST_FROM";

#[test]
fn a_folder_that_may_not_be_written_is_named_before_bytes_are_moved() {
    if let (Ok(folder), Ok(from)) = (std::env::var(FOLDER), std::env::var(FROM)) {
        for to in [
            format!("oci:{folder}:1"),
            format!("oci:{folder}/layout:1"),
            format!("oci-archive:{folder}/image.tar:1"),
            format!("docker-archive:{folder}/image.tar:a/b:1"),
        ] {
            let options = PlaceOptions::default();
            let [from, to] =
                [&from, &to].map(|text| Place::parse(text, &options).expect("a place"));
            let error = copy(&from, &to, &CopyOptions::default()).expect_err("it is closed");
            println!("{}", error.report());
            assert_eq!(error.kind(), ErrorKind::Io, "{to}: {error}");
            assert!(error.report().contains(&folder), "{error}");
            assert!(error.report().contains("Permission denied"), "{error}");
        }
        return;
    }
    let (proxy, from) = watched();
    let folder = TempDir::new("closed");
    let path = folder.path().display().to_string();
    let test = thread::current().name().expect("its name").to_owned();
    let output = run_as_nobody(&std::env::current_exe().expect("this test"), |command| {
        command
            .args(["--exact", &test, "--nocapture"])
            .envs([(FOLDER, &path), (FROM, &from)]);
    });
    let said = expect_success(&output);
    assert!(said.contains("1 passed"), "{said}");
    println!("{said}");
    assert_nothing_moved(&proxy);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn an_image_may_be_copied_to_where_it_is() {
    let folder = TempDir::new("itself");
    let path = layout(folder.path());
    let from = format!("oci:{}:1", path.display());
    let image = judge(&from);
    for name in ["1", "2"] {
        let to = format!("oci:{}:{name}", path.display());
        let copied = go(&from, &to).expect("a copy");
        assert_eq!((copied.copied_bytes, copied.existing_blobs), (0, 3));
        assert_eq!((&judge(&from), &judge(&to)), (&image, &image));
    }
    for kind in ["oci-archive", "docker-archive"] {
        let file = folder.join(kind);
        let itself = match kind {
            "oci-archive" => format!("{kind}:{}:1", file.display()),
            _ => format!("{kind}:{}:a/b:1", file.display()),
        };
        go(&from, &itself).expect("an archive");
        let bytes = fs::read(&file).expect("an archive");
        go(&itself, &itself).expect("the same");
        assert!(fs::read(&file).expect("an archive") == bytes, "{kind}");
    }
    let image = name(Registry::shared(), "itself");
    let to = format!("docker://{image}");
    go(&from, &to).expect("a copy");
    let copied = go(&to, &to).expect("the same");
    assert_eq!((copied.copied_bytes, copied.existing_blobs), (0, 3));
    let call = &mut Call::new();
    assert_eq!(
        client(Registry::shared())
            .digest(&image, call)
            .expect("a digest"),
        copied.digest
    );
}

/// A copy into a file that appears when it is whole.
fn into_archive(kind: &str, path: &Path) -> Place {
    match kind {
        "oci-archive" => Place::oci_archive(path, Some("1")),
        _ => Place::docker_archive(path, Some("failing/image:1")),
    }
}

#[test]
fn two_copies_into_one_archive_do_not_get_in_each_others_way() {
    let part = Registry::shared();
    let slow = Plan::always(Fault::Trickle {
        direction: Direction::Down,
        bytes_per_second: 2_000_000,
    });
    let proxy = FaultProxy::in_front_of(part, slow);
    let images = [1, 2].map(|number| {
        let image = name(part, "both");
        let layers = [LayerSpec::incompressible(number * 1_000_000)];
        ImageSpec::new(&image.to_string(), &layers).push_by_skopeo(&image.to_string());
        format!("docker://{}/{}:1", proxy.host(), image.path())
    });
    let folder = TempDir::new("both");
    for kind in ["oci-archive", "docker-archive"] {
        let path = folder.join(kind);
        let to = into_archive(kind, &path);
        let copied: Vec<_> = thread::scope(|scope| {
            let copies = images.each_ref().map(|from| {
                let to = &to;
                scope.spawn(move || copy(&parse(from), to, &CopyOptions::default()))
            });
            copies
                .into_iter()
                .map(|copy| copy.join().expect("no panic"))
                .collect()
        });
        let (done, refused): (Vec<_>, Vec<_>) = copied.iter().partition(|copied| copied.is_ok());
        assert_eq!((done.len(), refused.len()), (1, 1), "{copied:?}");
        let error = refused[0].as_ref().expect_err("refused");
        println!("{}", error.report());
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        judge(&to.to_string());
        // Nothing of that stays.
        copy(&parse(&images[0]), &to, &CopyOptions::default()).expect("another copy");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
}

#[test]
fn an_archive_that_cannot_get_its_name_leaves_nothing() {
    let part = Registry::shared();
    let image = name(part, "nameless");
    ImageSpec::small(&image.to_string()).push_by_skopeo(&image.to_string());
    for kind in ["oci-archive", "docker-archive"] {
        let folder = TempDir::new("nameless");
        let path = folder.join(kind);
        let mut spoil = |_: &ImageProgressStep<'_>| {
            fs::create_dir_all(&path).expect("a folder where the archive should be");
            ControlFlow::Continue(())
        };
        let mut call = Call::new().progress(&mut spoil);
        let to = into_archive(kind, &path);
        let from = place(part, &image);
        let error = imgferry::copy(&from, &to, &CopyOptions::default(), &mut call);
        assert_eq!(error.expect_err("a folder").kind(), ErrorKind::Io);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
