//! Which hosts go around a proxy: the grammar of `NO_PROXY`, as Go's programs read it, docker among them.

use std::net::IpAddr;

use url::{Host, Url};

/// The hosts that go around a proxy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Detours {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    /// `*`
    All,
    /// `name`, which has those below it; `.name` and `*.name` are only those below it.
    Name {
        name: String,
        only_below: bool,
        port: Option<u16>,
    },
    /// An address; it stands for itself and for no name.
    Address { ip: IpAddr, port: Option<u16> },
    /// `address/bits`
    Network { ip: IpAddr, bits: u32 },
}

impl Detours {
    /// Reads a list with commas or blanks between. An error says which rule cannot be meant.
    pub(super) fn parse(list: &str) -> Result<Detours, String> {
        let rules = list
            .split([',', ' ', '\t', '\n'])
            .filter(|rule| !rule.is_empty())
            .map(Rule::parse)
            .collect::<Result<_, _>>()?;
        Ok(Detours { rules })
    }

    /// Whether the host of `url` goes around.
    pub(super) fn has(&self, url: &Url) -> bool {
        let port = url.port_or_known_default();
        let is_port = |wanted: &Option<u16>| wanted.is_none() || *wanted == port;
        match url.host() {
            Some(Host::Domain(host)) => {
                let host = host.trim_end_matches('.');
                self.rules.iter().any(|rule| match rule {
                    Rule::All => true,
                    Rule::Name {
                        name,
                        only_below,
                        port,
                    } => is_port(port) && is_name(host, name, *only_below),
                    Rule::Address { .. } | Rule::Network { .. } => false,
                })
            }
            Some(Host::Ipv4(ip)) => self.has_address(ip.into(), is_port),
            Some(Host::Ipv6(ip)) => self.has_address(ip.into(), is_port),
            None => false,
        }
    }

    fn has_address(&self, address: IpAddr, is_port: impl Fn(&Option<u16>) -> bool) -> bool {
        let address = address.to_canonical();
        self.rules.iter().any(|rule| match rule {
            Rule::All => true,
            Rule::Name { .. } => false,
            Rule::Address { ip, port } => is_port(port) && *ip == address,
            Rule::Network { ip, bits } => is_in_network(address, *ip, *bits),
        })
    }
}

impl Rule {
    fn parse(text: &str) -> Result<Rule, String> {
        if text == "*" {
            return Ok(Rule::All);
        }
        if let Some((ip, bits)) = text.split_once('/') {
            let network = ip.parse::<IpAddr>().ok().zip(bits.parse().ok());
            return match network {
                Some((ip, bits)) if bits <= width(ip) => Ok(Rule::Network { ip, bits }),
                _ => Err(format!("{text:?} is no network, such as 10.0.0.0/8")),
            };
        }
        // Before a port is looked for, which an IPv6 address seems to have.
        if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
            let ip = ip.to_canonical();
            return Ok(Rule::Address { ip, port: None });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => {
                let port = port.parse().map_err(|_| format!("{text:?} has no port"))?;
                (host, Some(port))
            }
            None => (text, None),
        };
        if let Ok(ip) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            let ip = ip.to_canonical();
            return Ok(Rule::Address { ip, port });
        }
        let host = host.strip_prefix('*').unwrap_or(host).to_ascii_lowercase();
        let name = host.trim_start_matches('.');
        if name.is_empty() {
            return Err(format!("{text:?} names no host"));
        }
        Ok(Rule::Name {
            only_below: host.starts_with('.'),
            name: name.trim_end_matches('.').to_owned(),
            port,
        })
    }
}

fn is_name(host: &str, name: &str, only_below: bool) -> bool {
    match host.strip_suffix(name) {
        Some("") => !only_below,
        Some(below) => below.ends_with('.'),
        None => false,
    }
}

fn width(ip: IpAddr) -> u32 {
    if ip.is_ipv4() { 32 } else { 128 }
}

fn is_in_network(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let number = |ip| match ip {
        IpAddr::V4(ip) => u128::from(u32::from(ip)),
        IpAddr::V6(ip) => u128::from(ip),
    };
    let free = width(network) - bits;
    let prefix = |ip| number(ip).checked_shr(free).unwrap_or(0);
    address.is_ipv4() == network.is_ipv4() && prefix(address) == prefix(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_of_the_list_go_around_and_no_others() {
        for (list, url, expected) in [
            ("", "https://a.example/", false),
            ("*", "https://a.example/", true),
            ("*", "https://10.0.0.1/", true),
            ("a.example", "https://a.example/", true),
            ("A.Example", "https://a.EXAMPLE/", true),
            ("a.example", "https://x.a.example/", true),
            ("a.example", "https://xa.example/", false),
            ("a.example", "https://example/", false),
            (".a.example", "https://x.a.example/", true),
            (".a.example", "https://a.example/", false),
            ("*.a.example", "https://y.x.a.example/", true),
            ("*.a.example", "https://a.example/", false),
            ("b.example, a.example", "https://a.example/", true),
            ("b.example a.example", "https://a.example/", true),
            ("a.example:443", "https://a.example/", true),
            ("a.example:443", "https://a.example:444/", false),
            ("a.example:80", "http://a.example/", true),
            ("a.example:5000", "https://x.a.example:5000/", true),
            ("a.example.", "https://a.example/", true),
            ("a.example", "https://a.example./", true),
            ("10.0.0.1", "https://10.0.0.1/", true),
            ("10.0.0.1", "https://10.0.0.10/", false),
            ("10.0.0.1:443", "https://10.0.0.1/", true),
            ("10.0.0.1:443", "https://10.0.0.1:80/", false),
            ("0.0.1", "https://10.0.0.1/", false),
            ("10.0.0.0/8", "https://10.200.3.4/", true),
            ("10.0.0.0/8", "https://11.0.0.1/", false),
            ("10.0.0.0/8", "https://ten.example/", false),
            ("0.0.0.0/0", "https://1.2.3.4/", true),
            ("0.0.0.0/0", "https://[2001:db8::1]/", false),
            ("::/0", "https://[2001:db8::1]/", true),
            ("2001:db8::/32", "https://[2001:db8:1::1]/", true),
            ("2001:db8::/32", "https://[2001:db9::1]/", false),
            ("::1", "https://[::1]/", true),
            ("[::1]:5000", "https://[::1]:5000/", true),
            ("[::1]:5000", "https://[::1]:5001/", false),
            ("10.0.0.1", "https://[::ffff:10.0.0.1]/", true),
            ("<local>", "https://local/", false),
        ] {
            let detours = Detours::parse(list).expect(list);
            let url = Url::parse(url).expect(url);
            assert_eq!(detours.has(&url), expected, "{list} for {url}");
        }
    }

    #[test]
    fn a_rule_that_cannot_be_meant_is_an_error() {
        for list in [
            "10.0.0.0/33",
            "10.0.0/8",
            "a.example:http",
            ".",
            "*.",
            "::/129",
        ] {
            Detours::parse(list).expect_err(list);
        }
    }
}
