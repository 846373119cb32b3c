//! What goes wrong: one table.

use imgferry::{Digest, ErrorKind};

use crate::support::{Answer, Direction, Fault, Requests};

/// A column of the printed table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    Cut,
    Reset,
    Stall,
    Trickle,
    Status,
    RetryAfter,
    Length,
    Range,
    Digest,
    MediaType,
    Json,
    Headers,
    NoAnswer,
}

impl Class {
    pub const ALL: [Class; 13] = [
        Class::Cut,
        Class::Reset,
        Class::Stall,
        Class::Trickle,
        Class::Status,
        Class::RetryAfter,
        Class::Length,
        Class::Range,
        Class::Digest,
        Class::MediaType,
        Class::Json,
        Class::Headers,
        Class::NoAnswer,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Class::Cut => "cut",
            Class::Reset => "reset",
            Class::Stall => "stall",
            Class::Trickle => "trickle",
            Class::Status => "status",
            Class::RetryAfter => "Retry-After",
            Class::Length => "length",
            Class::Range => "range",
            Class::Digest => "digest",
            Class::MediaType => "media type",
            Class::Json => "JSON",
            Class::Headers => "headers",
            Class::NoAnswer => "no answer",
        }
    }

    /// Whether only a time limit ends it.
    pub fn is_silence(self) -> bool {
        matches!(self, Class::Stall | Class::Trickle | Class::NoAnswer)
    }
}

/// A fault that can strike at many places.
pub struct FaultKind {
    pub class: Class,
    pub name: &'static str,
    pub make: Make,
    /// The kinds of errors that tell of it rightly.
    pub errors: &'static [ErrorKind],
}

pub enum Make {
    /// When so many bytes have passed.
    Bytes(fn(Direction, u64) -> Fault),
    /// All the time, at so many bytes a second.
    Rate(u64),
    /// At requests.
    Requests(fn(Requests) -> Fault),
    /// At answers, those that it changes. The first is the request line.
    Answers(fn(&str, &mut Answer)),
}

const LOST: &[ErrorKind] = &[ErrorKind::ConnectionLost];
const LATE: &[ErrorKind] = &[ErrorKind::Timeout];
const NONSENSE: &[ErrorKind] = &[ErrorKind::Protocol];
const OTHER_BYTES: &[ErrorKind] = &[ErrorKind::DigestMismatch, ErrorKind::Protocol];
const FAILED: &[ErrorKind] = &[ErrorKind::Engine, ErrorKind::Registry];
/// Statuses that mean nothing here are broken answers, or refusals of no known kind.
const ODD: &[ErrorKind] = &[ErrorKind::Protocol, ErrorKind::Engine, ErrorKind::Registry];

const fn fault(
    class: Class,
    name: &'static str,
    make: Make,
    errors: &'static [ErrorKind],
) -> FaultKind {
    FaultKind {
        class,
        name,
        make,
        errors,
    }
}

macro_rules! status {
    ($status:literal, $errors:expr) => {
        fault(
            Class::Status,
            stringify!($status),
            Make::Requests(|requests| Fault::answer(requests, refusal($status))),
            $errors,
        )
    };
}

macro_rules! retry_after {
    ($status:literal, $time:literal, $errors:expr) => {
        fault(
            Class::RetryAfter,
            concat!(stringify!($status), " Retry-After: ", $time),
            Make::Requests(|requests| {
                Fault::answer(requests, refusal($status).with_header("Retry-After", $time))
            }),
            $errors,
        )
    };
}

