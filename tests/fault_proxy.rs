//! What tests rely on when they put the fault proxy in front of a part: without a fault nothing changes, and each fault
//! does exactly what it says.

#[path = "fault_proxy/stands.rs"]
mod stands;
mod support;

use std::env;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::panic;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use stands::{Client, Sink, connect, count, echo, spring, stand, web};
use support::{
    Answer, Connection, Direction, Engine, Exchange, Fault, FaultProxy, ImageSpec, Listen, Plan,
    Registry, RegistryOptions, Requests, TempDir, Then, expect_success, free_port, installed,
    skopeo, unique,
};

use Direction::{Down, Up};

// --- Through to real parts ---

#[test]
fn the_docker_command_works_through_the_proxy() {
    let (engine, registry) = (Engine::shared(), Registry::shared());
    let to_engine = FaultProxy::in_front_of(engine, Plan::none());
    let to_registry = FaultProxy::in_front_of(registry, Plan::none());
    let folder = TempDir::new("through");
    let docker = |arguments: &[&str]| {
        let output = Command::new(installed("docker", "docker.io"))
            .env_clear()
            .env("DOCKER_CONFIG", folder.path())
            .args(["--host", &to_engine.endpoint()])
            .args(arguments)
            .output();
        expect_success(&output.expect("run docker"))
    };
    let repository = unique("through");
    let name = format!("{}/{repository}:1", to_registry.host());
    let archive = folder.join("image.tar");
    let image = ImageSpec::small(&name).write_archive(&archive);
    let archive = archive.to_str().expect("a path in UTF-8");

    docker(&["load", "--input", archive]);
    docker(&["push", &name]);
    docker(&["image", "rm", &name]);
    docker(&["pull", &name]);
    let id = docker(&["image", "inspect", "--format", "{{.Id}}", &name]);
    docker(&["image", "rm", &name]);

    assert_eq!(id, image.id);
    let asked = |proxy: &FaultProxy, text: &str| {
        let exchanges = proxy.exchanges();
        let found = exchanges
            .iter()
            .find(|exchange| exchange.request.request.contains(text));
        found
            .unwrap_or_else(|| panic!("no {text} among {exchanges:#?}"))
            .clone()
    };
    let push = asked(
        &to_engine,
        &format!("/images/{}/{repository}/push", to_registry.host()),
    );
    assert_eq!(push.status, Some(200));
    assert!(push.header("x-registry-auth").is_some());
    let load = asked(&to_engine, "/images/load");
    assert!(load.body_bytes >= fs::metadata(archive).expect("the archive").len());
    let manifest = asked(&to_registry, &format!("PUT /v2/{repository}/manifests/1"));
    assert_eq!((manifest.status, manifest.forwarded), (Some(201), true));
    let blob = asked(&to_registry, &format!("GET /v2/{repository}/blobs/sha256:"));
    assert_eq!(blob.status, Some(200));
    for exchange in to_engine.exchanges().iter().chain(&to_registry.exchanges()) {
        assert!(exchange.status.is_some(), "{exchange:?}");
    }
}

#[test]
fn skopeo_copies_through_the_proxy_and_over_tls() {
    for tls in [false, true] {
        let registry = Registry::start(RegistryOptions {
            tls,
            ..RegistryOptions::default()
        });
        let proxy = FaultProxy::in_front_of(&registry, Plan::none());
        copy_to(proxy.host(), &unique("skopeo"));
        let put = |exchange: &Exchange| exchange.request.request.starts_with("PUT ");
        // What is encrypted passes unread.
        assert_eq!(proxy.exchanges().iter().any(put), !tls);
        let connections = proxy.connections();
        assert!(
            connections.iter().map(|each| each.up).sum::<u64>() > 20_000,
            "{connections:#?}"
        );
    }
}

