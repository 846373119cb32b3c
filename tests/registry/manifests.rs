//! Manifests from registries that differ from docker-registry, break the protocol or lie.

use imgferry::{Call, Credential, Digest, Error, ErrorKind, Platform};

use crate::support::{Scripted, respond};
use crate::{connect, error_answer, scripted_image, user};

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

const HEAD: &str = "HEAD /v2/a/manifests/1";
const GET: &str = "GET /v2/a/manifests/1";

fn digest(server: &Scripted) -> Result<Digest, Error> {
    connect(server.host(), Credential::Anonymous).digest(&scripted_image(server), &mut Call::new())
}

fn get(server: &Scripted) -> Result<imgferry::Manifest, Error> {
    connect(server.host(), Credential::Anonymous)
        .get_manifest(&scripted_image(server), &mut Call::new())
}

fn descriptor(content: char, size: u64) -> String {
    let hex = content.to_string().repeat(64);
    format!(r#"{{"digest":"sha256:{hex}","size":{size}}}"#)
}

/// A manifest with one layer of 1000 bytes and a config of 10 bytes, of its own but for the layer.
fn manifest(config: char) -> String {
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","config":{},"layers":[{}]}}"#,
        descriptor(config, 10),
        descriptor('f', 1000)
    )
}

fn manifest_answer(digest: Option<&str>, body: &str) -> String {
    let mut headers = vec![("Content-Type", OCI_MANIFEST)];
    headers.extend(digest.map(|digest| ("docker-content-digest", digest)));
    respond(200, &headers, body)
}

// case 2
#[test]
fn every_request_for_a_manifest_says_what_can_be_read() {
    let body = manifest('a');
    let server = Scripted::start(&[
        (HEAD, manifest_answer(None, &body)),
        (GET, manifest_answer(None, &body)),
    ]);
    digest(&server).expect("digest");
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    for asked in asked {
        for kind in [
            OCI_INDEX,
            OCI_MANIFEST,
            "application/vnd.docker.distribution.manifest.list.v2+json",
            "application/vnd.docker.distribution.manifest.v2+json",
        ] {
            assert!(asked.header("accept").contains(kind), "{asked:?}");
        }
        assert!(
            !asked.header("accept-encoding").contains("gzip"),
            "{asked:?}"
        );
        assert!(
            asked.header("user-agent").starts_with("imgferry/"),
            "{asked:?}"
        );
    }
}

// case 3
#[test]
fn a_registry_that_does_not_tell_the_digest_is_asked_for_the_manifest() {
    let body = manifest('a');
    for told in [None, Some("sha256:short"), Some("nonsense"), Some("")] {
        let server = Scripted::start(&[
            (HEAD, manifest_answer(told, &body)),
            (GET, manifest_answer(told, &body)),
        ]);
        assert_eq!(
            digest(&server).expect("digest"),
            Digest::sha256(body.as_bytes())
        );
        assert_eq!(server.lines(), [HEAD, GET]);
    }
}

// case 4
#[test]
fn a_registry_or_firewall_that_refuses_head_is_no_obstacle() {
    let body = manifest('a');
    for status in [400, 403, 405, 501] {
        let server = Scripted::start(&[
            (HEAD, respond(status, &[], "")),
            (GET, manifest_answer(None, &body)),
        ]);
        assert_eq!(
            digest(&server).expect("digest"),
            Digest::sha256(body.as_bytes())
        );
    }
    let server = Scripted::start(&[
        (HEAD, respond(403, &[], "")),
        (GET, error_answer(403, "DENIED")),
    ]);
    let error = digest(&server).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert_eq!(error.answer().expect("an answer").code, "DENIED");
}

// case 5
#[test]
fn a_digest_that_does_not_fit_the_bytes_is_not_believed() {
    let lie = Digest::sha256(b"something else");
    let server = Scripted::start(&[(GET, manifest_answer(Some(lie.as_str()), &manifest('a')))]);
    let error = get(&server).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DigestMismatch, "{error}");
}

// case 6
#[test]
fn bytes_that_do_not_have_the_digest_they_were_asked_by_are_refused() {
    let body = manifest('a');
    let wanted = Digest::sha256(b"something else");
    let line = format!("GET /v2/a/manifests/{wanted}");
    let server = Scripted::start(&[(&line, manifest_answer(Some(wanted.as_str()), &body))]);
    let pinned = scripted_image(&server).with_digest(wanted.clone());
    let error = connect(server.host(), Credential::Anonymous)
        .get_manifest(&pinned, &mut Call::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DigestMismatch, "{error}");
    // A cache on the way may have mixed it up, once.
    assert_eq!(server.lines(), [line.as_str(), &line]);

    let line = format!("HEAD /v2/a/manifests/{wanted}");
    let other = Digest::sha256(body.as_bytes());
    let server = Scripted::start(&[(&line, manifest_answer(Some(other.as_str()), &body))]);
    let pinned = scripted_image(&server).with_digest(wanted);
    let error = connect(server.host(), Credential::Anonymous)
        .digest(&pinned, &mut Call::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DigestMismatch, "{error}");
}

// case 7
#[test]
fn a_manifest_that_is_sent_as_something_else_is_refused() {
    let answer = respond(200, &[("Content-Type", OCI_INDEX)], &manifest('a'));
    let server = Scripted::start(&[(GET, answer)]);
    let error = get(&server).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}

// case 8
#[test]
fn a_manifest_of_any_size_does_not_fill_the_memory() {
    let announced =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9437184\r\n\r\n{";
    let blanks = " ".repeat(64 * 1024);
    let endless = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        format!("10000\r\n{blanks}\r\n").repeat(150)
    );
    for answer in [announced.to_owned(), endless] {
        let server = Scripted::start(&[(GET, answer)]);
        let error = get(&server).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
        assert!(error.to_string().contains("larger than 8388608"), "{error}");
    }
}

