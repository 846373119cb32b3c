//! The example programs, as users run them: on a real engine and a real registry, in Rust, C, C++, Python and Go.

mod support;

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use support::{
    CProgram, Engine, Go, ImageSpec, LayerSpec, Library, Registry, RegistryOptions, TempDir,
    example, expect_success, interrupt, python, skopeo, unique,
};

/// Long enough to be stopped in the middle.
const LAYER: u64 = 400_000_000;

/// Pushes and pulls with one of the examples, and checks what it printed.
fn goes_there_and_back(run: impl FnOnce(&Engine, &[&str; 2]) -> String) {
    let (engine, registry) = (Engine::start(), Registry::shared());
    let remote = format!("{}/{}:1", registry.host(), unique("example"));
    let mark = registry.mark();
    engine.load(&ImageSpec::small("demo/example:1"));
    let printed = run(&engine, &["demo/example:1", &remote]);

    let value = |label: &str| {
        let line = printed
            .lines()
            .find(|line| line.starts_with(label))
            .expect(label);
        line.trim_start_matches(label).trim().to_owned()
    };
    assert_eq!(value("pushed "), remote);
    assert_eq!(value("tag "), remote);
    assert_eq!(value("image ID before"), value("image ID after"));
    assert_eq!(
        value("deleted "),
        format!("{} from the registry", value("digest "))
    );
    assert!(value("size ").ends_with(" bytes"));
    for word in ["Pushed", "Pull complete", "done"] {
        assert!(printed.contains(word), "{word} in {printed}");
    }
    registry.wait_for_request(mark, |request| {
        request.method == "DELETE" && request.status == 202
    });
    let gone = skopeo(&[
        "inspect",
        "--tls-verify=false",
        &format!("docker://{remote}"),
    ]);
    assert!(!gone.status.success(), "it was deleted");
}

#[test]
fn the_rust_example_pushes_and_pulls() {
    goes_there_and_back(|engine, arguments| {
        let mut command = Command::new(example("push_and_pull"));
        command
            .args(arguments)
            .env("DOCKER_HOST", engine.endpoint());
        expect_success(&command.output().expect("run the example"))
    });
}

#[test]
fn the_c_example_pushes_and_pulls_without_losing_a_byte() {
    goes_there_and_back(|engine, arguments| {
        CProgram::build_example("push_and_pull.c", Library::Shared)
            .env("DOCKER_HOST", engine.endpoint())
            .run_checked(arguments)
    });
}

#[test]
fn the_cpp_example_pushes_and_pulls_without_losing_a_byte() {
    goes_there_and_back(|engine, arguments| {
        CProgram::build_cpp_example("push_and_pull.cpp", Library::Shared)
            .env("DOCKER_HOST", engine.endpoint())
            .run_checked(arguments)
    });
}

/// An example in all its languages. A script called `copy` would hide what others import by that name.
fn in_all_languages(name: &str) -> Vec<Box<dyn Fn() -> Command>> {
    let rust = example(name);
    let c = CProgram::build_example(&format!("{name}.c"), Library::Shared);
    let cpp = CProgram::build_cpp_example(&format!("{name}.cpp"), Library::Shared);
    let go = Go::new();
    let script = match name {
        "copy" => "copy_image",
        name => name,
    }
    .to_owned();
    vec![
        Box::new(move || Command::new(&rust)),
        Box::new(move || c.command()),
        Box::new(move || cpp.command()),
        Box::new({
            let script = format!("{script}.py");
            move || python(&script)
        }),
        Box::new(move || go.program(&script)),
    ]
}

#[test]
fn the_python_example_pushes_and_pulls() {
    goes_there_and_back(|engine, arguments| {
        let mut command = python("push_and_pull.py");
        command
            .args(arguments)
            .env("DOCKER_HOST", engine.endpoint());
        expect_success(&command.output().expect("run the example"))
    });
}

#[test]
fn the_go_example_pushes_and_pulls() {
    goes_there_and_back(|engine, arguments| {
        let go = Go::new();
        let mut command = go.program("push_and_pull");
        command
            .args(arguments)
            .env("DOCKER_HOST", engine.endpoint());
        expect_success(&command.output().expect("run the example"))
    });
}

