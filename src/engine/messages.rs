//! The stream of JSON messages by which an engine tells how a transfer goes.
//!
//! dockerd ends each message with CR LF, podman with LF, and either may split or join them at will, so they are read
//! as JSON values and not as lines or chunks.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::call::Call;
use crate::error::{Context, Error, Result};
use crate::http::{Incoming, Response};

/// A longer message is not from an engine.
const MAX_MESSAGE: usize = 4 * 1024 * 1024;

/// How much is read at once; one message has about 200 bytes.
const READ_SIZE: usize = 16 * 1024;

/// One message. Every field may be absent or of an unexpected type, and unknown ones are welcome.
#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'm"))]
pub(super) struct Message<'m> {
    #[serde(default, deserialize_with = "text")]
    status: Option<Cow<'m, str>>,
    #[serde(default, deserialize_with = "text")]
    id: Option<Cow<'m, str>>,
    #[serde(default, deserialize_with = "text")]
    stream: Option<Cow<'m, str>>,
    #[serde(default, borrow, rename = "progressDetail")]
    detail: Option<&'m RawValue>,
    #[serde(default, borrow, rename = "errorDetail")]
    error_detail: Option<&'m RawValue>,
    #[serde(default, borrow)]
    error: Option<&'m RawValue>,
    #[serde(default, borrow)]
    pub(super) aux: Option<&'m RawValue>,
}

/// The numbers of a message.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Detail<'m> {
    #[serde(default)]
    pub(super) current: Option<i64>,
    #[serde(default)]
    pub(super) total: Option<i64>,
    #[serde(default, borrow)]
    pub(super) units: Option<&'m str>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'm"))]
struct ErrorDetail<'m> {
    #[serde(default, deserialize_with = "text")]
    message: Option<Cow<'m, str>>,
}

/// A text, borrowed where it holds no escapes (nearly all do not); anything else is no text.
fn text<'de: 'm, 'm, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'m, str>>, D::Error> {
    let value = <&'de RawValue>::deserialize(deserializer)?.get();
    let plain = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match plain {
        Some(plain) if !plain.contains('\\') => Ok(Some(Cow::Borrowed(plain))),
        Some(_) => serde_json::from_str(value)
            .map(|text| Some(Cow::Owned(text)))
            .map_err(D::Error::custom),
        None => Ok(None),
    }
}

impl<'m> Message<'m> {
    /// How the transfer goes, in the engine's words; "" in a message that tells something else.
    pub(super) fn status(&self) -> &str {
        self.status.as_deref().unwrap_or("")
    }

    /// A line of output, without its end; "" in a message that tells something else.
    pub(super) fn stream(&self) -> &str {
        self.stream.as_deref().unwrap_or("").trim_end()
    }

    /// What the message is about: a layer, a tag or a whole reference.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The numbers; none when they are absent or not understood, because an engine's way of counting is no reason to
    /// fail a transfer that goes well.
    pub(super) fn detail(&self) -> Detail<'m> {
        match self.detail.map(|detail| serde_json::from_str(detail.get())) {
            Some(Ok(detail)) => detail,
            Some(Err(_)) | None => Detail::default(),
        }
    }

    /// The engine's reason, when this message says that the operation failed. Whatever shape it has, it is one.
    pub(super) fn failure(&self) -> Option<String> {
        let detail = self
            .error_detail
            .map(RawValue::get)
            .filter(|detail| *detail != "null");
        let error = self
            .error
            .map(RawValue::get)
            .filter(|error| *error != "null");
        let raw = detail.or(error)?;
        if let Some(Ok(ErrorDetail {
            message: Some(message),
        })) = detail.map(serde_json::from_str)
        {
            return Some(message.into_owned());
        }
        match error.map(serde_json::from_str::<String>) {
            Some(Ok(text)) => Some(text),
            Some(Err(_)) | None => Some(raw.to_owned()),
        }
    }
}

/// The messages of an answer, one after the other.
pub(super) struct Messages {
    body: Incoming,
    splitter: Splitter,
    read_buffer: Vec<u8>,
}

