//! Every way in which imgferry can fail, once.
//!
//! [`Error`] carries its context as data: what was tried, on which endpoint, what the peer answered, what the caller
//! can do. [`ErrorKind`] is the small view of it that programs branch on, and the single source of the C status codes.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

/// What every fallible function of imgferry returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of an [`Error`]: what a program branches on.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// An argument is not usable; nothing was sent.
    InvalidArgument,
    /// A text is not an image name, tag or digest; nothing was sent.
    InvalidReference,
    /// The handle cannot be used now, for instance in a forked child.
    InvalidState,
    /// The peer, its API version or this build cannot do what was asked.
    Unsupported,
    /// No connection could be made.
    Connect,
    /// The TLS handshake failed.
    Tls,
    /// A time limit passed.
    Timeout,
    /// The caller stopped the work.
    Cancelled,
    /// An established connection broke before the answer was complete.
    ConnectionLost,
    /// No credentials, or wrong ones.
    Unauthorized,
    /// The credentials do not allow it; many registries also say so of what does not exist.
    Denied,
    /// The image, tag, manifest or blob does not exist.
    NotFound,
    /// The state of the peer forbids it, for instance removing an image that is in use.
    Conflict,
    /// Too many requests; see [`Error::retry_after`].
    RateLimited,
    /// The peer, or a proxy before it, refuses a body of this size.
    TooLarge,
    /// No space is left where the data should go.
    NoSpace,
    /// The image does not exist for the platform that was asked for.
    Platform,
    /// The engine could not reach the registry.
    RegistryUnreachable,
    /// The engine failed in a way that has no kind of its own.
    Engine,
    /// The registry failed in a way that has no kind of its own.
    Registry,
    /// Content does not have the digest or the size that was promised.
    DigestMismatch,
    /// The peer's answer breaks the protocol, or an archive or image layout its format.
    Protocol,
    /// A file or a stream of the caller failed.
    Io,
    /// Credentials could not be read or obtained.
    Credentials,
}

/// Where something failed: the part of an error that does not depend on how it failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The verb the caller used, such as `push`.
    pub operation: &'static str,
    /// What the verb was applied to, such as an image name; empty when there is none.
    pub subject: String,
    /// The engine or registry, as an address without secrets; empty before one was chosen.
    pub endpoint: String,
    /// The request or step that failed, such as `POST /v1.41/images/create`; empty before the first one.
    pub stage: String,
    /// How many times it was tried.
    pub attempts: u32,
    /// What could not be cleaned up after the failure, each a sentence; usually empty.
    pub left_behind: Vec<String>,
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.operation)?;
        if !self.subject.is_empty() {
            write!(f, " {}", self.subject)?;
        }
        if !self.stage.is_empty() {
            write!(f, ": {}", self.stage)?;
        }
        if !self.endpoint.is_empty() {
            write!(f, " at {}", self.endpoint)?;
        }
        for rest in &self.left_behind {
            write!(f, " [left behind: {rest}]")?;
        }
        Ok(())
    }
}

/// What a peer said when it refused: an HTTP status, or an error inside a stream that began with 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The class of the refusal.
    pub kind: ErrorKind,
    /// The HTTP status; 200 for an error that arrived inside a stream.
    pub status: u16,
    /// The peer's own error code, such as `MANIFEST_UNKNOWN`; empty when it gave none.
    pub code: String,
    /// The peer's own message, word for word but for control characters.
    pub message: String,
    /// How long the peer asks to wait before the next try.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            200 => f.write_str("failed after it began")?,
            status => write!(f, "answered {status}")?,
        }
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", one_line(&self.message))?;
        }
        Ok(())
    }
}

