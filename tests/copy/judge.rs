//! The judge of copies: what skopeo finds at a place.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use imgferry::Digest;
use serde_json::Value;

use crate::support::{TempDir, expect_success, skopeo};

/// An image that is whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// The digest of the manifest that skopeo was given, or made up for an archive.
    pub digest: Digest,
    /// The digest of the config.
    pub id: String,
    /// The sums of the layers without compression, which are those that the config promises.
    pub diff_ids: Vec<String>,
}

/// Takes all of the image for one platform that skopeo finds there. skopeo holds blobs against the manifest, and this
/// holds layers against the config.
#[track_caller]
pub fn judge(place: &str) -> Found {
    let folder = TempDir::new("judge");
    let into = format!("dir:{}", folder.path().display());
    expect_success(&skopeo(&["copy", "--src-tls-verify=false", place, &into]));
    let manifest = fs::read(folder.join("manifest.json")).expect("a manifest");
    let document: Value = serde_json::from_slice(&manifest).expect("JSON");
    let id = digest_in(&document["config"]);
    let config = fs::read(folder.join(hex(&id))).expect("a config");
    assert_eq!(Digest::sha256(&config).as_str(), id);
    let config: Value = serde_json::from_slice(&config).expect("JSON");
    let layers = document["layers"].as_array().expect("layers").iter();
    let diff_ids: Vec<_> = layers
        .map(|layer| uncompressed_sum(&folder.join(hex(&digest_in(layer)))))
        .collect();
    assert_eq!(
        config["rootfs"]["diff_ids"],
        Value::from(diff_ids.clone()),
        "{place}"
    );
    Found {
        digest: Digest::sha256(&manifest),
        id,
        diff_ids,
    }
}

fn digest_in(descriptor: &Value) -> String {
    descriptor["digest"].as_str().expect("a digest").to_owned()
}

fn hex(digest: &str) -> &str {
    digest.trim_start_matches("sha256:")
}

fn uncompressed_sum(path: &Path) -> String {
    let open = || File::open(path).expect("a layer");
    let mut magic = Vec::new();
    open().take(4).read_to_end(&mut magic).expect("a layer");
    let mut layer: Box<dyn Read> = match magic[..] {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(open())),
        [0x28, 0xb5, 0x2f, 0xfd] => Box::new(zstd::Decoder::new(open()).expect("zstd")),
        _ => Box::new(open()),
    };
    let mut sum = Sum::default();
    io::copy(&mut layer, &mut sum).expect("a layer");
    sum.digest()
}

/// A sum of what is written.
#[derive(Default)]
struct Sum(sha2::Sha256);

impl Sum {
    fn digest(self) -> String {
        use sha2::Digest as _;
        let sum = self.0.finalize();
        sum.iter().fold("sha256:".to_owned(), |text, byte| {
            format!("{text}{byte:02x}")
        })
    }
}

impl io::Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        use sha2::Digest as _;
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
