//! What is there before each operation that is left.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use imgferry::{
    Call, CopyOptions, Images, ManifestContent, Place, Reference, RegistryOptions, RemoveOptions,
    Result, copy,
};

use super::connect;
use super::support::{Engine, ImageSpec, LayerSpec, Registry, TempDir};

/// An engine that has `KEPT` and nothing else, a registry that has another image, and a place for files.
pub struct Stage {
    registry: Registry,
    pub folder: TempDir,
    pub engine: imgferry::Engine,
    pub images: Images,
    pub at: imgferry::Registry,
    /// A layer of the image in the registry.
    pub blob: Reference,
    /// The round that is played: what is made in it has its number.
    pub round: AtomicU64,
    _part: Engine,
}

pub const KEPT: &str = "demo/kept:1";

const LAYERS: [LayerSpec; 2] = [LayerSpec {
    bytes: 12_000_000,
    files: 2,
    incompressible_share: 0.5,
}; 2];

impl Stage {
    pub fn set() -> Stage {
        let part = Engine::start();
        let registry = Registry::start(Default::default());
        let folder = TempDir::new("anytime");
        part.load(&ImageSpec::new(KEPT, &LAYERS));
        let mut other = ImageSpec::new("demo/other:1", &LAYERS);
        other.seed = 1;
        other.write_archive(&folder.join("other.tar"));
        let name = format!("{}/other:1", registry.host());
        other.push_by_skopeo(&name);
        let engine = connect(&part);
        let at = imgferry::Registry::new(registry.host(), &RegistryOptions::default());
        let at = at.expect("a handle");
        let name = Reference::parse(&name).expect("a name");
        let manifest = at
            .get_manifest(&name, &mut Call::new())
            .expect("a manifest");
        let ManifestContent::Image(image) = manifest.content() else {
            panic!("{manifest:?}")
        };
        let layer = image.layers[0].digest.clone();
        let stage = Stage {
            images: Images::new(engine.clone(), &RegistryOptions::default()),
            blob: name.without_tag().with_digest(layer),
            round: AtomicU64::new(0),
            _part: part,
            registry,
            folder,
            engine,
            at,
        };
        let layout = stage.layout("kept");
        let from = Place::engine(&stage.engine, KEPT);
        copy(&from, &layout, &CopyOptions::default(), &mut Call::new()).expect("a layout");
        stage
    }

    /// `HOST/made-ROUND:1`.
    pub fn made(&self) -> Reference {
        let round = self.round.load(Ordering::Relaxed);
        Reference::parse(&format!("{}/made-{round}:1", self.registry.host())).expect("a name")
    }

    pub fn made_file(&self) -> PathBuf {
        self.folder.join("made.tar")
    }

    pub fn layout(&self, name: &str) -> Place {
        Place::oci_layout(self.folder.join(name), Some("1"))
    }

    pub fn other(&self) -> Reference {
        self.blob.without_digest().with_tag("1").expect("a tag")
    }

    pub fn source(&self) -> Place {
        Place::registry(&self.at, &self.other())
    }

    pub fn destination(&self) -> Place {
        Place::registry(&self.at, &self.made())
    }

    pub fn copy(&self, from: &Place, to: &Place, call: &mut Call<'_>) -> Result<()> {
        copy(from, to, &CopyOptions::default(), call).map(drop)
    }

    /// What the engine calls its images by.
    pub fn names(&self) -> Vec<String> {
        let listed = self.engine.images(&Default::default(), &mut Call::new());
        let listed = listed.expect("the engine's images");
        let mut names: Vec<_> = listed
            .into_iter()
            .flat_map(|image| image.repo_tags)
            .collect();
        names.sort();
        names
    }

    /// Takes everything out of the engine but what it had.
    pub fn clean_engine(&self) {
        let options = RemoveOptions {
            force: true,
            ..RemoveOptions::default()
        };
        for name in self.names().iter().filter(|name| *name != KEPT) {
            let removed = self.engine.remove_image(name, &options, &mut Call::new());
            removed.expect("an image to remove");
        }
    }
}
