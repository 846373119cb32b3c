//! Engines that are silent for long: a working one is waited for, a dead one is not.

use std::thread;
use std::time::{Duration, Instant};

use imgferry::{Call, Engine as Client, EngineOptions, ErrorKind, ImportOptions, LoadOptions};

use super::connect;
use super::support::{
    Engine, ImageSpec, LayerSpec, ScriptedEngine, deep, say, swallow_chunks, unique,
};

#[test]
fn a_dead_engine_ends_the_call_within_90_seconds() {
    let part = Engine::start();
    let engine = connect(&part);
    let name = format!("demo/{}:1", unique("dead"));
    let spec = ImageSpec::new(&name, &[LayerSpec::incompressible(200_000_000)]);
    let mut call = Call::new();
    engine.api_version(&mut call).expect("it lives");
    let started = Instant::now();
    part.freeze();
    let error = engine
        .load_image(&mut spec.archive(), &LoadOptions::default(), &mut call)
        .expect_err("it is dead");
    part.thaw();
    println!("given up after {:?}: {}", started.elapsed(), error.report());
    assert_eq!(error.kind(), ErrorKind::Timeout, "{}", error.report());
    assert!(started.elapsed() < Duration::from_secs(90));
}

#[test]
fn an_engine_that_works_in_silence_is_waited_for() {
    // Three minutes is what unpacking a big image takes on a slow disk; one probe is enough to show the way.
    let silence = Duration::from_secs(if deep() { 185 } else { 65 });
    let part = ScriptedEngine::start(move |_, connection| {
        if !swallow_chunks(connection) {
            return false;
        }
        thread::sleep(silence);
        let id = "sha256:ffecc79b601d3e8df0338d4fe9c0dbbd569a954237ee3e3ec8fb2b9a70ec1b2b";
        let line = format!("{{\"status\":\"{id}\"}}\r\n");
        say(
            connection,
            format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{line}",
                line.len()
            ),
        );
        true
    });
    let engine = Client::new(&part.endpoint(), &EngineOptions::default()).expect("a handle");
    let imported = engine
        .import_image_from_stream(
            &mut b"a tar".as_slice(),
            &ImportOptions::default(),
            &mut Call::new(),
        )
        .expect("it came in the end");
    assert!(imported.id.starts_with("sha256:ffecc79b"));
    let pings = part
        .requests()
        .iter()
        .filter(|head| head.request.ends_with("/_ping"))
        .count();
    assert!(pings >= 2, "it was asked whether it lives");
}
