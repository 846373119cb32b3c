//! Programs that do one thing wrong, which says whether a watcher would find it in the others.

use super::c_program::CProgram;

/// Runs one of the programs `faulty`: it is innocent without a fault, and is blamed for each that its watcher is for.
#[track_caller]
pub fn each_fault_is_found(program: &CProgram) {
    program.run_checked(["nothing"]);
    let faults: &[(&str, &str)] = match program.is_sanitized() {
        false => &[("lost", "definitely lost"), ("dangling", "Invalid read")],
        true => &[
            ("lost", "LeakSanitizer: detected memory leaks"),
            ("dangling", "AddressSanitizer: heap-use-after-free"),
            ("overflow", "runtime error: signed integer overflow"),
        ],
    };
    for (fault, found) in faults {
        let said = program.run_to_be_blamed([fault]);
        assert!(said.contains(found), "{fault}: {said}");
    }
}
