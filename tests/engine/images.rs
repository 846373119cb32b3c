//! Loading, naming, pushing, pulling and removing images.

use std::io::{self, Cursor, Read};
use std::ops::ControlFlow;

use super::support::{
    Engine, ImageSpec, LayerSpec, Registry, SmallDisk, expect_success, skopeo, unique,
};
use super::{connect, load};
use imgferry::{
    Call, EngineOptions, ErrorKind, ImageProgressStep, InspectOptions, ListOptions, LoadOptions,
    Loaded, Phase, PullOptions, PushOptions, RemoveOptions,
};

#[test]
fn a_loaded_image_is_listed_inspected_named_and_removed() {
    let engine = connect(Engine::shared());
    let name = format!("demo/{}", unique("verbs"));
    let image = load(&engine, &ImageSpec::small(&format!("{name}:1")));
    let call = &mut Call::new();

    let details = engine
        .inspect_image(&format!("{name}:1"), &InspectOptions::default(), call)
        .expect("inspect");
    assert_eq!(details.id, image.id);
    assert_eq!(details.layers, image.diff_ids);
    assert_eq!(
        (details.os.as_str(), details.architecture.as_str()),
        ("linux", "amd64")
    );
    assert!(details.document.contains("\"RootFS\""));
    assert_eq!(
        engine
            .inspect_image(&image.id, &InspectOptions::default(), call)
            .expect("by ID")
            .id,
        image.id
    );

    engine
        .tag(&format!("{name}:1"), &name, Some("2"), call)
        .expect("tag");
    engine
        .tag(&image.id, &format!("{name}:3"), None, call)
        .expect("tag by ID");
    let options = ListOptions {
        name: Some(name.clone()),
        ..ListOptions::default()
    };
    let listed = engine.images(&options, call).expect("list");
    assert_eq!(listed.len(), 1);
    let mut tags = listed[0].repo_tags.clone();
    tags.sort();
    assert_eq!(tags, [1, 2, 3].map(|tag| format!("{name}:{tag}")));
    assert!(listed[0].size > 30_000 && listed[0].document.starts_with('{'));

    let by_id = engine.remove_image(&image.id, &RemoveOptions::default(), call);
    assert_eq!(by_id.expect_err("three names").kind(), ErrorKind::Conflict);
    let removed = engine
        .remove_image(&format!("{name}:2"), &RemoveOptions::default(), call)
        .expect("one name");
    assert_eq!(
        (removed.untagged, removed.deleted),
        (vec![format!("{name}:2")], vec![])
    );
    let force = RemoveOptions {
        force: true,
        ..RemoveOptions::default()
    };
    let removed = engine
        .remove_image(&image.id, &force, call)
        .expect("by force");
    assert!(removed.deleted.contains(&image.id));
    let gone = engine
        .inspect_image(&image.id, &InspectOptions::default(), call)
        .expect_err("gone");
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

#[test]
fn a_pushed_image_is_in_the_registry_with_the_digest_that_was_told() {
    let (engine, registry) = (connect(Engine::shared()), Registry::shared());
    let name = format!("{}/{}:v1", registry.host(), unique("push"));
    let image = load(&engine, &ImageSpec::small(&name));
    let mut phases = Vec::new();
    let mut last = (0, None, String::new());
    let mut watch = |step: &ImageProgressStep<'_>| {
        phases.push(step.phase);
        last = (step.sum_current, step.sum_total, step.digest.to_owned());
        ControlFlow::Continue(())
    };
    let pushed = engine
        .push(
            &name,
            &PushOptions::default(),
            &mut Call::new().progress(&mut watch),
        )
        .expect("push");
    let digest = pushed.digest.expect("a digest");
    assert_eq!(pushed.reference.to_string(), name);
    assert_eq!(pushed.warnings, Vec::<String>::new());

    let raw = expect_success(&skopeo(&[
        "inspect",
        "--raw",
        "--tls-verify=false",
        &format!("docker://{name}"),
    ]));
    assert_eq!(imgferry::Digest::sha256(raw.as_bytes()), digest);
    assert_eq!(pushed.manifest_size, Some(raw.len() as u64));
    assert!(
        raw.contains(&image.id),
        "the image ID is the config's digest"
    );

    assert_eq!(phases.last(), Some(&Phase::Done));
    assert_eq!(
        phases.iter().filter(|phase| **phase == Phase::Done).count(),
        1
    );
    assert!(phases.contains(&Phase::LayerDone));
    assert_eq!(last.2, digest.as_str());
    assert_eq!(Some(last.0), last.1, "all bytes are done");
}

