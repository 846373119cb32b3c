//! The numbers of engines.

/// A number that cannot be negative: engines say -1 for one they did not find out.
pub(super) fn known(number: Option<i64>) -> Option<u64> {
    number.and_then(|number| u64::try_from(number).ok())
}