#[test]
fn the_examples_copy_from_place_to_place_with_the_users_logins() {
    let (engine, folder) = (Engine::shared(), TempDir::new("examples"));
    let registry = Registry::start(RegistryOptions {
        htpasswd: Some("me:pass-word".into()),
        ..RegistryOptions::default()
    });
    // "me:pass-word" in base64.
    let logins = format!(
        r#"{{"auths":{{"{}":{{"auth":"bWU6cGFzcy13b3Jk"}}}}}}"#,
        registry.host()
    );
    fs::write(folder.join("config.json"), logins).expect("write a file");
    let path = folder.join("image.tar");
    ImageSpec::small("demo/example:1").write_archive(&path);
    let archive = format!("docker-archive:{}", path.display());
    for (at, program) in in_all_languages("copy").into_iter().enumerate() {
        let image = format!("docker://{}/{}:1", registry.host(), unique("copied"));
        let layout = format!("oci:{}:1", folder.join(format!("layout-{at}")).display());
        let mut digests = Vec::new();
        for (from, to) in [(&archive, &layout), (&layout, &image)] {
            let mut command = program();
            command
                .args([from, to])
                .env("DOCKER_HOST", engine.endpoint())
                .env("DOCKER_CONFIG", folder.path());
            let said = expect_success(&command.output().expect("run the example"));
            assert!(said.contains("Copied"), "{said}");
            let last = said.lines().last().expect("a line").to_owned();
            digests.push(
                last.strip_prefix(&format!("{to} is "))
                    .expect(&last)
                    .to_owned(),
            );
        }
        assert_eq!(digests[0], digests[1]);
        let login = "--creds=me:pass-word";
        let found = expect_success(&skopeo(&["inspect", "--tls-verify=false", login, &image]));
        assert!(found.contains(&digests[1]), "{found}");
    }
}

#[test]
fn an_example_without_an_engine_says_so() {
    for program in in_all_languages("push_and_pull") {
        let mut command = program();
        command
            .args(["a:1", "127.0.0.1:1/a:1"])
            .env("DOCKER_HOST", "unix:///nobody/there.sock");
        let output = command.output().expect("run the example");
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("unix:///nobody/there.sock") && said.contains("start it"),
            "{said}"
        );
    }
}

#[test]
fn a_c_program_stops_a_push_and_a_pull_in_the_middle() {
    let (engine, registry) = (Engine::start(), Registry::start(Default::default()));
    let program = CProgram::build("stop.c", Library::Shared).env("DOCKER_HOST", engine.endpoint());
    engine.load(&ImageSpec::new(
        "demo/stop:1",
        &[LayerSpec::incompressible(LAYER)],
    ));
    let enough = (LAYER / 8).to_string();
    for way in ["callback", "thread"] {
        let remote = format!("{}/push-{way}:1", registry.host());
        let said = program.run(["push", way, "demo/stop:1", &remote, &enough]);
        println!("{said}");
        assert_eq!(
            engine
                .docker_ok(&["image", "ls", "--quiet"])
                .lines()
                .count(),
            1,
            "one name is left"
        );
    }
    let remote = format!("{}/pull:1", registry.host());
    engine.docker_ok(&["tag", "demo/stop:1", &remote]);
    engine.docker_ok(&["push", "--quiet", &remote]);
    engine.docker_ok(&["image", "rm", "demo/stop:1", &remote]);
    for way in ["callback", "thread"] {
        let said = program.run(["pull", way, "demo/stop:1", &remote, &enough]);
        println!("{said}");
        assert_eq!(
            engine.docker_ok(&["image", "ls", "--quiet"]),
            "",
            "nothing came"
        );
    }
}

#[test]
fn ctrl_c_ends_a_c_program_while_the_engine_is_silent() {
    let engine = Engine::start();
    let folder = TempDir::new("silent");
    let archive = folder.join("image.tar");
    ImageSpec::new("demo/silent:1", &[LayerSpec::incompressible(LAYER)]).write_archive(&archive);
    let program = CProgram::build_example("load_archive.c", Library::Shared);
    let mut command = program.command();
    command
        .arg(&archive)
        .env("DOCKER_HOST", engine.endpoint())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().expect("start the example");
    thread::sleep(Duration::from_millis(700));
    engine.freeze();
    // Long enough for everything that was on its way to have arrived.
    thread::sleep(Duration::from_secs(2));
    let (output, took) = interrupt(child);
    engine.thaw();
    let said = String::from_utf8_lossy(&output.stderr);
    println!("Ctrl-C: ended after {took:?}: {said}");
    assert!(
        said.contains("cancelled by the progress callback"),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn ctrl_c_ends_a_cpp_program_while_the_engine_is_silent() {
    let engine = Engine::start();
    engine.freeze();
    let program = CProgram::build_cpp_example("push_and_pull.cpp", Library::Shared);
    let child = program
        .command()
        .args(["demo/silent:1", "127.0.0.1:1/silent:1"])
        .env("DOCKER_HOST", engine.endpoint())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("start the example");
    thread::sleep(Duration::from_millis(700));
    let (output, took) = interrupt(child);
    engine.thaw();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("cancelled by the progress callback"),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(took < Duration::from_secs(1), "{took:?}");
}
