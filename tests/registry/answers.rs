//! What people want to know: platforms, configs, everything about a tag, what refers to it, and who they are.

use std::ops::ControlFlow;
use std::time::Duration;

use imgferry::{
    Call, Credential, Digest, Error, ErrorKind, ImageProgressStep, Platform, RateLimit, TagInfo,
};

use crate::support::{Scripted, respond};
use crate::{connect, error_answer, kind, scripted_image, user};

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// A document of a registry, and where it is.
struct Document {
    text: String,
    digest: Digest,
}

impl Document {
    fn new(text: String) -> Document {
        Document {
            digest: Digest::sha256(text.as_bytes()),
            text,
        }
    }

    fn descriptor(&self, media_type: &str, rest: &str) -> String {
        let (digest, size) = (&self.digest, self.text.len());
        format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size}{rest}}}"#)
    }
}

/// An image for one processor, with a layer of 1000 bytes that all of them share.
struct Image {
    config: Document,
    manifest: Document,
}

fn image(architecture: &str) -> Image {
    let config = Document::new(format!(
        r#"{{"os":"linux","architecture":"{architecture}","created":"2026-01-02T03:04:05Z",
        "config":{{"Labels":{{"arch":"{architecture}"}},"Env":["A=b"]}},"rootfs":{{"diff_ids":[]}}}}"#
    ));
    let layer = format!(r#"{{"digest":"sha256:{}","size":1000}}"#, "f".repeat(64));
    let manifest = Document::new(format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","config":{},"layers":[{layer}]}}"#,
        config.descriptor(OCI_CONFIG, "")
    ));
    Image { config, manifest }
}

fn index(images: &[&Image]) -> Document {
    let entries: Vec<_> = images
        .iter()
        .map(|image| {
            let config: serde_json::Value = serde_json::from_str(&image.config.text).expect("JSON");
            let platform = format!(
                r#","platform":{{"os":"linux","architecture":{}}}"#,
                config["architecture"]
            );
            image.manifest.descriptor(OCI_MANIFEST, &platform)
        })
        .collect();
    let statement = format!(
        r#"{{"digest":"sha256:{}","size":9,"platform":{{"os":"unknown","architecture":"unknown"}},
        "annotations":{{"vnd.docker.reference.type":"attestation-manifest"}}}}"#,
        "d".repeat(64)
    );
    let entries = [entries, vec![statement]].concat().join(",");
    Document::new(format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[{entries}]}}"#
    ))
}

/// A registry that has `top` as `a:1`, and what is in `images`.
fn serve(top: (&str, &Document), images: &[&Image]) -> Scripted {
    let typed = |media_type: &str, text: &str| respond(200, &[("Content-Type", media_type)], text);
    let mut rules = vec![(
        "GET /v2/a/manifests/1".to_owned(),
        typed(top.0, &top.1.text),
    )];
    for image in images {
        rules.push((
            format!("GET /v2/a/manifests/{}", image.manifest.digest),
            typed(OCI_MANIFEST, &image.manifest.text),
        ));
        rules.push((
            format!("GET /v2/a/blobs/{}", image.config.digest),
            respond(200, &[], &image.config.text),
        ));
    }
    let rules: Vec<_> = rules
        .iter()
        .map(|(line, answer)| (line.as_str(), answer.clone()))
        .collect();
    Scripted::start(&rules)
}

fn tag_info(server: &Scripted) -> Result<TagInfo, Error> {
    connect(server.host(), Credential::Anonymous)
        .tag_info(&scripted_image(server), &mut Call::new())
}

/// A processor that this machine does not have.
fn foreign() -> &'static str {
    match Platform::host().architecture.as_str() {
        "s390x" => "amd64",
        _ => "s390x",
    }
}

