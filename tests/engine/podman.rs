//! The same verbs on podman's service, with each difference named.

use std::io::Cursor;

use imgferry::{
    ArchiveOptions, Call, Engine as Client, EngineOptions, ErrorKind, ImportOptions,
    InspectOptions, ListOptions, LoadOptions, PullOptions, PushOptions, RemoveOptions,
};

use super::import::root_file_system;
use super::support::{ImageSpec, Podman, Registry, expect_success, skopeo, unique};

fn connect() -> Client {
    Client::new(&Podman::shared().endpoint(), &EngineOptions::default()).expect("a handle")
}

/// podman shows and wants whole names: a short one it would put under `localhost/` on a load.
fn load(engine: &Client, purpose: &str) -> (String, String) {
    let name = format!("{}/{}:1", Registry::shared().host(), unique(purpose));
    let mut archive = ImageSpec::small(&name).archive();
    let loaded = engine
        .load_image(&mut archive, &LoadOptions::default(), &mut Call::new())
        .expect("load");
    assert_eq!(loaded.names, [name.as_str()]);
    (name, archive.finish().id)
}

#[test]
fn podman_loads_lists_inspects_names_and_removes() {
    let engine = connect();
    let (name, id) = load(&engine, "podman-verbs");
    let call = &mut Call::new();
    let details = engine
        .inspect_image(&name, &InspectOptions::default(), call)
        .expect("inspect");
    assert_eq!(details.id, id);
    let second = name.replace(":1", ":2");
    engine.tag(&name, &second, None, call).expect("tag");
    let options = ListOptions {
        name: Some(name.trim_end_matches(":1").to_owned()),
        ..Default::default()
    };
    let listed = engine.images(&options, call).expect("list");
    assert!(
        listed.iter().any(|image| image.repo_tags.contains(&second)),
        "{listed:?}"
    );
    assert_eq!(engine.history(&name, None, call).expect("history").len(), 2);

    // dockerd says 409 here, podman 500.
    let error = engine
        .remove_image(&id, &RemoveOptions::default(), call)
        .expect_err("two names");
    assert_eq!(error.kind(), ErrorKind::Conflict, "{}", error.report());
    let removed = engine
        .remove_image(&second, &RemoveOptions::default(), call)
        .expect("a name");
    assert_eq!(removed.untagged, [second]);
    let removed = engine
        .remove_image(&name, &RemoveOptions::default(), call)
        .expect("the last");
    assert_eq!(removed.deleted, [id]);
    let error = engine
        .inspect_image(&name, &InspectOptions::default(), call)
        .expect_err("gone");
    assert_eq!(error.kind(), ErrorKind::NotFound, "{}", error.report());
}

#[test]
fn podman_pushes_and_pulls() {
    let engine = connect();
    let (name, id) = load(&engine, "podman-push");
    let call = &mut Call::new();
    let pushed = engine
        .push(&name, &PushOptions::default(), call)
        .expect("push");
    let raw = expect_success(&skopeo(&[
        "inspect",
        "--raw",
        "--tls-verify=false",
        &format!("docker://{name}"),
    ]));
    assert_eq!(
        Some(imgferry::Digest::sha256(raw.as_bytes())),
        pushed.digest
    );
    engine
        .remove_image(&name, &RemoveOptions::default(), call)
        .expect("remove");
    let pulled = engine
        .pull(&name, &PullOptions::default(), call)
        .expect("pull");
    assert_eq!(pulled.digest, None, "podman does not tell it");
    assert_eq!(
        engine
            .inspect_image(&name, &InspectOptions::default(), call)
            .expect("back")
            .id,
        id
    );

    let absent = name.replace(":1", ":absent");
    let error = engine
        .pull(&absent, &PullOptions::default(), call)
        .expect_err("absent");
    assert_eq!(error.kind(), ErrorKind::NotFound, "{}", error.report());
    let error = engine
        .push(&absent, &PushOptions::default(), call)
        .expect_err("absent");
    assert_eq!(error.kind(), ErrorKind::NotFound, "{}", error.report());
}

#[test]
fn podman_saves_imports_and_prunes() {
    let engine = connect();
    let (name, _) = load(&engine, "podman-save");
    let call = &mut Call::new();
    let mut archive = engine
        .get_image(&name, &ArchiveOptions::default(), call)
        .expect("get");
    let loaded = engine
        .load_image(&mut archive, &LoadOptions::default(), call)
        .expect("load");
    assert_eq!(loaded.names, [name]);

    let imported = format!("{}/{}", Registry::shared().host(), unique("podman-import"));
    let options = ImportOptions {
        repository: Some(imported.clone()),
        tag: Some("1".into()),
        changes: vec!["LABEL kind=test".into()],
        ..ImportOptions::default()
    };
    let tar = root_file_system();
    let made = engine
        .import_image_from_stream(&mut Cursor::new(tar), &options, call)
        .expect("import");
    // Its 4.3 looks at no `tag`, so the tag goes with the name.
    let image = engine.inspect_image(&format!("{imported}:1"), &InspectOptions::default(), call);
    assert_eq!(image.expect("named").id, made.id);
    engine.prune_images(&[], call).expect("prune");
}

#[test]
fn what_podman_lacks_is_unsupported_with_a_hint() {
    let engine = connect();
    let (name, _) = load(&engine, "podman-lacks");
    let error = engine
        .inspect_distribution(&name, None, &mut Call::new())
        .expect_err("podman does not have it");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{}", error.report());
    assert!(error.hint().is_some());
}
