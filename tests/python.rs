//! The Python package: its own tests, on a real engine and real registries, and Ctrl-C from outside.

mod support;

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use support::{
    Engine, FOUND, ImageSpec, Registry, RegistryOptions, TempDir, checked_python, expect_success,
    in_readme, interrupt, python, unique,
};

/// Runs one file of `examples/python/tests`.
#[track_caller]
fn passes(test: &str, engine: &Engine) {
    passes_by(python("-m"), test, engine);
}

#[track_caller]
fn passes_by(mut command: Command, test: &str, engine: &Engine) {
    let login = Registry::start(RegistryOptions {
        htpasswd: Some("tester:secret".to_owned()),
        ..RegistryOptions::default()
    });
    let home = TempDir::new("home");
    command
        .args(["unittest", "-v", &format!("tests.{test}")])
        .env("DOCKER_HOST", engine.endpoint())
        .env("DOCKER_CONFIG", home.path())
        .env("IMGFERRY_TEST_REGISTRY", Registry::shared().host())
        .env("IMGFERRY_TEST_LOGIN_REGISTRY", login.host());
    let output = command.output().expect("run python3");
    expect_success(&output);
    let said = String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(said.contains("\nOK"), "nothing is skipped: {said}");
    assert!(!said.contains("Ran 0 tests"), "{said}");
}

#[test]
fn every_type_is_that_of_the_header() {
    passes("test_header", Engine::shared());
}

#[test]
fn an_engine_does_what_docker_py_does() {
    // Of its own: it removes all that nobody uses.
    passes("test_engine", &Engine::start());
}

#[test]
fn a_registry_is_asked_and_written_to() {
    passes("test_registry", Engine::shared());
}

#[test]
fn images_move_by_their_names_and_from_place_to_place() {
    passes("test_images", Engine::shared());
}

#[test]
fn logins_are_given_and_asked_for() {
    passes("test_login", Engine::shared());
}

#[test]
fn calls_end_by_exceptions_by_ctrl_c_and_in_time() {
    passes("test_calls", Engine::shared());
}

#[test]
fn the_python_program_of_the_readme_pushes() {
    let (engine, registry) = (Engine::start(), Registry::shared());
    let remote = format!("{}/{}:1", registry.host(), unique("readme"));
    engine.load(&ImageSpec::small("demo/readme:1"));
    let mut command = python("-c");
    command
        .args([&in_readme("python"), "demo/readme:1", &remote])
        .env("DOCKER_HOST", engine.endpoint());
    let said = expect_success(&command.output().expect("run python3"));
    assert!(said.contains(&format!("{remote} is sha256:")), "{said}");
}

#[test]
fn python_does_nothing_wrong_with_memory() {
    for test in ["test_registry", "test_login"] {
        passes_by(checked_python("-m"), test, Engine::shared());
    }
}

#[test]
fn a_python_program_that_frees_twice_is_blamed() {
    let program = "from imgferry._handles import Handle\n\
                   from imgferry._library import library\n\
                   text = Handle('imgferry_local_image')\n\
                   library.imgferry_local_image_parse(b'a:1', text.out(), None)\n\
                   library.imgferry_local_image_free(text.pointer)\n\
                   text.free()\n";
    let mut command = checked_python("-c");
    let output = command.arg(program).output().expect("run valgrind");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(FOUND), "{said}");
}

#[test]
fn ctrl_c_ends_a_python_program_while_the_engine_is_silent() {
    let engine = Engine::start();
    engine.load(&ImageSpec::small("demo/silent:1"));
    engine.freeze();
    let mut command = python("push_and_pull.py");
    command
        .args(["demo/silent:1", "127.0.0.1:1/silent:1"])
        .env("DOCKER_HOST", engine.endpoint())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().expect("start the example");
    // Long enough to be in the call.
    thread::sleep(Duration::from_secs(2));
    let (output, took) = interrupt(child);
    engine.thaw();
    let said = String::from_utf8_lossy(&output.stderr);
    println!("Ctrl-C: ended after {took:?}: {said}");
    assert_eq!(said, "stopped\n");
    assert_eq!(output.status.code(), Some(130));
    assert!(took < Duration::from_secs(1), "{took:?}");
}
