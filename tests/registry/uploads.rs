//! What a program puts into a real docker-registry, also over bad lines and through narrow proxies.

use std::fs;
use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use imgferry::{
    BlobOptions, BlobSource, Call, Cancel, Credential, Digest, Error, ErrorKind, Reference,
    RetryPolicy, UploadOptions, UploadWay, UploadedBlob,
};

use crate::support::{
    Answer, Direction, Fault, FaultProxy, Nginx, NginxOptions, Plan, Registry, RegistryOptions,
    Requests, SessionRegistry, Tells, TempDir, Then, deep, unique,
};
use crate::{connect, kind, reference};

/// Bytes that no other number has.
fn content(number: u64, length: usize) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// A number of the test's own.
fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed) + u64::from(std::process::id()) * 1000
}

fn repository(host: &str, purpose: &str) -> Reference {
    reference(&format!("{host}/{}", unique(purpose)))
}

fn put(host: &str, repository: &Reference, bytes: &[u8]) -> Result<UploadedBlob, Error> {
    let source = BlobSource::Data(bytes);
    connect(host, Credential::Anonymous).put_blob(
        repository,
        source,
        &UploadOptions::default(),
        &mut Call::new(),
    )
}

/// The blob as the registry has it now.
#[track_caller]
fn stored(part: &Registry, repository: &Reference, digest: &Digest) -> Vec<u8> {
    let name = format!("{}/{}@{digest}", part.host(), repository.path());
    let mut bytes = Vec::new();
    connect(part.host(), Credential::Anonymous)
        .save_blob(
            &reference(&name),
            &BlobOptions::default(),
            &mut bytes,
            &mut Call::new(),
        )
        .expect("it is there");
    bytes
}

