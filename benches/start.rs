//! How long it takes from the start of a program to the first inspect and the end: a C program with the shared library,
//! beside curl on the same socket, `docker inspect` and docker-py.
//!
//! ```text
//! cargo bench --bench start
//! ```
//!
//! Prints a table of medians. The programs run in turn, so that the ratios hold when the machine's speed drifts; the
//! processor's time is less noisy than that of the wall where others use the machine, too. docker-py is installed by pip
//! below the target folder.

#[allow(dead_code, reason = "every comparison uses a part of it")]
mod pairs;
#[path = "../tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use pairs::median;
use support::{CProgram, Engine, ImageSpec, Library, expect_success, installed};

const TURNS: usize = 9;
/// In each turn, as one takes less than the system counts.
const STARTS: u32 = 10;
const IMAGE: &str = "bench/small:1";

const IN_C: &str = r#"
#include <stdio.h>
#include <imgferry.h>

int main(int argc, char **argv)
{
    imgferry_engine *engine = NULL;
    imgferry_image_details *details = NULL;
    imgferry_error *error = NULL;
    int failed = argc != 3 || imgferry_engine_new(argv[1], NULL, &engine, &error) ||
                 imgferry_engine_inspect_image(engine, argv[2], NULL, NULL, &details, &error);
    if (failed)
        fprintf(stderr, "%s\n", imgferry_error_message(error));
    else
        puts(imgferry_image_details_id(details));
    imgferry_error_free(error);
    imgferry_image_details_free(details);
    imgferry_engine_free(engine);
    return failed;
}
"#;

const IN_PYTHON: &str = "import docker, sys\n\
    print(docker.APIClient(base_url=sys.argv[1]).inspect_image(sys.argv[2])['Id'])\n";

fn main() {
    let engine = Engine::start();
    engine.load(&ImageSpec::small(IMAGE));
    let program = CProgram::build_text(IN_C, Library::Shared);
    let mut ours = program.command();
    ours.args([&engine.endpoint(), IMAGE]);
    let mut curl = Command::new(installed("curl", "curl"));
    curl.args(["--silent", "--fail", "--unix-socket"])
        .arg(engine.socket())
        .arg(format!("http://localhost/v1.41/images/{IMAGE}/json"));
    let mut docker = Command::new(installed("docker", "docker.io"));
    docker
        .args(["--host", &engine.endpoint()])
        .args(["image", "inspect", IMAGE]);
    let mut python = Command::new(docker_py().join("bin/python3"));
    python.args(["-c", IN_PYTHON, &engine.endpoint(), IMAGE]);

    let mut programs = [
        ("imgferry from C", ours),
        ("curl", curl),
        ("docker inspect", docker),
        ("docker-py", python),
    ];
    let mut taken: Vec<Vec<Taken>> = vec![Vec::new(); programs.len()];
    for _ in 0..TURNS {
        for ((_, command), taken) in programs.iter_mut().zip(&mut taken) {
            taken.push(started(command));
        }
    }
    println!("Medians of {TURNS} turns of {STARTS} starts each");
    println!("| program | wall ms | processor ms | wall, imgferry = 1 | processor, imgferry = 1 |");
    println!("| --- | --- | --- | --- | --- |");
    for ((name, _), theirs) in programs.iter().zip(&taken) {
        let figure = |of: fn(&Taken) -> f64| median(theirs.iter().map(of));
        let ratio = |of: fn(&Taken) -> f64| {
            let pairs = theirs.iter().zip(&taken[0]);
            median(pairs.map(|(theirs, ours)| of(theirs) / of(ours)))
        };
        println!(
            "| {name} | {:.1} | {:.1} | {:.1} | {:.1} |",
            figure(|taken| taken.wall),
            figure(|taken| taken.processor),
            ratio(|taken| taken.wall),
            ratio(|taken| taken.processor),
        );
    }
}

/// What a start and all until the end took on average, in milliseconds.
#[derive(Clone, Copy)]
struct Taken {
    wall: f64,
    processor: f64,
}

fn started(command: &mut Command) -> Taken {
    command.stdout(Stdio::null());
    let (began, before) = (Instant::now(), processor_of_children());
    for _ in 0..STARTS {
        assert!(command.status().expect("a start").success(), "{command:?}");
    }
    Taken {
        wall: began.elapsed().as_secs_f64() * 1000.0 / f64::from(STARTS),
        processor: (processor_of_children() - before) / f64::from(STARTS),
    }
}

/// What all children that have ended took of the processor, in milliseconds.
fn processor_of_children() -> f64 {
    // The kernel counts it in hundredths of a second, whatever it counts in itself.
    const TICK: f64 = 10.0;
    let stat = fs::read_to_string("/proc/self/stat").expect("/proc");
    let (_, after_the_name) = stat.rsplit_once(')').expect("a name");
    let fields: Vec<_> = after_the_name.split_whitespace().collect();
    // cutime and cstime, the 16th and 17th field of all.
    let ticks = fields[13..15].iter();
    let ticks = ticks.map(|ticks| ticks.parse::<f64>().expect("a number"));
    ticks.sum::<f64>() * TICK
}

/// Python with docker-py, in a folder of its own.
fn docker_py() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docker-py");
    if !folder.join("installed").exists() {
        let run = |command: &mut Command| expect_success(&command.output().expect("a program"));
        run(Command::new(installed("python3", "python3"))
            .args(["-m", "venv"])
            .arg(&folder));
        run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", "docker==7.1.0"]));
        fs::write(folder.join("installed"), "").expect("a mark");
    }
    folder
}