#[test]
fn what_is_changed_for_a_real_client_is_what_it_complains_of() {
    let registry = Registry::shared();
    let repository = unique("changed");
    copy_to(registry.host(), &repository);
    let manifest = || Requests::all().containing("/manifests/");
    let proxy = FaultProxy::in_front_of(registry, Plan::none());
    let name = format!("docker://{}/{repository}:1", proxy.host());
    let inspect = || skopeo(&["inspect", "--tls-verify=false", &name]);
    expect_success(&inspect());
    for (plan, complaint) in [
        (
            Fault::rewrite(manifest(), |_, answer| answer.body = b"{}".to_vec()),
            "unsupported",
        ),
        (
            Fault::rewrite(manifest(), |_, answer| {
                answer.set_header("Content-Length", "9999")
            }),
            "unexpected EOF",
        ),
        (
            Fault::CloseInHeaders {
                requests: manifest(),
            },
            "EOF",
        ),
        (
            Fault::answer(manifest(), Answer::new(418).with_body("a teapot")),
            "teapot",
        ),
    ] {
        let fault = format!("{plan:?}");
        proxy.set(Plan::always(plan));
        let output = inspect();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains(complaint),
            "{fault}: {said}"
        );
    }
    proxy.set(Plan::none());
    expect_success(&inspect());
}

// --- Bytes ---

#[test]
fn a_cut_comes_after_exactly_so_many_bytes() {
    for (listen, target) in [
        (Listen::Tcp, Listen::Tcp),
        (Listen::Unix, Listen::Unix),
        (Listen::Tcp, Listen::Unix),
        (Listen::Unix, Listen::Tcp),
    ] {
        for bytes in [0, 1, 4095, 100_000, 1_000_000] {
            let (sink, part) = Sink::start(target);
            let fault = Fault::CutAfter {
                direction: Up,
                bytes,
            };
            let proxy = FaultProxy::listening_on(listen, &part, Plan::always(fault));
            let mut client = connect(&proxy, listen);
            // More than all buffers on the way, so that the writer is in the middle of it.
            let error = client
                .write_all(&vec![7; 30_000_000])
                .expect_err("it was cut");
            assert!(
                matches!(
                    error.kind(),
                    io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
                ),
                "{error}"
            );
            assert_eq!(
                client.read(&mut [0; 9]).expect("an end of file, no reset"),
                0
            );
            assert_eq!(sink.got(), Ok(bytes));
            assert_eq!(closed(&proxy).up, bytes);

            let part = spring(target, 30_000_000);
            let fault = Fault::CutAfter {
                direction: Down,
                bytes,
            };
            let proxy = FaultProxy::listening_on(listen, &part, Plan::always(fault));
            let mut client = connect(&proxy, listen);
            assert_eq!(count(&mut client), Ok(bytes));
            let connection = closed(&proxy);
            assert_eq!((connection.up, connection.down), (0, bytes));
        }
    }
}

#[test]
fn a_reset_is_seen_as_one_after_exactly_so_many_bytes() {
    for bytes in [0, 1, 100_000, 3_000_000] {
        let (sink, part) = Sink::start(Listen::Tcp);
        let fault = Fault::ResetAfter {
            direction: Up,
            bytes,
        };
        let proxy = FaultProxy::in_front_of(&part, Plan::always(fault));
        let mut client = connect(&proxy, Listen::Tcp);
        let error = client
            .write_all(&vec![7; 30_000_000])
            .expect_err("it was reset");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(sink.got(), Err((bytes, io::ErrorKind::ConnectionReset)));

        let part = spring(Listen::Tcp, 30_000_000);
        let fault = Fault::ResetAfter {
            direction: Down,
            bytes,
        };
        let proxy = FaultProxy::in_front_of(&part, Plan::always(fault));
        let mut client = connect(&proxy, Listen::Tcp);
        assert_eq!(
            count(&mut client),
            Err((bytes, io::ErrorKind::ConnectionReset))
        );
        assert_eq!(closed(&proxy).down, bytes);
    }
}

