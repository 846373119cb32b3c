//! Archives that other programs write, and those that other programs read.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use imgferry::{
    Call, CopyOptions, Engine as Client, EngineOptions, ErrorKind, InspectOptions,
    LayerCompression, LoadOptions, Place, Reference,
};

use crate::judge::{Found, judge};
use crate::support::{
    Engine, ImageSpec, Podman, Registry, TempDir, expect_success, skopeo, unique,
};
use crate::{copy, name, place};

fn connect(endpoint: &str) -> Client {
    Client::new(endpoint, &EngineOptions::default()).expect("a handle")
}

/// A name that means the same to all: podman has short ones elsewhere.
fn image(purpose: &str) -> Reference {
    name(Registry::shared(), purpose)
}

fn load(endpoint: &str, image: &Reference) {
    connect(endpoint)
        .load_image(
            &mut ImageSpec::small(&image.to_string()).archive(),
            &LoadOptions::default(),
            &mut Call::new(),
        )
        .expect("load");
}

fn plain() -> CopyOptions {
    CopyOptions::default()
}

/// What an image is, wherever it is and however its layers are packed.
fn content(found: Found) -> (String, Vec<String>) {
    (found.id, found.diff_ids)
}

/// Holds that the image in the archive arrives, as skopeo finds it there, in a registry and in a layout.
#[track_caller]
fn check_arrival(archive: &str, from: &Place, folder: &Path) {
    let expected = content(judge(archive));
    let target = image("arrived");
    copy(from, &place(Registry::shared(), &target), &plain())
        .unwrap_or_else(|error| panic!("{archive}: {}", error.report()));
    assert_eq!(
        content(judge(&format!("docker://{target}"))),
        expected,
        "{archive}"
    );
    let layout = folder.join(unique("layout"));
    copy(from, &Place::oci_layout(&layout, Some("1")), &plain())
        .unwrap_or_else(|error| panic!("{archive}: {}", error.report()));
    let layout = format!("oci:{}:1", layout.display());
    assert_eq!(content(judge(&layout)), expected, "{archive}");
}

#[test]
fn what_docker_saves_is_copied() {
    let folder = TempDir::new("archives");
    let engine = Engine::shared();
    let image = image("docker-save");
    load(&engine.endpoint(), &image);
    let path = folder.join("saved.tar");
    let file = path.to_str().expect("UTF-8");
    engine.docker_ok(&["save", "--output", file, &image.to_string()]);
    let archive = format!("docker-archive:{file}");
    let all = image.to_string();
    for image in [None, Some(all.as_str())] {
        check_arrival(
            &archive,
            &Place::docker_archive(&path, image),
            folder.path(),
        );
    }
    let packed = folder.join("saved.tar.gz");
    let mut encoder = GzEncoder::new(File::create(&packed).expect("a file"), Compression::fast());
    io::copy(&mut File::open(&path).expect("an archive"), &mut encoder).expect("packed");
    encoder.finish().expect("packed");
    check_arrival(
        &archive,
        &Place::docker_archive(&packed, None),
        folder.path(),
    );
}

#[test]
fn what_docker_builds_is_copied_also_with_the_same_layer_twice() {
    let folder = TempDir::new("archives");
    let engine = Engine::shared();
    let (context, path) = (folder.join("context"), folder.join("saved.tar"));
    fs::create_dir(&context).expect("a folder");
    fs::write(context.join("file"), "content").expect("a file");
    let steps = "FROM scratch\nCOPY file /\nCOPY file /\nENV a=b\n";
    fs::write(context.join("Dockerfile"), steps).expect("a file");
    let (image, file) = (image("built").to_string(), path.to_str().expect("UTF-8"));
    let context = context.to_str().expect("UTF-8");
    engine.docker_ok(&["build", "--tag", &image, context]);
    engine.docker_ok(&["save", "--output", file, &image]);
    let archive = format!("docker-archive:{file}");
    let found = judge(&archive);
    assert_eq!(found.diff_ids.len(), 2);
    assert_eq!(found.diff_ids[0], found.diff_ids[1]);
    let from_engine = Place::engine(&connect(&engine.endpoint()), &image);
    for from in [Place::docker_archive(&path, None), from_engine] {
        check_arrival(&archive, &from, folder.path());
        let back = folder.join(unique("back"));
        copy(&from, &Place::docker_archive(&back, None), &plain()).expect("an archive");
        let back = back.to_str().expect("UTF-8");
        assert_eq!(
            content(judge(&format!("docker-archive:{back}"))),
            content(judge(&archive))
        );
        engine.docker_ok(&["load", "--input", back]);
    }
}

#[test]
fn an_image_without_layers_is_copied() {
    let folder = TempDir::new("archives");
    let path = folder.join("empty.tar");
    ImageSpec::new("archives/empty:1", &[]).write_archive(&path);
    let archive = format!("docker-archive:{}", path.display());
    check_arrival(&archive, &Place::docker_archive(&path, None), folder.path());
}

