//! What a registry says when it refuses (the distribution specification, "Error Codes"), read leniently: what answers
//! may be a registry, its token service, a proxy or a web page.

use serde_json::Value;

use super::challenge;
use crate::call::Call;
use crate::error::{Answer, Error, ErrorKind, Result};
use crate::http::Response;

/// An error text larger than this is not a text for people.
const MAX_ERROR_BODY: usize = 64 * 1024;

/// As much of a peer's message is kept.
const MAX_MESSAGE: usize = 1024;

/// Gives the answer back when its status is one of `wanted`, else an error that says what the peer said.
pub(super) fn expect(response: Response, wanted: &[u16], call: &mut Call<'_>) -> Result<Response> {
    if wanted.contains(&response.status) {
        Ok(response)
    } else {
        Err(refused(response, call))
    }
}

/// The error that an answer is whose status was not expected.
pub(super) fn refused(mut response: Response, call: &mut Call<'_>) -> Error {
    if response.status < 400 {
        return Error::Protocol {
            context: response.body.context(call),
            what: match response.status {
                300..400 => format!("a redirect ({})", response.status),
                status => format!("status {status}"),
            },
        };
    }
    let body = match read_some(&mut response, call) {
        Ok(body) => body,
        Err(error) => return error,
    };
    let mut answer = answer(response.status, &body);
    answer.retry_after = response.retry_after();
    if answer.code.is_empty() && answer.message.is_empty() {
        let (code, message) = challenge::reason(response.headers("www-authenticate"));
        (answer.code, answer.message) = (shown(&code), shown(&message));
    }
    Error::Refused {
        context: response.body.context(call),
        answer: Box::new(answer),
    }
}

/// The beginning of a body. A body that breaks off takes nothing away from the status, but a stop is a stop.
pub(super) fn read_some(response: &mut Response, call: &mut Call<'_>) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    let mut buffer = vec![0; 8 * 1024];
    while body.len() < MAX_ERROR_BODY {
        match response.body.read(call, &mut buffer) {
            Ok(0) => break,
            Ok(read) => body.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::ConnectionLost => break,
            Err(error) => return Err(error),
        }
    }
    Ok(body)
}

/// What a refusal with this status and body means.
fn answer(status: u16, body: &[u8]) -> Answer {
    let (code, message) = code_and_message(body);
    Answer {
        kind: kind(status, &code, &message),
        status,
        code,
        message,
        retry_after: None,
    }
}

fn kind(status: u16, code: &str, message: &str) -> ErrorKind {
    let is_refusal = (400..=499).contains(&status);
    match code {
        "TOOMANYREQUESTS" => return ErrorKind::RateLimited,
        "NAME_UNKNOWN" | "MANIFEST_UNKNOWN" | "BLOB_UNKNOWN" if is_refusal => {
            return ErrorKind::NotFound;
        }
        "UNKNOWN" if message.to_ascii_lowercase().contains("not found") => {
            return ErrorKind::NotFound;
        }
        _ => {}
    }
    match (status, code) {
        (401, _) => ErrorKind::Unauthorized,
        (403, _) => ErrorKind::Denied,
        (404, _) => ErrorKind::NotFound,
        (409 | 412 | 423, _) => ErrorKind::Conflict,
        (413, _) => ErrorKind::TooLarge,
        (429, _) => ErrorKind::RateLimited,
        (507, _) => ErrorKind::NoSpace,
        (_, "DENIED") if is_refusal => ErrorKind::Denied,
        (405 | 501, _) => ErrorKind::Unsupported,
        (_, "UNSUPPORTED") if is_refusal => ErrorKind::Unsupported,
        // The last two are what token services say of an identity token that has ended.
        (_, "UNAUTHORIZED" | "invalid_grant" | "invalid_client") if is_refusal => {
            ErrorKind::Unauthorized
        }
        _ => ErrorKind::Registry,
    }
}

/// The first code, and all messages. There are half a dozen shapes of error documents besides the specified one.
fn code_and_message(body: &[u8]) -> (String, String) {
    let document = match serde_json::from_slice(body) {
        Ok(Value::Object(document)) => document,
        Ok(_) | Err(_) => return (String::new(), plain(body)),
    };
    let errors = match document.get("errors") {
        Some(Value::Array(errors)) if !errors.is_empty() => errors.clone(),
        _ => vec![Value::Object(document)],
    };
    // Codes and messages may be absent: the status counts then.
    let code = ["code", "error"]
        .iter()
        .find_map(|name| errors.first()?.get(name).map(text))
        .unwrap_or_default();
    let mut messages: Vec<_> = errors.iter().map(message).collect();
    messages.retain(|message| !message.is_empty());
    messages.dedup();
    (shown(&code), shown(&messages.join("; ")))
}

