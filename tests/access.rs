//! Getting at the engine: what is said when nobody is there, or the door is locked.

mod support;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use imgferry::{Call, EngineOptions, ErrorKind, ListOptions};
use support::{Engine, TempDir, example, run_as_nobody};

#[test]
fn without_an_engine_the_error_says_where_it_was_sought_and_what_to_do() {
    let folder = TempDir::new("access");
    let endpoint = format!("unix://{}", folder.join("none.sock").display());
    let engine = imgferry::Engine::new(&endpoint, &EngineOptions::default()).expect("a handle");
    let error = engine
        .images(&ListOptions::default(), &mut Call::new())
        .expect_err("nobody there");
    assert_eq!(error.kind(), ErrorKind::Connect);
    let report = error.report();
    for part in [
        "images",
        &endpoint,
        "No such file",
        "start it",
        "DOCKER_HOST",
    ] {
        assert!(report.contains(part), "{part} in {report}");
    }

    // A socket file that its owner has left behind.
    drop(std::os::unix::net::UnixListener::bind(folder.join("none.sock")).expect("bind"));
    let error = engine
        .images(&ListOptions::default(), &mut Call::new())
        .expect_err("still nobody");
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(
        error.report().contains("nothing listens on it"),
        "{}",
        error.report()
    );
}

#[test]
fn who_may_not_use_the_engine_is_told_so() {
    let engine = Engine::start();
    std::fs::set_permissions(engine.socket(), Permissions::from_mode(0o660)).expect("chmod");
    std::fs::set_permissions(engine.dir(), Permissions::from_mode(0o755)).expect("chmod");
    let output = run_as_nobody(&example("push_and_pull"), |command| {
        command
            .args(["a:1", "127.0.0.1:1/a:1"])
            .env("DOCKER_HOST", engine.endpoint());
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    for part in [
        "push a:1",
        &engine.endpoint(),
        "Permission denied",
        "add it to the socket's group",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
}
