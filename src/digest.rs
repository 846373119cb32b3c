//! Digests: the name that content has by itself, and the proof that content is what its name says.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::digest::DynDigest;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::error::{Context, Error, Result};
use crate::grammar::BrokenRule;

/// The digest of some content, such as `sha256:9f86...`: an algorithm and lower-case hex digits.
///
/// A value of this type is always valid: the algorithm is `sha256`, `sha384` or `sha512`, and the number of hex digits
/// fits it. A file name built from its parts is therefore safe. Digests compare, sort and hash as their text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest {
    text: String,
    algorithm: Algorithm,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Algorithm {
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    const ALL: [Algorithm; 3] = [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];

    fn name(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha384 => "sha384",
            Algorithm::Sha512 => "sha512",
        }
    }

    fn hex_digits(self) -> usize {
        match self {
            Algorithm::Sha256 => 64,
            Algorithm::Sha384 => 96,
            Algorithm::Sha512 => 128,
        }
    }
}

impl Digest {
    /// Reads `algorithm:hex`.
    ///
    /// Fails with [`Error::InvalidReference`] when the algorithm is not `sha256`, `sha384` or `sha512` in lower case,
    /// when a character is not a lower-case hex digit, and when there are too few or too many of them.
    pub fn parse(text: &str) -> Result<Digest> {
        Digest::read(text).map_err(|broken| broken.in_text(text))
    }

    /// [`Digest::parse`] for a text inside another one.
    pub(crate) fn read(text: &str) -> Result<Digest, BrokenRule> {
        let Some((name, hex)) = text.split_once(':') else {
            let rule = "a digest is an algorithm, a `:` and hex digits";
            return Err(BrokenRule::new(0, rule));
        };
        let Some(algorithm) = Algorithm::ALL
            .into_iter()
            .find(|known| known.name() == name)
        else {
            let (at, rule) = match name.find(|char: char| char.is_ascii_uppercase()) {
                Some(at) => (at, "the algorithm of a digest is in lower case".to_owned()),
                None => (
                    0,
                    format!("{name:?} is unsupported: not sha256, sha384 or sha512"),
                ),
            };
            return Err(BrokenRule::new(at, rule));
        };
        let hex_at = name.len() + 1;
        if let Some(at) = hex.find(|char| !matches!(char, '0'..='9' | 'a'..='f')) {
            let rule = "a digest has only the hex digits 0-9 and a-f, in lower case";
            return Err(BrokenRule::new(hex_at + at, rule));
        }
        let (needed, found) = (algorithm.hex_digits(), hex.len());
        if found != needed {
            let rule = format!("a {name} digest has {needed} hex digits, not {found}");
            return Err(BrokenRule::new(hex_at + found.min(needed), rule));
        }
        Ok(Digest {
            text: text.to_owned(),
            algorithm,
        })
    }

    /// The names of all algorithms.
    pub(crate) fn algorithms() -> impl Iterator<Item = &'static str> {
        Algorithm::ALL.into_iter().map(Algorithm::name)
    }

    /// The SHA-256 digest of `content`.
    pub fn sha256(content: &[u8]) -> Digest {
        let mut hasher = Hasher::sha256();
        hasher.update(content);
        hasher.digest()
    }

    /// The algorithm: `sha256`, `sha384` or `sha512`.
    pub fn algorithm(&self) -> &str {
        self.algorithm.name()
    }

    /// The lower-case hex digits after the `:`.
    pub fn hex(&self) -> &str {
        &self.text[self.algorithm.name().len() + 1..]
    }

    /// The whole text, `algorithm:hex`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Digest").field(&self.text).finish()
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Digest> {
        Digest::parse(text)
    }
}

impl TryFrom<String> for Digest {
    type Error = Error;

    fn try_from(text: String) -> Result<Digest> {
        Digest::parse(&text)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.text
    }
}

/// Computes a digest of content that comes in pieces.
pub(crate) struct Hasher {
    algorithm: Algorithm,
    state: Box<dyn DynDigest + Send + Sync>,
}

impl Hasher {
    /// For content whose digest is not known yet.
    pub(crate) fn sha256() -> Hasher {
        Hasher::new(Algorithm::Sha256)
    }

    /// For content that is to be compared with `expected`.
    pub(crate) fn like(expected: &Digest) -> Hasher {
        Hasher::new(expected.algorithm)
    }

