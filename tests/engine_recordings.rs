//! Engines that cannot be had here, as they were recorded: dockerd 29.7 with the containerd store (API 1.55) and
//! podman 4.3. The answers are theirs, word for word; a scripted engine says them again.

mod support;

use imgferry::{
    ArchiveOptions, Call, Engine, EngineOptions, Error, ErrorKind, InspectOptions, ListOptions,
    LoadOptions, PullOptions, PushOptions, RemoveOptions, SearchOptions,
};
use support::{ScriptedEngine, say, swallow_chunks};

/// An engine that gives one recorded answer to everything but pings.
fn recorded(version: &'static str, status: &'static str, body: &'static str) -> ScriptedEngine {
    ScriptedEngine::speaking(version, move |head, connection| {
        if head
            .headers
            .iter()
            .any(|header| header.eq_ignore_ascii_case("transfer-encoding: chunked"))
        {
            swallow_chunks(connection);
        }
        let mut answer = format!("HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n");
        // A message a chunk, as engines send them.
        for line in body.lines() {
            answer += &format!("{:x}\r\n{line}\r\n\r\n", line.len() + 2);
        }
        say(connection, answer + "0\r\n\r\n");
        true
    })
}

fn connect(part: &ScriptedEngine) -> Engine {
    Engine::new(&part.endpoint(), &EngineOptions::default()).expect("a handle")
}

fn dockerd(status: &'static str, body: &'static str) -> (ScriptedEngine, Engine) {
    let part = recorded("1.55", status, body);
    let engine = connect(&part);
    (part, engine)
}

fn podman(status: &'static str, body: &'static str) -> (ScriptedEngine, Engine) {
    let part = recorded("1.41", status, body);
    let engine = connect(&part);
    (part, engine)
}

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    let error = result.expect_err("it failed when it was recorded");
    println!("{}", error.report());
    error.kind()
}

const PUSHED: &str = "sha256:7b1d253561e5b43c8bf4002aa15a8eb79b5eb52b81cec4926a7616939b706fcc";

#[test]
fn recorded_pushes_of_29_tell_their_digest_and_their_failures() {
    let push = |body| {
        let (_part, engine) = dockerd("200 OK", body);
        engine.push(
            "127.0.0.1:5711/demo/d29:1",
            &PushOptions::default(),
            &mut Call::new(),
        )
    };
    let pushed = push(
        r#"{"status":"The push refers to repository [127.0.0.1:5711/demo/d29]"}
{"status":"Pushing","progressDetail":{"current":3001783,"total":3001783},"id":"a5f2d5dc4764"}
{"status":"Pushed","progressDetail":{},"id":"a5f2d5dc4764"}
{"status":"1: digest: sha256:7b1d253561e5b43c8bf4002aa15a8eb79b5eb52b81cec4926a7616939b706fcc size: 405"}"#,
    )
    .expect("pushed");
    assert_eq!(pushed.digest.expect("a digest").as_str(), PUSHED);
    assert_eq!(
        (pushed.manifest_size, pushed.warnings.len()),
        (Some(405), 0)
    );

    let partial = push(
        r#"{"status":"The push refers to repository [127.0.0.1:5712/p/list]"}
{"progressDetail":{},"aux":{"manifestPushedInsteadOfIndex":true,"originalIndex":{"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","digest":"sha256:995d17c3f2a142f264290d7df505698d3c23401ee39ef567893147bb92e646f0","size":770},"selectedManifest":{"mediaType":"application/vnd.docker.distribution.manifest.v2+json","digest":"sha256:549c71c429413e6b6b7f66a8967da604abf7a261d782fe3d731f00d38124e65c","size":525,"platform":{"architecture":"amd64","os":"linux"}}}}
{"status":"Pushed","progressDetail":{},"id":"7053c2365f40"}
{"status":"1: digest: sha256:549c71c429413e6b6b7f66a8967da604abf7a261d782fe3d731f00d38124e65c size: 525"}"#,
    )
    .expect("pushed in part");
    assert!(
        partial
            .digest
            .expect("the manifest's")
            .as_str()
            .starts_with("sha256:549c71c4")
    );
    assert_eq!(partial.warnings.len(), 1);

    let denied = push(
        r#"{"status":"The push refers to repository [127.0.0.1:5711/demo/d29]"}
{"status":"Waiting","progressDetail":{},"id":"a5f2d5dc4764"}
{"error":"push access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials","errorDetail":{"message":"push access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials"}}"#,
    );
    assert_eq!(kind(denied), ErrorKind::Unauthorized);
}

