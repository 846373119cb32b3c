//! `Warning`: what a registry wants its users to know (the distribution specification, "Warnings").

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::quoted;
use super::refusal::shown;
use crate::call::Call;
use crate::error::Result;
use crate::http::Response;

/// Longer ones are not looked at (the specification's own limit).
const MAX_WARNING: usize = 4096;

/// More different ones are not told.
const MAX_WARNINGS: usize = 64;

/// What was told already: registries repeat a warning with every answer.
#[derive(Default)]
pub(super) struct Warnings {
    told: Mutex<BTreeSet<String>>,
}

impl Warnings {
    /// Tells the caller what is new in an answer.
    pub(super) fn tell(&self, answer: &Response, call: &mut Call<'_>) -> Result<()> {
        for text in answer.headers("warning").filter_map(read) {
            if self.is_new(&text) {
                call.warn(&text)?;
            }
        }
        Ok(())
    }

    fn is_new(&self, text: &str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.len() < MAX_WARNINGS && told.insert(text.to_owned())
    }
}

/// The text of `299 - "text"`; other codes and agents are somebody else's business.
fn read(value: &str) -> Option<String> {
    if value.len() > MAX_WARNING {
        return None;
    }
    let text = value.trim().strip_prefix("299 - \"")?;
    Some(shown(&quoted::unquote(text)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_told_once_and_without_control_characters() {
        assert_eq!(
            read(r#"299 - "this \"tag\" goes away""#).as_deref(),
            Some(r#"this "tag" goes away"#)
        );
        assert_eq!(read("299 - \"a\u{1b}[31mb\"").as_deref(), Some("a [31mb"));
        for other in ["", "199 - \"x\"", "299 agent \"x\"", "299 - x", "299 - \"x"] {
            assert_eq!(read(other), None, "{other}");
        }
        let warnings = Warnings::default();
        assert!(warnings.is_new("a") && !warnings.is_new("a") && warnings.is_new("b"));
    }
}
