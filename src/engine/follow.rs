//! What every transfer does with its stream: report each message, and find out whether it went well.

use super::messages::{Message, Messages};
use super::refusal::refused_in_stream;
use super::steps::Steps;
use crate::call::Call;
use crate::error::Result;
use crate::http::Response;

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
    let mut failure = None;
    while let Some((raw, message)) = messages.next(call)? {
        match message.failure() {
            Some(reason) => failure = failure.or(Some(reason)),
            None => {
                note(&message);
                steps.observe(&message, raw, call)?;
            }
        }
    }
    Ok(failure)
}
