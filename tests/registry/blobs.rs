//! Blobs on their way: cut, redirected, resumed, and never believed.

use std::io::Read;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use imgferry::{BlobOptions, Call, Credential, Digest, Error, ErrorKind, Reference};

use crate::support::{Scripted, respond};
use crate::{connect, error_answer, kind, scripted_image, user};

/// Text, so that scripts can hold it.
fn content(length: usize) -> String {
    (0..length)
        .map(|at| char::from(b'a' + u8::try_from((at * 7 + at / 26) % 26).expect("small")))
        .collect()
}

fn blob(server: &Scripted, content: &str) -> Reference {
    scripted_image(server).with_digest(Digest::sha256(content.as_bytes()))
}

fn line(content: &str) -> String {
    format!("GET /v2/a/blobs/{}", Digest::sha256(content.as_bytes()))
}

fn sized(content: &str) -> BlobOptions {
    BlobOptions {
        size: Some(content.len() as u64),
        ..BlobOptions::default()
    }
}

fn get(server: &Scripted, content: &str, options: &BlobOptions) -> Result<String, Error> {
    get_as(server, content, options, Credential::Anonymous)
}

fn get_as(
    server: &Scripted,
    content: &str,
    options: &BlobOptions,
    credential: Credential,
) -> Result<String, Error> {
    let mut bytes = Vec::new();
    let written = connect(server.host(), credential).save_blob(
        &blob(server, content),
        options,
        &mut bytes,
        &mut Call::new(),
    )?;
    assert_eq!(written, bytes.len() as u64);
    Ok(String::from_utf8(bytes).expect("text"))
}

/// An answer that announces `length` bytes and ends after those of `body`.
fn cut(status: u16, headers: &str, length: usize, body: &str) -> String {
    format!("HTTP/1.1 {status} Scripted\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}

/// `bytes=5-9` as numbers; the end of what there is where it is open.
fn asked_range(range: &str, length: usize) -> (usize, usize) {
    match range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    {
        Some((start, last)) => (
            start.parse().expect("a start"),
            last.parse().map_or(length, |last: usize| last + 1),
        ),
        None => (0, length),
    }
}

/// The part of `content` that was asked for, of which only `served` bytes come.
fn serve(content: &str, range: &str, served: usize) -> String {
    let (start, end) = asked_range(range, content.len());
    let (status, header) = match range {
        "" => (200, String::new()),
        _ => (
            206,
            format!(
                "Content-Range: bytes {start}-{}/{}\r\n",
                end - 1,
                content.len()
            ),
        ),
    };
    let whole = &content[start..end];
    cut(
        status,
        &header,
        whole.len(),
        &whole[..served.min(whole.len())],
    )
}

// case 18
#[test]
fn a_blob_that_is_cut_five_times_goes_on_where_it_was() {
    let text = content(20 * 1024 * 1024);
    let (served, count) = (text.clone(), AtomicUsize::new(0));
    let server = Scripted::with(move |asked| {
        if asked.line == "GET /v2/" {
            return None;
        }
        let bytes = match count.fetch_add(1, Ordering::SeqCst) {
            at if at < 5 => 3_456_789 + 7 * at,
            _ => usize::MAX,
        };
        Some(serve(&served, asked.header("range"), bytes))
    });
    assert!(get(&server, &text, &sized(&text)).expect("the blob") == text);

    let asked = server.asked();
    assert_eq!(asked.len(), 6);
    let mut expected = 0;
    for (at, asked) in asked.iter().enumerate() {
        let (start, _) = asked_range(asked.header("range"), text.len());
        assert_eq!(start, expected, "{asked:?}");
        expected += 3_456_789 + 7 * at;
    }
}

// case 19
#[test]
fn a_registry_that_does_not_know_ranges_is_read_past_what_is_there() {
    let text = content(300_000);
    let wrong_start = format!(
        "Content-Range: bytes 7-{}/{}\r\n",
        text.len() - 1,
        text.len()
    );
    for second in [
        cut(200, "", text.len(), &text),
        cut(206, &wrong_start, text.len() - 7, &text[7..]),
        cut(416, "Content-Range: bytes */5\r\n", 0, ""),
    ] {
        let server = Scripted::start(&[
            (&line(&text), cut(200, "", text.len(), &text[..100_001])),
            (&line(&text), second),
            (&line(&text), cut(200, "", text.len(), &text)),
        ]);
        assert_eq!(get(&server, &text, &sized(&text)).expect("the blob"), text);
        assert_eq!(server.asked()[1].header("range"), "bytes=100001-299999");
    }
}

// case 20
#[test]
fn a_blob_that_is_too_short_too_long_or_another_one_is_never_whole() {
    let text = content(1000);
    let short = &text[..900];
    let long = text.clone() + "more";
    let other = text.replace('a', "b");
    let unframed = |body: &str| format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}");
    let chunked = |body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
        )
    };
    for (answer, expected) in [
        (respond(200, &[], short), ErrorKind::DigestMismatch),
        (respond(200, &[], &long), ErrorKind::DigestMismatch),
        (respond(200, &[], &other), ErrorKind::DigestMismatch),
        (chunked(&long), ErrorKind::DigestMismatch),
        (unframed(&long), ErrorKind::DigestMismatch),
        (chunked(&other), ErrorKind::DigestMismatch),
        // Each try brings the same beginning and then nothing, so it is given up.
        (unframed(short), ErrorKind::ConnectionLost),
        (chunked(short), ErrorKind::ConnectionLost),
    ] {
        let rest = format!("Content-Range: bytes 900-999/{}\r\n", text.len());
        let served = answer.clone();
        let server = Scripted::with(move |asked| match asked.header("range") {
            _ if asked.line == "GET /v2/" => None,
            "" => Some(served.clone()),
            _ => Some(cut(206, &rest, 100, "")),
        });
        let error = get(&server, &text, &sized(&text)).expect_err(&answer);
        assert_eq!(error.kind(), expected, "{answer}: {error}");
        if expected == ErrorKind::ConnectionLost {
            assert_eq!(error.context().expect("a context").attempts, 5);
        }
    }
    // Without a promised size, only the digest can tell.
    let server = Scripted::start(&[(&line(&text), unframed(short))]);
    let error = get(&server, &text, &BlobOptions::default()).expect_err("short");
    assert_eq!(error.kind(), ErrorKind::DigestMismatch, "{error}");
}

