//! Every operation that has a peer, with every fault on the way to that peer: each ends well with the right bytes, or
//! with an error of the right kind within its time, leaves nothing behind, and succeeds when it is done again.
//!
//! `operations` is what is done, `faults` is what goes wrong, `cases` is where. What a clean run of an operation says
//! and leaves is the measure; that this is right is what the other tests are about.
//!
//! A sample of the cases is run, chosen by a seed that is printed and that `IMGFERRY_SEED` sets; `IMGFERRY_DEEP` runs at
//! least 2,000, others each time. `IMGFERRY_MATRIX` runs the operations only that have this text in their name. The table is
//! printed in any case; what must not be comes before it, a line each.

#[path = "../support/sources.rs"]
mod sources;
#[path = "../support/mod.rs"]
mod support;

mod cases;
mod complete;
mod faults;
mod judge;
mod operations;
mod outcome;
mod process;
mod run;
mod scene;
mod stage;
mod state;
mod table;

use std::env::{self, VarError};
use std::io::{self, Write};
use std::time::Instant;

use support::{Dice, deep};

use crate::process::Held;
use crate::stage::Stage;
use crate::table::Table;

/// One operation in so many is in a sample.
const SAMPLED_OPERATIONS: u64 = 3;

/// The seed of the sample: what a change did not touch fails in a deep run, and not with the change.
const SAMPLE: u64 = 905_930_203;

/// How many cases a deep run has at least, when it has all operations.
const DEEP_CASES: usize = 2000;

#[test]
fn whatever_goes_wrong_on_the_way_an_operation_ends_well_or_says_why_and_can_be_done_again() {
    let started = Instant::now();
    let wanted = match env::var("IMGFERRY_MATRIX") {
        Ok(wanted) => wanted,
        Err(VarError::NotPresent) => String::new(),
        Err(error) => panic!("IMGFERRY_MATRIX: {error}"),
    };
    let mut dice = match deep() {
        true => Dice::thrown("matrix"),
        false => Dice::loaded("matrix", SAMPLE),
    };
    let stage = Stage::get();
    let mut table = Table::new(dice.seed());
    for operation in operations::all() {
        let is_in_sample = dice.one_in(SAMPLED_OPERATIONS);
        let is_wanted = match wanted.is_empty() {
            true => deep() || is_in_sample,
            false => operation.name.contains(&wanted),
        };
        if !is_wanted {
            continue;
        }
        let held = Held::now();
        let cases = cases::of(&operation, stage, &mut dice);
        let outcomes = run::all(&operation, stage, cases);
        table.add(&operation, outcomes, held.leftovers());
        print(&table.last_wrongs());
    }
    print(&table.markdown(started.elapsed()));
    assert!(table.cases() > 0, "no operation has {wanted:?} in its name");
    assert_eq!(table.not_allowed(), 0, "see the table above");
    assert!(
        !deep() || !wanted.is_empty() || table.cases() >= DEEP_CASES,
        "only {} cases",
        table.cases()
    );
}

/// Not by a macro, which a test that passes keeps to itself.
fn print(text: &str) {
    io::stderr().write_all(text.as_bytes()).expect("printed");
}
