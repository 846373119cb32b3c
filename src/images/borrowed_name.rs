//! A name in the engine that is used for a while, and given back as it was.
//!
//! Engines push and pull only under the name of the registry. Whoever uses that name takes it from the image that had
//! it before, so it is remembered, and given back however the operation ends.

use crate::call::Call;
use crate::engine::{Engine, InspectOptions, RemoveOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::reference::Reference;

/// A name of the engine, and the ID of the image that had it.
pub(super) struct BorrowedName<'e> {
    engine: &'e Engine,
    name: Reference,
    previous: Option<String>,
}

impl<'e> BorrowedName<'e> {
    /// Remembers which image has `name` now.
    pub(super) fn borrow(engine: &'e Engine, name: Reference, call: &mut Call<'_>) -> Result<Self> {
        let previous =
            match engine.inspect_image(&name.to_string(), &InspectOptions::default(), call) {
                Ok(image) => Some(image.id),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
        Ok(BorrowedName {
            engine,
            name,
            previous,
        })
    }

    /// Runs `work`, which uses the name, and gives the name back.
    ///
    /// What could not be given back is named in the error of `work`, or returned beside its result.
    pub(super) fn during<'p, T>(
        self,
        call: &mut Call<'p>,
        work: impl FnOnce(&mut Call<'p>) -> Result<T>,
    ) -> Result<(T, Option<String>)> {
        match work(call) {
            Ok(done) => {
                let given_back = match self.give_back(call) {
                    Err(error) if error.kind() == ErrorKind::Cancelled => {
                        call.clean_up(|call| self.give_back(call))
                    }
                    other => other,
                };
                Ok((done, given_back.err().map(|error| self.left_behind(&error))))
            }
            Err(mut error) => {
                let given_back = call.clean_up(|call| self.give_back(call));
                if let (Err(left), Some(context)) = (given_back, error.context_mut()) {
                    context.left_behind.push(self.left_behind(&left));
                }
                Err(error)
            }
        }
    }

    fn give_back(&self, call: &mut Call<'_>) -> Result<()> {
        let name = self.name.to_string();
        match &self.previous {
            // A digest always stands for the same content, so this name was not taken from anybody.
            Some(_) if self.name.digest().is_some() => Ok(()),
            Some(previous) => self.engine.tag(previous, &name, None, call),
            None => self.take_away(&name, call),
        }
    }

    fn take_away(&self, name: &str, call: &mut Call<'_>) -> Result<()> {
        let image = match self
            .engine
            .inspect_image(name, &InspectOptions::default(), call)
        {
            Ok(image) => image,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        // Together with its last name an engine removes the image.
        let is_another_name = |other: &String| match Reference::parse(other) {
            Ok(other) => {
                other.repository() != self.name.repository() || other.tag() != self.name.tag()
            }
            Err(_) => false,
        };
        if !image.repo_tags.iter().any(is_another_name) {
            return Err(Error::InvalidState(
                "it is the only name of the image".into(),
            ));
        }
        let keep_parents = RemoveOptions {
            no_prune: true,
            ..RemoveOptions::default()
        };
        self.engine
            .remove_image(name, &keep_parents, call)
            .map(drop)
    }

    fn left_behind(&self, error: &Error) -> String {
        format!("the name {} stays in the engine: {error}", self.name)
    }
}
