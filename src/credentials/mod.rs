//! What to present to which registry.
//!
//! Nothing here prints or serialises a secret, except for the header that an engine wants.

mod engine_header;

use std::collections::BTreeMap;
use std::fmt;

use crate::grammar::{DOCKER_HUB, DOCKER_HUB_INDEX};

pub(crate) use engine_header::registry_auth;

/// What proves to a registry who asks.
///
/// Its `Debug` shows the kind and the user, never a secret.
#[non_exhaustive]
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Credential {
    /// Nothing: what everybody may do.
    #[default]
    Anonymous,
    /// A user with a password, or with an access token in its place.
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: String,
    },
    /// A long-lived token that is exchanged for short-lived ones, as logging in to Azure's registry gives it.
    IdentityToken {
        /// The user, for registries that take the token only as a password; may be empty.
        username: String,
        /// The token.
        token: String,
    },
    /// A token that is presented to the registry as it is.
    Bearer {
        /// The token.
        token: String,
    },
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, username) = match self {
            Credential::Anonymous => return f.write_str("Anonymous"),
            Credential::Basic { username, .. } => ("Basic", Some(username)),
            Credential::IdentityToken { username, .. } => ("IdentityToken", Some(username)),
            Credential::Bearer { .. } => ("Bearer", None),
        };
        let mut shown = f.debug_struct(kind);
        if let Some(username) = username {
            shown.field("username", username);
        }
        shown.finish_non_exhaustive()
    }
}

/// Which credential belongs to which registry. The default has none: everything is asked anonymously.
///
/// ```
/// use imgferry::{Credential, Credentials};
///
/// let credentials = Credentials::default().with(
///     "registry.example:5000",
///     Credential::Basic { username: "me".into(), password: "secret".into() },
/// );
/// assert!(!format!("{credentials:?}").contains("secret"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    explicit: BTreeMap<String, Credential>,
}

impl Credentials {
    /// Presents `credential` to the registry `host`, and to no other: a port must match exactly. A URL stands for
    /// its host, and every name of Docker Hub for Docker Hub. A second credential for the same host replaces the
    /// first.
    pub fn with(mut self, host: &str, credential: Credential) -> Credentials {
        self.explicit.insert(host_key(host), credential);
        self
    }

    /// What to present to the registry `host`; nothing where nothing was given for it.
    pub(crate) fn resolve(&self, host: &str) -> Credential {
        self.explicit
            .get(&host_key(host))
            .cloned()
            .unwrap_or(Credential::Anonymous)
    }
}

/// One spelling for all the ways in which configurations name a registry.
fn host_key(name: &str) -> String {
    let name = name.trim();
    let host = name.split_once("://").map_or(name, |(_, rest)| rest);
    let host = host.split_once('/').map_or(host, |(host, _)| host);
    match host.to_ascii_lowercase().as_str() {
        DOCKER_HUB_INDEX | "registry-1.docker.io" => DOCKER_HUB.to_owned(),
        host => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> Credential {
        Credential::Basic {
            username: name.into(),
            password: "pass-word".into(),
        }
    }

    #[test]
    fn a_credential_goes_to_its_own_host_only() {
        let credentials = Credentials::default().with("example.com", user("a"));
        assert_eq!(credentials.resolve("EXAMPLE.com"), user("a"));
        for other in ["example.com:5000", "sub.example.com", "example.org", ""] {
            assert_eq!(credentials.resolve(other), Credential::Anonymous, "{other}");
        }
    }

    #[test]
    fn docker_hub_is_one_registry_under_all_its_names() {
        for name in [
            "docker.io",
            "index.docker.io",
            "registry-1.docker.io",
            "https://index.docker.io/v1/",
        ] {
            let credentials = Credentials::default().with(name, user("hub"));
            assert_eq!(credentials.resolve("docker.io"), user("hub"), "{name}");
        }
    }

    // case 37
    #[test]
    fn no_secret_is_shown() {
        let token = || "to-ken".to_owned();
        let all = [
            user("me"),
            Credential::IdentityToken {
                username: "me".into(),
                token: token(),
            },
            Credential::Bearer { token: token() },
        ];
        for credential in all {
            let shown = format!("{:?}", Credentials::default().with("h", credential));
            assert!(
                !shown.contains("pass-word") && !shown.contains("to-ken"),
                "{shown}"
            );
        }
    }
}