#[test]
fn a_reader_that_has_failed_does_not_look_like_the_end() {
    let text = content(1000);
    let server = Scripted::start(&[(&line(&text), respond(200, &[], &text.replace('a', "b")))]);
    let registry = connect(server.host(), Credential::Anonymous);
    let mut reader = registry
        .get_blob(&blob(&server, &text), &sized(&text), &mut Call::new())
        .expect("it begins");
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).expect_err("another blob");
    assert!(bytes.len() < text.len(), "the last piece is not handed out");
    reader.read_to_end(&mut bytes).expect_err("still no end");
}

// case 16
#[test]
fn a_blob_that_is_kept_elsewhere_is_fetched_without_what_opens_the_registry() {
    let text = content(200_000);
    let served = text.clone();
    let first = AtomicUsize::new(0);
    let storage = Scripted::with(move |asked| {
        let bytes = match first.fetch_add(1, Ordering::SeqCst) {
            0 => 100_000,
            _ => usize::MAX,
        };
        Some(serve(&served, asked.header("range"), bytes))
    });
    let location = format!("http://{}/bucket/x?X-Signature=s1gned", storage.host());
    let basic = [("WWW-Authenticate", "Basic realm=\"r\"")];
    let moved = respond(307, &[("Location", &location), ("Set-Cookie", "c=1")], "");
    let get_line = line(&text);
    let server = Scripted::with(move |asked| {
        Some(match asked.header("authorization") {
            "" => respond(401, &basic, ""),
            _ if asked.line == get_line => moved.clone(),
            _ => respond(200, &[], ""),
        })
    });
    let credential = user("me", "pass-word");
    assert_eq!(
        get_as(&server, &text, &sized(&text), credential).expect("the blob"),
        text
    );
    let asked = storage.asked();
    assert_eq!(asked.len(), 2);
    for asked in &asked {
        assert_eq!(asked.line, "GET /bucket/x?X-Signature=s1gned");
        for secret in ["authorization", "cookie", "referer"] {
            assert_eq!(asked.header(secret), "", "{asked:?}");
        }
    }
    assert_eq!(asked[1].header("range"), "bytes=100000-199999");
    // The registry is asked each time, because a signed URL ends.
    let blobs = |asked: &&crate::support::Asked| asked.line == line(&text);
    assert_eq!(server.asked().iter().filter(blobs).count(), 2);
}

