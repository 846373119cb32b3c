//! imgferry moves container images between a Docker Engine, registries and archives.

mod call;
mod credentials;
mod digest;
mod engine;
mod error;
mod grammar;
mod http;
mod naming;
mod oci;
mod progress;
mod reference;
mod registry;

pub use call::{Call, Cancel, Limits};
pub use credentials::{Credential, Credentials};
pub use digest::Digest;
pub use engine::{
    Engine, EngineOptions, ImageDetails, ImageSummary, ListOptions, LoadOptions, Loaded,
    PullOptions, Pulled, PushOptions, Pushed, RemoveOptions, Removed,
};
pub use error::{Answer, Context, Error, ErrorKind, Result};
pub use naming::{LocalImage, RemoteImage, Tag};
pub use oci::{Descriptor, ImageIndex, ImageManifest, Manifest, ManifestContent, Platform};
pub use progress::{
    ImageProgressPull, ImageProgressPush, ImageProgressStep, Phase, Progress, Unit,
};
pub use reference::Reference;
pub use registry::{ImageSize, PlatformSize, Registry, RegistryOptions};
