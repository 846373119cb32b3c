//! The faults of the Apolo SDK, each by its number, and that they are not here. Faults 8, 9 (organisations) and 11 are in
//! `platform.rs`, because they need a configuration.

mod support;

use std::ops::ControlFlow;
use std::time::Duration;

use imgferry::{
    Call, Credential, Credentials, Digest, Engine as Client, EngineOptions, ErrorKind,
    ImageProgressStep, Images, InspectOptions, LayerCompression, Limits, LoadOptions, LocalImage,
    PullImageOptions, PushImageOptions, PushVia, RegistryOptions, RemoteImage,
};
use support::{
    Answer, Engine, Fault, FaultProxy, ImageSpec, LayerSpec, Plan, Registry, Requests, Scripted,
    ScriptedEngine, respond, say, unique,
};

const PUSH: PushImageOptions = PushImageOptions {
    keep_remote_name: false,
    via: PushVia::Engine,
    compression: LayerCompression::GZIP,
    layer_cache: None,
    spool_dir: None,
};
const PULL: PullImageOptions = PullImageOptions { platform: None };

fn open(endpoint: &str) -> Images {
    let engine = Client::new(endpoint, &EngineOptions::default()).expect("a handle");
    Images::new(engine, &RegistryOptions::default())
}

/// Images of an engine that nobody asks.
fn without_engine() -> Images {
    open("unix:///nowhere/engine.sock")
}

fn local(text: &str) -> LocalImage {
    LocalImage::parse(text).expect(text)
}

fn remote(text: &str) -> RemoteImage {
    RemoteImage::parse(text).expect(text)
}

fn load(images: &Images, spec: &ImageSpec) -> String {
    let mut archive = spec.archive();
    images
        .engine()
        .load_image(&mut archive, &LoadOptions::default(), &mut Call::new())
        .expect("load");
    archive.finish().id
}

fn has(images: &Images, name: &str) -> bool {
    let found = images
        .engine()
        .inspect_image(name, &InspectOptions::default(), &mut Call::new());
    match found {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => panic!("{}", error.report()),
    }
}

