//! Which engine the environment names: `DOCKER_HOST`, Docker's contexts, or the usual sockets.
//!
//! The order is that of the docker command; looking for sockets comes last and is our addition.

use std::io;
use std::path::PathBuf;

use serde::Deserialize;

use super::EngineTls;
use super::endpoint::DEFAULT_SOCKET;
use crate::digest::Digest;
use crate::docker_config::{self, DockerConfig, read_file, read_json};
use crate::environment::Environment;
use crate::error::{Error, Result};

/// Where the engine is, and how it is recognised.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) address: String,
    pub(super) tls: Option<TlsFiles>,
}

/// The files for TLS with an engine.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TlsFiles {
    /// Holds `ca.pem`, `cert.pem` and `key.pem`.
    pub(super) folder: PathBuf,
    /// Whether the engine must prove who it is.
    pub(super) verify: bool,
}

impl TlsFiles {
    /// Reads the files. The docker command does without a certificate of its own when there is none; without an
    /// authority it does not.
    pub(super) fn read(&self) -> Result<EngineTls> {
        let optional = |name: &str| match read_file(&self.folder.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            other => other.map_err(|error| self.unusable(name, &error)),
        };
        let authorities_pem = match self.verify {
            true => read_file(&self.folder.join("ca.pem"))
                .map_err(|error| self.unusable("ca.pem", &error))?,
            false => Vec::new(),
        };
        Ok(EngineTls {
            authorities_pem,
            certificate_pem: optional("cert.pem")?,
            key_pem: optional("key.pem")?,
            skip_verification: !self.verify,
        })
    }

    fn unusable(&self, name: &str, error: &io::Error) -> Error {
        Error::InvalidArgument {
            argument: "DOCKER_CERT_PATH",
            reason: format!("{}: {error}", self.folder.join(name).display()),
        }
    }
}

impl Environment<'_> {
    pub(super) fn engine(&self) -> Result<Named> {
        if let Some(address) = self.text("DOCKER_HOST")? {
            return Ok(Named {
                tls: self.tls_variables(),
                address,
            });
        }
        match self.context_name()? {
            Some(name) => self.context(&name),
            None => Ok(self.usual_place()),
        }
    }

    /// The value does not matter: `DOCKER_TLS_VERIFY=0` verifies, too.
    fn tls_variables(&self) -> Option<TlsFiles> {
        let verify = self.get("DOCKER_TLS_VERIFY").is_some();
        if !verify && self.get("DOCKER_TLS").is_none() {
            return None;
        }
        let folder = self.path("DOCKER_CERT_PATH");
        Some(TlsFiles {
            folder: folder.unwrap_or_else(|| docker_config::folder(self)),
            verify,
        })
    }

    /// The chosen context; `default` means none.
    fn context_name(&self) -> Result<Option<String>> {
        let name = match self.text("DOCKER_CONTEXT")? {
            Some(name) => name,
            None => {
                let config = DockerConfig::read(&docker_config::file(self)).map_err(unusable)?;
                config.current_context
            }
        };
        Ok(Some(name).filter(|name| !name.is_empty() && name != "default"))
    }

    /// Reads a context from docker's store. One that does not exist is an error, never another engine.
    fn context(&self, name: &str) -> Result<Named> {
        let folder = docker_config::folder(self).join("contexts");
        let id = Digest::sha256(name.as_bytes());
        let file = folder.join("meta").join(id.hex()).join("meta.json");
        let Some(meta) = read_json::<ContextMeta>(&file).map_err(unusable)? else {
            return Err(Error::InvalidArgument {
                argument: "DOCKER_CONTEXT",
                reason: format!("there is no context {name:?}"),
            });
        };
        let endpoint = meta.endpoints.docker;
        let tls_folder = folder.join("tls").join(id.hex()).join("docker");
        let address = endpoint.host.filter(|host| !host.is_empty());
        let Some(address) = address else {
            return Ok(self.usual_place());
        };
        let is_remote = !address.starts_with("unix:") && !address.starts_with("ssh:");
        let wants_tls = endpoint.skip_tls_verify || tls_folder.is_dir();
        let tls = (is_remote && wants_tls).then_some(TlsFiles {
            folder: tls_folder,
            verify: !endpoint.skip_tls_verify,
        });
        Ok(Named { address, tls })
    }

    /// Nothing is configured: the first of the usual sockets that is there.
    fn usual_place(&self) -> Named {
        if let Some(tls) = self.tls_variables() {
            return Named {
                address: "tcp://localhost:2376".into(),
                tls: Some(tls),
            };
        }
        let mut places = self.usual_sockets();
        let found = places.find(|place| place.exists());
        let socket = found.unwrap_or_else(|| DEFAULT_SOCKET.into());
        log::debug!(
            "nothing names an engine; using the socket {}",
            socket.display()
        );
        Named {
            address: format!("unix://{}", socket.display()),
            tls: None,
        }
    }

    /// The system's engine first, as the docker command does; then rootless Docker, Docker Desktop, and podman.
    fn usual_sockets(&self) -> impl Iterator<Item = PathBuf> {
        let runtime = self.path("XDG_RUNTIME_DIR");
        let home = self.path("HOME");
        let below =
            |folder: &Option<PathBuf>, path: &str| folder.as_ref().map(|folder| folder.join(path));
        let places = [
            Some(PathBuf::from(DEFAULT_SOCKET)),
            below(&runtime, "docker.sock"),
            below(&home, ".docker/run/docker.sock"),
            below(&home, ".docker/desktop/docker.sock"),
            below(&runtime, "podman/podman.sock"),
            Some(PathBuf::from("/run/podman/podman.sock")),
        ];
        places.into_iter().flatten()
    }
}