// case 16
#[test]
fn a_redirect_that_leads_nowhere_good_is_an_error_that_shows_no_signature() {
    let text = content(10);
    let moved = |to: &str| respond(302, &[("Location", to)], "");
    for (location, what) in [
        ("http://{host}/v2/a/loop?sig=s1gned", "too many"),
        ("http://u:p4ss@{host}/?sig=s1gned", "a user in it"),
        ("ftp://{host}/?sig=s1gned", "neither https nor http"),
        ("http://[/?sig=s1gned", "no URL"),
        ("", "where to"),
    ] {
        let server = Scripted::start(&[
            (&line(&text), moved(location)),
            ("GET /v2/a/loop?sig=s1gned", moved(location)),
        ]);
        let error = get(&server, &text, &sized(&text)).expect_err(location);
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
        let report = error.report();
        assert!(report.contains(what), "{report}");
        assert!(
            !report.contains("s1gned") && !report.contains("p4ss"),
            "{report}"
        );
    }
    let storage = Scripted::start(&[("GET /x?sig=s1gned", error_answer(403, "DENIED"))]);
    let location = format!("http://{}/x?sig=s1gned", storage.host());
    let server = Scripted::start(&[(&line(&text), moved(&location))]);
    let error = get(&server, &text, &sized(&text)).expect_err("refused there");
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(!format!("{error:?} {}", error.report()).contains("s1gned"));
}

// case 17
#[test]
fn a_signed_url_that_has_ended_is_asked_for_again() {
    let text = content(100_000);
    let served = text.clone();
    let storage = Scripted::with(move |asked| {
        Some(match asked.line.as_str() {
            "GET /x?sig=1" if asked.header("range").is_empty() => serve(&served, "", 33_333),
            "GET /x?sig=1" => respond(403, &[], "<Error>Request has expired</Error>"),
            _ => serve(&served, asked.header("range"), usize::MAX),
        })
    });
    let at = |signature: u32| {
        let location = format!("http://{}/x?sig={signature}", storage.host());
        respond(307, &[("Location", &location)], "")
    };
    let line = line(&text);
    let server = Scripted::start(&[(&line, at(1)), (&line, at(1)), (&line, at(2))]);
    assert_eq!(get(&server, &text, &sized(&text)).expect("the blob"), text);
    assert_eq!(
        storage.lines(),
        ["GET /x?sig=1", "GET /x?sig=1", "GET /x?sig=2"]
    );
    assert_eq!(storage.asked()[2].header("range"), "bytes=33333-99999");
}

#[test]
fn a_blob_of_no_bytes_needs_no_registry() {
    let server = Scripted::start(&[]);
    assert_eq!(
        get(&server, "", &BlobOptions::default()).expect("nothing"),
        ""
    );
    assert!(server.lines().is_empty());
}

#[test]
fn a_blob_in_a_coding_that_nobody_asked_for_is_refused() {
    let text = content(10);
    let coded = respond(200, &[("Content-Encoding", "gzip")], &text);
    let server = Scripted::start(&[(&line(&text), coded)]);
    let error = get(&server, &text, &sized(&text)).expect_err("a coding");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.to_string().contains("gzip"), "{error}");
}

#[test]
fn a_part_that_cannot_be_is_refused_before_anything_is_sent() {
    let text = content(10);
    let server = Scripted::start(&[]);
    for (size, offset, length) in [
        (None, 0, Some(0)),
        (None, u64::MAX, Some(1)),
        (Some(10), 11, None),
        (Some(10), 5, Some(6)),
    ] {
        let options = BlobOptions {
            size,
            offset,
            length,
        };
        let error = get(&server, &text, &options).expect_err("no such part");
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{options:?}");
    }
    let registry = connect(server.host(), Credential::Anonymous);
    let by_tag = registry.head_blob(&scripted_image(&server), &mut Call::new());
    assert_eq!(kind(by_tag), ErrorKind::InvalidArgument);
    assert!(server.lines().is_empty());
}

#[test]
fn progress_of_a_blob_counts_to_its_size() {
    let text = content(300_000);
    let server = Scripted::start(&[(&line(&text), respond(200, &[], &text))]);
    let steps = Mutex::new(Vec::new());
    let mut record = |step: &imgferry::ImageProgressStep<'_>| {
        let seen = (step.phase, step.sum_current, step.sum_total);
        steps.lock().expect("not poisoned").push(seen);
        std::ops::ControlFlow::Continue(())
    };
    let mut call = Call::new().progress(&mut record);
    connect(server.host(), Credential::Anonymous)
        .save_blob(
            &blob(&server, &text),
            &sized(&text),
            &mut std::io::sink(),
            &mut call,
        )
        .expect("the blob");
    let steps = steps.into_inner().expect("not poisoned");
    let size = text.len() as u64;
    assert_eq!(
        *steps.last().expect("a record"),
        (imgferry::Phase::Done, size, Some(size))
    );
    assert!(
        steps
            .iter()
            .any(|step| step.0 == imgferry::Phase::Downloading)
    );
}
