//! Where an engine is: the texts of `DOCKER_HOST`.

use std::path::PathBuf;

use url::Url;

use crate::error::{Error, Result};

/// The socket of a Linux engine when nobody names another one.
pub(super) const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// `sun_path` of a Unix socket address has 108 bytes, with the closing zero.
const MAX_SOCKET_PATH: usize = 107;

/// The port of an engine when its address names none, also with TLS (as the docker command has it).
const DEFAULT_PORT: u16 = 2375;

/// A place where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Endpoint {
    Unix(PathBuf),
    /// HTTP, or with TLS HTTPS. The path of the URL stands before the path of every request.
    Tcp {
        url: Url,
        demands_tls: bool,
    },
    /// Through the `ssh` program: what follows its name.
    Ssh {
        arguments: Vec<String>,
    },
}

impl Endpoint {
    pub(super) fn parse(text: &str) -> Result<Endpoint> {
        let text = text.trim();
        match text.split_once("://") {
            Some(("unix", path)) => unix(text, path),
            Some(("tcp" | "http", address)) => tcp(text, address, false),
            Some(("https", address)) => tcp(text, address, true),
            Some(("ssh", _)) => ssh(text),
            Some(("npipe", _)) => Err(invalid(
                text,
                "named pipes exist on Windows only; this system has sockets: unix:///path",
            )),
            Some(("fd", _)) => Err(invalid(
                text,
                "fd:// is for the engine itself, not for its clients",
            )),
            Some((scheme, _)) => Err(invalid(
                text,
                &format!("{scheme}:// is not spoken here; use unix://, tcp://, https:// or ssh://"),
            )),
            None if text.starts_with('/') => Err(invalid(
                text,
                &format!("a path needs a scheme: unix://{text}"),
            )),
            None => tcp(text, text, false),
        }
    }
}

fn unix(text: &str, path: &str) -> Result<Endpoint> {
    let path = if path.is_empty() {
        DEFAULT_SOCKET
    } else {
        path
    };
    if !path.starts_with('/') {
        return Err(invalid(
            text,
            "the path of a socket must be absolute: unix:///path",
        ));
    }
    if path.len() > MAX_SOCKET_PATH {
        return Err(invalid(
            text,
            &format!("the path of a socket may have at most {MAX_SOCKET_PATH} bytes"),
        ));
    }
    if path.contains('\0') {
        return Err(invalid(text, "a path cannot hold a NUL byte"));
    }
    Ok(Endpoint::Unix(path.into()))
}

