//! The verbs on the dockerd of a later Debian release, with both of its image stores. Getting that system takes a
//! minute, so this runs with `tests/run --deep` only.

mod support;

use std::process::Command;

use imgferry::{
    ArchiveOptions, Call, CopyOptions, Digest, Engine as Client, EngineOptions, ErrorKind, Images,
    ImportOptions, InspectOptions, ListOptions, LoadOptions, LocalImage, Place, PullOptions,
    PushImageOptions, PushOptions, PushVia, PushedVia, Reference, RegistryOptions, RemoteImage,
    RemoveOptions, copy,
};
use support::{
    Engine, ImageSpec, LayerSpec, Registry, TempDir, deep, expect_success, installed, skopeo,
    unique,
};

/// The release, and what its dockerd 26.1 speaks.
const RELEASE: &str = "trixie";
const API: &str = "1.45";

#[test]
fn the_verbs_work_on_a_newer_engine_with_both_stores() {
    if !deep() {
        println!("left out: a newer engine is tested by tests/run --deep");
        return;
    }
    let system = TempDir::new("newer");
    let made = Command::new(installed("debootstrap", "debootstrap"))
        .args([
            "--variant=minbase",
            "--include=docker.io,ca-certificates",
            RELEASE,
        ])
        .arg(system.path())
        .output();
    expect_success(&made.expect("run debootstrap"));
    for containerd_store in [false, true] {
        let part = Engine::of_system(system.path(), containerd_store);
        let engine = Client::new(&part.endpoint(), &EngineOptions::default()).expect("a handle");
        println!("containerd store: {containerd_store}");
        images_go_in_and_out(&engine);
        images_go_to_the_registry_and_back(&engine, containerd_store);
        archives_of_it_keep_their_digests(&part, &engine, containerd_store);
        direct_pushes_keep_what_the_store_keeps(&engine, containerd_store);
        file_systems_become_images(&engine);
        newer_options_are_refused(&engine);
    }
}

fn load(engine: &Client, name: &str) -> ImageSpec {
    let spec = ImageSpec::new(
        name,
        &[
            LayerSpec::incompressible(20_000_000),
            LayerSpec::incompressible(50_000),
        ],
    );
    let loaded = engine.load_image(
        &mut spec.archive(),
        &LoadOptions::default(),
        &mut Call::new(),
    );
    assert_eq!(loaded.expect("load").names, [name]);
    spec
}

fn images_go_in_and_out(engine: &Client) {
    let call = &mut Call::new();
    assert_eq!(engine.api_version(call).expect("a version"), API);
    let name = format!("demo/{}", unique("newer"));
    let spec = load(engine, &format!("{name}:1"));
    let details = engine.inspect_image(&format!("{name}:1"), &InspectOptions::default(), call);
    let details = details.expect("inspect");
    assert_eq!(details.layers, spec.image().diff_ids);
    engine
        .tag(&format!("{name}:1"), &name, Some("2"), call)
        .expect("tag");
    let options = ListOptions {
        name: Some(name.clone()),
        shared_size: true,
        ..Default::default()
    };
    let listed = engine.images(&options, call).expect("list");
    let tags: usize = listed.iter().map(|image| image.repo_tags.len()).sum();
    assert_eq!(tags, 2, "{listed:?}");
    assert_eq!(
        engine
            .history(&format!("{name}:1"), None, call)
            .expect("history")
            .len(),
        2
    );

    let folder = TempDir::new("newer-save");
    let path = folder.join("image.tar");
    let both = [format!("{name}:1"), format!("{name}:2")];
    let names = both.each_ref().map(String::as_str);
    engine
        .save_images_file(&names, &ArchiveOptions::default(), &path, call)
        .expect("save");
    for name in names {
        engine
            .remove_image(name, &RemoveOptions::default(), call)
            .expect("remove");
    }
    let gone = engine
        .inspect_image(names[0], &InspectOptions::default(), call)
        .expect_err("gone");
    assert_eq!(gone.kind(), ErrorKind::NotFound, "{}", gone.report());
    let mut archive = std::fs::File::open(&path).expect("an archive");
    let mut loaded = engine
        .load_image(&mut archive, &LoadOptions::default(), call)
        .expect("load");
    loaded.names.sort();
    assert_eq!(loaded.names, names);
    engine.prune_images(&[], call).expect("prune");
}

