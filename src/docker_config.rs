//! Docker's configuration: where `config.json` is, and what of it matters here. Podman's `auth.json` has the same form.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::bounded_file::{self, is_absent};
use crate::environment::Environment;

/// Configuration files are written by people, or by programs for people; none is longer.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// The folder with `config.json` and `contexts`.
pub(crate) fn folder(environment: &Environment<'_>) -> PathBuf {
    match (environment.path("DOCKER_CONFIG"), environment.path("HOME")) {
        (Some(folder), _) => folder,
        (None, Some(home)) => home.join(".docker"),
        (None, None) => PathBuf::from("/.docker"),
    }
}

/// The configuration file itself.
pub(crate) fn file(environment: &Environment<'_>) -> PathBuf {
    folder(environment).join("config.json")
}

/// What a file holds; never more than [`MAX_FILE`].
pub(crate) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    bounded_file::read(path, MAX_FILE)
}

/// A JSON file; `None` when there is none or nothing is in it. The reason why it cannot be read or understood names
/// the file, and shows nothing of what is in it.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, String> {
    let text = match read_file(path) {
        Ok(text) => text,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    parse_json(&text).map_err(|reason| format!("{}: {reason}", path.display()))
}

fn parse_json<T: DeserializeOwned>(text: &[u8]) -> Result<Option<T>, String> {
    if text.trim_ascii().is_empty() {
        return Ok(None);
    }
    // What serde says of a wrong type repeats the value, which may be a password.
    serde_json::from_slice(text).map(Some).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        match error.is_data() {
            true => format!("it does not have the expected form (line {line}, column {column})"),
            false => format!("it is not JSON (line {line}, column {column})"),
        }
    })
}

/// What a configuration says. Its `Debug` shows no secret.
#[derive(Default)]
pub(crate) struct DockerConfig {
    /// What is known of each registry; read with [`Entry::read`] when it is needed, so that a broken one does no harm
    /// to the others.
    pub(crate) auths: BTreeMap<String, Value>,
    /// The credential helper of a registry; an empty name means none.
    pub(crate) cred_helpers: BTreeMap<String, String>,
    /// The credential helper of all other registries; empty is none.
    pub(crate) creds_store: String,
    /// Sent with every request to an engine.
    pub(crate) http_headers: BTreeMap<String, String>,
    /// The name of the context in use; empty is none.
    pub(crate) current_context: String,
}

impl DockerConfig {
    /// Reads a file in the form of `config.json`; one that is absent or empty says nothing.
    pub(crate) fn read(path: &Path) -> Result<DockerConfig, String> {
        match read_json::<Map<String, Value>>(path)? {
            Some(document) => DockerConfig::new(document)
                .map_err(|reason| format!("{}: {reason}", path.display())),
            None => Ok(DockerConfig::default()),
        }
    }

    /// Reads the same form from a text.
    pub(crate) fn parse(text: &str) -> Result<DockerConfig, String> {
        match parse_json::<Map<String, Value>>(text.as_bytes())? {
            Some(document) => DockerConfig::new(document),
            None => Ok(DockerConfig::default()),
        }
    }

    /// Reads a file in the form of `.dockercfg`, which holds the entries of the registries and nothing else.
    pub(crate) fn read_legacy(path: &Path) -> Result<DockerConfig, String> {
        Ok(match read_json(path)? {
            Some(auths) => DockerConfig {
                auths,
                ..DockerConfig::default()
            },
            // As for `read`, an absent file says nothing.
            None => DockerConfig::default(),
        })
    }

    fn new(document: Map<String, Value>) -> Result<DockerConfig, String> {
        let mut config = DockerConfig::default();
        for (key, value) in document {
            match key.to_ascii_lowercase().as_str() {
                "auths" => config.auths = member(&key, value)?,
                "credhelpers" => config.cred_helpers = member(&key, value)?,
                "credsstore" => config.creds_store = member(&key, value)?,
                "httpheaders" => config.http_headers = member(&key, value)?,
                "currentcontext" => config.current_context = member(&key, value)?,
                _ => {}
            }
        }
        Ok(config)
    }
}

impl fmt::Debug for DockerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DockerConfig")
            .field("auths", &self.auths.keys())
            .field("cred_helpers", &self.cred_helpers)
            .field("creds_store", &self.creds_store)
            .field("current_context", &self.current_context)
            .finish_non_exhaustive()
    }
}