#[test]
fn the_platforms_of_an_index_are_told_without_asking_for_each() {
    let (amd64, arm64) = (image("amd64"), image("arm64"));
    let top = index(&[&amd64, &arm64]);
    let server = serve((OCI_INDEX, &top), &[]);
    let platforms = connect(server.host(), Credential::Anonymous)
        .platforms(&scripted_image(&server), &mut Call::new())
        .expect("platforms");
    let shown: Vec<_> = platforms
        .iter()
        .map(|image| (image.platform.to_string(), image.digest.clone()))
        .collect();
    assert_eq!(
        shown,
        [
            ("linux/amd64".to_owned(), amd64.manifest.digest.clone()),
            ("linux/arm64".to_owned(), arm64.manifest.digest.clone())
        ]
    );
    assert_eq!(server.lines(), ["GET /v2/a/manifests/1"]);

    // Where no index says it, the config does.
    let server = serve((OCI_MANIFEST, &arm64.manifest), &[&arm64]);
    let platforms = connect(server.host(), Credential::Anonymous)
        .platforms(&scripted_image(&server), &mut Call::new())
        .expect("platforms");
    assert_eq!(platforms.len(), 1);
    assert_eq!(platforms[0].platform.to_string(), "linux/arm64");
}

#[test]
fn the_config_for_a_platform_is_found_and_a_missing_platform_names_those_that_are_there() {
    let (amd64, arm64) = (image("amd64"), image("arm64"));
    let top = index(&[&amd64, &arm64]);
    let server = serve((OCI_INDEX, &top), &[&amd64, &arm64]);
    let registry = connect(server.host(), Credential::Anonymous);
    let config = |platform: &str| {
        let platform = Platform::parse(platform).expect("a platform");
        registry.image_config(&scripted_image(&server), Some(&platform), &mut Call::new())
    };
    for architecture in ["amd64", "arm64"] {
        let config = config(&format!("linux/{architecture}")).expect("a config");
        assert_eq!(config.labels["arch"], architecture);
        assert_eq!(config.env, ["A=b"]);
    }
    let error = config("linux/s390x").expect_err("no such platform");
    assert_eq!(error.kind(), ErrorKind::Platform);
    assert!(
        error.to_string().contains("linux/amd64, linux/arm64"),
        "{error}"
    );
    // An image that is not an index is of one platform, too.
    let server = serve((OCI_MANIFEST, &arm64.manifest), &[&arm64]);
    let wanted = Platform::parse("linux/amd64").expect("a platform");
    let other = connect(server.host(), Credential::Anonymous).image_config(
        &scripted_image(&server),
        Some(&wanted),
        &mut Call::new(),
    );
    assert_eq!(kind(other), ErrorKind::Platform);
}

#[test]
fn a_tag_is_told_with_all_that_people_ask_of_it() {
    let host = Platform::host().architecture;
    let (first, own) = (image(foreign()), image(&host));
    let top = index(&[&first, &own]);
    let server = serve((OCI_INDEX, &top), &[&first, &own]);
    let info = tag_info(&server).expect("a tag");
    assert_eq!(info.tag.as_deref(), Some("1"));
    assert_eq!(info.digest, top.digest);
    assert_eq!(info.media_type, OCI_INDEX);
    assert_eq!(info.manifest_size, top.text.len() as u64);
    assert_eq!(info.artifact_type, "");
    assert_eq!(info.created, "2026-01-02T03:04:05Z");
    assert_eq!(info.labels["arch"], host, "this machine's platform counts");
    assert_eq!(info.platforms.len(), 2);
    let configs = (first.config.text.len() + own.config.text.len()) as u64;
    assert_eq!(info.size.total, 1000 + configs);
    assert_eq!(info.size.missing.len(), 1, "the statement was not copied");

    // Without one for this machine, the first counts.
    let server = serve((OCI_INDEX, &index(&[&first])), &[&first]);
    assert_eq!(tag_info(&server).expect("a tag").labels["arch"], foreign());
}

#[test]
fn a_config_that_the_registry_does_not_give_is_not_taken_for_none() {
    let own = image(&Platform::host().architecture);
    for (status, kind) in [(405, ErrorKind::Unsupported), (403, ErrorKind::Denied)] {
        let blob = format!("GET /v2/a/blobs/{}", own.config.digest);
        let typed = [("Content-Type", OCI_MANIFEST)];
        let server = Scripted::start(&[
            (
                "GET /v2/a/manifests/1",
                respond(200, &typed, &own.manifest.text),
            ),
            (&blob, respond(status, &[], "{}")),
        ]);
        let error = tag_info(&server).expect_err("it has a config");
        assert_eq!(error.kind(), kind, "{}", error.report());
    }
}

