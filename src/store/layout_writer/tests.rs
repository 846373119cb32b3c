use std::os::unix::fs::symlink;

use super::*;
use crate::error::ErrorKind;
use crate::store::OciLayout;
use crate::store::testing::{
    Sample, content, descriptor, files, layout, names, names_in, open, put, put_image, reason,
};

#[test]
fn an_image_is_put_into_a_layout_and_found_there() {
    let (_folder, path) = layout();
    let (writer, call) = (open(&path), &mut Call::new());
    assert_eq!(
        fs::read_to_string(path.join("oci-layout")).expect("a file"),
        r#"{"imageLayoutVersion":"1.0.0"}"#
    );
    assert_eq!(names(&path), [""; 0], "an empty layout is one");
    let sample = Sample::new("app");
    let manifest = put_image(&writer, &sample);
    let entry = manifest.descriptor();
    assert!(
        writer
            .has_blob(&entry.digest, entry.size, call)
            .expect("looked")
    );
    assert!(
        !writer
            .has_blob(&entry.digest, entry.size + 1, call)
            .expect("looked")
    );
    writer.tag(&entry, Some("1.0"), call).expect("tagged");
    put_image(&open(&path), &sample);
    open(&path)
        .tag(&entry, Some("_latest"), call)
        .expect("tagged");

    let layout = OciLayout::open_folder(&path, call).expect("a layout");
    assert_eq!(names_in(&layout), ["1.0", "_latest"]);
    let found = layout.select(Some("1.0"), call).expect("the image");
    assert_eq!(
        layout.manifest(&found, call).expect("its manifest"),
        manifest
    );
    let config = content(&layout, &descriptor(&sample.config));
    assert_eq!(config, sample.config);
    assert_eq!(files(&path).len(), 2 + 4, "{:?}", files(&path));
}

#[test]
fn a_folder_that_is_something_else_is_left_alone() {
    let call = &mut Call::new();
    let (folder, path) = layout();
    folder.write("layout/file", "of somebody");
    let what = reason(LayoutWriter::open(&path, call));
    assert!(what.contains("not empty"), "{what}");
    assert_eq!(files(&path).len(), 1);

    let (folder, path) = layout();
    folder.write("layout/oci-layout", r#"{"imageLayoutVersion":"2.0.0"}"#);
    let error = LayoutWriter::open(&path, call).expect_err("unknown");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(files(&path).len(), 1);

    let (folder, path) = layout();
    folder.write("layout", "a file");
    let error = LayoutWriter::open(&path, call).expect_err("no folder");
    assert_eq!(error.kind(), ErrorKind::Io);
}

#[test]
fn what_a_run_left_that_was_killed_while_it_made_a_layout_is_understood() {
    let (folder, path) = layout();
    folder.write("layout/oci-layout", "");
    folder.write("layout/index.json.part", "{\"sch");
    put_image(&open(&path), &Sample::new("app"));
    assert_eq!(names(&path), [""; 0]);
    fs::remove_file(path.join("index.json")).expect("removed");
    put(&open(&path), b"1");
    open(&path)
        .tag(&descriptor(b"1"), Some("1"), &mut Call::new())
        .expect("tagged");
    assert_eq!(names(&path), ["1"]);
}

// case 38
#[test]
fn nothing_is_written_outside_of_a_layout_with_hostile_links() {
    let content = b"content";
    let part = format!("blobs/sha256/{}.part", Digest::sha256(content).hex());
    let blob = blob_path(&Digest::sha256(content));
    let hostile = |link: &str| {
        let (folder, path) = layout();
        drop(open(&path));
        fs::create_dir_all(path.join("blobs/sha256")).expect("a folder");
        let outside = folder.write("outside/file", "outside");
        let link = path.join(link);
        if link.is_dir() {
            fs::remove_dir_all(&link).expect("removed");
            symlink(folder.path().join("outside"), link).expect("a link");
        } else {
            folder::remove(&link).expect("removed");
            symlink(outside, link).expect("a link");
        }
        (folder, path)
    };
    for link in [
        "blobs",
        "blobs/sha256",
        "oci-layout",
        "index.json",
        &part,
        &blob,
    ] {
        let (folder, path) = hostile(link);
        let call = &mut Call::new();
        let error = LayoutWriter::open(&path, call)
            .and_then(|writer| {
                writer.has_blob(&Digest::sha256(content), 7, call)?;
                let mut blob = writer.begin_blob(&descriptor(content), call)?;
                blob.write_piece(content)?;
                blob.finish()?;
                writer.tag(&descriptor(content), Some("1"), call)
            })
            .expect_err(link);
        assert!(
            matches!(error.kind(), ErrorKind::Io | ErrorKind::Protocol),
            "{error}"
        );
        let outside = folder.path().join("outside");
        assert_eq!(files(&outside).len(), 1, "{link}");
        assert_eq!(
            fs::read(outside.join("file")).expect("it"),
            b"outside",
            "{link}"
        );
    }
    // These are not looked at but made anew.
    for link in ["index.json.part", "hard"] {
        let (folder, path) = hostile(link);
        let outside = folder.path().join("outside/file");
        if link == "hard" {
            fs::hard_link(&outside, path.join(&part)).expect("a link");
        }
        let writer = open(&path);
        put(&writer, content);
        writer
            .tag(&descriptor(content), Some("1"), &mut Call::new())
            .expect("tagged");
        assert_eq!(fs::read(outside).expect("it"), b"outside");
    }
}
