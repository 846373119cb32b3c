//! Engines that behave badly: what they say is never taken for a success, and never lost.

mod support;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use imgferry::{
    Call, Engine, EngineOptions, ErrorKind, InspectOptions, Limits, ListOptions, LoadOptions,
    PullOptions, PushOptions,
};
use support::{Head, ScriptedEngine, say, swallow};

fn connect(part: &ScriptedEngine) -> Engine {
    Engine::new(&part.endpoint(), &EngineOptions::default()).expect("a handle")
}

const PUSH: &[&str] = &[
    r#"{"status":"The push refers to repository [127.0.0.1:5701/demo/two]"}"#,
    r#"{"status":"Preparing","progressDetail":{},"id":"30619ee16bee"}"#,
    r#"{"status":"Pushing","progressDetail":{"current":33792,"total":3000000},"progress":"[\u003e  ]  33.79kB/3MB","id":"30619ee16bee"}"#,
    r#"{"status":"Pushed","progressDetail":{},"id":"30619ee16bee"}"#,
    r#"{"status":"1: digest: sha256:a31a221714acc6b7ce6a9a7514bf4db5c08aaa3e3fdcce9bea864cd2a7e6564a size: 527"}"#,
    r#"{"progressDetail":{},"aux":{"Tag":"1","Digest":"sha256:a31a221714acc6b7ce6a9a7514bf4db5c08aaa3e3fdcce9bea864cd2a7e6564a","Size":527}}"#,
];

const PULL: &[&str] = &[
    r#"{"status":"Pulling from demo/two","id":"1"}"#,
    r#"{"status":"Pulling fs layer","progressDetail":{},"id":"d2deddc08fc4"}"#,
    r#"{"status":"Downloading","progressDetail":{"current":36445,"total":3001193},"progress":"[\u003e ]  36.45kB/3.001MB","id":"d2deddc08fc4"}"#,
    r#"{"status":"Verifying Checksum","progressDetail":{},"id":"d2deddc08fc4"}"#,
    r#"{"status":"Download complete","progressDetail":{},"id":"d2deddc08fc4"}"#,
    r#"{"status":"Extracting","progressDetail":{"current":3001193,"total":3001193},"id":"d2deddc08fc4"}"#,
    r#"{"status":"Pull complete","progressDetail":{},"id":"d2deddc08fc4"}"#,
    r#"{"status":"Digest: sha256:a31a221714acc6b7ce6a9a7514bf4db5c08aaa3e3fdcce9bea864cd2a7e6564a"}"#,
    r#"{"status":"Status: Downloaded newer image for 127.0.0.1:5701/demo/two:1"}"#,
];

const LOAD: &[&str] = &[
    r#"{"status":"Loading layer","progressDetail":{"current":32768,"total":3010560},"progress":"[\u003e ]  32.77kB/3.011MB","id":"30619ee16bee"}"#,
    r#"{"status":"Loading layer","progressDetail":{"current":3010560,"total":3010560},"id":"30619ee16bee"}"#,
    r#"{"stream":"Loaded image: demo/two:1\n"}"#,
    r#"{"stream":"Loaded image: demo/two:2\n"}"#,
];

/// An answer as dockerd 20.10 sends it: a message a chunk (recorded).
fn recorded(messages: &[&str]) -> Vec<u8> {
    let mut answer =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            .to_vec();
    for message in messages {
        answer.extend(format!("{:x}\r\n{message}\r\n\r\n", message.len() + 2).bytes());
    }
    answer.extend(b"0\r\n\r\n");
    answer
}

/// How many places a stream is cut at.
const CUTS: usize = 200;

