//! What is at a place, which images are there, and how they go.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use imgferry::{
    Call, CopyOptions, Deleted, Digest, EngineOptions, Error, ErrorKind, Inspected, ListedImage,
    LoadOptions, ManifestContent, Place, PlaceOptions, Platform, Platforms, Reference,
};
use serde_json::Value;

use crate::places::{KINDS, Kind, Spot};
use crate::support::{
    Engine, ImageSpec, Podman, Registry, ScriptedEngine, TempDir, expect_success, say, skopeo,
    unique,
};
use crate::{OCI_MANIFEST, copy, name, place, push_index, raw, sha256};

fn inspect(place: &Place, platform: Option<&str>) -> Result<Inspected, Error> {
    let platform = platform.map(|text| Platform::parse(text).expect("a platform"));
    place.inspect(platform.as_ref(), &mut Call::new())
}

fn list(place: &Place) -> Vec<ListedImage> {
    place.list(&mut Call::new()).expect("a list")
}

fn names(place: &Place) -> Vec<String> {
    let listed = list(place).into_iter();
    let mut names: Vec<String> = listed.map(|image| image.name.expect("a name")).collect();
    names.sort();
    names
}

fn delete(place: &Place) -> Result<Deleted, Error> {
    place.delete(&mut Call::new())
}

fn parse(text: &str) -> Place {
    Place::parse(text, &PlaceOptions::default()).expect("a place")
}

/// The config of an image, as skopeo reads it.
fn config(text: &str) -> String {
    let arguments = ["inspect", "--config", "--raw", "--tls-verify=false", text];
    expect_success(&skopeo(&arguments))
}

#[test]
fn an_image_is_told_alike_at_every_place() {
    let folder = TempDir::new("told");
    let mut configs = Vec::new();
    for kind in KINDS {
        let spot = Spot::with_image(kind, folder.path());
        let told = inspect(&spot.place, None)
            .unwrap_or_else(|error| panic!("{kind:?}: {}", error.report()));
        let image = told.image.expect("an image");
        let own = image.config.expect("a config");
        assert_eq!(own.platform, Platform::host(), "{kind:?}");
        assert!(own.env.iter().all(|entry| entry.contains('=')));
        assert_eq!(told.warnings, [""; 0], "{kind:?}");
        assert!(told.platforms.is_empty(), "{kind:?}");
        let has_manifest = !matches!(kind, Kind::Engine | Kind::DockerArchive);
        match has_manifest {
            true => {
                let manifest = told.manifest.expect("a manifest");
                assert_eq!(manifest.bytes(), spot.raw().as_bytes(), "{kind:?}");
                assert_eq!(told.digest.as_ref(), Some(manifest.digest()), "{kind:?}");
                assert_eq!(told.media_type, manifest.media_type());
                assert_eq!(image.manifest, Some(manifest));
            }
            false => assert!(told.digest.is_none() && told.manifest.is_none(), "{kind:?}"),
        }
        if kind == Kind::Engine {
            let said: Value = serde_json::from_str(&own.document).expect("the engine's document");
            assert_eq!(said["Id"], spot.id());
            assert!(image.layers.is_empty());
        } else {
            assert_eq!(sha256(&own.document).as_str(), spot.id(), "{kind:?}");
            assert_eq!(own.document, config(&spot.text), "{kind:?}");
            assert_eq!(image.layers.len(), own.diff_ids.len(), "{kind:?}");
            let layers: u64 = image.layers.iter().map(|layer| layer.size).sum();
            assert_eq!(image.size, layers + own.document.len() as u64, "{kind:?}");
        }
        assert!(image.size > 0, "{kind:?}");
        configs.push((own.diff_ids.len(), own.created, own.labels, own.env));
    }
    let one = &configs[0];
    assert!(configs.iter().all(|other| other == one), "{configs:?}");
}

/// What dockerd 29 with the containerd image store says of an image (shortened).
const CONTAINERD: &str = r#"{"Id":"sha256:7b1d253561e5b43c8bf4002aa15a8eb79b5eb52b81cec4926a7616939b706fcc","Config":{"Env":["A=b"]},"Architecture":"amd64","Os":"linux","Size":3002502,"RootFS":{"Layers":["sha256:30619ee16bee17817dc0a9027ae67f238bf05d4922482f1cc463169f250df265"]},"Descriptor":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:7b1d253561e5b43c8bf4002aa15a8eb79b5eb52b81cec4926a7616939b706fcc","size":405}}"#;

