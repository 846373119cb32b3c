//! How long a peer asks to be left alone (RFC 9110, section 10.2.3).

use std::time::{Duration, SystemTime};

use super::Response;

impl Response {
    /// `Retry-After` in either form, seconds or a date; nonsense is none.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        // Both dates are by the peer's clock; ours may be wrong by days.
        let told = self.header("date").map(httpdate::parse_http_date);
        let now = match told {
            Some(Ok(now)) => now,
            Some(Err(_)) | None => SystemTime::now(),
        };
        read(self.header("retry-after")?, now)
    }
}

fn read(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    // A date that has passed means: now.
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_given_in_seconds_or_as_a_date() {
        // 1994-11-06 08:49:37 UTC, the example of RFC 9110.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let wait = |value| read(value, now);
        assert_eq!(wait(" 120 "), Some(Duration::from_secs(120)));
        assert_eq!(
            wait("Sun, 06 Nov 1994 08:50:37 GMT"),
            Some(Duration::from_secs(60))
        );
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        for nonsense in ["-1", "soon", "", "99999999999999999999999"] {
            assert_eq!(wait(nonsense), None, "{nonsense}");
        }
    }
}
