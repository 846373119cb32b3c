//! That the fuzzing leaves nothing out.

mod support;

use std::collections::BTreeSet;
use std::fs;

use support::{CHeader, in_project};

/// The names in a folder, without their extensions.
fn names_in(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(in_project(folder)).expect("a folder");
    let names = entries.map(|entry| {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name");
        name.to_str().expect("UTF-8").to_owned()
    });
    names.collect()
}

#[test]
fn every_target_has_inputs_that_each_run_of_the_tests_tries() {
    let targets = names_in("fuzz/fuzz_targets");
    assert!(targets.len() > 10, "{targets:?}");
    assert_eq!(names_in("fuzz/corpus"), targets);
    let tried = fs::read_to_string(in_project("src/fuzzed.rs")).expect("the list");
    for target in targets {
        let line = format!("(\"{target}\", {target}),");
        assert!(tried.contains(&line), "src/fuzzed.rs has no {line}");
        let inputs = names_in(&format!("fuzz/corpus/{target}"));
        assert!(inputs.len() > 20, "{target} has {} inputs", inputs.len());
    }
}

#[test]
fn every_c_function_that_takes_text_is_fuzzed() {
    let header = fs::read_to_string(in_project("include/imgferry.h")).expect("the header");
    let fuzzed = fs::read_to_string(in_project("src/ffi/fuzzed.rs")).expect("the fuzzed ones");
    let takes_text = |kind: &str| matches!(kind, "const char *" | "const char *const *");
    let mut found = 0;
    for function in CHeader::parse(&header).functions {
        let mut kinds = function.parameters.iter().map(|each| each.kind.as_str());
        if kinds.any(takes_text) {
            let names = function.parameters.iter().map(|each| each.name.as_str());
            let names: Vec<_> = names.collect();
            let line = format!("    {}({});\n", function.name, names.join(", "));
            assert!(fuzzed.contains(&line), "src/ffi/fuzzed.rs has no {line}");
            found += 1;
        }
    }
    assert!(found > 70, "only {found} functions take text");
}
