//! What stays the same when an image is ten times as large: the memory.

use std::fs;

use crate::contestants::in_c;
use crate::measure::Figure::Resident;
use crate::session::{Contestant, Session, Target, To, Turns, Work};
use crate::support::{
    Engine, ImageSpec, LayerSpec, Registry, RegistryOptions, TempDir, expect_success,
};

/// Each with four layers, so that four blobs move at a time.
const SMALLER: &str = "600 MB (C)";
const LARGER: &str = "6 GB (C)";

/// How far apart the two may be, in MiB.
const APART_MIB: f64 = 1.0;

pub fn rows(session: &mut Session) {
    let titles @ [import, load, save, push, pull] = [
        "memory: import",
        "memory: load",
        "memory: save",
        "memory: copy archive to registry, gzip",
        "memory: copy registry to layout",
    ];
    if !titles.iter().any(|title| session.wants(title)) {
        return;
    }
    let folder = &TempDir::new("speed-memory");
    let archives = [(LARGER, 1_500_000_000), (SMALLER, 150_000_000)]
        .map(|(name, layer)| archive(name, layer, folder));
    {
        let part = Engine::start();
        let endpoint = &*part.endpoint();
        once(session, import, &archives, |image| {
            ["import", endpoint, &image.archive, "bench/imported:1"]
                .map(str::to_owned)
                .into()
        });
        part.docker_ok(&["system", "prune", "--all", "--force"]);
        once(session, load, &archives, |image| {
            ["load", endpoint, &image.archive].map(str::to_owned).into()
        });
        if session.wants(save) {
            for image in &archives {
                part.docker_ok(&["load", "--quiet", "--input", &image.archive]);
            }
        }
        once(session, save, &archives, |image| {
            ["save", endpoint, &image.name, "/dev/null"]
                .map(str::to_owned)
                .into()
        });
    }
    let into = |host: &str, image: &Large| {
        let from = format!("docker-archive:{}", image.archive);
        let to = format!("docker://{host}/{}", image.name);
        ["copy".into(), from, to, "one".into()]
    };
    // More than once: how many blocks of the layers are in the workers' hands at the same time is chance.
    session.compare(Work {
        fresh: Box::new(|| {
            let registry = Registry::start(RegistryOptions::default());
            To::new(registry.host().to_owned(), registry)
        }),
        ..work(push, &archives, &|image, host| into(host, image).into())
    });
    if !session.wants(pull) {
        return;
    }
    let part = Registry::start(RegistryOptions::default());
    for image in &archives {
        let stored = in_c(&into(part.host(), image)).output().expect("run in_c");
        expect_success(&stored);
        fs::remove_file(&image.archive).expect("remove an archive");
    }
    once(session, pull, &archives, |image| {
        let from = format!("docker://{}/{}", part.host(), image.name);
        let to = format!("oci:{}:1", folder.join(&image.name).display());
        vec!["copy".into(), from, to, "one".into()]
    });
}

/// An image that exists for its size.
struct Large {
    title: &'static str,
    name: String,
    archive: String,
}

fn archive(title: &'static str, layer: u64, folder: &TempDir) -> Large {
    let layer = LayerSpec {
        bytes: layer,
        files: 1,
        incompressible_share: 0.5,
    };
    let name = format!("memory-{}:1", layer.bytes);
    let path = folder.join(layer.bytes.to_string());
    ImageSpec::new(&name, &[layer; 4]).write_archive(&path);
    Large {
        title,
        name,
        archive: path.to_str().expect("UTF-8").to_owned(),
    }
}

/// Once for each size: the memory of a stream does not vary as time does.
fn once(
    session: &mut Session,
    title: &str,
    images: &[Large],
    words: impl Fn(&Large) -> Vec<String>,
) {
    session.compare(Work {
        turns: Turns::Once,
        ..work(title, images, &|image, _| words(image))
    });
}

/// `words` are told where to, too.
fn work<'a>(
    title: &str,
    images: &'a [Large],
    words: &'a dyn Fn(&Large, &str) -> Vec<String>,
) -> Work<'a> {
    let contestants = images
        .iter()
        .map(|image| Contestant::new(image.title, move |to| in_c(&words(image, to))));
    let targets = vec![Target::Apart(SMALLER, Resident, APART_MIB)];
    Work::new(title, contestants.collect(), targets)
}
