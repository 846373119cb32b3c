//! References: the names of images in registries, as Docker and the OCI distribution specification write them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::grammar::{self, BrokenRule, DOCKER_HUB, DOCKER_HUB_INDEX, split_at_mark};

/// The host that speaks the registry protocol for Docker Hub.
const DOCKER_HUB_API: &str = "registry-1.docker.io";
/// What Docker Hub's repositories of one component belong to.
const OFFICIAL: &str = "library/";
/// What a reference with neither tag nor digest means to those who need one image.
pub(crate) const LATEST: &str = "latest";

/// The name of an image in a registry: `domain/path`, then `:tag`, `@digest`, both or neither.
///
/// Short names mean what they mean to Docker: `busybox` is `docker.io/library/busybox`. A tag that was left out stays
/// out; see [`tag_or_latest`](Reference::tag_or_latest). When there are both tag and digest, the digest selects the
/// content and the tag is informative.
///
/// References print, compare, sort, hash and serialize as their canonical text, which parses back to the same
/// reference.
///
/// ```
/// # fn main() -> imgferry::Result<()> {
/// use imgferry::Reference;
///
/// let short = Reference::parse("busybox:1.36")?;
/// assert_eq!(short.to_string(), "docker.io/library/busybox:1.36");
/// assert_eq!(short.familiar(), "busybox:1.36");
///
/// let own = Reference::parse("localhost:5000/team/app")?;
/// assert_eq!((own.domain(), own.path(), own.tag()), ("localhost:5000", "team/app", None));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference {
    /// `domain/path[:tag][@digest]`
    text: String,
    /// The lengths of `domain`, of `domain/path` and of `domain/path[:tag]`.
    domain: usize,
    repository: usize,
    tagged: usize,
    digest: Option<Digest>,
}

impl Reference {
    /// Reads a reference in Docker's short or in the full form.
    ///
    /// Fails with [`Error::InvalidReference`], which names the rule and the byte, when the text does not follow the
    /// grammar; when it is an image ID; when the host cannot be one (a port out of range, a malformed address, an
    /// overlong label); and for `docker.io` in upper case.
    pub fn parse(text: &str) -> Result<Reference> {
        Reference::read(text).map_err(|broken| broken.in_text(text))
    }

    /// [`Reference::parse`] for a text inside another one.
    pub(crate) fn read(text: &str) -> Result<Reference, BrokenRule> {
        refuse_other_texts(text)?;
        let (name, tag, digest) = split_suffix(text);
        let (domain, rest) = split_domain(name);

        if let Some(domain) = domain {
            grammar::check_domain(domain)?;
        }
        let domain = match domain {
            None | Some(DOCKER_HUB_INDEX) => DOCKER_HUB,
            Some(domain) => domain,
        };
        let official = domain == DOCKER_HUB && !rest.contains('/');
        let prefix = if official { OFFICIAL } else { "" };
        grammar::check_path(prefix, rest)
            .map_err(|broken| broken.moved(name.len() - rest.len()))?;
        if let Some(tag) = tag {
            grammar::check_tag(tag).map_err(|broken| broken.moved(name.len() + 1))?;
        }
        let digest = match digest {
            Some(digest) => {
                let digest_at = text.len() - digest.len();
                Some(Digest::read(digest).map_err(|broken| broken.moved(digest_at))?)
            }
            None => None,
        };
        Ok(Reference::assemble(
            domain,
            &format!("{prefix}{rest}"),
            tag,
            digest,
        ))
    }

    /// Builds the text from parts that were checked.
    fn assemble(domain: &str, path: &str, tag: Option<&str>, digest: Option<Digest>) -> Reference {
        let mut text = format!("{domain}/{path}");
        let repository = text.len();
        if let Some(tag) = tag {
            text.push(':');
            text.push_str(tag);
        }
        let tagged = text.len();
        if let Some(digest) = &digest {
            text.push('@');
            text.push_str(digest.as_str());
        }
        Reference {
            text,
            domain: domain.len(),
            repository,
            tagged,
            digest,
        }
    }

    /// The registry, as it was written: a host, and a port when one was given.
    pub fn domain(&self) -> &str {
        &self.text[..self.domain]
    }

    /// The repository within the registry, such as `library/busybox`.
    pub fn path(&self) -> &str {
        &self.text[self.domain + 1..self.repository]
    }

    /// The tag, when there is one.
    pub fn tag(&self) -> Option<&str> {
        self.text[self.repository..self.tagged].strip_prefix(':')
    }

    /// The digest, when there is one.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The reference without tag and digest, `domain/path`.
    pub fn repository(&self) -> &str {
        &self.text[..self.repository]
    }

    /// The canonical text, which [`Display`](fmt::Display) prints.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What follows the repository: `[:tag][@digest]`.
    pub(crate) fn suffix(&self) -> &str {
        &self.text[self.repository..]
    }

