//! `index.json`, to be changed: what is not meant stays as it was written, to the byte.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::entry_name::{image_name, ref_name};
use crate::oci::{Descriptor, index_file, json};

const ENTRIES: &str = "manifests";

/// The fields of the document in their order, and its entries.
#[derive(Debug)]
pub(super) struct IndexFile {
    fields: Vec<(String, Box<RawValue>)>,
    entries: Vec<(Descriptor, Box<RawValue>)>,
}

impl IndexFile {
    /// An error says what is wrong with the document.
    pub(super) fn read(bytes: &[u8]) -> Result<IndexFile, String> {
        IndexFile::parse(bytes).map_err(|error| format!("index.json is malformed: {error}"))
    }

    fn parse(bytes: &[u8]) -> Result<IndexFile, serde_json::Error> {
        let Fields(fields) = serde_json::from_slice(bytes)?;
        let entries = fields.iter().find(|(name, _)| name == ENTRIES);
        let entries: Option<Vec<Box<RawValue>>> = match entries {
            Some((_, entries)) => serde_json::from_str(entries.get())?,
            None => None,
        };
        let entries = entries.into_iter().flatten().map(|entry| {
            let descriptor = serde_json::from_str(entry.get())?;
            Ok((descriptor, entry))
        });
        Ok(IndexFile {
            entries: entries.collect::<Result<_, serde_json::Error>>()?,
            fields,
        })
    }

    /// Without entries.
    pub(super) fn empty() -> String {
        index_file(&[])
    }

    pub(super) fn entries(&self) -> Vec<Descriptor> {
        let entries = self.entries.iter();
        entries.map(|(descriptor, _)| descriptor.clone()).collect()
    }

    /// Adds an entry. It takes the place of those that have its name or, when it has none, are the same.
    pub(super) fn put(&mut self, entry: &Descriptor) {
        let place = self
            .entries
            .iter()
            .position(|(old, _)| replaces(entry, old));
        self.entries.retain(|(old, _)| !replaces(entry, old));
        let added = (entry.clone(), entry.written());
        match place {
            Some(place) => self.entries.insert(place, added),
            None => self.entries.push(added),
        }
    }

    /// Takes out each entry that is the same as `entry`, with all its notes.
    pub(super) fn remove(&mut self, entry: &Descriptor) {
        self.entries.retain(|(old, _)| old != entry);
    }

    pub(super) fn written(&self) -> String {
        json(self)
    }
}

/// An entry of the same tag is another one when both say of which image, and those differ.
fn replaces(new: &Descriptor, old: &Descriptor) -> bool {
    let may_be_same_image = match (image_name(new), image_name(old)) {
        (Some(new), Some(old)) => new == old,
        _ => true,
    };
    match (ref_name(new), ref_name(old)) {
        (Some(new), Some(old)) => new == old && may_be_same_image,
        (None, None) => new.digest == old.digest && may_be_same_image,
        _ => false,
    }
}

impl Serialize for IndexFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries: Vec<&RawValue> = self.entries.iter().map(|(_, entry)| &**entry).collect();
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in &self.fields {
            match name.as_str() {
                ENTRIES => map.serialize_entry(name, &entries)?,
                _ => map.serialize_entry(name, value)?,
            }
        }
        if !self.fields.iter().any(|(name, _)| name == ENTRIES) {
            map.serialize_entry(ENTRIES, &entries)?;
        }
        map.end()
    }
}

struct Fields(Vec<(String, Box<RawValue>)>);

impl<'d> Deserialize<'d> for Fields {
    fn deserialize<D: Deserializer<'d>>(deserializer: D) -> Result<Fields, D::Error> {
        struct InOrder;

        impl<'d> Visitor<'d> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'d>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::store::entry_name::{with_image_name, with_ref_name};

    fn entry(content: &str) -> Descriptor {
        let digest = Digest::sha256(content.as_bytes());
        let json = serde_json::json!({"digest": digest, "size": 1});
        serde_json::from_value(json).expect("a descriptor")
    }

    fn names(index: &IndexFile) -> Vec<String> {
        let entries = index.entries();
        let name = |entry: &Descriptor| ref_name(entry).unwrap_or("-").to_owned();
        entries.iter().map(name).collect()
    }

    #[test]
    fn what_is_not_meant_stays_as_it_was_written() {
        let other = format!(
            r#"{{ "size" : 1 ,"digest":"{}", "data":"eA==","x":1.50, "annotations":{{"org.opencontainers.image.ref.name":"a"}}}}"#,
            Digest::sha256(b"x")
        );
        let text = format!(
            r#"{{"z":[1 , 2],"manifests":[{other}],"schemaVersion":2,"big":123456789012345678901234567890}}"#
        );
        let mut index = IndexFile::read(text.as_bytes()).expect("an index");
        assert_eq!(index.written(), text);
        index.put(&with_ref_name(&entry("new"), "b"));
        let written = index.written();
        assert!(
            written.starts_with(&text[..text.find("],\"schema").expect("its end")]),
            "{written}"
        );
        assert!(written.ends_with(r#"],"schemaVersion":2,"big":123456789012345678901234567890}"#));
        let added = index.entries().pop().expect("the new one");
        index.remove(&added);
        assert_eq!(index.written(), text);
    }

    #[test]
    fn an_entry_takes_the_place_of_those_of_its_name() {
        let mut index = IndexFile::read(IndexFile::empty().as_bytes()).expect("an index");
        for (content, name) in [("1", "a"), ("2", "b"), ("3", "c"), ("4", "a")] {
            index.put(&with_ref_name(&entry(content), name));
        }
        assert_eq!(names(&index), ["a", "b", "c"]);
        assert_eq!(index.entries()[0].digest, entry("4").digest);
        for _ in 0..2 {
            index.put(&entry("5"));
        }
        index.put(&entry("6"));
        assert_eq!(names(&index), ["a", "b", "c", "-", "-"]);

        let image = |name: &str, content: &str| {
            with_image_name(&entry(content), &name.parse().expect("a name"))
        };
        index.put(&image("one:b", "7"));
        index.put(&image("two:b", "8"));
        index.put(&image("one:b", "9"));
        assert_eq!(names(&index), ["a", "b", "c", "-", "-", "b"]);
        assert_eq!(index.entries()[1].digest, entry("9").digest);
    }

    #[test]
    fn an_index_without_a_list_gets_one_and_a_broken_one_is_refused() {
        for text in [
            r#"{"schemaVersion":2}"#,
            r#"{"schemaVersion":2,"manifests":null}"#,
        ] {
            let mut index = IndexFile::read(text.as_bytes()).expect("an index");
            index.put(&entry("1"));
            assert!(
                index
                    .written()
                    .starts_with(r#"{"schemaVersion":2,"manifests":[{"digest":"#)
            );
        }
        for text in ["[]", "", r#"{"manifests":{}}"#, r#"{"manifests":[{}]}"#] {
            IndexFile::read(text.as_bytes()).expect_err(text);
        }
    }
}