#[test]
fn an_engine_is_asked_for_what_it_knows_and_not_for_the_image() {
    let part = ScriptedEngine::speaking("1.52", |_, connection| {
        let length = CONTAINERD.len();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        say(connection, head + CONTAINERD);
        true
    });
    let engine = imgferry::Engine::new(&part.endpoint(), &EngineOptions::default());
    let place = Place::engine(&engine.expect("a handle"), "demo/app:1");
    let told = inspect(&place, None).expect("what it knows");
    let digest = told.digest.expect("its store has manifests");
    assert!(digest.as_str().ends_with("706fcc"));
    assert_eq!(told.media_type, OCI_MANIFEST);
    let image = told.image.expect("an image");
    assert_eq!(image.size, 3_002_502);
    assert_eq!(image.config.expect("a config").env, ["A=b"]);
    let requests = part.requests();
    assert!(
        requests
            .iter()
            .all(|head| head.request.ends_with("/_ping") || head.request.ends_with("/json")),
        "{:?}",
        requests
            .iter()
            .map(|head| &head.request)
            .collect::<Vec<_>>()
    );
}

#[test]
fn an_index_tells_its_platforms_and_the_image_for_each() {
    let part = Registry::shared();
    let (image, folder) = (push_index(part, "told"), TempDir::new("index"));
    let layout = Place::oci_layout(folder.join("layout"), Some("1"));
    let all = CopyOptions {
        platforms: Platforms::All,
        ..CopyOptions::default()
    };
    copy(&place(part, &image), &layout, &all).expect("a copy");
    for place in [place(part, &image), layout] {
        let told = inspect(&place, None).expect("an index");
        assert_eq!(told.digest, Some(sha256(&raw(&image))));
        let platforms: Vec<String> = told
            .platforms
            .iter()
            .map(|image| image.platform.to_string())
            .collect();
        assert_eq!(platforms, ["linux/amd64", "linux/arm64", "linux/s390x"]);
        let own = told.image.expect("one for this machine");
        assert_eq!(own.config.expect("a config").platform, Platform::host());

        let other = inspect(&place, Some("linux/s390x")).expect("one for another");
        let manifest = other.image.expect("an image").manifest.expect("a manifest");
        assert_eq!(manifest.digest(), &told.platforms[2].digest);
        let s390x = image.with_tag("s390x").expect("a tag");
        assert_eq!(manifest.bytes(), raw(&s390x).as_bytes());

        let error = inspect(&place, Some("linux/riscv64")).expect_err("none");
        assert_eq!(error.kind(), ErrorKind::Platform);
        assert!(error.to_string().contains("linux/s390x"), "{error}");
    }
}

#[test]
fn an_index_without_an_image_for_this_machine_can_be_looked_at() {
    let part = Registry::shared();
    let (image, target) = (push_index(part, "others"), name(part, "others"));
    let others: Vec<Platform> = ["amd64", "arm64", "s390x"]
        .iter()
        .filter(|architecture| **architecture != Platform::host().architecture)
        .map(|architecture| Platform::parse(&format!("linux/{architecture}")).expect("a platform"))
        .collect();
    let count = others.len();
    let options = CopyOptions {
        platforms: Platforms::These(others),
        ..CopyOptions::default()
    };
    copy(&place(part, &image), &place(part, &target), &options).expect("a copy");
    let told = inspect(&place(part, &target), None).expect("an index");
    assert_eq!((told.platforms.len(), told.image), (count, None));
    let host = Platform::host().to_string();
    let error = inspect(&place(part, &target), Some(&host)).expect_err("none");
    assert_eq!(error.kind(), ErrorKind::Platform);
}