#[test]
fn a_pulled_image_is_the_one_that_was_pushed() {
    let (engine, registry) = (connect(Engine::shared()), Registry::shared());
    let name = format!("{}/{}:v1", registry.host(), unique("pull"));
    let image = load(&engine, &ImageSpec::small(&name));
    let call = &mut Call::new();
    let pushed = engine
        .push(&name, &PushOptions::default(), call)
        .expect("push");
    engine
        .remove_image(&name, &RemoveOptions::default(), call)
        .expect("remove");

    let pulled = engine
        .pull(&name, &PullOptions::default(), call)
        .expect("pull");
    assert_eq!(pulled.digest, pushed.digest);
    assert!(!pulled.up_to_date);
    assert_eq!(
        engine
            .inspect_image(&name, &InspectOptions::default(), call)
            .expect("inspect")
            .id,
        image.id
    );
    let again = engine
        .pull(&name, &PullOptions::default(), call)
        .expect("again");
    assert!(again.up_to_date);

    let by_digest = format!(
        "{}@{}",
        name.trim_end_matches(":v1"),
        pushed.digest.expect("a digest")
    );
    let pulled = engine
        .pull(&by_digest, &PullOptions::default(), call)
        .expect("by digest");
    assert_eq!(pulled.reference.to_string(), by_digest);
}

#[test]
fn progress_of_a_big_layer_moves_and_ends_at_its_size() {
    let (engine, registry) = (connect(Engine::shared()), Registry::shared());
    let name = format!("{}/{}:v1", registry.host(), unique("moves"));
    load(
        &engine,
        &ImageSpec::new(&name, &[LayerSpec::incompressible(40_000_000)]),
    );
    let mut numbers = Vec::new();
    let mut watch = |step: &ImageProgressStep<'_>| {
        if step.phase == Phase::Pushing {
            numbers.push((step.current, step.total));
            assert!(step.raw.starts_with('{'), "the engine's own line is there");
        }
        ControlFlow::Continue(())
    };
    let call = &mut Call::new().progress(&mut watch);
    engine
        .push(&name, &PushOptions::default(), call)
        .expect("push");
    assert!(numbers.len() > 2, "{numbers:?}");
    assert!(numbers.is_sorted(), "{numbers:?}");
    assert!(
        numbers
            .iter()
            .all(|(_, total)| total.is_some_and(|total| total >= 40_000_000))
    );
}

#[test]
fn a_damaged_archive_is_an_error_and_never_a_success() {
    let engine = connect(Engine::shared());
    let call = &mut Call::new();
    let mut rubbish = Cursor::new(b"not a tar".repeat(1000));
    let error = engine
        .load_image(&mut rubbish, &LoadOptions::default(), call)
        .expect_err("rubbish");
    assert_eq!(error.kind(), ErrorKind::Engine, "{}", error.report());

    let name = format!("demo/{}:1", unique("cut"));
    let spec = ImageSpec::small(&name);
    let error = engine
        .load_image(
            &mut spec.archive().take(20_000),
            &LoadOptions::default(),
            call,
        )
        .expect_err("cut");
    assert_eq!(error.kind(), ErrorKind::Engine, "{}", error.report());
    assert!(
        engine
            .inspect_image(&name, &InspectOptions::default(), call)
            .is_err()
    );
}

#[test]
fn a_failing_source_fails_the_load_with_its_own_reason() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the tape is torn"))
        }
    }
    let error = connect(Engine::shared())
        .load_image(&mut Broken, &LoadOptions::default(), &mut Call::new())
        .expect_err("a torn tape");
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(
        error.report().contains("the tape is torn"),
        "{}",
        error.report()
    );
}