#[test]
fn an_image_in_a_format_of_before_2016_is_named_as_such() {
    let old = r#"{"schemaVersion":1,"name":"a","tag":"1","fsLayers":[]}"#;
    let server = Scripted::start(&[
        (HEAD, respond(200, &[], "")),
        (GET, respond(200, &[("Content-Type", "text/plain")], old)),
    ]);
    let error = digest(&server).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("schema 1"), "{error}");
}

#[test]
fn a_redirect_is_followed_without_the_password() {
    let elsewhere = Scripted::start(&[]);
    let location = format!("http://{}/v2/a/manifests/1", elsewhere.host());
    let server = Scripted::start(&[(GET, respond(307, &[("Location", &location)], ""))]);
    let error = connect(server.host(), user("me", "pass-word"))
        .get_manifest(&scripted_image(&server), &mut Call::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let asked = elsewhere.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].header("authorization"), "");
    assert!(asked[0].header("accept").contains(OCI_INDEX), "{asked:?}");
}

#[test]
fn an_index_is_sized_without_what_was_not_copied_and_with_its_attestations() {
    let (first, second) = (manifest('a'), manifest('b'));
    let statement = manifest('c').replace(&descriptor('f', 1000), &descriptor('e', 77));
    let entry = |content: &str, rest: &str| {
        let (digest, size) = (Digest::sha256(content.as_bytes()), content.len());
        format!(r#"{{"digest":"{digest}","size":{size},{rest}}}"#)
    };
    let platform =
        |architecture| format!(r#""platform":{{"os":"linux","architecture":"{architecture}"}}"#);
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[{},{},{},{}]}}"#,
        entry(&first, &platform("amd64")),
        entry(&second, &platform("arm64")),
        entry(
            &statement,
            r#""annotations":{"vnd.docker.reference.type":"attestation-manifest"}"#
        ),
        entry("never copied", &platform("s390x")),
    );
    let by_digest =
        |content: &str| format!("GET /v2/a/manifests/{}", Digest::sha256(content.as_bytes()));
    let server = Scripted::start(&[
        (GET, respond(200, &[("Content-Type", OCI_INDEX)], &index)),
        (&by_digest(&first), manifest_answer(None, &first)),
        (&by_digest(&second), manifest_answer(None, &second)),
        (&by_digest(&statement), manifest_answer(None, &statement)),
    ]);
    let size = connect(server.host(), Credential::Anonymous)
        .size(&scripted_image(&server), &mut Call::new())
        .expect("size");
    // Two configs and the layer they share; a config and a layer of the attestation.
    assert_eq!(size.total, (10 + 10 + 1000) + (10 + 77));
    assert_eq!(size.missing, [Digest::sha256(b"never copied")]);
    let platforms: Vec<_> = size
        .platforms
        .iter()
        .map(|one| (one.platform.as_ref().map(Platform::to_string), one.total))
        .collect();
    assert_eq!(
        platforms,
        [
            (Some("linux/amd64".to_owned()), 1010),
            (Some("linux/arm64".to_owned()), 1010)
        ]
    );
}

#[test]
fn sizes_that_add_up_to_nonsense_are_refused() {
    let body = format!(
        r#"{{"schemaVersion":2,"config":{},"layers":[{},{}]}}"#,
        descriptor('a', i64::MAX as u64),
        descriptor('b', i64::MAX as u64),
        descriptor('c', i64::MAX as u64)
    );
    let server = Scripted::start(&[(GET, manifest_answer(None, &body))]);
    let error = connect(server.host(), Credential::Anonymous)
        .size(&scripted_image(&server), &mut Call::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}

// case 34
#[test]
fn a_removal_whose_answer_was_lost_is_a_success() {
    let digest = Digest::sha256(b"x");
    let line = format!("DELETE /v2/a/manifests/{digest}");
    let server = Scripted::start(&[
        (&line, String::new()),
        (&line, error_answer(404, "MANIFEST_UNKNOWN")),
    ]);
    let registry = connect(server.host(), Credential::Anonymous);
    let pinned = scripted_image(&server).with_digest(digest);
    registry
        .delete_manifest(&pinned, &mut Call::new())
        .expect("the first request did it");
    let error = registry
        .delete_manifest(&pinned, &mut Call::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

// case 35
#[test]
fn a_limit_is_told_with_the_time_to_wait() {
    let answer = "HTTP/1.1 429 Too Many Requests\nRetry-After: 86400\nContent-Type: text/plain\n\
                  Content-Length: 27\nConnection: close\n\nToo Many Requests (HAP429).";
    let server = Scripted::start(&[
        (HEAD, answer.replace("\n\n", "\n\r\n")),
        (GET, answer.into()),
    ]);
    let error = get(&server).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after().expect("a time").as_secs(), 86400);
    assert!(error.to_string().contains("HAP429"), "{error}");
    assert_eq!(server.lines().len(), 1);
}

#[test]
fn a_web_page_is_not_taken_for_a_registry() {
    let page = respond(
        200,
        &[("Content-Type", "text/html")],
        "<!DOCTYPE html><p>Log in",
    );
    let server = Scripted::start(&[("GET /v2/", page)]);
    let error = connect(server.host(), Credential::Anonymous)
        .ping(&mut Call::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.to_string().contains("web page"), "{error}");

    let server = Scripted::start(&[("GET /v2/", respond(404, &[], "404 page not found"))]);
    let error = connect(server.host(), Credential::Anonymous)
        .ping(&mut Call::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
