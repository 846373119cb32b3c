//! What a registry refuses comes back as what it is, through the engine.

use imgferry::ErrorKind;

use super::support::{
    Answer, Engine, Fault, FaultProxy, ImageSpec, Plan, Registry, Requests, unique,
};
use super::{load, open_images, push, state};

#[test]
fn a_refused_push_says_why_and_leaves_nothing() {
    let engine = Engine::start();
    let images = open_images(&engine);
    load(images.engine(), &ImageSpec::small("demo/refused:1"));
    let before = state(images.engine());
    let document =
        |code: &str| format!(r#"{{"errors":[{{"code":"{code}","message":"scripted refusal"}}]}}"#);
    let page = "<html><head><title>413 Request Entity Too Large</title></head></html>";
    for (status, body, kind) in [
        (401, document("UNAUTHORIZED"), ErrorKind::Unauthorized),
        (403, document("DENIED"), ErrorKind::Denied),
        // Of a proxy before the registry.
        (413, page.to_owned(), ErrorKind::TooLarge),
    ] {
        let kind_of_body = match body.starts_with('<') {
            true => "text/html",
            false => "application/json",
        };
        let answer = Answer::new(status)
            .with_header("Content-Type", kind_of_body)
            .with_body(body);
        let proxy = FaultProxy::in_front_of(
            Registry::shared().host(),
            Plan::always(Fault::answer(
                Requests::all().containing("/v2/refused"),
                answer,
            )),
        );
        let target = format!("{}/{}:1", proxy.host(), unique("refused"));
        let error = push(&images, "demo/refused:1", &target).expect_err("refused");
        assert_eq!(error.kind(), kind, "{status}: {}", error.report());
        assert_eq!(state(images.engine()), before, "{status}");
    }
}
