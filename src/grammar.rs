//! The grammar of image names, one check for each part, and what a text that breaks it is answered with.
//!
//! The grammar is the one of <https://github.com/distribution/reference>, and stricter with hosts: a text that passed
//! can stand in a URL as it is and leads to the host that was named.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::Host;

use crate::error::Error;

/// The registry of a name that mentions none.
pub(crate) const DOCKER_HUB: &str = "docker.io";
/// Another name of it, which is read as [`DOCKER_HUB`].
pub(crate) const DOCKER_HUB_INDEX: &str = "index.docker.io";

/// The limits of the distribution specification.
const LONGEST_PATH: usize = 255;
const LONGEST_TAG: usize = 128;
/// The limits of the domain name system (RFC 1035, section 2.3.4).
const LONGEST_HOST: usize = 253;
const LONGEST_LABEL: usize = 63;
/// With this begins an international part of a host (RFC 5890, section 2.3.2.1). Few texts that do are one, and URL
/// parsers refuse the others.
const PUNYCODE: &str = "xn--";

/// The rule that a text breaks, and the byte at which it does.
#[derive(Debug)]
pub(crate) struct BrokenRule {
    position: usize,
    rule: String,
}

impl BrokenRule {
    pub(crate) fn new(position: usize, rule: impl Into<String>) -> BrokenRule {
        let rule = rule.into();
        BrokenRule { position, rule }
    }

    /// What the text should have kept to.
    pub(crate) fn rule(&self) -> &str {
        &self.rule
    }

    /// The same, told of a longer text in which the checked one begins at byte `start`.
    pub(crate) fn moved(self, start: usize) -> BrokenRule {
        BrokenRule::new(self.position + start, self.rule)
    }

    /// The same, told of the end of the checked text, which begins at its byte `start`.
    pub(crate) fn moved_back(self, start: usize) -> BrokenRule {
        BrokenRule::new(self.position.saturating_sub(start), self.rule)
    }

    /// The error for the caller who gave `input`, which is no reference, as `argument`.
    pub(crate) fn in_argument(self, argument: &'static str, input: &str) -> Error {
        let (position, rule) = (self.position, self.rule);
        Error::InvalidArgument {
            argument,
            reason: format!("{:?} at byte {position}: {rule}", without_password(input)),
        }
    }

    /// The error for the caller who gave `input`.
    pub(crate) fn in_text(self, input: &str) -> Error {
        Error::InvalidReference {
            input: without_password(input),
            position: self.position,
            rule: self.rule,
        }
    }
}

/// A URL with a user and a password is no reference, but may be given as one, and errors are shown and logged.
fn without_password(input: &str) -> String {
    let userinfo = input.split_once("://").and_then(|(scheme, rest)| {
        let authority = rest.split('/').next()?;
        let (_, host) = authority.rsplit_once('@')?;
        Some((scheme, host, rest.get(authority.len()..)?))
    });
    match userinfo {
        Some((scheme, host, path)) => format!("{scheme}://***@{host}{path}"),
        None => input.to_owned(),
    }
}

/// Splits `text` at the first `mark` that comes not before byte `from`, and leaves the mark out.
pub(crate) fn split_at_mark(text: &str, from: usize, mark: char) -> (&str, Option<&str>) {
    match text[from..].find(mark) {
        Some(at) => (&text[..from + at], Some(&text[from + at + 1..])),
        None => (text, None),
    }
}

/// Checks a host with or without a port.
pub(crate) fn check_domain(domain: &str) -> Result<(), BrokenRule> {
    let after_brackets = domain.find(']').unwrap_or(0);
    let (host, port) = split_at_mark(domain, after_brackets, ':');
    match host.strip_prefix('[') {
        Some(inner) => check_ipv6(inner).map_err(|broken| broken.moved(1))?,
        None => check_host(host)?,
    }
    match port {
        Some(port) => check_port(port).map_err(|broken| broken.moved(host.len() + 1)),
        None => Ok(()),
    }
}

/// Checks what follows the `[` of a host.
fn check_ipv6(inner: &str) -> Result<(), BrokenRule> {
    let Some(address) = inner.strip_suffix(']') else {
        let rule = "an address in brackets ends with `]`, and only a port may follow";
        return Err(BrokenRule::new(inner.len(), rule));
    };
    if let Some(at) = address.find(|char: char| !char.is_ascii_hexdigit() && char != ':') {
        let rule = "an IPv6 address has only hex digits and `:`, no zone and no IPv4 part";
        return Err(BrokenRule::new(at, rule));
    }
    match address.parse::<Ipv6Addr>() {
        Ok(_) => Ok(()),
        Err(_) => Err(BrokenRule::new(0, "this is not an IPv6 address")),
    }
}

/// Checks a name or an IPv4 address.
fn check_host(host: &str) -> Result<(), BrokenRule> {
    let mut label_at = 0;
    for label in host.split('.') {
        check_label(label).map_err(|broken| broken.moved(label_at))?;
        label_at += label.len() + 1;
    }
    if host.len() > LONGEST_HOST {
        let rule = format!("a host has at most {LONGEST_HOST} bytes");
        return Err(BrokenRule::new(LONGEST_HOST, rule));
    }
    if ends_in_a_number(host) && host.parse::<Ipv4Addr>().is_err() {
        let rule = "a host that ends in a number is an IPv4 address: four numbers up to 255";
        return Err(BrokenRule::new(0, rule));
    }
    let folded = host.to_ascii_lowercase();
    let begins_a_part = |at: usize| at == 0 || folded[..at].ends_with('.');
    if let Some((at, _)) = folded
        .match_indices(PUNYCODE)
        .find(|(at, _)| begins_a_part(*at))
        && Host::parse(&folded) != Ok(Host::Domain(folded.clone()))
    {
        let rule = "what follows `xn--` is not the punycode of an international name";
        return Err(BrokenRule::new(at, rule));
    }
    if host != folded && [DOCKER_HUB, DOCKER_HUB_INDEX].contains(&folded.as_str()) {
        return Err(BrokenRule::new(0, "write docker.io in lower case"));
    }
    Ok(())
}

