//! Versions of the Docker Engine API, and the choice of one.

use std::fmt;

use crate::error::{Error, Result};

/// A version of the API, such as 1.41.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ApiVersion {
    major: u16,
    minor: u16,
}

/// The oldest version whose errors are JSON (Docker 1.12); older engines are refused.
pub(super) const OLDEST: ApiVersion = ApiVersion {
    major: 1,
    minor: 24,
};

/// The newest version whose image endpoints this library knows (Docker 29.7). A newer engine is asked in this one.
pub(super) const NEWEST: ApiVersion = ApiVersion {
    major: 1,
    minor: 55,
};

impl ApiVersion {
    /// Reads `1.41` or `v1.41`.
    pub(super) fn parse(text: &str) -> Option<ApiVersion> {
        let text = text.trim();
        let (major, minor) = text.strip_prefix('v').unwrap_or(text).split_once('.')?;
        let number = |digits: &str| match digits.bytes().all(|byte| byte.is_ascii_digit()) {
            true => digits.parse().ok(),
            false => None,
        };
        Some(ApiVersion {
            major: number(major)?,
            minor: number(minor)?,
        })
    }

    /// The version that the caller demands.
    pub(super) fn demanded(text: &str) -> Result<ApiVersion> {
        ApiVersion::parse(text).ok_or_else(|| Error::InvalidArgument {
            argument: "API version",
            reason: format!("{text:?} is not of the form 1.41"),
        })
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let version = |text| ApiVersion::parse(text).expect("a version");
        assert!(version("1.9") < version("1.41"));
        assert_eq!(version(" v1.45 ").to_string(), "1.45");
        for text in ["abc", "1", "1.", "1.x", "1.+4", ""] {
            assert_eq!(ApiVersion::parse(text), None, "{text}");
        }
    }
}
