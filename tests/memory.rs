//! The memory of a program that moves an image does not grow with the image.

mod support;

use std::env;
use std::fmt::Write as _;
use std::process::Command;
use std::thread;

use imgferry::{
    Call, CopyOptions, EngineOptions, ErrorKind, Place, PlaceOptions, PushOptions, Reference,
    RegistryOptions, copy,
};
use support::{
    Engine, ImageSpec, LayerSpec, Registry, Scripted, ScriptedEngine, TempDir, deep, example,
    expect_success, given, respond, run_measured, say, unique,
};

/// What a program that moves one gigabyte may have resident at most.
const LIMIT_KIB: u64 = 24 * 1024;

#[test]
fn pushing_pulling_and_loading_a_gigabyte_takes_less_than_24_mib() {
    let (engine, registry) = (Engine::start(), Registry::start(Default::default()));
    let folder = TempDir::new("memory");
    let archive = folder.join("big.tar");
    let layers = [LayerSpec {
        bytes: 500_000_000,
        files: 3,
        incompressible_share: 0.5,
    }; 2];
    ImageSpec::new("demo/big:1", &layers).write_archive(&archive);
    let run = |what: &str, command: &mut Command| {
        command.env("DOCKER_HOST", engine.endpoint());
        let measured = run_measured(command);
        let said = expect_success(&measured.output);
        println!(
            "{what}: {} KiB resident at most",
            measured.peak_resident_kib
        );
        assert!(
            measured.peak_resident_kib < LIMIT_KIB,
            "{what}: {} KiB",
            measured.peak_resident_kib
        );
        said
    };
    run("load", Command::new(example("load_archive")).arg(&archive));
    let remote = format!("{}/{}:1", registry.host(), unique("big"));
    let said = run(
        "push and pull",
        Command::new(example("push_and_pull")).args(["demo/big:1", &remote]),
    );
    assert!(said.contains("pulled"), "{said}");
}

/// What a program that copies four blobs at a time may have resident at most.
const COPY_LIMIT_KIB: u64 = 32 * 1024;

/// The variables that name the places, in the process that copies.
const FROM: &str = "IMGFERRY_TEST_COPY_FROM";
const TO: &str = "IMGFERRY_TEST_COPY_TO";

#[test]
fn copying_a_large_layer_or_many_takes_less_than_32_mib_from_place_to_place() {
    if env::var_os(FROM).is_some() {
        let place = |text: String| Place::parse(&text, &PlaceOptions::default()).expect("a place");
        let (from, to) = (place(given(FROM)), place(given(TO)));
        copy(&from, &to, &CopyOptions::default(), &mut Call::new()).expect("a copy");
        return;
    }
    let (this, test) = (env::current_exe().expect("its path"), thread::current());
    let folder = TempDir::new("memory");
    let (one, other) = (
        Registry::start(Default::default()),
        Registry::start(Default::default()),
    );
    for (name, layers, bytes) in [("large", 1, 500_000_000), ("many", 40, 10_000_000)] {
        let layer = LayerSpec {
            bytes,
            files: 1,
            incompressible_share: 0.5,
        };
        let archive = folder.join(format!("{name}.tar"));
        ImageSpec::new(&format!("demo/{name}:1"), &vec![layer; layers]).write_archive(&archive);
        let path = |kind: &str, name: &str| format!("{kind}:{}", folder.join(name).display());
        let in_registry = |registry: &Registry| format!("docker://{}/{name}:1", registry.host());
        let ways = [
            path("docker-archive", &format!("{name}.tar")),
            in_registry(&one),
            path("oci", name),
            in_registry(&other),
            path("oci-archive", &format!("{name}.oci")),
            path("docker-archive", &format!("{name}.docker")),
        ];
        for way in ways.windows(2) {
            let mut command = Command::new(&this);
            command.args(["--exact", test.name().expect("the name of a test")]);
            command.env(FROM, &way[0]).env(TO, &way[1]);
            let measured = run_measured(&command);
            let said = expect_success(&measured.output);
            assert!(said.contains("1 passed"), "the test ran: {said}");
            let kib = measured.peak_resident_kib;
            println!("{} to {}: {kib} KiB resident at most", way[0], way[1]);
            assert!(kib < COPY_LIMIT_KIB, "{} to {}: {kib} KiB", way[0], way[1]);
        }
    }
}

/// What a program that listens to an engine may have resident at most: 8 MiB of what is said may be kept, in small texts.
const LISTENING_LIMIT_KIB: u64 = 64 * 1024;

/// The variable that names the engine, in the process that listens.
const ENGINE: &str = "IMGFERRY_TEST_ENDLESS_ENGINE";

