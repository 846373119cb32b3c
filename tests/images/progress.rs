//! What a program is told while an image moves.

use std::ops::ControlFlow;

use imgferry::{Call, ImageProgressPull, ImageProgressPush, ImageProgressStep, Phase, Progress};

use super::support::{Engine, ImageSpec, LayerSpec, Registry, unique};
use super::{PULL, PUSH, load, local, open_images, remote};

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
    let spec = ImageSpec::new(&name, &[LayerSpec::incompressible(3_000_000)]);
    load(images.engine(), &spec);
    let target = format!("{}/{}:1", registry.host(), unique("told"));
    let mut recorder = Recorder::default();
    let call = &mut Call::new().progress(&mut recorder);
    images
        .push(&local(&name), Some(&remote(&target)), &PUSH, call)
        .expect("push");
    images
        .pull(&remote(&target), Some(&local(&back)), &PULL, call)
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