#[test]
fn a_tag_of_what_is_not_an_image_is_told_without_a_platform() {
    let empty = Document::new("{}".into());
    let artifact = Document::new(format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","artifactType":"text/x","config":{},"layers":[]}}"#,
        empty.descriptor("application/vnd.oci.empty.v1+json", "")
    ));
    let server = serve((OCI_MANIFEST, &artifact), &[]);
    let info = tag_info(&server).expect("a tag");
    assert_eq!(info.artifact_type, "text/x");
    assert_eq!((info.created.as_str(), info.platforms.len()), ("", 0));
    assert_eq!(info.size.total, 2);
    let registry = connect(server.host(), Credential::Anonymous);
    let config = registry.image_config(&scripted_image(&server), None, &mut Call::new());
    assert_eq!(kind(config), ErrorKind::Unsupported);
}

fn referrer(content: char, artifact_type: &str) -> String {
    format!(
        r#"{{"mediaType":"{OCI_MANIFEST}","digest":"sha256:{}","size":7,"artifactType":"{artifact_type}"}}"#,
        content.to_string().repeat(64)
    )
}

fn referrers_index(entries: &[String]) -> String {
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[{}]}}"#,
        entries.join(",")
    )
}

fn referrers(server: &Scripted, artifact_type: Option<&str>) -> Result<Vec<String>, Error> {
    let image = scripted_image(server).with_digest(Digest::sha256(b"subject"));
    let found = connect(server.host(), Credential::Anonymous).referrers(
        &image,
        artifact_type,
        &mut Call::new(),
    )?;
    Ok(found
        .iter()
        .map(|referrer| referrer.digest.hex()[..1].to_owned())
        .collect())
}

#[test]
fn what_refers_to_an_image_is_listed_over_pages_and_filtered_where_the_registry_does_not() {
    let subject = Digest::sha256(b"subject");
    let first = format!("GET /v2/a/referrers/{subject}");
    let typed = |headers: &[(&str, &str)], entries: &[String]| {
        let headers = [&[("Content-Type", OCI_INDEX)], headers].concat();
        respond(200, &headers, &referrers_index(entries))
    };
    let next = format!("</v2/a/referrers/{subject}?last=b>; rel=\"next\"");
    let server = Scripted::start(&[
        (
            &first,
            typed(
                &[("Link", &next)],
                &[referrer('a', "text/sbom"), referrer('b', "text/sig")],
            ),
        ),
        (
            &format!("{first}?last=b"),
            typed(&[], &[referrer('c', "text/sig")]),
        ),
        (
            &format!("{first}?artifactType=text%2Fsig"),
            typed(
                &[],
                &[referrer('a', "text/sbom"), referrer('b', "text/sig")],
            ),
        ),
    ]);
    assert_eq!(referrers(&server, None).expect("all"), ["a", "b", "c"]);
    assert_eq!(referrers(&server, Some("text/sig")).expect("some"), ["b"]);
}

