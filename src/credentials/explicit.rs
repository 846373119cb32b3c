//! What is known for one registry by its host, before anybody else is asked.

use std::fmt;
use std::sync::Arc;

use super::Credential;
use crate::error::Result;

/// The credential for a host.
#[derive(Clone)]
pub(super) enum Explicit {
    /// As the caller gave it.
    Given(Credential),
    /// Made anew each time, so that what it is made of may be renewed meanwhile.
    Made(Arc<dyn Fn() -> Result<Credential> + Send + Sync>),
}

impl Explicit {
    pub(super) fn credential(&self) -> Result<Credential> {
        match self {
            Explicit::Given(credential) => Ok(credential.clone()),
            Explicit::Made(make) => make(),
        }
    }
}

impl fmt::Debug for Explicit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Explicit::Given(credential) => credential.fmt(f),
            Explicit::Made(_) => f.write_str("made when needed"),
        }
    }
}
