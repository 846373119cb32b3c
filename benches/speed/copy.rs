//! From place to place without an engine.

use std::fs;
use std::process::Command;

use imgferry::{Call, Reference, Registry as Client, RegistryOptions as Reach};

use crate::contestants::{IN_C, IN_RUST, in_c, in_rust, oci_client, shell, skopeo};
use crate::images::{archive, spec};
use crate::measure::Figure::{Processor, Resident, Wall};
use crate::session::{Contestant, Session, Target, To, Work};
use crate::support::{Registry, RegistryOptions, TempDir, expect_success};

/// What a copy with four blobs at a time may have resident, in MiB.
const COPY_MIB: f64 = 20.0;

/// An image, at every place that is copied from: an archive, and a layout and a registry with gzip in them.
struct Image {
    archive: String,
    layout: String,
    registry: String,
}

#[derive(Clone, Copy)]
enum Kind {
    Archive,
    Layout,
    Registry,
}

/// What is copied from where, to where, and how that is to be beside skopeo: wall and processor time.
struct Way {
    title: &'static str,
    from: Kind,
    to: Kind,
    /// For `big` and for `many`. For `small` nothing is wanted but what stands above.
    wall: [f64; 2],
    processor: f64,
}

const WAYS: [Way; 5] = [
    Way {
        title: "copy archive to registry, gzip",
        from: Kind::Archive,
        to: Kind::Registry,
        wall: [0.65, 0.65],
        processor: 0.7,
    },
    Way {
        title: "copy registry to layout",
        from: Kind::Registry,
        to: Kind::Layout,
        wall: [0.7, 0.7],
        processor: 1.0,
    },
    Way {
        title: "copy layout to registry",
        from: Kind::Layout,
        to: Kind::Registry,
        wall: [1.0, 0.55],
        processor: 0.4,
    },
    Way {
        title: "copy registry to registry",
        from: Kind::Registry,
        to: Kind::Registry,
        wall: [0.95, 0.8],
        processor: 0.5,
    },
    Way {
        title: "copy archive to layout, gzip",
        from: Kind::Archive,
        to: Kind::Layout,
        wall: [1.0, 1.0],
        processor: 1.0,
    },
];

pub fn rows(session: &mut Session) {
    let folder = TempDir::new("speed-copy");
    let source = Registry::start(RegistryOptions::default());
    for (number, name) in ["big", "many", "small"].into_iter().enumerate() {
        let title = |way: &Way| format!("{}, {name}", way.title);
        let ways: Vec<_> = WAYS
            .iter()
            .filter(|way| session.wants(&title(way)))
            .collect();
        if ways.is_empty() {
            continue;
        }
        let image = image(name, &folder, &source);
        for way in ways {
            let wall = way.wall.get(number).copied().unwrap_or(1.0);
            compare(&title(way), way, &image, wall, session);
        }
    }
    index(&folder, &source, session);
}

/// Puts an image into all places.
fn image(name: &'static str, folder: &TempDir, source: &Registry) -> Image {
    let image = Image {
        archive: format!("docker-archive:{}", archive(name, folder).display()),
        layout: format!("oci:{}:1", folder.join(name).display()),
        registry: format!("docker://{}/bench/{name}:1", source.host()),
    };
    for (from, to) in [
        (&image.archive, &image.layout),
        (&image.layout, &image.registry),
    ] {
        run(&mut by_skopeo(&[from, to]));
    }
    image
}

fn run(command: &mut Command) {
    expect_success(&command.output().expect("run a program"));
}

impl Image {
    fn at(&self, kind: Kind) -> &str {
        match kind {
            Kind::Archive => &self.archive,
            Kind::Layout => &self.layout,
            Kind::Registry => &self.registry,
        }
    }
}

fn compare(title: &str, way: &Way, image: &Image, wall: f64, session: &mut Session) {
    let from = image.at(way.from);
    let mut contestants = by_everyone(from);
    let mut targets = beside_skopeo(wall, way.processor);
    let (host, name) = image
        .registry
        .strip_prefix("docker://")
        .and_then(|registry| registry.split_once('/'))
        .expect("a host");
    match (way.from, way.to) {
        (Kind::Registry, Kind::Layout) => {
            let urls = blobs(host, name);
            contestants.push(Contestant::new(LIMIT, move |to| limit(&urls, to)));
            contestants.push(Contestant::new("oci-client", move |to| {
                oci_client(&["pull", &format!("{host}/{name}"), folder_of(to)])
            }));
            targets.push(Target::Ratio(LIMIT, Wall, 1.2));
        }
        (Kind::Layout, Kind::Registry) => contestants.push(Contestant::new("oci-client", |to| {
            let to = to.strip_prefix("docker://").expect("a registry");
            oci_client(&["push", folder_of(&image.layout), "1", to])
        })),
        _ => {}
    }
    session.compare(Work {
        fresh: fresh(way.to),
        ..Work::new(title, contestants, targets)
    });
}

/// imgferry and skopeo, for one image.
fn by_everyone<'a>(from: &'a str) -> Vec<Contestant<'a>> {
    vec![
        Contestant::new(IN_C, move |to| in_c(&["copy", from, to, "one"])),
        Contestant::new(IN_RUST, move |to| in_rust(&["copy", from, to, "one"])),
        Contestant::new("skopeo", move |to| by_skopeo(&[from, to])),
    ]
}

