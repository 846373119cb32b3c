//! Headers that the caller wants in every request to a peer, such as what a proxy before an engine asks for.

use ureq::http::header::{HeaderMap, HeaderName, HeaderValue, Iter};

use crate::error::{Error, Result};

/// What we set ourselves, or what belongs to one connection: another value would make another request of it.
const OURS: &[&str] = &[
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-registry-auth",
    "x-registry-config",
];

/// Whether a header is one of those that only we set.
pub(crate) fn is_ours(name: &str) -> bool {
    OURS.iter().any(|ours| ours.eq_ignore_ascii_case(name))
}

/// Checked headers; their values may be secrets.
#[derive(Default)]
pub(crate) struct FixedHeaders(HeaderMap);

impl FixedHeaders {
    /// Checks headers, which no error shows the values of.
    pub(crate) fn new(headers: &[(String, String)]) -> Result<FixedHeaders> {
        let mut checked = HeaderMap::new();
        for (name, value) in headers {
            let invalid = |reason: &str| Error::InvalidArgument {
                argument: "headers",
                reason: format!("{name:?} {reason}"),
            };
            if is_ours(name) {
                return Err(invalid("is set by the library"));
            }
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| invalid("is no name of a header"))?;
            let mut value = HeaderValue::from_str(value)
                .map_err(|_| invalid("has a value with characters that no header may have"))?;
            value.set_sensitive(true);
            checked.append(name, value);
        }
        Ok(FixedHeaders(checked))
    }

    pub(super) fn iter(&self) -> Iter<'_, HeaderValue> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_would_change_the_request_is_refused_and_no_value_is_shown() {
        for (name, value) in [
            ("Content-Length", "s3cret"),
            ("HOST", "s3cret"),
            ("X-Registry-Auth", "s3cret"),
            ("a b", "s3cret"),
            ("", "s3cret"),
            ("X-A", "s3cret\r\nX-B: c"),
        ] {
            let error = FixedHeaders::new(&[(name.into(), value.into())]);
            let error = error.err().expect(name).to_string();
            assert!(!error.contains("s3cret"), "{error}");
            assert!(error.contains(name), "{error}");
        }
        let headers = [
            ("X-Meta-A".into(), "b".into()),
            ("x-meta-a".into(), "c".into()),
        ];
        let headers = FixedHeaders::new(&headers).expect("usable");
        assert_eq!(headers.iter().count(), 2);
    }
}
