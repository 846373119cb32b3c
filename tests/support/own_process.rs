//! A test in a process of its own, whose environment it may choose.

use std::env;
use std::process::Command;
use std::thread;

use super::program::expect_success;

const CHILD: &str = "IMGFERRY_TEST_IN_OWN_PROCESS";

/// Variables that would change what the library does, and that a machine may have.
const CLEARED: &[&str] = &[
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "REQUEST_METHOD",
];

/// Whether this is the process that [`in_own_process`] has started.
pub fn is_own_process() -> bool {
    env::var_os(CHILD).is_some()
}

/// Runs the test that calls this once more, alone in a new process with these variables. There [`is_own_process`] is
/// true; a failure there is one here.
#[track_caller]
pub fn in_own_process(variables: &[(&str, &str)]) {
    let thread = thread::current();
    let test = thread.name().expect("the thread of a test has its name");
    let mut command = Command::new(env::current_exe().expect("the path of this test"));
    command.args(["--exact", test, "--nocapture"]);
    for name in CLEARED {
        command.env_remove(name);
    }
    command.env(CHILD, "1").envs(variables.iter().copied());
    let output = command.output().expect("run this test");
    expect_success(&output);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "the test ran: {said}");
}

/// A variable that the other process was started with.
#[track_caller]
pub fn given(name: &str) -> String {
    env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}
