//! What is told on the way: how it begins, what happens, and once that it is done.

use std::ops::ControlFlow;

use imgferry::{
    Call, ImageProgressPull, ImageProgressPush, ImageProgressStep, Images, Phase, Progress,
};

use super::support::{Engine, ImageSpec, LayerSpec, Registry, ScriptedEngine, say, unique};
use super::{PULL, PUSH, client, load, local, open_images, remote};

/// A record of the callback, as far as the tests look.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    Start(String),
    Step {
        phase: Phase,
        layer: String,
        status: String,
        message: String,
        numbers: (u64, Option<u64>),
        digest: String,
    },
}

#[derive(Default)]
struct Recorder(Vec<Told>);

impl Progress for Recorder {
    fn push(&mut self, start: &ImageProgressPush<'_>) -> ControlFlow<()> {
        let text = format!("push {} {}", start.src, start.dst);
        self.0.push(Told::Start(text));
        ControlFlow::Continue(())
    }

    fn pull(&mut self, start: &ImageProgressPull<'_>) -> ControlFlow<()> {
        let text = format!("pull {} {}", start.src, start.dst);
        self.0.push(Told::Start(text));
        ControlFlow::Continue(())
    }

    fn step(&mut self, step: &ImageProgressStep<'_>) -> ControlFlow<()> {
        if step.phase != Phase::Waiting {
            self.0.push(Told::Step {
                phase: step.phase,
                layer: step.layer_id.into(),
                status: step.status.into(),
                message: step.message.into(),
                numbers: (step.current, step.total),
                digest: step.digest.into(),
            });
        }
        ControlFlow::Continue(())
    }
}

impl Recorder {
    fn ends(&self) -> Vec<(usize, &str)> {
        let ends = self.0.iter().enumerate();
        ends.filter_map(|(at, told)| match told {
            Told::Step {
                phase: Phase::Done,
                digest,
                ..
            } => Some((at, digest.as_str())),
            _ => None,
        })
        .collect()
    }

    fn layers(&self) -> usize {
        let layers = self.0.iter().filter(|told| {
            matches!(told, Told::Step { layer, message, status, .. }
                if !layer.is_empty() && *message == format!("{layer}: {status}"))
        });
        layers.count()
    }
}

#[test]
fn a_push_and_a_pull_begin_with_their_names_and_end_once() {
    let (part, registry) = (Engine::start(), Registry::shared());
    let images = open_images(&part);
    let target = format!("{}/{}:1", registry.host(), unique("told"));
    let layers = [LayerSpec::incompressible(3_000_000); 2];
    load(images.engine(), &ImageSpec::new("demo/told:1", &layers));
    load(images.engine(), &ImageSpec::small(&target));

    let mut told = Recorder::default();
    let call = &mut Call::new().progress(&mut told);
    let pushed = images
        .push(&local("demo/told:1"), Some(&remote(&target)), &PUSH, call)
        .expect("push");
    let digest = pushed.digest.expect("a digest");
    assert_eq!(told.0[0], Told::Start(format!("push demo/told:1 {target}")));
    assert_eq!(told.ends(), [(told.0.len() - 1, digest.as_str())]);
    assert!(told.layers() >= 4, "{:#?}", told.0);

    part.docker_ok(&["rmi", "demo/told:1"]);
    let mut told = Recorder::default();
    let call = &mut Call::new().progress(&mut told);
    images
        .pull(&remote(&target), Some(&local("demo/back:1")), &PULL, call)
        .expect("pull");
    assert_eq!(told.0[0], Told::Start(format!("pull {target} demo/back:1")));
    assert_eq!(told.ends(), [(told.0.len() - 1, digest.as_str())]);
    assert!(told.layers() >= 4, "{:#?}", told.0);

    // The empty image that takes a name away is nobody's business.
    let strange = told
        .0
        .iter()
        .filter(|told| matches!(told, Told::Step { phase, .. } if *phase == Phase::Importing));
    assert_eq!(strange.count(), 0);
}

#[test]
fn what_fails_has_no_end() {
    let images = open_images(Engine::shared());
    let mut told = Recorder::default();
    let call = &mut Call::new().progress(&mut told);
    let absent = format!("{}/{}:1", Registry::shared().host(), unique("absent"));
    images
        .pull(&remote(&absent), None, &PULL, call)
        .expect_err("absent");
    images
        .push(&local("demo/absent:1"), Some(&remote(&absent)), &PUSH, call)
        .expect_err("absent");
    assert_eq!(told.ends(), []);
    let starts = told.0.iter().filter(|told| matches!(told, Told::Start(_)));
    assert_eq!(starts.count(), 2);
}

/// An engine that has every image, and gives these lines when it pulls (as balena's does, and podman's).
fn engine_that_says(lines: &'static [&'static str]) -> ScriptedEngine {
    ScriptedEngine::start(move |head, connection| {
        let answer = match head.request.as_str() {
            line if line.contains("/images/create?") => {
                let mut answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
                for line in lines {
                    answer += &format!("{:x}\r\n{line}\n\r\n", line.len() + 1);
                }
                answer + "0\r\n\r\n"
            }
            line if line.contains("/images/json?") => of_length("[]"),
            line if line.ends_with("/json") => {
                of_length(r#"{"Id":"sha256:aa","RepoTags":["127.0.0.1:1/demo/a:1"]}"#)
            }
            line => panic!("{line}"),
        };
        say(connection, answer);
        true
    })
}

fn of_length(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn a_line_with_an_id_and_no_status_is_a_step_with_its_numbers() {
    let part = engine_that_says(&[
        r#"{"status":"Pulling from demo/a","id":"1"}"#,
        r#"{"status":"Downloading","progressDetail":{"current":5,"total":10},"id":"d2deddc08fc4"}"#,
        r#"{"progressDetail":{"current":50,"total":100},"progress":"[==> ] 50%","id":"Total"}"#,
        r#"{"id":"85935718c121"}"#,
        "{}",
        r#"{"status":"Pull complete","progressDetail":{},"id":"d2deddc08fc4"}"#,
    ]);
    let images = Images::new(client(&part.endpoint()), &Default::default());
    let mut told = Recorder::default();
    let call = &mut Call::new().progress(&mut told);
    images
        .pull(&remote("127.0.0.1:1/demo/a:1"), None, &PULL, call)
        .expect("pull");
    let step = |layer: &str| {
        let mut steps = told.0.iter().filter_map(|told| match told {
            Told::Step {
                layer: own,
                status,
                message,
                numbers,
                ..
            } if own == layer => Some((status.as_str(), message.as_str(), *numbers)),
            _ => None,
        });
        steps.next()
    };
    assert_eq!(step("Total"), Some(("", "Total", (50, Some(100)))));
    assert_eq!(step("85935718c121"), Some(("", "85935718c121", (0, None))));
    assert_eq!(step("1"), None, "a tag is no layer");
    assert_eq!(told.ends().len(), 1);
}
