//! Images to move: the archives that `docker save` writes, of any size, from a seed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::iter;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::json;
use sha2::{Digest, Sha256};

use super::noise::{Noise, mix};
use super::program::expect_success;
use super::skopeo::skopeo;
use super::tar_stream::{Entry, TarStream};
use super::unique::TempDir;

/// What an image is to be. The same description is the same image, byte for byte.
#[derive(Clone, Debug)]
pub struct ImageSpec {
    /// With tag: `name:tag`. None makes an image that only its ID names.
    pub names: Vec<String>,
    /// From the lowest up.
    pub layers: Vec<LayerSpec>,
    pub architecture: String,
    pub labels: BTreeMap<String, String>,
    /// Images of different seeds share no layer.
    pub seed: u64,
}

/// What a layer is to be.
#[derive(Clone, Copy, Debug)]
pub struct LayerSpec {
    /// Of all files together.
    pub bytes: u64,
    /// At least one.
    pub files: u64,
    /// Between 0.0 (text) and 1.0 (nothing for a compressor).
    pub incompressible_share: f64,
}

impl LayerSpec {
    /// One file of bytes that do not compress.
    pub fn incompressible(bytes: u64) -> Self {
        Self {
            bytes,
            files: 1,
            incompressible_share: 1.0,
        }
    }

    /// The files' sizes: equal, with the remainder in the last.
    fn file_sizes(self) -> impl Iterator<Item = u64> + Send + 'static {
        let each = self.bytes / self.files;
        let last = self.files - 1;
        (0..self.files).map(move |file| {
            if file == last {
                self.bytes - last * each
            } else {
                each
            }
        })
    }

    fn tar(self, seed: u64) -> TarStream {
        TarStream::new(self.file_sizes().zip(0..).map(move |(bytes, file)| Entry {
            path: format!("data-{seed:016x}/file-{file}"),
            bytes,
            content: Box::new(Noise::new(mix(seed, file), self.incompressible_share)),
        }))
    }
}

impl ImageSpec {
    /// An image that shares no layer with one of another name.
    pub fn new(name: &str, layers: &[LayerSpec]) -> Self {
        let digest = Sha256::digest(name);
        Self {
            names: vec![name.to_owned()],
            layers: layers.to_vec(),
            architecture: "amd64".to_owned(),
            labels: BTreeMap::new(),
            seed: u64::from_le_bytes(digest[..8].try_into().expect("eight bytes")),
        }
    }

    /// Two layers of some ten kilobytes, three files, half of it compressible: for tests to which the size is nothing.
    pub fn small(name: &str) -> Self {
        let layer = |bytes, files| LayerSpec {
            bytes,
            files,
            incompressible_share: 0.5,
        };
        Self::new(name, &[layer(30_000, 2), layer(5_000, 1)])
    }

    /// The archive as a stream.
    pub fn archive(&self) -> Archive {
        let diff_ids = Arc::new(Mutex::new(Vec::new()));
        let (spec, sums) = (self.clone(), Arc::clone(&diff_ids));
        let layers = (0..self.layers.len()).map(move |number| spec.layer_entry(number, &sums));
        let (spec, sums) = (self.clone(), Arc::clone(&diff_ids));
        // Asked for when the layers have been read, and their digests are known.
        let documents =
            iter::once_with(move || spec.document_entries(&sums.lock().expect("not poisoned")))
                .flatten();
        Archive {
            spec: self.clone(),
            tar: TarStream::new(layers.chain(documents)),
            diff_ids,
        }
    }

    /// Writes the archive to a file.
    pub fn write_archive(&self, path: &Path) -> Image {
        let mut file =
            File::create(path).unwrap_or_else(|error| panic!("create {}: {error}", path.display()));
        let mut archive = self.archive();
        io::copy(&mut archive, &mut file)
            .unwrap_or_else(|error| panic!("write {}: {error}", path.display()));
        archive.finish()
    }