/// Fault 1: a failure to tag was ignored, and what the old tag pointed to was pushed.
#[test]
fn a_tag_that_fails_ends_the_push() {
    let engine = Engine::shared();
    let name = format!("{}:1", unique("untagged"));
    load(&open(&engine.endpoint()), &ImageSpec::small(&name));
    let refusal = Answer::new(500).with_body(r#"{"message":"no tag today"}"#);
    let proxy = FaultProxy::in_front_of(
        engine,
        Plan::always(Fault::answer(
            Requests::all().containing("/tag?"),
            refusal.with_header("Content-Type", "application/json"),
        )),
    );
    let images = open(&proxy.endpoint());
    let target = remote(&format!(
        "{}/{}:1",
        Registry::shared().host(),
        unique("tag")
    ));
    let call = &mut Call::new();
    let error = images
        .push(&local(&name), Some(&target), &PUSH, call)
        .expect_err("no tag");
    assert!(
        error.report().contains("no tag today"),
        "{}",
        error.report()
    );
    let absent = images
        .digest(&target, call)
        .expect_err("nothing was pushed");
    assert_eq!(absent.kind(), ErrorKind::NotFound);
}

/// Faults 2 and 3: a denied push was no denial, because engines answer 200 first; a denied pull was "not found".
#[test]
fn a_denied_push_and_a_denied_pull_are_denials() {
    let engine = Engine::shared();
    let locked = Registry::start(support::RegistryOptions {
        htpasswd: Some("ferry:sesame".into()),
        ..Default::default()
    });
    let images = open(&engine.endpoint());
    let name = format!("{}:1", unique("denied"));
    load(&images, &ImageSpec::small(&name));
    let target = remote(&format!("{}/{}:1", locked.host(), unique("denied")));
    let call = &mut Call::new();
    let pushed = images.push(&local(&name), Some(&target), &PUSH, call);
    let pulled = images.pull(&target, Some(&local("demo/denied:1")), &PULL, call);
    for error in [pushed.expect_err("no login"), pulled.expect_err("no login")] {
        assert_eq!(error.kind(), ErrorKind::Unauthorized, "{}", error.report());
    }
}

/// Fault 4: the limit of a push did nothing.
#[test]
fn a_push_ends_at_its_deadline() {
    let engine = Engine::shared();
    let images = open(&engine.endpoint());
    let name = format!("{}:1", unique("late"));
    load(&images, &ImageSpec::small(&name));
    let stalls = FaultProxy::in_front_of(
        Registry::shared().host(),
        Plan::always(Fault::NoAnswer {
            requests: Requests::all(),
        }),
    );
    let target = remote(&format!("{}/{}:1", stalls.host(), unique("late")));
    let limits = Limits {
        deadline: Some(Duration::from_secs(2)),
        ..Limits::default()
    };
    let error = images
        .push(
            &local(&name),
            Some(&target),
            &PUSH,
            &mut Call::new().limits(limits),
        )
        .expect_err("the registry says nothing");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{}", error.report());
}

/// Fault 5: that there is no engine was a bare assertion.
#[test]
fn that_there_is_no_engine_is_said() {
    let images = without_engine();
    let target = remote("127.0.0.1:1/a:1");
    let call = &mut Call::new();
    let pushed = images.push(&local("a:1"), Some(&target), &PUSH, call);
    let pulled = images.pull(&target, Some(&local("b:1")), &PULL, call);
    for error in [
        pushed.expect_err("no engine"),
        pulled.expect_err("no engine"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Connect, "{}", error.report());
        assert!(error.report().contains("/nowhere/engine.sock"));
    }
}

/// Fault 6: a lost connection was a normal end.
#[test]
fn a_connection_to_the_engine_that_is_lost_is_no_success() {
    let engine = Engine::shared();
    let name = format!("{}:1", unique("cut"));
    load(
        &open(&engine.endpoint()),
        &ImageSpec::new(&name, &[LayerSpec::incompressible(3_000_000)]),
    );
    let proxy = FaultProxy::in_front_of(engine, Plan::none());
    let images = open(&proxy.endpoint());
    let target = remote(&format!(
        "{}/{}:1",
        Registry::shared().host(),
        unique("cut")
    ));
    let mut cut = |step: &ImageProgressStep<'_>| {
        if step.status == "Pushing" {
            proxy.cut_connections();
        }
        ControlFlow::Continue(())
    };
    let error = images
        .push(
            &local(&name),
            Some(&target),
            &PUSH,
            &mut Call::new().progress(&mut cut),
        )
        .expect_err("the connection was cut");
    assert_eq!(
        error.kind(),
        ErrorKind::ConnectionLost,
        "{}",
        error.report()
    );
    assert!(has(&open(&engine.endpoint()), &name));
}

/// Fault 7: an external image with a port was pulled from Docker Hub.
#[test]
fn an_image_of_a_registry_with_a_port_comes_from_that_registry() {
    let registry = Registry::start(Default::default());
    let images = open(&Engine::shared().endpoint());
    let name = format!("{}:1", unique("port"));
    load(&images, &ImageSpec::small(&name));
    let target = remote(&format!("{}/bob/{name}", registry.host()));
    let call = &mut Call::new();
    images
        .push(&local(&name), Some(&target), &PUSH, call)
        .expect("push");
    let mark = registry.mark();
    let pulled = images
        .pull(&target, Some(&local("demo/port:1")), &PULL, call)
        .expect("pull");
    assert_eq!(pulled.image.to_string(), "demo/port:1");
    assert!(!registry.requests_since(mark).is_empty());
}

/// Fault 9, deletion at close: an image whose local name is its remote one was deleted when the client was closed.
#[test]
fn a_pulled_image_stays_when_the_handle_goes() {
    let engine = Engine::shared();
    let name = format!("{}/{}:1", Registry::shared().host(), unique("stays"));
    let images = open(&engine.endpoint());
    load(&images, &ImageSpec::small(&name));
    let call = &mut Call::new();
    images.push(&local(&name), None, &PUSH, call).expect("push");
    images
        .pull(&remote(&name), None, &PULL, call)
        .expect("pull");
    drop(images);
    assert!(has(&open(&engine.endpoint()), &name));
}

