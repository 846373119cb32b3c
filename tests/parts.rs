//! What the other tests rely on: the real parts answer, agree with the images made here, and leave nothing behind.

mod support;

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::{
    Engine, ImageSpec, LayerSpec, Part, Registry, RegistryOptions, TempDir, expect_success,
    installed, run_as_nobody, run_measured, skopeo, unique,
};

#[test]
fn an_engine_goes_when_its_owner_is_killed() {
    let mut owner = Command::new("sleep")
        .arg("600")
        .stdout(Stdio::piped())
        .spawn()
        .expect("run sleep");
    let pipe = owner.stdout.take().expect("a piped output");
    let mut part = Part::start_owned_by(pipe.into(), &["engine"]);
    let dir = part.dir().to_owned();
    let connection = UnixStream::connect(part.fact("socket"));
    let processes = processes_that_name(&dir);

    // Before anything may fail, as the engine lives as long as its owner.
    owner.kill().expect("kill the owner");
    owner.wait().expect("wait for the owner");

    connection.expect("the engine listened");
    assert!(
        processes.len() >= 2,
        "dockerd and containerd: {processes:?}"
    );
    assert!(part.wait().success());
    assert_nothing_left_of(&dir);
}

#[test]
fn a_frozen_or_killed_engine_leaves_nothing() {
    for signal in [Part::freeze, Part::kill] {
        let engine = Engine::start();
        let dir = engine.dir().to_owned();
        signal(&engine);
        drop(engine);
        assert_nothing_left_of(&dir);
    }
}

#[test]
fn an_image_goes_through_the_engine_to_the_registry() {
    let (engine, registry, folder) = (Engine::shared(), Registry::shared(), TempDir::new("parts"));
    let name = format!("{}/{}:1", registry.host(), unique("push"));
    let spec = ImageSpec::small(&name);
    let archive = folder.join("image.tar");
    let image = spec.write_archive(&archive);
    assert_eq!(
        image,
        spec.image(),
        "the same description is the same image"
    );

    engine.docker_ok(&[
        "load",
        "--input",
        archive.to_str().expect("a path in UTF-8"),
    ]);
    assert_eq!(
        engine.docker_ok(&["image", "inspect", "--format", "{{.Id}}", &name]),
        image.id
    );
    engine.docker_ok(&["push", &name]);

    let raw = expect_success(&inspect(&["--tls-verify=false", "--raw"], &name));
    let manifest: serde_json::Value = serde_json::from_str(&raw).expect("a manifest");
    assert_eq!(manifest["config"]["digest"], image.id);
    assert_eq!(
        manifest["layers"].as_array().map(Vec::len),
        Some(image.diff_ids.len())
    );
}

#[test]
fn the_access_log_shows_each_request() {
    let registry = Registry::shared();
    let repository = unique("log");
    let mark = registry.mark();

    let refused = inspect(
        &["--tls-verify=false"],
        &format!("{}/{repository}:none", registry.host()),
    );

    assert!(!refused.status.success());
    let path = format!("/v2/{repository}/manifests/none");
    let request = registry.wait_for_request(mark, |request| request.path == path);
    assert_eq!((request.method.as_str(), request.status), ("GET", 404));
    assert!(request.user_agent.starts_with("skopeo/"), "{request:?}");
}

#[test]
fn a_registry_with_a_password_refuses_strangers() {
    let registry = Registry::start(RegistryOptions {
        htpasswd: Some("me:p:w d".to_owned()),
        ..RegistryOptions::default()
    });
    let name = copy_an_image_to(
        &registry,
        &["--dest-tls-verify=false", "--dest-creds", "me:p:w d"],
    );

    let stranger = inspect(&["--tls-verify=false"], &name);
    assert!(
        String::from_utf8_lossy(&stranger.stderr).contains("authentication required"),
        "{stranger:?}"
    );
    expect_success(&inspect(
        &["--tls-verify=false", "--creds", "me:p:w d"],
        &name,
    ));
}

#[test]
fn a_registry_over_tls_is_trusted_through_its_ca() {
    let registry = Registry::start(RegistryOptions {
        tls: true,
        ..RegistryOptions::default()
    });
    let trusted = TempDir::new("trusted");
    fs::copy(registry.ca_file(), trusted.join("ca.crt")).expect("copy the CA");
    let trusted = trusted.path().to_str().expect("a path in UTF-8");
    let name = copy_an_image_to(&registry, &["--dest-cert-dir", trusted]);

    let wary = inspect(&[], &name);
    assert!(
        String::from_utf8_lossy(&wary.stderr).contains("x509"),
        "{wary:?}"
    );
    expect_success(&inspect(&["--cert-dir", trusted], &name));
}

