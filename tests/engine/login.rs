//! Logins of the docker command, as the environment leads to them, for what an engine does with a registry.

use std::fs;
use std::process::{Command, Output};

use super::support::{
    Engine, ImageSpec, Registry, RegistryOptions, ScriptedEngine, TempDir, example, expect_success,
    say, unique,
};
use super::{connect, load};
use imgferry::{
    Call, Credential, Credentials, Engine as Client, EngineOptions, ErrorKind, InspectOptions,
    PullOptions, PushOptions,
};

fn locked() -> Registry {
    Registry::start(RegistryOptions {
        htpasswd: Some("me:pass-word".into()),
        ..RegistryOptions::default()
    })
}

/// Pushes and pulls a small image with the example program, with this docker configuration.
fn push_and_pull(config: &str, helper: &str) -> Output {
    let (engine, registry) = (Engine::shared(), locked());
    let name = format!("demo/{}:1", unique("login"));
    load(&connect(engine), &ImageSpec::small(&name));
    let folder = TempDir::new("login");
    let file = folder.join("config.json");
    fs::write(file, config.replace("{host}", registry.host())).expect("write a file");
    // Another process writes it: a file that is open for writing cannot be run.
    let program = folder.join("docker-credential-test");
    let written = Command::new("sh")
        .args([
            "-c",
            "printf '%s' \"$1\" > \"$2\" && chmod 755 \"$2\"",
            "sh",
        ])
        .args([helper, program.to_str().expect("UTF-8")])
        .status()
        .expect("run sh");
    assert!(written.success());
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    Command::new(example("push_and_pull"))
        .args([name, format!("{}/{}:1", registry.host(), unique("login"))])
        .env("DOCKER_HOST", engine.endpoint())
        .env("DOCKER_CONFIG", folder.path())
        .env("HOME", folder.path())
        .env("XDG_RUNTIME_DIR", folder.path())
        .env("PATH", path)
        .env_remove("IMGFERRY_USER")
        .output()
        .expect("run the example")
}

#[test]
fn a_login_in_dockers_configuration_opens_a_locked_registry_for_the_engine_too() {
    // `me:pass-word`
    let config = r#"{"auths":{"{host}":{"auth":"bWU6cGFzcy13b3Jk"}}}"#;
    let said = expect_success(&push_and_pull(config, ""));
    assert!(said.contains("pushed") && said.contains("pulled"), "{said}");
}

#[test]
fn a_credential_helper_opens_a_locked_registry() {
    let helper = r#"#!/bin/sh
test "$1" = get && grep -q "^127.0.0.1:" && echo '{"Username":"me","Secret":"pass-word"}'
"#;
    let config = r#"{"credHelpers":{"{host}":"test"}}"#;
    let said = expect_success(&push_and_pull(config, helper));
    assert!(said.contains("pushed") && said.contains("pulled"), "{said}");
}

