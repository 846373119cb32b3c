//! Files that change while they are read.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use imgferry::{
    BlobSource, Call, CopyOptions, ErrorKind, ImageProgressStep, ImportOptions, Place,
    UploadOptions, copy,
};

use super::support::{Engine, Registry, TempDir, unique};
use super::{engine_of, image, parse, registry_of};

const SIZE: u64 = 60_000_000;

/// Runs `work`, and `change` in its middle, when the first bytes have moved.
fn changed_meanwhile<T>(
    change: impl Fn(),
    work: impl FnOnce(&mut Call<'_>) -> imgferry::Result<T>,
) -> imgferry::Result<T> {
    let mut is_changed = false;
    let mut watch = |step: &ImageProgressStep<'_>| {
        if !is_changed && (step.current > 0 || step.sum_current > 0) {
            change();
            is_changed = true;
        }
        ControlFlow::Continue(())
    };
    let result = work(&mut Call::new().progress(&mut watch));
    assert!(is_changed, "it moved something");
    result
}

fn shrink(path: &Path) {
    let file = OpenOptions::new().write(true).open(path);
    file.expect("a file")
        .set_len(1_000)
        .expect("a smaller file");
}

fn grow(path: &Path) {
    let file = OpenOptions::new().append(true).open(path);
    file.expect("a file").write_all(b"more").expect("written");
}

#[test]
fn a_file_that_shrinks_while_it_is_imported_is_no_image() {
    let (engine, folder) = (engine_of(Engine::shared()), TempDir::new("shrinks"));
    let file = folder.join("root.tar");
    image("demo/any:1", SIZE).write_archive(&file);
    let name = format!("demo/{}:1", unique("shrinks"));
    let options = ImportOptions {
        repository: Some(name.clone()),
        ..ImportOptions::default()
    };
    let imported = changed_meanwhile(
        || shrink(&file),
        |call| engine.import_image_from_file(&file, &options, call),
    );
    let error = imported.expect_err("half a file is no image");
    println!("{}", error.report());
    let found = engine.inspect_image(&name, &Default::default(), &mut Call::new());
    assert_eq!(found.expect_err("no image").kind(), ErrorKind::NotFound);
    assert!(
        matches!(error.kind(), ErrorKind::Io | ErrorKind::Engine),
        "{:?}",
        error.kind()
    );
}

#[test]
fn a_file_that_is_uploaded_may_grow_meanwhile_and_not_shrink() {
    let (registry, folder) = (Registry::shared(), TempDir::new("changes"));
    let at = registry_of(registry);
    for (what, change) in [("shrinks", shrink as fn(&Path)), ("grows", grow)] {
        let file = folder.join(what);
        let bytes = usize::try_from(SIZE).expect("a size");
        fs::write(&file, vec![what.as_bytes()[0]; bytes]).expect("a file");
        let target = parse(&format!("{}/{}", registry.host(), unique(what)));
        let put = changed_meanwhile(
            || change(&file),
            |call| {
                let options = UploadOptions::default();
                at.put_blob(&target, BlobSource::File(&file), &options, call)
            },
        );
        match put {
            Ok(blob) => assert_eq!((what, blob.size), ("grows", SIZE)),
            Err(error) => {
                println!("{}", error.report());
                assert_eq!((what, error.kind()), ("shrinks", ErrorKind::Io));
            }
        }
    }
}

#[test]
fn an_archive_that_shrinks_while_it_is_copied_is_copied_nowhere() {
    let (registry, folder) = (Registry::shared(), TempDir::new("archive-shrinks"));
    let file = folder.join("image.tar");
    image("demo/any:1", SIZE).write_archive(&file);
    let target = parse(&format!("{}/{}:1", registry.host(), unique("shrinks")));
    let at = registry_of(registry);
    let to = Place::registry(&at, &target);
    let from = Place::docker_archive(&file, None);
    let copied = changed_meanwhile(
        || shrink(&file),
        |call| copy(&from, &to, &CopyOptions::default(), call),
    );
    let error = copied.expect_err("half an archive is no image");
    println!("{}", error.report());
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Io | ErrorKind::Protocol | ErrorKind::DigestMismatch
        ),
        "{:?}",
        error.kind()
    );
    let gone = at.digest(&target, &mut Call::new());
    assert_eq!(gone.expect_err("no tag").kind(), ErrorKind::NotFound);
}

#[test]
fn a_layout_that_loses_a_blob_says_which() {
    let (registry, folder) = (Registry::shared(), TempDir::new("loses"));
    let archive = folder.join("image.tar");
    image("demo/any:1", 1_000_000).write_archive(&archive);
    let layout = folder.join("layout");
    let from = Place::oci_layout(&layout, Some("1"));
    let packed = Place::docker_archive(&archive, None);
    copy(&packed, &from, &CopyOptions::default(), &mut Call::new()).expect("a layout");
    let blobs = fs::read_dir(layout.join("blobs/sha256")).expect("the blobs");
    let largest = blobs
        .map(|entry| entry.expect("a blob").path())
        .max_by_key(|path| {
            File::open(path)
                .and_then(|file| Ok(file.metadata()?.len()))
                .expect("its size")
        })
        .expect("there are blobs");
    fs::remove_file(&largest).expect("a blob to remove");
    let at = registry_of(registry);
    let target = parse(&format!("{}/{}:1", registry.host(), unique("loses")));
    let to = Place::registry(&at, &target);
    let error = copy(&from, &to, &CopyOptions::default(), &mut Call::new());
    let error = error.expect_err("a blob is missing");
    println!("{}", error.report());
    let hex = largest.file_name().expect("a name").to_str().expect("hex");
    assert!(error.report().contains(hex), "{error}");
    let gone = at.digest(&target, &mut Call::new());
    assert_eq!(gone.expect_err("no tag").kind(), ErrorKind::NotFound);
}
