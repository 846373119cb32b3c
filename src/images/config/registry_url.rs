//! Where the registry of a cluster is, and by which names references reach it.

use crate::grammar;

/// The address in a `registry_url`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RegistryUrl {
    /// The host as references may name it: with and without a port that goes without saying.
    pub(super) hosts: Vec<String>,
    /// Whether it is `http://`.
    pub(super) is_plain: bool,
}

impl RegistryUrl {
    /// Reads it; the reason why it is none does not repeat it.
    pub(super) fn parse(url: &str) -> Result<RegistryUrl, String> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let is_plain = match scheme {
            "https" => false,
            "http" => true,
            _ => return Err("it begins with https:// or http://".into()),
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        if host.contains('@') {
            let reason = "user and password do not belong there: there are `username` and `token`";
            return Err(reason.into());
        }
        if rest.contains(['?', '#']) {
            return Err("it has neither `?` nor `#`".into());
        }
        if path.contains(|char: char| char.is_control() || char.is_whitespace()) {
            return Err("it has no blanks".into());
        }
        grammar::check_domain(host).map_err(|broken| broken.rule().to_owned())?;
        Ok(RegistryUrl {
            hosts: names(host, is_plain),
            is_plain,
        })
    }
}

fn names(host: &str, is_plain: bool) -> Vec<String> {
    let port = host.rsplit_once(':').map(|(_, port)| port);
    // What follows a colon inside the brackets of an address is no port.
    let port = port.filter(|port| !port.ends_with(']'));
    let other = match (port, is_plain) {
        (None, false) => Some(format!("{host}:443")),
        (None, true) => Some(format!("{host}:80")),
        (Some("443"), false) => host.strip_suffix(":443").map(str::to_owned),
        // Nor the host alone for http and port 80: with references, that is port 443 first.
        (Some(_), _) => None,
    };
    [host.to_owned()].into_iter().chain(other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_has_the_names_that_references_give_it() {
        for (url, hosts) in [
            ("https://r.example", &["r.example", "r.example:443"][..]),
            ("https://r.example/v2/", &["r.example", "r.example:443"]),
            ("https://r.example:443", &["r.example:443", "r.example"]),
            ("https://r.example:5000/", &["r.example:5000"]),
            ("https://r.example:80", &["r.example:80"]),
            ("http://r.example", &["r.example", "r.example:80"]),
            ("http://r.example:80", &["r.example:80"]),
            ("http://r.example:443", &["r.example:443"]),
            ("https://[::443]", &["[::443]", "[::443]:443"]),
            ("https://[::1]:443", &["[::1]:443", "[::1]"]),
        ] {
            let read = RegistryUrl::parse(url).expect(url);
            assert_eq!(read.hosts, hosts, "{url}");
            assert_eq!(read.is_plain, url.starts_with("http:"), "{url}");
        }
    }

    #[test]
    fn what_leads_to_no_registry_is_refused_without_being_shown() {
        for url in [
            "",
            "s3cret",
            "s3cret.example:5000",
            "ftp://s3cret.example",
            "HTTPS://s3cret.example",
            "https://",
            "https:///s3cret",
            "https://me:s3cret@r.example",
            "https://s3cret@r.example",
            "https://r.example?token=s3cret",
            "https://r.example/#s3cret",
            "https://r.example/a s3cret",
            "https://s3cret .example",
            "https://s3cret\\.example",
            "https://r.example:s3cret",
            "https://r.example:0",
            " https://s3cret.example",
        ] {
            let reason = RegistryUrl::parse(url).expect_err(url);
            assert!(!reason.contains("s3cret"), "{reason}");
        }
    }
}