fn tcp(text: &str, address: &str, demands_tls: bool) -> Result<Endpoint> {
    let address = if address.is_empty() {
        "localhost"
    } else {
        address
    };
    let address = if address.starts_with(':') {
        format!("localhost{address}")
    } else {
        address.into()
    };
    // Of the schemes that url knows, none has the engine's default port, so an absent port stays visible.
    let mut url = Url::parse(&format!("engine://{address}"))
        .map_err(|error| invalid(text, &error.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid(
            text,
            "an engine takes no user or password in its address",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid(
            text,
            "an engine's address has no query or fragment",
        ));
    }
    let port = url.port().unwrap_or(DEFAULT_PORT);
    url = Url::parse(&format!(
        "http{}",
        url.as_str().trim_start_matches("engine")
    ))
    .map_err(|error| invalid(text, &error.to_string()))?;
    match url.set_port(Some(port)) {
        Ok(()) => Ok(Endpoint::Tcp { url, demands_tls }),
        Err(()) => Err(invalid(text, "a host is needed")),
    }
}

/// The arguments are those of the docker command, but that nobody is asked for a password: a library does not prompt.
fn ssh(text: &str) -> Result<Endpoint> {
    let url = Url::parse(text).map_err(|error| invalid(text, &error.to_string()))?;
    if url.password().is_some() {
        return Err(invalid(
            "ssh://…",
            "a password cannot stand in it; use a key or an agent",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid(
            text,
            "an engine's address has no query or fragment",
        ));
    }
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
        return Err(invalid(text, "a host is needed: ssh://[user@]host[:port]"));
    };
    let mut arguments = Vec::new();
    if !url.username().is_empty() {
        arguments.extend(["-l".to_owned(), url.username().to_owned()]);
    }
    if let Some(port) = url.port() {
        arguments.extend(["-p".to_owned(), port.to_string()]);
    }
    arguments
        .extend(["-o", "BatchMode=yes", "-o", "ConnectTimeout=30", "-T", "--"].map(str::to_owned));
    arguments.push(host.trim_matches(['[', ']']).to_owned());
    // One argument, because a shell on the other machine reads it.
    arguments.push(match url.path() {
        "" | "/" => "docker system dial-stdio".to_owned(),
        socket if socket.contains('\'') => {
            return Err(invalid(text, "the path of the socket cannot hold a quote"));
        }
        socket => format!("docker '--host=unix://{socket}' system dial-stdio"),
    });
    Ok(Endpoint::Ssh { arguments })
}

fn invalid(text: &str, reason: &str) -> Error {
    Error::InvalidArgument {
        argument: "engine address",
        reason: format!("{text:?}: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_docker_host_is_understood_or_refused_with_a_reason() {
        let unix = |path: &str| Endpoint::Unix(path.into());
        let url = |url: &str| Url::parse(url).expect("a URL");
        let tcp = |text: &str| Endpoint::Tcp {
            url: url(text),
            demands_tls: false,
        };
        for (text, expected) in [
            ("unix:///a", unix("/a")),
            ("unix://", unix(DEFAULT_SOCKET)),
            (" tcp://h ", tcp("http://h:2375/")),
            ("tcp://h:1/base", tcp("http://h:1/base")),
            ("tcp://h:80", tcp("http://h:80/")),
            ("tcp://", tcp("http://localhost:2375/")),
            ("tcp://:99", tcp("http://localhost:99/")),
            ("h:1", tcp("http://h:1/")),
            ("tcp://[::1]", tcp("http://[::1]:2375/")),
            ("http://h", tcp("http://h:2375/")),
            (
                "https://h:1",
                Endpoint::Tcp {
                    url: url("http://h:1/"),
                    demands_tls: true,
                },
            ),
        ] {
            assert_eq!(Endpoint::parse(text).expect(text), expected, "{text}");
        }
        let long = format!("unix:///{}", "x".repeat(107));
        for (text, part) in [
            ("npipe:////./pipe/x", "Windows"),
            ("fd://", "engine itself"),
            ("ftp://h", "not spoken"),
            ("/var/run/docker.sock", "unix:///var/run/docker.sock"),
            ("unix://relative", "absolute"),
            ("tcp://u:p@h", "password"),
            ("tcp://h?x", "query"),
            ("ssh://u:secret@h", "password"),
            ("ssh://h?x", "query"),
            ("ssh://", "host"),
            (long.as_str(), "at most 107"),
        ] {
            let error = Endpoint::parse(text).expect_err(text).to_string();
            assert!(
                error.contains(part) && !error.contains("secret"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn ssh_is_started_as_the_docker_command_starts_it() {
        let arguments = |text: &str| match Endpoint::parse(text).expect(text) {
            Endpoint::Ssh { arguments } => arguments.join(" "),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            arguments("ssh://me@host.example:2222"),
            "-l me -p 2222 -o BatchMode=yes -o ConnectTimeout=30 -T -- host.example docker system dial-stdio"
        );
        assert_eq!(
            arguments("ssh://host.example/run/user/1000/docker.sock"),
            "-o BatchMode=yes -o ConnectTimeout=30 -T -- host.example docker '--host=unix:///run/user/1000/docker.sock' system dial-stdio"
        );
        assert!(arguments("ssh://-oProxyCommand=x/").contains("-T -- -oProxyCommand=x"));
    }
}
