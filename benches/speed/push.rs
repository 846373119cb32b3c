//! The direct push, which compresses layers itself, beside `docker push`.

use crate::contestants::{IN_C, IN_RUST, in_c, in_rust, shell};
use crate::images::{bring, in_engine};
use crate::measure::Figure::{Resident, Wall};
use crate::session::{Contestant, Session, Target, To, Work};
use crate::support::{Engine, Registry, RegistryOptions};

struct Push {
    title: &'static str,
    image: &'static str,
    /// What `in_c.c` knows of it: `gzip` and `zstd` are direct, and `auto` decides.
    way: &'static str,
    /// What the registry has before.
    before: Option<&'static str>,
    /// At most so many times what `docker push` takes.
    wall: f64,
}

const PUSHES: [Push; 7] = [
    row("push big directly, gzip", "big", "gzip", 1.0 / 1.8),
    row("push big directly, zstd", "big", "zstd", 1.0 / 2.2),
    row("push real directly, gzip", "real", "gzip", 1.0 / 1.8),
    row("push real directly, zstd", "real", "zstd", 1.0 / 2.2),
    row("push many directly, gzip", "many", "gzip", 1.0),
    row("push many, auto", "many", "auto", 1.0),
    Push {
        before: Some("big"),
        ..row("push changed, auto", "changed", "auto", 1.1)
    },
];

const fn row(title: &'static str, image: &'static str, way: &'static str, wall: f64) -> Push {
    Push {
        title,
        image,
        way,
        before: None,
        wall,
    }
}

pub fn rows(session: &mut Session) {
    let part = Engine::start();
    let mut brought = Vec::new();
    for push in &PUSHES {
        if !session.wants(push.title) {
            continue;
        }
        for image in [Some(push.image), push.before].into_iter().flatten() {
            if !brought.contains(&image) {
                bring(image, &part);
                brought.push(image);
            }
        }
        compare(push, &part, session);
    }
}

fn compare(push: &Push, part: &Engine, session: &mut Session) {
    let endpoint = &*part.endpoint();
    let image = &*in_engine(push.image);
    let said = |to: &str| ["push-direct", endpoint, image, to, push.way].map(str::to_owned);
    let contestants = vec![
        Contestant::new(IN_C, |to| in_c(&said(to))),
        Contestant::new(IN_RUST, |to| in_rust(&said(to))),
        // With the name that a push of docker's needs.
        Contestant::new("docker", |to| {
            shell(
                r#"docker --host "$1" tag "$2" "$3" && docker --host "$1" push "$3""#,
                &[endpoint, image, to],
            )
        }),
    ];
    let targets = vec![
        Target::Ratio("docker", Wall, push.wall),
        Target::Most(Resident, 32.0),
    ];
    session.compare(Work {
        fresh: Box::new(|| registry(push, part)),
        ..Work::new(push.title, contestants, targets)
    });
}

/// A registry that has nothing but what docker has pushed into it before.
fn registry(push: &Push, part: &Engine) -> To {
    let registry = Registry::start(RegistryOptions::default());
    let name = format!("{}/bench:1", registry.host());
    if let Some(before) = push.before {
        part.docker_ok(&["tag", &in_engine(before), &name]);
        part.docker_ok(&["push", "--quiet", &name]);
        part.docker_ok(&["rmi", &name]);
    }
    To::new(name, registry)
}
