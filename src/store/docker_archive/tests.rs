use std::fs::{self, File};
use std::ops::ControlFlow;
use std::os::unix::net::UnixListener;

use serde_json::json;

use super::*;
use crate::environment::testing::Folder;
use crate::error::ErrorKind;
use crate::oci::Compression;
use crate::progress::ImageProgressStep;
use crate::store::testing::{
    Sample, Tar, check_image, gzip, open_archive, read_image, reason, zstd,
};

#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
// case 38
#[test]
fn an_archive_that_is_compressed_as_a_whole_is_unwrapped() {
    let sample = Sample::new("app");
    let tar = sample.legacy(json!(["app:1"])).bytes();
    let (one, other) = tar.split_at(5000);
    let members = [gzip(one), gzip(other)].concat();
    for wrapped in [
        gzip(&tar),
        members,
        zstd(&tar),
        [zstd(one), zstd(other)].concat(),
    ] {
        let image = read_image(&wrapped, &mut Call::new()).expect("an image");
        check_image(&image, &sample, Compression::None);
        let half = &wrapped[..wrapped.len() / 2];
        let what = reason(read_image(half, &mut Call::new()));
        assert!(what.contains("the archive is damaged"), "{what}");
    }
    for (start, name) in [(&b"BZh91AY"[..], "bzip2"), (b"\xfd7zXZ\0\0", "xz")] {
        let error = read_image(start, &mut Call::new()).expect_err("not read");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
// case 38
#[test]
fn an_archive_that_grows_without_end_can_be_left_and_is_none() {
    let bomb = zstd(&vec![0; 64 * 1024 * 1024]);
    assert!(bomb.len() < 64 * 1024, "{}", bomb.len());
    let what = reason(open_archive(&bomb, &mut Call::new()));
    assert!(what.contains("not an archive of images"), "{what}");
    let mut steps = 0;
    let mut stop = |_: &ImageProgressStep<'_>| {
        steps += 1;
        ControlFlow::Break(())
    };
    let error = open_archive(&bomb, &mut Call::new().progress(&mut stop)).expect_err("left");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(steps, 1);
}

#[test]
fn an_image_is_chosen_by_a_name_or_its_id() {
    let images = ["one", "two", "three"].map(Sample::new);
    let mut tar = Tar::new();
    let mut list = Vec::new();
    let tags = [
        json!(["app:1", "app"]),
        json!(["docker.io/demo/app:2", "host.com:5000/app:1"]),
        json!(null),
    ];
    for (image, tags) in images.iter().zip(tags) {
        let config = format!("{}.json", image.id().hex());
        let paths = image
            .diff_ids()
            .map(|diff_id| format!("{}.tar", diff_id.hex()));
        tar.file(&config, &image.config)
            .file(&paths[1], &image.layers[1]);
        list.push(json!({"Config": config, "RepoTags": tags, "Layers": paths}));
    }
    let base = &images[0].layers[0];
    tar.file(&format!("{}.tar", Digest::sha256(base).hex()), base);
    tar.file("manifest.json", serde_json::Value::from(list).to_string());
    let call = &mut Call::new();
    let archive = open_archive(&tar.bytes(), call).expect("an archive");
    let ids = images.each_ref().map(Sample::id);
    for (name, number) in [
        ("app:1", 0),
        ("docker.io/library/app:1", 0),
        ("app", 0),
        ("library/app:latest", 0),
        ("demo/app:2", 1),
        ("host.com:5000/app:1", 1),
        (ids[2].hex(), 2),
        (ids[2].as_str(), 2),
        (&format!("@{}", ids[1]), 1),
    ] {
        let image = archive.select(Some(name), call).expect(name);
        let image = archive.image(image, call).expect("an image");
        check_image(&image, &images[number], Compression::None);
    }
    let all = format!(
        "app:1 = app, docker.io/demo/app:2 = host.com:5000/app:1, @{}",
        ids[2]
    );
    for (name, kind) in [
        (None, ErrorKind::InvalidArgument),
        (Some("demo/app"), ErrorKind::NotFound),
        (Some(Digest::sha256(b"").hex()), ErrorKind::NotFound),
    ] {
        let error = archive.select(name, call).expect_err("no image");
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().ends_with(&all), "{error}");
    }
    let empty =
        open_archive(&Tar::new().file("manifest.json", "[]").bytes(), call).expect("no images");
    assert_eq!(
        empty.select(None, call).expect_err("none").kind(),
        ErrorKind::NotFound
    );
}

#[test]
fn an_archive_is_read_from_an_open_file_and_not_from_what_is_none() {
    let folder = Folder::new("docker-archive");
    let path = folder.path().join("images.tar");
    let sample = Sample::new("app");
    fs::write(&path, sample.legacy(json!(["app:1"])).bytes()).expect("written");
    let call = &mut Call::new();
    let file = File::open(&path).expect("opened");
    fs::remove_file(&path).expect("removed");
    let archive = DockerArchive::read(file, "the engine", call).expect("an archive");
    let image = archive.image(&archive.images()[0], call).expect("an image");
    check_image(&image, &sample, Compression::None);

    let _socket = UnixListener::bind(&path).expect("a socket");
    for (path, kind) in [
        (folder.path(), ErrorKind::Io),
        (&path, ErrorKind::Io),
        (&folder.path().join("none"), ErrorKind::NotFound),
    ] {
        let error = DockerArchive::open(path, call).expect_err("no archive");
        assert_eq!(error.kind(), kind, "{error}");
        assert!(
            error.to_string().contains(path.to_str().expect("UTF-8")),
            "{error}"
        );
    }
}
