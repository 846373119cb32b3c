//! What must hold for docker's configuration of any bytes.

use serde_json::Value;

use super::Credential;
use super::stored::credential;
use crate::docker_config::{DockerConfig, Entry};

/// The keys that are read, in lower case, and what an entry of a registry is called.
const KEYS: [&str; 11] = [
    "auths",
    "credhelpers",
    "credsstore",
    "httpheaders",
    "currentcontext",
    "the entry",
    "auth",
    "username",
    "password",
    "identitytoken",
    "registrytoken",
];

/// Docker's configuration, as a file or a variable has it.
pub fn docker_config(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let mut config = match DockerConfig::parse(text) {
        Ok(config) => config,
        Err(reason) => return shows_nothing(&reason),
    };
    for entry in config.auths.values() {
        match Entry::read(entry) {
            Ok(entry) => match credential(entry) {
                Ok(credential) => hides_its_secret(credential),
                Err(reason) => shows_nothing(&reason),
            },
            Err(reason) => shows_nothing(&reason),
        }
    }
    // What is secret is not shown, so that the same is shown without it.
    let shown = format!("{config:?}");
    config
        .auths
        .values_mut()
        .for_each(|entry| *entry = Value::Null);
    config.http_headers.clear();
    assert_eq!(shown, format!("{config:?}"));
}

fn hides_its_secret(credential: Option<Credential>) {
    let hidden = match credential.clone() {
        None | Some(Credential::Anonymous) => return,
        Some(Credential::Basic { username, .. }) => Credential::Basic {
            username,
            password: String::new(),
        },
        Some(Credential::IdentityToken { username, .. }) => Credential::IdentityToken {
            username,
            token: String::new(),
        },
        Some(Credential::Bearer { .. }) => Credential::Bearer {
            token: String::new(),
        },
    };
    assert_eq!(format!("{credential:?}"), format!("{:?}", Some(hidden)));
}

/// A reason has the place of a mistake or the name of a key, and never what is there.
fn shows_nothing(reason: &str) {
    let said = match reason.split_once(" (line ") {
        Some((said, place)) => {
            assert!(place.len() < 60, "{reason}");
            said
        }
        None => reason,
    };
    let of_key = said.strip_suffix(" does not have the form of docker's configuration");
    let is_known = match of_key {
        Some(key) => KEYS.contains(&&*key.to_ascii_lowercase()),
        None => [
            "it is not JSON",
            "it does not have the expected form",
            "its `auth` is not user:password in base64",
            "it has a password and no user",
        ]
        .contains(&said),
    };
    assert!(is_known, "{reason}");
}
