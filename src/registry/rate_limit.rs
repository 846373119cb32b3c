//! How much more a registry lets itself be asked.

use std::time::Duration;

use crate::http::Response;

/// What a registry said last of how often it may be asked (`ratelimit-limit`, `ratelimit-remaining`,
/// `docker-ratelimit-source`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// How many requests of the counted kind (on Docker Hub: pulls) are allowed in a [`window`](RateLimit::window).
    pub limit: Option<u64>,
    /// How many of them are left.
    pub remaining: Option<u64>,
    /// The time for which they are counted.
    pub window: Option<Duration>,
    /// Whom the registry counts them for, an address or an account; empty when it does not say.
    pub source: String,
}

impl RateLimit {
    /// What an answer says; nothing when it says nothing.
    pub(super) fn read(answer: &Response) -> Option<RateLimit> {
        let header = |name: &str| {
            answer
                .header(name)
                .or_else(|| answer.header(&format!("x-{name}")))
        };
        let limit = header("ratelimit-limit").map(number_and_window);
        let remaining = header("ratelimit-remaining").map(number_and_window);
        if limit.is_none() && remaining.is_none() {
            return None;
        }
        // One of both may be said alone.
        let (limit, window) = limit.unwrap_or((None, None));
        let (remaining, other_window) = remaining.unwrap_or((None, None));
        Some(RateLimit {
            limit,
            remaining,
            window: window.or(other_window),
            source: header("docker-ratelimit-source").unwrap_or("").to_owned(),
        })
    }
}

/// `100;w=21600`: a number, and a window in seconds when it is there; nonsense is none.
fn number_and_window(value: &str) -> (Option<u64>, Option<Duration>) {
    let first = value.split(',').next().unwrap_or(value);
    let mut parts = first.split(';').map(str::trim);
    let number = parts.next().and_then(|number| number.parse().ok());
    let window = parts
        .filter_map(|parameter| parameter.strip_prefix("w="))
        .find_map(|seconds| seconds.parse().ok())
        .map(Duration::from_secs);
    (number, window)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_docker_hub_and_of_others_are_read() {
        let hours = |hours: u64| Some(Duration::from_secs(hours * 3600));
        for (value, expected) in [
            ("100;w=21600", (Some(100), hours(6))),
            (" 76 ; w=21600 ", (Some(76), hours(6))),
            ("10, 10;w=1, 50;w=60", (Some(10), None)),
            ("5000", (Some(5000), None)),
            ("soon;w=now", (None, None)),
            ("", (None, None)),
        ] {
            assert_eq!(number_and_window(value), expected, "{value}");
        }
    }
}