fn images_go_to_the_registry_and_back(engine: &Client, containerd_store: bool) {
    let call = &mut Call::new();
    let name = format!("{}/{}:1", Registry::shared().host(), unique("newer"));
    load(engine, &name);
    let pushed = engine
        .push(&name, &PushOptions::default(), call)
        .expect("push");
    let raw = expect_success(&skopeo(&[
        "inspect",
        "--raw",
        "--tls-verify=false",
        &format!("docker://{name}"),
    ]));
    assert_eq!(pushed.digest, Some(Digest::sha256(raw.as_bytes())));
    if containerd_store {
        let id = engine
            .inspect_image(&name, &InspectOptions::default(), call)
            .expect("inspect")
            .id;
        assert_eq!(
            pushed.digest.as_ref().map(Digest::as_str),
            Some(id.as_str())
        );
    }
    let asked = engine
        .inspect_distribution(&name, None, call)
        .expect("distribution");
    assert_eq!(Some(asked.descriptor.digest), pushed.digest);
    engine
        .remove_image(&name, &RemoveOptions::default(), call)
        .expect("remove");
    let pulled = engine
        .pull(&name, &PullOptions::default(), call)
        .expect("pull");
    assert_eq!(pulled.digest, pushed.digest);
    assert!(!pulled.up_to_date);
    let again = engine
        .pull(&name, &PullOptions::default(), call)
        .expect("again");
    assert!(again.up_to_date);
    let absent = engine.pull(
        &name.replace(":1", ":absent"),
        &PullOptions::default(),
        call,
    );
    let absent = absent.expect_err("absent");
    assert_eq!(absent.kind(), ErrorKind::NotFound, "{}", absent.report());
    let absent = engine.push("127.0.0.1:1/absent:1", &PushOptions::default(), call);
    let absent = absent.expect_err("absent");
    assert_eq!(absent.kind(), ErrorKind::NotFound, "{}", absent.report());
}

/// An image that was pulled goes on as it is from a store that keeps images as registries do; the other store has tars.
fn direct_pushes_keep_what_the_store_keeps(engine: &Client, containerd_store: bool) {
    let call = &mut Call::new();
    let host = Registry::shared().host();
    let name = format!("{host}/{}:1", unique("newer-direct"));
    let image = ImageSpec::new(
        &name,
        &[
            LayerSpec::incompressible(3_000_000),
            LayerSpec::incompressible(50_000),
        ],
    );
    let image = image.push_by_skopeo(&name);
    let pulled = engine.pull(&name, &PullOptions::default(), call);
    let pulled = pulled.expect("pull").digest;
    let images = Images::new(engine.clone(), &RegistryOptions::default());
    let (local, folder) = (
        LocalImage::parse(&name).expect("a name"),
        TempDir::new("newer-direct"),
    );
    let options = PushImageOptions {
        via: PushVia::Direct,
        layer_cache: Some(folder.join("layers")),
        ..PushImageOptions::default()
    };
    for round in ["first", "second"] {
        let target = format!("{name}-{round}");
        let remote = RemoteImage::parse(&target).expect("a name");
        let pushed = images.push(&local, Some(&remote), &options, call);
        let pushed = pushed.unwrap_or_else(|error| panic!("{}", error.report()));
        assert_eq!(pushed.digest == pulled, containerd_store, "{pushed:?}");
        let config = expect_success(&skopeo(&[
            "inspect",
            "--config",
            "--raw",
            "--tls-verify=false",
            &format!("docker://{target}"),
        ]));
        assert_eq!(Digest::sha256(config.as_bytes()).as_str(), image.id);
        let into = format!("dir:{}", folder.join(round).display());
        let from = format!("docker://{target}");
        expect_success(&skopeo(&["copy", "--src-tls-verify=false", &from, &into]));
    }
    let auto = PushImageOptions {
        via: PushVia::Auto,
        ..PushImageOptions::default()
    };
    let remote = RemoteImage::parse(&format!("{name}-auto")).expect("a name");
    let pushed = images
        .push(&local, Some(&remote), &auto, call)
        .expect("push");
    assert_eq!(pushed.via, PushedVia::Engine, "{}", pushed.reason);
    println!("{}", pushed.reason);
    assert_eq!(pushed.reason.contains("the store"), containerd_store);
}

