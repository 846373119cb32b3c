//! Mirrors: asked first for what proves itself, and for nothing else.

use imgferry::{
    BlobOptions, Call, Credentials, Digest, ErrorKind, Mirror, Registry, RegistryOptions,
};

use crate::support::{Scripted, respond};
use crate::{error_answer, kind, scripted_image, user};

const MANIFEST: &str = r#"{"schemaVersion":2,"config":{"digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0},"layers":[]}"#;

fn with_mirror(server: &Scripted, mirror: &Scripted, tags: bool) -> Registry {
    let options = RegistryOptions {
        credentials: Credentials::default().with(server.host(), user("me", "pass-word")),
        headers: vec![("x-tenant".into(), "s3cret".into())],
        mirrors: vec![Mirror {
            host: mirror.host().to_owned(),
            tags,
        }],
        ..RegistryOptions::default()
    };
    Registry::new(server.host(), &options).expect("a handle")
}

fn by_digest(server: &Scripted, path: &str, content: &str) -> String {
    let digest = Digest::sha256(content.as_bytes());
    let upstream = server.host().replace(':', "%3A");
    format!("GET /v2/a/{path}/{digest}?ns={upstream}")
}

#[test]
fn what_has_a_digest_comes_from_the_mirror_which_sees_no_credential() {
    let digest = Digest::sha256(MANIFEST.as_bytes());
    let server = Scripted::start(&[]);
    let challenge = r#"Basic realm="r""#;
    let blob = "content";
    let mirror = Scripted::start(&[
        (
            &by_digest(&server, "manifests", MANIFEST),
            respond(200, &[], MANIFEST),
        ),
        (&by_digest(&server, "blobs", blob), respond(200, &[], blob)),
        (
            "GET /v2/",
            respond(401, &[("WWW-Authenticate", challenge)], ""),
        ),
    ]);
    let registry = with_mirror(&server, &mirror, false);
    let call = &mut Call::new();
    let image = scripted_image(&server).with_digest(digest.clone());
    let manifest = registry.get_manifest(&image, call).expect("a manifest");
    assert_eq!(manifest.digest(), &digest);
    let mut bytes = Vec::new();
    let image = scripted_image(&server).with_digest(Digest::sha256(blob.as_bytes()));
    registry
        .save_blob(&image, &BlobOptions::default(), &mut bytes, call)
        .expect("a blob");
    assert_eq!(bytes, blob.as_bytes());
    assert!(server.lines().is_empty(), "{:?}", server.lines());
    for asked in mirror.asked() {
        for secret in ["authorization", "x-tenant", "cookie"] {
            assert_eq!(asked.header(secret), "", "{asked:?}");
        }
    }
}

#[test]
fn a_mirror_that_has_it_not_or_lies_or_is_down_is_passed_over() {
    let get = format!(
        "GET /v2/a/manifests/{}",
        Digest::sha256(MANIFEST.as_bytes())
    );
    for answer in [
        error_answer(404, "MANIFEST_UNKNOWN"),
        error_answer(500, "UNKNOWN"),
        respond(200, &[], &MANIFEST.replace("layers", "liars")),
        String::new(),
    ] {
        let server = Scripted::start(&[(&get, respond(200, &[], MANIFEST))]);
        let line = by_digest(&server, "manifests", MANIFEST);
        let mirror = Scripted::start(&[(&line, answer)]);
        let registry = with_mirror(&server, &mirror, false);
        let image = scripted_image(&server).with_digest(Digest::sha256(MANIFEST.as_bytes()));
        registry
            .get_manifest(&image, &mut Call::new())
            .expect("the registry has it");
        assert_eq!(server.lines(), [get.as_str()]);
        assert_eq!(mirror.lines()[0], line);
    }
    // What nobody has is not found, in the registry's own words.
    let (server, mirror) = (Scripted::start(&[]), Scripted::start(&[]));
    let image = scripted_image(&server).with_digest(Digest::sha256(b"x"));
    let absent = with_mirror(&server, &mirror, false).get_manifest(&image, &mut Call::new());
    assert_eq!(kind(absent), ErrorKind::NotFound);
}

#[test]
fn a_tag_is_the_registrys_own_business_unless_the_caller_says_otherwise() {
    let server = Scripted::start(&[("GET /v2/a/manifests/1", respond(200, &[], MANIFEST))]);
    let old = MANIFEST.replace("\"layers\":[]", "\"layers\":[ ]");
    let upstream = server.host().replace(':', "%3A");
    let line = format!("GET /v2/a/manifests/1?ns={upstream}");
    let mirror = Scripted::start(&[(&line, respond(200, &[], &old))]);
    let image = scripted_image(&server);
    for (tags, expected) in [(false, MANIFEST), (true, &*old)] {
        let manifest = with_mirror(&server, &mirror, tags)
            .get_manifest(&image, &mut Call::new())
            .expect("a manifest");
        assert_eq!(manifest.bytes(), expected.as_bytes());
    }
}
