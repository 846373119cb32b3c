//! Copies from place to place, and what else is asked of a place.

use imgferry::{Call, CopyOptions, Digest, ErrorKind, Place, Result, copy};

use super::engine::local_image;
use super::registry::{DONE, own_image};
use super::{Again, Operation, nothing};
use crate::scene::{Scene, Side};
use crate::stage::BASE;

fn from_registry(name: &'static str, run: super::Run) -> Operation {
    Operation::new(name, Side::Registry, nothing, run)
}

fn to_registry(name: &'static str, run: super::Run) -> Operation {
    Operation::new(name, Side::Registry, nothing, run)
}

fn with_engine(name: &'static str, run: super::Run) -> Operation {
    Operation::new(name, Side::Engine, nothing, run)
}

pub(super) fn all() -> Vec<Operation> {
    vec![
        from_registry("copy from a registry to a layout", |scene, call| {
            go(scene.place(&scene.stock()), layout(scene), call)
        })
        .may_leave(is_begun_layout),
        from_registry("copy from a registry to an OCI archive", |scene, call| {
            let to = Place::oci_archive(scene.file(), Some("1"));
            go(scene.place(&scene.stock()), to, call)
        }),
        from_registry(
            "copy from a registry to an archive for Docker",
            |scene, call| {
                let to = Place::docker_archive(scene.file(), Some("stock/archive:1"));
                go(scene.place(&scene.stock()), to, call)
            },
        ),
        from_registry("copy from a registry to another", |scene, call| {
            let to = scene.place_directly(&scene.own_directly());
            go(scene.place(&scene.stock()), to, call)
        }),
        from_registry("copy from a registry to an engine", |scene, call| {
            let to = Place::engine(&scene.engine, &scene.local());
            go(scene.place(&scene.stock()), to, call)
        }),
        from_registry(
            "copy within a registry, with what is attached",
            |scene, call| {
                let options = CopyOptions {
                    referrers: true,
                    ..CopyOptions::default()
                };
                let (from, to) = (scene.place(&scene.stock()), scene.place(&scene.own()));
                Ok(copy(&from, &to, &options, call)?.digest.to_string())
            },
        ),
        to_registry("copy from another registry", |scene, call| {
            let from = scene.place_directly(&scene.stage.stock);
            go(from, scene.place(&scene.own()), call)
        }),
        to_registry("copy from a layout to a registry", |scene, call| {
            let from = Place::oci_layout(scene.stage.layout(), Some("1"));
            go(from, scene.place(&scene.own()), call)
        }),
        to_registry("copy from an archive to a registry", |scene, call| {
            let from = Place::docker_archive(scene.stage.archive(), None);
            go(from, scene.place(&scene.own()), call)
        }),
        to_registry("copy from an engine to a registry", engine_to_registry),
        with_engine(
            "copy from an engine (engine) to a registry",
            engine_to_registry,
        ),
        with_engine("copy from an engine to a layout", |scene, call| {
            go(Place::engine(&scene.engine, BASE), layout(scene), call)
        })
        .may_leave(is_begun_layout),
        with_engine("copy from a layout to an engine", |scene, call| {
            let from = Place::oci_layout(scene.stage.layout(), Some("1"));
            go(from, Place::engine(&scene.engine, &scene.local()), call)
        }),
        with_engine(
            "copy from a registry to an engine (engine)",
            |scene, call| {
                let to = Place::engine(&scene.engine, &scene.local());
                go(scene.place(&scene.stock()), to, call)
            },
        ),
        from_registry("place inspect (registry)", |scene, call| {
            let inspected = scene.place(&scene.stock()).inspect(None, call)?;
            Ok(format!("{:?}", inspected.digest))
        }),
        with_engine("place inspect (engine)", |scene, call| {
            let inspected = Place::engine(&scene.engine, BASE).inspect(None, call)?;
            Ok(format!("{:?}", inspected.image))
        }),
        from_registry("place list (registry)", |scene, call| {
            let listed = scene.place(&scene.stock()).list(call)?;
            let names = listed.into_iter().filter_map(|image| image.name);
            Ok(names.collect::<Vec<_>>().join(" "))
        }),
        with_engine("place list (engine)", |scene, call| {
            let listed = Place::engine(&scene.engine, "stock/base").list(call)?;
            let names = listed.into_iter().filter_map(|image| image.name);
            Ok(names
                .filter(|name| name.contains("stock/base"))
                .collect::<Vec<_>>()
                .join(" "))
        }),
        Operation::new(
            "place delete (registry)",
            Side::Registry,
            own_image,
            delete_by_digest,
        )
        .believing(DONE)
        .done_already(Again::Fails(ErrorKind::NotFound)),
        Operation::new(
            "place delete (engine)",
            Side::Engine,
            local_image,
            |scene, call| {
                let place = Place::engine(&scene.engine, &scene.local());
                Ok(format!("{:?}", place.delete(call)?))
            },
        )
        .done_already(Again::Fails(ErrorKind::NotFound)),
    ]
}

/// docker-registry 2.8 removes nothing by its tag.
fn delete_by_digest(scene: &Scene, call: &mut Call<'_>) -> Result<String> {
    let digest = Digest::sha256(&scene.stage.stock_manifest);
    let image = scene.own().without_tag().with_digest(digest);
    Ok(format!("{:?}", scene.place(&image).delete(call)?))
}

fn layout(scene: &Scene) -> Place {
    Place::oci_layout(scene.folder.join("layout"), Some("1"))
}

fn engine_to_registry(scene: &Scene, call: &mut Call<'_>) -> Result<String> {
    let from = Place::engine(&scene.engine, BASE);
    go(from, scene.place(&scene.own()), call)
}

fn go(from: Place, to: Place, call: &mut Call<'_>) -> Result<String> {
    let copied = copy(&from, &to, &CopyOptions::default(), call)?;
    Ok(format!("{} {}", copied.digest, copied.media_type))
}

/// A layout without images, and the begun downloads beside its blobs, where another copy goes on.
fn is_begun_layout(line: &str) -> bool {
    let empty = Digest::sha256(
        br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#,
    );
    line == format!("file FOLDER/layout/index.json is {empty}")
        || line.starts_with("file FOLDER/layout/blobs/sha256/") && line.contains(".part is ")
}