#[test]
fn recorded_pulls_of_29_are_understood() {
    let pull = |status, body| {
        let (_part, engine) = dockerd(status, body);
        engine.pull(
            "127.0.0.1:5712/e/ok:1",
            &PullOptions::default(),
            &mut Call::new(),
        )
    };
    let pulled = pull(
        "200 OK",
        r#"{"status":"Pulling from e/ok","id":"1"}
{"status":"Pulling fs layer","progressDetail":{},"id":"7053c2365f40"}
{"status":"Pulling fs layer","progressDetail":{},"id":"85935718c121"}
{"status":"Download complete","progressDetail":{"hidecounts":true},"id":"7053c2365f40"}
{"status":"Download complete","progressDetail":{"hidecounts":true},"id":"85935718c121"}
{"status":"Pull complete","progressDetail":{"hidecounts":true},"id":"7053c2365f40"}
{"status":"Extracting","progressDetail":{"current":1,"units":"s"},"id":"85935718c121"}
{"status":"Pull complete","progressDetail":{"hidecounts":true},"id":"85935718c121"}
{"status":"Digest: sha256:8c377ec6e8f4139af329d32414ce1a1fb2984599e76c73d7526364fc3f562320"}
{"status":"Status: Downloaded newer image for 127.0.0.1:5712/e/ok:1"}"#,
    )
    .expect("pulled");
    assert_eq!((pulled.tags.len(), pulled.up_to_date), (1, false));

    let absent = r#"{"message":"failed to resolve reference \"127.0.0.1:5712/e/ok:nope\": 127.0.0.1:5712/e/ok:nope: not found"}"#;
    assert_eq!(kind(pull("404 Not Found", absent)), ErrorKind::NotFound);
    let denied =
        r#"{"message":"error from registry: requested access to the resource is denied - d"}"#;
    assert_eq!(kind(pull("403 Forbidden", denied)), ErrorKind::Denied);
    let platform = r#"{"message":"no matching manifest for linux/s390x in the manifest list entries: no match for platform in manifest: not found"}"#;
    assert_eq!(kind(pull("404 Not Found", platform)), ErrorKind::Platform);
    let half_closed =
        r#"{"error":"context canceled","errorDetail":{"message":"context canceled"}}"#;
    assert_eq!(kind(pull("200 OK", half_closed)), ErrorKind::Engine);
}

#[test]
fn a_tag_that_29_answers_with_200_was_not_set() {
    let (_part, engine) = dockerd("200 OK", "");
    let error = engine
        .tag("demo/two:1", "demo/t", Some("x"), &mut Call::new())
        .expect_err("200");
    assert_eq!(
        error.answer().map(|answer| answer.status),
        Some(200),
        "{}",
        error.report()
    );
}

#[test]
fn recorded_loads_of_29_name_what_was_loaded() {
    let load = |body| {
        let (_part, engine) = dockerd("200 OK", body);
        engine.load_image(
            &mut std::io::empty(),
            &LoadOptions::default(),
            &mut Call::new(),
        )
    };
    let loaded = load(
        r#"{"stream":"Loaded image ID: sha256:8d6d82c1c134266a3f7cbfc2d6b74ce50596ee64e1791606b68d258ee5fbdd8f\n"}
{"stream":"Loaded image: demo/base:1\n"}"#,
    )
    .expect("loaded");
    assert_eq!((loaded.names.len(), loaded.ids.len()), (1, 1));
    let platform = load(
        r#"{"error":"image demo/two:1 was loaded, but doesn't provide the requested platform ([linux/arm64])","errorDetail":{"message":"image demo/two:1 was loaded, but doesn't provide the requested platform ([linux/arm64])"}}"#,
    );
    assert_eq!(kind(platform), ErrorKind::Platform);
}

