//! The table of the manual for users of the Apolo SDK, held against the header and the tests.

#[path = "support/sources.rs"]
mod sources;

use std::collections::BTreeSet;

use sources::sources;

/// The names of all tests, each with that of its file or folder.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for (file, text) in sources() {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for two in lines.windows(2) {
            if let ("#[test]", Some(rest)) = (two[0], two[1].strip_prefix("fn ")) {
                let name = rest.split('(').next().expect("a name");
                for place in [Some(file.as_path()), file.parent()].into_iter().flatten() {
                    let place = place.file_stem().expect("a name").to_string_lossy();
                    tests.insert(format!("{place}::{name}"));
                }
            }
        }
    }
    tests
}

#[test]
fn everything_that_the_sdk_has_is_here_in_rust_and_c_and_shown_by_a_test() {
    let header = include_str!("../include/imgferry.h");
    let tests = tests();
    let table = include_str!("../src/images/seeds.md");
    let mut shown = 0;
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, there, _, rust, c, test, _] = cells[..] else {
            panic!("not five cells: {row}");
        };
        if rust.is_empty() {
            continue;
        }
        shown += 1;
        let quoted = |cell: &str| -> Vec<String> {
            let words = cell.split('`').skip(1).step_by(2);
            words.map(str::to_owned).collect()
        };
        for name in quoted(c) {
            assert!(
                header.contains(&name),
                "{there}: {name} is not in the header"
            );
        }
        let named = quoted(test);
        assert!(!named.is_empty(), "{there}: no test");
        for name in named {
            assert!(tests.contains(&name), "{there}: there is no test {name}");
        }
    }
    assert!(shown > 20, "{shown}");
}
