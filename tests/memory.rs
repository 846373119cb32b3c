//! The memory of a program that moves an image does not grow with the image.

mod support;

use std::env;
use std::process::Command;
use std::thread;

use imgferry::{Call, CopyOptions, Place, PlaceOptions, copy};
use support::{
    Engine, ImageSpec, LayerSpec, Registry, TempDir, example, expect_success, given, run_measured,
    unique,
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
