//! Through which proxies peers are reached.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::{Host, Url};

use super::detours::Detours;
use super::is_loopback;
use super::proxy_environment;
use crate::environment::Environment;
use crate::error::{Context, Error, ErrorKind, Result};

/// Through which proxy registries, and whoever they send us to, are reached. The default is none.
///
/// A proxy is asked to pass bytes on, also for plain HTTP: by `CONNECT` (RFC 9110, section 9.3.6), or as SOCKS 5
/// (RFC 1928, RFC 1929). So it sees which hosts are talked to, and nothing of what is said over TLS. It looks up their
/// names itself, so it is the proxy that decides whether a name which a registry gives us leads into its own network;
/// private addresses, and names of this machine, are not asked for in such a case.
///
/// Its `Debug` shows addresses and never a user or a password.
///
/// ```
/// use imgferry::{Proxy, RegistryOptions};
///
/// # fn main() -> imgferry::Result<()> {
/// let options = RegistryOptions {
///     proxy: Proxy::new("http://proxy.example:3128", "10.0.0.0/8, .lan")?,
///     ..RegistryOptions::default()
/// };
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxy {
    pub(super) for_http: Option<Arc<Hop>>,
    pub(super) for_https: Option<Arc<Hop>>,
    pub(super) detours: Detours,
    /// Whether this machine is reached without it.
    pub(super) spares_loopback: bool,
}

impl Proxy {
    /// One proxy for all hosts that are not in `no_proxy`.
    ///
    /// | `url` | is |
    /// | --- | --- |
    /// | `http://[user:password@]host[:port]` | asked by `CONNECT`; without a port 80; `http://` may be left out |
    /// | `https://[user:password@]host[:port]` | the same over TLS, trusting the system's authorities; without a port 443 |
    /// | `socks5://[user:password@]host[:port]` | asked as SOCKS 5; without a port 1080; `socks5h` is the same |
    ///
    /// User and password are percent-encoded. `no_proxy` is a list with commas between, in the grammar of the variable
    /// of that name: `name` (which includes what is below it), `.name` or `*.name` (only what is below it), an address,
    /// a network such as `10.0.0.0/8`, each but the last with or without a port, and `*`.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when one of them has another form.
    pub fn new(url: &str, no_proxy: &str) -> Result<Proxy> {
        let hop = Arc::new(Hop::parse(url).map_err(invalid("proxy"))?);
        Ok(Proxy {
            for_http: Some(hop.clone()),
            for_https: Some(hop),
            detours: Detours::parse(no_proxy).map_err(invalid("no_proxy"))?,
            spares_loopback: false,
        })
    }

    /// The proxies that the environment names: `https_proxy` or `HTTPS_PROXY`, and for plain HTTP `http_proxy` or
    /// `HTTP_PROXY`; where they are not set `all_proxy` or `ALL_PROXY`; except for the hosts in `no_proxy` or
    /// `NO_PROXY`, and hosts of this machine. `HTTP_PROXY` is not believed in a CGI program (`REQUEST_METHOD` is set),
    /// where a stranger can set it.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when one of them has another form than in
    /// [`Proxy::new`].
    pub fn from_env() -> Result<Proxy> {
        proxy_environment::proxy(&Environment::OF_PROCESS)
    }

    /// The proxy on the way to `url`.
    pub(super) fn hop(&self, url: &Url) -> Option<Arc<Hop>> {
        if self.detours.has(url) || (self.spares_loopback && is_loopback(url)) {
            return None;
        }
        match url.scheme() {
            "https" => self.for_https.clone(),
            _ => self.for_http.clone(),
        }
    }
}

pub(super) fn invalid(argument: &'static str) -> impl Fn(String) -> Error {
    move |reason| Error::InvalidArgument { argument, reason }
}

/// One proxy.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Hop {
    pub(super) kind: HopKind,
    /// A name or an address, the latter without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) login: Option<Login>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HopKind {
    Http,
    Https,
    Socks5,
}

/// The bytes that the URL encodes.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: Vec<u8>,
    pub(super) password: Vec<u8>,
}

impl Hop {
    /// An error says what is wrong with `text`, and shows nothing of it: it can hold a password.
    pub(super) fn parse(text: &str) -> Result<Hop, String> {
        let text = text.trim();
        let url = match text.contains("://") {
            true => Url::parse(text),
            false => Url::parse(&format!("http://{text}")),
        };
        let url = url.map_err(|error| format!("it is no URL: {error}"))?;
        let (kind, default_port) = match url.scheme() {
            "http" => (HopKind::Http, 80),
            "https" => (HopKind::Https, 443),
            "socks5" | "socks5h" => (HopKind::Socks5, 1080),
            scheme => {
                return Err(format!(
                    "{scheme} is none of http, https, socks5 and socks5h"
                ));
            }
        };
        let has_more =
            !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some();
        if has_more {
            return Err("a proxy has no path, query or fragment".into());
        }
        let host = match url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => ip.to_string(),
            None => String::new(),
        };
        if host.is_empty() {
            return Err("it names no host".into());
        }
        Ok(Hop {
            kind,
            host,
            port: url.port().unwrap_or(default_port),
            login: Login::of(&url, kind)?,
        })
    }
}

