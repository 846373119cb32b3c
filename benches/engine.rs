//! imgferry beside curl on the same socket of the same engine: save, load, import and a thousand inspects.
//!
//! ```text
//! cargo bench --bench engine                       # an image of 2 GB, three pairs of runs
//! IMGFERRY_BENCH_MB=600 cargo bench --bench engine
//! ```
//!
//! Prints a table of medians. The two run in turn, so that the ratios hold when the machine's speed drifts.

mod pairs;
#[path = "../tests/support/mod.rs"]
mod support;

use std::env;
use std::fs::File;
use std::path::Path;
use std::process::Command;

use imgferry::{ArchiveOptions, Call, Engine as Client, EngineOptions, ImportOptions, LoadOptions};
use pairs::{Taken, head, report, timed};
use support::{Engine, ImageSpec, LayerSpec, TempDir, installed};

const RUNS: usize = 3;
const IMAGE: &str = "bench/big:1";
const IMPORTED: &str = "bench/imported:1";
const INSPECTS: usize = 1000;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    match arguments.iter().position(|argument| argument == "--do") {
        Some(at) => work(&arguments[at + 1..]),
        None => compare(),
    }
}

/// One piece of work, in a process of its own that is measured from outside.
fn work(arguments: &[String]) {
    let [what, endpoint, file] = arguments else {
        panic!("{arguments:?}")
    };
    let engine = Client::new(endpoint, &EngineOptions::default()).expect("a handle");
    let call = &mut Call::new();
    match what.as_str() {
        "save" => {
            let archive = engine
                .get_image(IMAGE, &ArchiveOptions::default(), call)
                .expect("get");
            archive.write_file(Path::new(file), call).expect("save");
        }
        "load" => {
            let mut archive = File::open(file).expect("open");
            engine
                .load_image(&mut archive, &LoadOptions::default(), call)
                .expect("load");
        }
        "import" => {
            let options = ImportOptions {
                repository: Some(IMPORTED.into()),
                ..Default::default()
            };
            engine
                .import_image_from_file(Path::new(file), &options, call)
                .expect("import");
        }
        "inspect" => {
            for _ in 0..INSPECTS {
                engine
                    .inspect_image(IMAGE, &Default::default(), call)
                    .expect("inspect");
            }
        }
        other => panic!("{other}"),
    }
}

fn compare() {
    let megabytes =
        env::var("IMGFERRY_BENCH_MB").map_or(2000, |text| text.parse().expect("a number"));
    let engine = Engine::start();
    let folder = TempDir::new("bench");
    let archive = folder.join("image.tar");
    let layer = LayerSpec {
        bytes: megabytes * 1_000_000,
        files: 4,
        incompressible_share: 0.5,
    };
    ImageSpec::new(IMAGE, &[layer]).write_archive(&archive);
    let archive = archive.to_str().expect("UTF-8");
    let target = folder.join("saved.tar");
    let target = target.to_str().expect("UTF-8");
    engine.docker_ok(&["load", "--quiet", "--input", archive]);

    println!(
        "An image of {megabytes} MB, medians of {RUNS} runs: wall s / processor s / resident MB"
    );
    head();
    let api = |path: &str| format!("http://localhost/v1.41{path}");
    let inspects = api(&format!("/images/{IMAGE}/json?n=[1-{INSPECTS}]"));
    let upload = [
        "--request",
        "POST",
        "--header",
        "Content-Type: application/x-tar",
        "--header",
        "Expect:",
    ];
    let load: Vec<&str> = upload
        .into_iter()
        .chain(["--upload-file", archive])
        .collect();
    let (load_url, import_url) = (
        api("/images/load?quiet=0"),
        api(&format!("/images/create?fromSrc=-&repo={IMPORTED}")),
    );
    let save_url = api(&format!("/images/{IMAGE}/get"));
    for (what, file, curl) in [
        ("save", target, vec!["--output", target, &save_url]),
        ("load", archive, [load.clone(), vec![&load_url]].concat()),
        ("import", archive, [load, vec![&import_url]].concat()),
        ("inspect", "-", vec!["--output", "/dev/null", &inspects]),
    ] {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let mut command = Command::new(env::current_exe().expect("this program"));
            command.args(["--do", what, &engine.endpoint(), file]);
            ours.push(run(&engine, what, file, &command));
            let mut command = Command::new(installed("curl", "curl"));
            command
                .args(["--silent", "--fail", "--unix-socket"])
                .arg(engine.socket())
                .args(&curl);
            theirs.push(run(&engine, what, file, &command));
        }
        report(what, &ours, &theirs);
    }
}

/// Runs a command where what it brings is not there yet: to give back an old file is work, too.
fn run(engine: &Engine, what: &str, file: &str, command: &Command) -> Taken {
    match what {
        "save" if Path::new(file).exists() => std::fs::remove_file(file).expect("remove"),
        "load" => drop(engine.docker(&["image", "rm", IMAGE])),
        "import" => drop(engine.docker(&["image", "rm", IMPORTED])),
        _ => {}
    }
    timed(command)
}
