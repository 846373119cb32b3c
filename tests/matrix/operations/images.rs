//! The facade.

use imgferry::{Call, ErrorKind, PushImageOptions, PushVia, Result};

use super::engine::{in_registry, local_image};
use super::registry::{CONFIG_GONE, DIGEST_ONLY, DONE, own_image};
use super::{Again, Belief, Operation, nothing};
use crate::scene::{Scene, Side};
use crate::stage::STOCK;

/// What is not there needs not be given back.
const NOT_THERE: &[Belief] = &[("404", "an engine that says so has no image of that name")];

/// The same, and what cannot be known.
const LATER: &[Belief] = &[
    NOT_THERE[0],
    (
        "stall",
        "what was asked may arrive after its client has looked whether it was done",
    ),
];

pub(super) fn all() -> Vec<Operation> {
    let mut all = Vec::new();
    for side in [Side::Engine, Side::Registry] {
        let at = |engine, registry| match side {
            Side::Engine => engine,
            Side::Registry => registry,
        };
        let by_engine = |operation: Operation| match side {
            Side::Engine => operation.believing(NOT_THERE).overlooking(LATER),
            Side::Registry => operation.spoken_by_engine().may_leave(is_late_digest),
        };
        all.extend([
            by_engine(Operation::new(
                at("images push (engine)", "images push (registry)"),
                side,
                local_image,
                |scene, call| push(scene, PushVia::Engine, call),
            )),
            Operation::new(
                at(
                    "images push directly (engine)",
                    "images push directly (registry)",
                ),
                side,
                local_image,
                |scene, call| push(scene, PushVia::Direct, call),
            ),
            by_engine(Operation::new(
                at(
                    "images push either way (engine)",
                    "images push either way (registry)",
                ),
                side,
                local_image,
                |scene, call| push(scene, PushVia::Auto, call),
            )),
            by_engine(Operation::new(
                at("images pull (engine)", "images pull (registry)"),
                side,
                in_registry,
                |scene, call| {
                    let (remote, local) = (scene.remote(&scene.own()), scene.local_image());
                    let options = Default::default();
                    let pulled = scene.images.pull(&remote, Some(&local), &options, call)?;
                    scene.tell(&pulled.warnings);
                    Ok(format!("{} {:?}", pulled.id, pulled.digest))
                },
            )),
        ]);
    }
    let op = |name, prepare, run| Operation::new(name, Side::Registry, prepare, run);
    all.extend([
        op("images digest", nothing, |scene, call| {
            let remote = scene.remote(&scene.stock());
            Ok(scene.images.digest(&remote, call)?.to_string())
        })
        .believing(DIGEST_ONLY),
        op("images size", nothing, |scene, call| {
            let remote = scene.remote(&scene.stock());
            Ok(format!("{:?}", scene.images.size(&remote, call)?))
        }),
        op("images tag_info", nothing, |scene, call| {
            let remote = scene.remote(&scene.stock());
            Ok(format!("{:?}", scene.images.tag_info(&remote, call)?))
        })
        .believing(CONFIG_GONE),
        op("images tags", nothing, |scene, call| {
            let remote = scene.remote(&scene.stock());
            let tags = scene.images.tags(&remote, call)?;
            let tags = tags
                .iter()
                .map(|image| image.reference().as_str().to_owned());
            Ok(tags.collect::<Vec<_>>().join(" "))
        }),
        op("images list", nothing, |scene, call| {
            let images = scene.images.list(None, call)?;
            let stock = format!("{}/{STOCK}", scene.host);
            let has = |image: &imgferry::RemoteImage| image.reference().repository() == stock;
            Ok(images.iter().any(has).to_string())
        })
        .also(&[ErrorKind::Unsupported]),
        op("images rm", own_image, |scene, call| {
            let remote = scene.remote(&scene.own());
            Ok(scene.images.rm(&remote, None, call)?.to_string())
        })
        .believing(DONE)
        .done_already(Again::Fails(ErrorKind::NotFound)),
    ]);
    all
}

/// dockerd ends a push although its client has left, and then gives the image its digest in that repository.
fn is_late_digest(line: &str) -> bool {
    line.starts_with("image HOST/OWN@")
}

fn push(scene: &Scene, via: PushVia, call: &mut Call<'_>) -> Result<String> {
    let options = PushImageOptions {
        via,
        ..PushImageOptions::default()
    };
    let (local, remote) = (scene.local_image(), scene.remote(&scene.own()));
    let pushed = scene.images.push(&local, Some(&remote), &options, call)?;
    scene.tell(&pushed.warnings);
    Ok(pushed.digest.is_some().to_string())
}