/// Empty where there is none: the status counts then, as it does for codes.
fn message(error: &Value) -> String {
    ["message", "error_description", "details", "detail"]
        .iter()
        .find_map(|name| error.get(name).map(text))
        .unwrap_or_default()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A body that is not JSON: a line of text, or a page of some proxy that nobody wants to read in an error.
fn plain(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if is_page(&text) {
        return "a web page instead of a registry's answer, perhaps from a proxy".into();
    }
    shown(&text)
}

/// Whether a body is HTML.
pub(super) fn is_page(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(14).collect();
    let start = start.to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// A peer's text as errors may show it: short, and without control characters.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for char in text.trim().chars() {
        if shown.len() + char.len_utf8() > MAX_MESSAGE {
            break;
        }
        shown.push(if char.is_control() { ' ' } else { char });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> (ErrorKind, String, String) {
        let answer = answer(status, body.as_bytes());
        (answer.kind, answer.code, answer.message)
    }

    #[test]
    fn every_shape_of_error_document_is_read() {
        for (body, code, message) in [
            (
                r#"{"errors":[{"code":"DENIED","message":"no","detail":[1]}]}"#,
                "DENIED",
                "no",
            ),
            (
                r#"{"errors":[{"code":"A","message":"a"},{"code":"B","message":"b"}]}"#,
                "A",
                "a; b",
            ),
            (r#"{"errors":[{"code":7}]}"#, "7", ""),
            (r#"{"errors":[null]}"#, "", ""),
            (r#"{"errors":null,"message":"m"}"#, "", "m"),
            (r#"{"errors":[],"details":"d"}"#, "", "d"),
            (r#"{"code":"C","message":"m"}"#, "C", "m"),
            (
                r#"{"error":"invalid_grant","error_description":"bad"}"#,
                "invalid_grant",
                "bad",
            ),
            (r#"["x"]"#, "", r#"["x"]"#),
            ("page not found\n", "", "page not found"),
            ("", "", ""),
            ("\u{1b}[31mred", "", "[31mred"),
        ] {
            let (_, own_code, own_message) = said(400, body);
            assert_eq!(
                (own_code.as_str(), own_message.trim()),
                (code, message),
                "{body}"
            );
        }
        let (kind, _, message) = said(413, "\n<!DOCTYPE HTML><html>…");
        assert_eq!(kind, ErrorKind::TooLarge);
        assert!(message.starts_with("a web page"), "{message}");
        assert_eq!(said(500, &"é".repeat(4000)).2.len(), MAX_MESSAGE);
    }

    #[test]
    fn what_does_not_exist_is_not_found_however_it_is_said() {
        let with =
            |code: &str| format!(r#"{{"errors":[{{"code":"{code}","message":"x Not Found"}}]}}"#);
        for (status, body) in [
            (404, String::new()),
            (404, "page not found".into()),
            (400, with("NAME_UNKNOWN")),
            (403, with("MANIFEST_UNKNOWN")),
            (500, with("UNKNOWN")),
        ] {
            assert_eq!(
                said(status, &body).0,
                ErrorKind::NotFound,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn codes_and_statuses_nobody_knows_are_still_errors() {
        for (status, code, kind) in [
            (401, "", ErrorKind::Unauthorized),
            (403, "DENIED", ErrorKind::Denied),
            (400, "DENIED", ErrorKind::Denied),
            (405, "UNSUPPORTED", ErrorKind::Unsupported),
            (400, "TOOMANYREQUESTS", ErrorKind::RateLimited),
            (429, "", ErrorKind::RateLimited),
            (412, "", ErrorKind::Conflict),
            (400, "GOOGLE_MANIFEST_DANGLING_TAG", ErrorKind::Registry),
            (599, "NEVER_SEEN", ErrorKind::Registry),
        ] {
            let body = format!(r#"{{"errors":[{{"code":"{code}"}}]}}"#);
            assert_eq!(said(status, &body).0, kind, "{status} {code}");
        }
    }
}