/// The upload sessions that are open in a repository. Of one that has ended, the registry keeps the folder, but not when
/// it began.
fn sessions(part: &Registry, repository: &Reference) -> Vec<PathBuf> {
    let folder = format!(
        "docker/registry/v2/repositories/{}/_uploads",
        repository.path()
    );
    let entries = match fs::read_dir(part.root().join(folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => panic!("{error}"),
    };
    let folders = entries.map(|entry| entry.expect("an entry").path());
    let is_open = |folder: &PathBuf| folder.join("startedat").exists();
    folders.filter(is_open).collect()
}

/// Holds that the end of every session was asked for, and that those which are open could not be ended: once bytes of a
/// request were lost, this registry takes the only place of the session that a client knows for malformed. Gives their
/// number.
#[track_caller]
fn assert_all_were_ended(part: &Registry, repository: &Reference) -> usize {
    let open = sessions(part, repository);
    let requests = part.requests();
    for session in &open {
        let name = session.file_name().expect("a name").to_string_lossy();
        let refused = requests.iter().any(|request| {
            request.path.contains(&*name) && request.method == "DELETE" && request.status == 404
        });
        assert!(refused, "{name} is open and was not to be ended");
    }
    open.len()
}

// case 21
#[test]
fn a_blob_from_anywhere_is_uploaded_once() {
    let part = Registry::shared();
    let folder = TempDir::new("upload");
    let path = folder.join("blob");
    let registry = connect(part.host(), Credential::Anonymous);
    for size in [0, 1, 70_000, 3_000_000] {
        let target = repository(part.host(), "from");
        let bytes = content(number(), size);
        fs::write(&path, &bytes).expect("write a file");
        let mut seekable = Cursor::new(&bytes);
        let mut stream = bytes.as_slice();
        let mut ways = Vec::new();
        for source in [
            BlobSource::Stream(&mut stream),
            BlobSource::Data(&bytes),
            BlobSource::File(&path),
            BlobSource::Seekable(&mut seekable),
        ] {
            let uploaded = registry
                .put_blob(&target, source, &UploadOptions::default(), &mut Call::new())
                .expect("an upload");
            assert_eq!(uploaded.digest, Digest::sha256(&bytes));
            assert_eq!(uploaded.size, size as u64);
            ways.push(uploaded.way);
        }
        assert_eq!(ways[0], UploadWay::Whole);
        assert!(ways[1..].iter().all(|way| *way == UploadWay::Existed));
        assert!(stored(part, &target, &Digest::sha256(&bytes)) == bytes);
        assert!(sessions(part, &target).is_empty());
    }
}

#[test]
fn a_blob_in_chunks_is_the_same_blob() {
    let part = Registry::shared();
    let bytes = content(number(), 1_000_003);
    let target = repository(part.host(), "chunks");
    let options = UploadOptions {
        chunk_size: Some(100_000),
        digest: Some(Digest::sha256(&bytes)),
        ..UploadOptions::default()
    };
    let uploaded = connect(part.host(), Credential::Anonymous)
        .put_blob(
            &target,
            BlobSource::Data(&bytes),
            &options,
            &mut Call::new(),
        )
        .expect("an upload");
    assert_eq!(uploaded.way, UploadWay::Chunks);
    assert_eq!(uploaded.sent, bytes.len() as u64);
    assert!(stored(part, &target, &uploaded.digest) == bytes);
}

#[test]
fn content_that_is_not_what_was_promised_is_refused_and_leaves_nothing() {
    let part = Registry::shared();
    let target = repository(part.host(), "promise");
    let options = UploadOptions {
        digest: Some(Digest::sha256(b"something else")),
        ..UploadOptions::default()
    };
    let registry = connect(part.host(), Credential::Anonymous);
    let error = registry
        .put_blob(
            &target,
            BlobSource::Data(b"content"),
            &options,
            &mut Call::new(),
        )
        .expect_err("the registry looks");
    assert_eq!(error.answer().expect("an answer").code, "DIGEST_INVALID");
    let streamed = registry.put_blob(
        &target,
        BlobSource::Stream(&mut b"content".as_slice()),
        &options,
        &mut Call::new(),
    );
    assert_eq!(kind(streamed), ErrorKind::DigestMismatch);
    assert_all_were_ended(part, &target);
}

// case 28
#[test]
fn a_blob_of_another_repository_is_mounted_and_not_sent() {
    let part = Registry::shared();
    let bytes = content(number(), 100_000);
    let (first, second) = (
        repository(part.host(), "mount-from"),
        repository(part.host(), "mount-to"),
    );
    let digest = put(part.host(), &first, &bytes).expect("an upload").digest;
    let registry = connect(part.host(), Credential::Anonymous);
    let options = UploadOptions {
        mount_from: Some(first.path().to_owned()),
        ..UploadOptions::default()
    };
    let uploaded = registry
        .put_blob(
            &second,
            BlobSource::Data(&bytes),
            &options,
            &mut Call::new(),
        )
        .expect("a mount");
    assert_eq!((uploaded.way, uploaded.sent), (UploadWay::Mounted, 0));
    assert!(stored(part, &second, &digest) == bytes);

    // What the other one does not have is uploaded.
    let other = content(number(), 100_000);
    let uploaded = registry
        .put_blob(
            &second,
            BlobSource::Data(&other),
            &options,
            &mut Call::new(),
        )
        .expect("an upload");
    assert_eq!(uploaded.way, UploadWay::Whole);

    let third = repository(part.host(), "mount-only").with_digest(digest);
    let call = &mut Call::new();
    let mounted = registry.mount_blob(&third, second.path(), call);
    assert!(mounted.expect("a mount"));
    let absent = third.with_digest(Digest::sha256(b"nowhere"));
    assert!(
        !registry
            .mount_blob(&absent, second.path(), call)
            .expect("no mount")
    );
    assert!(sessions(part, &third).is_empty());
}

// case 29
#[test]
fn a_manifest_is_put_byte_for_byte_and_tags_go_as_they_came() {
    let part = Registry::shared();
    let target = repository(part.host(), "manifest");
    let config =
        br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;
    let digest = put(part.host(), &target, config).expect("a config").digest;
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    // Blanks are part of what has a digest.
    let manifest = format!(
        r#"{{ "schemaVersion": 2,  "mediaType": "{media_type}", "config": {{"mediaType":"application/vnd.oci.image.config.v1+json",
        "digest": "{digest}", "size": {} }}, "layers": [] }}"#,
        config.len()
    );
    let registry = connect(part.host(), Credential::Anonymous);
    let call = &mut Call::new();
    let tags = ["1", "2", "latest"].map(|tag| target.with_tag(tag).expect("a tag"));
    for tag in &tags {
        let put = registry.put_manifest(tag, media_type, manifest.as_bytes(), call);
        assert_eq!(
            put.expect("a manifest"),
            Digest::sha256(manifest.as_bytes())
        );
        let got = registry.get_manifest(tag, call).expect("a manifest");
        assert_eq!(got.bytes(), manifest.as_bytes());
    }
    for (reference, media_type, manifest) in [
        (
            &tags[0],
            "application/vnd.oci.image.index.v1+json",
            &*manifest,
        ),
        (&tags[0], "json", &*manifest),
        (&tags[0], media_type, "not JSON"),
        (
            &tags[0].with_digest(Digest::sha256(b"x")),
            media_type,
            &*manifest,
        ),
    ] {
        let put = registry.put_manifest(reference, media_type, manifest.as_bytes(), call);
        assert_eq!(kind(put), ErrorKind::InvalidArgument);
    }
    let absent = manifest.replace(&digest.to_string(), Digest::sha256(b"x").as_str());
    let error = registry
        .put_manifest(&tags[0], media_type, absent.as_bytes(), call)
        .expect_err("its config is not there");
    assert_eq!(
        error.answer().expect("an answer").code,
        "MANIFEST_BLOB_UNKNOWN"
    );

    // This registry removes whole manifests only, and then no tag may go.
    assert_eq!(
        kind(registry.delete_tag(&tags[0], call)),
        ErrorKind::Unsupported
    );
    assert_eq!(registry.tags(&target, call).expect("tags").len(), 3);
    let removed = registry.delete_all_tags(&target, call).expect("removed");
    assert_eq!(removed, ["1", "2", "latest"]);
    assert!(registry.tags(&target, call).expect("tags").is_empty());
    let blob = target.with_digest(digest);
    registry.delete_blob(&blob, call).expect("removed");
    assert_eq!(kind(registry.delete_blob(&blob, call)), ErrorKind::NotFound);
}