#[test]
fn what_newer_versions_can_do_is_asked_for_in_their_words() {
    let (part, engine) = dockerd("200 OK", "[]");
    let call = &mut Call::new();
    let platform = || vec!["linux/arm64/v8".to_owned()];
    let list = ListOptions {
        manifests: true,
        shared_size: true,
        ..ListOptions::default()
    };
    engine.images(&list, call).expect("a list");
    engine
        .history("a:1", Some("linux/arm64"), call)
        .expect("a history");
    let remove = RemoveOptions {
        force: true,
        platforms: platform(),
        ..RemoveOptions::default()
    };
    engine.remove_image("a:1", &remove, call).expect("removed");
    let archive = ArchiveOptions {
        platforms: vec!["linux/amd64".into(), "linux/arm64".into()],
    };
    engine.get_image("a:1", &archive, call).expect("an archive");
    let asked: Vec<_> = part
        .requests()
        .into_iter()
        .map(|head| head.request)
        .collect();
    let arm = "%7B%22os%22%3A%22linux%22%2C%22architecture%22%3A%22arm64%22";
    for expected in [
        "GET /v1.55/images/json?shared-size=1&manifests=1".to_owned(),
        format!("GET /v1.55/images/a:1/history?platform={arm}%7D"),
        format!("DELETE /v1.55/images/a:1?force=1&platforms={arm}%2C%22variant%22%3A%22v8%22%7D"),
    ] {
        assert!(asked.contains(&expected), "{expected} in {asked:#?}");
    }
    let archive = asked.last().expect("an archive");
    assert!(
        archive.starts_with("GET /v1.55/images/get?names=a%3A1&platform="),
        "{archive}"
    );
    assert_eq!(archive.matches("&platform=").count(), 2);
}

#[test]
fn a_recorded_save_that_29_could_not_finish_is_an_error() {
    let (_part, engine) = dockerd(
        "200 OK",
        r#"{"error":"unexpected digest sha256:7de8f090dae9318b03f77cd6f6016dd730cf03435809e94759582d3d5882f2a3 copied","errorDetail":{"message":"unexpected digest sha256:7de8f090dae9318b03f77cd6f6016dd730cf03435809e94759582d3d5882f2a3 copied"}}"#,
    );
    let call = &mut Call::new();
    let archive = engine
        .get_image("a:1", &ArchiveOptions::default(), call)
        .expect("it begins well");
    let error = archive
        .write_to(&mut std::io::sink(), call)
        .expect_err("it did not end well");
    assert!(
        error.report().contains("unexpected digest"),
        "{}",
        error.report()
    );
}

#[test]
fn recorded_lists_and_details_of_29_are_read() {
    let (_part, engine) = dockerd(
        "200 OK",
        r#"[{"Containers":0,"Created":1704067200,"Id":"sha256:995d17c3f2a142f264290d7df505698d3c23401ee39ef567893147bb92e646f0","Labels":{"demo":"1"},"ParentId":"","Descriptor":{"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","digest":"sha256:995d17c3f2a142f264290d7df505698d3c23401ee39ef567893147bb92e646f0","size":770},"RepoDigests":["127.0.0.1:5712/e/list@sha256:995d17c3f2a142f264290d7df505698d3c23401ee39ef567893147bb92e646f0"],"RepoTags":["127.0.0.1:5712/e/list:1"],"SharedSize":-1,"Size":159452}]"#,
    );
    let listed = engine
        .images(&ListOptions::default(), &mut Call::new())
        .expect("a list");
    assert_eq!(listed[0].labels, [("demo".to_owned(), "1".to_owned())]);
    assert_eq!(
        (listed[0].containers, listed[0].shared_size),
        (Some(0), None)
    );

    let (_part, engine) = dockerd(
        "200 OK",
        r#"{"Id":"sha256:7b1d253561e5b43c8bf4002aa15a8eb79b5eb52b81cec4926a7616939b706fcc","RepoTags":["demo/two:1"],"RepoDigests":["demo/two@sha256:7b1d253561e5b43c8bf4002aa15a8eb79b5eb52b81cec4926a7616939b706fcc"],"Comment":"Imported from -","Created":"2026-11-21T16:17:48.412151793Z","Config":{"Labels":{"demo":"1"}},"Architecture":"amd64","Os":"linux","Size":3002502,"RootFS":{"Type":"layers","Layers":["sha256:30619ee16bee17817dc0a9027ae67f238bf05d4922482f1cc463169f250df265"]},"Metadata":{"LastTagTime":"2026-11-21T16:17:48.449508045Z"},"Descriptor":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:7b1d253561e5b43c8bf4002aa15a8eb79b5eb52b81cec4926a7616939b706fcc","size":405}}"#,
    );
    let platform = InspectOptions {
        platform: Some("linux/amd64".into()),
        ..InspectOptions::default()
    };
    let details = engine
        .inspect_image("demo/two:1", &platform, &mut Call::new())
        .expect("details");
    assert_eq!(
        (details.id.as_str(), details.layers.len(), details.size),
        (PUSHED, 1, 3_002_502)
    );
}