/// A failure of imgferry. Its text is one line without secrets and does not repeat its
/// [`source`](StdError::source); [`Error::report`] joins the whole chain and the hint.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An argument is not usable; nothing was sent.
    #[error("invalid {argument}: {reason}")]
    InvalidArgument {
        /// The argument, under its name in the signature.
        argument: &'static str,
        /// What is wrong with it.
        reason: String,
    },

    /// A text does not follow the grammar of references; nothing was sent.
    #[error("invalid reference {input:?} at byte {position}: {rule}")]
    InvalidReference {
        /// The text as it was given.
        input: String,
        /// The byte at which the rule is broken.
        position: usize,
        /// The rule.
        rule: String,
    },

    /// The handle cannot be used now.
    #[error("{0}")]
    InvalidState(String),

    /// The peer, its version or this build cannot do what was asked; nothing was changed.
    #[error("{context}: {what}")]
    Unsupported {
        /// Where.
        context: Box<Context>,
        /// What is missing, and since when the peer has it.
        what: String,
    },

    /// No connection could be made.
    #[error("{context}: cannot connect")]
    Connect {
        /// Where.
        context: Box<Context>,
        /// What the system said.
        source: io::Error,
    },

    /// The TLS handshake failed.
    #[error("{context}: the TLS handshake failed")]
    Tls {
        /// Where.
        context: Box<Context>,
        /// What the TLS library said.
        source: Box<dyn StdError + Send + Sync>,
    },

    /// The proxy on the way to the peer does not let the connection through.
    #[error("{context}: the proxy {proxy} {what}")]
    Proxy {
        /// Where.
        context: Box<Context>,
        /// The address of the proxy, without user and password.
        proxy: String,
        /// The class of the refusal.
        kind: ErrorKind,
        /// What it answered.
        what: String,
    },

    /// A time limit passed.
    #[error("{context}: no {awaited} within {} ms", limit.as_millis())]
    Timeout {
        /// Where.
        context: Box<Context>,
        /// What was waited for.
        awaited: &'static str,
        /// The limit that passed.
        limit: Duration,
    },

    /// The caller stopped the work, by the progress callback or by a [`Cancel`](crate::Cancel).
    #[error("{context}: cancelled by {by}")]
    Cancelled {
        /// Where.
        context: Box<Context>,
        /// Who stopped it.
        by: &'static str,
    },

    /// An established connection broke before the answer was complete.
    #[error("{context}: the connection was lost")]
    ConnectionLost {
        /// Where.
        context: Box<Context>,
        /// What the system said.
        source: io::Error,
    },

    /// The peer answered, and refused.
    #[error("{context} {answer}")]
    Refused {
        /// Where.
        context: Box<Context>,
        /// What it said.
        answer: Box<Answer>,
    },

    /// The peer's answer breaks the protocol.
    #[error("{context}: unexpected answer: {what}")]
    Protocol {
        /// Where.
        context: Box<Context>,
        /// What is wrong with the answer.
        what: String,
    },

    /// Content does not have the digest or the size that was promised.
    #[error("{context}: content is {actual}, not {expected}")]
    DigestMismatch {
        /// Where.
        context: Box<Context>,
        /// The digest or size that was promised.
        expected: String,
        /// The digest or size that was found.
        actual: String,
    },

    /// An archive or an image layout is damaged, or does not have what was asked for.
    #[error("{context}: {what}")]
    Archive {
        /// Where.
        context: Box<Context>,
        /// The class of the failure.
        kind: ErrorKind,
        /// What is wrong with it.
        what: String,
    },

    /// The image does not exist for the platform that was asked for.
    #[error("{context}: there is no image for {wanted}, only for {}", available.join(", "))]
    NoPlatform {
        /// Where.
        context: Box<Context>,
        /// The platform that was asked for.
        wanted: String,
        /// The platforms that there are.
        available: Vec<String>,
    },

    /// A file or a stream of the caller failed.
    #[error("{context}: {action}")]
    Io {
        /// Where.
        context: Box<Context>,
        /// What was being done with which file or stream.
        action: String,
        /// What the system, or the caller's stream, said.
        source: io::Error,
    },

    /// Credentials could not be read or obtained.
    #[error("credentials for {host}: {reason}")]
    Credentials {
        /// The host they are for.
        host: String,
        /// What went wrong; never a secret.
        reason: String,
        /// What the caller's own code said, when that failed.
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
}

