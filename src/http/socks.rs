//! Asking a SOCKS 5 proxy for a connection (RFC 1928), with a user and a password where it wants them (RFC 1929).

use std::io::{Read, Write};
use std::net::IpAddr;

use super::proxy::Login;
use super::tunnel::Setback;
use crate::error::ErrorKind;

const VERSION: u8 = 5;
const LOGIN_VERSION: u8 = 1;
const NO_LOGIN: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;
const NO_WAY_TO_LOG_IN: u8 = 0xff;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// Names are given to the proxy as they are.
pub(super) fn ask_for_tunnel(
    stream: &mut (impl Read + Write),
    host: &str,
    port: u16,
    login: Option<&Login>,
) -> Result<(), Setback> {
    let request = request(host, port)?;
    greet(stream, login)?;
    stream.write_all(&request)?;
    let [version, answer, _, kind] = read(stream)?;
    if version != VERSION {
        return Err(no_socks());
    }
    if answer != 0 {
        return Err(refused(answer, host, port));
    }
    // The address that the proxy uses; nobody wants to know it, but it stands before the peer's first byte.
    let length = match kind {
        IPV4 => 4,
        IPV6 => 16,
        NAME => usize::from(read::<1>(stream)?[0]),
        _ => return Err(no_socks()),
    };
    let mut address_and_port = vec![0; length + 2];
    stream.read_exact(&mut address_and_port)?;
    Ok(())
}

fn request(host: &str, port: u16) -> Result<Vec<u8>, Setback> {
    let mut request = vec![VERSION, CONNECT, 0];
    match (host.parse(), u8::try_from(host.len())) {
        (Ok(IpAddr::V4(ip)), _) => {
            request.push(IPV4);
            request.extend(ip.octets());
        }
        (Ok(IpAddr::V6(ip)), _) => {
            request.push(IPV6);
            request.extend(ip.octets());
        }
        (Err(_), Ok(length)) => {
            request.extend([NAME, length]);
            request.extend(host.as_bytes());
        }
        (Err(_), Err(_)) => {
            return Err(Setback::refusal(
                ErrorKind::Protocol,
                "cannot be asked for a name of more than 255 bytes",
            ));
        }
    }
    request.extend(port.to_be_bytes());
    Ok(request)
}

/// Agrees on a way to log in, and logs in.
fn greet(stream: &mut (impl Read + Write), login: Option<&Login>) -> Result<(), Setback> {
    match login {
        Some(_) => stream.write_all(&[VERSION, 2, NO_LOGIN, USER_AND_PASSWORD])?,
        None => stream.write_all(&[VERSION, 1, NO_LOGIN])?,
    }
    let [version, way] = read(stream)?;
    match (version, way, login) {
        (VERSION, NO_LOGIN, _) => Ok(()),
        (VERSION, USER_AND_PASSWORD, Some(login)) => log_in(stream, login),
        (VERSION, NO_WAY_TO_LOG_IN, None) => Err(Setback::refusal(
            ErrorKind::Unauthorized,
            "demands a user and a password",
        )),
        (VERSION, NO_WAY_TO_LOG_IN, Some(_)) => Err(Setback::refusal(
            ErrorKind::Unauthorized,
            "takes neither a user with a password nor strangers",
        )),
        _ => Err(no_socks()),
    }
}

fn log_in(stream: &mut (impl Read + Write), login: &Login) -> Result<(), Setback> {
    let mut message = vec![LOGIN_VERSION];
    for text in [&login.user, &login.password] {
        // Longer ones were refused when the URL was read.
        message.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
        message.extend(text.iter().take(usize::from(u8::MAX)));
    }
    stream.write_all(&message)?;
    match read(stream)? {
        [_, 0] => Ok(()),
        [_, _] => Err(Setback::refusal(
            ErrorKind::Unauthorized,
            "refused the user or the password",
        )),
    }
}

fn refused(answer: u8, host: &str, port: u16) -> Setback {
    let (kind, reason) = match answer {
        2 => (ErrorKind::Denied, "its rules do not allow it"),
        3 => (ErrorKind::Connect, "it does not reach the network"),
        4 => (ErrorKind::Connect, "it does not reach the host"),
        5 => (ErrorKind::Connect, "the host refuses connections"),
        6 => (ErrorKind::Connect, "the host is too far away"),
        7 => (ErrorKind::Protocol, "it makes no connections"),
        8 => (ErrorKind::Protocol, "it does not know this kind of address"),
        _ => (ErrorKind::Connect, "it does not say why"),
    };
    Setback::refusal(
        kind,
        format!("made no connection to {host}:{port}: {reason}"),
    )
}