/// `length` bytes of a request's body are taken, then this is the answer.
fn refused_after(length: u64, status: u16) -> Fault {
    let body = format!(r#"{{"errors":[{{"code":"SCRIPTED","message":"said {status}"}}]}}"#);
    Fault::AnswerAt {
        requests: Requests::all().containing("PUT /v2/"),
        answer: Answer::new(status).with_body(&body),
        after_body: length,
        then: Then::Close,
    }
}

#[test]
fn an_upload_that_is_refused_while_it_is_sent_says_what_the_registry_said() {
    let part = Registry::shared();
    let bytes = content(number(), 30_000_000);
    for (status, expected) in [
        (401, ErrorKind::Unauthorized),
        (403, ErrorKind::Denied),
        (404, ErrorKind::NotFound),
        (413, ErrorKind::TooLarge),
    ] {
        for after in [0, 1_000_000] {
            let proxy = FaultProxy::in_front_of(part, Plan::always(refused_after(after, status)));
            let target = repository(proxy.host(), "refused");
            let error = put(proxy.host(), &target, &bytes).expect_err("refused");
            assert_eq!(error.kind(), expected, "{status} {after}: {error}");
            let answer = error.answer().expect("an answer");
            assert_eq!((answer.status, &*answer.code), (status, "SCRIPTED"));
            assert_eq!(answer.message, format!("said {status}"));
        }
    }
}

// case 26
#[test]
fn a_blob_that_a_proxy_finds_too_large_goes_in_chunks_by_itself() {
    let (limit, size) = match deep() {
        true => (50 << 20, 300_000_000),
        false => (5 << 20, 30_000_000),
    };
    let part = Registry::shared();
    let nginx = Nginx::in_front_of(
        part.host(),
        &NginxOptions {
            max_body: Some(limit),
            ..NginxOptions::default()
        },
    );
    let target = repository(nginx.host(), "narrow");
    let bytes = content(number(), size);
    let uploaded = put(nginx.host(), &target, &bytes).expect("an upload");
    assert_eq!(uploaded.way, UploadWay::Chunks);
    assert!(stored(part, &target, &uploaded.digest) == bytes);
    assert!(sessions(part, &target).is_empty());
}

// case 35
#[test]
fn a_registry_that_is_busy_is_asked_again_and_one_that_is_not_to_be_is_not() {
    let part = Registry::shared();
    let busy = |status: u16, wait: &str| {
        let answer = Answer::new(status)
            .with_header("Retry-After", wait)
            .with_body(r#"{"errors":[{"code":"UNAVAILABLE"}]}"#);
        Fault::answer(Requests::first(2), answer)
    };
    for (status, wait, expected) in [
        (429, "1", ErrorKind::RateLimited),
        (503, "0", ErrorKind::Registry),
    ] {
        let proxy = FaultProxy::in_front_of(part, Plan::always(busy(status, wait)));
        let target = repository(proxy.host(), "busy");
        let bytes = content(number(), 10_000);
        put(proxy.host(), &target, &bytes).expect("it arrives");

        let proxy = FaultProxy::in_front_of(part, Plan::always(busy(status, wait)));
        let options = imgferry::RegistryOptions {
            retries: RetryPolicy {
                attempts: 1,
                ..RetryPolicy::default()
            },
            ..imgferry::RegistryOptions::default()
        };
        let registry = imgferry::Registry::new(proxy.host(), &options).expect("a handle");
        let error = registry
            .put_blob(
                &repository(proxy.host(), "busy"),
                BlobSource::Data(&bytes),
                &UploadOptions::default(),
                &mut Call::new(),
            )
            .expect_err("busy");
        assert_eq!(error.kind(), expected, "{error}");
        let wait = wait.parse().expect("seconds");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(wait)));
    }
}