#[test]
fn a_reset_of_a_unix_socket_comes_when_the_client_sends_on() {
    let (sink, part) = Sink::start(Listen::Unix);
    let fault = Fault::ResetAfter {
        direction: Up,
        bytes: 1000,
    };
    let proxy = FaultProxy::in_front_of(&part, Plan::always(fault));
    let mut client = connect(&proxy, Listen::Unix);
    client.write_all(&[7; 1000]).expect("all of it may pass");
    thread::sleep(Duration::from_millis(300));
    assert!(proxy.connections()[0].open, "it waits for one byte more");
    client.write_all(&[7]).expect("the byte that is not read");
    let error = client.read(&mut [0; 9]).expect_err("a reset");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(sink.got(), Ok(1000));
}

#[test]
fn a_reset_of_the_part_reaches_the_client() {
    let part = stand(Listen::Tcp, |mut stream| {
        let _ = stream.read(&mut [0; 1]);
        // Closed with bytes unread.
    });
    let proxy = FaultProxy::in_front_of(&part, Plan::none());
    let mut client = connect(&proxy, Listen::Tcp);
    client.write_all(b"\x16 is no HTTP").expect("send");
    assert_eq!(count(&mut client), Err((0, io::ErrorKind::ConnectionReset)));
}

#[test]
fn a_stall_closes_nothing_and_ends_with_another_plan() {
    for direction in [Up, Down] {
        let part = stand(Listen::Tcp, echo);
        let fault = Fault::StallAfter {
            direction,
            bytes: 1000,
        };
        let proxy = FaultProxy::in_front_of(&part, Plan::always(fault));
        let mut client = connect(&proxy, Listen::Tcp);
        client.write_all(&[7; 5000]).expect("send");
        let limit = Some(Duration::from_millis(300));
        client.0.set_read_timeout(limit).expect("a limit");
        let mut got = 0;
        let error = loop {
            match client.read(&mut [0; 4096]) {
                Ok(0) => panic!("a stall closes nothing"),
                Ok(count) => got += count,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        let connection = &proxy.connections()[0];
        assert!(connection.open);
        match direction {
            Up => assert_eq!(connection.up, 1000),
            Down => assert_eq!((connection.down, got), (1000, 1000)),
        }

        proxy.set(Plan::none());
        client.0.set_read_timeout(None).expect("no limit");
        client.0.shutdown(Shutdown::Write).expect("the end");
        assert_eq!(count(&mut client).map(|rest| rest + got as u64), Ok(5000));
    }
}

#[test]
fn a_trickle_keeps_its_rate() {
    for (bytes_per_second, bytes) in [(20_000, 16_000), (1_000_000, 800_000), (5, 4)] {
        let fault = Fault::Trickle {
            direction: Down,
            bytes_per_second,
        };
        let proxy = FaultProxy::in_front_of(&spring(Listen::Tcp, bytes), Plan::always(fault));
        let started = Instant::now();
        assert_eq!(count(&mut connect(&proxy, Listen::Tcp)), Ok(bytes));
        let seconds = started.elapsed().as_secs_f64();
        println!("{bytes} bytes at {bytes_per_second} a second took {seconds:.3} s");
        // A machine that is busy makes it slower, nothing makes it faster.
        assert!((0.7..3.0).contains(&seconds), "{seconds} s");
    }
    // Upwards, and healed on the way.
    let (sink, part) = Sink::start(Listen::Tcp);
    let fault = Fault::Trickle {
        direction: Up,
        bytes_per_second: 1000,
    };
    let proxy = FaultProxy::in_front_of(&part, Plan::always(fault));
    let mut client = connect(&proxy, Listen::Tcp);
    let started = Instant::now();
    client.write_all(&[7; 100_000]).expect("room in buffers");
    client.0.shutdown(Shutdown::Write).expect("the end");
    thread::sleep(Duration::from_millis(500));
    let passed = proxy.connections()[0].up;
    let most = started.elapsed().as_millis() as u64 + 100;
    assert!((100..most).contains(&passed), "{passed}");
    proxy.set(Plan::none());
    assert_eq!(sink.got(), Ok(100_000));
}

// --- Messages ---

#[test]
fn the_nth_request_of_a_kept_connection_is_answered_by_the_proxy() {
    let proxy = FaultProxy::in_front_of(
        &web(Listen::Tcp),
        Plan::always(Fault::answer(
            Requests::nth(3),
            Answer::new(503)
                .with_header("Retry-After", "1")
                .with_body("busy"),
        )),
    );
    let mut client = Client::of(&proxy, Listen::Tcp);
    for number in 1..=5 {
        // Bodies of both framings, which must not be taken for requests.
        let chunked = "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nGET /\r\nb\r\n HTTP/1.1\r\n\r\n0\r\nA: b\r\n\r\n";
        let framed = if number % 2 == 1 {
            chunked
        } else {
            "Content-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n"
        };
        let answer = client.ask(&format!("POST /{number} HTTP/1.1\r\nHost: a\r\n{framed}"));
        match number {
            3 => {
                assert_eq!((answer.status, answer.body.as_slice()), (503, &b"busy"[..]));
                assert_eq!(answer.header("retry-after"), Some("1"));
            }
            _ => assert_eq!(text(&answer), format!("POST /{number}")),
        }
    }
    let exchanges = proxy.exchanges();
    assert_eq!(proxy.connections().len(), 1);
    assert_eq!(
        exchanges
            .iter()
            .map(|each| (each.status, each.forwarded))
            .collect::<Vec<_>>(),
        [
            (Some(200), true),
            (Some(200), true),
            (Some(503), false),
            (Some(200), true),
            (Some(200), true)
        ]
    );
    assert_eq!(
        exchanges
            .iter()
            .map(|each| each.body_bytes)
            .collect::<Vec<_>>(),
        [16, 18, 16, 18, 16]
    );
}

#[test]
fn requests_are_counted_over_all_connections_and_by_their_text() {
    let fault = Fault::answer(Requests::first(2).containing("PATCH "), Answer::new(500));
    let part = web(Listen::Unix);
    let proxy = FaultProxy::in_front_of(&part, Plan::always(fault));
    let statuses: Vec<_> = ["GET", "PATCH", "GET", "PATCH", "PATCH"]
        .iter()
        .map(|method| {
            Client::of(&proxy, Listen::Unix)
                .ask(&format!("{method} / HTTP/1.1\r\n\r\n"))
                .status
        })
        .collect();
    assert_eq!(statuses, [200, 500, 200, 500, 200]);
}

#[test]
fn an_answer_in_the_middle_of_an_upload_comes_while_the_client_sends() {
    for then in [Then::Close, Then::GoOn, Then::Stall] {
        let fault = Fault::AnswerAt {
            requests: Requests::nth(1),
            answer: Answer::new(413).with_body("too much"),
            after_body: 1_000_000,
            then,
        };
        let proxy = FaultProxy::in_front_of(&web(Listen::Tcp), Plan::always(fault));
        let mut client = Client::of(&proxy, Listen::Tcp);
        let size = 40_000_000;
        let head = format!("PUT /big HTTP/1.1\r\nContent-Length: {size}\r\n\r\n");
        client.send(head.as_bytes());
        client.send(&vec![7; 1_000_000]);
        // Nothing more is sent, and the answer is here.
        assert_eq!(text(&client.answer("PUT")), "too much");
        let rest = vec![7; size - 1_000_000];
        match then {
            Then::Close => {
                assert_eq!(client.stream.read(&mut [0]).expect("an end of file"), 0);
                client
                    .stream
                    .get_mut()
                    .write_all(&rest)
                    .expect_err("it is closed");
                assert!(!closed(&proxy).open);
            }
            Then::GoOn => {
                client.send(&rest);
                assert_eq!(text(&client.ask("GET /next HTTP/1.1\r\n\r\n")), "GET /next");
                assert_eq!(proxy.exchanges()[0].body_bytes, size as u64);
            }
            Then::Stall => {
                let stream = client.stream.get_mut();
                stream
                    .0
                    .set_write_timeout(Some(Duration::from_millis(300)))
                    .expect("a limit");
                let error = stream.write_all(&rest).expect_err("nobody reads");
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                assert!(proxy.connections()[0].open);
            }
        }
        assert!(!proxy.exchanges()[0].forwarded);
    }
}

#[test]
fn a_client_that_waits_to_send_its_body_gets_its_word() {
    let upload = "PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    let fault = |after_body| Fault::AnswerAt {
        requests: Requests::all(),
        answer: Answer::new(401),
        after_body,
        then: Then::GoOn,
    };
    let proxy = FaultProxy::in_front_of(&web(Listen::Tcp), Plan::always(fault(0)));
    let mut client = Client::of(&proxy, Listen::Tcp);
    let refused = client.ask(upload);
    assert_eq!(
        (refused.status, refused.header("connection")),
        (401, Some("close"))
    );
    assert_eq!(client.stream.read(&mut [0]).expect("an end of file"), 0);

    for (plan, status) in [(Plan::always(fault(4)), 401), (Plan::none(), 200)] {
        proxy.set(plan);
        let mut client = Client::of(&proxy, Listen::Tcp);
        assert_eq!(client.ask(upload).status, 100);
        assert_eq!(client.ask("body").status, status);
    }
}

#[test]
fn rewritten_answers_are_framed_right_or_lie_as_told() {
    let plan = |rewrite: fn(&mut Answer)| {
        Plan::always(Fault::rewrite(Requests::all(), move |_, answer| {
            rewrite(answer)
        }))
    };
    let proxy = FaultProxy::in_front_of(&web(Listen::Tcp), Plan::none());
    let mut client = Client::of(&proxy, Listen::Tcp);

    // On one kept connection: each answer ends where it says.
    proxy.set(plan(|answer| {
        answer.body.extend(b" and more");
        answer.set_header("Docker-Content-Digest", "sha256:0");
    }));
    for path in ["/length", "/chunked"] {
        let answer = client.ask(&format!("GET {path} HTTP/1.1\r\n\r\n"));
        assert_eq!(text(&answer), format!("GET {path} and more"));
        assert_eq!(answer.header("docker-content-digest"), Some("sha256:0"));
        assert_eq!(
            answer.header("Transfer-Encoding").is_some(),
            path == "/chunked"
        );
    }
    let head = client.ask("HEAD /length HTTP/1.1\r\n\r\n");
    assert_eq!(
        head.header("content-length"),
        Some("12"),
        "as the part said"
    );
    assert_eq!(text(&client.ask("GET /interim HTTP/1.1\r\n\r\n")), "");
    assert_eq!(text(&client.answer("GET")), "GET /interim and more");
    assert_eq!(proxy.connections().len(), 1);
    let until_close = client.ask("GET /close HTTP/1.1\r\n\r\n");
    assert_eq!(text(&until_close), "GET /close and more");

    // A lie ends with the connection.
    proxy.set(plan(|answer| answer.set_header("Content-Length", "100")));
    let mut client = Client::of(&proxy, Listen::Tcp);
    client.send(b"GET /length HTTP/1.1\r\n\r\n");
    let mut whole = String::new();
    client
        .stream
        .read_to_string(&mut whole)
        .expect("an end of file");
    assert!(
        whole.contains("Content-Length: 100\r\n") && whole.ends_with("\r\n\r\nGET /length"),
        "{whole}"
    );
}

#[test]
fn messages_may_come_in_any_pieces() {
    let part = web(Listen::Unix);
    let rewrite = || Fault::rewrite(Requests::all(), |_, answer| answer.body.push(b'!'));
    let requests: String = ["/chunked", "/length", "/interim", "/chunked"]
        .map(|path| {
            let headers = "X-Pieces: 1\r\nTransfer-Encoding: chunked";
            format!("PUT {path} HTTP/1.1\r\n{headers}\r\n\r\na\r\n0123456789\r\n0\r\n\r\n")
        })
        .concat();
    for (plan, mark) in [(Plan::none(), ""), (Plan::always(rewrite()), "!")] {
        let proxy = FaultProxy::in_front_of(&part, plan);
        let mut client = Client::of(&proxy, Listen::Unix);
        // In one piece and byte by byte; the next request does not wait for the answer.
        client.send(requests.as_bytes());
        for byte in requests.bytes() {
            client.send(&[byte]);
        }
        for _ in 0..2 {
            for path in ["/chunked", "/length", "/interim", "/chunked"] {
                let mut answer = client.answer("PUT");
                if path == "/interim" {
                    assert_eq!(answer.status, 103);
                    answer = client.answer("PUT");
                }
                assert_eq!(text(&answer), format!("PUT {path}{mark}"));
            }
        }
        let exchanges = proxy.exchanges();
        assert!(
            exchanges
                .iter()
                .all(|each| (each.body_bytes, each.status) == (10, Some(200))),
            "{exchanges:#?}"
        );
        assert_eq!((exchanges.len(), proxy.connections().len()), (8, 1));
    }
}

#[test]
fn an_answer_can_end_in_its_head_or_never_come() {
    let proxy = FaultProxy::in_front_of(&web(Listen::Tcp), Plan::none());
    let mut client = Client::of(&proxy, Listen::Tcp);
    client.ask("GET / HTTP/1.1\r\n\r\n");
    proxy.set(Plan::always(Fault::CloseInHeaders {
        requests: Requests::nth(1),
    }));
    client.send(b"GET / HTTP/1.1\r\n\r\n");
    let mut whole = String::new();
    client
        .stream
        .read_to_string(&mut whole)
        .expect("an end of file");
    assert!(
        whole.starts_with("HTTP/1.1 200 OK\r\n") && !whole.contains("\r\n\r\n"),
        "{whole}"
    );

    proxy.set(Plan::always(Fault::NoAnswer {
        requests: Requests::nth(1),
    }));
    let mut client = Client::of(&proxy, Listen::Tcp);
    client.send(b"GET /never HTTP/1.1\r\n\r\nGET /neither HTTP/1.1\r\n\r\n");
    let limit = Some(Duration::from_millis(300));
    client
        .stream
        .get_mut()
        .0
        .set_read_timeout(limit)
        .expect("a limit");
    let error = client.stream.read(&mut [0]).expect_err("no answer");
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    assert_eq!(proxy.connections()[1].up, 0);
    assert_eq!(proxy.connections()[1].exchanges.len(), 2);
    assert_eq!(
        Client::of(&proxy, Listen::Tcp)
            .ask("GET / HTTP/1.1\r\n\r\n")
            .status,
        200
    );
}

// --- Plans ---

#[test]
fn a_fault_may_be_for_one_connection_and_plans_add_up() {
    let cut = |bytes| Fault::CutAfter {
        direction: Down,
        bytes,
    };
    let plan = Plan::nth_connection(2, cut(10)).and(Plan::always(cut(1000)));
    let proxy = FaultProxy::in_front_of(&spring(Listen::Tcp, 5000), plan);
    let ask = || count(&mut connect(&proxy, Listen::Tcp)).expect("no reset");
    assert_eq!([ask(), ask(), ask()], [1000, 10, 1000]);
    proxy.set(Plan::nth_connection(1, cut(20)));
    assert_eq!([ask(), ask()], [20, 5000], "counted from the new plan on");
    proxy.set(Plan::every_bytes(30));
    assert_eq!([ask(), ask()], [30, 30]);
}

#[test]
fn a_plan_of_bytes_counts_from_its_setting_on_an_open_connection() {
    let proxy = FaultProxy::in_front_of(&stand(Listen::Tcp, echo), Plan::none());
    let mut client = connect(&proxy, Listen::Tcp);
    client.write_all(&[1; 500]).expect("send");
    client.read_exact(&mut [0; 500]).expect("the echo");
    proxy.set(Plan::every_bytes(100));
    client.write_all(&[2; 500]).expect("send");
    assert!(count(&mut client).is_ok_and(|count| count <= 100));
    assert_eq!(closed(&proxy).up, 600);

    proxy.set(Plan::none());
    let mut client = connect(&proxy, Listen::Tcp);
    client.write_all(&[1; 500]).expect("send");
    client.read_exact(&mut [0; 500]).expect("the echo");
    proxy.cut_connections();
    assert_eq!(count(&mut client), Ok(0));
    assert!(!closed(&proxy).open);
}

#[test]
fn the_same_seed_makes_the_same_faults() {
    let cuts = |seed| {
        let plan = Plan::random(Some(seed), |dice| {
            (!dice.one_in(4)).then(|| Fault::CutAfter {
                direction: Down,
                bytes: dice.below(1000),
            })
        });
        let part = spring(Listen::Unix, 1000);
        let proxy = FaultProxy::in_front_of(&part, plan);
        let count = |_| count(&mut connect(&proxy, Listen::Unix)).expect("no reset");
        (0..20).map(count).collect::<Vec<_>>()
    };
    let first = cuts(1);
    assert_eq!(first, cuts(1));
    assert!(
        first.contains(&1000) && first.iter().any(|&bytes| bytes < 1000),
        "{first:?}"
    );
    if env::var_os("IMGFERRY_SEED").is_none() {
        assert_ne!(first, cuts(2));
        let again = alone(
            "the_same_seed_makes_the_same_faults",
            &[("IMGFERRY_SEED", "5")],
        );
        assert!(
            again.contains("fault seed 5\n") && !again.contains("fault seed 1\n"),
            "{again}"
        );
    }
}

// --- The proxy itself ---

#[test]
fn a_gigabyte_passes_fast() {
    const BYTES: u64 = 1_000_000_000;
    let mut best: f64 = 0.0;
    for (what, head) in [
        ("raw bytes", "\0".to_owned()),
        (
            "a body",
            format!("PUT / HTTP/1.1\r\nContent-Length: {BYTES}\r\n\r\n"),
        ),
    ] {
        for listen in [Listen::Tcp, Listen::Unix] {
            let (sink, part) = Sink::start(listen);
            let proxy = FaultProxy::in_front_of(&part, Plan::none());
            let mut client = connect(&proxy, listen);
            client.write_all(head.as_bytes()).expect("send");
            let block = vec![7; 1_000_000];
            let started = Instant::now();
            for _ in 0..BYTES / 1_000_000 {
                client.write_all(&block).expect("send");
            }
            client.0.shutdown(Shutdown::Write).expect("the end");
            assert_eq!(sink.got(), Ok(BYTES + head.len() as u64));
            let rate = BYTES as f64 / 1e6 / started.elapsed().as_secs_f64();
            println!("{what} over {listen:?}: {rate:.0} MB/s");
            best = best.max(rate);
        }
    }
    // Each is over 500 where nothing else is done; not asked of a busy machine.
    assert!(best > 200.0, "{best} MB/s");
}

#[test]
fn no_thread_and_no_descriptor_remains() {
    const NAME: &str = "no_thread_and_no_descriptor_remains";
    if env::var_os("IMGFERRY_ALONE").is_none() {
        // Other tests of this process have threads and descriptors, too.
        alone(NAME, &[("IMGFERRY_ALONE", "1")]);
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let host = listener.local_addr().expect("an address").to_string();
    let entries = |folder: &str| fs::read_dir(folder).expect("a folder of /proc").count();
    let own = || (entries("/proc/self/task"), entries("/proc/self/fd"));
    let before = own();
    // A thread that has been joined may be listed for a moment.
    let settle = || {
        let deadline = Instant::now() + Duration::from_secs(1);
        while own() != before && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
    };

    let stall = |direction| {
        Plan::always(Fault::StallAfter {
            direction,
            bytes: 0,
        })
    };
    let slow = Fault::Trickle {
        direction: Up,
        bytes_per_second: 1,
    };
    let silent = Fault::NoAnswer {
        requests: Requests::all(),
    };
    for plan in [
        Plan::none(),
        stall(Up),
        stall(Down),
        Plan::always(slow),
        Plan::always(silent),
    ] {
        let proxy = FaultProxy::in_front_of(host.as_str(), plan);
        let mut clients: Vec<_> = (0..5).map(|_| connect(&proxy, Listen::Tcp)).collect();
        let parts: Vec<_> = (0..5)
            .map(|_| listener.accept().expect("a connection"))
            .collect();
        clients[0]
            .write_all(b"GET / HTTP/1.1\r\n\r\n")
            .expect("send");
        // Its thread waits for room.
        clients[1]
            .0
            .set_write_timeout(Some(Duration::from_millis(200)))
            .expect("a limit");
        let _ = clients[1].write_all(&vec![7; 30_000_000]);
        // Ended before the proxy is.
        clients.truncate(4);
        let started = Instant::now();
        drop(proxy);
        assert!(started.elapsed() < Duration::from_secs(2));
        assert_ne!(own(), before, "the clients' own descriptors");
        drop((clients, parts));
        settle();
        assert_eq!(own(), before);
    }
    let proxy = FaultProxy::in_front_of(host.as_str(), Plan::none());
    let (port, socket) = (
        proxy.host().to_owned(),
        FaultProxy::listening_on(Listen::Unix, host.as_str(), Plan::none()),
    );
    let path = socket.socket().to_owned();
    drop((proxy, socket));
    assert!(TcpStream::connect(port).is_err() && !path.exists());
    settle();
    assert_eq!(own(), before);
}

#[test]
fn a_part_that_is_not_there_hangs_up() {
    let proxy =
        FaultProxy::in_front_of(format!("127.0.0.1:{}", free_port()).as_str(), Plan::none());
    assert_eq!(count(&mut connect(&proxy, Listen::Tcp)), Ok(0));
    assert!(!closed(&proxy).open);
}

#[test]
fn a_panic_in_a_rewrite_fails_the_test() {
    let fault = Fault::rewrite(Requests::all(), |_, _| panic!("by the test"));
    let proxy = FaultProxy::in_front_of(&web(Listen::Tcp), Plan::always(fault));
    let mut client = Client::of(&proxy, Listen::Tcp);
    client.send(b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(client.stream.read(&mut [0]).expect("an end of file"), 0);
    let reason =
        panic::catch_unwind(panic::AssertUnwindSafe(|| drop(proxy))).expect_err("it goes on");
    assert_eq!(reason.downcast_ref(), Some(&"by the test"));
}

/// The proxy's only connection, or its first, when it has been closed.
#[track_caller]
fn closed(proxy: &FaultProxy) -> Connection {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let first = proxy.connections().swap_remove(0);
        if !first.open {
            return first;
        }
        assert!(Instant::now() < deadline, "still open: {first:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).expect("a text")
}

fn copy_to(host: &str, repository: &str) {
    let folder = TempDir::new("copy");
    let archive = folder.join("image.tar");
    ImageSpec::small("any:1").write_archive(&archive);
    let source = format!("docker-archive:{}", archive.display());
    let target = format!("docker://{host}/{repository}:1");
    expect_success(&skopeo(&[
        "copy",
        "--dest-tls-verify=false",
        &source,
        &target,
    ]));
}

/// Runs one test of this program in a process of its own: its standard output.
fn alone(test: &str, variables: &[(&str, &str)]) -> String {
    let program = env::current_exe().expect("this program");
    let output = Command::new(program)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .envs(variables.iter().copied())
        .output();
    expect_success(&output.expect("run this program"))
}
