//! Which connection has which faults.

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::fault::{Direction, Fault};
use crate::support::noise::mix;
use crate::support::scripted_engine::Head;

/// Which connection has which faults. Connections are counted from 1 since the plan was set.
#[derive(Default)]
pub struct Plan(Vec<Rule>);

enum Rule {
    Always(Arc<Armed>),
    Nth(u64, Arc<Armed>),
    Random(u64, Box<Pick>),
}

type Pick = dyn Fn(&mut Dice) -> Option<Fault> + Send + Sync;

impl Plan {
    /// Everything passes.
    pub fn none() -> Self {
        Self::default()
    }

    /// Every connection has the fault.
    pub fn always(fault: Fault) -> Self {
        Self(vec![Rule::Always(Armed::new(fault))])
    }

    /// Only this connection has the fault; the first is 1.
    pub fn nth_connection(number: u64, fault: Fault) -> Self {
        Self(vec![Rule::Nth(number, Armed::new(fault))])
    }

    /// Cuts each connection when this many bytes have arrived, one way or the other.
    pub fn every_bytes(bytes: u64) -> Self {
        [Direction::Up, Direction::Down]
            .map(|direction| Self::always(Fault::CutAfter { direction, bytes }))
            .into_iter()
            .fold(Self::none(), Self::and)
    }

    /// `pick` throws dice for each connection: the same for the same seed and the same number of connection. The seed
    /// is printed; IMGFERRY_SEED in the environment sets it again, and None takes another one at each run.
    #[track_caller]
    pub fn random(
        seed: Option<u64>,
        pick: impl Fn(&mut Dice) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        Self(vec![Rule::Random(
            chosen_seed("fault", seed),
            Box::new(pick),
        )])
    }

    /// Both plans at once. Of two limits of bytes the smaller one counts, and of two answers the first.
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The faults of a connection; None is one that was open before.
    pub(super) fn faults_of(&self, connection: Option<u64>) -> Vec<Arc<Armed>> {
        self.0
            .iter()
            .filter_map(|rule| match rule {
                Rule::Always(armed) => Some(Arc::clone(armed)),
                Rule::Nth(number, armed) => {
                    (connection == Some(*number)).then(|| Arc::clone(armed))
                }
                Rule::Random(seed, pick) => {
                    pick(&mut Dice::new(mix(*seed, connection?))).map(Armed::new)
                }
            })
            .collect()
    }
}

/// Prints the seed of what is left to chance, which IMGFERRY_SEED sets again.
#[track_caller]
fn chosen_seed(what: &str, seed: Option<u64>) -> u64 {
    let seed = match env::var("IMGFERRY_SEED") {
        Ok(wanted) => wanted
            .parse()
            .unwrap_or_else(|_| panic!("IMGFERRY_SEED is not a number: {wanted}")),
        Err(_) => seed.unwrap_or_else(seed_by_clock),
    };
    println!("{what} seed {seed}");
    seed
}

fn seed_by_clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    // Short enough to be typed.
    u64::from(now.expect("a time after 1970").subsec_nanos())
}

/// A fault and the requests it has counted.
pub(super) struct Armed {
    pub(super) fault: Fault,
    counted: AtomicU64,
}

impl Armed {
    fn new(fault: Fault) -> Arc<Self> {
        Arc::new(Self {
            fault,
            counted: AtomicU64::new(0),
        })
    }

    /// Counts a request; whether the fault is about it.
    pub(super) fn strikes(&self, head: &Head) -> bool {
        self.fault.requests().is_some_and(|requests| {
            requests.counts(head)
                && requests.includes(self.counted.fetch_add(1, Ordering::Relaxed) + 1)
        })
    }
}

/// Chance that can be had again.
pub struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    /// Others at each run. The seed is printed; IMGFERRY_SEED in the environment sets it again.
    #[track_caller]
    pub fn thrown(what: &str) -> Self {
        Self::new(chosen_seed(what, None))
    }

    /// What makes the same throws again.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Others for another name, and for the same name the same whatever was thrown before.
    pub fn named(&self, name: &str) -> Self {
        let parts = name.bytes().map(u64::from);
        Self::new(parts.fold(self.seed, mix))
    }

    /// The same at each run. The seed is printed; IMGFERRY_SEED in the environment sets another one.
    #[track_caller]
    pub fn loaded(what: &str, seed: u64) -> Self {
        Self::new(chosen_seed(what, Some(seed)))
    }

    fn new(seed: u64) -> Self {
        Self { seed, thrown: 0 }
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.thrown += 1;
        mix(self.seed, self.thrown) % end
    }

    /// True once in so many.
    pub fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    pub fn direction(&mut self) -> Direction {
        if self.one_in(2) {
            Direction::Up
        } else {
            Direction::Down
        }
    }
}
