//! Several operations through one handle.

use std::thread;

use super::support::{Engine, ImageSpec, Registry, unique};
use super::{load, open_images, pull, push, state};

#[test]
fn pushes_to_one_name_wait_for_each_other_and_each_pushes_its_own_image() {
    let (engine, registry) = (Engine::start(), Registry::shared());
    let images = open_images(&engine);
    let target = format!("{}/{}:1", registry.host(), unique("contested"));
    let names: Vec<String> = (0..6)
        .map(|number| format!("demo/side-{number}:1"))
        .collect();
    for name in &names {
        load(images.engine(), &ImageSpec::small(name));
    }
    let before = state(images.engine());
    let digests: Vec<_> = thread::scope(|scope| {
        let pushes: Vec<_> = names
            .iter()
            .map(|name| {
                let (images, target) = (images.clone(), &target);
                scope.spawn(move || push(&images, name, target).expect("push").digest)
            })
            .collect();
        pushes
            .into_iter()
            .map(|push| push.join().expect("no panic"))
            .collect()
    });
    assert_eq!(state(images.engine()), before);
    let pulled = pull(&images, &target, "demo/last:1").expect("pull");
    let at = digests
        .iter()
        .position(|digest| *digest == pulled.digest)
        .expect("one of them was the last");
    assert_eq!(
        super::id_of(images.engine(), "demo/last:1"),
        super::id_of(images.engine(), &names[at])
    );
}
