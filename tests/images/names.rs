//! Whose names were whose stays so: what a push or a pull leaves in the engine.

use std::ops::ControlFlow;
use std::time::Duration;

use imgferry::{
    Call, Error, ErrorKind, ImageProgressStep, Images, Phase, Proxy, PullImageOptions,
    PushImageOptions, RegistryOptions,
};

use super::support::{
    Answer, Direction, Engine, Fault, FaultProxy, ImageSpec, LayerSpec, Plan, Podman, Registry,
    Requests, deep, free_port, unique,
};
use super::{
    PULL, PUSH, State, client, id_of, load, local, open_images, pull, push, remote, state,
};

/// An engine of the test's own, the shared registry, and a repository there.
fn stage(purpose: &str) -> (Engine, Images, String) {
    let engine = Engine::start();
    let images = open_images(&engine);
    let repository = format!("{}/{}", Registry::shared().host(), unique(purpose));
    (engine, images, repository)
}

/// Puts an image into the registry only; its ID.
fn fill(name: &str) -> String {
    ImageSpec::small(name).push_by_skopeo(name).id
}

fn nameless(seed: &str) -> ImageSpec {
    ImageSpec {
        names: Vec::new(),
        ..ImageSpec::small(seed)
    }
}

#[test]
fn a_name_that_another_image_had_is_given_back_to_it() {
    let (_part, images, repository) = stage("theirs");
    let engine = images.engine();
    let target = format!("{repository}:1");
    load(engine, &ImageSpec::small(&target));
    let mine = load(engine, &ImageSpec::small("demo/mine:1"));
    let before = state(engine);

    let pushed = push(&images, "demo/mine:1", &target).expect("push");
    assert_eq!(state(engine), before, "digests, too");
    let pulled = pull(&images, &target, "demo/back:1").expect("pull");
    assert_eq!((pulled.id, pulled.digest), (mine.clone(), pushed.digest));
    let mut expected = before;
    let names = expected.get_mut(&mine).expect("mine");
    names.insert("docker.io/demo/back:1".into());
    assert_eq!(state(engine), expected);
}

#[test]
fn the_remote_name_stays_with_the_image_when_that_is_asked_for() {
    let (_part, images, repository) = stage("kept");
    let engine = images.engine();
    let mine = load(engine, &ImageSpec::small("demo/mine:1"));
    let keep = PushImageOptions {
        keep_remote_name: true,
        ..PUSH
    };
    let theirs = load(engine, &ImageSpec::small(&format!("{repository}:theirs")));
    for tag in ["free", "theirs"] {
        let target = format!("{repository}:{tag}");
        let call = &mut Call::new();
        images
            .push(&local("demo/mine:1"), Some(&remote(&target)), &keep, call)
            .expect("push");
        assert_eq!(id_of(engine, &target).as_ref(), Some(&mine));
    }
    assert_eq!(id_of(engine, &theirs), Some(theirs), "it stays");

    let nowhere = format!("127.0.0.1:{}/x:1", free_port());
    let call = &mut Call::new();
    images
        .push(&local("demo/mine:1"), Some(&remote(&nowhere)), &keep, call)
        .expect_err("nobody there");
    assert_eq!(id_of(engine, &nowhere), None, "a failed push keeps nothing");
}

#[test]
fn a_failed_push_leaves_the_engine_as_it_was() {
    let (part, images, _) = stage("failed");
    let engine = images.engine();
    load(engine, &ImageSpec::small("demo/mine:1"));
    let before = state(engine);

    let nowhere = format!("127.0.0.1:{}/x:1", free_port());
    let error = push(&images, "demo/mine:1", &nowhere).expect_err("nobody there");
    assert_eq!(
        error.kind(),
        ErrorKind::RegistryUnreachable,
        "{}",
        error.report()
    );
    assert_eq!(state(engine), before);
    assert!(error.context().expect("a context").left_behind.is_empty());

    let absent = push(&images, "demo/absent:1", &nowhere).expect_err("absent");
    assert_eq!(absent.kind(), ErrorKind::NotFound);
    let report = absent.report();
    assert!(
        report.contains("demo/absent:1") && report.contains(&part.endpoint()),
        "{report}"
    );
    assert_eq!(state(engine), before);
}