fn no_socks() -> Setback {
    Setback::refusal(
        ErrorKind::Protocol,
        "does not answer as a SOCKS 5 proxy does",
    )
}

fn read<const LENGTH: usize>(stream: &mut impl Read) -> Result<[u8; LENGTH], Setback> {
    let mut bytes = [0; LENGTH];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// Answers what it was made with, and keeps what it is told.
    struct Peer<'p> {
        answers: &'p [u8],
        told: Vec<u8>,
    }

    impl Read for Peer<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.answers.read(buffer)
        }
    }

    impl Write for Peer<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.told.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn ask(host: &str, with_login: bool, answers: &[u8]) -> (Result<(), String>, Vec<u8>, usize) {
        let login = Login {
            user: b"me".to_vec(),
            password: b"s3cr3t".to_vec(),
        };
        let mut peer = Peer {
            answers,
            told: Vec::new(),
        };
        let result = ask_for_tunnel(&mut peer, host, 443, with_login.then_some(&login));
        let result = result.map_err(|setback| match setback {
            Setback::Refusal { kind, what } => format!("{kind:?}: {what}"),
            Setback::Io(error) => format!("{:?}", error.kind()),
        });
        (result, peer.told, peer.answers.len())
    }

    #[test]
    fn a_name_and_an_address_are_asked_for_in_their_own_form() {
        let granted = b"\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50more";
        let (result, told, left) = ask("r.example", false, granted);
        assert_eq!((result, left), (Ok(()), 4));
        assert_eq!(told, b"\x05\x01\x00\x05\x01\x00\x03\x09r.example\x01\xbb");
        let (_, told, _) = ask("10.0.0.1", false, granted);
        assert_eq!(
            told,
            b"\x05\x01\x00\x05\x01\x00\x01\x0a\x00\x00\x01\x01\xbb"
        );
        let (_, told, _) = ask("::1", false, granted);
        assert_eq!(told.len(), 3 + 4 + 16 + 2);
        let named = b"\x05\x00\x05\x00\x00\x03\x01h\x00\x50m";
        assert_eq!(ask("h", false, named).2, 1);
        let (result, told, _) = ask(&"h".repeat(256), false, granted);
        assert!(result.is_err() && told.is_empty());
    }

    #[test]
    fn a_login_is_given_only_when_it_is_asked_for() {
        let without = b"\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00";
        let (result, told, _) = ask("h", true, without);
        assert!(result.is_ok() && told.starts_with(b"\x05\x02\x00\x02\x05"));
        let with = b"\x05\x02\x01\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00";
        let (result, told, _) = ask("h", true, with);
        assert!(result.is_ok());
        assert!(told.starts_with(b"\x05\x02\x00\x02\x01\x02me\x06s3cr3t\x05"));
    }

    #[test]
    fn each_refusal_has_its_kind_and_shows_no_password() {
        for (with_login, answers, expected) in [
            (false, &b"\x05\xff"[..], "Unauthorized: demands"),
            (true, b"\x05\xff", "Unauthorized: takes neither"),
            (true, b"\x05\x02\x01\x01", "Unauthorized: refused"),
            (false, b"\x05\x02", "Protocol:"),
            (false, b"HTTP/1.1 400", "Protocol:"),
            (false, b"\x05\x00\x05\x02\x00\x01", "Denied:"),
            (
                false,
                b"\x05\x00\x05\x05\x00\x01",
                "Connect: made no connection to h:443",
            ),
            (false, b"\x05\x00\x05\x09\x00\x01", "Connect:"),
            (false, b"\x05\x00\x05\x00\x00\x07", "Protocol:"),
            (false, b"\x05", "UnexpectedEof"),
            (false, b"\x05\x00\x05\x00\x00\x01\x00", "UnexpectedEof"),
        ] {
            let reason = ask("h", with_login, answers).0.expect_err(expected);
            assert!(reason.starts_with(expected), "{reason}");
            assert!(!reason.contains("s3cr3t"), "{reason}");
        }
    }
}
