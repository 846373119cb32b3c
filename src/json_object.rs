//! Reading a JSON document that is an object.

use serde::Deserialize;
use serde::de::{Error, Unexpected};

/// Reads a document. A list is none: serde would take its entries for the members in their order, and an empty one for an
/// object whose members are all left out, so that "nothing understood" became "there is nothing".
pub(crate) fn read<'d, T: Deserialize<'d>>(document: &'d [u8]) -> serde_json::Result<T> {
    match document.trim_ascii_start().first() {
        Some(b'[') => Err(Error::invalid_type(Unexpected::Seq, &"an object")),
        _ => serde_json::from_slice(document),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Named {
        name: String,
    }

    #[test]
    fn a_list_is_no_object_without_members() {
        for list in ["[]", " \n\t[\"a\"]", "[{}]"] {
            let error = read::<Named>(list.as_bytes()).expect_err(list);
            assert!(error.to_string().contains("expected an object"), "{error}");
        }
        assert_eq!(read::<Named>(b" {}").expect("one"), Named::default());
        assert_eq!(read::<Option<Named>>(b"null").expect("none"), None);
    }
}
