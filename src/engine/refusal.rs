//! What an engine says when it refuses, and which kind of refusal that is.
//!
//! The status alone says little: engines wrap what registries say into 404 and 500, and most failures of transfers
//! arrive inside a stream that began with 200. The texts below were recorded on dockerd 20.10 and 29.7 with both image
//! stores and on podman 4.3.

use serde::Deserialize;

use crate::call::Call;
use crate::error::{Answer, Context, Error, ErrorKind};
use crate::http::Response;

/// More of an error's body is not read.
const MAX_ERROR_BODY: usize = 1024 * 1024;

/// The error of an answer whose status is none of the expected ones.
pub(super) fn refused(mut response: Response, call: &mut Call<'_>) -> Error {
    let body = match response.body.document(call, MAX_ERROR_BODY) {
        Ok(body) => body,
        Err(error) => return error,
    };
    let message = message_of(&body);
    let status = response.status;
    let retry_after = response.retry_after();
    let context = response.body.context(call);
    let kind = kind_of(status, &message, &context);
    let answer = Answer {
        kind,
        status,
        code: String::new(),
        message,
        retry_after,
    };
    Error::Refused {
        context,
        answer: Box::new(answer),
    }
}

/// The error of a message inside a stream.
pub(super) fn refused_in_stream(message: String, context: Box<Context>) -> Error {
    let kind = kind_of(200, &message, &context);
    let answer = Answer {
        kind,
        status: 200,
        code: String::new(),
        message,
        retry_after: None,
    };
    Error::Refused {
        context,
        answer: Box::new(answer),
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    message: Option<String>,
    #[serde(rename = "errorDetail")]
    error_detail: Option<ErrorDetail>,
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Deserialize)]
struct ErrorDetail {
    message: Option<String>,
}

/// dockerd says `message`; podman adds `cause`, and newer ones answer a failed push with an object of the stream.
/// Versions below 1.24 and proxies send text.
fn message_of(body: &[u8]) -> String {
    let said = match serde_json::from_slice::<ErrorBody>(body) {
        Ok(error) => error
            .message
            .or(error.error_detail.and_then(|detail| detail.message))
            .or(error.error)
            .or(error.cause),
        Err(_) => None,
    };
    said.unwrap_or_else(|| String::from_utf8_lossy(body).trim().to_owned())
}

/// What an engine says when it does not have the function at all.
const UNKNOWN_FUNCTION: &[&str] = &["page not found", "Not Found", "Method Not Allowed"];

fn kind_of(status: u16, message: &str, context: &Context) -> ErrorKind {
    if matches!(status, 404 | 405) && UNKNOWN_FUNCTION.contains(&message) {
        return ErrorKind::Unsupported;
    }
    if let Some(kind) = kind_of_text(&without_names(message, context)) {
        return kind;
    }
    match status {
        400 => ErrorKind::InvalidArgument,
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Denied,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        413 => ErrorKind::TooLarge,
        429 => ErrorKind::RateLimited,
        501 => ErrorKind::Unsupported,
        _ => ErrorKind::Engine,
    }
}

/// The message in lower case, without the images that it is about: a repository may be called `denied`.
fn without_names(message: &str, context: &Context) -> String {
    let mut text = message.to_lowercase();
    let path = context.stage.split_once("/images/").map(|(_, path)| path);
    let in_path = path.and_then(|path| path.rsplit_once('/'));
    let in_path = in_path.map(|(name, _)| name);
    for name in context.subject.split_whitespace().chain(in_path) {
        let name = name.to_lowercase();
        // Engines leave the tag out at times, or add one.
        let tagged = name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
        let repository = tagged.map_or(name.as_str(), |(repository, _)| repository);
        let latest = format!("{repository}:latest");
        for name in [&name, &latest, repository] {
            // One word alone could be what the engine has to say.
            if name.contains(['/', ':']) {
                text = text.replace(name, "");
            }
        }
    }
    text
}

/// The first row that matches counts.
const TEXTS: &[(ErrorKind, &[&str])] = &[
    (ErrorKind::Unsupported, &["client version"]),
    // podman says 500 where dockerd says 409.
    (
        ErrorKind::Conflict,
        &["please force removal", "must be forced"],
    ),
    (ErrorKind::NoSpace, &["no space left on device"]),
    (
        ErrorKind::RateLimited,
        &["toomanyrequests", "too many requests", "statuscode: 429"],
    ),
    (
        ErrorKind::TooLarge,
        &[
            "http 413",
            "413 request entity too large",
            "statuscode: 413",
        ],
    ),
    (
        ErrorKind::Unauthorized,
        &[
            "unauthorized",
            "no basic auth credentials",
            "authentication required",
            "incorrect username or password",
        ],
    ),
    (
        ErrorKind::Platform,
        &[
            "no matching manifest",
            "no match for platform",
            "no image found in manifest list",
            "does not provide the specified platform",
            "doesn't provide the requested platform",
            "does not match the specified platform",
        ],
    ),
    (ErrorKind::Engine, &["permission denied"]),
    (
        ErrorKind::Denied,
        &[
            "denied",
            "403 forbidden",
            "403 (forbidden)",
            "statuscode: 403",
            "insufficient_scope",
        ],
    ),
    (
        ErrorKind::RegistryUnreachable,
        &[
            "dial tcp",
            "no such host",
            "connection refused",
            "tls: ",
            "x509: ",
            "i/o timeout",
        ],
    ),
    (
        ErrorKind::NotFound,
        &[
            "manifest unknown",
            "name unknown",
            "no such image",
            "image not known",
            "does not exist",
            "not found",
        ],
    ),
];

