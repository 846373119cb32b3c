use std::fs;
use std::os::unix::fs::symlink;

use super::*;
use crate::environment::testing::Folder as TestFolder;
use crate::oci::{Compression, Family, index_file};
use crate::store::entry_name::with_ref_name;
use crate::store::testing::{Sample, Tar, content, gzip, names_in, opened, reason, with_warnings};

/// The same layout as a folder and as a tar.
fn both(tar: &Tar, call: &mut Call<'_>) -> [Result<OciLayout>; 2] {
    let folder = unpacked(tar, call);
    let archive = folder.path().join("layout.tar");
    fs::write(&archive, tar.bytes()).expect("written");
    [
        OciLayout::open_folder(&folder.path().join("layout"), call),
        OciLayout::open_archive(&archive, call),
    ]
}

fn unpacked(tar: &Tar, _: &mut Call<'_>) -> TestFolder {
    let folder = TestFolder::new("oci-layout");
    let target = folder.path().join("layout");
    tar::Archive::new(&tar.bytes()[..])
        .unpack(target)
        .expect("unpacked");
    folder
}

#[test]
fn a_layout_is_read_in_a_folder_and_in_a_tar() {
    let sample = Sample::new("app");
    let (manifest, layers) = sample.manifest(Family::Docker, Compression::Gzip);
    let mut tar = sample.with_blobs(&manifest, &layers);
    let index = index_file(&[with_ref_name(&manifest.descriptor(), "1.0")]);
    tar.file("index.json", &index);
    let call = &mut Call::new();
    let folder = unpacked(&tar, call);
    let wrapped = folder.path().join("layout.tar.gz");
    fs::write(&wrapped, gzip(&tar.bytes())).expect("written");
    let (_kept, _) = opened(b"");
    let layouts = [
        OciLayout::open_folder(&folder.path().join("layout"), call),
        OciLayout::open_archive(&wrapped, call),
    ];
    for layout in layouts {
        let layout = layout.expect("a layout");
        assert_eq!(names_in(&layout), ["1.0"]);
        let entry = layout.select(Some("1.0"), call).expect("the image");
        assert_eq!(layout.select(None, call).expect("the only image"), entry);
        let read = layout.manifest(&entry, call).expect("the manifest");
        assert_eq!(read, manifest);
        let ManifestContent::Image(image) = read.content() else {
            panic!("{read:?}");
        };
        for (descriptor, layer) in image.layers.iter().zip(&layers) {
            assert_eq!(&content(&layout, descriptor), layer);
        }
        let none = Descriptor {
            digest: Digest::sha256(b"none"),
            ..entry.clone()
        };
        let error = layout.blob(&none, call).expect_err("not there");
        assert_eq!(error.kind(), ErrorKind::NotFound);
        let longer = Descriptor {
            size: entry.size + 1,
            ..entry
        };
        let error = layout.manifest(&longer, call).expect_err("another size");
        assert_eq!(error.kind(), ErrorKind::DigestMismatch);
    }
}

#[test]
fn a_layout_of_an_unknown_version_or_without_an_index_is_refused() {
    let call = &mut Call::new();
    let layout = |files: &[(&str, &str)]| {
        let mut tar = Tar::new();
        tar.folder("blobs/");
        for (name, content) in files {
            tar.file(name, content);
        }
        tar
    };
    let known = ("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    let many = vec![
        r#"{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2}"#;
        10_001
    ];
    let many = format!(r#"{{"manifests":[{}]}}"#, many.join(","));
    for (files, said) in [
        (&[][..], "not an OCI image layout"),
        (&[("oci-layout", "{}")], "oci-layout is malformed"),
        (&[known], "has no index.json"),
        (
            &[known, ("index.json", "[]")],
            "index.json: the manifest is malformed",
        ),
        (&[known, ("index.json", r#"{"config":{}}"#)], "malformed"),
        (&[known, ("index.json", &many)], "more than 10000 entries"),
    ] {
        for result in both(&layout(files), call) {
            let what = reason(result);
            assert!(what.contains(said), "{what}");
        }
    }
    let unknown = layout(&[("oci-layout", r#"{"imageLayoutVersion":"2.0.0"}"#)]);
    for result in both(&unknown, call) {
        assert_eq!(result.expect_err("unknown").kind(), ErrorKind::Unsupported);
    }
    let later = layout(&[
        ("oci-layout", r#"{"imageLayoutVersion":"1.1.0"}"#),
        ("index.json", r#"{"schemaVersion":2,"manifests":[]}"#),
    ]);
    let (results, warnings) = with_warnings(|call| both(&later, call));
    for result in results {
        result.expect("it is read");
    }
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

// case 38
#[test]
fn a_blob_behind_a_link_out_of_the_layout_is_not_read() {
    let sample = Sample::new("app");
    let (manifest, layers) = sample.manifest(Family::Oci, Compression::None);
    let mut tar = sample.with_blobs(&manifest, &layers);
    tar.file("index.json", index_file(&[manifest.descriptor()]));
    let call = &mut Call::new();
    let folder = unpacked(&tar, call);
    let root = folder.path().join("layout");
    let blob = root.join(blob_path(manifest.digest()));
    let outside = folder.path().join("outside");
    fs::rename(&blob, &outside).expect("moved out");
    symlink(&outside, &blob).expect("a link");
    let layout = OciLayout::open_folder(&root, call).expect("a layout");
    let what = reason(layout.manifest(&manifest.descriptor(), call));
    assert!(what.contains("leads out of the folder"), "{what}");

    fs::rename(root.join("blobs"), folder.path().join("blobs")).expect("moved out");
    symlink("../blobs", root.join("blobs")).expect("a link");
    let what = reason(layout.blob(&manifest.descriptor(), call));
    assert!(what.contains("leads out of the folder"), "{what}");
    fs::remove_file(root.join("index.json")).expect("removed");
    symlink("/etc/passwd", root.join("index.json")).expect("a link");
    let what = reason(OciLayout::open_folder(&root, call));
    assert!(what.contains("leads out of the folder"), "{what}");
}

// case 38
#[test]
fn a_digest_that_is_a_path_is_none() {
    let mut tar = Tar::new();
    tar.file("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    tar.file(
        "index.json",
        r#"{"schemaVersion":2,"manifests":[{"digest":"sha256:../../x","size":1}]}"#,
    );
    let call = &mut Call::new();
    for result in both(&tar, call) {
        let what = reason(result);
        assert!(what.contains("only the hex digits"), "{what}");
    }
}

#[test]
fn content_that_was_changed_does_not_end_well() {
    let sample = Sample::new("app");
    let (manifest, layers) = sample.manifest(Family::Oci, Compression::None);
    let mut tar = sample.with_blobs(&manifest, &layers);
    tar.file("index.json", index_file(&[manifest.descriptor()]));
    let call = &mut Call::new();
    let folder = unpacked(&tar, call);
    let root = folder.path().join("layout");
    let layout = OciLayout::open_folder(&root, call).expect("a layout");
    let path = root.join(blob_path(manifest.digest()));
    let mut bytes = fs::read(&path).expect("a blob");
    bytes[7] ^= 1;
    fs::write(&path, bytes).expect("changed");
    let error = layout
        .manifest(&manifest.descriptor(), call)
        .expect_err("changed");
    assert_eq!(error.kind(), ErrorKind::DigestMismatch);
    let mut tar = Tar::new();
    tar.file("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
}