#[test]
fn a_registry_without_referrers_is_asked_for_the_tag_that_clients_keep_and_remembered() {
    let subject = Digest::sha256(b"subject");
    let (listed, tag) = (
        format!("GET /v2/a/referrers/{subject}?artifactType=text%2Fsig"),
        format!("GET /v2/a/manifests/sha256-{}", subject.hex()),
    );
    let page = respond(200, &[("Content-Type", "text/html")], "<html>");
    for missing in [
        respond(404, &[], "404 page not found"),
        error_answer(405, "UNSUPPORTED"),
        page,
    ] {
        let index = referrers_index(&[referrer('a', "text/sig"), referrer('b', "text/sbom")]);
        let server = Scripted::start(&[
            (&listed, missing),
            (&tag, respond(200, &[("Content-Type", OCI_INDEX)], &index)),
        ]);
        let registry = connect(server.host(), Credential::Anonymous);
        let image = scripted_image(&server).with_digest(subject.clone());
        for _ in 0..2 {
            let found = registry
                .referrers(&image, Some("text/sig"), &mut Call::new())
                .expect("referrers");
            assert_eq!(found.len(), 1);
        }
        assert_eq!(server.lines(), [listed.as_str(), &tag, &tag]);
    }
    let server = Scripted::start(&[]);
    assert!(referrers(&server, None).expect("none").is_empty());
    let denied = Scripted::start(&[(&listed, error_answer(403, "DENIED"))]);
    let error = referrers(&denied, Some("text/sig")).expect_err("denied");
    assert_eq!(error.kind(), ErrorKind::Denied);
}

