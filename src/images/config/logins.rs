//! What a configuration adds to the options of registries: the login of each cluster, for its own registry only.

use std::collections::BTreeMap;

use super::hosts::hosts;
use super::{Cluster, Config};
use crate::credentials::{Credential, Credentials};
use crate::error::{Error, Result};
use crate::images::token::Token;
use crate::naming::RegistryUrl;
use crate::registry::RegistryOptions;

/// The user of the platform's logins, who is told by the token.
const USERNAME: &str = "token";

impl Config {
    /// The options with the logins of the clusters, and with leave to ask by plain HTTP those that are `http://`.
    pub(crate) fn registry_options(&self, given: &RegistryOptions) -> Result<RegistryOptions> {
        let mut options = given.clone();
        options.credentials = self.credentials(&given.credentials)?;
        for (name, cluster) in &self.clusters {
            let registry = cluster.registry(name)?;
            if registry.is_plain {
                options.http_hosts.extend(hosts(&registry));
            }
        }
        Ok(options)
    }

    /// The credentials with the logins of the clusters. What is given for a host stays.
    pub(crate) fn credentials(&self, given: &Credentials) -> Result<Credentials> {
        let mut credentials = given.clone();
        let mut seen: BTreeMap<String, (&str, &Cluster)> = BTreeMap::new();
        for (name, cluster) in &self.clusters {
            let login = self.login(name, cluster)?;
            for host in hosts(&cluster.registry(name)?) {
                let before = seen.insert(host.to_ascii_lowercase(), (name, cluster));
                if let Some((other, before)) = before
                    && (before.has_own_login() || cluster.has_own_login())
                {
                    let reason = format!(
                        "the cluster {other:?} has the same registry: with which login is it asked?"
                    );
                    return Err(invalid(name, "registry_url", &reason));
                }
                if let Some(login) = &login {
                    login.check(&host)?;
                    let (login, of) = (login.clone(), host.clone());
                    credentials = credentials.with_made(&host, move || login.credential(&of));
                }
            }
        }
        Ok(credentials)
    }

    /// What is shown to the registry of a cluster, when there is a token.
    fn login(&self, name: &str, cluster: &Cluster) -> Result<Option<Login>> {
        let username = cluster.username.as_ref().or(self.username.as_ref());
        let username = username.map_or(USERNAME, String::as_str);
        if username.is_empty() {
            return Err(invalid(name, "username", "it is empty"));
        }
        // It ends at the first colon (RFC 7617, section 2).
        if username.contains(|char: char| char == ':' || char.is_control()) {
            return Err(invalid(
                name,
                "username",
                "it has a colon or control characters",
            ));
        }
        let token = cluster.token.as_ref().or(self.token.as_ref());
        Ok(token.map(|token| Login {
            username: username.to_owned(),
            token: token.clone(),
        }))
    }
}

impl Cluster {
    fn registry(&self, name: &str) -> Result<RegistryUrl> {
        let read = RegistryUrl::read(&self.registry_url);
        read.map_err(|broken| invalid(name, "registry_url", broken.rule()))
    }

    fn has_own_login(&self) -> bool {
        self.username.is_some() || self.token.is_some()
    }
}

/// Who asks, and what proves it.
#[derive(Clone)]
struct Login {
    username: String,
    token: Token,
}

impl Login {
    /// Fails when the token will never be one: then that is told before anything is sent.
    fn check(&self, host: &str) -> Result<()> {
        match self.token {
            Token::Value(_) => self.credential(host).map(drop),
            Token::File(_) | Token::Callback(_) => Ok(()),
        }
    }

    fn credential(&self, host: &str) -> Result<Credential> {
        Ok(Credential::Basic {
            username: self.username.clone(),
            password: self.token.get(host)?,
        })
    }
}