    fn new(algorithm: Algorithm) -> Hasher {
        Hasher {
            algorithm,
            state: match algorithm {
                Algorithm::Sha256 => Box::new(Sha256::new()),
                Algorithm::Sha384 => Box::new(Sha384::new()),
                Algorithm::Sha512 => Box::new(Sha512::new()),
            },
        }
    }

    pub(crate) fn update(&mut self, piece: &[u8]) {
        self.state.update(piece);
    }

    /// The digest of all pieces so far.
    pub(crate) fn digest(&self) -> Digest {
        let hash = self.state.box_clone().finalize();
        let mut text = format!("{}:", self.algorithm.name());
        for byte in hash {
            text.push(hex_digit(byte >> 4));
            text.push(hex_digit(byte & 0xf));
        }
        Digest {
            text,
            algorithm: self.algorithm,
        }
    }
}

fn hex_digit(value: u8) -> char {
    char::from(b"0123456789abcdef"[usize::from(value)])
}

/// Follows content that passes by, and says as soon as it cannot be what was promised any more.
///
/// Whoever hands the content on asks before each piece. So the last piece is not handed on either when the size is
/// known, because a reader who counts may not ask for the end.
pub(crate) struct Verifier {
    expected: Digest,
    size: Option<u64>,
    hasher: Hasher,
    passed: u64,
}

/// What content is, and what it should have been.
#[derive(Debug)]
pub(crate) struct Mismatch {
    expected: String,
    actual: String,
}

impl Verifier {
    /// Expects the content of `expected`, in `size` bytes when that was promised too.
    pub(crate) fn new(expected: Digest, size: Option<u64>) -> Verifier {
        Verifier {
            hasher: Hasher::like(&expected),
            expected,
            size,
            passed: 0,
        }
    }

    /// A size was promised after the content began.
    pub(crate) fn promise(&mut self, size: u64) {
        self.size = Some(size);
    }

    /// Takes the next piece. Fails when there are more bytes than promised, and when all are there and are others.
    pub(crate) fn take(&mut self, piece: &[u8]) -> Result<(), Mismatch> {
        self.passed += piece.len() as u64;
        self.hasher.update(piece);
        match self.size {
            Some(size) if self.passed > size => Err(Mismatch {
                expected: bytes(size),
                actual: format!("at least {}", bytes(self.passed)),
            }),
            Some(size) if self.passed == size => self.check_digest(),
            _ => Ok(()),
        }
    }

    /// Fails when what has passed is not the whole content.
    pub(crate) fn end(&self) -> Result<(), Mismatch> {
        match self.size {
            Some(size) if size != self.passed => Err(Mismatch {
                expected: bytes(size),
                actual: bytes(self.passed),
            }),
            _ => self.check_digest(),
        }
    }

    fn check_digest(&self) -> Result<(), Mismatch> {
        let actual = self.hasher.digest();
        match actual == self.expected {
            true => Ok(()),
            false => Err(Mismatch {
                expected: self.expected.to_string(),
                actual: actual.to_string(),
            }),
        }
    }
}

impl Mismatch {
    pub(crate) fn at(self, context: Box<Context>) -> Error {
        Error::DigestMismatch {
            context,
            expected: self.expected,
            actual: self.actual,
        }
    }
}

