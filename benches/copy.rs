//! imgferry's copy beside skopeo's, from place to place without an engine: time, memory, and what is stored in the end.
//!
//! ```text
//! cargo bench --bench copy                                 # five pairs of runs of everything
//! IMGFERRY_BENCH_RUNS=9 cargo bench --bench copy -- big    # the rows whose titles have one of these texts
//! ```
//!
//! Prints a table of medians, each with the least and the most. The two run in turn, so that the ratios hold when the
//! machine's speed drifts, and each run writes to a place of its own that is empty.

#[allow(dead_code, reason = "every comparison uses a part of it")]
mod pairs;
#[path = "../tests/support/mod.rs"]
mod support;

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use imgferry::{Call, CopyOptions, Place, PlaceOptions, copy};
use pairs::{Taken, median, timed};
use support::{ImageSpec, LayerSpec, Registry, RegistryOptions, TempDir, installed};

const RUNS: usize = 5;

/// One copy of the small image takes milliseconds, which nobody can measure.
const SMALL_COPIES: usize = 10;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    match arguments.iter().position(|argument| argument == "--do") {
        Some(at) => work(&arguments[at + 1..]),
        None => compare(&arguments[1..]),
    }
}

/// One copy, in a process of its own that is measured from outside.
fn work(arguments: &[String]) {
    let [from, to] = arguments else {
        panic!("{arguments:?}")
    };
    let place = |text: &String| Place::parse(text, &PlaceOptions::default()).expect("a place");
    let call = &mut Call::new();
    copy(&place(from), &place(to), &CopyOptions::default(), call).expect("a copy");
}

/// An image, at every place that is copied from.
struct Image {
    /// How many copies are one run.
    copies: usize,
    archive: String,
    layout: String,
    registry: String,
}

/// What is compared: from where, and to where.
struct Way {
    title: &'static str,
    from: fn(&Image) -> &str,
    to: Target,
}

#[derive(Clone, Copy)]
enum Target {
    Layout,
    Registry,
}

const WAYS: [Way; 5] = [
    Way {
        title: "registry to layout",
        from: |image| &image.registry,
        to: Target::Layout,
    },
    Way {
        title: "layout to registry",
        from: |image| &image.layout,
        to: Target::Registry,
    },
    Way {
        title: "registry to registry",
        from: |image| &image.registry,
        to: Target::Registry,
    },
    Way {
        title: "archive to registry",
        from: |image| &image.archive,
        to: Target::Registry,
    },
    Way {
        title: "archive to layout",
        from: |image| &image.archive,
        to: Target::Layout,
    },
];

fn compare(wanted: &[String]) {
    let wanted: Vec<&String> = wanted
        .iter()
        .filter(|text| !text.starts_with('-'))
        .collect();
    let runs = env::var("IMGFERRY_BENCH_RUNS").map_or(RUNS, |text| text.parse().expect("a number"));
    let folder = TempDir::new("bench-copy");
    let source = Registry::start(RegistryOptions::default());
    println!(
        "Median (least to most) of {runs} runs, each to an empty place; ratios are imgferry / skopeo"
    );
    println!(
        "| work | who | wall s | ratio | processor s | ratio | resident MB | ratio | stored MB |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (name, layers, bytes, copies) in [
        ("big", 1, 600_000_000, 1),
        ("many", 40, 10_000_000, 1),
        ("small", 1, 3_000_000, SMALL_COPIES),
    ] {
        let title = |way: &Way| format!("{}, {name}", way.title);
        let is_wanted =
            |way: &&Way| wanted.is_empty() || wanted.iter().any(|text| title(way).contains(*text));
        let ways: Vec<&Way> = WAYS.iter().filter(is_wanted).collect();
        if ways.is_empty() {
            continue;
        }
        let layers = vec![layer(bytes); layers];
        let image = image(name, &layers, copies, &folder, &source);
        for way in ways {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..runs {
                ours.push(run(&imgferry(), way, &image, &folder));
                theirs.push(run(&skopeo(), way, &image, &folder));
            }
            report(&title(way), &ours, &theirs);
        }
    }
}

/// One file, of which half compresses.
fn layer(bytes: u64) -> LayerSpec {
    LayerSpec {
        bytes,
        files: 1,
        incompressible_share: 0.5,
    }
}

