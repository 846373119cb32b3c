//! `X-Registry-Auth`: how an engine is told what to present to a registry.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde::Serialize;

use super::Credential;
use super::registry_name::{DOCKER_HUB_ADDRESS, host_key};
use crate::grammar::DOCKER_HUB;

#[derive(Default, Serialize)]
struct Fields<'c> {
    #[serde(skip_serializing_if = "str::is_empty")]
    username: &'c str,
    #[serde(skip_serializing_if = "str::is_empty")]
    password: &'c str,
    #[serde(skip_serializing_if = "str::is_empty")]
    identitytoken: &'c str,
    #[serde(skip_serializing_if = "str::is_empty")]
    registrytoken: &'c str,
    #[serde(skip_serializing_if = "str::is_empty")]
    serveraddress: &'c str,
}

/// The value of `X-Registry-Auth` for a request that makes an engine talk to the registry `host`.
///
/// Engines with the classic image store present it to whatever registry they contact, so it may only go with an
/// image of that registry.
pub(crate) fn registry_auth(credential: &Credential, host: &str) -> String {
    let host = host_key(host);
    let address = match host.as_str() {
        DOCKER_HUB => DOCKER_HUB_ADDRESS,
        host => host,
    };
    let fields = match credential {
        Credential::Anonymous => Fields::default(),
        Credential::Basic { username, password } => Fields {
            username,
            password,
            serveraddress: address,
            ..Fields::default()
        },
        Credential::IdentityToken { username, token } => Fields {
            username,
            identitytoken: token,
            serveraddress: address,
            ..Fields::default()
        },
        Credential::Bearer { token } => Fields {
            registrytoken: token,
            serveraddress: address,
            ..Fields::default()
        },
    };
    #[expect(clippy::expect_used, reason = "a struct of texts always serialises")]
    let json = serde_json::to_vec(&fields).expect("texts always serialise");
    // With padding and the URL-safe alphabet: engines take any other form for no credentials at all (measured).
    URL_SAFE.encode(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_what_engines_read() {
        let credential = Credential::Basic {
            username: "user".into(),
            password: "pa~~s>?>ss".into(),
        };
        assert_eq!(
            registry_auth(&credential, "127.0.0.1:5711"),
            "eyJ1c2VybmFtZSI6InVzZXIiLCJwYXNzd29yZCI6InBhfn5zPj8-c3MiLCJzZXJ2ZXJhZGRyZXNzIjoiMTI3LjAuMC4xOjU3MTEifQ=="
        );
        assert_eq!(registry_auth(&Credential::Anonymous, "a.b"), "e30=");
    }

    #[test]
    fn docker_hub_has_the_address_that_engines_compare() {
        let token = Credential::Bearer {
            token: "to-ken".into(),
        };
        for (host, address) in [
            ("docker.io", DOCKER_HUB_ADDRESS),
            ("registry-1.docker.io", DOCKER_HUB_ADDRESS),
            ("a.b:5", "a.b:5"),
        ] {
            let json = URL_SAFE.decode(registry_auth(&token, host)).unwrap();
            let fields: serde_json::Value = serde_json::from_slice(&json).unwrap();
            assert_eq!(
                fields,
                serde_json::json!({"registrytoken": "to-ken", "serveraddress": address})
            );
        }
    }
}
