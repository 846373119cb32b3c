//! Moving images by their local and remote names, between a real dockerd and a real registry.

mod support;

use std::ops::ControlFlow;

use imgferry::{
    Call, Credential, Credentials, Digest, Engine as Client, EngineOptions, ErrorKind,
    ImageProgressPull, ImageProgressPush, ImageProgressStep, Images, InspectOptions, LoadOptions,
    LocalImage, Phase, Progress, RegistryOptions, RemoteImage, RemoveOptions,
};
use support::{Engine, ImageSpec, LayerSpec, Registry, expect_success, skopeo, unique};

fn client(engine: &Engine) -> Client {
    Client::new(&engine.endpoint(), &EngineOptions::default()).expect("a handle")
}

fn open_images(engine: &Engine) -> Images {
    Images::new(client(engine), &RegistryOptions::default())
}

fn load(engine: &Engine, spec: &ImageSpec) -> String {
    let mut archive = spec.archive();
    client(engine)
        .load_image(&mut archive, &LoadOptions::default(), &mut Call::new())
        .expect("load");
    archive.finish().id
}

fn local(text: &str) -> LocalImage {
    LocalImage::parse(text).expect(text)
}

fn remote(text: &str) -> RemoteImage {
    RemoteImage::parse(text).expect(text)
}

/// All names of the engine's images with their IDs.
fn names(engine: &Engine) -> Vec<(String, String)> {
    let listed = client(engine)
        .images(&Default::default(), &mut Call::new())
        .expect("list");
    let mut names: Vec<_> = listed
        .into_iter()
        .flat_map(|image| {
            let names: Vec<_> = image
                .repo_tags
                .into_iter()
                .chain(image.repo_digests)
                .collect();
            names.into_iter().map(move |name| (name, image.id.clone()))
        })
        .collect();
    names.sort();
    names
}

#[test]
fn an_image_goes_to_the_registry_and_comes_back_the_same() {
    let (engine, registry) = (Engine::start(), Registry::shared());
    let images = open_images(&engine);
    let (repository, call) = (unique("round"), &mut Call::new());
    let source = local("demo/round:1");
    let id = load(&engine, &ImageSpec::small("demo/round:1"));
    let before = names(&engine);

    let target = remote(&format!("{}/{repository}", registry.host()));
    let pushed = images.push(&source, Some(&target), call).expect("push");
    assert_eq!(
        pushed.image.to_string(),
        format!("{}/{repository}:latest", registry.host())
    );
    assert_eq!(pushed.warnings, Vec::<String>::new());
    assert_eq!(
        names(&engine),
        before,
        "the engine's names are what they were"
    );

    let digest = images.digest(&pushed.image, call).expect("digest");
    assert_eq!(Some(&digest), pushed.digest.as_ref());
    let size = images.size(&pushed.image, call).expect("size");
    let raw = expect_success(&skopeo(&[
        "inspect",
        "--raw",
        "--tls-verify=false",
        &format!("docker://{}", pushed.image),
    ]));
    assert_eq!(Digest::sha256(raw.as_bytes()), digest);
    let manifest: serde_json::Value = serde_json::from_str(&raw).expect("JSON");
    let layers = manifest["layers"].as_array().expect("layers");
    let bytes = |of: &serde_json::Value| of["size"].as_u64().expect("a size");
    let expected = bytes(&manifest["config"]) + layers.iter().map(bytes).sum::<u64>();
    assert_eq!(size.total, expected);

    let second = images.push(&source, Some(&target.with_tag("v2").expect("a tag")), call);
    assert_eq!(second.expect("push again").digest, Some(digest.clone()));
    let tags = images.tags(&target, call).expect("tags");
    let tags: Vec<_> = tags
        .iter()
        .map(|image| image.tag().expect("a tag"))
        .collect();
    assert_eq!(tags, ["latest", "v2"]);

    client(&engine)
        .remove_image("demo/round:1", &RemoveOptions::default(), call)
        .expect("remove");
    assert!(names(&engine).is_empty());
    let pulled = images
        .pull(&pushed.image, Some(&source), call)
        .expect("pull");
    assert_eq!(pulled.id, id);
    assert_eq!(pulled.digest.as_ref(), Some(&digest));
    assert_eq!(names(&engine), before, "only the local name is new");

    assert_eq!(images.rm(&pushed.image, None, call).expect("rm"), digest);
    let gone = images.digest(&pushed.image, call).expect_err("gone");
    assert_eq!(gone.kind(), ErrorKind::NotFound, "{}", gone.report());
}

