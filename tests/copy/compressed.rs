//! Layers that are no more than tars, and what becomes of them on their way.

use std::fs;
use std::path::Path;

use imgferry::{Call, CopyOptions, Digest, ErrorKind, LayerCompression, Place, Reference};
use serde_json::Value;

use crate::support::{
    Answer, Direction, Fault, FaultProxy, Image, ImageSpec, LayerSpec, Nginx, NginxOptions, Plan,
    Registry, Requests, TempDir, Then, expect_success, skopeo,
};
use crate::{client, copy, name, place, raw};

const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar";

fn with(compression: LayerCompression) -> CopyOptions {
    CopyOptions {
        compression: Some(compression),
        ..CopyOptions::default()
    }
}

/// An archive with an image of two layers, 3 MB and 1 MB.
fn archive(folder: &Path) -> (Place, Image) {
    let layer = |bytes| LayerSpec {
        bytes,
        files: 3,
        incompressible_share: 0.3,
    };
    let path = folder.join("image.tar");
    let image =
        ImageSpec::new("copy/tars:1", &[layer(3_000_000), layer(1_000_000)]).write_archive(&path);
    (Place::docker_archive(path, None), image)
}

/// The layers that a manifest lists, by media type and digest.
fn layers(manifest: &str) -> Vec<(String, String)> {
    let manifest: Value = serde_json::from_str(manifest).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let layers = manifest["layers"].as_array().expect("layers");
    let of = |layer: &Value| (text(&layer["mediaType"]), text(&layer["digest"]));
    layers.iter().map(of).collect()
}

/// Holds that skopeo reads all of an image, and unpacks the layers that were in the archive.
fn judge(image: &Reference, expected: &Image, folder: &Path) {
    let unpacked = folder.join("unpacked");
    expect_success(&skopeo(&[
        "copy",
        "--src-tls-verify=false",
        "--dest-decompress",
        &format!("docker://{image}"),
        &format!("dir:{}", unpacked.display()),
    ]));
    for diff_id in &expected.diff_ids {
        let layer = unpacked.join(diff_id.trim_start_matches("sha256:"));
        assert!(layer.exists(), "{diff_id}");
    }
    fs::remove_dir_all(&unpacked).expect("removed");
    let config = expect_success(&skopeo(&[
        "inspect",
        "--config",
        "--raw",
        "--tls-verify=false",
        &format!("docker://{image}"),
    ]));
    assert_eq!(config.as_bytes(), expected.config);
}

#[test]
fn an_archive_arrives_in_a_registry_with_compressed_layers_and_the_same_each_time() {
    let folder = TempDir::new("compressed");
    let (archive, image) = archive(folder.path());
    let mut digests = Vec::new();
    for (how, suffix) in [
        (None, "+gzip"),
        (Some(LayerCompression::Gzip { level: 2 }), "+gzip"),
        (Some(LayerCompression::Gzip { level: 9 }), "+gzip"),
        (Some(LayerCompression::ZSTD), "+zstd"),
        (Some(LayerCompression::AsIs), ""),
    ] {
        let target = name(Registry::shared(), "compressed");
        let options = CopyOptions {
            compression: how,
            ..CopyOptions::default()
        };
        let copied = copy(&archive, &place(Registry::shared(), &target), &options).expect("a copy");
        let manifest = raw(&target);
        assert_eq!(Digest::sha256(manifest.as_bytes()), copied.digest);
        for (media_type, _) in layers(&manifest) {
            assert_eq!(media_type, format!("{OCI_LAYER}{suffix}"), "{how:?}");
        }
        judge(&target, &image, folder.path());

        let layout = folder.join(format!("layout-{}", digests.len()));
        let in_layout = Place::oci_layout(&layout, Some("1"));
        let one_at_a_time = CopyOptions {
            parallel: 1,
            ..options
        };
        let again = copy(&archive, &in_layout, &one_at_a_time).expect("a copy");
        assert_eq!(again.digest, copied.digest, "{how:?}");
        let tar = Place::oci_archive(folder.join("oci.tar"), Some("1"));
        let in_tar = copy(&archive, &tar, &one_at_a_time).expect("a copy");
        assert_eq!(in_tar.digest, copied.digest, "{how:?}");
        digests.push(copied.digest);
    }
    assert_eq!(digests[0], digests[1], "the default");
    digests.remove(0);
    digests.sort_by_key(|digest| digest.to_string());
    digests.dedup();
    assert_eq!(digests.len(), 4, "each way has layers of its own");
}

