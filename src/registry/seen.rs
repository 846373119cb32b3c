//! Which names were there before: millions of them, in little more memory than their bytes.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

/// Names, each once. Lists mostly come in order, in which a name is easily found; only the first one that is new and not
/// in order makes it necessary to know all.
#[derive(Default)]
pub(super) struct Seen {
    /// All names, one behind the other, and where each of them ends.
    bytes: String,
    ends: Vec<usize>,
    /// So many names there will be at least.
    expected: usize,
    /// By its hash, the number of a name; only once they came out of order.
    numbers: Option<Numbers>,
}

#[derive(Default)]
struct Numbers {
    hashes: RandomState,
    by_hash: HashMap<u64, usize, BuildHasherDefault<Same>>,
    /// The numbers of names whose hash another one has.
    others: Vec<usize>,
}

impl Seen {
    /// So many names are about to be noted.
    pub(super) fn expect(&mut self, names: usize) {
        self.expected = self.len() + names;
        self.ends.reserve(names);
        if let Some(numbers) = &mut self.numbers {
            numbers.by_hash.reserve(names);
        }
    }

    /// Notes a name; whether it was not there before.
    pub(super) fn is_new(&mut self, name: &str) -> bool {
        if self.numbers.is_none() {
            let is_behind = match self.len().checked_sub(1) {
                Some(last) => self.name(last) < name,
                None => true,
            };
            if is_behind {
                self.note(name);
                return true;
            }
            if self.is_in_order(name) {
                return false;
            }
            self.number_all();
        }
        let Some(numbers) = &self.numbers else {
            return false;
        };
        let hash = numbers.hashes.hash_one(name);
        let same_hash = numbers.by_hash.get(&hash);
        if same_hash.is_some_and(|number| self.name(*number) == name)
            || numbers
                .others
                .iter()
                .any(|number| self.name(*number) == name)
        {
            return false;
        }
        let number = self.note(name);
        if let Some(numbers) = &mut self.numbers
            && let Some(other) = numbers.by_hash.insert(hash, number)
        {
            numbers.others.push(other);
        }
        true
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether a name is among those that came in order.
    fn is_in_order(&self, name: &str) -> bool {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.name(middle).cmp(name) {
                Ordering::Equal => return true,
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        false
    }

    fn number_all(&mut self) {
        let mut numbers = Numbers::default();
        numbers.by_hash.reserve(self.expected);
        for number in 0..self.len() {
            let hash = numbers.hashes.hash_one(self.name(number));
            if let Some(other) = numbers.by_hash.insert(hash, number) {
                numbers.others.push(other);
            }
        }
        self.numbers = Some(numbers);
    }

    fn note(&mut self, name: &str) -> usize {
        self.bytes.push_str(name);
        self.ends.push(self.bytes.len());
        self.ends.len() - 1
    }

    fn name(&self, number: usize) -> &str {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[number]]
    }
}

/// A hash of what is a hash already.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Only numbers are hashed here, by the function below.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new<'n>(names: &[&'n str]) -> Vec<&'n str> {
        let mut seen = Seen::default();
        let new = names.iter().filter(|name| seen.is_new(name));
        new.copied().collect()
    }

    #[test]
    fn each_name_is_new_once_in_any_order() {
        assert_eq!(new(&["a", "b", "c"]), ["a", "b", "c"]);
        assert_eq!(new(&["a", "a", "b", "a", "b", "c", "c"]), ["a", "b", "c"]);
        assert_eq!(new(&["c", "a", "b", "c", "a", "aa"]), ["c", "a", "b", "aa"]);
        assert_eq!(new(&["", "", "x"]), ["", "x"]);
    }

    #[test]
    fn names_with_the_same_hash_are_not_the_same() {
        let mut seen = Seen::default();
        assert!(seen.is_new("b") && seen.is_new("a"));
        let numbers = seen.numbers.as_mut().expect("out of order");
        // As if `c` had the hash of `a`.
        let hash = numbers.hashes.hash_one("c");
        numbers.by_hash.insert(hash, 1);
        assert!(seen.is_new("c"));
        assert!(!seen.is_new("c") && !seen.is_new("a") && !seen.is_new("b"));
    }
}