/// Since Docker 25, what is saved is an OCI layout, too, whose manifest the image keeps on its way.
fn archives_of_it_keep_their_digests(part: &Engine, engine: &Client, containerd_store: bool) {
    let call = &mut Call::new();
    let name = format!("{}/{}:1", Registry::shared().host(), unique("newer-copy"));
    load(engine, &name);
    let id = |engine: &Client, name: &str, call: &mut Call<'_>| {
        let found = engine.inspect_image(name, &InspectOptions::default(), call);
        found.expect("the image").id
    };
    let loaded = id(engine, &name, call);
    let folder = TempDir::new("newer-copy");
    let saved = folder.join("saved.tar");
    part.docker_ok(&["save", "--output", saved.to_str().expect("UTF-8"), &name]);
    let keeping = CopyOptions {
        keep_digests: true,
        ..CopyOptions::default()
    };
    let layout = folder.join("layout");
    let registry = imgferry::Registry::new(Registry::shared().host(), &RegistryOptions::default());
    let image = Reference::parse(&name).expect("a name");
    let in_registry = Place::registry(&registry.expect("a handle"), &image);
    let mut digests = Vec::new();
    for from in [
        Place::docker_archive(&saved, None),
        Place::engine(engine, &name),
    ] {
        for to in [Place::oci_layout(&layout, Some("1")), in_registry.clone()] {
            let copied = copy(&from, &to, &keeping, call);
            let copied = copied.unwrap_or_else(|error| panic!("{}", error.report()));
            digests.push(copied.digest.clone());
            // skopeo does not see Docker's manifests in layouts.
            if to.to_string().starts_with("oci:") && copied.media_type.contains("docker") {
                continue;
            }
            let raw = skopeo(&["inspect", "--raw", "--tls-verify=false", &to.to_string()]);
            let raw = expect_success(&raw);
            assert_eq!(
                copied.digest,
                Digest::sha256(raw.as_bytes()),
                "{from} to {to}"
            );
            let into = format!("dir:{}", folder.join(unique("judged")).display());
            let read = skopeo(&["copy", "--src-tls-verify=false", &to.to_string(), &into]);
            expect_success(&read);
        }
    }
    digests.dedup();
    assert_eq!(digests.len(), 1, "{digests:?}");
    println!("{loaded} was saved as {}", digests[0]);

    // And it goes back, also compressed.
    let compressed = format!("{name}-compressed");
    let there = Reference::parse(&compressed).expect("a name");
    let registry = imgferry::Registry::new(Registry::shared().host(), &RegistryOptions::default());
    let there = Place::registry(&registry.expect("a handle"), &there);
    copy(
        &Place::engine(engine, &name),
        &there,
        &CopyOptions::default(),
        call,
    )
    .expect("out");
    for from in [in_registry, there, Place::oci_layout(&layout, None)] {
        let back = format!("demo/{}:1", unique("newer-back"));
        let to = Place::engine(engine, &back);
        copy(&from, &to, &CopyOptions::default(), call).expect("back");
        let details = engine.inspect_image(&back, &InspectOptions::default(), call);
        let layers = details.expect("the image").layers;
        let before = engine.inspect_image(&name, &InspectOptions::default(), call);
        assert_eq!(layers, before.expect("the image").layers, "{from}");
        if !containerd_store {
            assert_eq!(id(engine, &back, call), loaded, "{from}");
        }
    }
}

fn file_systems_become_images(engine: &Client) {
    let call = &mut Call::new();
    let name = format!("demo/{}", unique("newer-import"));
    let options = ImportOptions {
        repository: Some(name.clone()),
        tag: Some("1".into()),
        changes: vec!["LABEL kind=test".into()],
        platform: Some("linux/arm64".into()),
        ..ImportOptions::default()
    };
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(2);
    tar.append_data(&mut header, "greeting", b"hi".as_slice())
        .expect("an entry");
    let tar = tar.into_inner().expect("a tar");
    let imported = engine
        .import_image_from_data(&tar, &options, call)
        .expect("import");
    let image = engine.inspect_image(&format!("{name}:1"), &InspectOptions::default(), call);
    let image = image.expect("named");
    assert_eq!(
        (image.id, image.architecture.as_str()),
        (imported.id, "arm64")
    );

    let failed = format!("{name}-failed");
    let options = ImportOptions {
        repository: Some(failed.clone()),
        ..options
    };
    let error = engine
        .import_image_from_data(&b"no tar".repeat(1000), &options, call)
        .expect_err("no tar");
    println!("{}", error.report());
    let left = engine.inspect_image(&format!("{failed}:1"), &InspectOptions::default(), call);
    assert_eq!(
        left.expect_err("no name is left").kind(),
        ErrorKind::NotFound
    );
}

fn newer_options_are_refused(engine: &Client) {
    let platforms = PushOptions {
        platform: Some("linux/amd64".into()),
        ..PushOptions::default()
    };
    let error = engine
        .push("a.b/c:1", &platforms, &mut Call::new())
        .expect_err("since 1.46");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{}", error.report());
}