#[test]
fn an_image_known_only_by_its_id_is_so_afterwards() {
    let (_part, images, repository) = stage("by-id");
    let engine = images.engine();
    let id = load(engine, &nameless("only-an-id"));
    let before = state(engine);
    let target = format!("{repository}:1");
    let pushed = push(&images, &id, &target).expect("push");
    assert_eq!(pushed.warnings, Vec::<String>::new());
    assert_eq!(state(engine), before);

    let theirs = load(engine, &ImageSpec::small(&target));
    let before = state(engine);
    push(&images, &id[7..19], &target).expect("push by a part of the ID");
    assert_eq!(state(engine), before);
    assert_eq!(id_of(engine, &target), Some(theirs));

    let pulled = pull(&images, &target, "demo/named:1").expect("pull");
    assert_eq!(pulled.id, id, "the same image comes back and is named");
}

#[test]
fn an_image_with_several_names_keeps_them_all() {
    let (part, images, repository) = stage("several");
    let engine = images.engine();
    load(engine, &ImageSpec::small("demo/one:1"));
    part.docker_ok(&["tag", "demo/one:1", "demo/two:1"]);
    part.docker_ok(&["tag", "demo/one:1", &format!("{repository}:other")]);
    let before = state(engine);
    push(&images, "demo/two:1", &format!("{repository}:1")).expect("push");
    let mut after = state(engine);
    // With a tag of the repository engines keep the digest, and remove it with the last.
    let names = after.values_mut().next().expect("the image");
    let digest = names.iter().find(|name| name.contains('@')).cloned();
    names.remove(&digest.expect("a digest"));
    assert_eq!(after, before);
    part.docker_ok(&["rmi", &format!("{repository}:other")]);
    let digests = state(engine).into_values().flatten();
    assert_eq!(digests.filter(|name| name.contains('@')).count(), 0);
}

#[test]
fn a_digest_that_the_user_has_pulled_is_still_there() {
    let (part, images, repository) = stage("pinned");
    let engine = images.engine();
    let name = format!("{repository}:1");
    let id = fill(&name);
    let digest = images
        .digest(&remote(&name), &mut Call::new())
        .expect("a digest");
    part.docker_ok(&["pull", "--quiet", &format!("{repository}@{digest}")]);
    let before = state(engine);
    assert_eq!(before[&id].len(), 1);

    // dockerd would remove it together with the temporary tag, and the image with it.
    push(&images, &id, &format!("{repository}:2")).expect("push");
    assert_eq!(state(engine), before);
    pull(&images, &name, "demo/pinned:1").expect("pull");
    part.docker_ok(&["rmi", "demo/pinned:1"]);
    assert_eq!(state(engine), before);
    let failed = pull(&images, &format!("{repository}:absent"), "demo/pinned:1");
    assert_eq!(failed.expect_err("absent").kind(), ErrorKind::NotFound);
    assert_eq!(state(engine), before);
}

#[test]
fn an_image_that_the_engine_has_under_another_name_only_gets_one_more() {
    let (_part, images, repository) = stage("equal");
    let engine = images.engine();
    let name = format!("{repository}:1");
    fill(&name);
    let id = load(
        engine,
        &ImageSpec {
            names: vec!["demo/mine:1".into()],
            ..ImageSpec::small(&name)
        },
    );
    let pulled = pull(&images, &name, "demo/more:1").expect("pull");
    assert_eq!((&pulled.id, pulled.up_to_date), (&id, true));
    let names = ["docker.io/demo/mine:1", "docker.io/demo/more:1"].map(String::from);
    assert_eq!(state(engine), State::from([(id, names.into())]));
}

#[test]
fn who_loses_its_name_to_a_pulled_image_is_not_deleted() {
    let (_part, images, repository) = stage("moved");
    let engine = images.engine();
    let name = format!("{repository}:1");
    let pulled_id = fill(&name);
    let mine = load(engine, &ImageSpec::small("demo/mine:1"));
    let mut other = ImageSpec::small(&name);
    other.seed += 1;
    let theirs = load(engine, &other);

    let pulled = pull(&images, &name, "demo/mine:1").expect("pull");
    assert_eq!(pulled.id, pulled_id);
    assert_eq!(id_of(engine, &mine).as_ref(), Some(&mine));
    assert_eq!(id_of(engine, &name).as_ref(), Some(&theirs), "not touched");

    let call = &mut Call::new();
    let pulled = images.pull(&remote(&name), None, &PULL, call);
    assert_eq!(pulled.expect("pull").id, pulled_id);
    assert_eq!(id_of(engine, &name).as_ref(), Some(&pulled_id));
    assert_eq!(id_of(engine, &theirs).as_ref(), Some(&theirs));
}

