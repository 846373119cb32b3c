//! The places where other programs keep credentials, and how they are looked into.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::helper::{Answer, Helpers};
use super::registry_name::{Form, Wanted};
use super::{Credential, stored};
use crate::call::Call;
use crate::docker_config::{self, DockerConfig, Entry};
use crate::environment::Environment;
use crate::error::{Error, Result};

/// Whose files come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    Docker,
    Podman,
}

/// Something that holds credentials.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A file in docker's form that the caller has named.
    Named(PathBuf),
    /// The text of `DOCKER_AUTH_CONFIG`.
    Text(String),
    /// A file in docker's form.
    Docker(PathBuf),
    /// A file in podman's form.
    Containers(PathBuf),
    /// A file in the form that docker had before 1.7.
    Legacy(PathBuf),
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Text(_) => f.write_str("DOCKER_AUTH_CONFIG"),
            Place::Named(path)
            | Place::Docker(path)
            | Place::Containers(path)
            | Place::Legacy(path) => path.fmt(f),
        }
    }
}

impl Place {
    fn form(&self) -> Form {
        match self {
            Place::Containers(_) => Form::Containers,
            Place::Named(_) | Place::Text(_) | Place::Docker(_) | Place::Legacy(_) => Form::Docker,
        }
    }

    fn read(&self) -> Result<DockerConfig, String> {
        match self {
            Place::Named(path) => match fs::metadata(path) {
                Ok(_) => DockerConfig::read(path),
                Err(error) => Err(format!("{}: {error}", path.display())),
            },
            Place::Text(text) => DockerConfig::parse(text),
            Place::Docker(path) => DockerConfig::read(path),
            Place::Legacy(path) => DockerConfig::read_legacy(path),
            // What podman does not write there is not looked at.
            Place::Containers(path) => Ok(DockerConfig {
                creds_store: String::new(),
                ..DockerConfig::read(path)?
            }),
        }
    }
}

/// The places that an environment leads to, in the order in which they are asked.
pub(super) fn found(environment: &Environment<'_>, first: First) -> Result<Vec<Place>> {
    let text = environment.text("DOCKER_AUTH_CONFIG")?;
    let docker = text.map(Place::Text).into_iter();
    let docker = docker.chain([Place::Docker(docker_config::file(environment))]);
    let named = environment.path("REGISTRY_AUTH_FILE");
    let podman_first = named.is_some() || first == First::Podman;
    let podman = match named {
        Some(file) => vec![Place::Containers(file)],
        None => podmans_files(environment),
    };
    let mut places: Vec<Place> = match podman_first {
        true => podman.into_iter().chain(docker).collect(),
        false => docker.chain(podman).collect(),
    };
    let home = environment.path("HOME");
    places.extend(home.map(|home| Place::Legacy(home.join(".dockercfg"))));
    Ok(places)
}

fn podmans_files(environment: &Environment<'_>) -> Vec<Place> {
    let runtime = match environment.path("XDG_RUNTIME_DIR") {
        Some(folder) => Some(folder.join("containers")),
        None => own_runtime_folder(),
    };
    let config = environment.config_folder();
    let config = config.map(|folder| folder.join("containers"));
    let folders = [runtime, config].into_iter().flatten();
    folders
        .map(|folder| Place::Containers(folder.join("auth.json")))
        .collect()
}

/// Where podman keeps logins of a user without a session, such as root.
fn own_runtime_folder() -> Option<PathBuf> {
    match fs::metadata("/proc/self") {
        Ok(process) => Some(Path::new("/run/containers").join(process.uid().to_string())),
        Err(error) => {
            log::debug!("whose logins of podman to use is not known: /proc/self: {error}");
            None
        }
    }
}

/// One look for the credential of one registry.
pub(super) struct Search<'s, 'c, 'p> {
    pub(super) wanted: Wanted<'s>,
    pub(super) helpers: &'s Helpers,
    pub(super) strict: bool,
    pub(super) call: &'c mut Call<'p>,
}

impl Search<'_, '_, '_> {
    /// What is in a place; fails when the call is to end, or when something does not work that must.
    pub(super) fn look_into(&mut self, place: &Place) -> Result<Option<Credential>> {
        let config = match place.read() {
            Ok(config) => config,
            Err(reason) => {
                return match place {
                    Place::Named(_) => Err(self.failed(reason)),
                    Place::Text(_) => self.pass_over(format!("{place:?}: {reason}")),
                    _ => self.pass_over(reason),
                };
            }
        };
        if let Some(credential) = self.ask_helper(&config, place.form())? {
            return Ok(Some(credential));
        }
        let Some(name) = self.wanted.choose(config.auths.keys(), place.form()) else {
            return Ok(None);
        };
        match Entry::read(&config.auths[name]).and_then(stored::credential) {
            Ok(found) => Ok(found),
            Err(reason) => self.pass_over(format!("{place:?}: the entry {name:?}: {reason}")),
        }
    }

    /// Asks the helper for this registry, or else the one for all, when there is one.
    fn ask_helper(&mut self, config: &DockerConfig, form: Form) -> Result<Option<Credential>> {
        let own = self.wanted.choose(config.cred_helpers.keys(), form);
        let helper = own.map_or(&config.creds_store, |name| &config.cred_helpers[name]);
        if helper.is_empty() {
            return Ok(None);
        }
        let server = self.wanted.server();
        match self.helpers.ask(helper, server, self.call)? {
            Answer::Found(credential) => Ok(Some(credential)),
            Answer::Nothing => Ok(None),
            Answer::Failed(reason) => self.pass_over(reason),
        }
    }

    /// Goes on without what does not work, unless that is an error.
    fn pass_over(&mut self, reason: String) -> Result<Option<Credential>> {
        let error = self.failed(reason);
        if self.strict {
            return Err(error);
        }
        self.call.warn(&error.to_string())?;
        Ok(None)
    }

    fn failed(&self, reason: String) -> Error {
        Error::Credentials {
            host: self.wanted.host().to_owned(),
            reason,
            source: None,
        }
    }
}
