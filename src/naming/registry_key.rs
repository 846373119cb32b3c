//! Which registry a URL or a name means: its host, in one spelling.

use super::RemoteImage;
use crate::grammar::{self, BrokenRule, DOCKER_HUB, DOCKER_HUB_INDEX};

/// The one spelling of `host`, which may have a port. Only a port that is written counts: `r` and `r:443` differ here,
/// as they do in the names of images.
pub(super) fn registry_key(host: &str) -> String {
    match host.to_ascii_lowercase().as_str() {
        DOCKER_HUB_INDEX => DOCKER_HUB.to_owned(),
        host => host.to_owned(),
    }
}

/// Where the registry of a cluster is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RegistryUrl {
    /// The registry, as the names of its images mention it.
    pub(crate) key: String,
    /// Whether it is `http://`.
    pub(crate) is_plain: bool,
}

impl RegistryUrl {
    /// Reads the URL of a registry. A path does not matter.
    pub(crate) fn read(url: &str) -> Result<RegistryUrl, BrokenRule> {
        let (is_plain, rest) = match url.split_once("://") {
            Some(("https", rest)) => (false, rest),
            Some(("http", rest)) => (true, rest),
            _ => {
                let rule = "the URL of a registry begins with `https://` or `http://`";
                return Err(BrokenRule::new(0, rule));
            }
        };
        let host_at = url.len() - rest.len();
        let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        if host.contains('@') {
            let rule = "the URL of a registry holds no user and no password: there are `username` and `token`";
            return Err(BrokenRule::new(host_at, rule));
        }
        let is_odd =
            |char: char| matches!(char, '?' | '#') || char.is_control() || char.is_whitespace();
        if let Some(at) = rest.find(is_odd) {
            let rule = "the URL of a registry has no query, no fragment and no blanks";
            return Err(BrokenRule::new(host_at + at, rule));
        }
        if host.is_empty() {
            return Err(BrokenRule::new(
                host_at,
                "the URL of a registry needs a host",
            ));
        }
        let key = registry_key(host);
        grammar::check_domain(&key).map_err(|broken| broken.moved(host_at))?;
        let image =
            RemoteImage::read(&format!("{key}/name")).map_err(|broken| broken.moved(host_at))?;
        if image.registry() == Some(&key) {
            return Ok(RegistryUrl { key, is_plain });
        }
        let (scheme, port) = match is_plain {
            true => ("http", 80),
            false => ("https", 443),
        };
        let rule = format!(
            "in the name of an image this host would be a part of the path: write its port, `{scheme}://{host}:{port}`"
        );
        Err(BrokenRule::new(host_at, rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_known_by_its_host_and_the_port_that_is_written() {
        for (url, key) in [
            ("https://Reg.Main.test", "reg.main.test"),
            ("http://reg.alt.test:5000/v2/", "reg.alt.test:5000"),
            ("http://reg.test:80", "reg.test:80"),
            ("https://reg.test:443/", "reg.test:443"),
            ("http://localhost", "localhost"),
            ("http://10.0.0.1:5000", "10.0.0.1:5000"),
            ("https://[2001:DB8::1]:5000/", "[2001:db8::1]:5000"),
            ("https://index.docker.io/v1/", "docker.io"),
        ] {
            let read = RegistryUrl::read(url).unwrap();
            assert_eq!(read.key, key, "{url}");
            assert_eq!(read.is_plain, url.starts_with("http:"), "{url}");
        }
    }

    #[test]
    fn a_url_without_a_host_that_names_can_mention_is_refused_without_its_password() {
        for (url, at, rule) in [
            ("", 0, "begins with `https://`"),
            ("reg.test", 0, "begins with `https://`"),
            ("reg.test:5000", 0, "begins with `https://`"),
            ("unix:///run/x", 0, "begins with `https://`"),
            ("https://", 8, "needs a host"),
            ("https:///v2/", 8, "needs a host"),
            ("https://me:secret@reg.test/", 8, "no password"),
            ("https://reg.test/?token=x", 17, "no query"),
            ("https://reg .test", 11, "no blanks"),
            ("https://reg_main.test", 11, "a host has only"),
            ("https://reg.test:0", 17, "from 1 to 65535"),
            ("http://myhost/", 7, "`http://myhost:80`"),
            ("https://myhost", 8, "`https://myhost:443`"),
            ("https://image:5000", 8, "reads as an `image:` URI"),
        ] {
            let broken = RegistryUrl::read(url).unwrap_err();
            let error = broken.in_argument("registry_url", url).to_string();
            assert!(error.starts_with("invalid registry_url: "), "{error}");
            assert!(error.contains(&format!("at byte {at}: ")), "{error}");
            assert!(error.contains(rule), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
