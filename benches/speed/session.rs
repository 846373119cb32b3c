//! One run of the comparison: which rows are wanted, and what they took so far.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::contestants::IN_C;
use crate::measure::{Figure, Measure, Taken, median};

/// What is compared in one row.
pub struct Work<'a> {
    pub title: String,
    /// How often a contestant does it in a turn, where once takes too little to be measured.
    pub times: u32,
    pub turns: Turns,
    pub contestants: Vec<Contestant<'a>>,
    /// Makes room for a run: what a run makes must not be there yet.
    pub fresh: Box<dyn FnMut() -> To + 'a>,
    pub targets: Vec<Target>,
}

impl<'a> Work<'a> {
    /// Work that makes nothing, and that one run is enough of in a turn.
    pub fn new(title: &str, contestants: Vec<Contestant<'a>>, targets: Vec<Target>) -> Work<'a> {
        Work {
            title: title.into(),
            times: 1,
            turns: Turns::Several,
            contestants,
            fresh: Box::new(To::nowhere),
            targets,
        }
    }
}

/// How many turns there are.
#[derive(Clone, Copy, PartialEq)]
pub enum Turns {
    Once,
    /// As many as were asked for, and more of what is quick.
    Several,
}

/// What has taken less in all turns so far is repeated.
const QUICK: Duration = Duration::from_secs(20);

/// But no more often than so many times what was asked for.
const MOST: usize = 3;

/// Somebody who does the work.
pub struct Contestant<'a> {
    pub name: &'static str,
    command: Box<dyn Fn(&str) -> Command + 'a>,
}

impl<'a> Contestant<'a> {
    /// `command` is told where to: [`To::name`].
    pub fn new(name: &'static str, command: impl Fn(&str) -> Command + 'a) -> Contestant<'a> {
        Contestant {
            name,
            command: Box::new(command),
        }
    }
}

/// Where a run puts what it makes; gone with this value.
pub struct To {
    pub name: String,
    _kept: Box<dyn std::any::Any>,
}

impl To {
    /// For work that makes nothing.
    pub fn nowhere() -> To {
        To::new(String::new(), ())
    }

    /// A place that is there as long as `kept` is.
    pub fn new(name: String, kept: impl std::any::Any) -> To {
        To {
            name,
            _kept: Box::new(kept),
        }
    }
}

/// What is wanted of imgferry from C in a row.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// At most so many times what this contestant takes.
    Ratio(&'static str, Figure, f64),
    /// At most so much.
    Most(Figure, f64),
    /// No further than so much from what this contestant takes.
    Apart(&'static str, Figure, f64),
}

/// A row that was measured.
pub struct Row {
    pub title: String,
    /// What each took, in the order of the turns.
    pub runs: Vec<(&'static str, Vec<Taken>)>,
    pub targets: Vec<Target>,
}

impl Row {
    pub fn taken(&self, name: &str) -> &[Taken] {
        let found = self.runs.iter().find(|(who, _)| *who == name);
        &found
            .unwrap_or_else(|| panic!("{}: no {name}", self.title))
            .1
    }

    pub fn median(&self, name: &str, figure: Figure) -> f64 {
        median(self.taken(name).iter().map(|taken| figure.of(taken)))
    }

    /// Who is held against the others: imgferry from C, or what a row has in its place.
    pub fn ours(&self) -> &'static str {
        let in_c = self.runs.iter().find(|(who, _)| *who == IN_C);
        in_c.unwrap_or(&self.runs[0]).0
    }

    /// The median of the ratios of runs that followed one another: ours to theirs.
    pub fn ratio(&self, name: &str, figure: Figure) -> f64 {
        let pairs = self.taken(self.ours()).iter().zip(self.taken(name));
        median(pairs.map(|(ours, theirs)| figure.of(ours) / figure.of(theirs)))
    }
}

/// All rows of a run.
pub struct Session {
    /// Parts of titles; without one, every row is wanted.
    filters: Vec<String>,
    /// How many turns a row has at least.
    rounds: usize,
    measure: Measure,
    pub rows: Vec<Row>,
}

impl Session {
    pub fn new(filters: Vec<String>, rounds: usize) -> Session {
        Session {
            filters,
            rounds,
            measure: Measure::build(),
            rows: Vec::new(),
        }
    }

    pub fn wants(&self, title: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|part| title.contains(part))
    }

    /// Lets the contestants do the work in turn, so that the ratios hold when the machine's speed drifts. Does nothing
    /// where the row is not wanted.
    pub fn compare(&mut self, mut work: Work) {
        if !self.wants(&work.title) {
            return;
        }
        let names = work.contestants.iter().map(|contestant| contestant.name);
        let mut runs: Vec<_> = names.map(|name| (name, Vec::new())).collect();
        let began = Instant::now();
        for turn in 0.. {
            let goes_on = match work.turns {
                Turns::Once => turn == 0,
                Turns::Several => {
                    turn < self.rounds || turn < MOST * self.rounds && began.elapsed() < QUICK
                }
            };
            if !goes_on {
                break;
            }
            for number in 0..runs.len() {
                // Nobody is always the first of a turn.
                let number = (turn + number) % runs.len();
                let (name, taken) = &mut runs[number];
                let to = (work.fresh)();
                let command = (work.contestants[number].command)(&to.name);
                let run = self.measure.run(&command, work.times);
                let [wall, processor, resident] =
                    Figure::ALL.map(|figure| figure.show(figure.of(&run)));
                let title = &work.title;
                eprintln!("{title}, {name}: {wall} s, {processor} s, {resident} MiB");
                taken.push(run);
            }
        }
        self.rows.push(Row {
            title: work.title,
            runs,
            targets: work.targets,
        });
    }
}