fn bytes(count: u64) -> String {
    format!("{count} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_digest_is_computed_and_printed_as_everybody_does() {
        let digest = Digest::sha256(b"");
        assert_eq!(digest.to_string(), EMPTY);
        assert_eq!(digest.algorithm(), "sha256");
        assert_eq!(digest.hex(), &EMPTY[7..]);
        assert_eq!(EMPTY.parse::<Digest>().unwrap(), digest);
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(json, format!("{EMPTY:?}"));
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
    }

    #[test]
    fn every_algorithm_hashes_content_that_comes_in_pieces() {
        // The example "abc" of FIPS 180-4.
        for (algorithm, start) in [
            (Algorithm::Sha256, "sha256:ba7816bf8f01cfea"),
            (Algorithm::Sha384, "sha384:cb00753f45a35e8b"),
            (Algorithm::Sha512, "sha512:ddaf35a193617aba"),
        ] {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"a");
            hasher.update(b"bc");
            let digest = hasher.digest();
            assert!(digest.as_str().starts_with(start), "{digest}");
            assert_eq!(Digest::parse(digest.as_str()).unwrap(), digest);
        }
    }

    #[test]
    fn a_text_that_is_no_safe_file_name_is_never_a_digest() {
        let a = |count| "a".repeat(count);
        for (text, position, rule) in [
            (String::new(), 0, "an algorithm, a `:`"),
            (a(64), 0, "an algorithm, a `:`"),
            (format!("md5:{}", a(32)), 0, "unsupported"),
            (format!(":{}", a(64)), 0, "unsupported"),
            (format!("sha256+b64u:{}", a(64)), 0, "unsupported"),
            (format!("SHA256:{}", a(64)), 0, "lower case"),
            (format!("sha256:{}", a(63)), 70, "64 hex digits, not 63"),
            (format!("sha256:{}", a(65)), 71, "64 hex digits, not 65"),
            (format!("sha512:{}", a(64)), 71, "128 hex digits, not 64"),
            (format!("sha256:{}A", a(63)), 70, "in lower case"),
            ("sha256:../../etc/x".to_owned(), 7, "only the hex digits"),
            (format!("sha256:{}\n", a(64)), 71, "only the hex digits"),
            (format!("sha256:{}é", a(62)), 69, "only the hex digits"),
        ] {
            match Digest::parse(&text) {
                Err(Error::InvalidReference {
                    input,
                    position: at,
                    rule: said,
                }) => {
                    assert_eq!((input, at), (text, position), "{said}");
                    assert!(said.contains(rule), "{said}");
                }
                other => panic!("{text:?}: {other:?}"),
            }
        }
    }

    /// Passes `content` by in pieces of `piece` bytes; what was let through, and why no more was.
    fn passed(
        content: &[u8],
        expected: &Digest,
        size: Option<u64>,
        piece: usize,
    ) -> (Vec<u8>, Option<String>) {
        let context = || {
            Box::new(Context {
                operation: "pull",
                ..Context::default()
            })
        };
        let mut verifier = Verifier::new(expected.clone(), size);
        let mut passed = Vec::new();
        for piece in content.chunks(piece) {
            if let Err(mismatch) = verifier.take(piece) {
                return (passed, Some(mismatch.at(context()).to_string()));
            }
            passed.extend_from_slice(piece);
        }
        let end = verifier.end();
        (passed, end.err().map(|why| why.at(context()).to_string()))
    }

    #[test]
    fn content_as_promised_is_handed_on() {
        for content in [&b""[..], b"x", b"hello world"] {
            for piece in [1, 4, 64] {
                for size in [None, Some(content.len() as u64)] {
                    let (got, error) = passed(content, &Digest::sha256(content), size, piece);
                    assert_eq!(got, content);
                    assert!(error.is_none(), "{error:?}");
                }
            }
        }
    }

    #[test]
    fn content_that_was_changed_never_ends_well() {
        let promised = Digest::sha256(b"hello world");
        let (got, error) = passed(b"hello w0rld", &promised, Some(11), 4);
        assert_eq!(got, b"hello w0", "the last piece must not be handed out");
        let text = error.expect("refused");
        assert!(text.starts_with("pull: content is sha256:"), "{text}");
        assert!(text.ends_with(promised.as_str()), "{text}");

        passed(b"hello w0rld", &promised, None, 4)
            .1
            .expect("refused at the end");
    }

    #[test]
    fn content_that_was_cut_short_never_ends_well() {
        let promised = Digest::sha256(b"hello world");
        for (content, size) in [(&b"hello"[..], Some(11)), (b"", Some(11)), (b"", None)] {
            passed(content, &promised, size, 4).1.expect("refused");
        }
        let (_, error) = passed(b"hello", &promised, Some(11), 4);
        assert_eq!(
            error.expect("refused"),
            "pull: content is 5 bytes, not 11 bytes"
        );
    }

    #[test]
    fn content_without_end_is_refused_at_the_promised_size() {
        let promised = Digest::sha256(b"x");
        let (got, error) = passed(&[b'x'; 20_000], &promised, Some(10_000), 4096);
        assert_eq!(
            error.expect("refused"),
            "pull: content is at least 12288 bytes, not 10000 bytes"
        );
        assert!(got.len() <= 10_000);
    }
}