#[test]
fn eight_uploads_survive_a_restart_of_the_registry() {
    let mut part = Registry::start(RegistryOptions::default());
    let host = part.host().to_owned();
    let registry = connect(&host, Credential::Anonymous);
    let target = reference(&format!("{host}/restarted/app"));
    let blobs: Vec<_> = (0..8).map(|_| content(number(), 20_000_000)).collect();
    let uploaded: Vec<_> = thread::scope(|scope| {
        let uploads: Vec<_> = blobs
            .iter()
            .map(|bytes| {
                let (registry, target) = (&registry, &target);
                scope.spawn(move || {
                    registry.put_blob(
                        target,
                        BlobSource::Data(bytes),
                        &UploadOptions::default(),
                        &mut Call::new(),
                    )
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(100));
        part.restart_same_port();
        uploads
            .into_iter()
            .map(|upload| upload.join().expect("no panic"))
            .collect()
    });
    for (uploaded, bytes) in uploaded.into_iter().zip(&blobs) {
        let digest = uploaded.expect("it arrives").digest;
        assert!(stored(&part, &target, &digest) == *bytes);
    }
}

#[test]
fn uploads_that_fail_or_are_left_leave_no_session() {
    let rounds = if deep() { 100 } else { 10 };
    let part = Registry::start(RegistryOptions::default());
    let target = reference(&format!("{}/left/app", part.host()));
    let registry = connect(part.host(), Credential::Anonymous);
    let bytes = content(number(), 8_000_000);
    let wrong = UploadOptions {
        digest: Some(Digest::sha256(b"something else")),
        chunk_size: Some(1_000_000),
        ..UploadOptions::default()
    };
    for round in 0..rounds {
        let failed = registry.put_blob(&target, BlobSource::Data(&bytes), &wrong, &mut Call::new());
        failed.expect_err("it has another digest");

        let cancel = Cancel::new();
        let mut steps = 0;
        let mut stop = |_: &imgferry::ImageProgressStep<'_>| {
            steps += 1;
            match steps > 1 + round % 5 {
                true => std::ops::ControlFlow::Break(()),
                false => std::ops::ControlFlow::Continue(()),
            }
        };
        let mut call = Call::new()
            .cancel(&cancel)
            .progress_interval(Duration::ZERO)
            .progress(&mut stop);
        let options = UploadOptions {
            chunk_size: Some(1_000_000),
            digest: Some(Digest::sha256(&bytes)),
            ..UploadOptions::default()
        };
        let left = registry.put_blob(&target, BlobSource::Data(&bytes), &options, &mut call);
        assert_eq!(kind(left), ErrorKind::Cancelled);
    }
    let open = assert_all_were_ended(&part, &target);
    println!(
        "{} uploads, {open} sessions that cannot be ended",
        2 * rounds
    );
}

#[test]
fn a_source_that_fails_is_an_error_of_the_source() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let part = Registry::shared();
    let registry = connect(part.host(), Credential::Anonymous);
    let call = &mut Call::new();
    let target = repository(part.host(), "broken");
    let options = UploadOptions::default();
    for source in [
        BlobSource::Stream(&mut Broken),
        BlobSource::File("/nowhere/blob".as_ref()),
    ] {
        let error = registry
            .put_blob(&target, source, &options, call)
            .expect_err("broken");
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    }
}

/// How often something was asked through a proxy.
fn asked(proxy: &FaultProxy, beginning: &str) -> usize {
    let exchanges = proxy.exchanges();
    let of_kind = exchanges
        .iter()
        .filter(|exchange| exchange.request.request.starts_with(beginning));
    of_kind.count()
}

// case 23
#[test]
fn an_upload_that_is_cut_begins_again_where_the_registry_has_forgotten_it() {
    let part = Registry::shared();
    let bytes = content(number(), 5_000_000);
    // The first connection greets by TLS, and the second finds the way.
    let cut = Fault::CutAfter {
        direction: Direction::Up,
        bytes: 2_000_000,
    };
    let proxy = FaultProxy::in_front_of(part, Plan::nth_connection(2, cut));
    let target = repository(proxy.host(), "cut");
    let uploaded = put(proxy.host(), &target, &bytes).expect("it arrives");
    assert!(stored(part, &target, &uploaded.digest) == bytes);
    assert_eq!(asked(&proxy, "POST /v2/"), 2);
    assert_eq!(uploaded.sent, 2 * bytes.len() as u64);
}

#[test]
fn a_blob_arrives_over_connections_that_never_last_where_the_registry_forgets_with_each() {
    let part = Registry::shared();
    let proxy = FaultProxy::in_front_of(part, Plan::every_bytes(6_000_000));
    let name = repository(proxy.host(), "short-lines");
    let bytes = content(number(), 20_000_000);
    let uploaded = put(proxy.host(), &name, &bytes).expect("it arrives");
    assert_eq!(stored(part, &name, &uploaded.digest), bytes);
    assert_all_were_ended(part, &name);
}

// case 25
#[test]
fn a_blob_whose_last_answer_was_lost_is_not_sent_again() {
    let part = Registry::shared();
    let bytes = content(number(), 1_000_000);
    let lost = Fault::CloseInHeaders {
        requests: Requests::first(1).containing("PUT /v2/"),
    };
    let proxy = FaultProxy::in_front_of(part, Plan::always(lost));
    let target = repository(proxy.host(), "lost");
    let uploaded = put(proxy.host(), &target, &bytes).expect("it is there");
    assert_eq!(uploaded.sent, bytes.len() as u64);
    assert_eq!(asked(&proxy, "PUT /v2/"), 1);
    assert!(stored(part, &target, &uploaded.digest) == bytes);
}

fn in_chunks(size: u64) -> UploadOptions {
    UploadOptions {
        chunk_size: Some(size),
        ..UploadOptions::default()
    }
}

#[test]
fn a_cut_inside_a_chunk_costs_one_new_session() {
    let part = Registry::shared();
    let bytes = content(number(), 5_000_000);
    let cut = Fault::CutAfter {
        direction: Direction::Up,
        bytes: 2_500_000,
    };
    let proxy = FaultProxy::in_front_of(part, Plan::nth_connection(2, cut));
    let target = repository(proxy.host(), "inside");
    let uploaded = connect(proxy.host(), Credential::Anonymous)
        .put_blob(
            &target,
            BlobSource::Data(&bytes),
            &in_chunks(1_000_000),
            &mut Call::new(),
        )
        .expect("it arrives");
    assert!(stored(part, &target, &uploaded.digest) == bytes);
    println!(
        "cut inside a chunk: {} sessions, {} bytes of {}",
        asked(&proxy, "POST /v2/"),
        uploaded.sent,
        bytes.len()
    );
    assert_eq!(asked(&proxy, "POST /v2/"), 2);
}

#[test]
fn a_cut_between_chunks_costs_no_session() {
    let part = Registry::shared();
    let bytes = content(number(), 5_000_000);
    let proxy = FaultProxy::in_front_of(part, Plan::none());
    let target = repository(proxy.host(), "between");
    let mut is_cut = false;
    // It is told of a chunk before the first byte of it leaves.
    let mut cut = |step: &imgferry::ImageProgressStep<'_>| {
        if !is_cut && step.phase == imgferry::Phase::Pushing && step.sum_current > 2_000_000 {
            is_cut = true;
            proxy.cut_connections();
        }
        std::ops::ControlFlow::Continue(())
    };
    let mut call = Call::new()
        .progress_interval(Duration::ZERO)
        .progress(&mut cut);
    let uploaded = connect(proxy.host(), Credential::Anonymous)
        .put_blob(
            &target,
            BlobSource::Data(&bytes),
            &in_chunks(1_000_000),
            &mut call,
        )
        .expect("it arrives");
    drop(call);
    assert!(is_cut);
    assert!(stored(part, &target, &uploaded.digest) == bytes);
    println!(
        "cut between chunks: {} session, {} bytes of {}",
        asked(&proxy, "POST /v2/"),
        uploaded.sent,
        bytes.len()
    );
    assert_eq!(asked(&proxy, "POST /v2/"), 1);
    assert_eq!(uploaded.sent, 6_000_000);
}

