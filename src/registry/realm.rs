//! Which token service may be asked: its address comes from a peer that may be hostile, and credentials go there.

use std::sync::{Arc, OnceLock};

use url::Url;

use super::reach::Reach;
use crate::http::{Client, is_loopback};

/// Longer addresses are not addresses.
const MAX_REALM: usize = 2048;

/// The token service of one registry. The first one that the registry names stays the only one.
pub(super) struct Realm {
    /// Besides the registry's own host, the only hosts that may get the credentials; empty means any public one.
    trusted_hosts: Vec<String>,
    /// The caller accepts plain HTTP with this registry.
    allow_http: bool,
    reach: Arc<Reach>,
    pinned: OnceLock<Pinned>,
}

struct Pinned {
    origin: Url,
    /// None when the registry is its own token service.
    client: Option<Client>,
}

impl Realm {
    pub(super) fn new(trusted_hosts: &[String], allow_http: bool, reach: Arc<Reach>) -> Realm {
        Realm {
            trusted_hosts: trusted_hosts
                .iter()
                .map(|host| host.to_ascii_lowercase())
                .collect(),
            allow_http,
            reach,
            pinned: OnceLock::new(),
        }
    }

    /// The service at `realm`, which the registry at `base` named; an error says why it is not asked.
    pub(super) fn service<'r>(
        &'r self,
        realm: &str,
        registry: &'r Client,
        base: &Url,
        with_credentials: bool,
    ) -> Result<(&'r Client, Url), String> {
        let url = check(realm, base, self.allow_http)?;
        let origin = origin(&url);
        if with_credentials && !self.may_get_credentials(&url, base) {
            return Err(format!("{origin} is not among the trusted token hosts"));
        }
        if self.pinned.get().is_none() {
            let client = self.client(&origin, registry, base);
            // Another thread may have been faster; its choice is compared below like any other.
            let _ = self.pinned.set(Pinned {
                origin: origin.clone(),
                client,
            });
        }
        match self.pinned.get() {
            Some(pinned) if pinned.origin == origin => {
                Ok((pinned.client.as_ref().unwrap_or(registry), url))
            }
            Some(pinned) => Err(format!("{origin} replaces {}", pinned.origin)),
            None => Err("it was never chosen".into()),
        }
    }

    fn may_get_credentials(&self, url: &Url, base: &Url) -> bool {
        self.trusted_hosts.is_empty() || url.host() == base.host() || self.is_trusted(url)
    }

    fn is_trusted(&self, url: &Url) -> bool {
        self.trusted_hosts
            .iter()
            .any(|trusted| Some(trusted.as_str()) == url.host_str())
    }

    fn client(&self, origin: &Url, registry: &Client, base: &Url) -> Option<Client> {
        if origin.origin() == base.origin() {
            return None;
        }
        // A registry of a private network has its token service there, too.
        let may_be_private = registry.met_private() || self.is_trusted(origin);
        Some(self.reach.elsewhere(origin, base, may_be_private))
    }
}

/// Whether `realm` is an address to which anything may be sent at all.
fn check(realm: &str, base: &Url, allow_http: bool) -> Result<Url, String> {
    if realm.len() > MAX_REALM {
        return Err("its address is too long".into());
    }
    if realm.contains(|char: char| char.is_whitespace() || char.is_control()) {
        return Err("its address has blanks or control characters".into());
    }
    let url = base
        .join(realm)
        .map_err(|error| format!("its address is no URL: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("its address has a user in it".into());
    }
    if url.fragment().is_some() {
        return Err("its address has a fragment".into());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if base.scheme() == "https" => Err(format!(
            "{} is plain HTTP, and the registry is not",
            origin(&url)
        )),
        // Plain HTTP was accepted with this registry, and not with whomever it names.
        "http" if allow_http || url.host() == base.host() || is_loopback(&url) => Ok(url),
        "http" => Err(format!("{} is plain HTTP on another host", origin(&url))),
        scheme => Err(format!("{scheme} is neither https nor http")),
    }
}

/// Scheme, host and port.
pub(super) fn origin(url: &Url) -> Url {
    let mut origin = url.clone();
    origin.set_path("/");
    origin.set_query(None);
    origin.set_fragment(None);
    origin
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::ClientOptions;
    use crate::registry::RegistryOptions;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    // case 15
    #[test]
    fn a_hostile_address_is_not_asked() {
        let registry = url("https://r.example/");
        for realm in [
            "http://169.254.169.254/latest",
            "http://other/",
            "https://u:p@h/",
            "https://h/#x",
            "https://h/a b",
            "https://h/\r\nX: y",
            "ftp://h/",
            "file:///etc/passwd",
            "https://",
            &format!("https://h/{}", "x".repeat(MAX_REALM)),
        ] {
            check(realm, &registry, false).expect_err(realm);
        }
        check(
            "http://auth.example/",
            &url("http://127.0.0.1:5000/"),
            false,
        )
        .expect_err("plain HTTP away from this machine");
    }

    #[test]
    fn the_token_services_that_people_have_are_asked() {
        for (base, realm, expected) in [
            (
                "https://registry-1.docker.io/",
                "https://auth.docker.io/token",
                "https://auth.docker.io/token",
            ),
            (
                "https://r.example/",
                "/token?a=b",
                "https://r.example/token?a=b",
            ),
            (
                "http://127.0.0.1:5000/",
                "http://localhost:5001/token",
                "http://localhost:5001/token",
            ),
        ] {
            assert_eq!(check(realm, &url(base), false).unwrap().as_str(), expected);
        }
        check("http://auth.lan/", &url("http://reg.lan/"), true).expect("the caller accepts it");
    }

    fn realm_with(trusted_hosts: &[String]) -> Realm {
        let reach = Reach::new("r.example", &RegistryOptions::default()).unwrap();
        Realm::new(trusted_hosts, false, Arc::new(reach))
    }

    fn service(realm: &Realm, at: &str, with_credentials: bool) -> Result<(), String> {
        let base = url("https://r.example/");
        let registry = Client::tcp(&base, &ClientOptions::default());
        realm
            .service(at, &registry, &base, with_credentials)
            .map(|_| ())
    }

    #[test]
    fn a_registry_cannot_change_its_token_service() {
        let realm = realm_with(&[]);
        service(&realm, "https://a.example/token", true).unwrap();
        service(&realm, "https://a.example/other", true).expect("the same service");
        let error = service(&realm, "https://b.example/token", true).unwrap_err();
        assert!(error.contains("replaces"), "{error}");
    }

    #[test]
    fn credentials_go_to_trusted_token_hosts_only() {
        let realm = realm_with(&["A.example".into()]);
        service(&realm, "https://b.example/", true).expect_err("not trusted");
        service(&realm, "https://a.example/", true).expect("trusted");
        let realm = realm_with(&["A.example".into()]);
        service(&realm, "/token", true).expect("the registry itself");
    }
}