#[test]
fn layers_in_a_registry_are_compressed_on_request_only() {
    let part = Registry::shared();
    let folder = TempDir::new("request");
    let (archive, image) = archive(folder.path());
    let source = name(part, "tars");
    copy(
        &archive,
        &place(part, &source),
        &with(LayerCompression::AsIs),
    )
    .expect("tars");
    // The same in Docker's types.
    let handle = client(part);
    let docker = source.with_tag("docker").expect("a tag");
    let manifest = raw(&source)
        .replace(
            "application/vnd.oci.image.manifest.v1+json",
            DOCKER_MANIFEST,
        )
        .replace(
            "application/vnd.oci.image.config.v1+json",
            "application/vnd.docker.container.image.v1+json",
        )
        .replace(OCI_LAYER, DOCKER_LAYER);
    handle
        .put_manifest(
            &docker,
            DOCKER_MANIFEST,
            manifest.as_bytes(),
            &mut Call::new(),
        )
        .expect("a manifest");

    for (image_there, how, expected) in [
        (&source, None, OCI_LAYER.to_owned()),
        (
            &source,
            Some(LayerCompression::GZIP),
            format!("{OCI_LAYER}+gzip"),
        ),
        (&docker, None, DOCKER_LAYER.to_owned()),
        (
            &docker,
            Some(LayerCompression::GZIP),
            format!("{DOCKER_LAYER}.gzip"),
        ),
        (
            &docker,
            Some(LayerCompression::ZSTD),
            format!("{OCI_LAYER}+zstd"),
        ),
    ] {
        let target = name(part, "packed");
        let options = CopyOptions {
            compression: how,
            ..CopyOptions::default()
        };
        let copied = copy(&place(part, image_there), &place(part, &target), &options);
        let copied = copied.expect("a copy");
        for (media_type, _) in layers(&raw(&target)) {
            assert_eq!(media_type, expected);
        }
        match how {
            None => assert_eq!((raw(&target), copied.copied_bytes), (raw(image_there), 0)),
            Some(_) => judge(&target, &image, folder.path()),
        }
    }
}

#[test]
fn digests_are_kept_or_it_is_said_that_they_cannot_be() {
    let folder = TempDir::new("kept");
    let (archive, _) = archive(folder.path());
    let to = place(Registry::shared(), &name(Registry::shared(), "kept"));
    let kept = CopyOptions {
        keep_digests: true,
        ..with(LayerCompression::GZIP)
    };
    let error = copy(&archive, &to, &kept).expect_err("they change");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("compressed"), "{error}");
    // A made-up manifest of tars: nobody can know the digest of another one.
    let as_is = with(LayerCompression::AsIs);
    let copied = copy(&archive, &to, &as_is).expect("as it is");
    let by_digest = name(Registry::shared(), "kept")
        .without_tag()
        .with_digest(copied.digest.clone());
    let by_digest = place(Registry::shared(), &by_digest);
    copy(&archive, &by_digest, &as_is).expect("the same");
    let error = copy(&archive, &by_digest, &CopyOptions::default()).expect_err("another one");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    let error = copy(&archive, &to, &with(LayerCompression::Gzip { level: 10 }));
    let error = error.expect_err("there is no such level");
    assert!(error.to_string().contains("levels 1 to 9"), "{error}");
}

