//! From one registry to another, or to another place in the same.

use std::ops::ControlFlow;

use imgferry::{
    BlobSource, Call, CopyOptions, ErrorKind, ImageProgressStep, Phase, Platform, Platforms,
    UploadOptions,
};
use serde_json::Value;

use crate::support::{Registry, RegistryOptions};
use crate::{OCI_MANIFEST, client, copy, name, place, push_index, raw, sha256};

fn all() -> CopyOptions {
    CopyOptions {
        platforms: Platforms::All,
        ..CopyOptions::default()
    }
}

#[test]
fn an_image_for_three_platforms_and_what_is_attached_to_it_arrive_byte_for_byte() {
    let (one, other) = (
        Registry::shared(),
        Registry::start(RegistryOptions::default()),
    );
    let image = push_index(one, "three");
    let handle = client(one);
    let call = &mut Call::new();
    let subject = handle.digest(&image, call).expect("digest");
    let empty = handle
        .put_blob(
            &image,
            BlobSource::Data(b"{}"),
            &UploadOptions::default(),
            call,
        )
        .expect("a config");
    let artifact = format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","artifactType":"text/sig",
        "config":{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{}","size":2}},"layers":[],
        "subject":{{"mediaType":"{OCI_MANIFEST}","digest":"{subject}","size":7}}}}"#,
        empty.digest
    );
    handle
        .put_manifest(
            &image.without_tag(),
            OCI_MANIFEST,
            artifact.as_bytes(),
            call,
        )
        .expect("an artifact");

    let target = name(&other, "three");
    let options = CopyOptions {
        referrers: true,
        keep_digests: true,
        ..all()
    };
    let copied = copy(&place(one, &image), &place(&other, &target), &options).expect("a copy");
    assert_eq!(copied.digest, subject);
    assert_eq!((copied.manifests, copied.platform), (5, None));
    assert_eq!(raw(&target), raw(&image));
    let index: Value = serde_json::from_str(&raw(&target)).expect("JSON");
    for entry in index["manifests"].as_array().expect("a list") {
        let digest = entry["digest"].as_str().expect("a digest");
        let digest = imgferry::Digest::parse(digest).expect("a digest");
        assert_eq!(
            sha256(&raw(&target.without_tag().with_digest(digest.clone()))),
            digest
        );
    }
    let attached = client(&other)
        .referrers(&target, None, call)
        .expect("referrers");
    assert_eq!(attached.len(), 1);
    assert_eq!(attached[0].digest, sha256(&artifact));

    let again = copy(&place(one, &image), &place(&other, &target), &options).expect("again");
    assert_eq!(
        (again.copied_blobs, again.copied_bytes),
        (0, 0),
        "all was there"
    );
    assert_eq!(again.existing_blobs, copied.copied_blobs);
}

#[test]
fn of_an_image_for_several_platforms_the_one_for_this_machine_is_copied_and_told() {
    let part = Registry::shared();
    let image = push_index(part, "mine");
    let (from, target) = (place(part, &image), name(part, "mine"));
    let to = place(part, &target);
    let copied = copy(&from, &to, &CopyOptions::default()).expect("a copy");
    let host = Platform::host();
    assert_eq!(copied.platform, Some(host.clone()));
    assert_eq!(
        raw(&target),
        raw(&image.with_tag(&host.architecture).expect("a tag"))
    );
    assert_eq!(
        copied.copied_bytes, 0,
        "within a registry blobs are mounted"
    );

    let two = copy(&from, &to, &these(&["linux/arm64", "linux/s390x"])).expect("two");
    let index: Value = serde_json::from_str(&raw(&target)).expect("JSON");
    assert_eq!(sha256(&raw(&target)), two.digest);
    assert_eq!(index["manifests"].as_array().expect("a list").len(), 2);
    assert_eq!(index["annotations"]["of"], "mine", "the rest stays");

    let kept = CopyOptions {
        keep_digests: true,
        ..these(&["linux/arm64", "linux/s390x"])
    };
    let error = copy(&from, &to, &kept).expect_err("another index is another digest");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let error = copy(&from, &to, &these(&["linux/riscv64"])).expect_err("none");
    assert_eq!(error.kind(), ErrorKind::Platform);
    assert!(error.to_string().contains("linux/s390x"), "{error}");
}

#[test]
fn progress_tells_of_each_blob_and_of_the_end_once() {
    let (one, other) = (
        Registry::shared(),
        Registry::start(RegistryOptions::default()),
    );
    let image = push_index(one, "progress");
    let (mut layers, mut ends) = (0, 0);
    let mut watch = |step: &ImageProgressStep<'_>| {
        layers += usize::from(step.phase == Phase::LayerDone);
        ends += usize::from(step.phase == Phase::Done);
        ControlFlow::Continue(())
    };
    let mut call = Call::new().progress(&mut watch);
    let copied = imgferry::copy(
        &place(one, &image),
        &place(&other, &name(&other, "progress")),
        &all(),
        &mut call,
    )
    .expect("a copy");
    drop(call);
    assert_eq!((layers, ends), (copied.copied_blobs, 1));
    assert!(layers >= 4, "{layers}");
}

#[test]
fn who_stops_a_copy_finds_no_new_name() {
    let (one, other) = (
        Registry::shared(),
        Registry::start(RegistryOptions::default()),
    );
    let image = push_index(one, "stopped");
    let target = name(&other, "stopped");
    let mut stop = |_: &ImageProgressStep<'_>| ControlFlow::Break(());
    let mut call = Call::new().progress(&mut stop);
    let error = imgferry::copy(
        &place(one, &image),
        &place(&other, &target),
        &all(),
        &mut call,
    )
    .expect_err("stopped");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let gone = client(&other).digest(&target, &mut Call::new());
    assert_eq!(gone.expect_err("no name").kind(), ErrorKind::NotFound);
}

#[test]
fn an_image_for_one_platform_is_not_taken_for_another_one() {
    let part = Registry::shared();
    let image = name(part, "one");
    crate::push_for(&image, "amd64");
    let (from, to) = (place(part, &image), place(part, &name(part, "other")));
    copy(&from, &to, &these(&["linux/amd64"])).expect("it is for that");
    let error = copy(&from, &to, &these(&["linux/arm64"])).expect_err("another processor");
    assert_eq!(error.kind(), ErrorKind::Platform, "{}", error.report());
    let error = copy(&from, &to, &these(&[])).expect_err("none");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn a_registry_is_asked_how_to_reach_it_once_however_many_blobs_move_at_the_same_time() {
    let (one, other) = (
        Registry::start(RegistryOptions::default()),
        Registry::start(RegistryOptions::default()),
    );
    let image = push_index(&one, "reached");
    let target = name(&other, "reached");
    copy(&place(&one, &image), &place(&other, &target), &all()).expect("a copy");
    let asked = other.requests();
    let asked = asked.iter().filter(|request| request.path == "/v2/");
    assert_eq!(asked.count(), 1);
}

fn these(platforms: &[&str]) -> CopyOptions {
    let platforms = platforms
        .iter()
        .map(|platform| Platform::parse(platform).expect("a platform"));
    CopyOptions {
        platforms: Platforms::These(platforms.collect()),
        ..CopyOptions::default()
    }
}