#[test]
fn a_helper_that_fails_is_a_warning_and_the_refusal_says_what_is_missing() {
    let helper = "#!/bin/sh\necho 'the keyring is locked' >&2; echo pass-word; exit 1\n";
    let output = push_and_pull(r#"{"credsStore":"test"}"#, helper);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(said.contains("give credentials"), "{said}");
    assert!(!said.contains("pass-word"), "{said}");
}

/// An engine with the login in a file.
fn with_file(engine: &Engine, registry: &Registry, folder: &TempDir, login: &str) -> Client {
    let file = folder.join("config.json");
    let text = format!(r#"{{"auths":{{"{}":{login}}}}}"#, registry.host());
    fs::write(&file, text).expect("write a file");
    let options = EngineOptions {
        credentials: Credentials::default().with_config_file(file),
        ..EngineOptions::default()
    };
    Client::new(&engine.endpoint(), &options).expect("a handle")
}

#[test]
fn the_engine_presents_the_login_for_the_registry_of_the_image() {
    let (part, registry, folder) = (Engine::shared(), locked(), TempDir::new("login"));
    let login = r#"{"username":"me","password":"pass-word"}"#;
    let engine = with_file(part, &registry, &folder, login);
    let name = format!("{}/{}:1", registry.host(), unique("login"));
    let image = load(&engine, &ImageSpec::small(&name));
    let call = &mut Call::new();
    let pushed = engine
        .push(&name, &PushOptions::default(), call)
        .expect("push");
    let seen = engine
        .inspect_distribution(&name, None, call)
        .expect("inspect");
    assert_eq!(Some(&seen.descriptor.digest), pushed.digest.as_ref());
    engine
        .pull(&name, &PullOptions::default(), call)
        .expect("pull");
    let details = engine
        .inspect_image(&name, &InspectOptions::default(), call)
        .expect("it is there");
    assert_eq!(details.id, image.id);

    let anonymous = PushOptions {
        credential: Some(Credential::Anonymous),
        ..PushOptions::default()
    };
    let refused = engine.push(&name, &anonymous, call).expect_err("nobody");
    assert_eq!(refused.kind(), ErrorKind::Unauthorized);

    let wrong = with_file(
        part,
        &registry,
        &folder,
        r#"{"username":"me","password":"wr0ng-one"}"#,
    );
    let error = wrong
        .push(&name, &PushOptions::default(), call)
        .expect_err("wrong");
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{}", error.report());
    assert!(!format!("{error:?}").contains("wr0ng-one"));
}

#[test]
fn a_place_that_is_broken_is_a_warning_of_the_result() {
    let (part, registry, folder) = (Engine::shared(), Registry::shared(), TempDir::new("login"));
    let engine = with_file(part, registry, &folder, r#"{"auth":"%%%"}"#);
    let name = format!("{}/{}:1", registry.host(), unique("warned"));
    load(&engine, &ImageSpec::small(&name));
    let pushed = engine
        .push(&name, &PushOptions::default(), &mut Call::new())
        .expect("an open registry");
    assert_eq!(pushed.warnings.len(), 1, "{:?}", pushed.warnings);
    assert!(
        pushed.warnings[0].contains("base64") && !pushed.warnings[0].contains("%%%"),
        "{:?}",
        pushed.warnings
    );
}

#[test]
fn the_callers_headers_go_with_every_request_and_replace_none() {
    let part = ScriptedEngine::start(|_, connection| {
        say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
        true
    });
    let with = |name: &str| EngineOptions {
        headers: vec![(name.into(), "s3cret".into())],
        ..EngineOptions::default()
    };
    let engine = Client::new(&part.endpoint(), &with("X-Meta-Name")).expect("a handle");
    engine
        .images(&Default::default(), &mut Call::new())
        .expect("a list");
    let heads = part.requests();
    assert!(!heads.is_empty());
    for head in heads {
        let sent = head
            .headers
            .iter()
            .any(|header| header.trim().eq_ignore_ascii_case("x-meta-name: s3cret"));
        assert!(sent, "{head:?}");
    }
    for name in ["Host", "content-length", "X-Registry-Auth", "no name"] {
        let error = Client::new(&part.endpoint(), &with(name)).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
    assert!(!format!("{:?}", with("X-Meta-Name")).contains("s3cret"));
}

#[test]
fn the_headers_of_dockers_configuration_go_with_every_request() {
    let part = ScriptedEngine::start(|_, connection| {
        say(
            connection,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
        );
        true
    });
    let folder = TempDir::new("headers");
    let text =
        r#"{"HttpHeaders":{"X-Meta-Name":"of-mine","User-Agent":"theirs","content-length":"7"}}"#;
    fs::write(folder.join("config.json"), text).expect("write a file");
    let output = Command::new(example("push_and_pull"))
        .args(["demo/a:1", "127.0.0.1:1/a:1"])
        .env("DOCKER_HOST", part.endpoint())
        .env("DOCKER_CONFIG", folder.path())
        .output()
        .expect("run the example");
    assert!(!output.status.success());
    let heads = part.requests();
    assert!(!heads.is_empty());
    for head in heads {
        let has = |wanted: &str| {
            let mut headers = head
                .headers
                .iter()
                .map(|header| header.to_ascii_lowercase());
            headers.any(|header| header.trim() == wanted)
        };
        assert!(has("x-meta-name: of-mine"), "{head:?}");
        assert!(
            !has("user-agent: theirs") && !has("content-length: 7"),
            "{head:?}"
        );
    }
}
