//! What becomes of a tag that is missing, or there.

use crate::error::Result;
use crate::grammar::BrokenRule;
use crate::reference::LATEST;

/// What a [`Parser`](crate::Parser) does about the tag of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TagOption {
    /// A name with neither tag nor digest gets the tag `latest`.
    #[default]
    Default,
    /// A missing tag stays missing.
    Allow,
    /// A name with a tag or a digest is refused: a repository is wanted, and not one image of it.
    Deny,
}

impl TagOption {
    /// The tag that `text` is to get; `suffix` is its end from the tag or the digest on.
    pub(super) fn tag_to_add(self, text: &str, suffix: &str) -> Result<Option<&'static str>> {
        match self {
            TagOption::Default if suffix.is_empty() => Ok(Some(LATEST)),
            TagOption::Deny if !suffix.is_empty() => {
                let rule = format!("only a repository is wanted here: leave out `{suffix}`");
                Err(BrokenRule::new(text.len() - suffix.len(), rule).in_text(text))
            }
            TagOption::Default | TagOption::Allow | TagOption::Deny => Ok(None),
        }
    }
}
