//! Taking a name from an image, and nothing else.
//!
//! Together with its last name an engine removes an image. Together with an image's last tag in a repository dockerd
//! removes its digests of that repository, and on the containerd store together with a digest all its tags there
//! (measured on 20.10 and 26.1). What moves a name to another image by `tag` removes nothing anywhere; an import and a
//! pull that move one lose the image that had it, on the containerd store, when it was its only name.

use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::call::Call;
use crate::engine::{Engine, ImageDetails, ImportOptions, InspectOptions, RemoveOptions};
use crate::error::{ErrorKind, Result};
use crate::reference::Reference;

/// Where names are that only keep an image alive: `.invalid` is no host anywhere, so nothing is ever pushed there.
const HOLDING: &str = "imgferry.invalid/held";

/// What the engine knows of an image; `None` when it has none of that name or ID.
pub(super) fn look_at(
    engine: &Engine,
    image: &str,
    call: &mut Call<'_>,
) -> Result<Option<ImageDetails>> {
    match engine.inspect_image(image, &InspectOptions::default(), call) {
        Ok(image) => Ok(Some(image)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The ID of the image of that name; `None` when there is none.
pub(super) fn id_of(
    engine: &Engine,
    name: &Reference,
    call: &mut Call<'_>,
) -> Result<Option<String>> {
    Ok(look_at(engine, name.as_str(), call)?.map(|image| image.id))
}

/// A name that keeps an image alive while it has it. No other program has the same at the same time: the engine may be
/// that of many.
pub(super) fn holding_name() -> Result<Reference> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // Before 1970 the process and the number have to do.
    let nanoseconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    let process = process::id();
    Reference::parse(&format!("{HOLDING}:{process}-{number}-{nanoseconds}"))
}

/// Whether a name only keeps an image alive.
pub(super) fn is_hold(name: &Reference) -> bool {
    name.repository() == HOLDING
}

/// Removes a name, or an image by its ID; it may be gone already.
pub(super) fn remove(engine: &Engine, name: &str, call: &mut Call<'_>) -> Result<()> {
    let keep_parents = RemoveOptions {
        no_prune: true,
        ..RemoveOptions::default()
    };
    match engine.remove_image(name, &keep_parents, call) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Takes a tag from its image, which stays with whatever else it has: an empty image gets the name, and goes with it.
pub(super) fn move_away(engine: &Engine, name: &Reference, call: &mut Call<'_>) -> Result<()> {
    let empty = engine
        .import_image_from_data(&[], &ImportOptions::default(), call)?
        .id;
    let moved = engine.tag(&empty, name.as_str(), None, call);
    let removed = remove(engine, &empty, call);
    moved.and(removed)
}

/// Takes a digest from its image, which stays also when it has no other name.
pub(super) fn take_digest(
    engine: &Engine,
    name: &Reference,
    id: &str,
    call: &mut Call<'_>,
) -> Result<()> {
    let hold = holding_name()?;
    engine.tag(id, hold.as_str(), None, call)?;
    let removed = remove(engine, name.as_str(), call);
    let let_go = move_away(engine, &hold, call);
    removed.and(let_go)
}