    /// Puts the image into a plain registry without an engine: skopeo does it.
    #[track_caller]
    pub fn push_by_skopeo(&self, name: &str) -> Image {
        let folder = TempDir::new("push");
        let archive = folder.join("image.tar");
        let image = self.write_archive(&archive);
        expect_success(&skopeo(&[
            "copy",
            "--quiet",
            "--dest-tls-verify=false",
            &format!("docker-archive:{}", archive.display()),
            &format!("docker://{name}"),
        ]));
        image
    }

    /// What the archive holds, without writing it anywhere.
    pub fn image(&self) -> Image {
        self.archive().finish()
    }

    fn layer_seed(&self, number: usize) -> u64 {
        mix(self.seed, number as u64)
    }

    fn layer_path(&self, number: usize) -> String {
        // `docker save` names the folder by an ID of 64 digits that is not the layer's digest.
        format!("{:064x}/layer.tar", self.layer_seed(number))
    }

    fn layer_entry(&self, number: usize, diff_ids: &Arc<Mutex<Vec<String>>>) -> Entry {
        let layer = self.layers[number];
        let bytes = TarStream::size_of(layer.file_sizes());
        let content = Summed {
            content: layer.tar(self.layer_seed(number)),
            left: bytes,
            sum: Sha256::new(),
            diff_ids: Arc::clone(diff_ids),
        };
        Entry {
            path: self.layer_path(number),
            bytes,
            content: Box::new(content),
        }
    }

    fn document_entries(&self, diff_ids: &[String]) -> [Entry; 2] {
        let config = self.config(diff_ids);
        let config_path = format!("{}.json", hex(&Sha256::digest(&config)));
        let layers: Vec<_> = (0..self.layers.len())
            .map(|number| self.layer_path(number))
            .collect();
        let manifest = json!([{"Config": config_path, "RepoTags": self.names, "Layers": layers}]);
        [
            (config_path, config),
            (
                "manifest.json".to_owned(),
                manifest.to_string().into_bytes(),
            ),
        ]
        .map(|(path, document)| Entry {
            path,
            bytes: document.len() as u64,
            content: Box::new(io::Cursor::new(document)),
        })
    }

    fn config(&self, diff_ids: &[String]) -> Vec<u8> {
        let created = "2024-01-02T03:04:05Z";
        let history: Vec<_> = (0..self.layers.len())
            .map(|number| json!({"created": created, "created_by": format!("layer {number} of a test")}))
            .collect();
        let mut run = json!({"Cmd": ["/bin/true"], "Env": ["PATH=/bin"]});
        if !self.labels.is_empty() {
            run["Labels"] = json!(self.labels);
        }
        let config = json!({
            "architecture": self.architecture,
            "os": "linux",
            "created": created,
            "config": run,
            "history": history,
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        });
        config.to_string().into_bytes()
    }
}

/// What an archive held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// `sha256:…` of the config.
    pub id: String,
    pub config: Vec<u8>,
    /// `sha256:…` of each layer's tar, from the lowest up.
    pub diff_ids: Vec<String>,
}

/// An archive that is made while it is read.
pub struct Archive {
    spec: ImageSpec,
    tar: TarStream,
    /// Of the layers read so far.
    diff_ids: Arc<Mutex<Vec<String>>>,
}

impl Archive {
    /// Reads what has not been read yet, and says what the archive held.
    pub fn finish(mut self) -> Image {
        io::copy(&mut self.tar, &mut io::sink()).expect("no stream of this kind fails");
        let diff_ids = self.diff_ids.lock().expect("not poisoned").clone();
        let config = self.spec.config(&diff_ids);
        Image {
            id: format!("sha256:{}", hex(&Sha256::digest(&config))),
            config,
            diff_ids,
        }
    }
}

impl Read for Archive {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tar.read(buffer)
    }
}

/// A layer that adds its digest to `diff_ids` when it has been read.
struct Summed {
    content: TarStream,
    left: u64,
    sum: Sha256,
    diff_ids: Arc<Mutex<Vec<String>>>,
}

impl Read for Summed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        self.sum.update(&buffer[..count]);
        self.left -= count as u64;
        if self.left == 0 && count > 0 {
            let sum = self.sum.finalize_reset();
            self.diff_ids
                .lock()
                .expect("not poisoned")
                .push(format!("sha256:{}", hex(&sum)));
        }
        Ok(count)
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
    }
    text
}
