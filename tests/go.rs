//! The Go package: all of C, its own tests, on a real engine and real registries, and Ctrl-C from outside.

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use support::{
    CHeader, Engine, Go, ImageSpec, Registry, RegistryOptions, TempDir, deep, expect_success,
    in_project, in_readme, installed, interrupt, unique,
};

/// What the Go package does not name, and why. That it names the rest rightly is seen to by cgo.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "IMGFERRY_VERSION_MAJOR",
        "cgo has the header and the library from one place",
    ),
    ("IMGFERRY_VERSION_MINOR", "as above"),
    ("IMGFERRY_VERSION_PATCH", "as above"),
    ("imgferry_cancel_is_set", "a context tells it"),
    (
        "imgferry_engine_get_image",
        "it is the same as imgferry_engine_get_images of one",
    ),
    ("imgferry_engine_get_images_fd", "a file is a Writer"),
    (
        "imgferry_engine_import_image",
        "it takes what two others take",
    ),
    ("imgferry_engine_import_image_from_fd", "a file is a Reader"),
    ("imgferry_engine_load_image_fd", "a file is a Reader"),
    ("imgferry_engine_load_image_path", "a file is a Reader"),
    (
        "imgferry_error_callback_result",
        "what a function returned is in the chain of errors",
    ),
    (
        "imgferry_has_feature",
        "what was left out fails with ErrUnsupported",
    ),
    ("imgferry_local_image_new", "names are read from texts"),
    ("imgferry_local_image_with_tag", "as above"),
    (
        "imgferry_pushed_tag_manifest_size_at",
        "the registry tells it",
    ),
    ("imgferry_registry_get_blob_fd", "a file is a Writer"),
    ("imgferry_registry_put_blob_fd", "a file is a Reader"),
    (
        "imgferry_remote_image_docker_url",
        "names are read from texts",
    ),
    ("imgferry_remote_image_new_external", "as above"),
    ("imgferry_remote_image_new_platform", "as above"),
    ("imgferry_remote_image_with_digest", "as above"),
    ("imgferry_remote_image_with_tag", "as above"),
    ("progress_interval_ms", "the default is what people see"),
    (
        "retry_first_pause_ms",
        "how often is told, and the context ends it",
    ),
    ("retry_longest_pause_ms", "as above"),
    ("retry_longest_wait_ms", "as above"),
];

#[test]
fn every_function_constant_and_field_of_c_is_in_go() {
    let header = fs::read_to_string(in_project("include/imgferry.h")).expect("the header");
    let files = fs::read_dir(in_project("examples/go")).expect("the folder of the package");
    let files = files.map(|entry| entry.expect("an entry").path());
    let is_source = |path: &PathBuf| {
        let name = path.to_str().expect("UTF-8");
        [".go", ".c"].iter().any(|end| name.ends_with(end)) && !name.ends_with("_test.go")
    };
    let sources: Vec<_> = files.filter(is_source).collect();
    CHeader::parse(&header).check_all_are_in(&sources, LEFT_OUT);
}

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
