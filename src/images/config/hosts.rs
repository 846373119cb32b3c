//! By which names references reach the registry of a cluster.

use crate::naming::RegistryUrl;

/// The hosts by which references may name a registry: with and without a port that goes without saying.
pub(super) fn hosts(url: &RegistryUrl) -> Vec<String> {
    let host = url.key.as_str();
    let port = host.rsplit_once(':').map(|(_, port)| port);
    // What follows a colon inside the brackets of an address is no port.
    let port = port.filter(|port| !port.ends_with(']'));
    let other = match (port, url.is_plain) {
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
        for (url, expected) in [
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
            let read = RegistryUrl::read(url).expect(url);
            assert_eq!(hosts(&read), expected, "{url}");
        }
    }
}