#[test]
fn what_podman_saves_is_copied() {
    let folder = TempDir::new("archives");
    let podman = Podman::shared();
    let image = image("podman-save");
    load(&podman.endpoint(), &image);
    for kind in ["docker-archive", "oci-archive"] {
        let path = folder.join(kind);
        let file = path.to_str().expect("UTF-8");
        podman.podman_ok(&[
            "save",
            "--format",
            kind,
            "--output",
            file,
            &image.to_string(),
        ]);
        let archive = format!("{kind}:{file}");
        check_arrival(&archive, &parse(&archive), folder.path());
    }
}

#[test]
fn what_skopeo_writes_is_copied() {
    let folder = TempDir::new("archives");
    let image = image("skopeo-copy");
    ImageSpec::small("archives/image:1").push_by_skopeo(&image.to_string());
    for kind in ["docker-archive", "oci-archive"] {
        let archive = format!("{kind}:{}", folder.join(kind).display());
        expect_success(&skopeo(&[
            "copy",
            "--src-tls-verify=false",
            &format!("docker://{image}"),
            &archive,
        ]));
        check_arrival(&archive, &parse(&archive), folder.path());
    }
}

fn parse(text: &str) -> Place {
    Place::parse(text, &imgferry::PlaceOptions::default()).expect("a place")
}

#[test]
fn of_several_images_in_an_archive_the_one_that_is_named_is_copied() {
    let folder = TempDir::new("archives");
    let images = [image("several"), image("several")];
    let names = images.each_ref().map(Reference::to_string);
    let engine = Engine::shared();
    let podman = Podman::shared();
    for endpoint in [engine.endpoint(), podman.endpoint()] {
        images.iter().for_each(|image| load(&endpoint, image));
    }
    let by_docker = folder.join("docker.tar");
    let file = by_docker.to_str().expect("UTF-8");
    engine.docker_ok(&["save", "--output", file, &names[0], &names[1]]);
    let by_podman = folder.join("podman.tar");
    let file = by_podman.to_str().expect("UTF-8");
    podman.podman_ok(&["save", "-m", "--output", file, &names[0], &names[1]]);
    for path in [by_docker, by_podman] {
        for name in &names {
            let archive = format!("docker-archive:{}:{name}", path.display());
            let (id, _) = content(judge(&archive));
            for image in [name, &id] {
                check_arrival(
                    &archive,
                    &Place::docker_archive(&path, Some(image)),
                    folder.path(),
                );
            }
        }
        let target = Place::oci_layout(folder.join("none"), Some("1"));
        for (image, kind) in [
            (None, ErrorKind::InvalidArgument),
            (Some("several/other:1"), ErrorKind::NotFound),
        ] {
            let from = Place::docker_archive(&path, image);
            let error = copy(&from, &target, &plain()).expect_err("which one?");
            assert_eq!(error.kind(), kind, "{error}");
            assert!(
                names.iter().all(|name| error.report().contains(name)),
                "{error}"
            );
        }
        assert!(!folder.join("none").exists());
    }
}

/// What an engine has under a name.
fn found(endpoint: &str, image: &str) -> (String, Vec<String>) {
    let options = InspectOptions::default();
    let found = connect(endpoint).inspect_image(image, &options, &mut Call::new());
    let found = found.expect("the image");
    (found.id, found.layers)
}

#[test]
fn docker_and_podman_load_what_is_written_for_them() {
    let folder = TempDir::new("archives");
    let (engine, podman) = (Engine::shared(), Podman::shared());
    let pushed = image("written");
    ImageSpec::small("archives/image:1").push_by_skopeo(&pushed.to_string());
    let expected = content(judge(&format!("docker://{pushed}")));
    let layout = folder.join("layout");
    let from_registry = place(Registry::shared(), &pushed);
    copy(
        &from_registry,
        &Place::oci_layout(&layout, Some("1")),
        &plain(),
    )
    .expect("a layout");
    let loaded = image("written");
    load(&engine.endpoint(), &loaded);
    let from_engine = Place::engine(&connect(&engine.endpoint()), &loaded.to_string());
    let of_engine = found(&engine.endpoint(), &loaded.to_string());

    for (from, expected) in [
        (from_registry, &expected),
        (Place::oci_layout(&layout, None), &expected),
        (from_engine, &of_engine),
    ] {
        for kind in ["docker-archive", "oci-archive"] {
            let image = image("loaded").to_string();
            let path = folder.join(unique("written"));
            let file = path.to_str().expect("UTF-8");
            let to = match kind {
                "docker-archive" => Place::docker_archive(&path, Some(&image)),
                _ => Place::oci_archive(&path, Some(&image)),
            };
            for compression in [None, Some(LayerCompression::AsIs)] {
                let options = CopyOptions {
                    compression,
                    ..plain()
                };
                copy(&from, &to, &options).expect("an archive");
                podman.podman_ok(&["load", "--input", file]);
                assert_eq!(
                    found(&podman.endpoint(), &image),
                    *expected,
                    "{from} {kind}"
                );
                podman.podman_ok(&["rmi", &image]);
                if kind == "docker-archive" {
                    let said = engine.docker_ok(&["load", "--input", file]);
                    assert!(said.contains(&image), "{said}");
                    assert_eq!(found(&engine.endpoint(), &image), *expected, "{from}");
                }
            }
        }
    }
}
