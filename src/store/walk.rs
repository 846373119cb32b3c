//! The way through all manifests of a layout.

use std::collections::{HashSet, VecDeque};

use crate::digest::Digest;
use crate::oci::Descriptor;

/// An index may list indexes; nobody nests them deeper.
const MAX_DEPTH: usize = 4;

/// A layout may hold many images, each for ten platforms. Each manifest is a file to read.
const MAX_MANIFESTS: usize = 100_000;

/// What is listed, each manifest once: first all of `index.json`, then what the indexes list that are in it, and so on.
pub(super) struct Walk {
    coming: VecDeque<Listed>,
    seen: HashSet<Digest>,
}

/// An entry of an index.
pub(super) struct Listed {
    pub(super) descriptor: Descriptor,
    /// How many indexes there are above it, besides `index.json`.
    depth: usize,
}

impl Walk {
    pub(super) fn of(top: &[Descriptor]) -> Walk {
        let mut walk = Walk {
            coming: VecDeque::new(),
            seen: HashSet::new(),
        };
        walk.queue(top, 0);
        walk
    }

    pub(super) fn next(&mut self) -> Option<Listed> {
        self.coming.pop_front()
    }

    /// `listed` leads to other manifests, which come later. An error says that this is too much.
    pub(super) fn descend<'e>(
        &mut self,
        listed: &Listed,
        others: impl IntoIterator<Item = &'e Descriptor>,
    ) -> Result<(), String> {
        let mut others = others.into_iter().peekable();
        if listed.depth == MAX_DEPTH && others.peek().is_some() {
            return Err(format!("indexes are nested more than {MAX_DEPTH} deep"));
        }
        self.queue(others, listed.depth + 1);
        match self.seen.len() {
            ..=MAX_MANIFESTS => Ok(()),
            _ => Err(format!("there are more than {MAX_MANIFESTS} manifests")),
        }
    }

    fn queue<'e>(&mut self, entries: impl IntoIterator<Item = &'e Descriptor>, depth: usize) {
        for descriptor in entries {
            if self.seen.insert(descriptor.digest.clone()) {
                let descriptor = descriptor.clone();
                self.coming.push_back(Listed { descriptor, depth });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(contents: &[&str]) -> Vec<Descriptor> {
        let entries = contents.iter().map(|content| {
            let digest = Digest::sha256(content.as_bytes());
            let json = serde_json::json!({"digest": digest, "size": 1});
            serde_json::from_value(json).expect("a descriptor")
        });
        entries.collect()
    }

    #[test]
    fn what_is_listed_is_seen_once_and_the_nearest_first() {
        let mut walk = Walk::of(&index(&["a", "b", "a"]));
        let mut seen = Vec::new();
        while let Some(listed) = walk.next() {
            if seen.is_empty() {
                walk.descend(&listed, &index(&["b", "c"])).expect("nested");
            }
            seen.push(listed.descriptor.digest);
        }
        let digests = ["a", "b", "c"].map(|content| Digest::sha256(content.as_bytes()));
        assert_eq!(seen, digests);
    }

    #[test]
    fn indexes_that_are_nested_without_end_are_refused() {
        let mut walk = Walk::of(&index(&["0"]));
        let reason = (1..).find_map(|depth| {
            let listed = walk.next().expect("one more");
            walk.descend(&listed, &index(&[&depth.to_string()])).err()
        });
        assert!(reason.expect("refused").contains("nested more than 4 deep"));
        let mut walk = Walk::of(&index(&["0"]));
        for depth in 1..=MAX_DEPTH {
            let listed = walk.next().expect("one more");
            let next = index(&[&depth.to_string()]);
            walk.descend(&listed, &next).expect("not too deep");
        }
        let deepest = walk.next().expect("one more");
        walk.descend(&deepest, &[]).expect("it leads nowhere");
        let many: Vec<String> = (0..=MAX_MANIFESTS)
            .map(|number| number.to_string())
            .collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let mut walk = Walk::of(&index(&["top"]));
        let listed = walk.next().expect("one");
        walk.descend(&listed, &index(&many)).expect_err("too many");
    }
}