/// Docker's own reader does not mind the case of keys, and its writer changed it once.
#[derive(Deserialize)]
struct ContextMeta {
    #[serde(alias = "Endpoints")]
    endpoints: ContextEndpoints,
}

#[derive(Deserialize)]
struct ContextEndpoints {
    docker: ContextEndpoint,
}

#[derive(Deserialize)]
struct ContextEndpoint {
    #[serde(alias = "Host", default)]
    host: Option<String>,
    #[serde(alias = "SkipTLSVerify", alias = "skipTLSVerify", default)]
    skip_tls_verify: bool,
}

fn unusable(reason: String) -> Error {
    Error::InvalidArgument {
        argument: "docker configuration",
        reason,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::environment::testing::{Folder, with_variables};

    fn engine(variables: &[(&str, &str)]) -> Result<Named> {
        with_variables(variables, |environment| environment.engine())
    }

    #[test]
    fn a_host_that_is_not_utf_8_is_an_error_and_never_another_engine() {
        use std::os::unix::ffi::OsStringExt;
        let error = Environment {
            variable: &|name| {
                (name == "DOCKER_HOST").then(|| OsString::from_vec(b"unix:///\xff".to_vec()))
            },
        }
        .engine()
        .expect_err("not UTF-8");
        assert!(error.to_string().contains("DOCKER_HOST"), "{error}");
    }

    #[test]
    fn the_systems_engine_comes_before_the_users_and_docker_before_podman() {
        let variable = |name: &str| match name {
            "XDG_RUNTIME_DIR" => Some("/run/user/7".into()),
            "HOME" => Some("/home/u".into()),
            _ => None,
        };
        let sockets: Vec<_> = Environment {
            variable: &variable,
        }
        .usual_sockets()
        .collect();
        assert_eq!(
            sockets,
            [
                "/var/run/docker.sock",
                "/run/user/7/docker.sock",
                "/home/u/.docker/run/docker.sock",
                "/home/u/.docker/desktop/docker.sock",
                "/run/user/7/podman/podman.sock",
                "/run/podman/podman.sock",
            ]
            .map(PathBuf::from)
        );
    }

    /// The SHA-256 of `tlsctx`.
    const TLSCTX: &str = "71614c1fecf740cb7c15fc358b0458ce7ab245624a47b58c430fc3334c3d64f2";

    #[test]
    fn the_host_beats_the_context_which_beats_the_configured_one() {
        let folder = Folder::new("contexts");
        folder.write("config.json", r#"{"currentContext":"tlsctx","auths":{}}"#);
        folder.write(
            &format!("contexts/meta/{TLSCTX}/meta.json"),
            r#"{"Name":"tlsctx","Metadata":{"Description":"d e"},"Endpoints":{"docker":{"Host":"tcp://127.0.0.1:5720","SkipTLSVerify":false}}}"#,
        );
        folder.write(&format!("contexts/tls/{TLSCTX}/docker/ca.pem"), "");
        let config = ("DOCKER_CONFIG", folder.text());

        let current = engine(&[config, ("DOCKER_TLS_VERIFY", "1")]).expect("the configured one");
        assert_eq!(current.address, "tcp://127.0.0.1:5720");
        let tls = current.tls.expect("it has files for TLS");
        assert!(tls.verify && tls.folder.ends_with(format!("{TLSCTX}/docker")));

        let host = engine(&[config, ("DOCKER_HOST", "unix:///x")]).expect("the host");
        assert_eq!(host.address, "unix:///x");
        let default = engine(&[config, ("DOCKER_CONTEXT", "default")]).expect("the default");
        assert!(default.address.starts_with("unix://"));
        let unknown = engine(&[config, ("DOCKER_CONTEXT", "nobody")]).expect_err("unknown");
        assert!(unknown.to_string().contains("nobody"), "{unknown}");
    }

    #[test]
    fn keys_in_lower_case_are_read_and_a_socket_needs_no_tls() {
        let folder = Folder::new("lower");
        folder.write(
            &format!("contexts/meta/{TLSCTX}/meta.json"),
            r#"{"endpoints":{"docker":{"host":"unix:///y","skipTLSVerify":true}}}"#,
        );
        let named = engine(&[
            ("DOCKER_CONFIG", folder.text()),
            ("DOCKER_CONTEXT", "tlsctx"),
        ]);
        assert_eq!(
            named.expect("a context"),
            Named {
                address: "unix:///y".into(),
                tls: None
            }
        );
    }

    #[test]
    fn tls_is_asked_for_by_its_switches_and_never_by_the_folder_alone() {
        let host = ("DOCKER_HOST", "tcp://h:1");
        let folder = ("DOCKER_CERT_PATH", "/certs");
        assert_eq!(engine(&[host, folder]).expect("plain").tls, None);
        for (switch, verify) in [("DOCKER_TLS_VERIFY", true), ("DOCKER_TLS", false)] {
            let tls = engine(&[host, folder, (switch, "0")]).expect("TLS").tls;
            assert_eq!(
                tls,
                Some(TlsFiles {
                    folder: "/certs".into(),
                    verify
                })
            );
            assert_eq!(engine(&[host, (switch, "")]).expect("plain").tls, None);
        }
        let no_host = engine(&[("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CONFIG", "/nowhere")]);
        assert_eq!(
            no_host.expect("the default").address,
            "tcp://localhost:2376"
        );
    }

    #[test]
    fn a_broken_configuration_is_an_error_and_never_another_engine() {
        let folder = Folder::new("broken");
        folder.write("config.json", "{");
        assert!(engine(&[("DOCKER_CONFIG", folder.text())]).is_err());
    }
}
