//! Many pushes and pulls that succeed, fail or are left at a moment of chance: after each, the engine has what it had,
//! and what was asked for.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use imgferry::{
    Call, Cancel, Error, ErrorKind, ImageProgressStep, Images, PullImageOptions, PushImageOptions,
    RegistryOptions,
};

use super::support::{
    Answer, Dice, Engine, Fault, FaultProxy, ImageSpec, LayerSpec, Plan, Podman, Registry,
    Requests, deep, unique,
};
use super::{PUSH, State, client, id_of, load, local, remote, state};

#[test]
fn whatever_happens_to_a_push_or_a_pull_the_engine_has_what_it_had() {
    let engine = Engine::start();
    play(&engine.endpoint(), if deep() { 100 } else { 25 });
}

#[test]
fn whatever_happens_to_a_push_or_a_pull_podman_has_what_it_had() {
    let engine = Podman::start();
    play(&engine.endpoint(), if deep() { 50 } else { 10 });
}

/// What happens in a round.
#[derive(Clone, Copy, Debug)]
struct Fate {
    fault: Option<Mishap>,
    left: Option<Left>,
}

/// What the registry does wrong.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    /// It answers so, from this request on.
    Refuses(u16, u64),
    /// Its connections are cut after so many bytes.
    IsCut(u64),
}

impl Mishap {
    /// Whether engines try again, for more than a minute.
    fn is_tried_again(self) -> bool {
        matches!(self, Mishap::IsCut(_) | Mishap::Refuses(429, _))
    }
}

/// When the operation is left.
#[derive(Clone, Copy, Debug)]
enum Left {
    /// By the callback, at this record.
    AtRecord(u64),
    /// From another thread, after so many milliseconds.
    After(u64),
}

/// What a round is about.
#[derive(Clone, Debug)]
enum Deed {
    Push {
        from: String,
        to: String,
        keep: bool,
    },
    Pull {
        from: String,
        to: Option<String>,
    },
}

struct Stage {
    images: Images,
    /// Stands before the registry and makes it fail.
    proxy: FaultProxy,
    repository: String,
    /// Has images that the engine does not have; their tags in the registry.
    remote_tags: [&'static str; 3],
    loaded: u64,
}

/// Plays so many rounds on an engine that has no other work.
fn play(endpoint: &str, rounds: u64) {
    let mut dice = Dice::thrown("rounds");
    let mut stage = Stage::set(endpoint);
    let (mut ends, mut with_rests) = ([0; 3], 0);
    for round in 1..=rounds {
        stage.rearrange(&mut dice);
        let (deed, fate) = (stage.deed(&mut dice), stage.fate(&mut dice));
        let before = state(stage.images.engine());
        let begun = Instant::now();
        let result = stage.play(&deed, fate);
        let took = begun.elapsed();
        let after = state(stage.images.engine());
        let told = match &result {
            Ok(warnings) => format!("done {warnings:?}"),
            Err(error) => error.report(),
        };
        println!("round {round}: {deed:?}, {fate:?}: after {took:?} {told}");
        ends[match &result {
            Ok(_) => 0,
            Err(error) if error.kind() == ErrorKind::Cancelled => 1,
            Err(_) => 2,
        }] += 1;
        let left = match &result {
            Ok(warnings) => warnings.clone(),
            Err(error) => left_behind(error),
        };
        with_rests += u32::from(!left.is_empty());
        let mut wrong = differences(&before, &after, &deed, result.is_ok());
        wrong.retain(|wrong| !left.iter().any(|left| wrong.is_told_by(left)));
        assert!(wrong.is_empty(), "{wrong:#?}\n{before:#?}\n{after:#?}");
        if result.is_err() {
            thread::sleep(Duration::from_millis(100));
            assert_eq!(state(stage.images.engine()), after, "nothing comes later");
        }
    }
    let [done, left, failed] = ends;
    println!(
        "{rounds} rounds: {done} done, {left} left, {failed} failed; {with_rests} told of rests"
    );
}

fn left_behind(error: &Error) -> Vec<String> {
    // One that was found before anything was tried has left nothing.
    let left = error.context().map(|context| context.left_behind.clone());
    left.unwrap_or_default()
}

#[derive(Debug)]
struct Wrong {
    about: String,
    #[allow(dead_code, reason = "it is printed")]
    what: String,
}

impl Wrong {
    /// Whether a sentence says so.
    fn is_told_by(&self, left: &str) -> bool {
        let (repository, digest) = self.about.split_once('@').unwrap_or((&self.about, ""));
        left.contains(&self.about) || (!digest.is_empty() && left.contains(repository))
    }
}

/// What is not as it was, and was not asked for.
fn differences(before: &State, after: &State, deed: &Deed, done: bool) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut say = |about: &str, what: String| {
        wrong.push(Wrong {
            about: about.to_owned(),
            what,
        });
    };
    let asked = match deed {
        Deed::Push { to, keep: true, .. } if done => Some(to),
        Deed::Pull { to: Some(to), .. } if done => Some(to),
        Deed::Pull { from, to: None } if done => Some(from),
        _ => None,
    };
    let holder = |state: &State, name: &str| {
        let mut images = state.iter();
        let found = images.find(|(_, names)| names.contains(name));
        found.map(|(id, _)| id.clone())
    };
    let is_pull = matches!(deed, Deed::Pull { .. });
    let pulled = asked
        .filter(|_| is_pull)
        .and_then(|name| holder(after, name));
    for id in before.keys().filter(|id| !after.contains_key(*id)) {
        say(id, format!("{id} is gone"));
    }
    for id in after.keys().filter(|id| !before.contains_key(*id)) {
        if pulled.as_ref() != Some(id) {
            say(id, format!("{id} is new"));
        }
    }
    let names: BTreeSet<&String> = before.values().chain(after.values()).flatten().collect();
    for name in names {
        let (was, is) = (holder(before, name), holder(after, name));
        if asked == Some(name) {
            if is.is_none() {
                say(name, format!("{name} was asked for and is not there"));
            }
        } else if was != is && !goes_with_a_tag(name, after) {
            say(name, format!("{name} was {was:?} and is {is:?}"));
        }
    }
    wrong
}

