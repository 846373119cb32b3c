//! What a registry refuses through an engine has its own kind, and leaves nothing.

use imgferry::{ErrorKind, Images};

use super::support::{
    Answer, Engine, Fault, FaultProxy, ImageSpec, Nginx, NginxOptions, Plan, Podman, Registry,
    Requests, unique,
};
use super::{client, load, pull, push, state};

fn errors(status: u16, code: &str) -> Answer {
    Answer::new(status)
        .with_header("Content-Type", "application/json")
        .with_body(format!(
            r#"{{"errors":[{{"code":"{code}","message":"no"}}]}}"#
        ))
}

/// What is refused, and by which answer of the registry.
fn refusals() -> [(ErrorKind, &'static str, Answer); 5] {
    [
        (ErrorKind::Denied, "/v2/refused", errors(403, "DENIED")),
        (
            ErrorKind::NotFound,
            "/v2/refused",
            errors(404, "NAME_UNKNOWN"),
        ),
        (
            ErrorKind::RateLimited,
            "/v2/refused",
            errors(429, "TOOMANYREQUESTS"),
        ),
        (
            ErrorKind::TooLarge,
            "PATCH ",
            Answer::new(413).with_body("<html>413 Request Entity Too Large</html>"),
        ),
        (ErrorKind::TooLarge, "PUT ", Answer::new(413)),
    ]
}

#[test]
fn a_refused_push_says_what_kind_of_refusal_it_was() {
    let part = Engine::start();
    let images = Images::new(client(&part.endpoint()), &Default::default());
    load(images.engine(), &ImageSpec::small("demo/mine:1"));
    let before = state(images.engine());
    let proxy = FaultProxy::in_front_of(Registry::shared(), Plan::none());
    for (kind, requests, answer) in refusals() {
        let target = format!("{}/{}:1", proxy.host(), unique("refused"));
        let requests = Requests::all().containing(requests);
        proxy.set(Plan::always(Fault::answer(requests, answer)));
        let error = push(&images, "demo/mine:1", &target).expect_err("refused");
        assert_eq!(error.kind(), kind, "{}", error.report());
        assert!(error.hint().is_some(), "{}", error.report());
        assert_eq!(state(images.engine()), before, "{}", error.report());
    }
}

#[test]
fn a_refused_pull_says_what_kind_of_refusal_it_was() {
    let part = Engine::start();
    let images = Images::new(client(&part.endpoint()), &Default::default());
    let before = state(images.engine());
    let proxy = FaultProxy::in_front_of(Registry::shared(), Plan::none());
    for (kind, requests, answer) in refusals().into_iter().take(3) {
        let source = format!("{}/{}:1", proxy.host(), unique("refused"));
        let requests = Requests::all().containing(requests);
        proxy.set(Plan::always(Fault::answer(requests, answer)));
        let error = pull(&images, &source, "demo/mine:1").expect_err("refused");
        assert_eq!(error.kind(), kind, "{}", error.report());
        assert_eq!(state(images.engine()), before, "{}", error.report());
    }
}

#[test]
fn a_push_that_podman_gives_up_says_what_kind_of_refusal_it_was() {
    let part = Podman::start();
    let images = Images::new(client(&part.endpoint()), &Default::default());
    load(images.engine(), &ImageSpec::small("docker.io/demo/mine:1"));
    let before = state(images.engine());
    let proxy = FaultProxy::in_front_of(Registry::shared(), Plan::none());
    for (kind, requests, answer) in refusals() {
        // It tries again for a minute and a half.
        if kind == ErrorKind::RateLimited {
            continue;
        }
        let target = format!("{}/{}:1", proxy.host(), unique("refused"));
        let requests = Requests::all().containing(requests);
        proxy.set(Plan::always(Fault::answer(requests, answer)));
        let error = push(&images, "docker.io/demo/mine:1", &target).expect_err("refused");
        assert_eq!(error.kind(), kind, "{}", error.report());
        assert_eq!(state(images.engine()), before, "{}", error.report());
    }
}

#[test]
fn a_registry_behind_a_web_server_refuses_layers_that_are_too_large() {
    let part = Engine::start();
    let images = Images::new(client(&part.endpoint()), &Default::default());
    load(images.engine(), &ImageSpec::small("demo/mine:1"));
    let options = NginxOptions {
        max_body: Some(1000),
        ..NginxOptions::default()
    };
    let nginx = Nginx::in_front_of(Registry::shared().host(), &options);
    let target = format!("{}/{}:1", nginx.host(), unique("large"));
    let error = push(&images, "demo/mine:1", &target).expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{}", error.report());
}