/// What an engine without end says again and again, with a new number each time.
const ENDLESS: [(&str, &str); 4] = [
    (
        "layers",
        r#"{"status":"Downloading","progressDetail":{"current":1,"total":9},"id":"NUMBER"}"#,
    ),
    ("warnings", r#"{"aux":{"contentMissing":true}}"#),
    (
        "one layer that is added to",
        r#"{"status":"Pushed","id":"1","aux":{"contentMissing":true}}"#,
    ),
    ("a message", r#"{"the beginning of all that is NUMBER":[""#),
];

#[test]
fn an_engine_that_never_stops_talking_does_not_fill_the_memory() {
    if env::var_os(ENGINE).is_some() {
        let engine = imgferry::Engine::new(&given(ENGINE), &EngineOptions::default());
        let engine = engine.expect("a handle");
        let pushed = engine.push("a.b/c:1", &PushOptions::default(), &mut Call::new());
        let error = pushed.expect_err("it was never said to be done");
        // One that has said much less than it may is cut in the end.
        let kinds = [ErrorKind::Protocol, ErrorKind::ConnectionLost];
        assert!(kinds.contains(&error.kind()), "{}", error.report());
        println!("{error}");
        return;
    }
    let rounds = if deep() { 3000 } else { 150 };
    let (this, test) = (env::current_exe().expect("its path"), thread::current());
    for (what, message) in ENDLESS {
        let engine = ScriptedEngine::start(move |_, connection| {
            say(
                connection,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            );
            let mut number = 0_u64;
            for _ in 0..rounds {
                let mut piece = String::new();
                for _ in 0..2000 {
                    number += 1;
                    piece.push_str(&message.replace("NUMBER", &number.to_string()));
                }
                let mut chunk = String::new();
                write!(chunk, "{:x}\r\n{piece}\r\n", piece.len()).expect("a text");
                say(connection, chunk);
            }
            false
        });
        let mut command = Command::new(&this);
        command.args([
            "--exact",
            test.name().expect("the name of a test"),
            "--nocapture",
        ]);
        command.env(ENGINE, engine.endpoint());
        let measured = run_measured(&command);
        let said = expect_success(&measured.output);
        assert!(said.contains("1 passed"), "the test ran: {said}");
        let kib = measured.peak_resident_kib;
        println!("{what}: {kib} KiB resident at most; {said}");
        assert!(kib < LISTENING_LIMIT_KIB, "{what}: {kib} KiB");
    }
}

/// The variable that names the registry, in the process that reads its list.
const LIST: &str = "IMGFERRY_TEST_ENDLESS_LIST";

#[test]
fn a_list_of_tags_without_end_does_not_fill_the_memory() {
    // The most that is read of a list, and what that takes: the names, one behind the other.
    let (tags, limit_kib) = if deep() {
        (5_000_000, 128 * 1024)
    } else {
        (200_000, 24 * 1024)
    };
    if env::var_os(LIST).is_some() {
        let host = given(LIST);
        let registry = imgferry::Registry::new(&host, &RegistryOptions::default());
        let registry = registry.expect("a handle");
        let image = Reference::parse(&format!("{host}/a")).expect("a reference");
        let call = &mut Call::new();
        let mut names = registry.list_tags(&image, call).expect("a list");
        for _ in 0..tags {
            names.next_with(call).expect("a page").expect("a tag");
        }
        if deep() {
            let error = names.next_with(call).expect_err("there are too many");
            assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
        }
        return;
    }
    // Each page has a thousand new ones, and says that there is another.
    let registry = Scripted::with(|asked| {
        let (_, page) = asked.line.rsplit_once("page=").unwrap_or(("", "0"));
        let page: u64 = page.parse().expect("a number");
        let names = (0..1000).map(|number| format!("\"t{:010}\"", page * 1000 + number));
        let names = names.collect::<Vec<_>>().join(",");
        let link = format!("</v2/a/tags/list?page={}>; rel=\"next\"", page + 1);
        let list = format!(r#"{{"tags":[{names}]}}"#);
        Some(respond(200, &[("Link", &link)], &list))
    });
    let (this, test) = (env::current_exe().expect("its path"), thread::current());
    let mut command = Command::new(&this);
    command.args(["--exact", test.name().expect("the name of a test")]);
    command.env(LIST, registry.host());
    let measured = run_measured(&command);
    let said = expect_success(&measured.output);
    assert!(said.contains("1 passed"), "the test ran: {said}");
    let kib = measured.peak_resident_kib;
    println!("{tags} tags: {kib} KiB resident at most");
    assert!(kib < limit_kib, "{kib} KiB");
}
