//! A process that writes to a layout is killed.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::call::Call;
use crate::digest::Digest;
use crate::oci::ManifestContent;
use crate::store::OciLayout;
use crate::store::layout_files::INDEX_FILE;
use crate::store::testing::{Sample, files, layout, open, parts, put_image};

const KILLED: &str = "IMGFERRY_TEST_LAYOUT_TO_BE_KILLED_IN";

/// A process that does not outlive its test.
struct Doomed(Child);

impl Doomed {
    fn kill(&mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("ended");
    }
}

impl Drop for Doomed {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Writes images; each time the names move to the next one.
fn write_until_killed(path: &Path) {
    let until = Instant::now() + Duration::from_secs(30);
    for number in 0_u64.. {
        assert!(Instant::now() < until, "nobody killed it");
        let writer = open(path);
        let manifest = put_image(&writer, &Sample::new(&format!("image {number}")));
        for name in ["one", "two"] {
            writer
                .tag(&manifest.descriptor(), Some(name), &mut Call::new())
                .expect("tagged");
        }
    }
}

// case 39
#[test]
fn a_run_that_is_killed_leaves_an_index_and_whole_blobs_and_the_next_one_goes_on() {
    if let Some(path) = env::var_os(KILLED) {
        return write_until_killed(Path::new(&path));
    }
    let (_folder, path) = layout();
    drop(open(&path));
    let test = thread::current().name().expect("its name").to_owned();
    let mut seen = BTreeSet::new();
    for round in 0..12_u64 {
        let writer = Command::new(env::current_exe().expect("this test"))
            .args(["--exact", &test])
            .env(KILLED, &path)
            .stdout(Stdio::null())
            .spawn();
        let mut writer = Doomed(writer.expect("run this test"));
        let until = Instant::now() + Duration::from_secs(20);
        let index = || fs::read(path.join(INDEX_FILE)).expect("an index at any time");
        let before = index();
        while index() == before {
            assert!(Instant::now() < until, "it writes");
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_micros(round * 1717));
        writer.kill();
        check_layout(&path);
        seen.extend(files(&path));
    }
    put_image(&open(&path), &Sample::new("the next run"));
    open(&path).collect(&mut Call::new()).expect("collected");
    check_layout(&path);
    assert_eq!(parts(&path), [""; 0]);
    assert!(
        seen.len() > files(&path).len(),
        "it wrote more than one image"
    );
}

/// Every blob is what its name says, and all that the index lists is there.
fn check_layout(path: &Path) {
    let call = &mut Call::new();
    for name in files(path) {
        if let Some(hex) = name
            .strip_prefix("blobs/sha256/")
            .filter(|hex| hex.len() == 64)
        {
            let content = fs::read(path.join(&name)).expect("a blob");
            assert_eq!(Digest::sha256(&content).hex(), hex);
        }
    }
    let layout = OciLayout::open_folder(path, call).expect("a layout");
    for entry in &layout.index().manifests {
        let manifest = layout.manifest(entry, call).expect("a manifest");
        let ManifestContent::Image(image) = manifest.content() else {
            panic!("{manifest:?}");
        };
        for blob in image.layers.iter().chain([&image.config]) {
            layout.blob(blob, call).expect("a blob");
        }
    }
}