#[test]
fn where_the_registry_cannot_be_asked_by_us_names_are_given_back_all_the_same() {
    let (_part, reachable, repository) = stage("asked");
    let engine = reachable.engine();
    let nowhere = Proxy::new(&format!("http://127.0.0.1:{}", free_port()), "").expect("a URL");
    let options = RegistryOptions {
        proxy: nowhere,
        ..RegistryOptions::default()
    };
    let images = Images::new(engine.clone(), &options);
    let (free, taken) = (format!("{repository}:free"), format!("{repository}:taken"));
    let ids = [fill(&free), fill(&taken)];
    let mut other = ImageSpec::small(&taken);
    other.seed += 1;
    load(engine, &other);
    let mut expected = state(engine);
    for (name, id) in [free, taken].into_iter().zip(ids) {
        let target = format!("docker.io/demo/{}:1", unique("new"));
        let pulled = pull(&images, &name, &target).expect("pull");
        assert_eq!((&pulled.id, pulled.warnings.len()), (&id, 1));
        assert!(pulled.digest.is_some(), "the engine told it");
        expected.insert(id, [target].into());
        assert_eq!(state(engine), expected);
    }
    let absent = pull(&images, &format!("{repository}:absent"), "demo/absent:1");
    assert_eq!(absent.expect_err("absent").kind(), ErrorKind::NotFound);
    assert_eq!(state(engine), expected);
}

#[test]
fn a_pull_that_is_left_in_its_last_moment_leaves_no_image() {
    let (_part, images, repository) = stage("late");
    let engine = images.engine();
    let name = format!("{repository}:1");
    ImageSpec::new(&name, &[LayerSpec::incompressible(3_000_000); 2]).push_by_skopeo(&name);
    let rounds = if deep() { 60 } else { 12 };
    for round in 0..rounds {
        // The engine is about to name the image, or has just done so.
        let (word, times) = [("Pull complete", 2), ("Digest:", 1), ("Status:", 1)][round % 3];
        let mut seen = 0;
        let mut watch = |step: &ImageProgressStep<'_>| {
            seen += usize::from(step.status.starts_with(word));
            match seen == times {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        let call = &mut Call::new()
            .progress(&mut watch)
            .progress_interval(Duration::ZERO);
        let left = images.pull(&remote(&name), Some(&local("demo/late:1")), &PULL, call);
        let error = left.expect_err("it was left");
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{}", error.report());
        assert_eq!(state(engine), State::new(), "{word}: {}", error.report());
    }
}

#[test]
fn who_is_left_at_the_very_end_has_done_nothing() {
    let (_part, images, repository) = stage("end");
    let engine = images.engine();
    let name = format!("{repository}:1");
    fill(&name);
    load(engine, &ImageSpec::small("demo/mine:1"));
    let before = state(engine);
    let mut at_the_end = |step: &ImageProgressStep<'_>| match step.phase {
        Phase::Done => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let call = &mut Call::new().progress(&mut at_the_end);
    let (mine, remote) = (local("demo/mine:1"), remote(&name));
    let kind = |result: Result<(), Error>| result.expect_err("it was left").kind();

    let left = images.pull(&remote, Some(&mine), &PULL, call);
    assert_eq!(kind(left.map(drop)), ErrorKind::Cancelled);
    assert_eq!(state(engine), before);
    let left = images.pull(&remote, None, &PULL, call);
    assert_eq!(kind(left.map(drop)), ErrorKind::Cancelled);
    assert_eq!(state(engine), before);
    let keep = PushImageOptions {
        keep_remote_name: true,
        ..PUSH
    };
    let left = images.push(&mine, Some(&remote), &keep, call);
    assert_eq!(kind(left.map(drop)), ErrorKind::Cancelled);
    assert_eq!(state(engine), before);
}

#[test]
fn a_pull_that_fails_leaves_no_digest_with_an_image_that_was_there() {
    let part = Engine::start();
    let engine = client(&part.endpoint());
    let target = format!("{}/{}:1", Registry::shared().host(), unique("there"));
    let id = fill(&target);
    let spec = ImageSpec {
        names: vec!["demo/mine:1".into()],
        ..ImageSpec::small(&target)
    };
    assert_eq!(load(&engine, &spec), id);
    let before = state(&engine);
    // What has been pulled is looked at.
    let looked = Requests::nth(1).containing("@sha256:");
    let proxy =
        FaultProxy::in_front_of(&part, Plan::always(Fault::answer(looked, Answer::new(500))));
    let images = Images::new(client(&proxy.endpoint()), &Default::default());

    let error = pull(&images, &target, "demo/back:1").expect_err("the engine failed");

    assert_eq!(error.kind(), ErrorKind::Engine, "{}", error.report());
    assert_eq!(state(&engine), before);
}

#[test]
fn what_cannot_be_given_back_is_told() {
    let part = Engine::start();
    load(&client(&part.endpoint()), &ImageSpec::small("demo/mine:1"));
    let proxy = FaultProxy::in_front_of(&part, Plan::none());
    let images = Images::new(client(&proxy.endpoint()), &Default::default());
    // The tag is set; then the engine cannot be reached any more.
    let mut watch = |step: &ImageProgressStep<'_>| {
        if step.status.starts_with("The push refers") {
            proxy.set(Plan::always(Fault::CutAfter {
                direction: Direction::Up,
                bytes: 0,
            }));
            proxy.cut_connections();
        }
        ControlFlow::Continue(())
    };
    let target = format!("{}/{}:1", Registry::shared().host(), unique("told"));
    let call = &mut Call::new().progress(&mut watch);
    let error = images
        .push(&local("demo/mine:1"), Some(&remote(&target)), &PUSH, call)
        .expect_err("the engine went away");
    assert_eq!(
        error.kind(),
        ErrorKind::ConnectionLost,
        "{}",
        error.report()
    );
    let left = &error.context().expect("a context").left_behind;
    assert!(left.iter().any(|left| left.contains(&target)), "{left:#?}");
    assert!(error.report().contains("left behind"), "{}", error.report());
}

