//! Proving who asks: to registries and token services that are unusual, forgetful or hostile.

use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use imgferry::{Call, Credential, Digest, Error, ErrorKind, ImageProgressStep, Limits};

use crate::support::{Scripted, respond};
use crate::{connect, kind, scripted_image, user};

const TAGS: &str = "GET /v2/a/tags/list?n=1000";

fn tags(server: &Scripted) -> Result<Vec<String>, Error> {
    connect(server.host(), Credential::Anonymous).tags(&scripted_image(server), &mut Call::new())
}

fn no_tags() -> String {
    respond(200, &[], r#"{"tags":[]}"#)
}

fn challenge(rest: &str) -> String {
    let value = format!(r#"Bearer realm="http://{{host}}/token",service="s"{rest}"#);
    respond(401, &[("WWW-Authenticate", &value)], "")
}

const TOKEN: &str = "GET /token?service=s&scope=repository%3Aa%3Apull&client_id=imgferry";

// case 14
#[test]
fn a_challenge_that_only_the_ping_has_is_met() {
    let server = Scripted::start(&[
        ("GET /v2/", respond(200, &[], "")),
        ("GET /v2/", challenge("")),
        (TAGS, respond(401, &[], "")),
        (TAGS, no_tags()),
        (TOKEN, respond(200, &[], r#"{"token":"t0k"}"#)),
    ]);
    tags(&server).expect("tags");
    assert_eq!(server.lines(), ["GET /v2/", TAGS, "GET /v2/", TOKEN, TAGS]);
    let last = server.asked().pop().expect("a request");
    assert_eq!(last.header("authorization"), "Bearer t0k");
}

// case 11
#[test]
fn a_token_that_the_registry_has_forgotten_is_renewed_once() {
    let server = Scripted::start(&[
        ("GET /v2/", challenge("")),
        (TAGS, no_tags()),
        (TAGS, challenge(r#",error="invalid_token""#)),
        (TAGS, no_tags()),
        (TOKEN, respond(200, &[], r#"{"token":"old"}"#)),
        (TOKEN, respond(200, &[], r#"{"access_token":"new"}"#)),
    ]);
    let registry = connect(server.host(), Credential::Anonymous);
    for _ in 0..2 {
        registry
            .tags(&scripted_image(&server), &mut Call::new())
            .expect("tags");
    }
    assert_eq!(server.lines(), ["GET /v2/", TOKEN, TAGS, TAGS, TOKEN, TAGS]);
    let last = server.asked().pop().expect("a request");
    assert_eq!(last.header("authorization"), "Bearer new");
}

// case 12
#[test]
fn a_token_that_does_not_suffice_is_widened_once() {
    let more = r#",error="insufficient_scope",scope="repository:a:pull repository:b:pull""#;
    let wide = "GET /token?service=s&scope=repository%3Aa%3Apull&scope=repository%3Ab%3Apull&client_id=imgferry";
    let start = [
        ("GET /v2/", challenge("")),
        (TOKEN, respond(200, &[], r#"{"token":"narrow"}"#)),
        (wide, respond(200, &[], r#"{"token":"wide"}"#)),
        (TAGS, challenge(more)),
    ];
    let mut served = start.to_vec();
    served.push((TAGS, no_tags()));
    let server = Scripted::start(&served);
    let registry = connect(server.host(), Credential::Anonymous);
    registry
        .tags(&scripted_image(&server), &mut Call::new())
        .expect("tags");
    let lines = ["GET /v2/", TOKEN, TAGS, wide, TAGS];
    assert_eq!(server.lines(), lines);
    registry
        .tags(&scripted_image(&server), &mut Call::new())
        .expect("tags");
    assert_eq!(
        server.lines().len(),
        lines.len() + 1,
        "what was learnt is kept"
    );

    // A registry that is never content.
    let server = Scripted::start(&start);
    let error = tags(&server).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(
        error.answer().expect("an answer").code,
        "insufficient_scope"
    );
    assert_eq!(server.lines(), lines);
}

// case 13
#[test]
fn an_identity_token_is_exchanged_and_stands_in_no_url() {
    let identity = Credential::IdentityToken {
        username: "me".into(),
        token: "ident-ity".into(),
    };
    let server = Scripted::start(&[
        ("GET /v2/", challenge("")),
        (
            "POST /token",
            respond(
                200,
                &[],
                r#"{"access_token":"t","refresh_token":"next-one"}"#,
            ),
        ),
        ("POST /token", respond(200, &[], r#"{"access_token":"u"}"#)),
        (TAGS, no_tags()),
        (TAGS, challenge(r#",error="invalid_token""#)),
        (TAGS, no_tags()),
    ]);
    let registry = connect(server.host(), identity.clone());
    for _ in 0..2 {
        registry
            .tags(&scripted_image(&server), &mut Call::new())
            .expect("tags");
    }
    let posts: Vec<_> = server
        .asked()
        .into_iter()
        .filter(|asked| asked.line == "POST /token")
        .map(|asked| asked.body)
        .collect();
    let body = |token| {
        format!(
            "grant_type=refresh_token&refresh_token={token}&service=s&client_id=imgferry\
             &scope=repository%3Aa%3Apull"
        )
    };
    assert_eq!(posts, [body("ident-ity"), body("next-one")]);

    for status in [404, 405] {
        let get = TOKEN.replace("&client_id", "&account=me&client_id");
        let server = Scripted::start(&[
            ("GET /v2/", challenge("")),
            ("POST /token", respond(status, &[], "")),
            (&get, respond(200, &[], r#"{"token":"t"}"#)),
            (TAGS, no_tags()),
        ]);
        connect(server.host(), identity.clone())
            .tags(&scripted_image(&server), &mut Call::new())
            .expect("tags");
        assert!(
            server
                .lines()
                .iter()
                .all(|line| !line.contains("ident-ity"))
        );
    }
}

// case 15
#[test]
fn a_hostile_token_service_gets_nothing() {
    let elsewhere = Scripted::start(&[]);
    for (realm, secret_may_follow) in [
        ("http://u:p@{elsewhere}/token", false),
        ("http://{elsewhere}/token#x", false),
        ("http://192.0.2.1/token", false),
        ("ftp://{elsewhere}/token", false),
        ("http://{host}/moved", true),
    ] {
        let realm = realm.replace("{elsewhere}", elsewhere.host());
        let value = format!(r#"Bearer realm="{realm}",service="s""#);
        let moved = format!("http://{}/token", elsewhere.host());
        let server = Scripted::with(move |asked| {
            Some(match asked.line.starts_with("GET /moved") {
                true => respond(307, &[("Location", &moved)], ""),
                false => respond(401, &[("WWW-Authenticate", &value)], ""),
            })
        });
        let error = connect(server.host(), user("me", "pass-word"))
            .tags(&scripted_image(&server), &mut Call::new())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{realm}: {error}");
        assert!(!error.report().contains("pass-word"), "{error}");
        let shown = server
            .asked()
            .iter()
            .any(|asked| !asked.header("authorization").is_empty());
        assert_eq!(shown, secret_may_follow, "{realm}");
    }
    assert!(elsewhere.lines().is_empty());

    let huge = respond(200, &[], &" ".repeat(2 << 20));
    let server = Scripted::start(&[("GET /v2/", challenge("")), (TOKEN, huge)]);
    assert_eq!(kind(tags(&server)), ErrorKind::Protocol);
}

#[test]
fn nothing_is_shown_to_a_registry_that_demands_nothing() {
    let server = Scripted::start(&[(TAGS, no_tags())]);
    connect(server.host(), user("me", "pass-word"))
        .tags(&scripted_image(&server), &mut Call::new())
        .expect("tags");
    for asked in server.asked() {
        assert_eq!(asked.header("authorization"), "", "{asked:?}");
    }
}

#[test]
fn a_token_of_the_callers_own_is_shown_as_it_is() {
    let server = Scripted::start(&[("GET /v2/", challenge("")), (TAGS, no_tags())]);
    let own = Credential::Bearer {
        token: "own-token".into(),
    };
    connect(server.host(), own)
        .tags(&scripted_image(&server), &mut Call::new())
        .expect("tags");
    assert_eq!(server.lines(), ["GET /v2/", TAGS]);
    assert_eq!(
        server.asked()[1].header("authorization"),
        "Bearer own-token"
    );
}

#[test]
fn a_removal_is_asked_for_in_other_words_where_delete_is_unknown() {
    let digest = Digest::sha256(b"x");
    let line = format!("DELETE /v2/a/manifests/{digest}");
    let token = |actions| {
        format!("GET /token?service=s&scope=repository%3Aa%3A{actions}&client_id=imgferry")
    };
    let (first, second) = (token("delete%2Cpull%2Cpush"), token("*"));
    let server = Scripted::start(&[
        ("GET /v2/", challenge("")),
        (&first, respond(400, &[], r#"{"error":"invalid scope"}"#)),
        (&second, respond(200, &[], r#"{"token":"t"}"#)),
        (&line, respond(202, &[], "")),
    ]);
    let pinned = scripted_image(&server).with_digest(digest);
    connect(server.host(), Credential::Anonymous)
        .delete_manifest(&pinned, &mut Call::new())
        .expect("delete");
    // It was looked at first, with the same token.
    let read = line.replace("DELETE", "GET");
    assert_eq!(server.lines(), ["GET /v2/", &first, &second, &read, &line]);
}

/// Gives a token only after a while.
fn slow_token_server() -> Scripted {
    Scripted::with(|asked| {
        if asked.line.starts_with("GET /token") {
            thread::sleep(Duration::from_millis(700));
            return Some(respond(200, &[], r#"{"token":"t"}"#));
        }
        match asked.header("authorization") {
            "" => Some(challenge("")),
            _ => Some(no_tags()),
        }
    })
}

#[test]
fn a_callback_that_needs_the_token_being_fetched_gets_an_error_and_no_deadlock() {
    let server = slow_token_server();
    let registry = connect(server.host(), Credential::Anonymous);
    let image = scripted_image(&server);
    let mut inner = Vec::new();
    let mut callback = |_: &ImageProgressStep<'_>| {
        // Ends the test where a deadlock would hold it.
        let limits = Limits {
            deadline: Some(Duration::from_secs(5)),
            ..Limits::default()
        };
        inner.push(kind(registry.tags(&image, &mut Call::new().limits(limits))));
        ControlFlow::Continue(())
    };
    registry
        .tags(&image, &mut Call::new().progress(&mut callback))
        .expect("the outer call goes on");
    assert!(
        !inner.is_empty(),
        "the callback was called while the server was silent"
    );
    assert!(
        inner.iter().all(|kind| *kind == ErrorKind::InvalidState),
        "{inner:?}"
    );
}

// case 36
#[test]
fn a_silent_token_service_does_not_hold_the_call() {
    let server = slow_token_server();
    let limits = Limits {
        answer: Some(Duration::from_millis(300)),
        ..Limits::default()
    };
    let registry = connect(server.host(), Credential::Anonymous);
    let result = registry.tags(&scripted_image(&server), &mut Call::new().limits(limits));
    assert_eq!(kind(result), ErrorKind::Timeout);
    registry
        .tags(&scripted_image(&server), &mut Call::new())
        .expect("the next call fetches its own token");
}
