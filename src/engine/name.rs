//! What may stand for an image in a request.

use crate::error::{Error, Result};
use crate::reference::Reference;

/// Accepts a reference, or an image ID (with or without `sha256:`, whole or its beginning), as the engine does.
pub(super) fn image_name(text: &str) -> Result<&str> {
    if is_id(text) {
        return Ok(text);
    }
    Reference::parse(text).map(|_| text)
}

fn is_id(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    let digits = hex
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    digits && !hex.is_empty() && hex.len() <= 64
}

/// Refuses a digest where only a tag makes sense.
pub(super) fn no_digest(reference: &Reference, argument: &'static str) -> Result<()> {
    match reference.digest() {
        None => Ok(()),
        Some(_) => Err(Error::InvalidArgument {
            argument,
            reason: format!("{reference} has a digest, but only a tag can be set or pushed"),
        }),
    }
}
