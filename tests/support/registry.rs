//! A private registry.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::access_log::{AccessLog, Request};
use super::image::hex;
use super::noise::Noise;
use super::part::Part;
use super::token_server::{ISSUER, SERVICE};
use super::unique::TempDir;

/// What a registry is to be; by default plain HTTP, open to all, deleting allowed.
#[derive(Clone, Debug, Default)]
pub struct RegistryOptions {
    /// The only user, `name:password`.
    pub htpasswd: Option<String>,
    pub tls: bool,
    pub no_delete: bool,
    /// Wants tokens of [`TokenServer`](super::TokenServer): realm and certificate.
    pub token: Option<(String, String)>,
}

/// A registry on 127.0.0.1; see [`Part`] for its process.
#[derive(Debug)]
pub struct Registry {
    options: RegistryOptions,
    /// None while stopped.
    part: Option<Part>,
    /// Keeps content, log and certificates over a restart. None for the shared registry, which ends with the process
    /// and so could not remove it.
    root: Option<TempDir>,
    host: String,
    log: AccessLog,
}

impl Registry {
    /// The plain registry that the tests of this process share: give each repository a name of its own, and neither
    /// freeze nor kill it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Registry> = OnceLock::new();
        SHARED.get_or_init(|| Self::launch(RegistryOptions::default(), None))
    }

    /// A registry of the test's own.
    #[track_caller]
    pub fn start(options: RegistryOptions) -> Self {
        Self::launch(options, Some(TempDir::new("registry")))
    }

    #[track_caller]
    fn launch(options: RegistryOptions, root: Option<TempDir>) -> Self {
        let part = start_part(&options, root.as_ref(), None);
        Self {
            host: part.fact("host").to_owned(),
            log: AccessLog::new(Path::new(part.fact("log"))),
            part: Some(part),
            options,
            root,
        }
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The storage folder, with `docker/registry/v2/…` in it.
    pub fn root(&self) -> &Path {
        Path::new(self.fact("root"))
    }

    /// Makes folders below those of its repositories, as it does itself: `team/app/_layers` is a repository,
    /// `team/app/_manifests/tags/1.2` a tag in its list.
    pub fn store_folders(&self, folders: impl IntoIterator<Item = String>) {
        let repositories = self.storage().join("repositories");
        fs::create_dir_all(&repositories).expect("a folder");
        for folder in folders {
            fs::create_dir_all(repositories.join(folder)).expect("a folder");
        }
    }

    /// Stores an image without layers, and tags it, without the way over HTTP.
    pub fn store_image(&self, repository: &str, tag: &str) {
        let config = self.store_blob(repository, 100);
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":100}},"layers":[]}}"#
        );
        let hex = hex(&Sha256::digest(&manifest));
        let blob = self
            .storage()
            .join(format!("blobs/sha256/{}/{hex}", &hex[..2]));
        let manifests = self
            .storage()
            .join(format!("repositories/{repository}/_manifests"));
        for (folder, file, content) in [
            (blob, "data", manifest),
            (
                manifests.join(format!("revisions/sha256/{hex}")),
                "link",
                format!("sha256:{hex}"),
            ),
            (
                manifests.join(format!("tags/{tag}/current")),
                "link",
                format!("sha256:{hex}"),
            ),
        ] {
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join(file), content).expect("a file");
        }
    }

    /// Stores a blob of `size` bytes that no other size has, without the way over HTTP; its digest.
    pub fn store_blob(&self, repository: &str, size: u64) -> String {
        self.store_folders([]);
        let file = self.storage().join(format!("blob-{size}"));
        let mut noise = Noise::new(size, 1.0).take(size);
        let mut sum = Sha256::new();
        let mut target = File::create(&file).expect("create a blob");
        let mut buffer = vec![0; 1 << 20];
        loop {
            match noise.read(&mut buffer).expect("noise") {
                0 => break,
                read => {
                    sum.update(&buffer[..read]);
                    target.write_all(&buffer[..read]).expect("write a blob");
                }
            }
        }
        let hex = hex(&sum.finalize());
        let blob = self
            .storage()
            .join(format!("blobs/sha256/{}/{hex}", &hex[..2]));
        let layer = format!("repositories/{repository}/_layers/sha256/{hex}");
        let layer = self.storage().join(layer);
        for folder in [&blob, &layer] {
            fs::create_dir_all(folder).expect("a folder");
        }
        fs::rename(file, blob.join("data")).expect("name a blob");
        fs::write(layer.join("link"), format!("sha256:{hex}")).expect("link a blob");
        format!("sha256:{hex}")
    }

    fn storage(&self) -> PathBuf {
        self.root().join("docker/registry/v2")
    }

    /// The certificate that a client must trust, of a registry with `tls`.
    #[track_caller]
    pub fn ca_file(&self) -> &Path {
        Path::new(self.fact("ca"))
    }

    /// Stops it; the content and the log stay. Does nothing when it is stopped already.
    pub fn stop(&mut self) {
        self.part = None;
    }

    /// Starts it again at the same address and with the same content, stopping it first where it runs.
    #[track_caller]
    pub fn restart_same_port(&mut self) {
        self.stop();
        let (_, port) = self.host.split_once(':').expect("host and port");
        self.part = Some(start_part(&self.options, self.root.as_ref(), Some(port)));
    }

    /// Lets in `name:password` from now on and nobody else, with a restart.
    #[track_caller]
    pub fn change_user(&mut self, user: &str) {
        self.options.htpasswd = Some(user.into());
        self.restart_same_port();
    }

    /// The access log, which goes on over restarts.
    pub fn access_log(&self) -> &AccessLog {
        &self.log
    }

    /// [`AccessLog::requests`].
    pub fn requests(&self) -> Vec<Request> {
        self.log.requests()
    }

    /// [`AccessLog::mark`].
    pub fn mark(&self) -> usize {
        self.log.mark()
    }

    /// [`AccessLog::requests_since`].
    pub fn requests_since(&self, mark: usize) -> Vec<Request> {
        self.log.requests_since(mark)
    }

    /// [`AccessLog::wait_for_request`].
    #[track_caller]
    pub fn wait_for_request(&self, mark: usize, wanted: impl Fn(&Request) -> bool) -> Request {
        self.log.wait_for_request(mark, wanted)
    }
}

impl Deref for Registry {
    type Target = Part;

    fn deref(&self) -> &Part {
        self.part.as_ref().expect("the registry is stopped")
    }
}

#[track_caller]
fn start_part(options: &RegistryOptions, root: Option<&TempDir>, port: Option<&str>) -> Part {
    let root = root.map(|root| root.path().to_str().expect("a temporary folder in UTF-8"));
    let mut arguments = vec!["registry"];
    for (option, value) in [
        ("--htpasswd", options.htpasswd.as_deref()),
        ("--root", root),
        ("--port", port),
    ] {
        arguments.extend(value.into_iter().flat_map(|value| [option, value]));
    }
    if let Some((realm, certificate)) = &options.token {
        arguments.extend(["--token", realm, certificate, ISSUER, SERVICE]);
    }
    for (option, wanted) in [("--tls", options.tls), ("--no-delete", options.no_delete)] {
        arguments.extend(wanted.then_some(option));
    }
    Part::start(&arguments)
}
