//! Labels and annotations on their way out: keys with values, by index.

use std::ffi::{CString, c_char};

use super::text::{borrowed, c_text};

/// Keys with their values, sorted by key.
#[derive(Debug)]
pub(super) struct Pairs(Vec<(CString, CString)>);

impl Pairs {
    pub(super) fn new<'p>(pairs: impl IntoIterator<Item = (&'p String, &'p String)>) -> Pairs {
        let pairs = pairs.into_iter();
        Pairs(
            pairs
                .map(|(key, value)| (c_text(key), c_text(value)))
                .collect(),
        )
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// What a getter of the key at `index` returns; "" behind the end and without pairs.
    pub(super) fn key_at(pairs: Option<&Pairs>, index: usize) -> *const c_char {
        borrowed(at(pairs, index), |(key, _)| key)
    }

    /// The same of the value.
    pub(super) fn value_at(pairs: Option<&Pairs>, index: usize) -> *const c_char {
        borrowed(at(pairs, index), |(_, value)| value)
    }
}

fn at(pairs: Option<&Pairs>, index: usize) -> Option<&(CString, CString)> {
    pairs.and_then(|pairs| pairs.0.get(index))
}