/// Whether a name is a digest that its image has along with a tag of the repository, as engines keep it.
fn goes_with_a_tag(name: &str, state: &State) -> bool {
    let Some((repository, _)) = name.split_once('@') else {
        return false;
    };
    let tag = format!("{repository}:");
    let mut with_it = state.values().filter(|names| names.contains(name));
    with_it.all(|names| {
        names
            .iter()
            .any(|other| other.starts_with(&tag) && !other.contains('@'))
    })
}

impl Stage {
    fn set(endpoint: &str) -> Stage {
        let engine = client(endpoint);
        let registry = Registry::shared();
        let proxy = FaultProxy::in_front_of(registry, Plan::none());
        let stage = Stage {
            images: Images::new(engine, &RegistryOptions::default()),
            repository: format!("{}/{}", proxy.host(), unique("rounds")),
            proxy,
            remote_tags: ["x", "y", "z"],
            loaded: 0,
        };
        for tag in stage.remote_tags {
            stage.fill(tag);
        }
        stage
    }

    /// Puts an image into the registry, and none into the engine.
    fn fill(&self, tag: &str) {
        let name = format!("{}:{tag}", self.repository);
        let spec = ImageSpec::new(&name, &[LayerSpec::incompressible(3_000_000); 2]);
        spec.push_by_skopeo(&name);
    }

    /// What a user may do between two operations; it makes the engine's names more of a tangle each time.
    fn rearrange(&mut self, dice: &mut Dice) {
        let engine = self.images.engine();
        let call = &mut Call::new();
        let ids: Vec<String> = state(engine).into_keys().collect();
        // Else nothing would have to be moved after a while.
        if ids.len() > 8 || dice.one_in(3) {
            for id in &ids {
                let force = imgferry::RemoveOptions {
                    force: true,
                    ..Default::default()
                };
                match engine.remove_image(id, &force, call) {
                    Ok(_) => {}
                    Err(error) => panic!("{}", error.report()),
                }
            }
        }
        self.loaded += 1;
        let name = format!("docker.io/demo/app:{}", self.loaded);
        let mut spec = ImageSpec::new(
            &format!("{name} {}", self.repository),
            &[
                LayerSpec::incompressible(2_000_000),
                LayerSpec::incompressible(50_000),
            ],
        );
        spec.names = vec![name];
        if dice.one_in(4) {
            spec.names.clear();
        }
        load(engine, &spec);
        let ids: Vec<String> = state(engine).into_keys().collect();
        for _ in 0..dice.below(3) {
            let id = &ids[dice.below(ids.len() as u64) as usize];
            let name = self.some_name(dice);
            engine.tag(id, &name, None, call).expect("tag");
        }
        if dice.one_in(3) {
            let tag = self.remote_tags[dice.below(3) as usize];
            let remote = remote(&format!("{}:{tag}", self.repository));
            let digest = self.images.digest(&remote, call).expect("a digest");
            let name = remote.reference().without_tag().with_digest(digest);
            engine
                .pull(name.as_str(), &Default::default(), call)
                .expect("pull");
        }
    }

