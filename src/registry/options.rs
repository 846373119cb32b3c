//! Where the options of a registry come from, and what is shown of them.

use std::fmt;

use super::RegistryOptions;
use super::certificates::usual_folders;
use crate::credentials::Credentials;
use crate::environment::Environment;
use crate::error::Result;
use crate::http::Proxy;

impl RegistryOptions {
    /// The options that the environment gives: the logins of [`Credentials::from_env`], the proxies of [`Proxy::from_env`], and the folders of certificates that
    /// docker and podman use (`~/.config/containers/certs.d` by `HOME`, `/etc/containers/certs.d`,
    /// `/etc/docker/certs.d`). All else is as in the default.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when a variable has a form it cannot have.
    pub fn from_env() -> Result<RegistryOptions> {
        Ok(RegistryOptions {
            credentials: Credentials::from_env()?,
            proxy: Proxy::from_env()?,
            certificate_folders: usual_folders(Environment::OF_PROCESS.path("HOME")),
            ..RegistryOptions::default()
        })
    }

    /// Whether the registry `host`, as references name it, may be asked by plain HTTP.
    pub(super) fn allows_http_to(&self, host: &str) -> bool {
        let is_named = |named: &String| named.eq_ignore_ascii_case(host);
        self.allow_http || self.http_hosts.iter().any(is_named)
    }
}

/// No key, no value of a header and no password is shown.
impl fmt::Debug for RegistryOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("RegistryOptions")
            .field("credentials", &self.credentials)
            .field("allow_http", &self.allow_http)
            .field("http_hosts", &self.http_hosts)
            .field("certificate_folders", &self.certificate_folders)
            .field("skip_verification", &self.skip_verification)
            .field("token_hosts", &self.token_hosts)
            .field("proxy", &self.proxy)
            .field("user_agent", &self.user_agent)
            .field("headers", &headers)
            .field("retries", &self.retries)
            .field("mirrors", &self.mirrors)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Registry;
    use super::*;

    /// A way that is known without asking is HTTPS and no other.
    fn is_https_only(host: &str, options: &RegistryOptions) -> bool {
        let registry = Registry::new(host, options).expect("a handle");
        registry.inner.peer.route().is_some()
    }

    #[test]
    fn plain_http_with_one_registry_is_no_leave_for_another() {
        let options = RegistryOptions {
            http_hosts: vec!["plain.example:5000".into()],
            ..RegistryOptions::default()
        };
        for named in ["plain.example:5000", "Plain.example:5000"] {
            assert!(!is_https_only(named, &options), "{named}");
        }
        for other in [
            "plain.example",
            "plain.example:5001",
            "a.plain.example:5000",
        ] {
            assert!(is_https_only(other, &options), "{other}");
        }
        let all = RegistryOptions {
            allow_http: true,
            ..RegistryOptions::default()
        };
        assert!(!is_https_only("any.example", &all));
    }
}
