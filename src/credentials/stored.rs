//! What stands in a configuration file for a registry, as a credential.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};

use super::Credential;
use crate::docker_config::Entry;

/// Some programs leave the padding out.
const WITH_OR_WITHOUT_PADDING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The credential in an entry; `None` for an entry that says nothing, which docker leaves behind when it moves a
/// password to a credential helper. What is preferred when there are several is what engines prefer.
pub(super) fn credential(entry: Entry) -> Result<Option<Credential>, String> {
    let Entry {
        auth,
        mut username,
        mut password,
        identity_token,
        registry_token,
    } = entry;
    if !registry_token.is_empty() {
        return Ok(Some(Credential::Bearer {
            token: registry_token,
        }));
    }
    if !auth.is_empty() {
        (username, password) = decode(&auth).ok_or("its `auth` is not user:password in base64")?;
    }
    match (username.is_empty(), password.is_empty()) {
        _ if !identity_token.is_empty() => Ok(Some(Credential::IdentityToken {
            username,
            token: identity_token,
        })),
        (true, true) => Ok(None),
        (true, false) => Err("it has a password and no user".into()),
        (false, _) => Ok(Some(Credential::Basic { username, password })),
    }
}

fn decode(auth: &str) -> Option<(String, String)> {
    let Ok(Ok(text)) = WITH_OR_WITHOUT_PADDING
        .decode(auth.trim())
        .map(String::from_utf8)
    else {
        return None;
    };
    // The password may hold colons, and docker once filled it up with NULs.
    let (username, password) = text.split_once(':')?;
    let password = password.trim_matches('\0');
    (!username.is_empty()).then(|| (username.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(entry: Value) -> Result<Option<Credential>, String> {
        credential(Entry::read(&entry).expect("an entry"))
    }

    fn user(username: &str, password: &str) -> Result<Option<Credential>, String> {
        Ok(Some(Credential::Basic {
            username: username.into(),
            password: password.into(),
        }))
    }

    #[test]
    fn a_password_may_hold_colons_and_be_filled_up() {
        for (auth, password) in [
            ("dXNlcjpwYXNz", "pass"),
            ("dXNlcjpwYTpzczo=", "pa:ss:"),
            ("dXNlcjpwYTpzczo", "pa:ss:"),
            ("dXNlcjpwYXNzAAA=", "pass"),
            ("dXNlcjo=", ""),
        ] {
            assert_eq!(read(json!({ "auth": auth })), user("user", password));
        }
        let plain = json!({"username": "user", "password": "p"});
        assert_eq!(read(plain), user("user", "p"));
    }

    #[test]
    fn tokens_come_before_passwords() {
        let auth = "dXNlcjo=";
        let identity = read(json!({"auth": auth, "identitytoken": "i"}));
        let expected = Credential::IdentityToken {
            username: "user".into(),
            token: "i".into(),
        };
        assert_eq!(identity, Ok(Some(expected)));
        let registry = read(json!({"auth": auth, "identitytoken": "i", "registrytoken": "r"}));
        assert_eq!(registry, Ok(Some(Credential::Bearer { token: "r".into() })));
    }

    #[test]
    fn an_empty_entry_is_no_credential_and_not_anonymous() {
        for entry in [json!({}), json!(null), json!({"auth": "", "email": "e"})] {
            assert_eq!(read(entry), Ok(None));
        }
    }

    #[test]
    fn a_broken_entry_is_an_error_that_does_not_repeat_it() {
        for auth in ["%%%", "dXNlcg==", "OnBhc3M=", "//79"] {
            let reason = read(json!({ "auth": auth })).expect_err(auth);
            assert!(!reason.contains(auth), "{reason}");
        }
        read(json!({"password": "p"})).expect_err("no user");
    }
}
