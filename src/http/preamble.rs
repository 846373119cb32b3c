//! What every request of a client says of its sender.

use std::fmt;

use ureq::http::HeaderValue;

use crate::error::{Error, Result};

/// What every request calls itself.
const USER_AGENT: &str = concat!("imgferry/", env!("CARGO_PKG_VERSION"));

/// A program's name, version and home page fit; servers and their logs are made for less.
const MAX_USER_AGENT: usize = 512;

/// More headers than anybody has a use for; servers accept about 100 in all.
const MAX_HEADERS: usize = 64;

/// Longer headers are refused by servers, which take 8 KiB for all of them.
const MAX_HEADER: usize = 8 * 1024;

/// Headers that the library sets itself, or that say how a message is to be read.
const OURS: [&str; 24] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "expect",
    "host",
    "if-match",
    "if-none-match",
    "if-range",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-registry-auth",
    "x-registry-config",
];

/// Whether a header is one of those that only the library sets.
pub(crate) fn is_ours(name: &str) -> bool {
    OURS.iter().any(|ours| ours.eq_ignore_ascii_case(name))
}

/// The name of the sender, and headers of the caller's own. Its `Debug` shows no value of a header.
#[derive(Clone)]
pub(crate) struct Preamble {
    user_agent: String,
    /// The names are in lower case.
    headers: Vec<(String, HeaderValue)>,
}

impl Default for Preamble {
    fn default() -> Preamble {
        Preamble {
            user_agent: USER_AGENT.to_owned(),
            headers: Vec::new(),
        }
    }
}

impl Preamble {
    /// `user_agent` is the caller's own text, which may be empty. An error names the option that is not usable.
    pub(crate) fn new(user_agent: &str, headers: &[(String, String)]) -> Result<Preamble> {
        check_user_agent(user_agent).map_err(|reason| Error::InvalidArgument {
            argument: "user_agent",
            reason,
        })?;
        let user_agent = match user_agent.is_empty() {
            true => USER_AGENT.to_owned(),
            false => format!("{USER_AGENT} ({user_agent})"),
        };
        Ok(Preamble {
            user_agent,
            headers: checked(headers).map_err(|reason| Error::InvalidArgument {
                argument: "headers",
                reason,
            })?,
        })
    }

    /// The same for a peer that must not see the headers.
    pub(crate) fn without_headers(&self) -> Preamble {
        Preamble {
            user_agent: self.user_agent.clone(),
            headers: Vec::new(),
        }
    }

    pub(super) fn user_agent(&self) -> &str {
        &self.user_agent
    }

    pub(super) fn headers(&self) -> &[(String, HeaderValue)] {
        &self.headers
    }
}

/// The text becomes a comment (RFC 9110, section 5.6.5), in which parentheses go in pairs and a backslash quotes.
fn check_user_agent(text: &str) -> Result<(), String> {
    if text.len() > MAX_USER_AGENT {
        return Err(format!("it has more than {MAX_USER_AGENT} bytes"));
    }
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || text.contains('\\') {
        return Err("it may have printable ASCII characters only, and no backslash".into());
    }
    let mut open = 0_usize;
    for char in text.chars() {
        let next = match char {
            '(' => Some(open + 1),
            ')' => open.checked_sub(1),
            _ => Some(open),
        };
        open = next.ok_or("a parenthesis is closed in it that was not opened")?;
    }
    match open {
        0 => Ok(()),
        _ => Err("a parenthesis is opened in it and not closed".into()),
    }
}

fn checked(headers: &[(String, String)]) -> Result<Vec<(String, HeaderValue)>, String> {
    if headers.len() > MAX_HEADERS {
        return Err(format!("there are more than {MAX_HEADERS}"));
    }
    headers
        .iter()
        .enumerate()
        .map(|(at, (name, value))| {
            let known = name.to_ascii_lowercase();
            // Not shown either: a header that was not split has its value there.
            if !is_name(&known) {
                return Err(format!(
                    "the name of number {at} is none that a header may have"
                ));
            }
            if is_ours(&known) {
                return Err(format!("{known} is set by the library"));
            }
            if name.len() + value.len() > MAX_HEADER {
                return Err(format!("{known} has more than {MAX_HEADER} bytes"));
            }
            // The error shows no value, which may be a secret.
            let mut value = HeaderValue::from_str(value).map_err(|_| {
                format!("the value of {known} has characters that no header may have")
            })?;
            value.set_sensitive(true);
            Ok((known, value))
        })
        .collect()
}

/// A token (RFC 9110, section 5.6.2).
fn is_name(text: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token)
}

impl fmt::Debug for Preamble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Preamble")
            .field("user_agent", &self.user_agent)
            .field("headers", &names)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &str, value: &str) -> Result<Preamble> {
        Preamble::new("", &[(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn the_callers_text_stands_behind_the_librarys_name() {
        let version = env!("CARGO_PKG_VERSION");
        for (text, expected) in [
            ("", format!("imgferry/{version}")),
            ("demo/1.0", format!("imgferry/{version} (demo/1.0)")),
            ("a (b (c)); d", format!("imgferry/{version} (a (b (c)); d)")),
        ] {
            let preamble = Preamble::new(text, &[]).expect(text);
            assert_eq!(preamble.user_agent(), expected);
        }
        for text in [
            "(",
            ")",
            ")(",
            "a\r\nX: y",
            "\u{7f}",
            "d\u{e9}mo",
            "a\\)",
            &"a".repeat(513),
        ] {
            let error = Preamble::new(text, &[]).expect_err(text);
            assert!(error.to_string().contains("user_agent"), "{error}");
        }
    }

    #[test]
    fn a_header_of_the_caller_is_never_one_of_ours_or_two() {
        headers("X-Tenant", "a b").expect("a header");
        for (name, value) in [
            ("HOST", "s3cr3t"),
            ("Content-Length", "3"),
            ("range", "bytes=0-"),
            ("Accept", "*/*"),
            ("", "s3cr3t"),
            ("x tenant", "s3cr3t"),
            ("x:tenant", "s3cr3t"),
            ("x\r\ny", "s3cr3t"),
            ("x", "s3cr3t\r\nauthorization: y"),
            ("x", "s3cr3t\0"),
            ("x", &"a".repeat(MAX_HEADER)),
        ] {
            let error = headers(name, value).expect_err(name);
            assert!(error.to_string().contains("headers"), "{error}");
            assert!(!error.to_string().contains("s3cr3t"), "{error}");
        }
        Preamble::new("", &vec![("x".into(), "y".into()); MAX_HEADERS + 1]).expect_err("too many");
    }

    // case 37
    #[test]
    fn the_value_of_a_header_is_not_shown() {
        let shown = format!("{:?}", headers("x-tenant", "s3cr3t").expect("a header"));
        assert!(
            shown.contains("x-tenant") && !shown.contains("s3cr3t"),
            "{shown}"
        );
    }
}