/// What a configuration says of one registry; what it does not say is empty.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The user and the password, in base64.
    pub(crate) auth: String,
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) identity_token: String,
    pub(crate) registry_token: String,
}

impl Entry {
    pub(crate) fn read(value: &Value) -> Result<Entry, String> {
        let members: Map<String, Value> = member("the entry", value.clone())?;
        let mut entry = Entry::default();
        for (key, value) in members {
            let field = match key.to_ascii_lowercase().as_str() {
                "auth" => &mut entry.auth,
                "username" => &mut entry.username,
                "password" => &mut entry.password,
                "identitytoken" => &mut entry.identity_token,
                "registrytoken" => &mut entry.registry_token,
                _ => continue,
            };
            *field = member(&key, value)?;
        }
        Ok(entry)
    }
}

/// Docker's own reader does not mind `null`, nor the case of keys.
fn member<T: DeserializeOwned + Default>(key: &str, value: Value) -> Result<T, String> {
    match value {
        Value::Null => Ok(T::default()),
        // What serde says repeats the value.
        value => serde_json::from_value(value)
            .map_err(|_| format!("{key} does not have the form of docker's configuration")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::testing::{Folder, with_variables};

    #[test]
    fn the_configuration_is_where_the_docker_command_looks() {
        let of = |variables: &[(&str, &str)]| with_variables(variables, file);
        let home = ("HOME", "/home/u");
        assert_eq!(of(&[home]), Path::new("/home/u/.docker/config.json"));
        assert_eq!(
            of(&[home, ("DOCKER_CONFIG", "/d")]),
            Path::new("/d/config.json")
        );
        assert_eq!(of(&[]), Path::new("/.docker/config.json"));
    }

    #[test]
    fn keys_are_read_in_any_case_and_unknown_ones_do_no_harm() {
        let config = DockerConfig::parse(
            r#"{"AUTHS":{"h":{"Auth":"x","IdentityToken":"i","email":"e"}},"credhelpers":{"g":"n"},
                "credsStore":null,"HttpHeaders":{"X-A":"b"},"currentContext":"c","plugins":{}}"#,
        )
        .expect("understood");
        let entry = Entry::read(&config.auths["h"]).expect("an entry");
        assert!(entry.auth == "x" && entry.identity_token == "i" && entry.password.is_empty());
        assert_eq!(config.cred_helpers["g"], "n");
        assert_eq!(config.http_headers["X-A"], "b");
        assert_eq!((&*config.creds_store, &*config.current_context), ("", "c"));
    }

    #[test]
    fn an_empty_file_and_none_say_nothing() {
        let folder = Folder::new("config");
        for path in [folder.write("empty", " \n"), folder.path().join("none")] {
            assert!(DockerConfig::read(&path).expect("nothing").auths.is_empty());
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_what_it_is() {
        let folder = Folder::new("config");
        for text in [
            r#"{"auths":{"h":{"auth":"pass-word""#,
            r#"{"auths":"pass-word"}"#,
            r#""pass-word""#,
            r#"{"credsStore":["pass-word"]}"#,
        ] {
            let path = folder.write("config.json", text);
            let reason = DockerConfig::read(&path).expect_err(text);
            assert!(!reason.contains("pass-word"), "{reason}");
            assert!(reason.contains(folder.text()), "{reason}");
        }
        let reason = Entry::read(&serde_json::json!({"password": ["pass-word"]}));
        let reason = reason.err().expect("not a text");
        assert!(!reason.contains("pass-word"), "{reason}");
        let config = DockerConfig::parse(r#"{"auths":{"h":{"auth":"pass-word"}}}"#);
        let shown = format!("{:?}", config.expect("understood"));
        assert!(shown.contains("\"h\"") && !shown.contains("pass-word"));
    }

    #[test]
    fn a_configuration_that_is_nested_without_end_is_no_json() {
        let deep = format!(r#"{{"auths":{}"#, r#"{"a":"#.repeat(500_000));
        let reason = DockerConfig::parse(&deep).expect_err("no end");
        assert!(reason.contains("not JSON"), "{reason}");
    }

    #[test]
    fn an_endless_file_is_not_read_to_its_end() {
        let reason = DockerConfig::read(Path::new("/dev/zero")).expect_err("endless");
        assert!(reason.contains("too long"), "{reason}");
    }
}