fn beside_skopeo(wall: f64, processor: f64) -> Vec<Target> {
    vec![
        Target::Ratio("skopeo", Wall, wall),
        Target::Ratio("skopeo", Processor, processor),
        Target::Most(Resident, COPY_MIB),
    ]
}

fn by_skopeo(words: &[&str]) -> Command {
    let mut command = skopeo(&["copy", "--quiet", "--src-no-creds", "--dest-no-creds"]);
    command.args(["--src-tls-verify=false", "--dest-tls-verify=false"]);
    command.args(words);
    command
}

/// A new and empty place for each run.
fn fresh(kind: Kind) -> Box<dyn FnMut() -> To> {
    match kind {
        Kind::Registry => Box::new(|| {
            let registry = Registry::start(RegistryOptions::default());
            To::new(format!("docker://{}/to:1", registry.host()), registry)
        }),
        _ => Box::new(|| {
            let folder = TempDir::new("speed-layout");
            To::new(format!("oci:{}:1", folder.join("to").display()), folder)
        }),
    }
}

/// The folder of `oci:FOLDER:1`.
fn folder_of(layout: &str) -> &str {
    let layout = layout.strip_prefix("oci:").expect("a layout");
    layout.strip_suffix(":1").expect("a name")
}

const LIMIT: &str = "curl and SHA-256";

/// The URLs of all blobs of an image.
fn blobs(host: &str, name: &str) -> Vec<String> {
    let registry = Client::new(host, &Reach::default()).expect("a handle");
    let image = Reference::parse(&format!("{host}/{name}")).expect("a name");
    let call = &mut Call::new();
    let manifest = registry.get_manifest(&image, call).expect("a manifest");
    let manifest: serde_json::Value =
        serde_json::from_slice(manifest.bytes()).expect("a manifest in JSON");
    let layers = manifest["layers"].as_array().expect("layers");
    let (repository, _) = name.rsplit_once(':').expect("a tag");
    layers
        .iter()
        .chain([&manifest["config"]])
        .map(|blob| {
            let digest = blob["digest"].as_str().expect("a digest");
            format!("http://{host}/v2/{repository}/blobs/{digest}")
        })
        .collect()
}

/// The least that a copy from a registry can do: each blob to a file, and its digest on the way; four at a time.
fn limit(urls: &[String], to: &str) -> Command {
    let script = r#"mkdir -p "$1" && cd "$1" && shift
        printf '%s\n' "$@" | xargs -P 4 -I {} sh -c \
            'curl --silent --fail "$1" | tee "${1##*:}" | openssl dgst -sha256 -r | grep -q "${1##*:}"' sh {}"#;
    shell(script, &[&[folder_of(to).to_owned()], urls].concat())
}

/// An index of three small images for platforms of their own.
fn index(folder: &TempDir, source: &Registry, session: &mut Session) {
    let ways = [
        (
            "copy index of 3 platforms, registry to layout",
            Kind::Layout,
        ),
        (
            "copy index of 3 platforms, registry to registry",
            Kind::Registry,
        ),
    ];
    let ways: Vec<_> = ways
        .into_iter()
        .filter(|(title, _)| session.wants(title))
        .collect();
    if ways.is_empty() {
        return;
    }
    let from = &*store_index(folder, source);
    for (title, to) in ways {
        let contestants = vec![
            Contestant::new(IN_C, move |to| in_c(&["copy", from, to, "all"])),
            Contestant::new(IN_RUST, move |to| in_rust(&["copy", from, to, "all"])),
            Contestant::new("skopeo", move |to| by_skopeo(&["--all", from, to])),
        ];
        session.compare(Work {
            fresh: fresh(to),
            ..Work::new(title, contestants, beside_skopeo(1.0, 1.0))
        });
    }
}

fn store_index(folder: &TempDir, source: &Registry) -> String {
    let registry = Client::new(source.host(), &Reach::default()).expect("a handle");
    let call = &mut Call::new();
    let mut manifests = Vec::new();
    for architecture in ["amd64", "arm64", "riscv64"] {
        let mut spec = spec("small");
        spec.architecture = architecture.into();
        // Each with a layer of its own.
        spec.seed += manifests.len() as u64 + 1;
        let tar = folder.join(format!("{architecture}.tar"));
        spec.write_archive(&tar);
        let name = format!("{}/bench/index:{architecture}", source.host());
        let from = format!("docker-archive:{}", tar.display());
        run(&mut by_skopeo(&[
            "--format=oci",
            &from,
            &format!("docker://{name}"),
        ]));
        fs::remove_file(&tar).expect("remove an archive");
        let reference = Reference::parse(&name).expect("a name");
        let manifest = registry.get_manifest(&reference, call).expect("a manifest");
        manifests.push(serde_json::json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": manifest.digest().to_string(),
            "size": manifest.bytes().len(),
            "platform": { "os": "linux", "architecture": architecture },
        }));
    }
    let media_type = "application/vnd.oci.image.index.v1+json";
    let index = serde_json::json!({
        "schemaVersion": 2, "mediaType": media_type, "manifests": manifests,
    });
    let name = format!("{}/bench/index:all", source.host());
    let reference = Reference::parse(&name).expect("a name");
    registry
        .put_manifest(&reference, media_type, index.to_string().as_bytes(), call)
        .expect("an index");
    format!("docker://{name}")
}
