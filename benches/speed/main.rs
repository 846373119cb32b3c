//! imgferry beside what people use now, on the same engine, registries and bytes: time, processor time and memory of
//! whole processes, measured from outside.
//!
//! ```text
//! cargo bench --bench speed                               # everything
//! cargo bench --bench speed -- "save big" copy            # the rows whose titles have one of these texts
//! cargo bench --bench speed -- --rounds 9 "push small"    # so many turns in place of 3
//! cargo bench --bench speed -- --keep                     # the manual gets the results
//! ```
//!
//! Prints tables, and writes them and a chart to `target/tmp`, or with `--keep` to the manual. The programs run in turn,
//! so that the ratios hold when the machine's speed drifts, and what is quick takes more turns. `big` is a layer of 600 MB
//! of which half compresses, `many` 40 layers of 10 MB, `small` one of 3 MB, `real` 600 MB of the files in `/usr/lib` in
//! one layer; `changed` is `big` with a small layer more. Needs root, as the engine does, and 30 GB of disk for an image
//! of 6 GB. `benches/run` installs the peers that Debian has, and the others are built here.

mod chart;
mod contestants;
mod copy;
mod engine;
mod images;
mod in_rust;
mod machine;
mod measure;
mod memory;
mod push;
mod registry;
mod session;
#[path = "../../tests/support/mod.rs"]
mod support;
mod table;

use std::env;
use std::fs;
use std::path::Path;

use session::Session;
use support::in_project;

const ROUNDS: usize = 3;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--do") {
        let words: Vec<&str> = arguments[at + 1..].iter().map(String::as_str).collect();
        in_rust::work(&words);
        return;
    }
    let mut filters = Vec::new();
    let mut rounds = ROUNDS;
    let mut keep = false;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // cargo's own.
            "--bench" => {}
            "--keep" => keep = true,
            "--rounds" => {
                let number = arguments.next().expect("--rounds has a number");
                rounds = number.parse().expect("--rounds has a number");
            }
            _ => filters.push(argument),
        }
    }
    let mut session = Session::new(filters, rounds);
    let library_bytes = contestants::stripped_library();
    for rows in [
        engine::rows,
        push::rows,
        copy::rows,
        registry::rows,
        memory::rows,
    ] {
        rows(&mut session);
        // What was measured stays when a later row fails.
        write(&session, library_bytes, keep);
    }
    assert!(!session.rows.is_empty(), "no row has such a title");
    println!("{}", table::document(&session, library_bytes));
}

fn write(session: &Session, library_bytes: u64, keep: bool) {
    let (tables, drawing) = match keep {
        true => (in_project("src/speed.md"), in_project("benches/speed.svg")),
        false => {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
            (folder.join("speed.md"), folder.join("speed.svg"))
        }
    };
    let document = table::document(session, library_bytes);
    fs::write(&tables, document).expect("write the tables");
    fs::write(&drawing, chart::chart(&session.rows)).expect("write the chart");
}
