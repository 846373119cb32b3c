use std::fs;
use std::thread;
use std::time::Duration;

use super::*;
use crate::call::Limits;
use crate::digest::Digest;
use crate::error::ErrorKind;
use crate::store::OciLayout;
use crate::store::testing::{descriptor, files, layout, names, names_in, open, put, reason};

#[test]
fn a_name_moves_and_everything_else_in_the_index_stays() {
    let (_folder, path) = layout();
    let (writer, call) = (open(&path), &mut Call::new());
    for content in [&b"1"[..], b"2"] {
        put(&writer, content);
    }
    let other = format!(
        r#"{{ "digest":"{}","size":1,  "unknown":1.50}}"#,
        Digest::sha256(b"x")
    );
    let index = format!(r#"{{"schemaVersion":2,"manifests":[{other}],"annotations":{{"a":"b"}}}}"#);
    fs::write(path.join(INDEX_FILE), &index).expect("written");
    for content in [&b"1"[..], b"2"] {
        writer
            .tag(&descriptor(content), Some("v1"), call)
            .expect("tagged");
    }
    writer
        .tag(&descriptor(b"1"), Some("host.com:5000/a/b:v1"), call)
        .expect("tagged");
    let layout = OciLayout::open_folder(&path, call).expect("a layout");
    assert_eq!(names_in(&layout), ["v1", "host.com:5000/a/b:v1"]);
    let entry = layout.select(Some("v1"), call).expect("the image");
    assert_eq!(entry.digest, Digest::sha256(b"2"));
    let removed = writer.remove("v1", call).expect("removed");
    assert_eq!(removed, entry);
    let digest = format!("@{}", Digest::sha256(b"1"));
    writer.remove(&digest, call).expect("removed by its digest");
    assert_eq!(
        fs::read_to_string(path.join(INDEX_FILE)).expect("it"),
        index
    );

    for name in ["v1", &digest] {
        let error = writer.remove(name, call).expect_err("gone");
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    for name in ["", "a b", "a\n", "ü", &"n".repeat(1024)] {
        let error = writer
            .tag(&descriptor(b"1"), Some(name), call)
            .expect_err("no name");
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
    let error = writer
        .tag(&descriptor(b"3"), Some("v3"), call)
        .expect_err("not there");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    fs::write(path.join(INDEX_FILE), "[]").expect("written");
    reason(writer.tag(&descriptor(b"1"), Some("v1"), call));
    assert_eq!(fs::read_to_string(path.join(INDEX_FILE)).expect("it"), "[]");
}

#[test]
fn names_that_many_give_at_the_same_time_are_all_kept() {
    let (_folder, path) = layout();
    put(&open(&path), b"1");
    thread::scope(|scope| {
        for thread in 0..8 {
            let path = &path;
            scope.spawn(move || {
                let writer = open(path);
                for number in 0..10 {
                    let name = format!("{thread}-{number}");
                    let tagged = writer.tag(&descriptor(b"1"), Some(&name), &mut Call::new());
                    tagged.expect("tagged");
                }
            });
        }
    });
    assert_eq!(names(&path).len(), 80);
    assert_eq!(files(&path).len(), 3);
}

#[test]
fn waiting_for_another_one_can_be_left() {
    let (_folder, path) = layout();
    let writer = open(&path);
    put(&writer, b"1");
    let _locked = writer.lock_index(&mut Call::new()).expect("locked");
    let limits = Limits {
        deadline: Some(Duration::from_millis(100)),
        ..Limits::default()
    };
    let mut call = Call::new().limits(limits);
    let call = &mut *call.enter("copy", "");
    let error = writer
        .tag(&descriptor(b"1"), Some("1"), call)
        .expect_err("left");
    assert_eq!(error.kind(), ErrorKind::Timeout);
}
