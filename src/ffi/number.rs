//! Numbers on their way out.

/// A number that may be unknown, which is -1 in C.
pub(super) fn or_unknown(number: Option<u64>) -> i64 {
    number.map_or(-1, |number| i64::try_from(number).unwrap_or(i64::MAX))
}