#[test]
fn a_name_that_the_user_had_already_is_still_theirs_afterwards() {
    let (engine, registry) = (Engine::start(), Registry::shared());
    let images = open_images(&engine);
    let target = format!("{}/{}:1", registry.host(), unique("theirs"));
    let theirs = load(&engine, &ImageSpec::small(&target));
    load(&engine, &ImageSpec::small("demo/mine:1"));
    let call = &mut Call::new();
    let id_of = |name: &str| {
        client(&engine)
            .inspect_image(name, &InspectOptions::default(), &mut Call::new())
            .map(|image| image.id)
    };

    let pushed = images
        .push(&local("demo/mine:1"), Some(&remote(&target)), call)
        .expect("push");
    assert_eq!(id_of(&target).expect("still there"), theirs);

    let back = local("demo/back:1");
    let pulled = images
        .pull(&remote(&target), Some(&back), call)
        .expect("pull");
    assert_eq!(pulled.digest, pushed.digest);
    assert_eq!(id_of(&target).expect("still there"), theirs);
    assert_eq!(
        id_of("demo/back:1").expect("pulled"),
        id_of("demo/mine:1").expect("mine")
    );
}

#[test]
fn a_failed_push_leaves_the_engine_as_it_was() {
    let engine = Engine::start();
    let images = open_images(&engine);
    load(&engine, &ImageSpec::small("demo/mine:1"));
    let before = names(&engine);
    let call = &mut Call::new();

    let nowhere = remote(&format!("127.0.0.1:{}/x:1", support::free_port()));
    let error = images
        .push(&local("demo/mine:1"), Some(&nowhere), call)
        .expect_err("nobody there");
    assert_eq!(
        error.kind(),
        ErrorKind::RegistryUnreachable,
        "{}",
        error.report()
    );
    assert_eq!(names(&engine), before);
    assert!(error.context().expect("a context").left_behind.is_empty());

    let absent = images
        .push(&local("demo/absent:1"), Some(&nowhere), call)
        .expect_err("absent");
    assert_eq!(absent.kind(), ErrorKind::NotFound);
    let report = absent.report();
    assert!(
        report.contains("demo/absent:1") && report.contains(&engine.endpoint()),
        "{report}"
    );
    assert_eq!(names(&engine), before);
}

#[test]
fn an_image_known_only_by_its_id_survives_its_push() {
    let (engine, registry) = (Engine::start(), Registry::shared());
    let mut spec = ImageSpec::small("only-an-id");
    spec.names.clear();
    let id = load(&engine, &spec);
    let target = remote(&format!("{}/{}:1", registry.host(), unique("by-id")));
    let pushed = open_images(&engine)
        .push(&local(&id), Some(&target), &mut Call::new())
        .expect("push");
    assert_eq!(
        client(&engine)
            .inspect_image(&id, &InspectOptions::default(), &mut Call::new())
            .expect("alive")
            .id,
        id
    );
    assert_eq!(
        pushed.warnings.len(),
        1,
        "the name had to stay: {:?}",
        pushed.warnings
    );
}

#[test]
fn without_a_second_name_the_name_itself_says_where() {
    let (engine, registry) = (Engine::start(), Registry::shared());
    let images = open_images(&engine);
    let name = format!("{}/{}:1", registry.host(), unique("same"));
    let id = load(&engine, &ImageSpec::small(&name));
    let call = &mut Call::new();
    let pushed = images.push(&local(&name), None, call).expect("push");
    assert_eq!(pushed.image.to_string(), name);
    client(&engine)
        .remove_image(&name, &RemoveOptions::default(), call)
        .expect("remove");
    let pulled = images.pull(&pushed.image, None, call).expect("pull");
    assert_eq!((pulled.image.to_string(), pulled.id), (name, id));
}

#[derive(Default)]
struct Recorder {
    starts: Vec<String>,
    phases: Vec<Phase>,
}

impl Progress for Recorder {
    fn push(&mut self, start: &ImageProgressPush<'_>) -> ControlFlow<()> {
        self.starts
            .push(format!("push {} {}", start.src, start.dst));
        ControlFlow::Continue(())
    }

    fn pull(&mut self, start: &ImageProgressPull<'_>) -> ControlFlow<()> {
        self.starts
            .push(format!("pull {} {}", start.src, start.dst));
        ControlFlow::Continue(())
    }

    fn step(&mut self, step: &ImageProgressStep<'_>) -> ControlFlow<()> {
        self.phases.push(step.phase);
        ControlFlow::Continue(())
    }
}

