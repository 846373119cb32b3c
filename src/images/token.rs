//! The token that proves to a cluster's registry who asks: where it comes from, and what is not taken for one.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bounded_file;
use crate::error::{Error, Result};

/// A token is one line that travels in the head of a request, for which servers have 8 to 64 KiB.
const MAX_TOKEN_FILE: u64 = 64 * 1024;

/// Where a token comes from. It is got whenever a credential is needed, so one that was renewed is seen; a newline at
/// its end does not belong to it.
///
/// An empty token, and one with control characters, ends the call that needs it, with
/// [`Credentials`](crate::ErrorKind::Credentials).
///
/// Its `Debug` shows where it comes from, never the token.
#[derive(Clone)]
#[non_exhaustive]
pub enum Token {
    /// The token itself.
    Value(String),
    /// The file that holds the token and nothing else.
    File(PathBuf),
    /// Gives the token. An error ends the call that needs it; when it is [`Error::Credentials`] with an empty `host`, it
    /// gets the host of the registry.
    ///
    /// It is called only on a thread that makes a call, possibly on several at the same time, and no lock is held
    /// meanwhile. It must not use the handle whose registry wants the token
    /// ([`InvalidState`](crate::ErrorKind::InvalidState)).
    Callback(Arc<dyn Fn() -> Result<String> + Send + Sync>),
}

impl Token {
    /// The token as it is now, for the registry `host`.
    pub(super) fn get(&self, host: &str) -> Result<String> {
        let failed = |reason| Error::Credentials {
            host: host.to_owned(),
            reason,
            source: None,
        };
        let (origin, text) = match self {
            Token::Value(text) => ("the token of the configuration".to_owned(), text.clone()),
            Token::File(path) => {
                let origin = format!("the token file {}", path.display());
                match read(path) {
                    Ok(text) => (origin, text),
                    Err(reason) => return Err(failed(format!("{origin}: {reason}"))),
                }
            }
            Token::Callback(ask) => {
                let text = ask().map_err(|error| at_host(error, host))?;
                ("what the token callback gave".to_owned(), text)
            }
        };
        checked(&text).map_err(|reason| failed(format!("{origin} {reason}")))
    }
}

fn read(path: &Path) -> Result<String, String> {
    let bytes = bounded_file::read(path, MAX_TOKEN_FILE).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

fn at_host(error: Error, host: &str) -> Error {
    match error {
        Error::Credentials {
            host: unknown,
            reason,
            source,
        } if unknown.is_empty() => Error::Credentials {
            host: host.to_owned(),
            reason,
            source,
        },
        other => other,
    }
}

/// The token in a text; the reason why it is none does not repeat it.
fn checked(text: &str) -> Result<String, &'static str> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let token = line.strip_suffix('\r').unwrap_or(line);
    if token.is_empty() {
        return Err("is empty");
    }
    match token.contains(|char: char| char.is_control()) {
        true => Err("has control characters"),
        false => Ok(token.to_owned()),
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Value(_) => f.debug_tuple("Value").finish_non_exhaustive(),
            Token::File(path) => f.debug_tuple("File").field(path).finish(),
            Token::Callback(_) => f.debug_tuple("Callback").finish_non_exhaustive(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::testing::Folder;
    use crate::error::ErrorKind;

    fn got(token: &Token) -> String {
        token.get("h").expect("a token")
    }

    fn reason(token: &Token) -> String {
        let error = token.get("h.example").expect_err("no token");
        assert_eq!(error.kind(), ErrorKind::Credentials);
        let text = format!("{error} {error:?} {}", error.report());
        assert!(text.contains("h.example"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
        text
    }

    fn gives(text: &'static str) -> Token {
        Token::Callback(Arc::new(move || Ok(text.to_owned())))
    }

    #[test]
    fn the_newline_at_the_end_of_a_token_does_not_belong_to_it() {
        let folder = Folder::new("token");
        for text in ["s3cret", "s3cret\n", "s3cret\r\n"] {
            let file = Token::File(folder.write("token", text));
            for token in [Token::Value(text.into()), file, gives(text)] {
                assert_eq!(got(&token), "s3cret", "{token:?}");
            }
        }
        assert_eq!(got(&gives(" inner blanks stay ")), " inner blanks stay ");
    }

    #[test]
    fn what_is_no_token_is_told_by_its_place_and_not_shown() {
        let folder = Folder::new("token");
        for text in [
            "",
            "\n",
            "\r\n",
            "s3cret\n\n",
            "s3cret\nline",
            "s3\0cret",
            "s3cret\x1b[0m",
        ] {
            let path = folder.write("its-file", text);
            assert!(reason(&Token::File(path)).contains("its-file"), "{text:?}");
            let value = reason(&Token::Value(text.into()));
            assert!(value.contains("the configuration"), "{value}");
            let callback = reason(&gives(text));
            assert!(callback.contains("callback"), "{callback}");
        }
    }

    #[test]
    fn a_token_file_that_cannot_be_read_is_named_with_the_reason() {
        let folder = Folder::new("token");
        let long = "s3cret".repeat(20_000);
        for (path, expected) in [
            (folder.path().join("absent"), "No such file"),
            (folder.path().to_owned(), "Is a directory"),
            (folder.write("long", &long), "too long"),
        ] {
            let text = reason(&Token::File(path.clone()));
            assert!(text.contains(expected), "{text}");
            assert!(text.contains(folder.text()), "{text}");
        }
        let path = folder.path().join("bytes");
        std::fs::write(&path, b"s3cret\xff").expect("a file");
        assert!(reason(&Token::File(path)).contains("UTF-8"));
    }

    #[test]
    fn a_token_that_was_renewed_is_seen() {
        let folder = Folder::new("token");
        let token = Token::File(folder.write("token", "first\n"));
        assert_eq!(got(&token), "first");
        folder.write("token", "second\n");
        assert_eq!(got(&token), "second");
    }

    #[test]
    fn an_error_of_the_callback_is_told_as_it_is_with_the_host_where_it_has_none() {
        let fails = |error: fn() -> Error| Token::Callback(Arc::new(move || Err(error())));
        let locked = fails(|| Error::InvalidState("the keyring is locked".into()));
        let error = locked.get("h").expect_err("locked");
        assert_eq!(error.to_string(), "the keyring is locked");
        let without_host = fails(|| Error::Credentials {
            host: String::new(),
            reason: "log in first".into(),
            source: None,
        });
        let error = without_host.get("h").expect_err("not logged in");
        assert_eq!(error.to_string(), "credentials for h: log in first");
    }

    #[test]
    fn debug_shows_where_a_token_comes_from_and_not_what_it_is() {
        assert_eq!(format!("{:?}", Token::Value("s3cret".into())), "Value(..)");
        assert_eq!(format!("{:?}", gives("s3cret")), "Callback(..)");
        let file = Token::File("/run/token".into());
        assert_eq!(format!("{file:?}"), r#"File("/run/token")"#);
    }
}