    /// The tag, or `latest` when there is none.
    pub fn tag_or_latest(&self) -> &str {
        self.tag().unwrap_or(LATEST)
    }

    /// The shortest form that means the same, as Docker shows it: without `docker.io/` and `library/`.
    pub fn familiar(&self) -> String {
        if self.domain() != DOCKER_HUB {
            return self.text.clone();
        }
        let local = &self.text[self.domain + 1..];
        let official = local.strip_prefix(OFFICIAL).unwrap_or(local);
        [official, local]
            .into_iter()
            .find(|short| Reference::read(short).is_ok_and(|meant| meant == *self))
            .unwrap_or(&self.text)
            .to_owned()
    }

    /// The host, and the port when one was given, that speaks the registry protocol for this reference.
    ///
    /// It is the domain in lower case, but `registry-1.docker.io` for `docker.io`.
    pub fn api_host(&self) -> String {
        match self.domain() {
            DOCKER_HUB => DOCKER_HUB_API.to_owned(),
            domain => domain.to_ascii_lowercase(),
        }
    }

    /// The same repository at `tag`. A digest is left out, because it would still select the old content.
    ///
    /// Fails with [`Error::InvalidReference`] when `tag` is not a tag.
    pub fn with_tag(&self, tag: &str) -> Result<Reference> {
        check_tag(tag)?;
        Ok(Reference::assemble(
            self.domain(),
            self.path(),
            Some(tag),
            None,
        ))
    }

    /// The same repository at `digest`. A tag stays, and is informative from now on.
    pub fn with_digest(&self, digest: Digest) -> Reference {
        Reference::assemble(self.domain(), self.path(), self.tag(), Some(digest))
    }

    /// The same reference without its tag.
    pub fn without_tag(&self) -> Reference {
        Reference::assemble(self.domain(), self.path(), None, self.digest.clone())
    }

    /// The same reference without its digest.
    pub fn without_digest(&self) -> Reference {
        Reference::assemble(self.domain(), self.path(), self.tag(), None)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reference").field(&self.text).finish()
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Reference> {
        Reference::parse(text)
    }
}

impl TryFrom<String> for Reference {
    type Error = Error;