pub const FAULTS: &[FaultKind] = &[
    fault(
        Class::Cut,
        "cut",
        Make::Bytes(|direction, bytes| Fault::CutAfter { direction, bytes }),
        LOST,
    ),
    fault(
        Class::Reset,
        "reset",
        Make::Bytes(|direction, bytes| Fault::ResetAfter { direction, bytes }),
        LOST,
    ),
    fault(
        Class::Stall,
        "stall",
        Make::Bytes(|direction, bytes| Fault::StallAfter { direction, bytes }),
        LATE,
    ),
    fault(Class::Trickle, "40 bytes a second", Make::Rate(40), LATE),
    fault(
        Class::Trickle,
        "16,000 bytes a second",
        Make::Rate(16_000),
        LATE,
    ),
    // A server of HTTPS answers the first plain request with 400 or a redirect: then the error of HTTPS is told, which
    // came before.
    status!(
        400,
        &[
            ErrorKind::Engine,
            ErrorKind::Registry,
            ErrorKind::InvalidArgument,
            ErrorKind::Tls
        ]
    ),
    status!(401, &[ErrorKind::Unauthorized]),
    status!(403, &[ErrorKind::Denied]),
    status!(404, &[ErrorKind::NotFound]),
    status!(
        405,
        &[
            ErrorKind::Unsupported,
            ErrorKind::Engine,
            ErrorKind::Registry
        ]
    ),
    status!(409, &[ErrorKind::Conflict, ErrorKind::Registry]),
    status!(413, &[ErrorKind::TooLarge]),
    status!(429, &[ErrorKind::RateLimited]),
    status!(500, FAILED),
    status!(502, FAILED),
    status!(503, FAILED),
    status!(204, ODD),
    status!(
        302,
        &[
            ErrorKind::Protocol,
            ErrorKind::Engine,
            ErrorKind::Registry,
            ErrorKind::Tls
        ]
    ),
    status!(299, ODD),
    retry_after!(429, "1", &[ErrorKind::RateLimited]),
    retry_after!(429, "30", &[ErrorKind::RateLimited]),
    retry_after!(503, "1", FAILED),
    retry_after!(503, "30", FAILED),
    retry_after!(503, "soon", FAILED),
    fault(
        Class::Length,
        "too long",
        Make::Answers(|_, answer| {
            change_length(answer, |length| length + 10);
        }),
        &[
            ErrorKind::ConnectionLost,
            ErrorKind::DigestMismatch,
            ErrorKind::Protocol,
        ],
    ),
    fault(
        Class::Length,
        "too short",
        Make::Answers(|_, answer| {
            change_length(answer, |length| length / 2);
        }),
        &[
            ErrorKind::DigestMismatch,
            ErrorKind::Protocol,
            ErrorKind::ConnectionLost,
        ],
    ),
    fault(
        Class::Length,
        "no number",
        Make::Answers(|_, answer| {
            if answer.header("Content-Length").is_some() {
                answer.set_header("Content-Length", "many");
            }
        }),
        NONSENSE,
    ),
    fault(
        Class::Range,
        "an upload has more than was sent",
        Make::Answers(|_, answer| {
            if answer.header("Range").is_some() {
                answer.set_header("Range", "0-99999999");
            }
        }),
        NONSENSE,
    ),
    fault(
        Class::Range,
        "an upload has nothing",
        Make::Answers(|_, answer| {
            if answer.header("Range").is_some() {
                answer.set_header("Range", "0-0");
            }
        }),
        NONSENSE,
    ),
    fault(
        Class::Range,
        "a part of a blob instead of all",
        Make::Answers(|line, answer| {
            if is_blob(line) && answer.status == 200 && answer.body.len() > 10 {
                let size = answer.body.len();
                answer.status = 206;
                answer.body.drain(..10);
                answer.set_header("Content-Range", &format!("bytes 10-{}/{size}", size - 1));
            }
        }),
        OTHER_BYTES,
    ),
    fault(
        Class::Digest,
        "another digest in the head",
        Make::Answers(|_, answer| {
            if answer.header("Docker-Content-Digest").is_some() {
                let other = Digest::sha256(b"another");
                answer.set_header("Docker-Content-Digest", other.as_str());
            }
        }),
        // What is asked for by that digest then is not there.
        &[
            ErrorKind::DigestMismatch,
            ErrorKind::Protocol,
            ErrorKind::NotFound,
        ],
    ),
    fault(
        Class::Digest,
        "another byte in the body",
        Make::Answers(|line, answer| {
            let is_content = is_blob(line)
                || line.starts_with("GET ") && line.contains("/manifests/")
                || line.contains("/images/get?");
            let middle = answer.body.len() / 2;
            if let Some(byte) = answer.body.get_mut(middle).filter(|_| is_content) {
                *byte ^= 1;
            }
        }),
        OTHER_BYTES,
    ),
    fault(
        Class::MediaType,
        "text/html",
        Make::Answers(|_, answer| {
            if answer.header("Content-Type").is_some() {
                answer.set_header("Content-Type", "text/html");
            }
        }),
        NONSENSE,
    ),
    fault(
        Class::MediaType,
        "none",
        Make::Answers(|_, answer| answer.remove_header("Content-Type")),
        NONSENSE,
    ),
    fault(
        Class::Json,
        "another kind of value",
        Make::Answers(|_, answer| {
            replace_json(answer, |text| match text.starts_with('{') {
                true => "[]".into(),
                false => "{}".into(),
            });
        }),
        OTHER_BYTES,
    ),
    fault(
        Class::Json,
        "cut short",
        Make::Answers(|_, answer| replace_json(answer, |text| text[..text.len() / 2].into())),
        OTHER_BYTES,
    ),
    fault(
        Class::Json,
        "text for numbers",
        Make::Answers(|_, answer| replace_json(answer, numbers_as_text)),
        OTHER_BYTES,
    ),
    fault(
        Class::Json,
        "nested without end",
        Make::Answers(|_, answer| replace_json(answer, |_| "[".repeat(200_000))),
        OTHER_BYTES,
    ),
    fault(
        Class::Json,
        "a page for people",
        Make::Answers(|_, answer| replace_json(answer, |_| "<html>busy</html>".into())),
        OTHER_BYTES,
    ),
    fault(
        Class::Json,
        "30 MB of it",
        Make::Answers(|_, answer| {
            replace_json(answer, |text| text.to_owned() + &" ".repeat(30_000_000));
        }),
        OTHER_BYTES,
    ),
    fault(
        Class::Headers,
        "close in the headers",
        Make::Requests(|requests| Fault::CloseInHeaders { requests }),
        LOST,
    ),
    fault(
        Class::NoAnswer,
        "no answer",
        Make::Requests(|requests| Fault::NoAnswer { requests }),
        LATE,
    ),
];

