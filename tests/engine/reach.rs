//! The ways to an engine: TCP with TLS, SSH, Docker's contexts, and a connection that was kept too long.

use std::fs;
use std::process::{Command, Output};

use imgferry::{Call, Engine as Client, EngineOptions, EngineTls, ErrorKind, ListOptions};

use super::connect;
use super::support::{
    Engine, FaultProxy, ImageSpec, Plan, Scripted, Sshd, TempDir, docker, example, expect_success,
    respond, unique,
};

fn tls(engine: &Engine, authority: &str) -> EngineTls {
    let read = |name: &str| fs::read(engine.certificates().join(name)).expect("a certificate");
    EngineTls {
        authorities_pem: read(authority),
        certificate_pem: read("cert.pem"),
        key_pem: read("key.pem"),
        skip_verification: false,
    }
}

fn with_tls(engine: &Engine, tls: EngineTls) -> Client {
    let options = EngineOptions {
        tls: Some(tls),
        ..EngineOptions::default()
    };
    Client::new(&engine.tls_endpoint(), &options).expect("a handle")
}

/// Loads a small image with the example program, in an environment that names the engine.
fn load_with(environment: &[(&str, &str)], name: &str) -> Output {
    let folder = TempDir::new("reach");
    let archive = folder.join("image.tar");
    ImageSpec::small(name).write_archive(&archive);
    let mut command = Command::new(example("load_archive"));
    command
        .env_remove("DOCKER_HOST")
        .env("HOME", folder.path())
        .arg(&archive);
    command
        .envs(environment.iter().copied())
        .output()
        .expect("run the example")
}

#[test]
fn an_engine_learns_what_the_program_calls_itself() {
    let engine = Scripted::with(|_| Some(respond(200, &[("Api-Version", "1.41")], "OK")));
    let address = format!("tcp://{}", engine.host());
    let options = |user_agent: &str| EngineOptions {
        user_agent: user_agent.to_owned(),
        ..EngineOptions::default()
    };
    let client = Client::new(&address, &options("demo/1.0")).expect("a handle");
    client.api_version(&mut Call::new()).expect("a version");
    let expected = format!("imgferry/{} (demo/1.0)", env!("CARGO_PKG_VERSION"));
    assert_eq!(engine.asked()[0].header("user-agent"), expected);
    let error = Client::new(&address, &options("demo\r\nX: y")).expect_err("two lines");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn an_engine_over_tls_and_its_client_know_each_other() {
    let part = Engine::start_with_tls();
    let call = &mut Call::new();
    with_tls(&part, tls(&part, "ca.pem"))
        .images(&ListOptions::default(), call)
        .expect("known to each other");

    let stranger = EngineTls {
        certificate_pem: vec![],
        key_pem: vec![],
        ..tls(&part, "ca.pem")
    };
    let wary = tls(&part, "other-ca.pem");
    for refused in [stranger, wary] {
        let error = with_tls(&part, refused)
            .images(&ListOptions::default(), call)
            .expect_err("not known");
        let kind = error.kind();
        assert!(
            matches!(kind, ErrorKind::Tls | ErrorKind::ConnectionLost),
            "{}",
            error.report()
        );
        assert!(
            error.report().contains(&part.tls_endpoint()[6..]),
            "{}",
            error.report()
        );
    }
    let careless = EngineTls {
        skip_verification: true,
        ..tls(&part, "other-ca.pem")
    };
    with_tls(&part, careless)
        .images(&ListOptions::default(), call)
        .expect("it believes anybody");
    let half = EngineTls {
        key_pem: vec![],
        ..tls(&part, "ca.pem")
    };
    let options = EngineOptions {
        tls: Some(half),
        ..EngineOptions::default()
    };
    let error = Client::new(&part.tls_endpoint(), &options).expect_err("half an identity");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);

    let plain = Client::new(&part.tls_endpoint(), &EngineOptions::default()).expect("a handle");
    let error = plain
        .images(&ListOptions::default(), call)
        .expect_err("it speaks TLS");
    assert!(
        error.report().contains("HTTPS server"),
        "{}",
        error.report()
    );
}

