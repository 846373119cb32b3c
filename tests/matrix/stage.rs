//! The real parts, and what the operations find in them.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use imgferry::{Call, CopyOptions, Digest, Place, Reference, RegistryOptions, copy};
use serde_json::Value;

use crate::support::{Engine, ImageSpec, Registry, Scripted, search_index};

pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The repository that operations read; nobody changes it.
pub const STOCK: &str = "stock/image";
/// The image that is loaded, under other names; nobody removes it.
pub const LOADED: &str = "stock/loaded:1";
/// The image of the engine that operations start from; nobody removes it.
pub const BASE: &str = "stock/base:1";

/// One engine and one registry for all cases, each of which has names of its own there.
pub struct Stage {
    pub engine: &'static Engine,
    pub registry: &'static Registry,
    /// Of the image `STOCK:1`: its manifest, its config, its layers.
    pub stock: Reference,
    pub stock_manifest: Vec<u8>,
    pub stock_layer: Digest,
    /// A root file system, compressed.
    pub tar: Vec<u8>,
    pub search: Scripted,
    folder: PathBuf,
}

impl Stage {
    pub fn get() -> &'static Stage {
        static STAGE: OnceLock<Stage> = OnceLock::new();
        STAGE.get_or_init(Stage::set)
    }

    fn set() -> Stage {
        let (engine, registry) = (Engine::shared(), Registry::shared());
        let call = &mut Call::new();
        let registry_client = client_of(registry);

        engine.load(&ImageSpec::small(BASE));
        let stock = Reference::parse(&format!("{}/{STOCK}:1", registry.host()));
        let stock = stock.expect("a reference");
        ImageSpec::small("stock/image:1").push_by_skopeo(stock.as_str());
        // An engine that removes the last name of an image loses one that it gets meanwhile. So what cases pull and load
        // always has a name more.
        engine.docker_ok(&["pull", "--quiet", stock.as_str()]);
        engine.load(&ImageSpec::small(LOADED));
        let manifest = registry_client
            .get_manifest(&stock, call)
            .expect("a manifest");
        let document: Value = serde_json::from_slice(manifest.bytes()).expect("JSON");
        let digest = |value: &Value| {
            Digest::parse(value["digest"].as_str().expect("a digest")).expect("a digest")
        };
        let stock_layer = digest(&document["layers"][0]);
        let mut tar = Vec::new();
        let layer = stock.without_tag().with_digest(stock_layer.clone());
        registry_client
            .save_blob(&layer, &Default::default(), &mut tar, call)
            .expect("a layer");
        // A static value is never dropped, so the folder is one of the engine's, which goes with it.
        let folder = engine.dir().join("stock");
        fs::create_dir(&folder).expect("a folder");
        let stage = Stage {
            search: search_index(),
            engine,
            registry,
            stock_layer,
            stock_manifest: manifest.bytes().to_vec(),
            stock,
            tar,
            folder,
        };
        stage.copy_stock();
        stage.attach();
        stage
    }

    /// The stock at the other places that copies begin at.
    fn copy_stock(&self) {
        let from = Place::registry(&client_of(self.registry), &self.stock);
        for to in [
            Place::oci_layout(self.layout(), Some("1")),
            Place::docker_archive(self.archive(), Some("stock/archive:1")),
        ] {
            copy(&from, &to, &CopyOptions::default(), &mut Call::new()).expect("a copy");
        }
    }

    /// Something that refers to the stock.
    fn attach(&self) {
        let call = &mut Call::new();
        let registry_client = client_of(self.registry);
        let subject = Digest::sha256(&self.stock_manifest);
        let manifest = about(&subject, self.stock_manifest.len());
        let target = self.stock.without_tag();
        let config = imgferry::BlobSource::Data(b"{}");
        registry_client
            .put_blob(&target, config, &Default::default(), call)
            .expect("a config");
        let target = target.with_digest(Digest::sha256(manifest.as_bytes()));
        registry_client
            .put_manifest(&target, OCI_MANIFEST, manifest.as_bytes(), call)
            .expect("attached");
    }

    /// The stock in an OCI layout.
    pub fn layout(&self) -> PathBuf {
        self.folder.join("layout")
    }

    /// The stock in an archive for Docker.
    pub fn archive(&self) -> PathBuf {
        self.folder.join("archive.tar")
    }
}

pub fn client_of(registry: &Registry) -> imgferry::Registry {
    imgferry::Registry::new(registry.host(), &RegistryOptions::default()).expect("a handle")
}

/// A manifest that refers to another one.
pub fn about(subject: &Digest, size: usize) -> String {
    let empty = Digest::sha256(b"{}");
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","artifactType":"text/note","config":{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{empty}","size":2}},"layers":[],"subject":{{"mediaType":"{OCI_MANIFEST}","digest":"{subject}","size":{size}}}}}"#
    )
}