/// Lets an operation meet the recorded stream cut at 200 places, the last before its last byte, and then whole.
fn meets_cuts(
    messages: &'static [&'static str],
    operation: impl Fn(&Engine, &mut Call<'_>) -> imgferry::Result<()>,
) {
    let length = recorded(messages).len();
    let cut = Arc::new(AtomicUsize::new(0));
    let at = Arc::clone(&cut);
    let part = ScriptedEngine::start(move |_, connection| {
        say(connection, &recorded(messages)[..at.load(Ordering::SeqCst)]);
        at.load(Ordering::SeqCst) == length
    });
    let engine = connect(&part);
    for number in 1..=CUTS {
        let place = (length - 1) * number / CUTS;
        cut.store(place, Ordering::SeqCst);
        let error = operation(&engine, &mut Call::new()).expect_err("it was cut");
        assert_eq!(
            error.kind(),
            ErrorKind::ConnectionLost,
            "cut at {place}: {}",
            error.report()
        );
    }
    cut.store(length, Ordering::SeqCst);
    operation(&engine, &mut Call::new()).expect("whole");
}

#[test]
fn a_push_cut_at_any_byte_is_never_a_success() {
    meets_cuts(PUSH, |engine, call| {
        let pushed = engine.push("127.0.0.1:5701/demo/two:1", &PushOptions::default(), call)?;
        assert!(pushed.digest.is_some());
        Ok(())
    });
}

#[test]
fn a_pull_cut_at_any_byte_is_never_a_success() {
    meets_cuts(PULL, |engine, call| {
        let pulled = engine.pull("127.0.0.1:5701/demo/two:1", &PullOptions::default(), call)?;
        assert!(pulled.digest.is_some());
        Ok(())
    });
}

#[test]
fn a_load_cut_at_any_byte_is_never_a_success() {
    meets_cuts(LOAD, |engine, call| {
        let loaded = engine.load_image(&mut io::empty(), &LoadOptions::default(), call)?;
        assert_eq!(loaded.names, ["demo/two:1", "demo/two:2"]);
        Ok(())
    });
}

#[test]
fn a_stream_without_length_or_chunks_is_not_trusted() {
    let part = ScriptedEngine::start(|_, connection| {
        say(
            connection,
            "HTTP/1.1 200 OK\r\n\r\n{\"status\":\"Status: Downloaded\"}\r\n",
        );
        false
    });
    let error = connect(&part)
        .pull("a:1", &PullOptions::default(), &mut Call::new())
        .expect_err("its end cannot be told from a cut");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{}", error.report());
}

#[test]
fn an_answer_that_comes_before_the_upload_ends_is_reported() {
    let part = ScriptedEngine::start(|_, connection| {
        swallow(connection, 64 * 1024);
        say(
            connection,
            "HTTP/1.1 400 Bad Request\r\nContent-Length: 30\r\nConnection: close\r\n\r\n{\"message\":\"that is too much\"}",
        );
        false
    });
    let mut endless = io::repeat(7);
    let error = connect(&part)
        .load_image(&mut endless, &LoadOptions::default(), &mut Call::new())
        .expect_err("refused");
    assert_eq!(
        error.answer().map(|answer| answer.status),
        Some(400),
        "{}",
        error.report()
    );
    assert!(
        error.report().contains("that is too much"),
        "{}",
        error.report()
    );
}