/// As engines and registries refuse.
fn refusal(status: u16) -> Answer {
    let body =
        r#"{"message":"by the proxy","errors":[{"code":"UNKNOWN","message":"by the proxy"}]}"#;
    Answer::new(status)
        .with_header("Content-Type", "application/json")
        .with_body(body)
}

/// Of an answer that has a body.
fn change_length(answer: &mut Answer, change: fn(usize) -> usize) {
    if answer.header("Content-Length").is_some() && !answer.body.is_empty() {
        let length = change(answer.body.len());
        answer.set_header("Content-Length", &length.to_string());
    }
}

fn is_blob(line: &str) -> bool {
    line.starts_with("GET ") && line.contains("/blobs/sha256:")
}

/// Of an answer that is JSON, or a stream of it.
fn replace_json(answer: &mut Answer, other: impl Fn(&str) -> String) {
    if let Ok(text) = str::from_utf8(&answer.body)
        && text.starts_with(['{', '['])
    {
        answer.body = other(text).into_bytes();
    }
}

/// `"size":7` becomes `"size":"7"`; what is no single value stays.
fn numbers_as_text(text: &str) -> String {
    fn change(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Number(number) => *value = number.to_string().into(),
            serde_json::Value::Array(values) => values.iter_mut().for_each(change),
            serde_json::Value::Object(members) => members.values_mut().for_each(change),
            _ => {}
        }
    }
    match serde_json::from_str(text) {
        Ok(mut value) => {
            change(&mut value);
            value.to_string()
        }
        Err(_) => text.to_owned(),
    }
}
