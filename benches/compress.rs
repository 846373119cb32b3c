//! A layer through imgferry's compression beside gzip, pigz and zstd.
//!
//! ```text
//! cargo bench --bench compress                       # layers of 600 MB, three runs each
//! IMGFERRY_BENCH_MB=100 cargo bench --bench compress
//! ```
//!
//! Prints a table of medians. `big` is half random and half text, `mixed` the same in pieces of 32 KiB, and `real` the
//! beginning of a tar of `/usr/lib`.

#[path = "speed/measure.rs"]
#[allow(dead_code, reason = "the other comparison shows more of it")]
mod measure;
/// The library shows nobody how it compresses, so this program has the rooms that do it.
#[path = "../src"]
#[allow(
    dead_code,
    unused_imports,
    reason = "the rooms can more than this program wants"
)]
mod rooms {
    pub mod compress;
    pub mod digest;
    pub mod error;
    pub mod grammar;
    pub mod json_object;
    pub mod oci;
}
#[path = "../tests/support/mod.rs"]
mod support;

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::Command;
use std::thread;

use measure::{Measure, median};
use rooms::{compress, digest, error, grammar, json_object, oci};
use support::{ImageSpec, LayerSpec, TempDir, expect_success, installed};

use compress::{Compressor, Cores, LayerCompression};

const RUNS: usize = 3;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    match arguments.iter().position(|argument| argument == "--do") {
        Some(at) => work(&arguments[at + 1..]),
        None => compare(),
    }
}

/// Compresses a file, in a process of its own that is measured from outside.
fn work(arguments: &[String]) {
    let [kind, level, threads, from, to] = arguments else {
        panic!("{arguments:?}")
    };
    let how = match kind.as_str() {
        "gzip" => LayerCompression::Gzip {
            level: level.parse().expect("a level"),
        },
        "zstd" => LayerCompression::Zstd {
            level: level.parse().expect("a level"),
        },
        _ => LayerCompression::AsIs,
    };
    let threads = threads.parse().expect("a number");
    let source = File::open(from).expect("open");
    let mut target = File::create(to).expect("create");
    let cores = Cores::some(threads);
    let mut compressor = Compressor::new(Box::new(source), how, &cores).expect("a level");
    io::copy(&mut compressor, &mut target).expect("compressed");
}

fn compare() {
    let megabytes =
        env::var("IMGFERRY_BENCH_MB").map_or(600, |text| text.parse().expect("a number"));
    let folder = TempDir::new("bench");
    let bytes: u64 = megabytes * 1_000_000;
    let layer = |bytes, incompressible_share| LayerSpec {
        bytes,
        files: 1,
        incompressible_share,
    };
    let (big, mixed, real) = (
        folder.join("big"),
        folder.join("mixed"),
        folder.join("real"),
    );
    ImageSpec::new("big", &[layer(bytes / 2, 1.0), layer(bytes / 2, 0.0)]).write_archive(&big);
    ImageSpec::new("mixed", &[layer(bytes, 0.5)]).write_archive(&mixed);
    // The end of the pipe is no failure of tar.
    let script = format!("tar --create --file - /usr/lib 2>/dev/null | head -c {bytes}");
    let tar = Command::new("sh")
        .args(["-c", &format!("{script} > \"$1\"; :"), "sh"])
        .arg(&real)
        .output();
    expect_success(&tar.expect("run tar"));

    let cores = thread::available_parallelism().expect("cores").to_string();
    println!(
        "{megabytes} MB on {cores} cores, medians of {RUNS} runs: wall s / processor s / resident MiB / size MB"
    );
    println!("| | big | mixed | real |");
    println!("| --- | --- | --- | --- |");
    let target = folder.join("out");
    let measure = Measure::build();
    for (name, command) in programs(&cores) {
        let cells: Vec<String> = [&big, &mixed, &real]
            .map(|layer| measured(&measure, &command, layer, &target))
            .to_vec();
        println!("| {name} | {} |", cells.join(" | "));
    }
}

/// What is compared: the name, and a line for the shell that reads `$1` and writes `$2`.
fn programs(cores: &str) -> Vec<(String, String)> {
    let this = env::current_exe().expect("this program");
    let ours = |kind: &str, level: u32, threads: &str| {
        let name = match kind {
            "plain" => format!("imgferry, as it is, {threads} threads"),
            _ => format!("imgferry, {kind} {level}, {threads} threads"),
        };
        let line = format!(
            "exec {} --do {kind} {level} {threads} \"$1\" \"$2\"",
            this.display()
        );
        (name, line)
    };
    let theirs = |program: &str, options: &str| {
        let path = installed(program, program);
        let line = format!("exec {} {options} < \"$1\" > \"$2\"", path.display());
        (format!("{program} {options}"), line)
    };
    vec![
        ours("gzip", 1, cores),
        ours("gzip", 2, cores),
        ours("gzip", 2, "1"),
        ours("gzip", 6, cores),
        theirs("gzip", "-1"),
        theirs("pigz", &format!("-1 -p{cores}")),
        theirs("pigz", &format!("-6 -p{cores}")),
        ours("zstd", 1, cores),
        ours("zstd", 3, cores),
        theirs("zstd", &format!("-1 -T{cores} -q")),
        theirs("zstd", &format!("-3 -T{cores} -q")),
        ours("plain", 0, cores),
    ]
}

/// The runs that are measured write to nowhere: a disk is not what is compared.
fn measured(measure: &Measure, line: &str, layer: &Path, target: &Path) -> String {
    let command = |target: &Path| {
        let mut command = Command::new("sh");
        command.args(["-c", line, "sh"]).arg(layer).arg(target);
        command
    };
    measure.run(&command(target), 1);
    let size = fs::metadata(target).expect("a result").len();
    let nowhere = command(Path::new("/dev/null"));
    let runs: Vec<_> = (0..RUNS).map(|_| measure.run(&nowhere, 1)).collect();
    format!(
        "{:.2} / {:.2} / {:.1} / {:.1}",
        median(runs.iter().map(|run| run.wall)),
        median(runs.iter().map(|run| run.processor)),
        median(runs.iter().map(|run| run.resident)),
        size as f64 / 1e6
    )
}
