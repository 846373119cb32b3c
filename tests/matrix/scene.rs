//! Where a case is played: names of its own at the real parts, and handles of which one way is disturbed.

use imgferry::{
    Call, Config, Engine, EngineOptions, Images, LocalImage, Place, Reference, Registry,
    RegistryOptions, RemoteImage, RetryPolicy,
};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use crate::stage::{STOCK, Stage, client_of};
use crate::support::{FaultProxy, Plan, TempDir, unique};

/// The peer whose line is disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Engine,
    Registry,
}

pub struct Scene {
    pub stage: &'static Stage,
    pub proxy: FaultProxy,
    pub engine: Engine,
    pub registry: Registry,
    pub images: Images,
    /// Past the proxy, to prepare and to judge.
    pub direct_engine: Engine,
    pub direct_registry: Registry,
    /// Of the registry, through the proxy where it is the one that is disturbed.
    pub host: String,
    /// The case's own repository, in the engine as well as in the registry.
    pub name: String,
    pub folder: TempDir,
    /// What the caller was told of, in warnings and in errors.
    told: Mutex<Vec<String>>,
}

impl Scene {
    pub fn new(stage: &'static Stage, side: Side, plan: Plan) -> Scene {
        let proxy = match side {
            Side::Engine => FaultProxy::in_front_of(stage.engine, plan),
            Side::Registry => FaultProxy::in_front_of(stage.registry, plan),
        };
        let (endpoint, host) = match side {
            Side::Engine => (proxy.endpoint(), stage.registry.host().to_owned()),
            Side::Registry => (stage.engine.endpoint(), proxy.host().to_owned()),
        };
        let options = RegistryOptions {
            // One more try shows what tries do, and a case must not take long.
            retries: RetryPolicy {
                attempts: 2,
                first_pause: Duration::from_millis(10),
                longest_pause: Duration::from_millis(20),
                longest_wait: Duration::from_secs(2),
            },
            ..RegistryOptions::default()
        };
        let engine = Engine::new(&endpoint, &EngineOptions::default()).expect("a handle");
        let config = format!(
            r#"{{"clusters":{{"here":{{"registry_url":"http://{host}"}}}},"cluster_name":"here"}}"#
        );
        let config = Config::parse(&config).expect("a configuration");
        Scene {
            images: Images::with_config(engine.clone(), &config, &options).expect("a handle"),
            registry: Registry::new(&host, &options).expect("a handle"),
            direct_engine: Engine::new(&stage.engine.endpoint(), &EngineOptions::default())
                .expect("a handle"),
            direct_registry: client_of(stage.registry),
            engine,
            proxy,
            host,
            name: unique("case"),
            folder: TempDir::new("matrix"),
            told: Mutex::default(),
            stage,
        }
    }

    /// The case's own image in the registry.
    pub fn own(&self) -> Reference {
        reference(&format!("{}/{}:1", self.host, self.name))
    }

    /// The same past the proxy.
    pub fn own_directly(&self) -> Reference {
        reference(&format!("{}/{}:1", self.stage.registry.host(), self.name))
    }

    /// The case's own image in the engine.
    pub fn local(&self) -> String {
        format!("{}:1", self.name)
    }

    pub fn local_image(&self) -> LocalImage {
        LocalImage::parse(&self.local()).expect("a name")
    }

    pub fn stock(&self) -> Reference {
        reference(&format!("{}/{STOCK}:1", self.host))
    }

    /// An image of the registry as the facade names it.
    pub fn remote(&self, image: &Reference) -> RemoteImage {
        RemoteImage::parse(image.as_str()).expect("a name")
    }

    pub fn place(&self, image: &Reference) -> Place {
        Place::registry(&self.registry, image)
    }

    /// A place in the registry past the proxy.
    pub fn place_directly(&self, image: &Reference) -> Place {
        Place::registry(&self.direct_registry, image)
    }

    /// A file of the case's own.
    pub fn file(&self) -> PathBuf {
        self.folder.join("file")
    }

    /// Notes what the caller was told.
    pub fn tell(&self, texts: &[String]) {
        let mut told = self.told.lock().expect("not poisoned");
        told.extend_from_slice(texts);
    }

    /// Whether the caller was told that a name stays in the engine.
    pub fn told_of_names(&self) -> bool {
        let told = self.told.lock().expect("not poisoned");
        told.iter()
            .any(|text| text.contains(&self.name) && !text.contains("upload session"))
    }

    /// Removes what the engine has of the case; the registry goes as a whole.
    pub fn tidy_up(&self, has_engine: bool) {
        if !has_engine {
            return;
        }
        let (client, call) = (&self.direct_engine, &mut Call::new());
        let images = client.images(&Default::default(), call).expect("a list");
        for image in images {
            let names = image.repo_tags.iter().chain(&image.repo_digests);
            let labels = image.labels.iter().map(|(_, value)| value);
            let is_own = |name: &&String| name.contains(&self.name);
            for name in names.filter(is_own) {
                // Its digests go with its last tag.
                let _ = client.remove_image(name, &Default::default(), call);
            }
            if labels.into_iter().any(|label| *label == self.name) {
                let _ = client.remove_image(&image.id, &Default::default(), call);
            }
        }
    }

    /// Text without what is another one in each case.
    pub fn normal(&self, text: &str) -> String {
        text.replace(&self.host, "HOST")
            .replace(self.stage.registry.host(), "HOST")
            .replace(&self.name, "OWN")
            .replace(&self.folder.path().display().to_string(), "FOLDER")
    }
}

pub fn reference(text: &str) -> Reference {
    Reference::parse(text).expect("a reference")
}