#[test]
fn names_that_no_engine_accepts_are_refused_before_anything_is_sent() {
    let nobody = imgferry::Engine::new("unix:///nobody/listens/here", &EngineOptions::default())
        .expect("a handle");
    let call = &mut Call::new();
    for name in ["", " ", "a b", "a?b", "../x", "A", "a\nb", "a@sha256:12"] {
        let errors = [
            nobody
                .inspect_image(name, &InspectOptions::default(), call)
                .map(drop),
            nobody.tag(name, "a:1", None, call),
            nobody.tag("a:1", name, None, call),
            nobody.push(name, &PushOptions::default(), call).map(drop),
            nobody.pull(name, &PullOptions::default(), call).map(drop),
            nobody
                .remove_image(name, &RemoveOptions::default(), call)
                .map(drop),
        ];
        for error in errors {
            let error = error.expect_err(name);
            assert_eq!(
                error.kind(),
                ErrorKind::InvalidReference,
                "{name:?}: {error}"
            );
        }
    }
    let digest = format!("a@sha256:{}", "0".repeat(64));
    let error = nobody
        .push(&digest, &PushOptions::default(), call)
        .expect_err("a digest");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let error = nobody.tag("a", &digest, None, call).expect_err("a digest");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn the_newest_common_version_is_spoken_and_a_demanded_one_is_used() {
    let part = Engine::shared();
    let call = &mut Call::new();
    assert_eq!(connect(part).api_version(call).expect("a version"), "1.41");
    let demand = |version: &str| EngineOptions {
        api_version: Some(version.to_owned()),
        ..EngineOptions::default()
    };
    let old = imgferry::Engine::new(&part.endpoint(), &demand("v1.30")).expect("a handle");
    assert_eq!(old.api_version(call).expect("as demanded"), "1.30");
    old.images(&ListOptions::default(), call).expect("it works");
    let new = imgferry::Engine::new(&part.endpoint(), &demand("1.99")).expect("a handle");
    let error = new
        .images(&ListOptions::default(), call)
        .expect_err("too new");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{}", error.report());
    let error = imgferry::Engine::new(&part.endpoint(), &demand("latest")).expect_err("no version");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn notes_of_the_engine_are_kept_beside_the_names() {
    let engine = connect(Engine::shared());
    let name = format!("demo/{}:1", unique("moved"));
    load(&engine, &ImageSpec::small(&name));
    let mut other = ImageSpec::small(&name);
    other.seed += 1;
    let Loaded {
        names, warnings, ..
    } = engine
        .load_image(
            &mut other.archive(),
            &LoadOptions::default(),
            &mut Call::new(),
        )
        .expect("load");
    assert_eq!(names, [name]);
    assert_eq!(warnings.len(), 1, "the name moved: {warnings:?}");
}

#[test]
fn all_tags_are_pushed_and_pulled_when_asked_for() {
    let (engine, registry) = (connect(Engine::shared()), Registry::shared());
    let repository = format!("{}/{}", registry.host(), unique("all"));
    let call = &mut Call::new();
    for tag in ["1", "2"] {
        load(&engine, &ImageSpec::small(&format!("{repository}:{tag}")));
    }
    let all = PushOptions {
        all_tags: true,
        ..PushOptions::default()
    };
    let pushed = engine.push(&repository, &all, call).expect("push");
    let mut tags: Vec<_> = pushed
        .tags
        .iter()
        .map(|pushed| pushed.tag.as_str())
        .collect();
    tags.sort();
    assert_eq!((tags, pushed.digest), (vec!["1", "2"], None));

    let one = PushOptions {
        tag: Some("2".into()),
        ..PushOptions::default()
    };
    let again = engine.push(&repository, &one, call).expect("push one");
    assert_eq!(again.reference.tag(), Some("2"));
    assert!(
        pushed
            .tags
            .iter()
            .any(|tag| Some(&tag.digest) == again.digest.as_ref())
    );

    let all = PullOptions {
        all_tags: true,
        ..PullOptions::default()
    };
    let pulled = engine.pull(&repository, &all, call).expect("pull");
    assert_eq!((pulled.tags.len(), pulled.up_to_date), (2, true));
    let both = PullOptions {
        tag: Some("1".into()),
        ..all
    };
    let error = engine
        .pull(&repository, &both, call)
        .expect_err("one or all");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn what_the_engine_is_too_old_for_is_refused_and_never_ignored() {
    let engine = connect(Engine::shared());
    let platform = || Some("linux/amd64".to_owned());
    let call = &mut Call::new();
    let name = format!("demo/{}:1", unique("old"));
    load(&engine, &ImageSpec::small(&name));
    let errors = [
        engine
            .push(
                &name,
                &PushOptions {
                    platform: platform(),
                    ..Default::default()
                },
                call,
            )
            .map(drop),
        engine
            .inspect_image(
                &name,
                &InspectOptions {
                    platform: platform(),
                    ..Default::default()
                },
                call,
            )
            .map(drop),
        engine.history(&name, Some("linux/amd64"), call).map(drop),
        engine
            .remove_image(
                &name,
                &RemoveOptions {
                    force: true,
                    platforms: platform().into_iter().collect(),
                    ..Default::default()
                },
                call,
            )
            .map(drop),
        engine
            .images(
                &ListOptions {
                    manifests: true,
                    ..Default::default()
                },
                call,
            )
            .map(drop),
        engine
            .images(
                &ListOptions {
                    shared_size: true,
                    ..Default::default()
                },
                call,
            )
            .map(drop),
        engine
            .load_image(
                &mut io::empty(),
                &LoadOptions {
                    platforms: platform().into_iter().collect(),
                    ..Default::default()
                },
                call,
            )
            .map(drop),
    ];
    for error in errors {
        let error = error.expect_err("API 1.41 does not have it");
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{}", error.report());
        assert!(
            error.report().contains("needs API 1.4") || error.report().contains("needs API 1.5")
        );
    }
    engine
        .inspect_image(&name, &InspectOptions::default(), call)
        .expect("nothing was removed");
}

#[test]
fn an_engine_without_room_says_so() {
    let disk = SmallDisk::new(64);
    let part = Engine::start_in(disk.path());
    let engine = connect(&part);
    let spec = ImageSpec::new("demo/full:1", &[LayerSpec::incompressible(200_000_000)]);
    let call = &mut Call::new();
    let error = engine
        .load_image(&mut spec.archive(), &LoadOptions::default(), call)
        .expect_err("it does not fit");
    assert_eq!(error.kind(), ErrorKind::NoSpace, "{}", error.report());
    assert!(error.hint().is_some());
    let fits = ImageSpec::small("demo/fits:1");
    engine
        .load_image(&mut fits.archive(), &LoadOptions::default(), call)
        .expect("it goes on");
}
