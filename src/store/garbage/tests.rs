use std::collections::BTreeSet;

use super::*;
use crate::error::ErrorKind;
use crate::oci::{Compression, Family};
use crate::store::OciLayout;
use crate::store::testing::{Sample, descriptor, files, index_of, layout, open, put, put_image};

#[test]
fn blobs_that_nothing_refers_to_are_collected_and_no_others() {
    let (_folder, path) = layout();
    let call = &mut Call::new();
    let writer = open(&path);
    let [one, two] = ["one", "two"].map(Sample::new);
    let manifests = [&one, &two].map(|sample| put_image(&writer, sample));
    let index = index_of(&[manifests[0].descriptor()]);
    writer
        .put_document(index.digest(), index.bytes(), call)
        .expect("written");
    writer
        .tag(&index.descriptor(), Some("one"), call)
        .expect("tagged");
    writer
        .tag(&manifests[1].descriptor(), Some("two"), call)
        .expect("tagged");
    let whole = files(&path);
    put(&writer, b"garbage");
    let mut blob = writer
        .begin_blob(&descriptor(b"half"), call)
        .expect("begun");
    blob.write_piece(b"ha").expect("written");
    drop(blob);
    fs::write(path.join("blobs/sha256/new-0123456789abcdef.part"), "xx").expect("left");
    fs::write(path.join("blobs/sha256/of-somebody"), "else").expect("written");
    let nobodys = path
        .join("blobs/sha256")
        .join(Digest::sha256(b"a folder").hex());
    fs::create_dir(&nobodys).expect("a folder");
    let collected = writer.collect(call).expect("collected");
    assert!(nobodys.is_dir() && !path.join("blobs/sha512").exists());
    assert_eq!(
        collected,
        Collected {
            files: 3,
            bytes: 11
        }
    );
    let kept: BTreeSet<_> = files(&path).difference(&whole).cloned().collect();
    assert_eq!(
        kept,
        BTreeSet::from(["blobs/sha256/of-somebody".to_owned()])
    );
    assert!(files(&path).is_superset(&whole));

    let writer = open(&path);
    writer.remove("two", call).expect("removed");
    let collected = writer.collect(call).expect("collected");
    assert_eq!(collected.files, 3, "the layer that both have stays");
    let layout = OciLayout::open_folder(&path, call).expect("a layout");
    let top = layout.select(Some("one"), call).expect("it");
    assert_eq!(layout.manifest(&top, call).expect("its index"), index);
    for layer in one.manifest(Family::Oci, Compression::Gzip).1 {
        layout.blob(&descriptor(&layer), call).expect("a layer");
    }
}

#[test]
fn nothing_is_collected_while_somebody_writes_or_when_not_all_is_understood() {
    let (_folder, path) = layout();
    let call = &mut Call::new();
    put(&open(&path), b"garbage");
    let other = open(&path);
    let error = open(&path).collect(call).expect_err("another one writes");
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let blob = other.begin_new_blob(call).expect("begun");
    let error = other.collect(call).expect_err("its own blob");
    assert_eq!(error.kind(), ErrorKind::Conflict);
    drop(blob);

    let writer = open(&path);
    let strange = br#"{"mediaType":"application/vnd.oci.artifact.manifest.v1+json","blobs":[]}"#;
    put(&writer, strange);
    writer
        .tag(&descriptor(strange), Some("strange"), call)
        .expect("tagged");
    let error = writer.collect(call).expect_err("not understood");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(
        open(&path)
            .has_blob(&Digest::sha256(b"garbage"), 7, call)
            .expect("looked")
    );
}