/// Fault 9, the rest: null tags, an index, no layer, repeated layers and a missing digest header made it fail or lie.
#[test]
fn odd_answers_of_a_registry_are_read_as_what_they_mean() {
    let layer = |digit: char, size: u64| {
        format!(
            r#"{{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:{}","size":{size}}}"#,
            digit.to_string().repeat(64)
        )
    };
    let image = |layers: &str| {
        format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{}","size":7}},"layers":[{layers}]}}"#,
            "c".repeat(64)
        )
    };
    let twice = image(&[layer('a', 100), layer('b', 20), layer('a', 100)].join(","));
    let empty = image("");
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{}","size":{},"platform":{{"os":"linux","architecture":"amd64"}}}}]}}"#,
        Digest::sha256(twice.as_bytes()),
        twice.len()
    );
    let typed = |body: &str, kind: &str| {
        let kind = format!("application/vnd.oci.image.{kind}.v1+json");
        respond(200, &[("Content-Type", &kind)], body)
    };
    let by_digest = format!("GET /v2/a/manifests/{}", Digest::sha256(twice.as_bytes()));
    let server = Scripted::start(&[
        (
            "GET /v2/a/tags/list?n=1000",
            respond(200, &[], r#"{"name":"a","tags":null}"#),
        ),
        ("GET /v2/a/manifests/twice", typed(&twice, "manifest")),
        ("HEAD /v2/a/manifests/twice", typed(&twice, "manifest")),
        ("GET /v2/a/manifests/empty", typed(&empty, "manifest")),
        ("GET /v2/a/manifests/index", typed(&index, "index")),
        (&by_digest, typed(&twice, "manifest")),
    ]);
    let images = without_engine();
    let call = &mut Call::new();
    let tagged = |tag: &str| remote(&format!("{}/a:{tag}", server.host()));
    assert_eq!(images.tags(&tagged("1"), call).expect("no tags"), []);
    for (tag, size) in [("twice", 127), ("empty", 7), ("index", 127)] {
        let info = images.tag_info(&tagged(tag), call).expect(tag);
        assert_eq!((info.name.as_str(), info.size), (tag, size));
    }
    assert_eq!(
        images.digest(&tagged("twice"), call).expect("no header"),
        Digest::sha256(twice.as_bytes())
    );
}

/// Fault 10: an error that newer engines tell in one of two fields only was not seen.
#[test]
fn an_error_in_either_field_of_the_stream_is_an_error() {
    for message in [
        r#"{"errorDetail":{"message":"denied: requested access to the resource is denied"}}"#,
        r#"{"error":"denied: requested access to the resource is denied"}"#,
    ] {
        let part = ScriptedEngine::start(move |head, connection| {
            let answer = match head.request.contains("/push") {
                true => format!(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{message}\r\n\r\n0\r\n\r\n",
                    message.len() + 2
                ),
                false => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]".to_owned(),
            };
            say(connection, answer);
            true
        });
        let engine = Client::new(&part.endpoint(), &EngineOptions::default()).expect("a handle");
        let error = engine
            .push("127.0.0.1:1/a:1", &Default::default(), &mut Call::new())
            .expect_err("denied");
        assert_eq!(error.kind(), ErrorKind::Denied, "{}", error.report());
    }
}

/// Fault 12: a cookie of the registry came back to it, and was answered with an error.
#[test]
fn a_cookie_is_not_kept() {
    let body = r#"{"name":"a","tags":["1"]}"#;
    let server = Scripted::start(&[(
        "GET /v2/a/tags/list?n=1000",
        respond(200, &[("Set-Cookie", "session=1")], body),
    )]);
    let options = RegistryOptions {
        credentials: Credentials::default().with(
            server.host(),
            Credential::Basic {
                username: "me".into(),
                password: "pass-word".into(),
            },
        ),
        ..RegistryOptions::default()
    };
    let engine = Client::new("unix:///nowhere/engine.sock", &EngineOptions::default());
    let images = Images::new(engine.expect("a handle"), &options);
    let image = remote(&format!("{}/a", server.host()));
    for _ in 0..2 {
        images.tags(&image, &mut Call::new()).expect("tags");
    }
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|asked| asked.header("cookie").is_empty()));
}
