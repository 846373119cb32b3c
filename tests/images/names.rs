//! Whose names are whose.

use imgferry::{Call, ErrorKind, PushImageOptions};

use super::support::{self, Engine, ImageSpec, Registry, unique};
use super::{PUSH, id_of, load, local, open_images, pull, push, remote, state};

#[test]
fn a_name_that_the_user_had_already_is_still_theirs_afterwards() {
    let (engine, registry) = (Engine::start(), Registry::shared());
    let images = open_images(&engine);
    let target = format!("{}/{}:1", registry.host(), unique("theirs"));
    let theirs = load(images.engine(), &ImageSpec::small(&target));
    load(images.engine(), &ImageSpec::small("demo/mine:1"));

    let pushed = push(&images, "demo/mine:1", &target).expect("push");
    assert_eq!(id_of(images.engine(), &target), Some(theirs.clone()));
    let pulled = pull(&images, &target, "demo/back:1").expect("pull");
    assert_eq!(pulled.digest, pushed.digest);
    assert_eq!(id_of(images.engine(), &target), Some(theirs));
    assert_eq!(
        id_of(images.engine(), "demo/back:1"),
        id_of(images.engine(), "demo/mine:1")
    );
}

#[test]
fn a_failed_push_leaves_the_engine_as_it_was() {
    let engine = Engine::start();
    let images = open_images(&engine);
    load(images.engine(), &ImageSpec::small("demo/mine:1"));
    let before = state(images.engine());

    let nowhere = format!("127.0.0.1:{}/x:1", support::free_port());
    let error = push(&images, "demo/mine:1", &nowhere).expect_err("nobody there");
    let report = error.report();
    assert_eq!(error.kind(), ErrorKind::RegistryUnreachable, "{report}");
    assert!(error.context().expect("a context").left_behind.is_empty());
    assert_eq!(state(images.engine()), before);

    let absent = push(&images, "demo/absent:1", &nowhere).expect_err("absent");
    assert_eq!(absent.kind(), ErrorKind::NotFound);
    let report = absent.report();
    assert!(
        report.contains("demo/absent:1") && report.contains(&engine.endpoint()),
        "{report}"
    );
    assert_eq!(state(images.engine()), before);
}

#[test]
fn an_image_known_only_by_its_id_survives_its_push() {
    let (engine, registry) = (Engine::start(), Registry::shared());
    let images = open_images(&engine);
    let mut spec = ImageSpec::small("only-an-id");
    spec.names.clear();
    let id = load(images.engine(), &spec);
    let before = state(images.engine());
    let target = format!("{}/{}:1", registry.host(), unique("by-id"));
    let pushed = push(&images, &id, &target).expect("push");
    assert_eq!(id_of(images.engine(), &id), Some(id));
    assert_eq!(pushed.warnings, Vec::<String>::new());
    assert_eq!(state(images.engine()), before);
}

#[test]
fn a_pushed_image_keeps_its_remote_name_where_that_is_asked_for() {
    let (engine, registry) = (Engine::start(), Registry::shared());
    let images = open_images(&engine);
    let id = load(images.engine(), &ImageSpec::small("demo/mine:1"));
    let target = format!("{}/{}:1", registry.host(), unique("keeps"));
    let keep = PushImageOptions {
        keep_remote_name: true,
        ..PUSH
    };
    images
        .push(
            &local("demo/mine:1"),
            Some(&remote(&target)),
            &keep,
            &mut Call::new(),
        )
        .expect("push");
    assert_eq!(id_of(images.engine(), &target), Some(id));
}
