//! An engine or a registry that is killed in the middle, and comes back.

use std::cell::Cell;
use std::ops::ControlFlow;

use imgferry::{
    BlobOptions, Call, ErrorKind, ImageProgressStep, LoadOptions, PullOptions, PushOptions, Result,
};

use super::support::{Engine, Registry, TempDir};
use super::{engine_of, image, layer_of, parse, registry_of};

const LAYER: u64 = 200_000_000;

/// Kills the part when the first bytes have moved.
fn kill_in_the_middle<T>(
    kill: impl Fn(),
    work: impl FnOnce(&mut Call<'_>) -> Result<T>,
) -> Result<T> {
    let is_killed = Cell::new(false);
    let mut watch = |step: &ImageProgressStep<'_>| {
        if !is_killed.get() && (step.current > 0 || step.sum_current > 0) {
            kill();
            is_killed.set(true);
        }
        ControlFlow::Continue(())
    };
    let result = work(&mut Call::new().progress(&mut watch));
    assert!(is_killed.get(), "it moved something");
    result
}

#[test]
fn an_engine_that_is_killed_in_the_middle_is_no_success_and_serves_the_same_handle_again() {
    let (mut part, registry) = (Engine::start(), Registry::start(Default::default()));
    let name = format!("{}/killed:1", registry.host());
    let spec = image(&name, LAYER);
    spec.push_by_skopeo(&name);
    let engine = engine_of(&part);
    let load = |call: &mut Call<'_>| {
        let loaded = engine.load_image(&mut spec.archive(), &LoadOptions::default(), call);
        loaded.map(drop)
    };
    let save = |call: &mut Call<'_>| {
        let (options, mut target) = (Default::default(), std::io::sink());
        let saved = engine.save_images(&[&name], &options, &mut target, call);
        saved.map(drop)
    };
    let push = |call: &mut Call<'_>| engine.push(&name, &PushOptions::default(), call).map(drop);
    let pull = |call: &mut Call<'_>| engine.pull(&name, &PullOptions::default(), call).map(drop);
    let remove = |call: &mut Call<'_>| {
        let removed = engine.remove_image(&name, &Default::default(), call);
        removed.map(drop)
    };
    type Work<'w> = &'w dyn Fn(&mut Call<'_>) -> Result<()>;
    let works: [(&str, Work<'_>, Option<Work<'_>>); 4] = [
        ("load", &load, None),
        ("save", &save, None),
        ("push", &push, Some(&remove)),
        ("pull", &pull, None),
    ];
    for (what, work, after) in works {
        let error = kill_in_the_middle(|| part.kill(), work).expect_err(what);
        println!("{what}: {}", error.report());
        let kind = error.kind();
        assert_eq!(kind, ErrorKind::ConnectionLost, "{what}: {error}");
        let error = engine.images(&Default::default(), &mut Call::new());
        let error = error.expect_err("nobody is there");
        assert_eq!(error.kind(), ErrorKind::Connect, "{what}: {error}");
        part.restart();
        work(&mut Call::new()).unwrap_or_else(|error| panic!("{what}: {}", error.report()));
        if let Some(after) = after {
            after(&mut Call::new()).expect("what follows");
        }
    }
}

#[test]
fn a_blob_goes_on_when_its_registry_was_killed_and_came_back() {
    let mut registry = Registry::start(Default::default());
    let name = format!("{}/killed:1", registry.host());
    image(&name, LAYER).push_by_skopeo(&name);
    let at = registry_of(&registry);
    let layer = layer_of(&at, &parse(&name));
    let folder = TempDir::new("killed-registry");
    let file = folder.join("blob");
    let size = at.head_blob(&layer, &mut Call::new()).expect("its size");
    let again = std::cell::RefCell::new(&mut registry);
    let written = kill_in_the_middle(
        || again.borrow_mut().restart_same_port(),
        |call| at.save_blob_file(&layer, &BlobOptions::default(), &file, call),
    );
    assert_eq!(written.expect("it goes on"), size);
}
