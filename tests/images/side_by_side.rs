//! Several operations at the same time: on one name one after the other, on different names side by side.

use std::ops::ControlFlow;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use imgferry::{
    Call, Cancel, ErrorKind, ImageProgressStep, Images, Limits, ManifestContent, Phase,
    Registry as Client, RegistryOptions,
};

use super::support::{Engine, Fault, FaultProxy, ImageSpec, Plan, Registry, Requests, unique};
use super::{PUSH, id_of, load, local, open_images, pull, push, remote, state};

/// The ID of the image that the registry has under a digest, on an engine that keeps images by their configs.
fn id_in_registry(name: &str, digest: &imgferry::Digest) -> String {
    let reference = remote(name).reference().without_tag();
    let registry = Client::new(reference.domain(), &RegistryOptions::default()).expect("a handle");
    let manifest = registry.get_manifest(&reference.with_digest(digest.clone()), &mut Call::new());
    match manifest.expect("a manifest").content() {
        ManifestContent::Image(manifest) => manifest.config.digest.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_pushes_to_one_name_from_many_threads_pushes_the_own_image() {
    let (part, registry) = (Engine::start(), Registry::shared());
    let images = open_images(&part);
    let target = format!("{}/{}:1", registry.host(), unique("crowd"));
    let mine: Vec<_> = (0..4)
        .map(|number| {
            let name = format!("demo/crowd:{number}");
            let id = load(images.engine(), &ImageSpec::small(&name));
            (name, id)
        })
        .collect();
    let before = state(images.engine());
    thread::scope(|scope| {
        for (name, id) in &mine {
            let (images, target) = (images.clone(), &target);
            scope.spawn(move || {
                for _ in 0..3 {
                    let pushed = push(&images, name, target).expect("push");
                    let digest = pushed.digest.expect("a digest");
                    assert_eq!(id_in_registry(target, &digest), *id, "{name}");
                    assert_eq!(pushed.warnings, Vec::<String>::new());
                }
            });
        }
    });
    assert_eq!(state(images.engine()), before);
}

#[test]
fn many_threads_in_one_repository_leave_nothing_of_each_other() {
    let (part, registry) = (Engine::start(), Registry::shared());
    let images = open_images(&part);
    let repository = format!("{}/{}", registry.host(), unique("busy"));
    let id = load(images.engine(), &ImageSpec::small("demo/busy:1"));
    let (theirs, there) = (format!("{repository}:1"), format!("{repository}:there"));
    load(images.engine(), &ImageSpec::small(&theirs));
    push(&images, "demo/busy:1", &there).expect("push");
    let before = state(images.engine());
    thread::scope(|scope| {
        for number in 0..4 {
            let (images, repository, there) = (images.clone(), &repository, &there);
            scope.spawn(move || {
                for _ in 0..3 {
                    let target = format!("{repository}:{number}");
                    push(&images, "demo/busy:1", &target).expect("push");
                    let back = format!("demo/back:{number}");
                    for source in [&target, there] {
                        let pulled = pull(&images, source, &back).expect("pull");
                        assert_eq!(pulled.warnings, Vec::<String>::new());
                    }
                }
            });
        }
    });
    for number in 0..4 {
        let back = format!("demo/back:{number}");
        assert_eq!(id_of(images.engine(), &back).as_ref(), Some(&id));
        part.docker_ok(&["rmi", &back]);
    }
    assert_eq!(state(images.engine()), before);
}

#[test]
fn a_wait_for_a_name_can_be_left_while_other_names_go_on() {
    let (part, registry) = (Engine::start(), Registry::shared());
    let images = open_images(&part);
    load(images.engine(), &ImageSpec::small("demo/mine:1"));
    let before = state(images.engine());
    // The manifest of one tag is never taken.
    let slow = Requests::all().containing("PUT ");
    let slow = slow.containing("manifests/slow");
    let plan = Plan::always(Fault::NoAnswer { requests: slow });
    let proxy = FaultProxy::in_front_of(registry, plan);
    let repository = format!("{}/{}", proxy.host(), unique("slow"));
    let name = format!("{repository}:slow");
    let stop_all = Cancel::new();
    thread::scope(|scope| {
        let (pushing, began) = mpsc::channel();
        let (slow, clone, cancel) = (remote(&name), images.clone(), stop_all.clone());
        let first = scope.spawn(move || {
            let mut watch = |step: &ImageProgressStep<'_>| {
                if step.phase == Phase::LayerDone {
                    // The second layer is told to nobody.
                    let _ = pushing.send(());
                }
                ControlFlow::Continue(())
            };
            let call = &mut Call::new().cancel(&cancel).progress(&mut watch);
            clone.push(&local("demo/mine:1"), Some(&slow), &PUSH, call)
        });
        began.recv().expect("it began");

        let limit = Duration::from_millis(600);
        let limits = Limits {
            deadline: Some(limit),
            ..Limits::default()
        };
        let begun = Instant::now();
        let mut beats = 0;
        let mut count = |step: &ImageProgressStep<'_>| {
            beats += u32::from(step.phase == Phase::Waiting);
            ControlFlow::Continue(())
        };
        let call = &mut Call::new().limits(limits).progress(&mut count);
        let second = images.push(&local("demo/mine:1"), Some(&remote(&name)), &PUSH, call);
        let error = second.expect_err("the name is in use");
        assert_eq!(error.kind(), ErrorKind::Timeout, "{}", error.report());
        assert!(begun.elapsed() >= limit && begun.elapsed() < 3 * limit);
        assert!(beats >= 2, "{beats}");

        let (name, clone, cancel) = (&name, images.clone(), stop_all.clone());
        let third = scope.spawn(move || {
            let call = &mut Call::new().cancel(&cancel);
            clone.pull(
                &remote(name),
                Some(&local("demo/back:1")),
                &Default::default(),
                call,
            )
        });
        push(&images, "demo/mine:1", &format!("{repository}:fast")).expect("another tag");
        let elsewhere = format!("{}/{}:slow", registry.host(), unique("fast"));
        push(&images, "demo/mine:1", &elsewhere).expect("another repository");

        assert!(!first.is_finished() && !third.is_finished());
        stop_all.cancel();
        let begun = Instant::now();
        let errors = [
            first.join().expect("no panic").map(drop),
            third.join().expect("no panic").map(drop),
        ];
        assert!(begun.elapsed() < Duration::from_secs(3));
        for error in errors {
            let error = error.expect_err("it was left");
            assert_eq!(error.kind(), ErrorKind::Cancelled, "{}", error.report());
        }
    });
    assert_eq!(state(images.engine()), before);
}

#[test]
fn a_callback_that_would_wait_for_its_own_operation_is_told_so() {
    let (part, registry) = (Engine::start(), Registry::shared());
    let images: Images = open_images(&part);
    load(images.engine(), &ImageSpec::small("demo/mine:1"));
    let repository = format!("{}/{}", registry.host(), unique("inside"));
    let (name, other) = (format!("{repository}:1"), format!("{repository}:2"));
    let mut inside = None;
    let mut nest = |step: &ImageProgressStep<'_>| {
        if step.phase == Phase::Preparing && inside.is_none() {
            let same = push(&images, "demo/mine:1", &name).map(drop);
            inside = Some((same, push(&images, "demo/mine:1", &other).map(drop)));
        }
        ControlFlow::Continue(())
    };
    let call = &mut Call::new().progress(&mut nest);
    images
        .push(&local("demo/mine:1"), Some(&remote(&name)), &PUSH, call)
        .expect("push");
    let (same, other) = inside.expect("it was called");
    assert_eq!(same.expect_err("in use").kind(), ErrorKind::InvalidState);
    other.expect("another name is free");
    assert_eq!(state(images.engine()).into_values().flatten().count(), 1);
}
