//! imgferry's direct push beside `docker push`, from the same engine to registries that are empty.
//!
//! ```text
//! cargo bench --bench push                                  # three pairs of runs of everything
//! IMGFERRY_BENCH_RUNS=9 cargo bench --bench push -- big     # the rows whose titles have one of these texts
//! ```
//!
//! Prints a table of medians. The two run in turn, so that the ratios hold when the machine's speed drifts. `big` is a
//! layer of 600 MB of which half compresses, `real` as much of the files in `/usr/lib` in one layer, `many` 40 layers of
//! 10 MB; `changed` is `big` with a small layer more, pushed to where `big` is already.

#[allow(dead_code, reason = "there is another opponent here")]
mod pairs;
#[path = "../tests/support/mod.rs"]
mod support;

use std::env;
use std::process::{Command, Stdio};

use imgferry::{
    Call, Engine as Client, EngineOptions, Images, ImportOptions, LayerCompression, LoadOptions,
    LocalImage, PushImageOptions, PushVia, RegistryOptions as Reach, RemoteImage,
};
use pairs::{Taken, median, timed};
use support::{Engine, ImageSpec, LayerSpec, Registry, RegistryOptions};

const RUNS: usize = 3;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    match arguments.iter().position(|argument| argument == "--do") {
        Some(at) => work(&arguments[at + 1..]),
        None => compare(&arguments[1..]),
    }
}

/// One push, in a process of its own that is measured from outside.
fn work(arguments: &[String]) {
    let [way, endpoint, local, remote] = arguments else {
        panic!("{arguments:?}")
    };
    let (via, compression) = match way.as_str() {
        "gzip" => (PushVia::Direct, LayerCompression::GZIP),
        "zstd" => (PushVia::Direct, LayerCompression::ZSTD),
        _ => (PushVia::Auto, LayerCompression::GZIP),
    };
    let engine = Client::new(endpoint, &EngineOptions::default()).expect("a handle");
    let images = Images::new(engine, &Reach::default());
    let options = PushImageOptions {
        via,
        compression,
        ..PushImageOptions::default()
    };
    let local = LocalImage::parse(local).expect("a name");
    let remote = RemoteImage::parse(remote).expect("a name");
    images
        .push(&local, Some(&remote), &options, &mut Call::new())
        .expect("a push");
}

/// What is compared: the image, how imgferry pushes it, and what the registry has before.
const ROWS: [(&str, &str, &str, Option<&str>); 7] = [
    ("big, gzip", "gzip", "big", None),
    ("big, zstd", "zstd", "big", None),
    ("real, gzip", "gzip", "real", None),
    ("real, zstd", "zstd", "real", None),
    ("many, gzip", "gzip", "many", None),
    ("many, auto", "auto", "many", None),
    ("changed, auto", "auto", "changed", Some("big")),
];

fn compare(wanted: &[String]) {
    let wanted: Vec<&String> = wanted
        .iter()
        .filter(|text| !text.starts_with('-'))
        .collect();
    let runs = env::var("IMGFERRY_BENCH_RUNS").map_or(RUNS, |text| text.parse().expect("a number"));
    let part = Engine::start();
    prepare(&part);
    println!("Medians of {runs} runs, each to an empty registry; ratios are docker / imgferry");
    println!("| push | imgferry: wall s / processor s / resident MB | docker | times faster |");
    println!("| --- | --- | --- | --- |");
    for (title, way, image, before) in ROWS {
        if !wanted.is_empty() && !wanted.iter().any(|text| title.contains(*text)) {
            continue;
        }
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            ours.push(push_by_imgferry(&part, way, image, before));
            theirs.push(push_by_docker(&part, image, before));
        }
        let ratio = median(
            ours.iter()
                .zip(&theirs)
                .map(|(ours, theirs)| theirs.wall / ours.wall),
        );
        println!(
            "| {title} | {} | {} | {ratio:.2} |",
            figures(&ours),
            figures(&theirs)
        );
    }
}

fn figures(taken: &[Taken]) -> String {
    format!(
        "{:.2} / {:.2} / {:.1}",
        median(taken.iter().map(|run| run.wall)),
        median(taken.iter().map(|run| run.processor)),
        median(taken.iter().map(|run| run.resident))
    )
}

/// A registry that has nothing but what docker has pushed into it before.
fn registry(part: &Engine, before: Option<&str>) -> Registry {
    let registry = Registry::start(RegistryOptions::default());
    if let Some(before) = before {
        let remote = format!("{}/bench:1", registry.host());
        part.docker_ok(&["tag", &format!("bench/{before}:1"), &remote]);
        part.docker_ok(&["push", "--quiet", &remote]);
        part.docker_ok(&["rmi", &remote]);
    }
    registry
}

fn push_by_imgferry(part: &Engine, way: &str, image: &str, before: Option<&str>) -> Taken {
    let registry = registry(part, before);
    let mut command = Command::new(env::current_exe().expect("this program"));
    command.args(["--do", way, &part.endpoint(), &format!("bench/{image}:1")]);
    command.arg(format!("{}/bench:1", registry.host()));
    timed(&command)
}

/// With the name that a push of docker's needs.
fn push_by_docker(part: &Engine, image: &str, before: Option<&str>) -> Taken {
    let registry = registry(part, before);
    let remote = format!("{}/bench:1", registry.host());
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "docker --host \"$1\" tag \"$2\" \"$3\" && docker --host \"$1\" push --quiet \"$3\"",
        "sh",
        &part.endpoint(),
        &format!("bench/{image}:1"),
        &remote,
    ]);
    let taken = timed(&command);
    part.docker_ok(&["rmi", &remote]);
    taken
}

fn prepare(part: &Engine) {
    let engine = Client::new(&part.endpoint(), &EngineOptions::default()).expect("a handle");
    let layer = |bytes, incompressible_share| LayerSpec {
        bytes,
        files: 1,
        incompressible_share,
    };
    let big = layer(600_000_000, 0.5);
    for (name, layers) in [
        ("big", vec![big]),
        ("changed", vec![big, layer(1_000_000, 0.5)]),
        ("many", vec![layer(10_000_000, 0.5); 40]),
    ] {
        let mut image = ImageSpec::new(&format!("bench/{name}:1"), &layers);
        // What has the same seed shares layers.
        image.seed = u64::from(name == "many");
        let mut archive = image.archive();
        engine
            .load_image(&mut archive, &LoadOptions::default(), &mut Call::new())
            .expect("load");
    }
    let script = "find /usr/lib -type f -printf '%s %p\\n' \\
        | awk '{ sum += $1; if (sum > 600e6) exit; print substr($0, index($0, \" \") + 1) }' \\
        | tar --create --file - --files-from - 2>/dev/null";
    let mut tar = Command::new("sh")
        .args(["-c", script])
        .stdout(Stdio::piped())
        .spawn()
        .expect("run tar");
    let options = ImportOptions {
        repository: Some("bench/real".into()),
        tag: Some("1".into()),
        ..ImportOptions::default()
    };
    let mut source = tar.stdout.take().expect("a pipe");
    engine
        .import_image_from_stream(&mut source, &options, &mut Call::new())
        .expect("import");
    tar.wait().expect("tar");
}