    /// A name that an image may have or get.
    fn some_name(&self, dice: &mut Dice) -> String {
        match dice.below(6) {
            0 => "docker.io/demo/app:1".to_owned(),
            1 => "docker.io/demo/other:1".to_owned(),
            2 => format!("{}:x", self.repository),
            3 => format!("{}:y", self.repository),
            4 => format!("{}:pushed", self.repository),
            _ => format!("{}/other:1", self.repository),
        }
    }

    fn deed(&self, dice: &mut Dice) -> Deed {
        if dice.one_in(2) {
            let state = state(self.images.engine());
            let at = dice.below(state.len() as u64) as usize;
            let (id, names) = state.iter().nth(at).expect("an image");
            let names: Vec<&String> = names.iter().collect();
            let from = match dice.below(names.len() as u64 + 1) as usize {
                0 => id,
                name => names[name - 1],
            };
            let tag = ["x", "pushed", "new"][dice.below(3) as usize];
            Deed::Push {
                from: from.clone(),
                to: format!("{}:{tag}", self.repository),
                keep: dice.one_in(5),
            }
        } else {
            let tag = self.remote_tags[dice.below(3) as usize];
            Deed::Pull {
                from: format!("{}:{tag}", self.repository),
                to: (!dice.one_in(4)).then(|| self.some_name(dice)),
            }
        }
    }

    fn fate(&self, dice: &mut Dice) -> Fate {
        let fault = match dice.below(6) {
            0 | 1 => {
                let status = [403, 404, 413, 429][dice.below(4) as usize];
                Some(Mishap::Refuses(status, dice.below(12) + 1))
            }
            2 => Some(Mishap::IsCut(dice.below(1_000_000))),
            _ => None,
        };
        let left = match dice.below(6) {
            0 | 1 => Some(Left::AtRecord(dice.below(14))),
            2 | 3 => Some(Left::After(dice.below(250))),
            // A minute and more is for the long run.
            _ if fault.is_some_and(Mishap::is_tried_again) && !(deep() && dice.one_in(4)) => {
                Some(Left::After(dice.below(3000)))
            }
            _ => None,
        };
        Fate { fault, left }
    }

    fn play(&self, deed: &Deed, fate: Fate) -> Result<Vec<String>, Error> {
        self.proxy.set(match fate.fault {
            Some(Mishap::Refuses(status, from)) => {
                Plan::always(Fault::answer(Requests::from(from), refusal(status)))
            }
            Some(Mishap::IsCut(bytes)) => Plan::every_bytes(bytes),
            None => Plan::none(),
        });
        let cancel = Cancel::new();
        let mut records = 0;
        let mut watch = |_: &ImageProgressStep<'_>| {
            records += 1;
            match fate.left {
                Some(Left::AtRecord(at)) if records > at => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        };
        let call = &mut Call::new()
            .progress(&mut watch)
            .progress_interval(Duration::ZERO)
            .cancel(&cancel);
        let result = thread::scope(|scope| {
            if let Some(Left::After(milliseconds)) = fate.left {
                let cancel = &cancel;
                scope.spawn(move || {
                    thread::sleep(Duration::from_millis(milliseconds));
                    cancel.cancel();
                });
            }
            self.run(deed, call)
        });
        self.proxy.set(Plan::none());
        result
    }

    /// The warnings.
    fn run(&self, deed: &Deed, call: &mut Call<'_>) -> Result<Vec<String>, Error> {
        match deed {
            Deed::Push { from, to, keep } => {
                let options = PushImageOptions {
                    keep_remote_name: *keep,
                    ..PUSH
                };
                let pushed = self
                    .images
                    .push(&local(from), Some(&remote(to)), &options, call)?;
                self.proxy.set(Plan::none());
                let there = self.images.digest(&remote(to), &mut Call::new());
                assert_eq!(pushed.digest, Some(there.expect("it is there")));
                Ok(pushed.warnings)
            }
            Deed::Pull { from, to } => {
                let to = to.as_deref().map(local);
                let options = PullImageOptions::default();
                let pulled = self
                    .images
                    .pull(&remote(from), to.as_ref(), &options, call)?;
                let id = id_of(self.images.engine(), &pulled.image.to_string());
                assert_eq!(id, Some(pulled.id));
                Ok(pulled.warnings)
            }
        }
    }
}

/// dockerd tries again when it is told what it does not know as JSON, and gives up at once at other texts.
fn refusal(status: u16) -> Answer {
    let code = match status {
        403 => "DENIED",
        404 => "NAME_UNKNOWN",
        429 => "TOOMANYREQUESTS",
        _ => return Answer::new(status).with_body("by chance"),
    };
    Answer::new(status)
        .with_header("Content-Type", "application/json")
        .with_body(format!(
            r#"{{"errors":[{{"code":"{code}","message":"by chance"}}]}}"#
        ))
}