#[test]
fn an_engine_that_wants_a_newer_client_says_so() {
    let (_part, engine) = dockerd(
        "400 Bad Request",
        r#"{"message":"client version 1.55 is too old. Minimum supported API version is 1.56, please upgrade your client to a newer version"}"#,
    );
    let refused = engine.images(&ListOptions::default(), &mut Call::new());
    assert_eq!(kind(refused), ErrorKind::Unsupported);
}

#[test]
fn recorded_answers_of_podman_are_understood() {
    let call = &mut Call::new();
    let (_part, engine) = podman(
        "200 OK",
        r#"{"status":"The push refers to repository [127.0.0.1:5711/demo/pod:1]"}
{"status":"1: digest: sha256:c3772a6534c4a27891854c28a1ced44c894ecdc058e4f837d748cc751824ab91 size: 427"}"#,
    );
    let pushed = engine
        .push("127.0.0.1:5711/demo/pod:1", &PushOptions::default(), call)
        .expect("pushed");
    assert!(
        pushed
            .digest
            .expect("a digest")
            .as_str()
            .starts_with("sha256:c3772a65")
    );

    let (_part, engine) = podman(
        "200 OK",
        r#"{"status":"Pulling fs layer","progressDetail":{},"id":"85935718c121"}
{"status":"Download complete","progressDetail":{},"id":"85935718c121"}
{"status":"Download complete","progressDetail":{},"id":"8cef7e1e6541"}"#,
    );
    let pulled = engine
        .pull("127.0.0.1:5712/e/ok:1", &PullOptions::default(), call)
        .expect("pulled");
    assert_eq!(pulled.digest, None, "podman does not tell");

    let (_part, engine) = podman(
        "200 OK",
        r#"{"progressDetail":{},"errorDetail":{"message":"initializing source docker://127.0.0.1:5712/e/ok:nope: reading manifest nope in 127.0.0.1:5712/e/ok: manifest unknown: manifest unknown"},"error":"initializing source docker://127.0.0.1:5712/e/ok:nope: reading manifest nope in 127.0.0.1:5712/e/ok: manifest unknown: manifest unknown"}"#,
    );
    let absent = engine.pull("127.0.0.1:5712/e/ok:nope", &PullOptions::default(), call);
    assert_eq!(kind(absent), ErrorKind::NotFound);

    let (_part, engine) = podman(
        "200 OK",
        r#"{"stream":"Loaded image: localhost/demo/two:1,localhost/demo/two:2"}"#,
    );
    let loaded = engine.load_image(&mut std::io::empty(), &LoadOptions::default(), call);
    assert_eq!(loaded.expect("loaded").names.len(), 2);

    let (_part, engine) = podman(
        "404 Not Found",
        r#"{"cause":"image not known","message":"failed to find image 127.0.0.1:5711/demo/nosuch:1: 127.0.0.1:5711/demo/nosuch:1: image not known","response":404}"#,
    );
    let unknown = engine.push(
        "127.0.0.1:5711/demo/nosuch:1",
        &PushOptions::default(),
        call,
    );
    assert_eq!(kind(unknown), ErrorKind::NotFound);

    let (_part, engine) = podman("404 Not Found", "Not Found");
    let distribution = engine.inspect_distribution("127.0.0.1:5712/e/ok:1", None, call);
    assert_eq!(kind(distribution), ErrorKind::Unsupported);

    let (_part, engine) = podman(
        "200 OK",
        r#"[{"Index":"127.0.0.1:5712","Name":"127.0.0.1:5712/e/ok","Description":"d","Stars":5,"Official":"","Automated":"[OK]","Tag":""}]"#,
    );
    let found = engine
        .search("127.0.0.1:5712/ok", &SearchOptions::default(), call)
        .expect("found");
    assert!(found[0].is_automated && !found[0].is_official);
}
