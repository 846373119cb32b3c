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
}

/// No key, no value of a header and no password is shown.
impl fmt::Debug for RegistryOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("RegistryOptions")
            .field("credentials", &self.credentials)
            .field("allow_http", &self.allow_http)
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
