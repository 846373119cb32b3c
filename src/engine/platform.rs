//! Platforms in requests, which are texts for pulls and imports and JSON everywhere else.

use serde::Serialize;

use crate::error::{Error, Result};

#[derive(Serialize)]
struct PlatformDocument<'p> {
    os: &'p str,
    architecture: &'p str,
    #[serde(skip_serializing_if = "str::is_empty")]
    variant: &'p str,
}

/// Checks `os[/arch[/variant]]`.
pub(super) fn platform_text(text: &str) -> Result<&str> {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    if text.split('/').count() <= 3 && text.split('/').all(is_word) {
        return Ok(text);
    }
    Err(Error::InvalidArgument {
        argument: "platform",
        reason: format!("{text:?} is not of the form os[/arch[/variant]], such as linux/arm64/v8"),
    })
}

/// The JSON for `os/arch[/variant]`.
pub(super) fn platform_json(text: &str) -> Result<String> {
    let mut words = platform_text(text)?.split('/');
    let (os, architecture, variant) = (words.next(), words.next(), words.next());
    match (os, architecture) {
        (Some(os), Some(architecture)) => {
            let document = PlatformDocument {
                os,
                architecture,
                // Most processors have none, and then the document has no such field.
                variant: variant.unwrap_or(""),
            };
            serde_json::to_string(&document).map_err(|error| Error::InvalidArgument {
                argument: "platform",
                reason: error.to_string(),
            })
        }
        _ => Err(Error::InvalidArgument {
            argument: "platform",
            reason: format!(
                "{text:?} lacks the architecture, which is needed here: os/arch[/variant]"
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_has_the_form_that_each_request_wants() {
        assert_eq!(
            platform_json("linux/arm64/v8").expect("a platform"),
            r#"{"os":"linux","architecture":"arm64","variant":"v8"}"#
        );
        assert_eq!(platform_text("linux").expect("a platform"), "linux");
        assert!(platform_json("linux").is_err());
        for text in ["", "/", "linux/", "a/b/c/d", "li nux/x"] {
            assert!(platform_text(text).is_err(), "{text}");
        }
    }
}
