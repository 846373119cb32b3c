//! ureq's errors in our words.

use std::io;

use super::tls::tls_reason;
use crate::call::Call;
use crate::error::{Error, Result};

/// What an error of ureq means for a request `stage` to `endpoint`.
pub(super) fn failure(error: ureq::Error, call: &Call<'_>, endpoint: &str, stage: &str) -> Error {
    match error {
        ureq::Error::Io(error) => io_failure(error, call, endpoint, stage),
        // ureq's word for an end of file inside the frame of a chunk (measured).
        ureq::Error::BodyStalled => Error::ConnectionLost {
            context: call.context(endpoint, stage),
            source: io::ErrorKind::UnexpectedEof.into(),
        },
        ureq::Error::Tls(what) => Error::Tls {
            context: call.context(endpoint, stage),
            source: what.into(),
        },
        other => Error::Protocol {
            context: call.context(endpoint, stage),
            what: other.to_string(),
        },
    }
}

/// Our own errors travel through ureq inside an [`io::Error`] and come out unchanged; a bare one is the connection's.
pub(super) fn io_failure(error: io::Error, call: &Call<'_>, endpoint: &str, stage: &str) -> Error {
    match own_error(error) {
        Ok(mut own) => {
            complete(&mut own, call, endpoint, stage);
            own
        }
        Err(error) => match error.downcast::<ureq::Error>() {
            Ok(inner) => failure(inner, call, endpoint, stage),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Error::Tls {
                context: call.context(endpoint, stage),
                source: tls_reason(error),
            },
            Err(source) => Error::ConnectionLost {
                context: call.context(endpoint, stage),
                source,
            },
        },
    }
}

/// The error of this library that `error` carries, if it does.
pub(crate) fn own_error(error: io::Error) -> Result<Error, io::Error> {
    error.downcast::<Error>()
}

/// An error that arose below the request knows neither the operation nor the endpoint.
fn complete(error: &mut Error, call: &Call<'_>, endpoint: &str, stage: &str) {
    let Some(context) = error.context_mut() else {
        return;
    };
    if context.operation.is_empty() {
        let outer = call.context(endpoint, stage);
        context.operation = outer.operation;
        context.subject = outer.subject;
        context.attempts = outer.attempts;
    }
    if context.endpoint.is_empty() {
        endpoint.clone_into(&mut context.endpoint);
    }
    if context.stage.is_empty() {
        stage.clone_into(&mut context.stage);
    }
}