impl Messages {
    /// Fails when the answer does not say where it ends: a cut would look like success.
    pub(super) fn new(response: Response, call: &Call<'_>) -> Result<Messages> {
        if !response.body.has_end() {
            return Err(Error::Protocol {
                context: response.body.context(call),
                what: "the stream has neither a length nor chunks, so that its end cannot be told from a cut"
                    .into(),
            });
        }
        Ok(Messages {
            body: response.body,
            splitter: Splitter::default(),
            read_buffer: vec![0; READ_SIZE],
        })
    }

    /// The next message with its text; `None` at the verified end of the stream.
    pub(super) fn next(&mut self, call: &mut Call<'_>) -> Result<Option<(&str, Message<'_>)>> {
        while !self
            .splitter
            .advance()
            .map_err(|what| self.broken(call, what))?
        {
            let read = self.body.read(call, &mut self.read_buffer)?;
            if read == 0 {
                return match self.splitter.is_inside_a_value() {
                    true => Err(self.broken(call, "the stream ends inside a message")),
                    false => Ok(None),
                };
            }
            self.splitter.feed(&self.read_buffer[..read]);
        }
        let text = str::from_utf8(self.splitter.value())
            .map_err(|_| self.broken(call, "a message is not UTF-8"))?;
        let message = serde_json::from_str(text)
            .map_err(|error| self.broken(call, &format!("a message is not JSON: {error}")))?;
        Ok(Some((text, message)))
    }

    /// Leaves the stream before its end.
    pub(super) fn hang_up(&mut self, call: &mut Call<'_>) {
        self.body.hang_up(call);
    }

    pub(super) fn context(&self, call: &Call<'_>) -> Box<Context> {
        self.body.context(call)
    }

    fn broken(&self, call: &Call<'_>, what: &str) -> Error {
        Error::Protocol {
            context: self.body.context(call),
            what: what.to_owned(),
        }
    }
}

/// Finds where JSON objects end, looking at every byte once.
#[derive(Default)]
pub(super) struct Splitter {
    buffer: Vec<u8>,
    /// The last value found is `buffer[start..end]`.
    start: usize,
    end: usize,
    /// Everything before it was looked at.
    scanned: usize,
    depth: usize,
    in_string: bool,
}

