//! The names on one page of a list.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny};

use crate::json_object;

/// Which list a page is of.
#[derive(Clone, Copy)]
pub(super) enum List {
    Tags,
    Repositories,
}

/// A list that was emptied is `null` or absent in some registries.
#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    tags: Option<Vec<Entry>>,
    #[serde(default)]
    repositories: Option<Vec<Entry>>,
}

/// The names of a page, and how many entries it has: some registries list `null` or an empty text among them.
pub(super) fn names(list: List, document: &[u8]) -> serde_json::Result<(Vec<String>, usize)> {
    let page: Page = json_object::read(document)?;
    let entries = match list {
        List::Tags => page.tags,
        List::Repositories => page.repositories,
    };
    let Some(entries) = entries else {
        return Ok((Vec::new(), 0));
    };
    let length = entries.len();
    let names = entries.into_iter().filter_map(|Entry(name)| name);
    Ok((names.filter(|name| !name.is_empty()).collect(), length))
}

/// A name, or what is none.
struct Entry(Option<String>);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entry, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, name: &str) -> Result<Entry, E> {
                Ok(Entry(Some(name.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Entry, E> {
                Ok(Entry(None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Entry, E> {
                Ok(Entry(None))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Entry, E> {
                Ok(Entry(None))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Entry, E> {
                Ok(Entry(None))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Entry, E> {
                Ok(Entry(None))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Entry, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Entry(None))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Entry(None))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_is_left_out_and_counted() {
        let document = br#"{"name":"a","tags":["1",null,"",7,-7,1.5,true,["x"],{"y":"z"},"2"]}"#;
        let (tags, length) = names(List::Tags, document).expect("a page");
        assert_eq!(
            (&*tags, length),
            (&["1".to_owned(), "2".to_owned()][..], 10)
        );
        assert_eq!(names(List::Repositories, document).expect("none").1, 0);
        for empty in [&b"{}"[..], br#"{"tags":null}"#, br#"{"tags":[]}"#] {
            assert_eq!(names(List::Tags, empty).expect("a page").1, 0);
        }
        for broken in [&b""[..], b"7", br#"{"tags":"x"}"#, br#"{"tags":["x"#] {
            names(List::Tags, broken).expect_err("malformed");
        }
    }
}
