//! The methods of an engine's handle.

use std::fs;
use std::io::Cursor;

use imgferry::{
    Call, Digest, ErrorKind, ImageArchive, ImportOptions, ImportSource, Imported, Result,
};

use super::{Again, Belief, Operation, Prepare, Run, nothing};
use crate::scene::{Scene, Side};
use crate::stage::{BASE, LOADED};
use crate::support::ImageSpec;

const ARCHIVE: &[Belief] = &[(
    "another byte in the body",
    "the engine's archive has no sum; who reads it has the digests in it",
)];

fn op(name: &'static str, prepare: Prepare, run: Run) -> Operation {
    Operation::new(name, Side::Engine, prepare, run)
}

pub(super) fn all() -> Vec<Operation> {
    vec![
        op("engine api_version", nothing, |scene, call| {
            scene.engine.api_version(call)
        }),
        op("engine images", local_image, |scene, call| {
            let images = scene.engine.images(&Default::default(), call)?;
            let names = images.into_iter().flat_map(|image| image.repo_tags);
            let own = names.filter(|name| *name == scene.local());
            Ok(own.collect::<Vec<_>>().join(" "))
        }),
        op("engine inspect_image", nothing, |scene, call| {
            let details = scene
                .engine
                .inspect_image(BASE, &Default::default(), call)?;
            Ok(format!(
                "{} {:?} {}",
                details.id, details.layers, details.size
            ))
        }),
        op("engine history", nothing, |scene, call| {
            let history = scene.engine.history(BASE, None, call)?;
            let steps = history.into_iter().map(|step| step.created_by + &step.id);
            Ok(steps.collect::<Vec<_>>().join(", "))
        }),
        op("engine inspect_distribution", nothing, |scene, call| {
            let found = scene
                .engine
                .inspect_distribution(scene.stock().as_str(), None, call)?;
            Ok(format!("{:?}", found.descriptor))
        }),
        op("engine search", nothing, |scene, call| {
            let term = format!("{}/ferry", scene.stage.search.host());
            let found = scene.engine.search(&term, &Default::default(), call)?;
            let names = found.into_iter().map(|found| found.name);
            Ok(names.collect::<Vec<_>>().join(" "))
        }),
        op("engine tag", nothing, |scene, call| {
            scene.engine.tag(BASE, &scene.local(), None, call)?;
            Ok("named".into())
        }),
        op("engine remove_image", local_image, |scene, call| {
            let removed = scene
                .engine
                .remove_image(&scene.local(), &Default::default(), call)?;
            Ok(format!("{removed:?}"))
        })
        .done_already(Again::Fails(ErrorKind::NotFound)),
        op("engine prune_images", unnamed_image, |scene, call| {
            let filters = [("label".into(), format!("of={}", scene.name))];
            scene.engine.prune_images(&filters, call)?;
            Ok("pruned".into())
        })
        .alone(),
        op("engine get_image", nothing, |scene, call| {
            let archive = scene.engine.get_image(BASE, &Default::default(), call)?;
            read(archive, call)
        })
        .believing(ARCHIVE),
        op("engine get_images", nothing, |scene, call| {
            let archive = scene
                .engine
                .get_images(&[BASE], &Default::default(), call)?;
            let mut bytes = Vec::new();
            archive.write_to(&mut bytes, call)?;
            Ok(Digest::sha256(&bytes).to_string())
        })
        .believing(ARCHIVE),
        op("engine get_image to a file", nothing, |scene, call| {
            let archive = scene.engine.get_image(BASE, &Default::default(), call)?;
            Ok(archive.write_file(&scene.file(), call)?.to_string())
        })
        .believing(ARCHIVE),
        op("engine save_images", nothing, |scene, call| {
            let mut bytes = Vec::new();
            scene
                .engine
                .save_images(&[BASE], &Default::default(), &mut bytes, call)?;
            Ok(Digest::sha256(&bytes).to_string())
        })
        .believing(ARCHIVE),
        op("engine save_images_file", nothing, |scene, call| {
            let file = scene.file();
            let saved = scene
                .engine
                .save_images_file(&[BASE], &Default::default(), &file, call);
            Ok(saved?.to_string())
        })
        .believing(ARCHIVE),
        op("engine load_image", nothing, |scene, call| {
            // Of all cases the same but for its name.
            let image = ImageSpec {
                names: vec![scene.local()],
                ..ImageSpec::small(LOADED)
            };
            let mut archive = image.archive();
            let loaded = scene
                .engine
                .load_image(&mut archive, &Default::default(), call)?;
            Ok(loaded.names.join(" "))
        }),
        op("engine import_image", nothing, |scene, call| {
            let source = ImportSource::Data(&scene.stage.tar);
            made(scene.engine.import_image(source, &options(scene), call))
        }),
        op("engine import_image_from_data", nothing, |scene, call| {
            made(
                scene
                    .engine
                    .import_image_from_data(&scene.stage.tar, &options(scene), call),
            )
        }),
        op("engine import_image_from_file", tar_file, |scene, call| {
            made(
                scene
                    .engine
                    .import_image_from_file(&scene.file(), &options(scene), call),
            )
        }),
        op("engine import_image_from_stream", nothing, |scene, call| {
            let mut tar = Cursor::new(&scene.stage.tar);
            made(
                scene
                    .engine
                    .import_image_from_stream(&mut tar, &options(scene), call),
            )
        }),
        op("engine import_image_from_url", nothing, |scene, call| {
            let stock = &scene.stage.stock;
            let layer = &scene.stage.stock_layer;
            let url = format!(
                "http://{}/v2/{}/blobs/{layer}",
                stock.domain(),
                stock.path()
            );
            made(
                scene
                    .engine
                    .import_image_from_url(&url, &options(scene), call),
            )
        }),
        op(
            "engine import_image_from_image",
            in_registry,
            |scene, call| {
                let source = scene.own();
                made(
                    scene
                        .engine
                        .import_image_from_image(source.as_str(), &options(scene), call),
                )
            },
        ),
        op("engine pull", in_registry, |scene, call| {
            let pulled = scene
                .engine
                .pull(scene.own().as_str(), &Default::default(), call)?;
            Ok(format!("{} {:?}", pulled.reference, pulled.digest))
        }),
        op("engine push", under_remote_name, |scene, call| {
            let pushed = scene
                .engine
                .push(scene.own().as_str(), &Default::default(), call)?;
            Ok(format!("{} {:?}", pushed.reference, pushed.digest))
        }),
    ]
}

