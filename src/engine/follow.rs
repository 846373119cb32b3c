//! What every transfer does with its stream: report each message, and find out whether it went well.

use super::messages::{Message, Messages};
use super::refusal::refused_in_stream;
use super::steps::{Steps, is_layer};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::Response;

/// What an engine may say besides the progress of layers, in bytes: the outcome keeps some of it. A push of 10,000 tags
/// says 3 MB.
const MAX_SAID: usize = 8 * 1024 * 1024;

/// Reads the messages of `response` to their end, hands each to `note` and reports it as progress.
///
/// The stream is read on after an error, so that the connection can be used again. The steps come back for their
/// last record, which needs to know the outcome.
pub(super) fn follow(
    response: Response,
    call: &mut Call<'_>,
    note: impl FnMut(&Message<'_>),
) -> Result<Steps> {
    let mut messages = Messages::new(response, call)?;
    let mut steps = Steps::default();
    match read_all(&mut messages, &mut steps, call, note) {
        Ok(None) => Ok(steps),
        Ok(Some(reason)) => Err(refused_in_stream(reason, messages.context(call))),
        Err(error) => {
            messages.hang_up(call);
            Err(error)
        }
    }
}

/// The reason that the engine gave when it failed.
fn read_all(
    messages: &mut Messages,
    steps: &mut Steps,
    call: &mut Call<'_>,
    mut note: impl FnMut(&Message<'_>),
) -> Result<Option<String>> {
    let (mut failure, mut said) = (None, 0);
    while let Some((raw, message)) = messages.next(call)? {
        match message.failure() {
            Some(reason) => failure = failure.or(Some(reason)),
            None => {
                if may_be_kept(&message) {
                    said += raw.len();
                }
                note(&message);
                steps.observe(&message, raw, call)?;
            }
        }
        if said > MAX_SAID {
            return Err(Error::Protocol {
                context: messages.context(call),
                what: format!("the engine said more than {MAX_SAID} bytes, and no end is in sight"),
            });
        }
    }
    Ok(failure)
}

/// Whether the outcome may gather it: what has numbers, or is of a layer and no more, only says how it goes, or, with
/// podman, which image is there now, of which the last is kept.
fn may_be_kept(message: &Message<'_>) -> bool {
    let is_of_layer = message
        .id()
        .is_some_and(|id| is_layer(id, message.status()));
    (!is_of_layer || message.aux.is_some()) && message.detail().current.is_none()
}
