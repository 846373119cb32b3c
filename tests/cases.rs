//! The table of known cases in the manual, held against the tests that say which case they show.

#[path = "support/sources.rs"]
mod sources;

use std::collections::BTreeSet;

use sources::sources;

/// Number and test of each `// case N` that stands before a test.
fn marked() -> BTreeSet<(u32, String)> {
    let mut marked = BTreeSet::new();
    for (_, text) in sources() {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for three in lines.windows(3) {
            let number = three[0].strip_prefix("// case ");
            if let (Some(number), "#[test]") = (number, three[1]) {
                let name = three[2].trim_start_matches("fn ").split('(').next();
                let number = number.parse().expect("a number");
                marked.insert((number, name.expect("a name").to_owned()));
            }
        }
    }
    marked
}

/// Number and test of each entry in the table.
fn listed() -> BTreeSet<(u32, String)> {
    let table = include_str!("../src/registry/cases.md");
    let mut listed = BTreeSet::new();
    for row in table.lines() {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, number, _, tests, _] = cells[..] else {
            continue;
        };
        if let Ok(number) = number.parse() {
            for test in tests.split('`').skip(1).step_by(2) {
                let name = test.rsplit("::").next().expect("a name");
                listed.insert((number, name.to_owned()));
            }
        }
    }
    listed
}

#[test]
fn the_manual_names_the_tests_of_every_known_case_and_no_other() {
    let (marked, listed) = (marked(), listed());
    assert!(marked.len() > 40, "{}", marked.len());
    let missing: Vec<_> = marked.difference(&listed).collect();
    let invented: Vec<_> = listed.difference(&marked).collect();
    assert!(
        missing.is_empty(),
        "not in src/registry/cases.md: {missing:?}"
    );
    assert!(invented.is_empty(), "not in the tests: {invented:?}");
}
