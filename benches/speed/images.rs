//! The images that are moved, made anew for each run of the comparison; the same bytes every time.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use imgferry::{Call, Engine as Client, EngineOptions, ImportOptions, LoadOptions};

use crate::support::{Engine, ImageSpec, LayerSpec, TempDir};

/// One file, of which half compresses.
const fn layer(bytes: u64) -> LayerSpec {
    LayerSpec {
        bytes,
        files: 1,
        incompressible_share: 0.5,
    }
}

/// One layer of 600 MB; 40 layers of 10 MB; one of 3 MB; and `big` with a small layer more.
pub fn spec(name: &str) -> ImageSpec {
    let big = layer(600_000_000);
    let layers = match name {
        "big" => vec![big],
        "many" => vec![layer(10_000_000); 40],
        "small" => vec![layer(3_000_000)],
        "changed" => vec![big, layer(1_000_000)],
        _ => panic!("no image is called {name}"),
    };
    let mut spec = ImageSpec::new(&in_engine(name), &layers);
    // What has the same seed shares layers.
    spec.seed = u64::from(name == "many");
    spec
}

/// What an engine knows it by.
pub fn in_engine(name: &str) -> String {
    format!("bench/{name}:1")
}

/// Its archive, as `docker save` writes it.
pub fn archive(name: &str, folder: &TempDir) -> PathBuf {
    let path = folder.join(format!("{name}.tar"));
    if !path.exists() {
        spec(name).write_archive(&path);
    }
    path
}

/// Brings it to an engine.
pub fn bring(name: &str, part: &Engine) {
    let engine = Client::new(&part.endpoint(), &EngineOptions::default()).expect("a handle");
    if name == "real" {
        import_real(&engine);
        return;
    }
    let mut archive = spec(name).archive();
    engine
        .load_image(&mut archive, &LoadOptions::default(), &mut Call::new())
        .expect("load");
}

/// The beginning of `/usr/lib`: 600 MB of ordinary files in one layer.
fn import_real(engine: &Client) {
    let script = "find /usr/lib -type f -printf '%s %p\\n' | sort -k 2 \\
        | awk '{ sum += $1; if (sum > 600e6) exit; print substr($0, index($0, \" \") + 1) }' \\
        | tar --create --file - --files-from - 2>/dev/null";
    let mut tar = Command::new("sh")
        .args(["-c", script])
        .stdout(Stdio::piped())
        .spawn()
        .expect("run tar");
    let options = ImportOptions {
        repository: Some("bench/real".into()),
        tag: Some("1".into()),
        ..ImportOptions::default()
    };
    let mut source = tar.stdout.take().expect("a pipe");
    engine
        .import_image_from_stream(&mut source, &options, &mut Call::new())
        .expect("import");
    tar.wait().expect("tar");
}