#[test]
fn progress_says_what_begins_what_happens_and_that_it_is_done() {
    let (engine, registry) = (Engine::shared(), Registry::shared());
    let images = open_images(engine);
    let (name, back) = (
        format!("demo/{}:1", unique("told")),
        format!("demo/{}:1", unique("back")),
    );
    load(
        engine,
        &ImageSpec::new(&name, &[LayerSpec::incompressible(3_000_000)]),
    );
    let target = format!("{}/{}:1", registry.host(), unique("told"));
    let mut recorder = Recorder::default();
    let call = &mut Call::new().progress(&mut recorder);
    images
        .push(&local(&name), Some(&remote(&target)), call)
        .expect("push");
    images
        .pull(&remote(&target), Some(&local(&back)), call)
        .expect("pull");
    assert_eq!(
        recorder.starts,
        [
            format!("push {name} {target}"),
            format!("pull {target} {back}")
        ]
    );
    let done = recorder
        .phases
        .iter()
        .filter(|phase| **phase == Phase::Done)
        .count();
    assert_eq!((done, recorder.phases.last()), (2, Some(&Phase::Done)));
}

#[test]
fn a_registry_with_a_login_is_used_with_the_right_password_only() {
    let engine = Engine::shared();
    let registry = Registry::start(support::RegistryOptions {
        htpasswd: Some("ferry:sesame".into()),
        ..Default::default()
    });
    let name = format!("demo/{}:1", unique("login"));
    load(engine, &ImageSpec::small(&name));
    let target = remote(&format!("{}/login:1", registry.host()));
    let with = |credential| RegistryOptions {
        credentials: Credentials::default().with(registry.host(), credential),
        ..RegistryOptions::default()
    };
    let user = |password: &str| Credential::Basic {
        username: "ferry".into(),
        password: password.into(),
    };
    let call = &mut Call::new();

    for credential in [Credential::Anonymous, user("wrong")] {
        let images = Images::new(client(engine), &with(credential));
        for error in [
            images.push(&local(&name), Some(&target), call).map(drop),
            images.pull(&target, None, call).map(drop),
            images.digest(&target, call).map(drop),
            images.tags(&target, call).map(drop),
        ] {
            let error = error.expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Unauthorized, "{}", error.report());
            let report = error.report();
            assert!(
                report.contains("credentials") && report.contains("login"),
                "{report}"
            );
            assert!(!format!("{report} {error:?}").contains("wrong"), "{report}");
        }
    }

    let images = Images::new(client(engine), &with(user("sesame")));
    let pushed = images
        .push(&local(&name), Some(&target), call)
        .expect("push");
    assert_eq!(images.digest(&target, call).ok(), pushed.digest);
    assert_eq!(images.tags(&target, call).expect("tags").len(), 1);
    images.pull(&target, None, call).expect("pull");
}

#[test]
fn what_is_absent_and_who_is_down_is_said_clearly() {
    let engine = Engine::shared();
    let images = open_images(engine);
    let mut registry = Registry::start(Default::default());
    let name = format!("demo/{}:1", unique("errors"));
    load(engine, &ImageSpec::small(&name));
    let call = &mut Call::new();
    let target = remote(&format!("{}/errors:1", registry.host()));
    images
        .push(&local(&name), Some(&target), call)
        .expect("push");

    let absent = target.with_tag("absent").expect("a tag");
    for error in [
        images.digest(&absent, call).map(drop),
        images.size(&absent, call).map(drop),
        images.pull(&absent, None, call).map(drop),
        images.rm(&absent, None, call).map(drop),
    ] {
        let error = error.expect_err("absent");
        assert_eq!(error.kind(), ErrorKind::NotFound, "{}", error.report());
        assert!(error.report().contains("absent"), "{}", error.report());
        assert!(error.hint().is_some());
    }

    registry.stop();
    for (error, kind) in [
        (images.digest(&target, call).map(drop), ErrorKind::Connect),
        (images.tags(&target, call).map(drop), ErrorKind::Connect),
        (
            images.pull(&target, None, call).map(drop),
            ErrorKind::RegistryUnreachable,
        ),
        (
            images.push(&local(&name), Some(&target), call).map(drop),
            ErrorKind::RegistryUnreachable,
        ),
    ] {
        let error = error.expect_err("down");
        assert_eq!(error.kind(), kind, "{}", error.report());
        assert!(
            error.report().contains(registry.host()),
            "{}",
            error.report()
        );
        assert!(error.hint().is_some() && error.is_retryable());
    }
}