fn kind_of_text(text: &str) -> Option<ErrorKind> {
    TEXTS
        .iter()
        .find(|(_, phrases)| phrases.iter().any(|phrase| text.contains(phrase)))
        .map(|(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(subject: &str) -> Context {
        Context {
            subject: subject.into(),
            ..Context::default()
        }
    }

    #[test]
    fn the_same_failure_has_the_same_kind_on_every_engine() {
        for (status, message, kind) in [
            (
                404,
                "manifest for h/r:t not found: manifest unknown: manifest unknown",
                ErrorKind::NotFound,
            ),
            (
                404,
                "failed to resolve reference \"h/r:t\": h/r:t: not found",
                ErrorKind::NotFound,
            ),
            (
                404,
                "pull access denied for h/r, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
                ErrorKind::Denied,
            ),
            (
                403,
                "error from registry: requested access to the resource is denied - d",
                ErrorKind::Denied,
            ),
            (
                500,
                "Head \"http://h/v2/r/manifests/1\": no basic auth credentials",
                ErrorKind::Unauthorized,
            ),
            (
                500,
                "unknown: failed to resolve reference: unexpected status from HEAD request to h: 401 Unauthorized",
                ErrorKind::Unauthorized,
            ),
            (
                200,
                "push access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials",
                ErrorKind::Unauthorized,
            ),
            (
                500,
                "toomanyrequests: You have reached your pull rate limit.",
                ErrorKind::RateLimited,
            ),
            (
                404,
                "no matching manifest for linux/s390x in the manifest list entries: no match for platform in manifest: not found",
                ErrorKind::Platform,
            ),
            (
                200,
                "Get \"http://h/v2/\": dial tcp 127.0.0.1:1: connect: connection refused",
                ErrorKind::RegistryUnreachable,
            ),
            (
                200,
                "write /var/lib/docker/tmp/x: no space left on device",
                ErrorKind::NoSpace,
            ),
            (
                200,
                "open /var/lib/docker/x: permission denied",
                ErrorKind::Engine,
            ),
            (
                409,
                "conflict: unable to delete 8d6dc7d77a3d (must be forced)",
                ErrorKind::Conflict,
            ),
            (
                400,
                "client version 1.43 is too old. Minimum supported API version is 1.44",
                ErrorKind::Unsupported,
            ),
            (
                500,
                "received unexpected HTTP status: 503 Service Unavailable",
                ErrorKind::Engine,
            ),
            (200, "tag does not exist: h/r:nope", ErrorKind::NotFound),
            (
                200,
                "trying to reuse blob at destination: failed to read from destination repository r: 403 (Forbidden)",
                ErrorKind::Denied,
            ),
            (
                200,
                "writing blob: uploading layer chunked: StatusCode: 413, <html>",
                ErrorKind::TooLarge,
            ),
            (
                200,
                "trying to reuse blob at destination: pinging container registry h: too many requests to registry",
                ErrorKind::RateLimited,
            ),
            (404, "Not Found", ErrorKind::Unsupported),
            (404, "page not found", ErrorKind::Unsupported),
        ] {
            assert_eq!(kind_of(status, message, &about("h/r:t")), kind, "{message}");
        }
    }

    #[test]
    fn a_repository_called_denied_is_not_denied() {
        let message = "An image does not exist locally with the tag: h/denied";
        for subject in ["h/denied", "h/denied:1", "demo/a:1 to h/denied:1"] {
            let kind = kind_of(200, message, &about(subject));
            assert_eq!(kind, ErrorKind::NotFound, "{subject}");
        }
        let asked = Context {
            stage: "GET /v1.41/images/h:1/denied:1/json".into(),
            ..about("demo/a:1")
        };
        let message = "no such image: h:1/denied:1: No such image: h:1/denied:1";
        assert_eq!(kind_of(404, message, &asked), ErrorKind::NotFound);
        let message = "No such image: denied:latest";
        assert_eq!(kind_of(404, message, &about("denied")), ErrorKind::NotFound);
        let message = "pull access denied for h:1/denied, repository does not exist";
        assert_eq!(kind_of(404, message, &asked), ErrorKind::Denied);
    }

    #[test]
    fn every_shape_of_an_error_body_gives_its_message() {
        for (body, message) in [
            (r#"{"message":"m"}"#, "m"),
            (r#"{"cause":"c","message":"m","response":404}"#, "m"),
            (r#"{"errorDetail":{"message":"m"},"error":"m"}"#, "m"),
            (r#"{"error":"m"}"#, "m"),
            ("plain text\n", "plain text"),
            ("", ""),
        ] {
            assert_eq!(message_of(body.as_bytes()), message);
        }
    }
}