#[test]
fn an_image_for_another_platform_than_was_asked_for_is_an_error_everywhere() {
    let folder = TempDir::new("other");
    for kind in KINDS {
        let spot = Spot::with_image(kind, folder.path());
        let host = Platform::host().to_string();
        inspect(&spot.place, Some(&host)).expect("its own");
        let error = inspect(&spot.place, Some("windows/riscv64")).expect_err("another");
        assert_eq!(error.kind(), ErrorKind::Platform, "{kind:?}: {error}");
        assert!(error.to_string().contains(&host), "{error}");
    }
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let folder = TempDir::new("nothing");
    for kind in KINDS {
        let spot = Spot::new(kind, folder.path());
        let error = inspect(&spot.place, None).expect_err("nothing");
        assert_eq!(error.kind(), ErrorKind::NotFound, "{kind:?}: {error}");
        assert!(error.to_string().contains("inspect"), "{error}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn the_names_at_a_place_are_listed_and_lead_to_their_images() {
    let folder = TempDir::new("names");
    for kind in KINDS {
        let spot = Spot::with_image(kind, folder.path());
        let listed = list(&spot.place);
        assert_eq!(listed.len(), 1, "{kind:?}: {listed:?}");
        let told = inspect(&listed[0].place, None).expect("what the list leads to");
        assert_eq!(told, inspect(&spot.place, None).expect("the same"));
        let name = listed[0].name.as_deref().expect("a name");
        // skopeo writes whole names.
        let name = name.trim_start_matches("docker.io/");
        assert!(spot.text.ends_with(name), "{kind:?}: {name}");
        match kind {
            Kind::OciLayout | Kind::OciArchive => assert_eq!(listed[0].digest, told.digest),
            Kind::Engine | Kind::DockerArchive => {
                let id = listed[0].id.as_ref().expect("an ID");
                assert_eq!(id.as_str(), spot.id());
            }
            Kind::Registry => {}
        }
    }
}

#[test]
fn the_tags_of_a_repository_are_those_that_skopeo_lists() {
    let part = Registry::shared();
    let image = push_index(part, "tags");
    let text = format!("docker://{}", image.repository());
    let tags = expect_success(&skopeo(&["list-tags", "--tls-verify=false", &text]));
    let tags: Value = serde_json::from_str(&tags).expect("JSON");
    let mut tags: Vec<&str> = tags["Tags"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    tags.sort_unstable();
    assert_eq!(names(&place(part, &image)), tags);
    assert_eq!(tags, ["1", "amd64", "arm64", "s390x"]);
}

#[test]
fn the_images_of_an_engine_are_listed_by_name_by_id_and_all() {
    let engine = Engine::start();
    let handle = imgferry::Engine::new(&engine.endpoint(), &Default::default()).expect("a handle");
    let mut spec = ImageSpec::small("demo/one:1");
    spec.names = vec![
        "demo/one:1".into(),
        "demo/one:2".into(),
        "other/one:1".into(),
    ];
    let folder = TempDir::new("engine");
    let id = spec.write_archive(&folder.join("one.tar")).id;
    engine.docker_ok(&[
        "load",
        "--input",
        folder.join("one.tar").to_str().expect("UTF-8"),
    ]);
    spec.names = Vec::new();
    spec.seed += 1;
    let nameless = spec.write_archive(&folder.join("two.tar")).id;
    engine.docker_ok(&[
        "load",
        "--input",
        folder.join("two.tar").to_str().expect("UTF-8"),
    ]);

    let at = |image: &str| Place::engine(&handle, image);
    for image in ["demo/one", "demo/one:7", "docker.io/demo/one"] {
        assert_eq!(names(&at(image)), ["demo/one:1", "demo/one:2"], "{image}");
    }
    assert_eq!(names(&at(&id)).len(), 3);
    assert!(names(&at("demo/absent")).is_empty());
    let all = list(&at(""));
    assert_eq!(all.len(), 4, "{all:?}");
    let found = all.iter().find(|image| image.name.is_none());
    let found = found.expect("the one without a name");
    assert_eq!(found.id.as_ref().expect("an ID").as_str(), nameless);
    inspect(&found.place, None).expect("it is found by its ID");

    let gone = delete(&at("demo/one:1")).expect("a name");
    assert_eq!(
        (gone.removed.untagged.len(), gone.removed.deleted.len()),
        (1, 0)
    );
    assert_eq!(names(&at("demo/one")), ["demo/one:2"]);
    let gone = delete(&found.place).expect("an image");
    assert!(gone.removed.deleted.contains(&nameless), "{gone:?}");
    assert_eq!(list(&at("")).len(), 2);
    let error = delete(&at("demo/absent")).expect_err("none");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn what_podman_has_is_told_listed_and_removed_as_what_docker_has() {
    let engine = imgferry::Engine::new(&Podman::shared().endpoint(), &EngineOptions::default());
    let engine = engine.expect("a handle");
    // podman would put a short name under `localhost/`.
    let name = format!("{}/{}:1", Registry::shared().host(), unique("podman"));
    let call = &mut Call::new();
    let mut archive = ImageSpec::small(&name).archive();
    let loaded = engine.load_image(&mut archive, &LoadOptions::default(), call);
    loaded.expect("load");
    let made = archive.finish();
    let at = Place::engine(&engine, &name);
    let told = inspect(&at, None).expect("an image");
    let image = told.image.expect("an image");
    let config = image.config.expect("a config");
    assert_eq!(config.platform, Platform::host());
    let diff_ids: Vec<&str> = config.diff_ids.iter().map(Digest::as_str).collect();
    assert_eq!(diff_ids, made.diff_ids);
    assert!(image.size > 30_000, "{}", image.size);

    let listed = list(&at);
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0].name.as_deref(), Some(&*name));
    assert_eq!(listed[0].id.as_ref().map(Digest::as_str), Some(&*made.id));
    assert_eq!(names(&Place::engine(&engine, &made.id)), [&*name]);
    assert!(
        list(&Place::engine(&engine, ""))
            .iter()
            .any(|image| image.name.as_ref() == Some(&name))
    );
    let gone = delete(&at).expect("removed");
    assert_eq!(gone.removed.deleted, [made.id]);
    assert!(list(&at).is_empty());
}

/// A layout in a folder with images under these names; the second of two has another seed, and shares no layer.
fn layout_with(folder: &Path, names: &[(&str, u64)]) -> PathBuf {
    let layout = folder.join(unique("layout"));
    for (name, seed) in names {
        let archive = folder.join(unique("made"));
        let mut spec = ImageSpec::small("layout/source:1");
        spec.seed = *seed;
        spec.write_archive(&archive);
        let from = format!("docker-archive:{}", archive.display());
        let to = format!("oci:{}:{name}", layout.display());
        expect_success(&skopeo(&["copy", &from, &to]));
    }
    layout
}

/// The digests of all blobs of a layout.
fn blobs(layout: &Path) -> Vec<String> {
    let entries = fs::read_dir(layout.join("blobs/sha256")).expect("blobs");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| name.into_string().expect("a digest"))
        .collect()
}

#[test]
fn an_image_goes_from_a_layout_with_its_blobs_and_no_others() {
    let folder = TempDir::new("goes");
    let layout = layout_with(folder.path(), &[("one", 1), ("same", 1), ("two", 2)]);
    let at = |name: &str| Place::oci_layout(&layout, Some(name));
    let text = |name: &str| format!("oci:{}:{name}", layout.display());
    assert_eq!(names(&at("none")), ["one", "same", "two"]);
    let digest = inspect(&at("one"), None)
        .expect("one")
        .digest
        .expect("a digest");
    let before = blobs(&layout).len();

    let gone = delete(&at("one")).expect("one name");
    assert_eq!(gone.removed.untagged, ["one"]);
    assert_eq!((gone.removed.deleted.len(), gone.space_reclaimed), (0, 0));
    assert_eq!(blobs(&layout).len(), before, "another name needs them");
    config(&text("same"));
    let error = delete(&at("one")).expect_err("it is gone");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("same, two"), "{error}");

    let gone = delete(&at("same")).expect("the last name");
    assert_eq!(gone.removed.untagged, ["same"]);
    assert_eq!(gone.removed.deleted, [digest.to_string()]);
    assert!(
        gone.space_reclaimed > 0 && gone.warnings.is_empty(),
        "{gone:?}"
    );
    assert_eq!(blobs(&layout).len(), before / 2);
    assert!(!blobs(&layout).contains(&digest.hex().to_owned()));
    let target = folder.join("judged");
    let to = format!("dir:{}", target.display());
    expect_success(&skopeo(&["copy", &text("two"), &to]));

    delete(&Place::oci_layout(&layout, None)).expect("the only one");
    assert!(list(&at("none")).is_empty() && blobs(&layout).is_empty());
}

