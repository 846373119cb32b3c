//! Which registry a URL or a name means: its host, in one spelling.

use super::RemoteImage;
use crate::error::Result;
use crate::grammar::{self, BrokenRule, DOCKER_HUB, DOCKER_HUB_INDEX};

/// The one spelling of `host`, which may have a port. Only a port that is written counts: `r` and `r:443` differ here,
/// as they do in the names of images.
pub(super) fn registry_key(host: &str) -> String {
    match host.to_ascii_lowercase().as_str() {
        DOCKER_HUB_INDEX => DOCKER_HUB.to_owned(),
        host => host.to_owned(),
    }
}

/// The registry at `url`, as the names of its images mention it. Scheme and path do not matter for that.
pub(super) fn registry_at(url: &str) -> Result<String> {
    key_of_url(url).map_err(|broken| broken.in_argument("registry_url", url))
}

fn key_of_url(url: &str) -> Result<String, BrokenRule> {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme @ ("https" | "http"), rest)) => (scheme, rest),
        _ => {
            let rule = "the URL of a registry begins with `https://` or `http://`";
            return Err(BrokenRule::new(0, rule));
        }
    };
    let host_at = url.len() - rest.len();
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let problem = if host.is_empty() {
        Some("the URL of a registry needs a host")
    } else if host.contains('@') {
        Some("the URL of a registry holds no user and no password: they are credentials")
    } else {
        None
    };
    if let Some(rule) = problem {
        return Err(BrokenRule::new(host_at, rule));
    }
    let key = registry_key(host);
    grammar::check_domain(&key).map_err(|broken| broken.moved(host_at))?;
    let image =
        RemoteImage::read(&format!("{key}/name")).map_err(|broken| broken.moved(host_at))?;
    if image.registry() == Some(&key) {
        return Ok(key);
    }
    let port = if scheme == "http" { 80 } else { 443 };
    let rule = format!(
        "in the name of an image this host would be a part of the path: write its port, `{scheme}://{host}:{port}`"
    );
    Err(BrokenRule::new(host_at, rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_known_by_its_host_and_the_port_that_is_written() {
        for (url, key) in [
            ("https://Reg.Main.test", "reg.main.test"),
            ("http://reg.alt.test:5000/v2/", "reg.alt.test:5000"),
            ("http://reg.test:80?x", "reg.test:80"),
            ("https://reg.test:443#x", "reg.test:443"),
            ("http://localhost", "localhost"),
            ("http://10.0.0.1:5000", "10.0.0.1:5000"),
            ("https://[2001:DB8::1]:5000/", "[2001:db8::1]:5000"),
            ("https://index.docker.io/v1/", "docker.io"),
        ] {
            assert_eq!(registry_at(url).unwrap(), key, "{url}");
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
            ("https://reg_main.test", 11, "a host has only"),
            ("https://reg.test:0", 17, "from 1 to 65535"),
            ("http://myhost/", 7, "`http://myhost:80`"),
            ("https://myhost", 8, "`https://myhost:443`"),
            ("https://image:5000", 8, "reads as an `image:` URI"),
        ] {
            let error = registry_at(url).unwrap_err().to_string();
            assert!(error.starts_with("invalid registry_url: "), "{error}");
            assert!(error.contains(&format!("at byte {at}: ")), "{error}");
            assert!(error.contains(rule), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
