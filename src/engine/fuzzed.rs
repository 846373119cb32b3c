//! What must hold for the messages of an engine, whatever bytes it sends.

use std::ops::ControlFlow;

use serde_json::Value;
use serde_json::value::RawValue;

use super::messages::{Message, Splitter};
use super::steps::Steps;
use crate::call::Call;
use crate::progress::{ImageProgressStep, Phase};

/// A stream of messages that comes in pieces of as many bytes as the first byte says.
pub fn message_stream(input: &[u8]) {
    let Some((size, stream)) = input.split_first() else {
        return;
    };
    let whole = split(stream, stream.len());
    assert_eq!(split(stream, usize::from(*size)), whole);
    let (texts, end) = whole;

    // Where another reader finds nothing wrong, both find the same.
    let others: Result<Vec<&RawValue>, _> = serde_json::Deserializer::from_slice(stream)
        .into_iter()
        .collect();
    if let Ok(others) = others
        && others.iter().all(|other| other.get().starts_with('{'))
    {
        let others: Vec<_> = others.iter().map(|other| other.get().as_bytes()).collect();
        assert_eq!(
            (texts.iter().map(Vec::as_slice).collect(), end),
            (others, Ok(()))
        );
    }
    follow(&texts);
}

/// The messages, and how the stream ends.
fn split(stream: &[u8], size: usize) -> (Vec<Vec<u8>>, Result<(), &'static str>) {
    let mut splitter = Splitter::default();
    let mut texts = Vec::new();
    for piece in stream.chunks(size.max(1)) {
        splitter.feed(piece);
        loop {
            match splitter.advance() {
                Ok(true) => texts.push(splitter.value().to_owned()),
                Ok(false) => break,
                Err(reason) => return (texts, Err(reason)),
            }
        }
    }
    let end = match splitter.is_inside_a_value() {
        true => Err("inside a message"),
        false => Ok(()),
    };
    (texts, end)
}

/// Whatever an engine tells of its layers, the last word is that all is done, and no word is made up.
fn follow(texts: &[Vec<u8>]) {
    let mut last = None;
    let mut note = |step: &ImageProgressStep<'_>| {
        assert!(step.raw.is_empty() || texts.iter().any(|text| text == step.raw.as_bytes()));
        last = Some((step.phase, step.digest.to_owned()));
        ControlFlow::Continue(())
    };
    let mut call = Call::new().progress(&mut note);
    let mut steps = Steps::default();
    for text in texts {
        let Ok(text) = str::from_utf8(text) else {
            continue;
        };
        let Ok(message) = serde_json::from_str::<Message<'_>>(text) else {
            continue;
        };
        if let Ok(value) = serde_json::from_str::<Value>(text) {
            let fails = ["error", "errorDetail"].map(|key| value.get(key));
            let fails = fails.into_iter().flatten().any(|reason| !reason.is_null());
            assert_eq!(message.failure().is_some(), fails, "{text}");
        }
        steps.observe(&message, text, &mut call).unwrap();
    }
    steps.finish("the digest", &mut call).unwrap();
    drop(call);
    assert_eq!(last, Some((Phase::Done, "the digest".to_owned())));
}