// case 24
#[test]
fn an_upload_goes_on_where_the_registry_keeps_its_sessions_and_no_byte_goes_twice() {
    // 1 GB with ten breaks, or the tenth of it.
    let (size, break_after, chunk) = match deep() {
        true => (1_000_000_000, 100_000_000, 10_000_000),
        false => (100_000_000, 10_000_000, 1_000_000),
    };
    let server = SessionRegistry::start(Tells::All);
    let proxy = FaultProxy::in_front_of(server.host(), Plan::every_bytes(break_after));
    let bytes = content(number(), size);
    let uploaded = connect(proxy.host(), Credential::Anonymous)
        .put_blob(
            &repository(proxy.host(), "kept"),
            BlobSource::Data(&bytes),
            &in_chunks(chunk),
            &mut Call::new(),
        )
        .expect("it arrives");
    assert_eq!(uploaded.way, UploadWay::Chunks);
    let connections = proxy.connections();
    let up: u64 = connections.iter().map(|connection| connection.up).sum();
    println!(
        "{size} bytes, {} connections, {} sessions, {} bytes received, {up} bytes passed",
        connections.len(),
        asked(&proxy, "POST /v2/"),
        server.received()
    );
    assert_eq!(asked(&proxy, "POST /v2/"), 1, "one session");
    assert_eq!(server.received(), size as u64, "no byte is stored twice");
    let in_flight = connections.len() as u64 * 4 * 1024 * 1024;
    assert!(up < size as u64 + in_flight, "{up}");
}