#[test]
fn a_digest_takes_all_its_names_out_of_a_layout() {
    let folder = TempDir::new("digest");
    let layout = layout_with(folder.path(), &[("one", 1), ("same", 1), ("two", 2)]);
    let at = |name: &str| Place::oci_layout(&layout, Some(name));
    let error = delete(&Place::oci_layout(&layout, None)).expect_err("which one?");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let digest = inspect(&at("one"), None)
        .expect("one")
        .digest
        .expect("a digest");
    let gone = delete(&at(&format!("@{digest}"))).expect("both");
    assert_eq!(gone.removed.untagged, ["one", "same"]);
    assert_eq!(gone.removed.deleted, [digest.to_string()]);
    assert_eq!(names(&at("two")), ["two"]);
}

#[test]
fn the_blobs_stay_while_somebody_writes_to_the_layout() {
    let folder = TempDir::new("busy");
    let layout = layout_with(folder.path(), &[("one", 1)]);
    let before = blobs(&layout).len();
    let writer = File::open(layout.join("blobs")).expect("the folder of the blobs");
    writer.lock_shared().expect("as a writer does");
    let gone = delete(&Place::oci_layout(&layout, Some("one"))).expect("the name goes");
    assert_eq!(gone.removed.untagged, ["one"]);
    assert!(gone.removed.deleted.is_empty());
    assert_eq!(gone.warnings.len(), 1, "{gone:?}");
    assert_eq!(blobs(&layout).len(), before);
}