impl Splitter {
    /// Takes more bytes, in place of those that are done.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let done = if self.depth > 0 {
            self.start
        } else {
            self.scanned
        };
        self.buffer.drain(..done);
        self.scanned -= done;
        self.start = 0;
        self.end = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Moves on to the next value; false when more bytes are needed to complete it.
    pub(super) fn advance(&mut self) -> Result<bool, &'static str> {
        while let Some(byte) = self.buffer.get(self.scanned).copied() {
            if self.in_string {
                self.pass_string();
                continue;
            }
            let at = self.scanned;
            self.scanned += 1;
            if self.step(at, byte)? {
                self.end = self.scanned;
                return Ok(true);
            }
        }
        match self.depth > 0 && self.scanned - self.start > MAX_MESSAGE {
            true => Err("a message is longer than 4 MiB"),
            false => Ok(false),
        }
    }

    /// Goes to the end of the string, or of the bytes: most bytes of a message are in strings.
    fn pass_string(&mut self) {
        while let Some(byte) = self.buffer.get(self.scanned) {
            self.scanned += 1;
            match byte {
                b'"' => {
                    self.in_string = false;
                    return;
                }
                // What is escaped may be still to come.
                b'\\' => self.scanned += 1,
                _ => {}
            }
        }
    }

    /// Looks at one byte that is in no string; true when it ends a value.
    fn step(&mut self, at: usize, byte: u8) -> Result<bool, &'static str> {
        match byte {
            b'{' | b'[' if self.depth > 0 || byte == b'{' => {
                if self.depth == 0 {
                    self.start = at;
                }
                self.depth += 1;
                Ok(false)
            }
            b'}' | b']' if self.depth > 0 => {
                self.depth -= 1;
                Ok(self.depth == 0)
            }
            b'"' if self.depth > 0 => {
                self.in_string = true;
                Ok(false)
            }
            _ if self.depth > 0 || byte.is_ascii_whitespace() => Ok(false),
            _ => Err("the stream holds something that is not a JSON object"),
        }
    }

    pub(super) fn value(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    pub(super) fn is_inside_a_value(&self) -> bool {
        self.depth > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values that come out when `text` arrives in pieces of `size` bytes.
    fn split(text: &str, size: usize) -> Result<Vec<String>, &'static str> {
        let mut splitter = Splitter::default();
        let mut values = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            splitter.feed(piece);
            while splitter.advance()? {
                values.push(String::from_utf8(splitter.value().to_vec()).expect("UTF-8"));
            }
        }
        if splitter.is_inside_a_value() {
            Err("inside")
        } else {
            Ok(values)
        }
    }

    #[test]
    fn messages_are_found_however_they_are_cut_and_joined() {
        let one = r#"{"status":"a } \" \\","progressDetail":{"current":1},"aux":[{}]}"#;
        let two = r#"{"id":"ü"}"#;
        for stream in [
            format!("{one}\r\n{two}\r\n"),
            format!("{one}{two}"),
            format!("\n\n{one}\n\n{two}"),
        ] {
            for size in 1..=stream.len() {
                assert_eq!(split(&stream, size).expect("whole"), [one, two], "{size}");
            }
        }
    }

    #[test]
    fn a_cut_or_foreign_stream_is_never_taken_for_a_whole_one() {
        let whole = r#"{"status":"x"}"#;
        for cut in 1..whole.len() {
            assert_eq!(split(&whole[..cut], 3), Err("inside"));
        }
        assert!(split("<html>", 10).is_err());
        assert!(split("[1]", 10).is_err());
        assert!(split("}", 10).is_err());
    }

    #[test]
    fn a_message_without_an_end_is_left_after_4_mib() {
        for start in ["{\"status\":\"", "{", "{\"a\":["] {
            let endless = start.repeat(MAX_MESSAGE / start.len() + READ_SIZE);
            let error = split(&endless, READ_SIZE);
            assert_eq!(error.expect_err(start), "a message is longer than 4 MiB");
        }
    }

    fn parse(text: &str) -> Message<'_> {
        serde_json::from_str(text).expect(text)
    }

    #[test]
    fn an_error_is_seen_in_every_shape() {
        for (text, reason) in [
            (r#"{"errorDetail":{"message":"m"},"error":"m"}"#, "m"),
            (r#"{"error":"m","errorDetail":{"message":"m"}}"#, "m"),
            (r#"{"error":"format error"}"#, "format error"),
            (r#"{"errorDetail":{"code":1},"error":"m"}"#, "m"),
            (r#"{"errorDetail":{"code":1}}"#, r#"{"code":1}"#),
            (r#"{"error":{"x":1}}"#, r#"{"x":1}"#),
            (
                r#"{"progressDetail":{},"errorDetail":{"message":"a \"b\""}}"#,
                "a \"b\"",
            ),
        ] {
            assert_eq!(parse(text).failure().expect(text), reason);
        }
        assert_eq!(
            parse(r#"{"status":"x","error":null,"errorDetail":null}"#).failure(),
            None
        );
    }

    #[test]
    fn a_message_with_odd_fields_does_not_fail_the_transfer() {
        for text in [
            "{}",
            r#"{"id":"Total"}"#,
            r#"{"status":1,"id":null,"progressDetail":"x","new":[1]}"#,
            r#"{"progressDetail":null}"#,
        ] {
            assert_eq!(parse(text).detail(), Detail::default(), "{text}");
            assert_eq!(parse(text).status, None, "{text}");
        }
        let detail = parse(r#"{"progressDetail":{"current":1,"units":"s"}}"#).detail();
        assert_eq!(
            detail,
            Detail {
                current: Some(1),
                total: None,
                units: Some("s")
            }
        );
    }
}