#[test]
fn a_blob_in_one_request_goes_on_however_often_the_line_breaks() {
    // More breaks than a request has tries.
    let server = SessionRegistry::start(Tells::All);
    let proxy = FaultProxy::in_front_of(server.host(), Plan::every_bytes(3_000_000));
    let bytes = content(number(), 30_000_000);
    put(proxy.host(), &repository(proxy.host(), "breaking"), &bytes).expect("it arrives");
    assert_eq!(asked(&proxy, "POST /v2/"), 1, "one session");
    assert_eq!(server.received(), bytes.len() as u64);
}

// case 27
#[test]
fn a_registry_that_always_names_its_first_chunk_gets_each_chunk_once() {
    let server = SessionRegistry::start(Tells::FirstChunk);
    let bytes = content(number(), 1_000_003);
    let uploaded = connect(server.host(), Credential::Anonymous)
        .put_blob(
            &repository(server.host(), "first"),
            BlobSource::Data(&bytes),
            &in_chunks(100_000),
            &mut Call::new(),
        )
        .expect("it arrives");
    assert_eq!(uploaded.sent, bytes.len() as u64);
    assert_eq!(server.received(), bytes.len() as u64);
}

// case 27
#[test]
fn a_registry_that_never_has_enough_is_left() {
    for tells in [Tells::OneMore, Tells::AnotherPlace] {
        let server = SessionRegistry::start(tells);
        let bytes = content(number(), 20_000_000);
        let error = connect(server.host(), Credential::Anonymous)
            .put_blob(
                &repository(server.host(), "never"),
                BlobSource::Data(&bytes),
                &in_chunks(10_000_000),
                &mut Call::new(),
            )
            .expect_err("it never ends");
        assert_eq!(error.kind(), ErrorKind::Protocol, "{tells:?}: {error}");
        assert!(server.received() < 200_000_000, "{tells:?}");
    }
}

