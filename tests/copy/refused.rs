//! Destinations that cannot be, or that somebody else uses: what can be known is said before bytes are moved.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::thread;

use imgferry::{
    Call, CopyOptions, Digest, ErrorKind, ImageProgressStep, LoadOptions, Place, PlaceOptions,
};

use crate::failing::{engine, engine_at, go, layout, parse};
use crate::judge::judge;
use crate::support::{
    Direction, Engine, Fault, FaultProxy, ImageSpec, LayerSpec, Plan, Registry, TempDir,
    expect_success, run_as_nobody, unique,
};
use crate::{client, copy, name, place};

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
        .load_image(&mut archive, &LoadOptions::default(), &mut Call::new())
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
