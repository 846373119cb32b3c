//! The platform of an image that is for several.

use std::collections::{BTreeMap, BTreeSet};

use imgferry::{
    Call, ErrorKind, Images, PullImageOptions, PulledImage, Reference, Registry as Client,
    RegistryOptions, Result,
};
use serde_json::{Value, json};

use super::support::{Engine, ImageSpec, Registry, unique};
use super::{id_of, local, open_images, pull, remote, state};

/// The IDs of an index's images for amd64 and arm64, on an engine that keeps images by their configs.
struct Index {
    amd64: String,
    arm64: String,
}

/// Puts an index for amd64 and arm64 under this name.
fn put_index(name: &str) -> Index {
    let reference = Reference::parse(name).expect("a name");
    let options = RegistryOptions::default();
    let registry = Client::new(reference.domain(), &options).expect("a handle");
    let call = &mut Call::new();
    let mut entries: Vec<Value> = Vec::new();
    let [amd64, arm64] = ["amd64", "arm64"].map(|architecture| {
        let tagged = reference.with_tag(architecture).expect("a tag");
        let spec = ImageSpec {
            architecture: architecture.into(),
            ..ImageSpec::small(tagged.as_str())
        };
        let id = spec.push_by_skopeo(tagged.as_str()).id;
        let manifest = registry.get_manifest(&tagged, call).expect("a manifest");
        entries.push(json!({
            "mediaType": manifest.media_type(),
            "digest": manifest.digest().as_str(),
            "size": manifest.bytes().len(),
            "platform": {"os": "linux", "architecture": architecture},
        }));
        id
    });
    let kind = "application/vnd.docker.distribution.manifest.list.v2+json";
    let index = json!({"schemaVersion": 2, "mediaType": kind, "manifests": entries});
    registry
        .put_manifest(&reference, kind, index.to_string().as_bytes(), call)
        .expect("put the index");
    Index { amd64, arm64 }
}

fn pull_for(images: &Images, from: &str, to: &str, platform: &str) -> Result<PulledImage> {
    let options = PullImageOptions {
        platform: Some(platform.into()),
    };
    images.pull(&remote(from), Some(&local(to)), &options, &mut Call::new())
}

/// An engine of the test's own, an index, and its name.
fn stage() -> (Engine, Images, Index, String) {
    let part = Engine::start();
    let images = open_images(&part);
    let name = format!("{}/{}:1", Registry::shared().host(), unique("index"));
    let index = put_index(&name);
    (part, images, index, name)
}

#[test]
fn the_platform_that_was_asked_for_is_pulled() {
    let (_part, images, index, name) = stage();
    let digest = images.digest(&remote(&name), &mut Call::new());
    let digest = Some(digest.expect("the digest of the index"));
    let Index { amd64, arm64 } = index;
    let mut expected = BTreeMap::new();
    for (platform, id) in [
        ("linux/arm64", &arm64),
        ("linux/aarch64", &arm64),
        ("linux/arm64/v8", &arm64),
        ("linux/amd64", &amd64),
        ("linux/x86_64", &amd64),
    ] {
        let target = format!("docker.io/demo/{}:1", unique("platform"));
        let pulled = pull_for(&images, &name, &target, platform).expect(platform);
        assert_eq!((&pulled.id, &pulled.digest), (id, &digest), "{platform}");
        assert_eq!(pulled.warnings, Vec::<String>::new());
        let names: &mut BTreeSet<String> = expected.entry(id.clone()).or_default();
        names.insert(target);
        assert_eq!(state(images.engine()), expected, "{platform}");
    }
    let pulled = pull(&images, &name, "demo/own:1").expect("the engine's own");
    assert_eq!((pulled.id, pulled.digest), (amd64, digest));
}

#[test]
fn an_image_of_another_platform_keeps_the_name_and_the_digest_that_they_share() {
    let (part, images, index, name) = stage();
    let engine = images.engine();
    part.docker_ok(&["pull", "--quiet", "--platform", "linux/arm64", &name]);
    let mut expected = state(engine);
    assert_eq!(expected[&index.arm64].len(), 2, "the tag and the digest");
    let pulled = pull(&images, &name, "demo/own:1").expect("the engine's own");
    assert_eq!(pulled.id, index.amd64);
    expected.insert(index.amd64, ["docker.io/demo/own:1".to_owned()].into());
    assert_eq!(state(engine), expected);
    let pulled = pull_for(&images, &name, "demo/theirs:1", "linux/arm64").expect("theirs");
    assert_eq!((&pulled.id, pulled.up_to_date), (&index.arm64, true));
    let names = expected.get_mut(&index.arm64).expect("theirs");
    names.insert("docker.io/demo/theirs:1".into());
    assert_eq!(state(engine), expected);
}

#[test]
fn a_platform_that_the_image_does_not_have_is_an_error_and_nothing_stays() {
    let (_part, images, _, name) = stage();
    let single = name.replace(":1", ":amd64");
    for (name, local) in [
        (&name, "demo/none:1"),
        (&single, "demo/none:1"),
        (&name, &*name),
        (&single, &*single),
    ] {
        let refused = pull_for(&images, name, local, "linux/s390x");
        let error = refused.expect_err("there is none");
        assert_eq!(error.kind(), ErrorKind::Platform, "{}", error.report());
        assert!(error.report().contains("s390x"), "{}", error.report());
        assert_eq!(state(images.engine()), BTreeMap::new(), "{name} as {local}");
    }
}

#[test]
fn the_remote_name_itself_can_get_another_platform() {
    let (_part, images, index, name) = stage();
    let engine = images.engine();
    for (platform, id) in [("linux/arm64", &index.arm64), ("linux/amd64", &index.amd64)] {
        let pulled = pull_for(&images, &name, &name, platform).expect(platform);
        assert_eq!(&pulled.id, id);
        assert_eq!(id_of(engine, &name).as_ref(), Some(id));
    }
    let before = state(engine);
    pull_for(&images, &name, &name, "linux/s390x").expect_err("there is none");
    assert_eq!(state(engine), before);
}
