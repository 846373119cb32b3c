//! Leaving an operation: by its progress callback and from another thread, while it works and while the peer is silent.

mod anytime;
mod operations;
mod stage;
#[path = "../support/mod.rs"]
mod support;

use std::ops::ControlFlow;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use imgferry::{
    Call, Cancel, EngineOptions, Error, ErrorKind, ImageProgressStep, Images, InspectOptions,
    LoadOptions, LocalImage, Phase, PullOptions, PushImageOptions, RegistryOptions, RemoteImage,
};
use support::{Engine, ImageSpec, LayerSpec, Registry, unique};

/// A stopped call ends within one second, and tidies up for at most two more.
const LIMIT: Duration = Duration::from_secs(3);

/// Long enough to be stopped in the middle.
const LAYER: u64 = 400_000_000;

fn connect(engine: &Engine) -> imgferry::Engine {
    imgferry::Engine::new(&engine.endpoint(), &EngineOptions::default()).expect("a handle")
}

/// Stops `work` when `LAYER / 8` bytes have moved, once by the callback and once from another thread, and checks how it
/// ends.
fn stop_in_the_middle(phase: Phase, work: impl Fn(&mut Call<'_>) -> Result<(), Error>) {
    let enough = |step: &ImageProgressStep<'_>| step.phase == phase && step.current > LAYER / 8;

    let mut stopped = None;
    let mut stop = |step: &ImageProgressStep<'_>| match enough(step) {
        true => {
            stopped.get_or_insert_with(Instant::now);
            ControlFlow::Break(())
        }
        false => ControlFlow::Continue(()),
    };
    let error = work(&mut Call::new().progress(&mut stop)).expect_err("stopped by the callback");
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{}", error.report());
    let after = stopped.expect("it was stopped").elapsed();
    println!("by the callback: ended after {after:?}");
    assert!(after < LIMIT, "{after:?}");

    let (enough_moved, moved) = mpsc::channel();
    let mut watch = |step: &ImageProgressStep<'_>| {
        if enough(step) {
            enough_moved.send(()).expect("somebody waits");
        }
        ControlFlow::Continue(())
    };
    let cancel = Cancel::new();
    let other = cancel.clone();
    let thread = thread::spawn(move || {
        moved.recv().expect("it moves");
        other.cancel();
        let cancelled = Instant::now();
        // The callback goes on telling until the call has ended.
        while moved.recv().is_ok() {}
        cancelled
    });
    let error = work(&mut Call::new().progress(&mut watch).cancel(&cancel))
        .expect_err("stopped from another thread");
    let ended = Instant::now();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{}", error.report());
    drop(enough_moved);
    let after = ended - thread.join().expect("no panic");
    println!("from another thread: ended after {after:?}");
    assert!(after < LIMIT, "{after:?}");
}

/// Waits until the registry has had no request for `repository` for five seconds, for at most thirty.
fn wait_until_quiet(registry: &Registry, repository: &str) {
    let count = || {
        registry
            .requests()
            .iter()
            .filter(|request| request.path.contains(repository))
            .count()
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    let (mut last, mut since) = (count(), Instant::now());
    while since.elapsed() < Duration::from_secs(5) {
        assert!(Instant::now() < deadline, "requests for {repository} go on");
        thread::sleep(Duration::from_millis(200));
        if count() != last {
            (last, since) = (count(), Instant::now());
        }
    }
}

#[test]
fn a_push_can_be_left_and_leaves_nothing() {
    let (part, registry) = (Engine::start(), Registry::start(Default::default()));
    let engine = connect(&part);
    let local = format!("demo/{}:1", unique("left"));
    let spec = ImageSpec::new(&local, &[LayerSpec::incompressible(LAYER)]);
    engine
        .load_image(
            &mut spec.archive(),
            &LoadOptions::default(),
            &mut Call::new(),
        )
        .expect("load");
    let images = Images::new(engine.clone(), &RegistryOptions::default());
    let repository = unique("left");
    let remote =
        RemoteImage::parse(&format!("{}/{repository}:1", registry.host())).expect("a name");
    let local = LocalImage::parse(&local).expect("a name");
    stop_in_the_middle(Phase::Pushing, |call| {
        images
            .push(&local, Some(&remote), &PushImageOptions::default(), call)
            .map(drop)
    });

    let names = |engine: &imgferry::Engine| {
        let listed = engine
            .images(&Default::default(), &mut Call::new())
            .expect("list");
        listed
            .into_iter()
            .flat_map(|image| image.repo_tags)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(&engine),
        [local.to_string()],
        "the temporary name is gone"
    );
    wait_until_quiet(&registry, &repository);
}

#[test]
fn a_pull_can_be_left() {
    let (source, registry) = (Engine::shared(), Registry::start(Default::default()));
    let name = format!("{}/{}:1", registry.host(), unique("left"));
    let spec = ImageSpec::new(&name, &[LayerSpec::incompressible(LAYER)]);
    connect(source)
        .load_image(
            &mut spec.archive(),
            &LoadOptions::default(),
            &mut Call::new(),
        )
        .expect("load");
    source.docker_ok(&["push", "--quiet", &name]);
    let part = Engine::start();
    let engine = connect(&part);
    stop_in_the_middle(Phase::Extracting, |call| {
        engine.pull(&name, &PullOptions::default(), call).map(drop)
    });
    let error = engine
        .inspect_image(&name, &InspectOptions::default(), &mut Call::new())
        .expect_err("it was left");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn a_silent_engine_can_be_left() {
    let part = Engine::start();
    let engine = connect(&part);
    let name = format!("demo/{}:1", unique("silent"));
    let mut archive = ImageSpec::new(&name, &[LayerSpec::incompressible(LAYER)]).archive();
    let mut beats = 0;
    let mut frozen_at = None;
    let mut watch = |step: &ImageProgressStep<'_>| {
        frozen_at.get_or_insert_with(|| {
            part.freeze();
            Instant::now()
        });
        beats += u32::from(step.phase == Phase::Waiting);
        match beats {
            8 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    };
    let call = &mut Call::new().progress(&mut watch);
    let error = engine
        .load_image(&mut archive, &LoadOptions::default(), call)
        .expect_err("left");
    part.thaw();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{}", error.report());
    let waited = frozen_at.expect("it was frozen").elapsed();
    assert!(
        waited < Duration::from_secs(4),
        "8 beats of at most 250 ms: {waited:?}"
    );
}

#[test]
fn other_operations_of_the_handle_go_on_when_one_is_cancelled() {
    let engine = connect(Engine::shared());
    let (stopped, alive) = (Cancel::new(), Cancel::new());
    stopped.cancel();
    let error = engine
        .images(&Default::default(), &mut Call::new().cancel(&stopped))
        .expect_err("cancelled before it began");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let nobody = imgferry::Engine::new("unix:///nobody/listens", &EngineOptions::default());
    let error = nobody
        .expect("a handle")
        .images(&Default::default(), &mut Call::new().cancel(&stopped))
        .expect_err("cancelled before it could not connect");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    engine
        .images(&Default::default(), &mut Call::new().cancel(&alive))
        .expect("nobody stopped this one");
}
