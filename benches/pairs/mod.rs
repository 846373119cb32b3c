//! Two programs that do the same work in turn, measured from outside and compared.

use std::fs;
use std::process::Command;

use crate::support::{TempDir, expect_success, installed};

/// What one run took: seconds, processor seconds, and MB resident at most.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    pub wall: f64,
    pub processor: f64,
    pub resident: f64,
}

/// Runs a command to its end.
pub fn timed(command: &Command) -> Taken {
    let report = TempDir::new("bench-time");
    let file = report.join("report");
    let mut timed = Command::new(installed("time", "time"));
    timed
        .args(["--quiet", "--format=%e %U %S %M", "--output"])
        .arg(&file);
    timed.arg(command.get_program()).args(command.get_args());
    expect_success(&timed.output().expect("run time"));
    let numbers = fs::read_to_string(&file).expect("a report");
    let numbers: Vec<f64> = numbers
        .split_whitespace()
        .map(|word| word.parse().expect("a number"))
        .collect();
    let [wall, user, system, kib] = numbers[..] else {
        panic!("{numbers:?}")
    };
    Taken {
        wall,
        processor: user + system,
        resident: kib * 1024.0 / 1e6,
    }
}

/// The head of the table that [`report`] writes.
pub fn head() {
    println!("| work | imgferry | curl | wall ratio | processor ratio |");
    println!("| --- | --- | --- | --- | --- |");
}

/// A row: medians of both, and of the ratios of runs that followed one another.
pub fn report(what: &str, ours: &[Taken], theirs: &[Taken]) {
    let figures = |taken: &[Taken]| {
        [
            median(taken.iter().map(|run| run.wall)),
            median(taken.iter().map(|run| run.processor)),
            median(taken.iter().map(|run| run.resident)),
        ]
    };
    let ratio = |of: fn(&Taken) -> f64| {
        median(
            ours.iter()
                .zip(theirs)
                .map(|(ours, theirs)| of(ours) / of(theirs)),
        )
    };
    let show = |[wall, processor, resident]: [f64; 3]| {
        format!("{wall:.2} / {processor:.2} / {resident:.1}")
    };
    println!(
        "| {what} | {} | {} | {:.2} | {:.2} |",
        show(figures(ours)),
        show(figures(theirs)),
        ratio(|run| run.wall),
        ratio(|run| run.processor)
    );
}

/// The value in the middle.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