/// The base under the case's own name.
pub(super) fn local_image(scene: &Scene) {
    name(scene, &scene.local());
}

/// The base under its name in the registry.
fn under_remote_name(scene: &Scene) {
    name(scene, scene.own().as_str());
}

fn name(scene: &Scene, name: &str) {
    let tagged = scene.direct_engine.tag(BASE, name, None, &mut Call::new());
    tagged.expect("a name");
}

fn unnamed_image(scene: &Scene) {
    let options = ImportOptions {
        changes: vec![format!("LABEL of={}", scene.name)],
        ..ImportOptions::default()
    };
    let call = &mut Call::new();
    let made = scene
        .direct_engine
        .import_image_from_data(&scene.stage.tar, &options, call);
    made.expect("an image");
}

fn tar_file(scene: &Scene) {
    fs::write(scene.file(), &scene.stage.tar).expect("a file");
}

pub(super) fn in_registry(scene: &Scene) {
    super::registry::own_image(scene);
}

fn options(scene: &Scene) -> ImportOptions {
    ImportOptions {
        repository: Some(scene.local()),
        ..ImportOptions::default()
    }
}

/// The ID is another one each time.
fn made(imported: Result<Imported>) -> Result<String> {
    imported.map(|imported| format!("made {}", !imported.id.is_empty()))
}

fn read(mut archive: ImageArchive, call: &mut Call<'_>) -> Result<String> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match archive.read_with(&mut buffer, call)? {
            0 => return Ok(Digest::sha256(&bytes).to_string()),
            count => bytes.extend(&buffer[..count]),
        }
    }
}
