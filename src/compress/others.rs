//! What other programs make of our streams.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use super::tests::{KINDS, compressed, layer};
use super::{Inflater, LayerCompression};
use crate::oci::Compression;

/// What a program of Debian writes when it reads `input`.
fn through(line: &[&str], package: &str, input: &[u8]) -> Vec<u8> {
    let mut program = Command::new(line[0])
        .args(&line[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!(
                "{}: {error} (Debian package {package}): run tests/run, which installs it",
                line[0]
            )
        });
    let mut stdin = program.stdin.take().expect("a pipe");
    let output = thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).expect("written"));
        program.wait_with_output().expect("ended")
    });
    assert!(output.status.success(), "{line:?}: {}", output.status);
    output.stdout
}

const PYTHON: &str =
    "import gzip, sys; sys.stdout.buffer.write(gzip.GzipFile(fileobj=sys.stdin.buffer).read())";

#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn other_programs_read_what_became_of_a_layer() {
    for layer in [layer(), Vec::new()] {
        for how in KINDS {
            let readers: &[(&[&str], &str)] = match how {
                LayerCompression::Gzip { .. } => &[
                    (&["gzip", "-d"], "gzip"),
                    (&["pigz", "-d"], "pigz"),
                    (&["python3", "-c", PYTHON], "python3"),
                ],
                LayerCompression::Zstd { .. } => &[(&["zstd", "-d"], "zstd")],
                LayerCompression::AsIs => &[],
            };
            let (stream, _) = compressed(&*layer, how, 2);
            for (line, package) in readers {
                assert!(
                    through(line, package, &stream) == layer,
                    "{how:?}: {line:?}"
                );
            }
        }
    }
}

#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn what_other_programs_compressed_is_read() {
    let layer = layer();
    for (line, package, compression) in [
        (&["gzip"][..], "gzip", Compression::Gzip),
        (&["pigz", "-p3", "-b128"], "pigz", Compression::Gzip),
        (&["zstd"], "zstd", Compression::Zstd),
        (&["zstd", "--ultra", "-22"], "zstd", Compression::Zstd),
    ] {
        let stream = through(line, package, &layer);
        assert!(stream.len() < layer.len());
        let mut again = Vec::new();
        let mut inflater = Inflater::new(&*stream).expect("a stream");
        assert_eq!(inflater.compression(), compression);
        inflater.read_to_end(&mut again).expect("whole");
        assert!(again == layer, "{line:?}");
    }
}
