//! What a process takes, seen from outside.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{TempDir, expect_success, installed};

/// What one run took, on average where it was repeated.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Seconds from the start to the end.
    pub wall: f64,
    /// Seconds of all processors together.
    pub processor: f64,
    /// MiB resident at most, of the largest process.
    pub resident: f64,
}

/// One of the three.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    Wall,
    Processor,
    Resident,
}

impl Figure {
    pub const ALL: [Figure; 3] = [Figure::Wall, Figure::Processor, Figure::Resident];

    pub fn of(self, taken: &Taken) -> f64 {
        match self {
            Figure::Wall => taken.wall,
            Figure::Processor => taken.processor,
            Figure::Resident => taken.resident,
        }
    }

    /// With its unit.
    pub fn title(self) -> &'static str {
        match self {
            Figure::Wall => "wall s",
            Figure::Processor => "processor s",
            Figure::Resident => "resident MiB",
        }
    }

    /// As many digits as there are to be seen.
    pub fn show(self, value: f64) -> String {
        match self {
            Figure::Resident => format!("{value:.1}"),
            _ if value < 0.1 => format!("{value:.4}"),
            _ => format!("{value:.2}"),
        }
    }
}

/// The value in the middle.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The program `measure.c`.
#[derive(Debug)]
pub struct Measure {
    program: PathBuf,
    folder: TempDir,
}

impl Measure {
    pub fn build() -> Measure {
        let folder = TempDir::new("measure");
        let program = folder.join("measure");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/speed/measure.c");
        let mut gcc = Command::new(installed("gcc", "gcc"));
        gcc.args(["-Wall", "-Wextra", "-Werror", "-O2", "-o"])
            .args([&program, &source]);
        expect_success(&gcc.output().expect("run gcc"));
        Measure { program, folder }
    }

    /// Runs a command so many times; what one run took. Earlier runs' files are on the disk first, so that nobody pays
    /// for the writing of another.
    pub fn run(&self, command: &Command, times: u32) -> Taken {
        expect_success(&Command::new("sync").output().expect("run sync"));
        let report = self.folder.join("report");
        let mut measured = Command::new(&self.program);
        measured.arg(&report).arg(times.to_string());
        measured.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => measured.env(name, value),
                None => measured.env_remove(name),
            };
        }
        let output = measured.stdin(Stdio::null()).output();
        let output = output.expect("run the measuring program");
        assert!(
            output.status.success(),
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let numbers = fs::read_to_string(&report).expect("a report");
        let numbers: Vec<f64> = numbers
            .split_whitespace()
            .map(|word| word.parse().expect("a number"))
            .collect();
        let [wall_ns, user_us, system_us, resident_kib] = numbers[..] else {
            panic!("{numbers:?}")
        };
        let times = f64::from(times);
        Taken {
            wall: wall_ns / 1e9 / times,
            processor: (user_us + system_us) / 1e6 / times,
            resident: resident_kib / 1024.0,
        }
    }
}