fn invalid(cluster: &str, field: &str, reason: &str) -> Error {
    Error::InvalidArgument {
        argument: "config",
        reason: format!("the {field} of the cluster {cluster:?}: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::call::Call;
    use crate::error::ErrorKind;

    fn config(json: &str) -> Config {
        Config::parse(json).expect("a configuration")
    }

    fn user(username: &str, password: &str) -> Credential {
        Credential::Basic {
            username: username.into(),
            password: password.into(),
        }
    }

    fn resolve(credentials: &Credentials, host: &str) -> Credential {
        credentials
            .resolve(host, "ml/app", &mut Call::new())
            .expect("nothing fails")
    }

    fn refused(config: &Config) -> Error {
        let options = RegistryOptions::default();
        config.registry_options(&options).expect_err("refused")
    }

    const CLUSTERS: &str = r#"{"token":"all",
        "clusters":{
          "main":{"registry_url":"https://Main.example"},
          "own":{"registry_url":"https://own.example:5000/","username":"me","token":"own"},
          "plain":{"registry_url":"http://plain.example","username":"you"}}}"#;

    #[test]
    fn a_clusters_login_goes_to_its_own_registry_and_to_no_other() {
        let credentials = config(CLUSTERS).credentials(&Credentials::default());
        let credentials = credentials.expect("credentials");
        for (host, expected) in [
            ("main.example", user("token", "all")),
            ("MAIN.example:443", user("token", "all")),
            ("own.example:5000", user("me", "own")),
            ("plain.example", user("you", "all")),
            ("plain.example:80", user("you", "all")),
        ] {
            assert_eq!(resolve(&credentials, host), expected, "{host}");
        }
        for other in [
            "main.example:80",
            "main.example:5000",
            "own.example",
            "own.example:443",
            "plain.example:443",
            "sub.main.example",
            "docker.io",
            "ghcr.io",
        ] {
            let found = resolve(&credentials, other);
            assert_eq!(found, Credential::Anonymous, "{other}");
        }
    }

    #[test]
    fn what_is_given_for_a_host_wins_and_a_callback_is_for_what_is_left() {
        let given = Credentials::default()
            .with("main.example", user("given", "given"))
            .with_callback(|_, _| Ok(Some(user("callback", "callback"))));
        let credentials = config(CLUSTERS).credentials(&given).expect("credentials");
        for (host, expected) in [
            ("main.example", user("given", "given")),
            ("own.example:5000", user("me", "own")),
            ("ghcr.io", user("callback", "callback")),
        ] {
            assert_eq!(resolve(&credentials, host), expected, "{host}");
        }
    }

    #[test]
    fn a_cluster_without_a_token_is_asked_with_what_else_there_is() {
        let without = config(r#"{"clusters":{"main":{"registry_url":"https://main.example"}}}"#);
        let given =
            Credentials::default().with_callback(|_, _| Ok(Some(user("callback", "callback"))));
        let credentials = without.credentials(&given).expect("credentials");
        let found = resolve(&credentials, "main.example");
        assert_eq!(found, user("callback", "callback"));
    }

    #[test]
    fn plain_http_is_for_the_clusters_that_say_so() {
        let given = RegistryOptions {
            user_agent: "demo/1.0".into(),
            http_hosts: vec!["given.example".into()],
            ..RegistryOptions::default()
        };
        let options = config(CLUSTERS).registry_options(&given).expect("options");
        let expected = ["given.example", "plain.example", "plain.example:80"];
        assert_eq!(options.http_hosts, expected);
        assert!(!options.allow_http);
        assert_eq!(options.user_agent, "demo/1.0");
        let found = resolve(&options.credentials, "main.example");
        assert_eq!(found, user("token", "all"));
    }

    #[test]
    fn a_callback_gives_the_token_for_all_clusters() {
        let mut config = config(CLUSTERS);
        config.token = Some(Token::Callback(Arc::new(|| Ok("asked\n".into()))));
        let credentials = config.credentials(&Credentials::default());
        let credentials = credentials.expect("credentials");
        let found = resolve(&credentials, "main.example");
        assert_eq!(found, user("token", "asked"));
        let found = resolve(&credentials, "own.example:5000");
        assert_eq!(found, user("me", "own"));
    }

    #[test]
    fn what_can_never_work_is_told_before_anything_is_sent() {
        type Change = fn(&mut Config);
        let changes: [(Change, ErrorKind, &str); 6] = [
            (
                |config| config.username = Some("me:s3cret".into()),
                ErrorKind::InvalidArgument,
                "username",
            ),
            (
                |config| config.username = Some(String::new()),
                ErrorKind::InvalidArgument,
                "username",
            ),
            (
                |config| config.username = Some("s3cret\n".into()),
                ErrorKind::InvalidArgument,
                "username",
            ),
            (
                |config| config.token = Some(Token::Value("s3cret\n\n".into())),
                ErrorKind::Credentials,
                "token",
            ),
            (
                |config| config.token = Some(Token::Value(String::new())),
                ErrorKind::Credentials,
                "empty",
            ),
            (
                |config| {
                    let cluster = Cluster {
                        registry_url: "https://me:s3cret@registry.example".into(),
                        ..Cluster::default()
                    };
                    config.clusters.insert("wrong".into(), cluster);
                },
                ErrorKind::InvalidArgument,
                "\"wrong\"",
            ),
        ];
        for (change, kind, expected) in changes {
            let mut config = config(CLUSTERS);
            change(&mut config);
            let error = refused(&config);
            let text = format!("{error} {error:?}");
            assert_eq!(error.kind(), kind, "{text}");
            assert!(text.contains(expected), "{text}");
            assert!(!text.contains("s3cret"), "{text}");
        }
    }

    #[test]
    fn one_registry_cannot_have_two_logins() {
        let error = refused(&config(
            r#"{"token":"all","clusters":{
                "a":{"registry_url":"https://same.example"},
                "b":{"registry_url":"https://SAME.example:443/v2/","token":"own"}}}"#,
        ));
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        let text = error.to_string();
        assert!(text.contains("\"a\"") && text.contains("\"b\""), "{text}");

        let same_login = config(
            r#"{"token":"all","clusters":{
                "a":{"registry_url":"https://same.example"},
                "b":{"registry_url":"https://same.example"}}}"#,
        );
        let credentials = same_login.credentials(&Credentials::default());
        let found = resolve(&credentials.expect("credentials"), "same.example");
        assert_eq!(found, user("token", "all"));
    }
}
