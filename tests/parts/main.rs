//! What the other tests rely on: the real parts answer, agree with the images made here, and leave nothing behind.

#[path = "../support/mod.rs"]
mod support;

mod engines;
mod leftovers;
mod servers;

use std::process::{Command, Output};

use support::{ImageSpec, LayerSpec, run_measured, skopeo};

#[test]
fn the_peak_of_a_program_is_measured() {
    let mut perl = Command::new("perl");
    perl.args(["-e", "my $big = $ENV{LETTER} x 100_000_000; exit 3"])
        .env("LETTER", "a");
    let measured = run_measured(&perl);
    assert_eq!(measured.output.status.code(), Some(3));
    assert!(
        (97_000..250_000).contains(&measured.peak_resident_kib),
        "{measured:?}"
    );
}

#[test]
fn a_big_image_is_made_as_it_is_read() {
    let layer = LayerSpec {
        bytes: 100_000_001,
        files: 3,
        incompressible_share: 0.25,
    };
    let mut archive = tar::Archive::new(ImageSpec::new("big:1", &[layer, layer]).archive());
    let mut sizes = Vec::new();
    for entry in archive.entries().expect("an archive") {
        let entry = entry.expect("an entry");
        if entry.path().expect("a path").ends_with("layer.tar") {
            let mut layer = tar::Archive::new(entry);
            let files = layer.entries().expect("a layer");
            sizes.push(files.map(|file| file.expect("a file").size()).sum::<u64>());
        }
    }
    assert_eq!(sizes, [layer.bytes, layer.bytes]);
}

/// What skopeo says of an image in a registry.
fn inspect(arguments: &[&str], name: &str) -> Output {
    skopeo(&[&["inspect"], arguments, &[&format!("docker://{name}")]].concat())
}