#[test]
fn no_layout_is_made_to_remove_something_from_it() {
    let folder = TempDir::new("none");
    let path = folder.join("none");
    let error = delete(&Place::oci_layout(&path, Some("1"))).expect_err("none");
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(!path.exists());
}

#[test]
fn an_archive_is_never_changed() {
    let folder = TempDir::new("archive");
    for kind in [Kind::DockerArchive, Kind::OciArchive] {
        let spot = Spot::with_image(kind, folder.path());
        let path = PathBuf::from(spot.text.split(':').nth(1).expect("a path"));
        let before = sha256_of(&path);
        let error = delete(&spot.place).expect_err("never");
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(
            error.to_string().contains("copy what shall stay"),
            "{error}"
        );
        assert_eq!(sha256_of(&path), before);
    }
}

fn sha256_of(path: &Path) -> Digest {
    Digest::sha256(&fs::read(path).expect("the archive"))
}

#[test]
fn an_image_goes_from_a_registry_by_its_digest_and_never_by_a_tag_that_is_not_alone() {
    let part = Registry::shared();
    let image = push_index(part, "gone");
    let own = image.with_tag("s390x").expect("a tag");
    let error = delete(&place(part, &own)).expect_err("this registry removes whole manifests only");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("by its digest"), "{error}");
    assert_eq!(names(&place(part, &image)).len(), 4);

    let digest = sha256(&raw(&own));
    let by_digest: Reference = own.without_tag().with_digest(digest.clone());
    let gone = delete(&place(part, &by_digest)).expect("removed");
    assert_eq!(gone.removed.deleted, [digest.to_string()]);
    assert_eq!(names(&place(part, &image)), ["1", "amd64", "arm64"]);
    let error = inspect(&place(part, &by_digest), None).expect_err("gone");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn an_artifact_has_layers_and_no_config() {
    let part = Registry::shared();
    let image = name(part, "artifact");
    let handle = crate::client(part);
    let call = &mut Call::new();
    let empty = handle
        .put_blob(
            &image,
            imgferry::BlobSource::Data(b"{}"),
            &Default::default(),
            call,
        )
        .expect("a config");
    let artifact = format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","artifactType":"text/sig",
        "config":{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{}","size":2}},
        "layers":[{{"mediaType":"text/plain","digest":"{}","size":2}}]}}"#,
        OCI_MANIFEST, empty.digest, empty.digest
    );
    handle
        .put_manifest(&image, OCI_MANIFEST, artifact.as_bytes(), call)
        .expect("an artifact");
    let told = inspect(&place(part, &image), None).expect("an artifact");
    let content = told.manifest.expect("a manifest");
    assert!(matches!(content.content(), ManifestContent::Image(_)));
    let own = told.image.expect("layers");
    assert_eq!((own.config, own.layers.len(), own.size), (None, 1, 2));
}

#[test]
fn a_text_leads_to_a_place_that_can_be_listed() {
    let folder = TempDir::new("text");
    let layout = layout_with(folder.path(), &[("one", 1)]);
    assert_eq!(names(&parse(&format!("oci:{}", layout.display()))), ["one"]);
}