#[test]
fn a_layer_that_is_not_what_the_archive_says_gets_no_name() {
    let folder = TempDir::new("other");
    let (archive, _) = archive(folder.path());
    let path = folder.join("image.tar");
    let mut bytes = fs::read(&path).expect("the archive");
    // In the middle of the first layer.
    bytes[2_000_000] ^= 1;
    fs::write(&path, bytes).expect("written");
    let target = name(Registry::shared(), "other");
    let layout = folder.join("layout");
    for to in [
        place(Registry::shared(), &target),
        Place::oci_layout(&layout, Some("1")),
    ] {
        let error = copy(&archive, &to, &CopyOptions::default()).expect_err("another layer");
        assert_eq!(
            error.kind(),
            ErrorKind::DigestMismatch,
            "{}",
            error.report()
        );
    }
    let gone = client(Registry::shared()).digest(&target, &mut Call::new());
    assert_eq!(gone.expect_err("no name").kind(), ErrorKind::NotFound);
}

/// How often something was asked through a proxy.
fn asked(proxy: &FaultProxy, beginning: &str) -> usize {
    let exchanges = proxy.exchanges();
    let of_kind = exchanges
        .iter()
        .filter(|exchange| exchange.request.request.starts_with(beginning));
    of_kind.count()
}

/// Copies an archive through a proxy with this plan; what came of it has the digest that it always has.
fn arrives(plan: Plan) -> FaultProxy {
    let part = Registry::shared();
    let folder = TempDir::new("arrives");
    let (archive, image) = archive(folder.path());
    let expected = Place::oci_layout(folder.join("layout"), Some("1"));
    let expected = copy(&archive, &expected, &CopyOptions::default()).expect("a copy");
    let proxy = FaultProxy::in_front_of(part, plan);
    let there = name(part, "arrives");
    let text = there.to_string().replace(part.host(), proxy.host());
    let through = Place::parse(&format!("docker://{text}"), &Default::default()).expect("a place");
    let copied = copy(&archive, &through, &CopyOptions::default());
    let copied = copied.unwrap_or_else(|error| panic!("{}", error.report()));
    assert_eq!(copied.digest, expected.digest);
    judge(&there, &image, folder.path());
    proxy
}

#[test]
fn a_layer_whose_upload_is_cut_is_compressed_again_and_arrives() {
    let cut = Fault::CutAfter {
        direction: Direction::Up,
        bytes: 500_000,
    };
    let proxy = arrives(Plan::nth_connection(2, cut));
    assert!(asked(&proxy, "PATCH /v2/") >= 2);
}

#[test]
fn a_registry_that_takes_no_stream_gets_whole_layers() {
    for status in [400, 411, 413, 501] {
        let refused = Fault::AnswerAt {
            requests: Requests::all().containing("PATCH /v2/"),
            answer: Answer::new(status),
            after_body: 0,
            then: Then::Close,
        };
        let proxy = arrives(Plan::always(refused));
        assert_eq!(asked(&proxy, "PATCH /v2/"), 2, "{status}");
    }
}

#[test]
fn a_layer_goes_through_a_proxy_that_allows_small_bodies_only() {
    let part = Registry::shared();
    let folder = TempDir::new("small");
    let layer = LayerSpec::incompressible(70_000_000);
    let path = folder.join("image.tar");
    let image = ImageSpec::new("copy/large:1", &[layer]).write_archive(&path);
    let nginx = Nginx::in_front_of(
        part.host(),
        &NginxOptions {
            max_body: Some(52 * 1024 * 1024),
            ..NginxOptions::default()
        },
    );
    let there = name(part, "small");
    let text = there.to_string().replace(part.host(), nginx.host());
    let to = Place::parse(&format!("docker://{text}"), &Default::default()).expect("a place");
    let from = Place::docker_archive(path, None);
    copy(&from, &to, &CopyOptions::default()).unwrap_or_else(|error| panic!("{}", error.report()));
    judge(&there, &image, folder.path());
}
