//! The stay of an operation in the engine: it uses names there, and gives all of them back.
//!
//! Engines push and pull only under the name of the registry, and whoever uses that name takes it from the image that
//! had it. So it is remembered what each name stood for, and given back however the operation ends.

mod give_back;

use super::Images;
use super::before::Before;
use super::taking::{holding_name, id_of, look_at, remove};
use super::visits::Visit;
use crate::call::{Call, Reports};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::oci::Platform;
use crate::reference::Reference;

/// A stay, during which no other operation of the handle works with the same name of the registry.
pub(super) struct Stay<'i> {
    images: &'i Images,
    engine: &'i Engine,
    visit: Visit<'i>,
    lent: Vec<Lent>,
    held: Vec<Held>,
    pulled: Option<Pulled>,
    /// The ID of the image that came of it, once it is known.
    came: Option<String>,
}

/// As what the engine pulls, and for which platform.
struct Pulled {
    name: Reference,
    platform: Option<Platform>,
}

/// A tag that this operation gives to another image.
struct Lent {
    name: Reference,
    /// The ID of the image that had it before.
    previous: Option<String>,
    /// The ID of the image that has it from us, once that is known.
    ours: Option<String>,
    /// It was asked for, and is given back after a failure only.
    asked_for: bool,
}

/// A name that keeps an image alive.
struct Held {
    name: Reference,
    id: String,
}

impl Images {
    /// Waits until no other operation of this handle works with `name`.
    pub(super) fn stay(&self, name: &Reference, call: &mut Call<'_>) -> Result<Stay<'_>> {
        let engine = self.engine();
        let look = |call: &mut Call<'_>| Before::look(engine, call);
        Ok(Stay {
            images: self,
            engine,
            visit: self.shared.visits.begin(name.clone(), call, look)?,
            lent: Vec::new(),
            held: Vec::new(),
            pulled: None,
            came: None,
        })
    }
}

impl Stay<'_> {
    /// What the engine had before.
    pub(super) fn before(&self) -> &Before {
        self.visit.before()
    }

    /// Gives `name` to an image; `asked_for` says that it shall have it afterwards.
    pub(super) fn give(
        &mut self,
        name: &Reference,
        id: &str,
        asked_for: bool,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let previous = id_of(self.engine, name, call)?;
        // Before it is done: what is left in the middle is given back, too.
        self.lent.push(Lent {
            name: name.clone(),
            previous,
            ours: Some(id.to_owned()),
            asked_for,
        });
        self.engine.tag(id, name.as_str(), None, call)
    }

    /// Notes that the engine is going to pull as `name`, which `asked_for` says to be wanted afterwards. So the image
    /// is found however far the engine comes.
    pub(super) fn will_pull(
        &mut self,
        name: &Reference,
        platform: Option<&Platform>,
        asked_for: bool,
        call: &mut Call<'_>,
    ) -> Result<()> {
        self.pulled = Some(Pulled {
            name: name.clone(),
            platform: platform.cloned(),
        });
        if name.digest().is_some() {
            self.visit.note(|notes| {
                notes.pulled.insert(name.clone());
                notes.asked_for.extend(asked_for.then(|| name.clone()));
            });
            return Ok(());
        }
        let previous = look_at(self.engine, name.as_str(), call)?;
        self.lent.push(Lent {
            name: name.clone(),
            previous: previous.as_ref().map(|image| image.id.clone()),
            ours: None,
            asked_for,
        });
        match previous {
            // There a pull loses the image whose only name it moves.
            Some(image) if is_of_containerd(&image.id, &image.repo_digests) => {
                self.hold(&image.id, call)
            }
            _ => Ok(()),
        }
    }

    /// Notes which image the engine has pulled.
    pub(super) fn has_pulled(&mut self, id: &str) {
        self.touch(id);
        self.came = Some(id.to_owned());
    }

    /// Notes that an image may have got digests by this operation.
    pub(super) fn touch(&self, id: &str) {
        self.visit.note(|notes| {
            notes.touched.insert(id.to_owned());
        });
    }

    /// Gives back already the digest by which the engine has pulled, for an image that is held. On the containerd store
    /// it could not be taken any more when the image has got a tag of its repository.
    pub(super) fn forget_digest(&mut self, call: &mut Call<'_>) -> Result<()> {
        let Some(Pulled { name, .. }) = &self.pulled else {
            return Ok(());
        };
        if self.before().holder(name).is_some() || !self.visit.is_alone() {
            return Ok(());
        }
        self.visit.note(|notes| {
            notes.pulled.remove(name);
        });
        remove(self.engine, name.as_str(), call)
    }

    /// Keeps an image alive until all is given back.
    pub(super) fn hold(&mut self, id: &str, call: &mut Call<'_>) -> Result<()> {
        let name = holding_name()?;
        self.held.push(Held {
            name: name.clone(),
            id: id.to_owned(),
        });
        self.engine.tag(id, name.as_str(), None, call)
    }

    /// Runs `work`, gives back what was only used for it, and reports the end, with the digest that `digest` finds.
    ///
    /// What could not be given back is named in the error of `work`, or returned beside its result.
    pub(super) fn during<'p, T>(
        mut self,
        call: &mut Call<'p>,
        digest: impl FnOnce(&T) -> &str,
        work: impl FnOnce(&mut Self, &mut Call<'p>) -> Result<T>,
    ) -> Result<(T, Vec<String>)> {
        let mut left = Vec::new();
        let worked = call.reporting(Reports::NoEnd, |call| work(&mut self, call));
        let ended = worked.and_then(|done| {
            call.reporting(Reports::Heartbeats, |call| {
                call.complete(|call| left = self.give_back(true, call))
            })?;
            call.finish(digest(&done))?;
            Ok(done)
        });
        match ended {
            Ok(done) => Ok((done, left)),
            Err(error) => {
                if let Some(pulled) = &self.pulled {
                    self.visit.note(|notes| {
                        notes.asked_for.remove(&pulled.name);
                    });
                }
                left.extend(call.clean_up(|call| self.give_back(false, call)));
                Err(with_left(error, left))
            }
        }
    }
}

/// Whether the engine keeps an image by its manifest, as the containerd store does, and not by its config.
pub(super) fn is_of_containerd(id: &str, digests: &[String]) -> bool {
    digests.iter().any(|digest| {
        digest
            .split_once('@')
            .is_some_and(|(_, digest)| digest == id)
    })
}

/// The error that also says what was left behind.
fn with_left(mut error: Error, left: Vec<String>) -> Error {
    match error.context_mut() {
        Some(context) => context.left_behind.extend(left),
        None => left.iter().for_each(|left| log::warn!("{left}")),
    }
    error
}