#[test]
fn a_login_is_checked_where_somebody_looks_at_it() {
    let bearer = r#"Bearer realm="http://{host}/token",service="s""#;
    let token = "GET /token?service=s&account=me&client_id=imgferry";
    let ping = "GET /v2/";
    let wanted = |challenge: &str| respond(401, &[("WWW-Authenticate", challenge)], "");
    let ok = || respond(200, &[], "");
    let check = |rules: &[(&str, String)], credential: Credential| {
        let server = Scripted::start(rules);
        connect(server.host(), credential).check_login(&mut Call::new())
    };
    let me = || user("me", "pass-word");
    assert!(!check(&[], me()).expect("nobody looks"));
    // The first two pings find the way and what is demanded.
    let basic = wanted("Basic realm=\"r\"");
    let start = [(ping, basic.clone()), (ping, basic.clone())];
    let good = [&start[..], &[(ping, ok())]].concat();
    assert!(check(&good, me()).expect("accepted"));
    let bad = [&start[..], &[(ping, basic.clone())]].concat();
    assert_eq!(kind(check(&bad, me())), ErrorKind::Unauthorized);
    assert_eq!(
        kind(check(&good, Credential::Anonymous)),
        ErrorKind::Unauthorized
    );
    let start = [(ping, wanted(bearer)), (ping, wanted(bearer))];
    let grants = (token, respond(200, &[], r#"{"token":"t0k"}"#));
    let good = [&start[..], &[(ping, ok()), grants]].concat();
    assert!(check(&good, me()).expect("accepted"));
    let refuses = (token, error_answer(401, "UNAUTHORIZED"));
    let bad = [&start[..], &[(ping, ok()), refuses]].concat();
    assert_eq!(kind(check(&bad, me())), ErrorKind::Unauthorized);
}

#[test]
fn the_limit_of_a_registry_is_known_after_it_told() {
    let tags = respond(
        200,
        &[
            ("ratelimit-limit", "100;w=21600"),
            ("RateLimit-Remaining", "76;w=21600"),
            ("docker-ratelimit-source", "192.0.2.7"),
        ],
        r#"{"tags":[]}"#,
    );
    let server = Scripted::start(&[("GET /v2/a/tags/list?n=1000", tags)]);
    let registry = connect(server.host(), Credential::Anonymous);
    assert_eq!(registry.rate_limit(), None);
    registry
        .tags(&scripted_image(&server), &mut Call::new())
        .expect("tags");
    assert_eq!(
        registry.rate_limit(),
        Some(RateLimit {
            limit: Some(100),
            remaining: Some(76),
            window: Some(Duration::from_secs(21600)),
            source: "192.0.2.7".into(),
        })
    );
}

#[test]
fn a_warning_of_the_registry_reaches_the_caller_once() {
    let warned = respond(
        200,
        &[("Warning", "299 - \"this registry moves\"")],
        r#"{"tags":[]}"#,
    );
    let server = Scripted::start(&[("GET /v2/a/tags/list?n=1000", warned)]);
    let registry = connect(server.host(), Credential::Anonymous);
    let mut messages = Vec::new();
    let mut record = |step: &ImageProgressStep<'_>| {
        messages.extend((!step.message.is_empty()).then(|| step.message.to_owned()));
        ControlFlow::Continue(())
    };
    let mut call = Call::new().progress(&mut record);
    for _ in 0..2 {
        registry
            .tags(&scripted_image(&server), &mut call)
            .expect("tags");
    }
    drop(call);
    assert_eq!(messages, ["this registry moves"]);
}

// case 33
#[test]
fn a_registry_that_shows_its_repositories_to_nobody_says_so_after_one_try() {
    const LIST: &str = "GET /v2/_catalog?n=1000";
    let token = "GET /token?service=s&scope=registry%3Acatalog%3A*&client_id=imgferry";
    let challenge = r#"Bearer realm="http://{host}/token",service="s",scope="registry:catalog:*""#;
    let server = Scripted::start(&[
        (LIST, respond(401, &[("WWW-Authenticate", challenge)], "")),
        (LIST, error_answer(401, "UNAUTHORIZED")),
        (token, respond(200, &[], r#"{"token":"t0k"}"#)),
    ]);
    let mut names = connect(server.host(), Credential::Anonymous).repositories(&mut Call::new());
    let error = names.next().expect("an error").expect_err("not shown");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("401 UNAUTHORIZED"), "{error}");
    assert!(error.to_string().contains(server.host()), "{error}");
    assert!(names.next().is_none(), "a failure is the end");
    assert_eq!(server.lines(), [LIST, token, LIST]);
}

#[test]
fn the_next_page_is_asked_for_when_its_first_name_is_wanted() {
    let page = |names: &str, link: &[(&str, &str)]| {
        respond(200, link, &format!(r#"{{"repositories":[{names}]}}"#))
    };
    let link = [("Link", "</v2/_catalog?last=b>; rel=\"next\"")];
    let server = Scripted::start(&[
        (
            "GET /v2/_catalog?n=1000",
            page(r#""a",null,"../x","b""#, &link),
        ),
        ("GET /v2/_catalog?last=b", page(r#""team/c""#, &[])),
    ]);
    let registry = connect(server.host(), Credential::Anonymous);
    let mut names = registry.repositories(&mut Call::new());
    assert!(server.lines().is_empty());
    let mut take = || names.next().map(|name| name.expect("a name"));
    assert_eq!(
        (take().as_deref(), take().as_deref()),
        (Some("a"), Some("b"))
    );
    assert_eq!(server.lines().len(), 1);
    assert_eq!(
        (take().as_deref(), take().as_deref()),
        (Some("team/c"), None)
    );
    assert_eq!(server.lines().len(), 2);
}

#[test]
fn what_the_registry_says_of_a_manifest_is_told_without_fetching_it() {
    let digest = Digest::sha256(b"x");
    let answer = respond(
        200,
        &[
            ("Content-Type", OCI_INDEX),
            ("Docker-Content-Digest", digest.as_str()),
        ],
        "1234567",
    );
    let server = Scripted::start(&[("HEAD /v2/a/manifests/1", answer)]);
    let head = connect(server.host(), Credential::Anonymous)
        .head_manifest(&scripted_image(&server), &mut Call::new())
        .expect("a head");
    assert_eq!(head.digest, Some(digest));
    assert_eq!((head.media_type.as_str(), head.size), (OCI_INDEX, Some(7)));
}

#[test]
fn what_is_asked_in_between_is_not_reported_as_the_end() {
    let own = image(&Platform::host().architecture);
    let server = serve((OCI_MANIFEST, &own.manifest), &[&own]);
    let registry = connect(server.host(), Credential::Anonymous);
    let mut ends = 0;
    let mut count = |step: &ImageProgressStep<'_>| {
        ends += usize::from(step.phase == imgferry::Phase::Done);
        ControlFlow::Continue(())
    };
    let mut call = Call::new().progress(&mut count);
    let reference = scripted_image(&server);
    registry.tag_info(&reference, &mut call).expect("a tag");
    registry
        .platforms(&reference, &mut call)
        .expect("platforms");
    drop(call);
    assert_eq!(ends, 0, "no blob was the caller's");
}
