//! Engines, by their sockets and by other ways.

use std::fs;

use crate::inspect;
use crate::support::{
    Engine, Image, ImageSpec, Podman, Registry, Sshd, TempDir, docker, expect_success, installed,
    run_as_nobody, unique,
};

#[test]
fn an_image_goes_through_the_engine_to_the_registry() {
    let (engine, registry) = (Engine::shared(), Registry::shared());
    let name = format!("{}/{}:1", registry.host(), unique("push"));
    let image = load(&ImageSpec::small(&name), |archive| {
        engine.docker_ok(&["load", "--input", archive])
    });
    assert_eq!(
        image,
        ImageSpec::small(&name).image(),
        "the same description is the same image"
    );
    assert_eq!(id_of(engine, &name), image.id);

    engine.docker_ok(&["push", &name]);
    assert_in_registry(&name, &image);
}

#[test]
fn a_killed_engine_comes_back_with_its_images() {
    let mut engine = Engine::start_with_tls();
    let name = format!("{}:1", unique("back"));
    let image = load(&ImageSpec::small(&name), |archive| {
        engine.docker_ok(&["load", "--input", archive])
    });
    let places = |engine: &Engine| (engine.socket().to_owned(), engine.tls_endpoint());
    let (before, pid) = (places(&engine), engine.pid());

    engine.kill();
    let refused = engine.docker(&["version"]);
    assert!(!refused.status.success(), "nothing listens");
    engine.restart();

    assert_eq!(places(&engine), before);
    assert_ne!(engine.pid(), pid);
    assert_eq!(id_of(&engine, &name), image.id);
}

#[test]
fn an_engine_over_tls_wants_the_certificate_of_its_client() {
    let engine = Engine::start_with_tls();
    let certificate = |name| {
        let path = engine.certificates().join(name);
        path.to_str().expect("a path in UTF-8").to_owned()
    };
    let endpoint = engine.tls_endpoint();
    let host = ("DOCKER_HOST", endpoint.as_str());
    let refused_with = |options: &[&str]| {
        let output = docker(&[host], &[options, &["version"]].concat());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };

    expect_success(&docker(
        &[
            host,
            ("DOCKER_TLS_VERIFY", "1"),
            ("DOCKER_CERT_PATH", &certificate("")),
        ],
        &["version"],
    ));
    let stranger = refused_with(&["--tlsverify", "--tlscacert", &certificate("ca.pem")]);
    assert!(stranger.contains("remote error: tls"), "{stranger}");
    let wary = refused_with(&["--tlsverify", "--tlscacert", &certificate("other-ca.pem")]);
    assert!(wary.contains("x509"), "{wary}");
}

#[test]
fn an_engine_is_reached_over_ssh() {
    let engine = Engine::shared();
    let sshd = Sshd::in_front_of(engine);
    let over_ssh = |arguments: &[&str]| {
        docker(
            &[("DOCKER_HOST", &sshd.address()), ("PATH", &sshd.path())],
            arguments,
        )
    };
    let identity = ["info", "--format", "{{.ID}}"];
    assert_eq!(
        expect_success(&over_ssh(&identity)),
        engine.docker_ok(&identity)
    );

    fs::write(sshd.dir().join("known_hosts"), "").expect("forget the server");
    let wary = over_ssh(&["version"]);
    assert!(
        String::from_utf8_lossy(&wary.stderr).contains("Host key verification failed"),
        "{wary:?}"
    );
}

#[test]
fn podman_moves_an_image_to_the_registry_and_back() {
    let (podman, registry) = (Podman::start(), Registry::shared());
    let name = format!("{}/{}:1", registry.host(), unique("podman"));
    let image = load(&ImageSpec::small(&name), |archive| {
        podman.podman_ok(&["load", "--input", archive])
    });

    // By the Docker API, as podman's own may tell podman not to want TLS.
    let docker_ok = |arguments: &[&str]| {
        expect_success(&docker(&[("DOCKER_HOST", &podman.endpoint())], arguments))
    };
    docker_ok(&["push", &name]);
    assert_in_registry(&name, &image);

    podman.podman_ok(&["rmi", &name]);
    docker_ok(&["pull", &name]);
    assert_eq!(
        podman.podman_ok(&["image", "inspect", "--format", "sha256:{{.Id}}", &name]),
        image.id
    );
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

fn id_of(engine: &Engine, name: &str) -> String {
    engine.docker_ok(&["image", "inspect", "--format", "{{.Id}}", name])
}

/// Gives the path of an image's archive to a command that loads it.
fn load(spec: &ImageSpec, command: impl Fn(&str) -> String) -> Image {
    let folder = TempDir::new("parts");
    let archive = folder.join("image.tar");
    let image = spec.write_archive(&archive);
    command(archive.to_str().expect("a path in UTF-8"));
    image
}

fn assert_in_registry(name: &str, image: &Image) {
    let raw = expect_success(&inspect(&["--tls-verify=false", "--raw"], name));
    let manifest: serde_json::Value = serde_json::from_str(&raw).expect("a manifest");
    assert_eq!(manifest["config"]["digest"], image.id);
    assert_eq!(
        manifest["layers"].as_array().map(Vec::len),
        Some(image.diff_ids.len())
    );
}
