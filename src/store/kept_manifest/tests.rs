use serde_json::json;

use super::*;
use crate::oci::{Blob, Descriptor, Family, index_file};
use crate::store::testing::{
    Sample, Tar, check_image, content, gzip, open_archive, read_image, with_warnings,
};

fn manifest_config(manifest: &Manifest) -> Descriptor {
    match manifest.content() {
        ManifestContent::Image(image) => image.config.clone(),
        other => panic!("{other:?}"),
    }
}

#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
// case 38
#[test]
fn archives_of_docker_25_keep_the_manifest_and_with_it_the_digest() {
    let sample = Sample::new("app");
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let (manifest, layers) = sample.manifest(Family::Oci, compression);
        let tar = sample.docker_25(&manifest, &layers);
        let (archive, warnings) = with_warnings(|call| open_archive(&tar.bytes(), call));
        let archive = archive.expect("an archive");
        let image = archive
            .image(&archive.images()[0], &mut Call::new())
            .expect("an image");
        check_image(&image, &sample, compression);
        assert_eq!(image.manifest.as_ref(), Some(&manifest), "{compression}");
        assert_eq!(warnings, [""; 0]);

        let layout = archive.layout().expect("the layout that it is, too");
        let entry = layout
            .select(Some("app:1"), &mut Call::new())
            .expect("the image");
        assert_eq!(entry.digest, *manifest.digest());
        assert_eq!(content(layout, &manifest_config(&manifest)), sample.config);
    }
}

// case 38
#[test]
fn a_manifest_with_its_layers_in_a_wrong_order_is_not_used() {
    let sample = Sample::new("app");
    let wrong = Sample {
        layers: [sample.layers[1].clone(), sample.layers[0].clone()],
        config: sample.config.clone(),
    };
    for compression in [Compression::None, Compression::Gzip] {
        let (_, layers) = sample.manifest(Family::Oci, compression);
        let (manifest, _) = wrong.manifest(Family::Oci, compression);
        let tar = sample.docker_25(&manifest, &layers);
        let (image, warnings) = with_warnings(|call| read_image(&tar.bytes(), call));
        let image = image.expect("an image");
        check_image(&image, &sample, compression);
        assert!(image.manifest.is_none());
        assert!(warnings[0].contains("is not the image's"), "{warnings:?}");
    }
}

// case 38
#[test]
fn a_manifest_that_is_not_whole_or_contradicts_is_not_used() {
    let sample = Sample::new("app");
    let (manifest, layers) = sample.manifest(Family::Oci, Compression::Gzip);
    let config = Blob {
        digest: sample.id(),
        size: sample.config.len() as u64,
    };
    let without_layers = Manifest::of_image(Family::Oci, &config, &[]).expect("a manifest");
    let text = str::from_utf8(manifest.bytes()).expect("a text");
    let text = text.replace(".tar+gzip", ".tar");
    let digest = Digest::sha256(text.as_bytes());
    let says_plain = Manifest::read(text.into_bytes(), digest, None).expect("a manifest");

    // Its blobs are others, and docker's list names files beside them.
    let mut lacks_blobs = sample.with_blobs(&manifest, &[gzip(b"other"), gzip(b"layers")]);
    lacks_blobs.file("index.json", index_file(&[manifest.descriptor()]));
    lacks_blobs.file("0", &layers[0]).file("1", &layers[1]);
    let mut list = sample.docker_manifest(&layers);
    list[0]["Layers"] = json!(["0", "1"]);
    lacks_blobs.file("manifest.json", list.to_string());

    for (tar, reason) in [
        (
            sample.docker_25(&without_layers, &layers),
            "it has 0 layers, and the image 2",
        ),
        (
            sample.docker_25(&says_plain, &layers),
            "application/vnd.oci.image.layer.v1.tar, is not the image's",
        ),
        (lacks_blobs, "is not there"),
    ] {
        let (image, warnings) = with_warnings(|call| read_image(&tar.bytes(), call));
        let image = image.expect("an image");
        check_image(&image, &sample, Compression::Gzip);
        assert!(image.manifest.is_none(), "{reason}");
        assert!(warnings[0].contains(reason), "{warnings:?}");
    }
}

// case 38
#[test]
fn archives_of_the_containerd_store_are_read_though_they_list_what_they_do_not_have() {
    let sample = Sample::new("app");
    let (manifest, layers) = sample.manifest(Family::Oci, Compression::Gzip);
    let (tar, index) = sample.containerd(&manifest, &layers);
    let call = &mut Call::new();
    let archive = open_archive(&tar.bytes(), call).expect("an archive");
    let image = archive.image(&archive.images()[0], call).expect("an image");
    check_image(&image, &sample, Compression::Gzip);
    assert_eq!(image.manifest.as_ref(), Some(&manifest));

    let layout = archive.layout().expect("a layout");
    let top = layout.select(None, call).expect("the index");
    assert_eq!(top.digest, *index.digest());
    let nested = format!("@{}", manifest.digest());
    let found = layout
        .select(Some(&nested), call)
        .expect("inside of the index");
    assert_eq!(layout.manifest(&found, call).expect("a manifest"), manifest);
    let elsewhere = format!("@{}", Digest::sha256(b"another platform"));
    let found = layout.select(Some(&elsewhere), call).expect("listed");
    let error = layout.manifest(&found, call).expect_err("not there");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn a_broken_layout_beside_the_list_of_docker_is_said_and_not_used() {
    let sample = Sample::new("app");
    let (manifest, layers) = sample.manifest(Family::Oci, Compression::Gzip);
    for (file, content) in [
        ("oci-layout", r#"{"imageLayoutVersion":"2.0.0"}"#),
        ("oci-layout", "nonsense"),
        ("index.json", "nonsense"),
        ("index.json", "null"),
    ] {
        let mut tar = Tar::new();
        tar.file(file, content);
        if file == "index.json" {
            tar.file("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
        }
        for content in layers
            .iter()
            .map(Vec::as_slice)
            .chain([&sample.config[..], manifest.bytes()])
        {
            tar.file(
                &format!("blobs/sha256/{}", Digest::sha256(content).hex()),
                content,
            );
        }
        tar.file("manifest.json", sample.docker_manifest(&layers).to_string());
        let (image, warnings) = with_warnings(|call| read_image(&tar.bytes(), call));
        let image = image.expect("an image");
        check_image(&image, &sample, Compression::Gzip);
        assert!(image.manifest.is_none());
        assert!(warnings[0].contains("is not used"), "{warnings:?}");
    }
}