#[test]
fn the_environment_names_an_engine_as_it_does_for_docker() {
    let part = Engine::start_with_tls();
    let certificates = part.certificates().to_str().expect("UTF-8");
    let name = format!("demo/{}:1", unique("environment"));
    let endpoint = part.tls_endpoint();
    let host = ("DOCKER_HOST", endpoint.as_str());
    let verified = [
        host,
        ("DOCKER_TLS_VERIFY", "1"),
        ("DOCKER_CERT_PATH", certificates),
    ];
    assert!(expect_success(&load_with(&verified, &name)).contains(&name));

    // A context of the docker command, chosen by name and as the current one.
    let config = TempDir::new("config");
    let config = (
        "DOCKER_CONFIG",
        config.path().to_str().expect("UTF-8").to_owned(),
    );
    let config = (config.0, config.1.as_str());
    let files = format!(
        "host={endpoint},ca={certificates}/ca.pem,cert={certificates}/cert.pem,key={certificates}/key.pem"
    );
    expect_success(&docker(
        &[config],
        &["context", "create", "ferry", "--docker", &files],
    ));
    let chosen = [config, ("DOCKER_CONTEXT", "ferry")];
    assert!(expect_success(&load_with(&chosen, &name)).contains(&name));
    expect_success(&docker(&[config], &["context", "use", "ferry"]));
    assert!(expect_success(&load_with(&[config], &name)).contains(&name));
    let absent = load_with(&[config, ("DOCKER_CONTEXT", "nobody")], &name);
    let said = String::from_utf8_lossy(&absent.stderr).into_owned();
    assert!(said.contains("no context \"nobody\""), "{said}");
}

#[test]
fn an_engine_of_another_machine_is_reached_by_ssh() {
    let part = Engine::shared();
    let sshd = Sshd::in_front_of(part);
    let name = format!("demo/{}:1", unique("ssh"));
    let (address, path) = (sshd.address(), sshd.path());
    let environment = [("DOCKER_HOST", address.as_str()), ("PATH", &path)];
    assert!(expect_success(&load_with(&environment, &name)).contains(&name));
    part.docker_ok(&["image", "inspect", &name]);

    let nobody = address.replace("root@", "nobody-at-all@");
    let refused = load_with(&[("DOCKER_HOST", nobody.as_str()), ("PATH", &path)], &name);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success());
    assert!(
        said.contains("Permission denied") && said.contains("ssh://"),
        "{said}"
    );
}

#[test]
fn a_restarted_engine_is_used_again_by_the_same_handle() {
    let mut part = Engine::start();
    let engine = connect(&part);
    let call = &mut Call::new();
    engine
        .images(&ListOptions::default(), call)
        .expect("before");
    part.kill();
    let error = engine
        .images(&ListOptions::default(), call)
        .expect_err("it is dead");
    assert!(error.is_retryable(), "{}", error.report());
    part.restart();
    engine.images(&ListOptions::default(), call).expect("after");
}

#[test]
fn a_thousand_questions_take_one_connection() {
    let part = Engine::shared();
    let name = format!("demo/{}:1", unique("thousand"));
    super::load(&connect(part), &ImageSpec::small(&name));
    let proxy = FaultProxy::in_front_of(part, Plan::none());
    let engine = Client::new(&proxy.endpoint(), &EngineOptions::default()).expect("a handle");
    for _ in 0..1000 {
        engine
            .inspect_image(&name, &Default::default(), &mut Call::new())
            .expect("inspect");
    }
    assert_eq!(proxy.connections().len(), 1);
    assert_eq!(
        proxy.exchanges().len(),
        1001,
        "a ping and a thousand questions"
    );
}