impl Error {
    /// The kind of this error.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::InvalidArgument { .. } => ErrorKind::InvalidArgument,
            Error::InvalidReference { .. } => ErrorKind::InvalidReference,
            Error::InvalidState(_) => ErrorKind::InvalidState,
            Error::Unsupported { .. } => ErrorKind::Unsupported,
            Error::Connect { .. } => ErrorKind::Connect,
            Error::Tls { .. } => ErrorKind::Tls,
            Error::Timeout { .. } => ErrorKind::Timeout,
            Error::Cancelled { .. } => ErrorKind::Cancelled,
            Error::ConnectionLost { .. } => ErrorKind::ConnectionLost,
            Error::Refused { answer, .. } => answer.kind,
            Error::Proxy { kind, .. } | Error::Archive { kind, .. } => *kind,
            Error::Protocol { .. } => ErrorKind::Protocol,
            Error::DigestMismatch { .. } => ErrorKind::DigestMismatch,
            Error::NoPlatform { .. } => ErrorKind::Platform,
            Error::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                ErrorKind::NoSpace
            }
            Error::Io { .. } => ErrorKind::Io,
            Error::Credentials { .. } => ErrorKind::Credentials,
        }
    }

    /// What a stream failed with: the streams of this library carry errors of their own, which say more than that
    /// `action` failed.
    pub(crate) fn of_stream(error: io::Error, context: Box<Context>, action: &str) -> Error {
        match error.downcast::<Error>() {
            Ok(own) => own,
            Err(source) => Error::Io {
                context,
                action: action.to_owned(),
                source,
            },
        }
    }

    /// Where it failed; `None` for an error that was found before anything was tried.
    pub fn context(&self) -> Option<&Context> {
        match self {
            Error::InvalidArgument { .. }
            | Error::InvalidReference { .. }
            | Error::InvalidState(_)
            | Error::Credentials { .. } => None,
            Error::Unsupported { context, .. }
            | Error::Connect { context, .. }
            | Error::Tls { context, .. }
            | Error::Proxy { context, .. }
            | Error::Timeout { context, .. }
            | Error::Cancelled { context, .. }
            | Error::ConnectionLost { context, .. }
            | Error::Refused { context, .. }
            | Error::Protocol { context, .. }
            | Error::DigestMismatch { context, .. }
            | Error::Archive { context, .. }
            | Error::NoPlatform { context, .. }
            | Error::Io { context, .. } => Some(context),
        }
    }

    pub(crate) fn context_mut(&mut self) -> Option<&mut Context> {
        match self {
            Error::InvalidArgument { .. }
            | Error::InvalidReference { .. }
            | Error::InvalidState(_)
            | Error::Credentials { .. } => None,
            Error::Unsupported { context, .. }
            | Error::Connect { context, .. }
            | Error::Tls { context, .. }
            | Error::Proxy { context, .. }
            | Error::Timeout { context, .. }
            | Error::Cancelled { context, .. }
            | Error::ConnectionLost { context, .. }
            | Error::Refused { context, .. }
            | Error::Protocol { context, .. }
            | Error::DigestMismatch { context, .. }
            | Error::Archive { context, .. }
            | Error::NoPlatform { context, .. }
            | Error::Io { context, .. } => Some(context),
        }
    }

    /// What the peer said; `None` unless it refused.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Error::Refused { answer, .. } => Some(answer),
            _ => None,
        }
    }

    /// Whether the same call may succeed when it is repeated without a change.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Connect
            | ErrorKind::Timeout
            | ErrorKind::ConnectionLost
            | ErrorKind::RateLimited
            | ErrorKind::RegistryUnreachable => true,
            ErrorKind::Engine | ErrorKind::Registry => {
                self.answer().is_some_and(|answer| answer.status >= 500)
            }
            ErrorKind::InvalidArgument
            | ErrorKind::InvalidReference
            | ErrorKind::InvalidState
            | ErrorKind::Unsupported
            | ErrorKind::Tls
            | ErrorKind::Cancelled
            | ErrorKind::Unauthorized
            | ErrorKind::Denied
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::TooLarge
            | ErrorKind::NoSpace
            | ErrorKind::Platform
            | ErrorKind::DigestMismatch
            | ErrorKind::Protocol
            | ErrorKind::Io
            | ErrorKind::Credentials => false,
        }
    }

    /// How long the peer asks to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.answer().and_then(|answer| answer.retry_after)
    }

    /// What the caller can do about it, as a sentence; `None` when there is nothing general to say.
    pub fn hint(&self) -> Option<&'static str> {
        let unix = self
            .context()
            .is_some_and(|context| context.endpoint.starts_with("unix:"));
        match self {
            Error::Connect { source, .. } if unix => Some(match source.kind() {
                io::ErrorKind::NotFound => {
                    "no engine listens there: start it, or name its socket (DOCKER_HOST=unix:///path)"
                }
                io::ErrorKind::PermissionDenied => {
                    "this user may not use the socket: add it to the socket's group (usually docker), or use a rootless engine"
                }
                io::ErrorKind::ConnectionRefused => {
                    "the socket file is there but nothing listens on it: start the engine again"
                }
                _ => "check that the engine runs and that the socket's path is right",
            }),
            // What to do about the caller's own code, the caller knows.
            Error::Credentials {
                source: Some(_), ..
            } => None,
            Error::Connect { .. } => {
                Some("check the host name and the port, and that the service runs")
            }
            Error::Proxy { kind, .. } => Some(match kind {
                ErrorKind::Unauthorized => {
                    "give the proxy's user and password in its URL, or correct them"
                }
                ErrorKind::Denied => {
                    "ask whoever runs the proxy to allow it, or go around the proxy (NO_PROXY)"
                }
                _ => "check the proxy, and that it reaches the host, or go around it (NO_PROXY)",
            }),
            _ => kind_hint(self.kind()),
        }
    }

    /// The whole chain of causes and the hint, in one line: what a program prints.
    pub fn report(&self) -> String {
        let mut text = one_line(&self.to_string());
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&one_line(&error.to_string()));
            cause = error.source();
        }
        if let Some(hint) = self.hint() {
            text.push_str(" (");
            text.push_str(hint);
            text.push(')');
        }
        text
    }
}

