use serde_json::json;

use super::*;
use crate::error::ErrorKind;
use crate::store::testing::{
    Sample, Tar, check_image, gzip, open_archive, read_image, reason, with_warnings, zstd,
};

// case 38
#[test]
fn archives_of_docker_up_to_24_and_of_podman_and_skopeo_are_read() {
    let sample = Sample::new("app");
    let tar = sample.legacy(json!(["app:1", "docker.io/demo/app:2"]));
    let (image, warnings) = with_warnings(|call| read_image(&tar.bytes(), call));
    let image = image.expect("an image");
    check_image(&image, &sample, Compression::None);
    assert!(image.manifest.is_none(), "it has none");
    assert_eq!(warnings, [""; 0]);
    let unnamed = sample.legacy(json!(null));
    read_image(&unnamed.bytes(), &mut Call::new()).expect("an image");
}

// case 38
#[test]
fn archives_with_layers_in_gzip_are_read() {
    let sample = Sample::new("app");
    let image = read_image(&sample.of_ggcr().bytes(), &mut Call::new()).expect("an image");
    check_image(&image, &sample, Compression::Gzip);
}

#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
// case 38
#[test]
fn a_layer_that_is_not_what_the_config_says_does_not_end_well() {
    let sample = Sample::new("app");
    let config = format!("{}.json", sample.id().hex());
    let other = Tar::new().file("other", "x".repeat(200_000)).bytes();
    let bomb = zstd(&vec![0; 64 * 1024 * 1024]);
    let mut damaged = gzip(&sample.layers[1]);
    let at = damaged.len() / 2;
    damaged[at] ^= 0xff;
    for (layer, kind) in [
        (other.clone(), ErrorKind::DigestMismatch),
        (gzip(&other), ErrorKind::DigestMismatch),
        (bomb, ErrorKind::DigestMismatch),
        (Vec::new(), ErrorKind::DigestMismatch),
        (damaged, ErrorKind::Protocol),
        (zstd(&other)[..60].to_vec(), ErrorKind::Protocol),
    ] {
        let mut tar = Tar::new();
        tar.file(&config, &sample.config);
        tar.file("0.tar", &sample.layers[0]).file("1.tar", &layer);
        let list = json!([{"Config": config, "Layers": ["0.tar", "1.tar"]}]);
        tar.file("manifest.json", list.to_string());
        let image = read_image(&tar.bytes(), &mut Call::new()).expect("an image");
        let mut reader = image.layers[1].uncompressed(&Call::new()).expect("a layer");
        let mut buffer = vec![0; 64 * 1024];
        let error = loop {
            match reader.read_piece(&mut buffer) {
                Ok(0) => panic!("it ended well"),
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), kind, "{error}");
        reader
            .read_piece(&mut buffer)
            .expect_err("it does not end later either");
    }
}

// case 38
#[test]
fn a_list_of_images_that_is_none_or_contradicts_the_config_is_refused() {
    let sample = Sample::new("app");
    let config = format!("{}.json", sample.id().hex());
    let list = |layers: &[&str]| json!([{"Config": config, "Layers": layers}]).to_string();
    for (list, said) in [
        ("null".to_owned(), "manifest.json is malformed"),
        ("{}".to_owned(), "manifest.json is malformed"),
        (
            r#"[{"Layers":[]}]"#.to_owned(),
            "manifest.json is malformed",
        ),
        (" ".repeat(4 * 1024 * 1024 + 1), "more than 4194304"),
        (list(&["0.tar"]), "lists 1 layers"),
        (
            json!([{"Config": config, "Layers": null}]).to_string(),
            "lists 0 layers",
        ),
        (list(&["0.tar", "0.tar", "1.tar"]), "lists 3 layers"),
        (
            list(&["0.tar", "none.tar"]),
            "names \"none.tar\", which is not there",
        ),
        (list(&["0.tar", "../1.tar"]), "leads out of its folder"),
        (list(&["0.tar", "/1.tar"]), "absolute"),
        (list(&["0.tar", "folder"]), "is a folder"),
        (
            json!([{"Config": "none", "Layers": []}]).to_string(),
            "names \"none\"",
        ),
    ] {
        let mut tar = Tar::new();
        tar.file(&config, &sample.config).folder("folder");
        tar.file("0.tar", &sample.layers[0])
            .file("1.tar", &sample.layers[1]);
        tar.file("manifest.json", list);
        let what = reason(read_image(&tar.bytes(), &mut Call::new()));
        assert!(what.contains(said), "{what}");
    }
    let mut other = Tar::new();
    other.file(&config, "{}");
    other.file("manifest.json", json!([{"Config": config}]).to_string());
    let error = read_image(&other.bytes(), &mut Call::new()).expect_err("another config");
    assert_eq!(error.kind(), ErrorKind::DigestMismatch);
    let mut nothing = Tar::new();
    nothing.file("file", "content");
    let what = reason(open_archive(&nothing.bytes(), &mut Call::new()));
    assert!(
        what.contains("neither manifest.json nor oci-layout"),
        "{what}"
    );
    nothing.file("oci-layout", "{}");
    let what = reason(open_archive(&nothing.bytes(), &mut Call::new()));
    assert!(
        what.contains("an OCI layout and no docker archive"),
        "{what}"
    );
}
