//! What was pushed directly is run elsewhere.

use std::fs;
use std::process::Command;

use imgferry::{LayerCompression, PushImageOptions};
use serde_json::Value;

use super::directly::{directly, push};
use super::open_images;
use super::support::{Engine, Podman, Registry, TempDir, expect_success, skopeo, unique};

/// An image of one program that needs no other file; its ID and its diff IDs.
fn build(engine: &Engine, name: &str) -> (String, Value) {
    let folder = TempDir::new("runs");
    let source = "#include <stdio.h>\nint main(void) { puts(\"hello from the image\"); return 0; }";
    fs::write(folder.join("hello.c"), source).expect("a file");
    let mut compiler = Command::new("gcc");
    let program = compiler.args(["-static", "-s", "-o", "hello", "hello.c"]);
    expect_success(&program.current_dir(folder.path()).output().expect("gcc"));
    fs::write(folder.join("data"), vec![7; 9_000_000]).expect("a file");
    let steps = "FROM scratch\nADD hello /\nADD data /\nCMD [\"/hello\"]\n";
    fs::write(folder.join("Dockerfile"), steps).expect("a file");
    let folder = folder.path().to_str().expect("UTF-8");
    engine.docker_ok(&["build", "--quiet", "--tag", name, folder]);
    let id = engine.docker_ok(&["inspect", "--format", "{{.Id}}", name]);
    (id.trim().to_owned(), layers(engine, name))
}

fn layers(engine: &Engine, name: &str) -> Value {
    let format = "{{json .RootFS.Layers}}";
    let layers = engine.docker_ok(&["inspect", "--format", format, name]);
    serde_json::from_str(&layers).expect("JSON")
}

#[test]
fn what_was_pushed_directly_runs_with_docker_and_is_the_same_for_podman_and_skopeo() {
    let (from, to, podman) = (Engine::shared(), Engine::start(), Podman::shared());
    let images = open_images(from);
    let name = format!("demo/{}:1", unique("runs"));
    let (id, diff_ids) = build(from, &name);
    for compression in [LayerCompression::GZIP, LayerCompression::ZSTD] {
        let target = format!("{}/{}:1", Registry::shared().host(), unique("runs"));
        let options = PushImageOptions {
            compression,
            ..directly()
        };
        push(&images, &name, &target, &options)
            .unwrap_or_else(|error| panic!("{}", error.report()));

        let found = expect_success(&skopeo(&[
            "inspect",
            "--config",
            "--tls-verify=false",
            &format!("docker://{target}"),
        ]));
        let found: Value = serde_json::from_str(&found).expect("JSON");
        assert_eq!(found["rootfs"]["diff_ids"], diff_ids);

        podman.podman_ok(&["pull", "--quiet", "--tls-verify=false", &target]);
        let format = "sha256:{{.Id}} {{json .RootFS.Layers}}";
        let found = podman.podman_ok(&["inspect", "--format", format, &target]);
        let (found_id, found_layers) = found.trim().split_once(' ').expect("two words");
        assert_eq!(found_id, id);
        let found_layers: Value = serde_json::from_str(found_layers).expect("JSON");
        assert_eq!(found_layers, diff_ids);
        podman.podman_ok(&["rmi", &target]);

        // Docker before 23 takes no layers that are compressed with zstd.
        if compression == LayerCompression::GZIP {
            to.docker_ok(&["pull", "--quiet", &target]);
            assert_eq!(layers(&to, &target), diff_ids);
            let said = to.docker_ok(&["run", "--rm", "--network", "none", &target]);
            assert_eq!(said, "hello from the image");
        }
    }
}
