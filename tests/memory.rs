//! The memory of a program that moves an image does not grow with the image.

mod support;

use std::process::Command;

use support::{
    Engine, ImageSpec, LayerSpec, Registry, TempDir, example, expect_success, run_measured, unique,
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