#[test]
fn a_registry_comes_back_with_its_port_and_content() {
    let mut registry = Registry::start(RegistryOptions::default());
    let name = copy_an_image_to(&registry, &["--dest-tls-verify=false"]);
    let (host, mark) = (registry.host().to_owned(), registry.mark());

    registry.stop();
    assert!(
        !inspect(&["--tls-verify=false"], &name).status.success(),
        "nothing listens"
    );
    registry.restart_same_port();

    assert_eq!(registry.host(), host);
    expect_success(&inspect(&["--tls-verify=false"], &name));
    assert_ne!(registry.requests_since(mark), [], "the log goes on");
}

#[test]
fn a_registry_deletes_unless_told_not_to() {
    for no_delete in [false, true] {
        let registry = Registry::start(RegistryOptions {
            no_delete,
            ..RegistryOptions::default()
        });
        let name = copy_an_image_to(&registry, &["--dest-tls-verify=false"]);
        let deleted = skopeo(&["delete", "--tls-verify=false", &format!("docker://{name}")]);
        assert_eq!(deleted.status.success(), !no_delete, "{deleted:?}");
    }
}

#[test]
fn nobody_may_not_use_the_engine() {
    let engine = Engine::shared();
    let output = run_as_nobody(&installed("docker", "docker.io"), |docker| {
        docker.args(["--host", &engine.endpoint(), "version"]);
    });
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("connect: permission denied"),
        "{output:?}"
    );
}

#[test]
fn the_peak_of_a_program_is_measured() {
    let mut perl = Command::new("perl");
    perl.args(["-e", "my $big = $ENV{LETTER} x 100_000_000; exit 3"])
        .env("LETTER", "a");
    let measured = run_measured(&perl);
    assert_eq!(measured.output.status.code(), Some(3));
    assert!(
        (97_000..250_000).contains(&measured.peak_resident_kib),
        "{measured:?}"
    );
}

#[test]
fn a_big_image_is_made_as_it_is_read() {
    let layer = LayerSpec {
        bytes: 100_000_001,
        files: 3,
        incompressible_share: 0.25,
    };
    let mut archive = tar::Archive::new(ImageSpec::new("big:1", &[layer, layer]).archive());
    let mut sizes = Vec::new();
    for entry in archive.entries().expect("an archive") {
        let entry = entry.expect("an entry");
        if entry.path().expect("a path").ends_with("layer.tar") {
            let mut layer = tar::Archive::new(entry);
            let files = layer.entries().expect("a layer");
            sizes.push(files.map(|file| file.expect("a file").size()).sum::<u64>());
        }
    }
    assert_eq!(sizes, [layer.bytes, layer.bytes]);
}

/// Puts a small image into a registry with skopeo, and returns its name.
fn copy_an_image_to(registry: &Registry, arguments: &[&str]) -> String {
    let folder = TempDir::new("copy");
    let name = format!("{}/{}:1", registry.host(), unique("copy"));
    let archive = folder.join("image.tar");
    ImageSpec::small(&name).write_archive(&archive);
    let (source, target) = (
        format!("docker-archive:{}", archive.display()),
        format!("docker://{name}"),
    );
    expect_success(&skopeo(
        &[&["copy"], arguments, &[&source, &target]].concat(),
    ));
    name
}

fn inspect(arguments: &[&str], name: &str) -> Output {
    skopeo(&[&["inspect"], arguments, &[&format!("docker://{name}")]].concat())
}

/// The command lines that hold a path.
fn processes_that_name(path: &Path) -> Vec<String> {
    let path = path.to_str().expect("a path in UTF-8");
    files_of_processes("cmdline")
        .filter(|line| line.contains(path))
        .collect()
}

fn assert_nothing_left_of(dir: &Path) {
    assert!(!dir.exists(), "{} is still there", dir.display());
    assert_eq!(processes_that_name(dir), Vec::<String>::new());
    // Of each process, as the engine has mounts that others do not see.
    let path = dir.to_str().expect("a path in UTF-8");
    assert!(
        !files_of_processes("mounts").any(|mounts| mounts.contains(path)),
        "a mount of {path} is left"
    );
}

/// This file of every process in /proc; without those of processes that have ended meanwhile.
fn files_of_processes(name: &str) -> impl Iterator<Item = String> {
    let processes = fs::read_dir("/proc").expect("list the processes");
    processes.filter_map(move |process| fs::read_to_string(process.ok()?.path().join(name)).ok())
}
