//! Reading the JSON documents of engines, which send null where something is empty.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::shared::Shared;
use crate::call::Call;
use crate::error::{Context, Error, Result};
use crate::http::Request;
use crate::json_object;

/// A document that answered a request, and where it came from.
pub(super) struct Document {
    bytes: Vec<u8>,
    context: Box<Context>,
}

impl Shared {
    /// The document of at most `limit` bytes that answers a request.
    pub(super) fn document(
        &self,
        request: Request<'_>,
        limit: usize,
        call: &mut Call<'_>,
    ) -> Result<Document> {
        let mut response = self.send(request, 200, call)?;
        let bytes = response.body.document(call, limit)?;
        Ok(Document {
            bytes,
            context: response.body.context(call),
        })
    }
}

impl Document {
    pub(super) fn read<'d, T: Deserialize<'d>>(&'d self) -> Result<T> {
        json_object::read(&self.bytes).map_err(|error| self.not_understood(&error))
    }

    /// Reads a list whose entries keep their own text.
    pub(super) fn read_list<T, R>(&self, make: impl Fn(T, &str) -> R) -> Result<Vec<R>>
    where
        T: DeserializeOwned,
    {
        let entries: Option<Vec<&RawValue>> =
            serde_json::from_slice(&self.bytes).map_err(|error| self.not_understood(&error))?;
        // Engines write an empty list as null.
        let entries = entries.into_iter().flatten();
        entries
            .map(|entry| {
                let read = json_object::read(entry.get().as_bytes());
                let read = read.map_err(|error| self.not_understood(&error))?;
                Ok(make(read, entry.get()))
            })
            .collect()
    }

    /// The whole document as text.
    pub(super) fn into_text(self) -> Result<String> {
        String::from_utf8(self.bytes).map_err(|_| Error::Protocol {
            context: self.context,
            what: "the document is not UTF-8".into(),
        })
    }

    fn not_understood(&self, error: &serde_json::Error) -> Error {
        Error::Protocol {
            context: self.context.clone(),
            what: format!("the document is not understood: {error}"),
        }
    }
}

/// `{"key":{"value":true}}`, the form of filters that every engine reads.
pub(super) fn filters_json(filters: &[(String, String)]) -> String {
    let mut keys = serde_json::Map::new();
    for (key, value) in filters {
        let values = keys.entry(key).or_insert_with(|| serde_json::json!({}));
        if let Some(values) = values.as_object_mut() {
            values.insert(value.clone(), true.into());
        }
    }
    serde_json::Value::Object(keys).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_one_document() {
        let filter = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let filters = [
            filter("label", "a=b"),
            filter("label", "c"),
            filter("dangling", "true"),
        ];
        assert_eq!(
            filters_json(&filters),
            r#"{"dangling":{"true":true},"label":{"a=b":true,"c":true}}"#
        );
    }
}