fn kind_hint(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::Unauthorized => Some("give credentials for this registry, or correct them"),
        ErrorKind::Denied => {
            Some("log in with an account that may do this, or check the name: it may not exist")
        }
        ErrorKind::NotFound => Some("check the name and the tag"),
        ErrorKind::RateLimited => Some("wait and try again, or log in to get a higher limit"),
        ErrorKind::TooLarge => Some("a proxy or the registry limits the size of one request"),
        ErrorKind::NoSpace => Some("free some space where the data goes"),
        ErrorKind::Platform => Some("choose a platform that the image has"),
        ErrorKind::RegistryUnreachable => {
            Some("the engine could not reach the registry: check its address, and that it runs")
        }
        ErrorKind::Unsupported => Some("use a newer version of the peer, or another way"),
        ErrorKind::Conflict => Some("remove what uses it first, or use force"),
        ErrorKind::ConnectionLost => Some("the peer went away: look at its log, then try again"),
        ErrorKind::Tls => {
            Some("check the certificate authority, or whether the peer speaks plain HTTP")
        }
        ErrorKind::InvalidArgument
        | ErrorKind::InvalidReference
        | ErrorKind::InvalidState
        | ErrorKind::Connect
        | ErrorKind::Timeout
        | ErrorKind::Cancelled
        | ErrorKind::Engine
        | ErrorKind::Registry
        | ErrorKind::DigestMismatch
        | ErrorKind::Protocol
        | ErrorKind::Io => None,
        ErrorKind::Credentials => Some(
            "look at the configuration, and the token file or credential helper that it names, or log in again",
        ),
    }
}

/// Texts of peers may hold newlines and terminal escapes; in an error's text they become blanks.
fn one_line(text: &str) -> String {
    text.trim().replace(|c: char| c.is_control(), " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_one_line_with_the_cause_and_what_to_do() {
        let error = Error::Connect {
            context: Box::new(Context {
                operation: "pull",
                subject: "a/b:1".into(),
                endpoint: "unix:///none.sock".into(),
                ..Context::default()
            }),
            source: io::Error::from(io::ErrorKind::NotFound),
        };
        let report = error.report();
        assert!(
            report.starts_with("pull a/b:1 at unix:///none.sock: cannot connect: "),
            "{report}"
        );
        assert!(report.contains("DOCKER_HOST"), "{report}");
        assert_eq!(error.kind(), ErrorKind::Connect);
    }

    #[test]
    fn a_peers_control_characters_do_not_reach_the_terminal() {
        let answer = Answer {
            kind: ErrorKind::Engine,
            status: 500,
            code: String::new(),
            message: "bad\n\u{1b}[31mred".into(),
            retry_after: None,
        };
        assert_eq!(answer.to_string(), "answered 500: bad  [31mred");
    }
}
