//! Giving back what a stay used: each name to the image that had it, and nothing that came with it stays.

use std::collections::BTreeSet;

use super::super::before::{Before, is_tag, names};
use super::super::taking::{id_of, is_hold, look_at, move_away, remove, take_digest};
use super::super::visits::Notes;
use super::{Lent, Pulled, Stay};
use crate::call::Call;
use crate::engine::ImageDetails;
use crate::error::{Error, ErrorKind, Result};
use crate::reference::Reference;

impl Stay<'_> {
    /// Gives back all that was used, but for what was asked for when the operation succeeded. What could not be given
    /// back is told, each in a sentence.
    pub(super) fn give_back(&self, succeeded: bool, call: &mut Call<'_>) -> Vec<String> {
        let mut left = Vec::new();
        let mut settle = |what: &str, done: Result<()>| {
            left.extend(done.err().map(|error| format!("{what}: {error}")));
        };
        if let Some(pulled) = self.pulled.as_ref().filter(|_| !succeeded) {
            let what = format!("perhaps {} stays in the engine", pulled.name);
            settle(&what, self.find(pulled, call));
        }
        for lent in self.lent.iter().rev() {
            if !(lent.asked_for && succeeded) {
                let what = format!("the name {} stays in the engine", lent.name);
                settle(&what, self.give_name_back(lent, call));
            }
        }
        for held in &self.held {
            let what = format!("the name {} stays in the engine", held.name);
            settle(&what, self.take_tag(&held.name, &held.id, call));
        }
        if let Some(notes) = self.visit.close() {
            for id in &notes.touched {
                let repository = self.visit.name().repository();
                let what = format!("what {id} got in {repository} stays in the engine");
                settle(&what, self.tidy(id, &notes, call));
            }
        }
        left
    }

    /// Finds the image that the engine has pulled. One that was left in its last moment has no name yet (measured on
    /// dockerd 20.10); whether an image without a name is this one, the registry tells.
    fn find(&self, pulled: &Pulled, call: &mut Call<'_>) -> Result<()> {
        let found = match &self.came {
            Some(id) => Some(id.clone()),
            None => id_of(self.engine, &pulled.name, call)?,
        };
        match found {
            Some(id) if !self.before().knows(&id) => {
                self.is_unwanted(&id);
                return Ok(());
            }
            // The image was there; its digest in this repository may have come.
            Some(id) => self.touch(&id),
            None => {}
        }
        let now = Before::look(self.engine, call)?;
        let nameless: Vec<_> = now.nameless_since(self.before()).collect();
        if nameless.is_empty() {
            return Ok(());
        }
        let platform = pulled.platform.as_ref();
        let ids = call.trying_once(|call| self.images.ids_of(&pulled.name, platform, call))?;
        for id in ids {
            if nameless.contains(&id.as_str()) {
                self.is_unwanted(id.as_str());
            }
        }
        Ok(())
    }

    /// Notes that an image shall go when it has no name in the end.
    fn is_unwanted(&self, id: &str) {
        self.touch(id);
        self.visit.note(|notes| {
            notes.unwanted.insert(id.to_owned());
        });
    }

    fn give_name_back(&self, lent: &Lent, call: &mut Call<'_>) -> Result<()> {
        let now = id_of(self.engine, &lent.name, call)?;
        if now == lent.previous {
            return Ok(());
        }
        // Whoever has given it to another image meanwhile, meant to.
        if let (Some(now), Some(ours)) = (&now, &lent.ours)
            && now != ours
        {
            return Ok(());
        }
        if let Some(previous) = &lent.previous {
            match self.engine.tag(previous, lent.name.as_str(), None, call) {
                // Somebody has removed that image.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                other => return other,
            }
        }
        match now {
            Some(id) => self.take_tag(&lent.name, &id, call),
            None => Ok(()),
        }
    }

    /// Takes a tag from an image, which goes with it only when it came with this operation.
    fn take_tag(&self, name: &Reference, id: &str, call: &mut Call<'_>) -> Result<()> {
        let Some(image) = look_at(self.engine, id, call)? else {
            return Ok(());
        };
        let may_go = self.has_own_tag_besides(name, &image) || !self.before().knows(id);
        let takes_digests = names_of(&image).iter().any(|other| {
            let beside = !is_tag(other) && other.repository() == name.repository();
            beside && self.before().holder(other).is_some()
        });
        if may_go && !takes_digests && self.visit.is_alone() {
            remove(self.engine, name.as_str(), call)
        } else {
            move_away(self.engine, name, call)
        }
    }

    /// Whether an image has a tag, other than `name`, that is not there for the time of an operation only.
    fn has_own_tag_besides(&self, name: &Reference, image: &ImageDetails) -> bool {
        names_of(image).iter().any(|other| {
            is_tag(other) && other != name && !is_hold(other) && !self.visit.is_in_use(other)
        })
    }

    /// Takes from an image the digests that it got from the operations in this repository; one that came with those
    /// that failed and has no name is removed.
    ///
    /// With a tag of the repository an image keeps the digests: so do engines, which remove them with the last tag; and
    /// on the containerd store the tags would go with a digest, which there is but another way to look at them.
    fn tidy(&self, id: &str, notes: &Notes, call: &mut Call<'_>) -> Result<()> {
        let Some(image) = look_at(self.engine, id, call)? else {
            return Ok(());
        };
        let repository = self.visit.name().repository();
        let (tags, digests): (Vec<_>, Vec<_>) = names_of(&image)
            .into_iter()
            .filter(|name| name.repository() == repository)
            .partition(is_tag);
        let came = |digest: &Reference| {
            self.before().holder(digest).is_none() && !notes.asked_for.contains(digest)
        };
        for digest in digests.iter().filter(|digest| came(digest)) {
            if tags.is_empty() {
                self.take_digest(digest, &image, call)?;
            } else if notes.pulled.contains(digest) && digest.as_str().ends_with(id) {
                return Err(Error::InvalidState(format!(
                    "the engine would remove {} together with {digest}",
                    tags[0]
                )));
            }
        }
        if !notes.unwanted.contains(id) {
            return Ok(());
        }
        match look_at(self.engine, id, call)? {
            Some(image) if image.repo_tags.is_empty() && image.repo_digests.is_empty() => {
                remove(self.engine, id, call)
            }
            _ => Ok(()),
        }
    }

    fn take_digest(
        &self,
        digest: &Reference,
        image: &ImageDetails,
        call: &mut Call<'_>,
    ) -> Result<()> {
        if self.has_own_tag_besides(digest, image) || !self.before().knows(&image.id) {
            remove(self.engine, digest.as_str(), call)
        } else {
            take_digest(self.engine, digest, &image.id, call)
        }
    }
}

fn names_of(image: &ImageDetails) -> BTreeSet<Reference> {
    names(&image.repo_tags, &image.repo_digests)
        .into_iter()
        .collect()
}