    fn try_from(text: String) -> Result<Reference> {
        Reference::parse(&text)
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> String {
        reference.text
    }
}

/// Fails when `tag` is not a tag: at most 128 letters, digits, `_`, `.` and `-`, the last two not at the start.
pub(crate) fn check_tag(tag: &str) -> Result<()> {
    grammar::check_tag(tag).map_err(|broken| broken.in_text(tag))
}

/// The digest that is meant by an image ID, which is one with or without its algorithm; `None` for a name.
pub(crate) fn image_id(text: &str) -> Option<Digest> {
    let (algorithm, hex) = text.split_once(':').unwrap_or(("sha256", text));
    // Most texts are names: too short for a digest, or of other letters, and no complaint is written about those.
    let may_be_one = hex.len() >= 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digest = may_be_one.then(|| Digest::read(&format!("{algorithm}:{hex}")));
    digest?.ok()
}

/// Splits a text into the name of a repository, the tag and the digest.
pub(crate) fn split_suffix(text: &str) -> (&str, Option<&str>, Option<&str>) {
    let (tagged, digest) = split_at_mark(text, 0, '@');
    let (name, tag) = split_at_mark(tagged, tagged.rfind('/').unwrap_or(0), ':');
    (name, tag, digest)
}

/// Splits the name of a repository into the domain, when it mentions one, and the rest.
pub(crate) fn split_domain(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((first, rest)) if names_a_host(first) => (Some(first), rest),
        _ => (None, name),
    }
}

/// Docker's rule for telling a host from the first component of a path.
fn names_a_host(first: &str) -> bool {
    first == "localhost" || first.contains(|char: char| matches!(char, '.' | ':' | 'A'..='Z'))
}

/// Names what is often taken for a reference.
fn refuse_other_texts(text: &str) -> Result<(), BrokenRule> {
    if text.is_empty() {
        return Err(BrokenRule::new(0, "an image name is needed"));
    }
    if image_id(text).is_some() {
        return Err(BrokenRule::new(0, "this is an image ID, not a name"));
    }
    match text.find("://") {
        Some(at) => {
            let rule = "a reference has no scheme: it begins with the host";
            Err(BrokenRule::new(at, rule))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
pub(crate) mod vectors;

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    fn parse(text: &str) -> Reference {
        Reference::parse(text).unwrap()
    }

    fn refused(text: &str) -> String {
        Reference::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_short_name_is_shown_short_unless_that_means_something_else() {
        for (canonical, familiar) in [
            ("docker.io/library/busybox:1", "busybox:1"),
            ("docker.io/user/app", "user/app"),
            ("docker.io/library/foo/bar", "library/foo/bar"),
            ("docker.io/library/docker.io", "docker.io"),
            ("docker.io/localhost/app", "docker.io/localhost/app"),
            ("docker.io/host.com/app", "docker.io/host.com/app"),
            ("ghcr.io/library/app:1", "ghcr.io/library/app:1"),
        ] {
            assert_eq!(parse(canonical).to_string(), canonical);
            assert_eq!(parse(canonical).familiar(), familiar);
        }
        let like_an_id = format!("library/{HEX}");
        assert_eq!(parse(&like_an_id).familiar(), like_an_id);
        let like_an_id = format!("library/sha256:{HEX}");
        assert_eq!(parse(&like_an_id).familiar(), like_an_id);
    }

    #[test]
    fn an_image_id_is_not_taken_for_a_repository() {
        assert!(refused(HEX).contains("image ID"));
        assert!(refused(&format!("sha256:{HEX}")).contains("image ID"));
        assert_eq!(image_id("busybox"), None);
    }

    #[test]
    fn a_new_tag_is_not_overruled_by_the_old_digest() {
        let digest = Digest::sha256(b"");
        let pinned = parse("ghcr.io/a/b:1").with_digest(digest.clone());
        assert_eq!(pinned.to_string(), format!("ghcr.io/a/b:1@{digest}"));
        assert_eq!(pinned.with_tag("2").unwrap(), parse("ghcr.io/a/b:2"));
        assert_eq!(pinned.without_digest(), parse("ghcr.io/a/b:1"));
        assert_eq!(pinned.without_tag().tag(), None);
        assert_eq!(pinned.without_tag().digest(), Some(&digest));
        assert_eq!(pinned.repository(), "ghcr.io/a/b");
        assert_eq!(pinned.suffix(), format!(":1@{digest}"));
        assert!(pinned.with_tag("a/b").is_err());
    }

    #[test]
    fn a_missing_tag_is_latest_only_where_one_is_needed() {
        let image = parse("busybox");
        assert_eq!((image.tag(), image.tag_or_latest()), (None, "latest"));
        assert_eq!(parse("busybox:1").tag_or_latest(), "1");
    }

    #[test]
    fn hosts_are_reached_in_lower_case_and_docker_hub_at_its_registry() {
        assert_eq!(parse("busybox").api_host(), "registry-1.docker.io");
        assert_eq!(parse("MyHost:5000/a").api_host(), "myhost:5000");
        assert_eq!(parse("MyHost:5000/a").domain(), "MyHost:5000");
        assert_eq!(parse("[2001:DB8::1]/a").api_host(), "[2001:db8::1]");
        for text in ["Docker.io/a", "INDEX.docker.io/a", "DOCKER.IO:443/a"] {
            assert!(refused(text).contains("write docker.io in lower case"));
        }
    }

    #[test]
    fn a_host_that_leads_elsewhere_or_nowhere_is_refused() {
        let label = "l".repeat(63);
        parse(&format!("{label}.example:65535/a"));
        for (text, rule) in [
            (format!("{label}l.example/a"), "at most 63"),
            (
                format!("{}.example/a", [label.as_str(); 4].join(".")),
                "at most 253",
            ),
            ("host.com:0/a".to_owned(), "from 1 to 65535"),
            ("host.com:65536/a".to_owned(), "from 1 to 65535"),
            ("256.1.1.1/a".to_owned(), "IPv4"),
            ("10.0.0.01/a".to_owned(), "IPv4"),
            ("127.1/a".to_owned(), "IPv4"),
            ("2130706433:80/a".to_owned(), "IPv4"),
            ("127.0.0.0x1/a".to_owned(), "IPv4"),
            ("[1:2:3]:80/a".to_owned(), "not an IPv6 address"),
            ("[::1/a".to_owned(), "ends with `]`"),
            ("[::1]x/a".to_owned(), "only a port"),
        ] {
            let error = refused(&text);
            assert!(error.contains(rule), "{text}: {error}");
        }
    }

    #[test]
    fn a_host_in_punycode_is_one_that_a_url_can_have() {
        for host in ["xn--bcher-kva.example", "XN--BCHER-KVA.example:5000"] {
            let reference = parse(&format!("{host}/a"));
            let url = url::Url::parse(&format!("https://{}", reference.api_host())).unwrap();
            assert_eq!(url.host_str(), Some("xn--bcher-kva.example"));
        }
        for host in ["xn--n3.com", "a.xn--a.example:80", "XN--999999999.b"] {
            let error = refused(&format!("{host}/a"));
            assert!(error.contains("punycode"), "{host}: {error}");
        }
        // Only at the beginning of a part it means anything.
        parse("axn--b.example/a");
    }

    #[test]
    fn a_name_that_is_too_long_only_with_library_is_refused() {
        parse(&"n".repeat(247));
        assert!(refused(&"n".repeat(248)).contains("at byte 247: the name of a repository"));
    }

    #[test]
    fn tags_and_repositories_that_a_peer_lists_are_checked_alone() {
        check_tag("v1.0_x-Y").unwrap();
        assert!(check_tag("../v1").is_err());
    }
}
