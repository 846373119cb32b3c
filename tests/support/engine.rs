//! A private Docker Engine.

use std::ops::Deref;
use std::path::Path;
use std::process::Output;
use std::sync::OnceLock;

use super::docker::docker;
use super::image::ImageSpec;
use super::part::Part;
use super::program::expect_success;
use super::unique::TempDir;

/// A running engine; see [`Part`] for its process.
#[derive(Debug)]
pub struct Engine {
    tls: bool,
    /// None only during a restart.
    part: Option<Part>,
    /// Keeps storage, socket and certificates over a restart. None for the shared engine, which ends with the process
    /// and so could not remove it.
    root: Option<TempDir>,
}

impl Engine {
    /// The engine that the tests of this process share: give each image a name of its own, remove only your own, and
    /// neither freeze nor kill it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Engine> = OnceLock::new();
        SHARED.get_or_init(|| Self::launch(false, None))
    }

    /// An engine of the test's own.
    #[track_caller]
    pub fn start() -> Self {
        Self::launch(false, Some(TempDir::new("engine")))
    }

    /// An engine of the test's own that listens at [`Engine::tls_endpoint`] as well.
    #[track_caller]
    pub fn start_with_tls() -> Self {
        Self::launch(true, Some(TempDir::new("engine")))
    }

    /// An engine that keeps all it has in `folder`, which may have little room.
    #[track_caller]
    pub fn start_in(folder: &Path) -> Self {
        let folder = folder.to_str().expect("a folder in UTF-8");
        let part = Part::start(&["engine", "--root", folder]);
        Self {
            tls: false,
            part: Some(part),
            root: None,
        }
    }

    /// The engine of another system in a folder, as debootstrap makes one, with either image store.
    #[track_caller]
    pub fn of_system(system: &Path, containerd_store: bool) -> Self {
        let system = system.to_str().expect("a folder in UTF-8");
        let mut arguments = vec!["engine", "--system", system];
        arguments.extend(containerd_store.then_some("--containerd-store"));
        Self {
            tls: false,
            part: Some(Part::start(&arguments)),
            root: None,
        }
    }

    #[track_caller]
    fn launch(tls: bool, root: Option<TempDir>) -> Self {
        Self {
            tls,
            part: Some(start_part(tls, root.as_ref(), None)),
            root,
        }
    }

    /// Starts it again, stopping it first where it was not killed: the same storage, socket, port and certificates,
    /// another process.
    #[track_caller]
    pub fn restart(&mut self) {
        let port = self.tls.then(|| {
            let (_, port) = self.fact("host").split_once(':').expect("host and port");
            port.to_owned()
        });
        self.part = None;
        self.part = Some(start_part(self.tls, self.root.as_ref(), port.as_deref()));
    }

    pub fn socket(&self) -> &Path {
        Path::new(self.fact("socket"))
    }

    /// The socket as `DOCKER_HOST` names it.
    pub fn endpoint(&self) -> String {
        format!("unix://{}", self.fact("socket"))
    }

    /// The address over TLS as `DOCKER_HOST` names it, of an engine with TLS. It wants a client's certificate.
    #[track_caller]
    pub fn tls_endpoint(&self) -> String {
        format!("tcp://{}", self.fact("host"))
    }

    /// The folder for `DOCKER_CERT_PATH`, of an engine with TLS. `other-ca.pem` in it is a CA that signed nothing.
    #[track_caller]
    pub fn certificates(&self) -> &Path {
        Path::new(self.fact("certs"))
    }

    /// Loads an image through the docker command.
    #[track_caller]
    pub fn load(&self, spec: &ImageSpec) {
        let folder = TempDir::new("archive");
        let archive = folder.join("image.tar");
        spec.write_archive(&archive);
        self.docker_ok(&["load", "--input", archive.to_str().expect("UTF-8")]);
    }

    /// Asks the engine through the docker command, an independent judge. Logins are kept for this engine only.
    #[track_caller]
    pub fn docker(&self, arguments: &[&str]) -> Output {
        let config = format!("{}/cli", self.fact("dir"));
        docker(
            &[
                ("DOCKER_HOST", &self.endpoint()),
                ("DOCKER_CONFIG", &config),
            ],
            arguments,
        )
    }

    /// The same, when it must succeed: the standard output.
    #[track_caller]
    pub fn docker_ok(&self, arguments: &[&str]) -> String {
        expect_success(&self.docker(arguments))
    }
}

impl Deref for Engine {
    type Target = Part;

    fn deref(&self) -> &Part {
        self.part.as_ref().expect("the engine did not come back")
    }
}

#[track_caller]
fn start_part(tls: bool, root: Option<&TempDir>, port: Option<&str>) -> Part {
    let root = root.map(|root| root.path().to_str().expect("a temporary folder in UTF-8"));
    let mut arguments = vec!["engine"];
    for (option, value) in [("--root", root), ("--port", port)] {
        arguments.extend(value.into_iter().flat_map(|value| [option, value]));
    }
    arguments.extend(tls.then_some("--tls"));
    Part::start(&arguments)
}