#[test]
fn a_session_is_kept_when_only_the_question_about_it_was_lost() {
    let server = SessionRegistry::start(Tells::All);
    let proxy = FaultProxy::in_front_of(
        server.host(),
        Plan::nth_connection(
            2,
            Fault::CutAfter {
                direction: Direction::Up,
                bytes: 2_500_000,
            },
        )
        .and(Plan::always(Fault::CloseInHeaders {
            requests: Requests::first(2).containing("GET /u/"),
        })),
    );
    let bytes = content(number(), 5_000_000);
    connect(proxy.host(), Credential::Anonymous)
        .put_blob(
            &repository(proxy.host(), "question"),
            BlobSource::Data(&bytes),
            &in_chunks(1_000_000),
            &mut Call::new(),
        )
        .expect("it arrives");
    assert_eq!(asked(&proxy, "POST /v2/"), 1);
    assert_eq!(server.received(), bytes.len() as u64);
}

#[test]
fn a_success_that_is_not_the_registrys_own_is_believed_only_when_the_blob_is_there() {
    let part = Registry::shared();
    let bytes = content(number(), 10_000);
    let asked = || Requests::all().containing("PUT /v2/");
    let made_up = Fault::answer(asked(), Answer::new(204));
    let proxy = FaultProxy::in_front_of(part, Plan::always(made_up));
    let name = repository(proxy.host(), "made-up");
    let error = put(proxy.host(), &name, &bytes).expect_err("nobody has the blob");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{}", error.report());

    let other_word = Fault::rewrite(asked(), |_, answer| {
        answer.status = 204;
        answer.remove_header("Docker-Content-Digest");
    });
    proxy.set(Plan::always(other_word));
    put(proxy.host(), &name, &bytes).expect("it is there");
}

#[test]
fn a_manifest_that_was_taken_by_somebody_elses_word_is_looked_for() {
    let made_up = Fault::answer(Requests::all().containing("PUT /v2/"), Answer::new(204));
    let proxy = FaultProxy::in_front_of(Registry::shared(), Plan::always(made_up));
    let name = repository(proxy.host(), "made-up-manifest");
    let registry = connect(proxy.host(), Credential::Anonymous);
    let media_type = "application/vnd.oci.image.index.v1+json";
    let index = format!(r#"{{"schemaVersion":2,"mediaType":"{media_type}","manifests":[]}}"#);
    let put = registry.put_manifest(&name, media_type, index.as_bytes(), &mut Call::new());
    let error = put.expect_err("nobody has the manifest");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{}", error.report());
}