#[test]
fn names_that_no_image_can_be_given_are_refused_before_anything_is_sent() {
    let images = Images::new(client("unix:///nowhere"), &Default::default());
    let digest = format!("sha256:{}", "a".repeat(64));
    let call = &mut Call::new();
    let source = remote("h.io/a:1");
    for target in [&digest, &format!("demo/a@{digest}")] {
        let refused = images.pull(&source, Some(&local(target)), &PULL, call);
        let error = refused.expect_err(target);
        assert_eq!(
            error.kind(),
            ErrorKind::InvalidArgument,
            "{}",
            error.report()
        );
    }
    let nowhere = remote(&format!("h.io/a@{digest}"));
    let refused = images.push(&local("demo/a:1"), Some(&nowhere), &PUSH, call);
    assert_eq!(
        refused.expect_err("a digest").kind(),
        ErrorKind::InvalidArgument
    );
    for platform in ["", "linux", "linux/", "a/b/c/d"] {
        let options = PullImageOptions {
            platform: Some(platform.into()),
        };
        let refused = images.pull(&source, None, &options, call);
        assert_eq!(
            refused.expect_err(platform).kind(),
            ErrorKind::InvalidArgument
        );
    }
}

#[test]
fn podman_has_what_it_had_and_what_was_asked_for() {
    let part = Podman::start();
    let images = Images::new(client(&part.endpoint()), &Default::default());
    let engine = images.engine();
    let target = format!("{}/{}:1", Registry::shared().host(), unique("podman"));
    load(engine, &ImageSpec::small("docker.io/demo/mine:1"));
    let id = load(engine, &nameless("podman-nameless"));
    let before = state(engine);
    push(&images, "docker.io/demo/mine:1", &target).expect("push");
    assert_eq!(state(engine), before);
    push(&images, &id, &target).expect("push by ID");
    assert_eq!(state(engine), before);
    let pulled = pull(&images, &target, "docker.io/demo/back:1").expect("pull");
    assert_eq!(id_of(engine, "docker.io/demo/back:1"), Some(pulled.id));
    assert_eq!(id_of(engine, &target), None);
    part.podman_ok(&["untag", "docker.io/demo/back:1"]);
    let names = |state: State| -> Vec<String> {
        let names = state.into_values().flatten();
        names.filter(|name| !name.contains('@')).collect()
    };
    assert_eq!(names(state(engine)), names(before));
}
