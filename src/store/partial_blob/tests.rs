use std::fs;
use std::thread;

use super::*;
use crate::call::Cancel;
use crate::error::ErrorKind;
use crate::store::layout_files::blob_path;
use crate::store::testing::{descriptor, files, layout, open, parts, put};

#[test]
fn a_blob_goes_on_where_an_earlier_run_ended() {
    let (_folder, path) = layout();
    let (writer, call) = (open(&path), &mut Call::new());
    let content: Vec<u8> = (0..500_000_u32).map(|number| number as u8).collect();
    let mut blob = writer
        .begin_blob(&descriptor(&content), call)
        .expect("begun");
    assert_eq!(blob.offset(), 0);
    blob.write_piece(&content[..300_001]).expect("written");
    drop(blob);
    let part = format!("blobs/sha256/{}.part", Digest::sha256(&content).hex());
    assert_eq!(
        parts(&path),
        [&*part],
        "a rerun finds it under the documented name"
    );

    let cancel = Cancel::new();
    cancel.cancel();
    let stopped = writer.begin_blob(&descriptor(&content), &mut Call::new().cancel(&cancel));
    assert_eq!(stopped.expect_err("left").kind(), ErrorKind::Cancelled);

    let mut blob = writer
        .begin_blob(&descriptor(&content), call)
        .expect("begun");
    assert_eq!(blob.offset(), 300_001);
    let error = writer
        .begin_blob(&descriptor(&content), call)
        .expect("another one")
        .finish();
    assert_eq!(
        error.expect_err("not whole").kind(),
        ErrorKind::DigestMismatch
    );
    blob.write_piece(&content[300_001..]).expect("written");
    blob.finish().expect("whole");
    assert_eq!(
        fs::read(path.join(blob_path(&Digest::sha256(&content)))).expect("it"),
        content
    );
    assert_eq!(parts(&path), [""; 0]);
}

#[test]
fn a_beginning_that_is_none_is_thrown_away() {
    let (_folder, path) = layout();
    let (writer, call) = (open(&path), &mut Call::new());
    let content = b"what was promised";
    let part = path.join(format!(
        "blobs/sha256/{}.part",
        Digest::sha256(content).hex()
    ));
    fs::create_dir(path.join("blobs/sha256")).expect("a folder");
    for left in [&b"what was promised and more"[..], b"whet was promised"] {
        fs::write(&part, left).expect("left behind");
        let blob = writer
            .begin_blob(&descriptor(content), call)
            .expect("begun");
        assert_eq!(blob.offset(), 0);
        drop(blob);
        assert_eq!(parts(&path), [""; 0], "nothing is left of nothing");
    }
    fs::write(&part, "whet").expect("left behind");
    let mut blob = writer
        .begin_blob(&descriptor(content), call)
        .expect("begun");
    assert_eq!(blob.offset(), 4, "nobody can know yet");
    let error = blob
        .write_piece(&content[4..])
        .expect_err("not what was promised");
    assert_eq!(error.kind(), ErrorKind::DigestMismatch);
    let error = blob.write_piece(b"").expect_err("it has failed");
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    drop(blob);
    assert_eq!(parts(&path), [""; 0]);
    put(&writer, content);
    fs::write(&part, content).expect("whole, but for its name");
    let blob = writer
        .begin_blob(&descriptor(content), call)
        .expect("begun");
    assert_eq!(blob.offset(), content.len() as u64);
    blob.finish().expect("whole");
}

#[test]
fn content_that_is_not_what_was_promised_gets_no_name() {
    let (_folder, path) = layout();
    let (writer, call) = (open(&path), &mut Call::new());
    let promised = descriptor(b"promised");
    for content in [&b"pr0mised"[..], b"promised and more"] {
        let mut blob = writer.begin_blob(&promised, call).expect("begun");
        let error = blob.write_piece(content).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::DigestMismatch);
    }
    let error = writer
        .put_document(&promised.digest, b"pr0mised", call)
        .expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::DigestMismatch);
    let mut blob = writer.begin_blob(&promised, call).expect("begun");
    blob.write_piece(b"prom").expect("written");
    let error = blob.finish().expect_err("not whole");
    assert_eq!(error.kind(), ErrorKind::DigestMismatch);
    assert_eq!(parts(&path).len(), 1, "the rest can still come");
    assert_eq!(files(&path).len(), 3);
}

#[test]
fn two_that_write_the_same_blob_do_not_corrupt_each_other() {
    let (_folder, path) = layout();
    let content = vec![7; 400_000];
    let (one, other, call) = (open(&path), open(&path), &mut Call::new());
    let mut first = one.begin_blob(&descriptor(&content), call).expect("begun");
    first.write_piece(&content[..100_000]).expect("written");
    let mut second = other
        .begin_blob(&descriptor(&content), call)
        .expect("begun");
    assert_eq!(second.offset(), 0, "the first one's is its own");
    assert_eq!(parts(&path).len(), 2);
    second.write_piece(&content).expect("written");
    first.write_piece(&content[100_000..]).expect("written");
    second.finish().expect("whole");
    first.finish().expect("whole");
    let unfinished = other
        .begin_blob(&descriptor(b"other"), call)
        .expect("begun");
    let mut alone = one.begin_blob(&descriptor(b"other"), call).expect("begun");
    alone.write_piece(b"ot").expect("written");
    drop((unfinished, alone));
    assert_eq!(parts(&path), [""; 0], "nobody goes on with a second one");

    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..20_u8).for_each(|number| put(&open(&path), &vec![number; 70_000])));
        }
    });
    for number in 0..20_u8 {
        let blob = fs::read(path.join(blob_path(&Digest::sha256(&vec![number; 70_000]))));
        assert!(blob.expect("a blob") == vec![number; 70_000]);
    }
    assert_eq!(parts(&path), [""; 0]);
}

#[test]
fn a_part_that_became_a_blob_before_it_was_locked_is_left_alone() {
    let (_folder, path) = layout();
    let (writer, call) = (open(&path), &mut Call::new());
    let content = descriptor(b"content");
    let part = path.join("blobs/sha256").join(shared_name(&content.digest));
    let mut blob = writer.begin_blob(&content, call).expect("begun");
    let late = open_own(&part).expect("opened before");
    blob.write_piece(b"content").expect("written");
    blob.finish().expect("whole");
    assert!(matches!(lock(&part, late), Ok(Lock::Gone)));
    let new = open_own(&part).expect("made anew");
    assert!(matches!(lock(&part, new), Ok(Lock::Ours(_))));
}

#[test]
fn a_disk_that_fails_is_said_and_no_blob_is_taken_for_whole() {
    let (_folder, path) = layout();
    let (writer, call) = (open(&path), &mut Call::new());
    let content = descriptor(b"content");
    let full = File::options().write(true).open("/dev/full");
    let part = Part::new(full.expect("a full disk"), path.join("none"), &writer, call);
    let mut blob = PartialBlob::in_part(part, &path, &content.digest, content.size);
    let error = blob.write_piece(b"content").expect_err("full");
    assert_eq!(error.kind(), ErrorKind::NoSpace);
    let error = blob.finish().expect_err("it has failed");
    assert_eq!(error.kind(), ErrorKind::InvalidState);

    let mut blob = writer.begin_blob(&content, call).expect("begun");
    fs::remove_dir_all(path.join("blobs/sha256")).expect("removed");
    blob.write_piece(b"content").expect("written to nowhere");
    let error = blob.finish().expect_err("its folder is gone");
    assert_eq!(error.kind(), ErrorKind::Io);
}
