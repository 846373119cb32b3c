//! An image, and the archives of it that the tools of the field write.

use serde_json::{Value, json};

use super::{Tar, gzip};
use crate::digest::Digest;
use crate::oci::{Blob, Compression, Descriptor, Family, Manifest};
use crate::store::entry_name::with_image_name;
use crate::store::testing::index_of;

/// An image of two layers.
pub(in crate::store) struct Sample {
    /// Each a tar, the lowest first.
    pub(in crate::store) layers: [Vec<u8>; 2],
    pub(in crate::store) config: Vec<u8>,
}

impl Sample {
    /// Images of different names share their lowest layer.
    pub(in crate::store) fn new(name: &str) -> Sample {
        let layer = |file: &str, text: &str| Tar::new().file(file, text.repeat(1000)).bytes();
        let layers = [layer("base", "base"), layer("app", name)];
        let diff_ids = layers.each_ref().map(|layer| Digest::sha256(layer));
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/app"]},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        });
        Sample {
            layers,
            config: config.to_string().into_bytes(),
        }
    }

    pub(in crate::store) fn id(&self) -> Digest {
        Digest::sha256(&self.config)
    }

    pub(in crate::store) fn diff_ids(&self) -> [Digest; 2] {
        self.layers.each_ref().map(|layer| Digest::sha256(layer))
    }

    /// Its manifest, and the layers as it has them.
    pub(in crate::store) fn manifest(
        &self,
        family: Family,
        compression: Compression,
    ) -> (Manifest, Vec<Vec<u8>>) {
        let layers = self.layers.iter().map(|layer| match compression {
            Compression::None => layer.clone(),
            Compression::Gzip => gzip(layer),
            Compression::Zstd => super::zstd(layer),
        });
        let layers: Vec<Vec<u8>> = layers.collect();
        let blobs = layers.iter().map(|layer| (blob(layer), compression));
        let blobs: Vec<_> = blobs.collect();
        let manifest = Manifest::of_image(family, &blob(&self.config), &blobs);
        (manifest.expect("a manifest"), layers)
    }

    /// Of Docker up to 24, which also skopeo and podman write in this way: folders of each layer, the repeated ones as
    /// links.
    pub(in crate::store) fn legacy(&self, tags: Value) -> Tar {
        let config = format!("{}.json", self.id().hex());
        let mut tar = Tar::new();
        tar.file(&config, &self.config);
        let paths = [0, 1].map(|number| {
            let (layer, folder) = (&self.layers[number], format!("{number:064x}"));
            let path = format!("{folder}/layer.tar");
            tar.folder(&format!("{folder}/"))
                .file(&format!("{folder}/VERSION"), "1.0");
            tar.file(&format!("{folder}/json"), "{}");
            match number {
                0 => {
                    let shared = format!("{}.tar", Digest::sha256(layer).hex());
                    tar.file(&shared, layer)
                        .symlink(&path, &format!("../{shared}"));
                }
                _ => drop(tar.file(&path, layer)),
            }
            path
        });
        let manifest = json!([{"Config": config, "RepoTags": tags, "Layers": paths}]);
        tar.file("manifest.json", manifest.to_string())
            .file("repositories", "{}");
        tar
    }

    /// Of go-containerregistry: layers in gzip, and a name with a colon.
    pub(in crate::store) fn of_ggcr(&self) -> Tar {
        let mut tar = Tar::new();
        let config = self.id().to_string();
        tar.file(&config, &self.config);
        let paths = self.layers.each_ref().map(|layer| {
            let layer = gzip(layer);
            let path = format!("{}.tar.gz", Digest::sha256(&layer).hex());
            tar.file(&path, layer);
            path
        });
        let manifest = json!([{"Config": config, "RepoTags": ["app:1"], "Layers": paths}]);
        tar.file("manifest.json", manifest.to_string());
        tar
    }

    /// Of Docker 25 and later: also an OCI layout, whose manifest has its layers so.
    pub(in crate::store) fn docker_25(&self, manifest: &Manifest, layers: &[Vec<u8>]) -> Tar {
        let entry = with_image_name(&manifest.descriptor(), &"app:1".parse().expect("a name"));
        let mut tar = self.with_blobs(manifest, layers);
        tar.file("index.json", crate::oci::index_file(&[entry]));
        tar.file("manifest.json", self.docker_manifest(layers).to_string());
        tar
    }

    /// Of the containerd image store: the entry is an index, of which other platforms are not there.
    pub(in crate::store) fn containerd(
        &self,
        manifest: &Manifest,
        layers: &[Vec<u8>],
    ) -> (Tar, Manifest) {
        let elsewhere = Descriptor {
            digest: Digest::sha256(b"another platform"),
            ..manifest.descriptor()
        };
        let index = index_of(&[elsewhere, manifest.descriptor()]);
        let entry = with_image_name(&index.descriptor(), &"app:1".parse().expect("a name"));
        let mut tar = self.with_blobs(manifest, layers);
        tar.file(&path(index.digest()), index.bytes());
        tar.file("index.json", crate::oci::index_file(&[entry]));
        tar.file("manifest.json", self.docker_manifest(layers).to_string());
        (tar, index)
    }

    /// An OCI layout without its index.
    pub(in crate::store) fn with_blobs(&self, manifest: &Manifest, layers: &[Vec<u8>]) -> Tar {
        let mut tar = Tar::new();
        tar.folder("blobs/").folder("blobs/sha256/");
        tar.file("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
        for content in [&self.config[..], manifest.bytes()] {
            tar.file(&path(&Digest::sha256(content)), content);
        }
        for layer in layers {
            tar.file(&path(&Digest::sha256(layer)), layer);
        }
        tar
    }

    pub(in crate::store) fn docker_manifest(&self, layers: &[Vec<u8>]) -> Value {
        let paths = layers.iter().map(|layer| path(&Digest::sha256(layer)));
        json!([{
            "Config": path(&self.id()),
            "RepoTags": ["app:1"],
            "Layers": paths.collect::<Vec<_>>(),
            "LayerSources": {},
        }])
    }
}

pub(in crate::store) fn blob(content: &[u8]) -> Blob {
    Blob {
        digest: Digest::sha256(content),
        size: content.len() as u64,
    }
}

fn path(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}