#[test]
fn an_answer_of_an_engine_that_stops_reading_but_stays_is_reported() {
    let part = ScriptedEngine::start(|_, connection| {
        swallow(connection, 64 * 1024);
        say(
            connection,
            "HTTP/1.1 400 Bad Request\r\nContent-Length: 18\r\n\r\n{\"message\":\"busy\"}",
        );
        std::thread::sleep(Duration::from_secs(20));
        false
    });
    let started = Instant::now();
    let error = connect(&part)
        .load_image(
            &mut io::repeat(7),
            &LoadOptions::default(),
            &mut Call::new(),
        )
        .expect_err("refused");
    assert!(error.report().contains("busy"), "{}", error.report());
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn interim_answers_are_passed_over() {
    let part = ScriptedEngine::start(|_, connection| {
        say(
            connection,
            "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        );
        true
    });
    let listed = connect(&part).images(&ListOptions::default(), &mut Call::new());
    assert_eq!(listed.expect("the final answer"), []);
}

#[test]
fn a_redirect_is_not_followed() {
    let part = ScriptedEngine::start(|_, connection| {
        say(
            connection,
            "HTTP/1.1 301 Moved Permanently\r\nLocation: /v1.41/images/json\r\nContent-Length: 0\r\n\r\n",
        );
        true
    });
    let error = connect(&part)
        .inspect_image("a", &InspectOptions::default(), &mut Call::new())
        .expect_err("moved");
    assert_eq!(
        error.answer().map(|answer| answer.status),
        Some(301),
        "{}",
        error.report()
    );
    assert_eq!(part.requests().len(), 2, "a ping and one question");
}

#[test]
fn a_kept_connection_that_died_is_replaced_for_what_can_be_asked_twice() {
    let part = ScriptedEngine::start(|_, connection| {
        say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
        // It says nothing of closing, and closes.
        false
    });
    let engine = connect(&part);
    for _ in 0..20 {
        engine
            .images(&ListOptions::default(), &mut Call::new())
            .expect("on a new connection");
    }
}

#[test]
fn every_push_says_who_asks_even_nobody() {
    let part = ScriptedEngine::start(|_, connection| {
        say(connection, recorded(PUSH));
        true
    });
    let name = "127.0.0.1:5701/demo/two:1";
    connect(&part)
        .push(name, &PushOptions::default(), &mut Call::new())
        .expect("push");
    let push = part.requests().pop().expect("a push");
    assert_eq!(
        push.request,
        "POST /v1.41/images/127.0.0.1:5701/demo/two/push?tag=1"
    );
    let has = |head: &Head, wanted: &str| {
        head.headers
            .iter()
            .any(|header| header.eq_ignore_ascii_case(wanted))
    };
    assert!(has(&push, "X-Registry-Auth: e30="), "{push:?}");
    assert!(has(&push, "Content-Length: 0"), "{push:?}");
}

#[test]
fn a_call_ends_at_its_deadline_and_at_the_limit_for_an_answer() {
    let part = ScriptedEngine::start(|_, connection| {
        swallow(connection, u64::MAX);
        false
    });
    let engine = connect(&part);
    let limit = Some(Duration::from_millis(600));
    for limits in [
        Limits {
            answer: limit,
            ..Limits::default()
        },
        Limits {
            deadline: limit,
            ..Limits::default()
        },
    ] {
        let started = Instant::now();
        let error = engine
            .images(&ListOptions::default(), &mut Call::new().limits(limits))
            .expect_err("no answer");
        assert_eq!(error.kind(), ErrorKind::Timeout, "{}", error.report());
        let waited = started.elapsed();
        assert!(
            waited >= Duration::from_millis(600) && waited < Duration::from_secs(2),
            "{waited:?}"
        );
    }
}

#[test]
fn an_archive_that_has_failed_never_ends_well() {
    let part = ScriptedEngine::start(|_, connection| {
        // Zeros look like the end of an archive, but the stream is cut.
        let zeros = "\0".repeat(2048);
        say(
            connection,
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n{zeros}\r\n"),
        );
        false
    });
    let engine = connect(&part);
    let call = &mut Call::new();
    let mut archive = engine
        .get_image("a:1", &Default::default(), call)
        .expect("it begins");
    let mut buffer = vec![0; 4096];
    let error = loop {
        match archive.read_with(&mut buffer, call) {
            Ok(0) => panic!("a cut is no end"),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(
        error.kind(),
        ErrorKind::ConnectionLost,
        "{}",
        error.report()
    );
    let again = archive
        .read_with(&mut buffer, call)
        .expect_err("it stays failed");
    assert_eq!(again.kind(), ErrorKind::InvalidState);
}

#[test]
fn a_list_in_place_of_a_document_is_not_taken_for_a_document_that_says_nothing() {
    let part = ScriptedEngine::start(|_, connection| {
        say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
        true
    });
    let error = connect(&part)
        .prune_images(&[], &mut Call::new())
        .expect_err("nobody said that nothing was pruned");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{}", error.report());
}