fn check_label(label: &str) -> Result<(), BrokenRule> {
    if let Some(at) = label.find(|char: char| !char.is_ascii_alphanumeric() && char != '-') {
        let rule = "a host has only letters, digits, `-` and `.` (international names: punycode)";
        return Err(BrokenRule::new(at, rule));
    }
    if label.is_empty() {
        return Err(BrokenRule::new(0, "a part of the host is empty"));
    }
    for (at, edge) in [
        (0, label.starts_with('-')),
        (label.len() - 1, label.ends_with('-')),
    ] {
        if edge {
            let rule = "a part of a host begins and ends with a letter or a digit";
            return Err(BrokenRule::new(at, rule));
        }
    }
    if label.len() > LONGEST_LABEL {
        let rule = format!("a part of a host has at most {LONGEST_LABEL} bytes");
        return Err(BrokenRule::new(LONGEST_LABEL, rule));
    }
    Ok(())
}

/// Whether URL parsers take `host` for an IPv4 address (<https://url.spec.whatwg.org/#ends-in-a-number-checker>), also
/// in one of its abbreviated forms, which would lead to another host than the one that was named.
fn ends_in_a_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    match hex {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

fn check_port(port: &str) -> Result<(), BrokenRule> {
    if let Some(at) = port.find(|char: char| !char.is_ascii_digit()) {
        let rule = if port.contains(':') {
            "a host has one port (an IPv6 address is written in brackets)"
        } else {
            "a port has only digits"
        };
        return Err(BrokenRule::new(at, rule));
    }
    match port.parse::<u16>() {
        Ok(1..) => Ok(()),
        _ => Err(BrokenRule::new(0, "a port is a number from 1 to 65535")),
    }
}

/// Checks the name of a repository within a registry. It begins with `prefix`, which was left out of `path`, is known
/// to be right, and counts for the length.
pub(crate) fn check_path(prefix: &str, path: &str) -> Result<(), BrokenRule> {
    let mut component_at = 0;
    for component in path.split('/') {
        check_component(component).map_err(|broken| broken.moved(component_at))?;
        component_at += component.len() + 1;
    }
    let longest = LONGEST_PATH - prefix.len();
    if path.len() > longest {
        let rule = format!("the name of a repository has at most {LONGEST_PATH} bytes");
        return Err(BrokenRule::new(longest, rule));
    }
    Ok(())
}

/// Checks what stands between two `/` in the name of a repository.
pub(crate) fn check_component(component: &str) -> Result<(), BrokenRule> {
    if component.is_empty() {
        return Err(BrokenRule::new(0, "a part of the name is empty"));
    }
    let is_separator = |char: char| matches!(char, '.' | '_' | '-');
    let is_known = |char: char| matches!(char, 'a'..='z' | '0'..='9') || is_separator(char);
    if let Some((at, char)) = component.char_indices().find(|(_, char)| !is_known(*char)) {
        let rule = match char {
            'A'..='Z' => "a name is written in lower case".to_owned(),
            other => format!("{other:?} cannot be in a name, which has a-z, 0-9, `.`, `_` and `-`"),
        };
        return Err(BrokenRule::new(at, rule));
    }
    let mut at = 0;
    while let Some(found) = component[at..].find(is_separator) {
        let start = at + found;
        let rest = &component[start..];
        let run = &rest[..rest.find(|char| !is_separator(char)).unwrap_or(rest.len())];
        at = start + run.len();
        if start == 0 || at == component.len() {
            let rule = "a part of the name begins and ends with a letter or a digit";
            return Err(BrokenRule::new(start, rule));
        }
        if !matches!(run, "." | "_" | "__") && run.contains(|char| char != '-') {
            let rule = "between letters and digits stands one `.`, one or two `_`, or `-`";
            return Err(BrokenRule::new(start, rule));
        }
    }
    Ok(())
}

/// Which bytes a tag may have: a table, because there are lists of thousands of tags.
static IN_TAG: [bool; 256] = {
    let mut known = [false; 256];
    let mut byte = 0;
    while byte < known.len() {
        let char = byte as u8;
        known[byte] = char.is_ascii_alphanumeric() || matches!(char, b'_' | b'.' | b'-');
        byte += 1;
    }
    known
};

/// Checks a tag.
pub(crate) fn check_tag(tag: &str) -> Result<(), BrokenRule> {
    if tag.is_empty() {
        return Err(BrokenRule::new(0, "the tag is empty"));
    }
    if let Some(at) = tag.bytes().position(|byte| !IN_TAG[usize::from(byte)]) {
        let rule = "a tag has only letters, digits, `_`, `.` and `-`";
        return Err(BrokenRule::new(at, rule));
    }
    if tag.starts_with(['.', '-']) {
        let rule = "a tag begins with a letter, a digit or `_`";
        return Err(BrokenRule::new(0, rule));
    }
    if tag.len() > LONGEST_TAG {
        let rule = format!("a tag has at most {LONGEST_TAG} bytes");
        return Err(BrokenRule::new(LONGEST_TAG, rule));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_url_is_not_repeated_in_the_error() {
        let error = BrokenRule::new(0, "no")
            .in_text("https://me:secret@host/a:1")
            .to_string();
        assert!(
            error.contains("https://***@host/a:1") && !error.contains("secret"),
            "{error}"
        );
        assert_eq!(without_password("a@sha256:12"), "a@sha256:12");
    }
}