/// Puts an image into all places; in layouts and registries its layers are compressed.
fn image(
    name: &str,
    layers: &[LayerSpec],
    copies: usize,
    folder: &TempDir,
    source: &Registry,
) -> Image {
    let archive = folder.join(format!("{name}.tar"));
    ImageSpec::new(&format!("bench/{name}:1"), layers).write_archive(&archive);
    let image = Image {
        copies,
        archive: format!("docker-archive:{}", archive.display()),
        layout: format!("oci:{}:1", folder.join(name).display()),
        registry: format!("docker://{}/bench/{name}:1", source.host()),
    };
    for (from, to) in [
        (&image.archive, &image.layout),
        (&image.layout, &image.registry),
    ] {
        timed(skopeo().args([from, to]));
    }
    image
}

/// What a run took, and what it left at its destination, in MB.
struct Run {
    taken: Taken,
    stored: f64,
}

/// Runs a command that lacks its source and its destination, which is a new one.
fn run(command: &Command, way: &Way, image: &Image, folder: &TempDir) -> Run {
    let registry;
    let layouts = folder.join("to");
    let (root, to) = match way.to {
        Target::Layout => {
            fs::create_dir(&layouts).expect("a folder");
            (layouts.as_path(), format!("oci:{}/", layouts.display()))
        }
        Target::Registry => {
            registry = Registry::start(RegistryOptions::default());
            (registry.root(), format!("docker://{}/", registry.host()))
        }
    };
    let mut taken = timed(&times(command, (way.from)(image), &to, image.copies));
    taken.wall /= image.copies as f64;
    taken.processor /= image.copies as f64;
    let stored = size_of(root) as f64 / 1e6;
    if let Target::Layout = way.to {
        fs::remove_dir_all(&layouts).expect("remove layouts");
    }
    Run { taken, stored }
}

/// A command that copies to so many names below `to`, one after the other.
fn times(command: &Command, from: &str, to: &str, copies: usize) -> Command {
    let mut all = Command::new("sh");
    let script = r#"copies=$1 from=$2 to=$3; shift 3; for n in $(seq "$copies"); do "$@" "$from" "$to$n:1" || exit; done"#;
    all.args(["-c", script, "sh", &copies.to_string(), from, to]);
    all.arg(command.get_program()).args(command.get_args());
    all
}

fn imgferry() -> Command {
    let mut command = Command::new(env::current_exe().expect("this program"));
    command.arg("--do");
    command
}

/// skopeo without anybody's logins.
fn skopeo() -> Command {
    let mut command = Command::new(installed("skopeo", "skopeo"));
    command.args(["--insecure-policy", "copy", "--quiet"]);
    command.args(["--src-no-creds", "--dest-no-creds"]);
    command.args(["--src-tls-verify=false", "--dest-tls-verify=false"]);
    command
}

fn size_of(path: &Path) -> u64 {
    let metadata = path.symlink_metadata().expect("a file");
    match metadata.is_dir() {
        true => fs::read_dir(path)
            .expect("a folder")
            .map(|entry| size_of(&entry.expect("an entry").path()))
            .sum(),
        false => metadata.len(),
    }
}

/// Two rows. The ratios are those of runs that followed one another.
fn report(title: &str, ours: &[Run], theirs: &[Run]) {
    let figures: [fn(&Run) -> f64; 3] = [
        |run| run.taken.wall,
        |run| run.taken.processor,
        |run| run.taken.resident,
    ];
    for (who, runs) in [("imgferry", ours), ("skopeo", theirs)] {
        print!("| {title} | {who} |");
        for (figure, digits) in figures.into_iter().zip([3, 3, 1]) {
            let values = || runs.iter().map(figure);
            let least = values().fold(f64::INFINITY, f64::min);
            let most = values().fold(0.0, f64::max);
            let middle = median(values());
            print!(" {middle:.digits$} ({least:.digits$} to {most:.digits$}) |");
            match who {
                "imgferry" => {
                    let pairs = ours.iter().zip(theirs);
                    let ratio = median(pairs.map(|(ours, theirs)| figure(ours) / figure(theirs)));
                    print!(" {ratio:.2} |");
                }
                _ => print!(" |"),
            }
        }
        println!(" {:.1} |", median(runs.iter().map(|run| run.stored)));
    }
}
