//! The Go package: its own tests, on a real engine and real registries, and Ctrl-C from outside.

mod support;

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use support::{
    Engine, Go, ImageSpec, Registry, RegistryOptions, TempDir, deep, expect_success, in_project,
    in_readme, installed, interrupt, unique,
};

#[test]
fn the_go_package_passes_its_tests() {
    let (go, home) = (Go::new(), TempDir::new("home"));
    let login = Registry::start(RegistryOptions {
        htpasswd: Some("tester:secret".to_owned()),
        ..RegistryOptions::default()
    });
    let mut arguments = vec!["test", "-count=1", "-v"];
    arguments.extend(deep().then_some("-race"));
    arguments.push("./...");
    let mut command = go.command(&arguments);
    command
        .env("DOCKER_HOST", Engine::shared().endpoint())
        .env("DOCKER_CONFIG", home.path())
        .env("IMGFERRY_TEST_REGISTRY", Registry::shared().host())
        .env("IMGFERRY_TEST_LOGIN_REGISTRY", login.host())
        // Every pointer that C gets is looked at.
        .env("GODEBUG", "cgocheck=2");
    let said = expect_success(&command.output().expect("run go"));
    println!("{said}");
    assert!(
        said.contains("--- PASS: TestAPanicComesOutAsItIs"),
        "{said}"
    );
    assert!(!said.contains("--- SKIP"), "{said}");
}

#[test]
fn the_go_package_looks_as_go_people_expect() {
    let gofmt = Command::new(installed("gofmt", "golang-go"))
        .args(["-l", "."])
        .current_dir(in_project("examples/go"))
        .output();
    assert_eq!(expect_success(&gofmt.expect("run gofmt")), "");
    let vet = Go::new().command(&["vet", "./..."]).output();
    expect_success(&vet.expect("run go"));
}

#[test]
fn the_go_program_of_the_readme_pushes_from_a_module_of_its_own() {
    let (go, engine, registry) = (Go::new(), Engine::start(), Registry::shared());
    let (folder, remote) = (
        TempDir::new("module"),
        format!("{}/{}:1", registry.host(), unique("readme")),
    );
    engine.load(&ImageSpec::small("demo/readme:1"));
    fs::write(folder.join("main.go"), in_readme("go")).expect("write a program");
    fs::write(folder.join("go.mod"), "module demo\n\ngo 1.19\n").expect("write a module");
    let replace = format!("imgferry={}", in_project("examples/go").display());
    let edit = ["mod", "edit", "-require", "imgferry@v0.0.0", "-replace"];
    for arguments in [
        &[&edit[..], &[&replace]].concat()[..],
        &["build", "-o", "demo"],
    ] {
        let mut command = go.command(arguments);
        expect_success(&command.current_dir(folder.path()).output().expect("run go"));
    }
    let mut command = Command::new(folder.join("demo"));
    command
        .args(["demo/readme:1", &remote])
        .env("DOCKER_HOST", engine.endpoint());
    let said = expect_success(&command.output().expect("run the program"));
    assert!(said.contains(&format!("{remote} is sha256:")), "{said}");
}

#[test]
fn ctrl_c_ends_a_go_program_while_the_engine_is_silent() {
    let (go, engine) = (Go::new(), Engine::start());
    engine.load(&ImageSpec::small("demo/silent:1"));
    engine.freeze();
    let mut command = go.program("push_and_pull");
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