impl Login {
    fn of(url: &Url, kind: HopKind) -> Result<Option<Login>, String> {
        if url.username().is_empty() && url.password().is_none() {
            return Ok(None);
        }
        let login = Login {
            user: percent_decoded(url.username())?,
            password: percent_decoded(url.password().unwrap_or(""))?,
        };
        match kind {
            // Their lengths are one byte each (RFC 1929), and the user may not be empty.
            HopKind::Socks5
                if login.user.is_empty()
                    || login.user.len() > 255
                    || login.password.len() > 255 =>
            {
                Err("its user and password must have 1 to 255 bytes".into())
            }
            HopKind::Http | HopKind::Https if login.user.contains(&b':') => {
                Err("its user has a colon, which ends a user in HTTP".into())
            }
            _ => Ok(Some(login)),
        }
    }

    /// The value of `Proxy-Authorization`.
    pub(super) fn basic(&self) -> String {
        let both = [&self.user, &b":"[..], &self.password].concat();
        format!("Basic {}", STANDARD.encode(both))
    }
}

fn percent_decoded(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || "its user or password has a % without two hexadecimal digits".to_owned();
    // A text has a part before its first %, if only an empty one.
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap_or("").as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or_else(wrong)?;
        // A sign is not a digit, though the parser takes one.
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let byte = u8::from_str_radix(digits, 16).ok().filter(|_| is_hex);
        decoded.push(byte.ok_or_else(wrong)?);
        decoded.extend(rest.as_bytes());
    }
    Ok(decoded)
}

impl Hop {
    /// A failure of this proxy, in the form in which it travels through ureq.
    pub(super) fn error(&self, kind: ErrorKind, what: String) -> ureq::Error {
        ureq::Error::Io(io::Error::other(Error::Proxy {
            context: Box::new(Context::default()),
            proxy: self.to_string(),
            kind,
            what,
        }))
    }
}

/// The address without user and password.
impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.kind {
            HopKind::Http => "http",
            HopKind::Https => "https",
            HopKind::Socks5 => "socks5",
        };
        match self.host.parse::<IpAddr>() {
            Ok(IpAddr::V6(ip)) => write!(f, "{scheme}://[{ip}]:{}", self.port),
            _ => write!(f, "{scheme}://{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Debug for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_named_by_its_url() {
        for (text, expected) in [
            ("http://p.example:3128", "http://p.example:3128"),
            ("p.example:3128", "http://p.example:3128"),
            ("http://p.example", "http://p.example:80"),
            ("https://p.example/", "https://p.example:443"),
            ("socks5://p.example", "socks5://p.example:1080"),
            ("socks5h://10.0.0.1:1", "socks5://10.0.0.1:1"),
            ("http://[::1]:3128", "http://[::1]:3128"),
            ("socks5://[::1]:3128", "socks5://[::1]:3128"),
        ] {
            let hop = Hop::parse(text).expect(text);
            assert_eq!(hop.to_string(), expected, "{text}");
            assert!(hop.login.is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_showing_it() {
        for text in [
            "",
            "http://",
            "socks5://",
            "socks4://s3cr3t:s3cr3t@h",
            "ftp://u:s3cr3t@h",
            "http://u:s3cr3t@h/path",
            "http://u:s3cr3t@h?query",
            "http://u:s3cr3t@h:99999",
            "http://u:s3cr3t%zz@h",
            "http://u%3As:s3cr3t@h",
            "http://u:s3cr3t@h h",
            "socks5://:s3cr3t@h",
        ] {
            let error = Proxy::new(text, "").expect_err(text).report();
            assert!(!error.contains("s3cr3t"), "{error}");
            assert!(error.contains("proxy"), "{error}");
        }
        Proxy::new("h:1", "10.0.0.0/99").expect_err("no network");
    }

    // case 37
    #[test]
    fn a_login_is_decoded_and_never_shown() {
        let proxy = Proxy::new("http://m%40e:s3%3Acr%25+t@h:1", "").expect("a proxy");
        let login = proxy.for_http.as_ref().and_then(|hop| hop.login.clone());
        let login = login.expect("a login");
        assert_eq!(login.user, b"m@e");
        assert_eq!(login.password, b"s3:cr%+t");
        assert_eq!(login.basic(), "Basic bUBlOnMzOmNyJSt0");
        let shown = format!("{proxy:?}");
        assert!(shown.contains("http://h:1"), "{shown}");
        assert!(!shown.contains("m@e") && !shown.contains("s3"), "{shown}");
    }

    #[test]
    fn an_explicit_proxy_is_used_for_this_machine_too() {
        let proxy = Proxy::new("http://h:1", "127.0.0.2").expect("a proxy");
        let hop = |url| proxy.hop(&Url::parse(url).expect(url));
        assert!(hop("http://127.0.0.1:5000/").is_some());
        assert!(hop("http://127.0.0.2:5000/").is_none());
        assert!(
            Proxy::default()
                .hop(&Url::parse("https://h/").expect("a URL"))
                .is_none()
        );
    }
}
