//! The methods of a registry's handle.

use imgferry::{BlobSource, Call, Digest, ErrorKind, Reference, Result, UploadOptions};

use super::{Again, Belief, Operation, nothing};
use crate::scene::{Scene, Side};
use crate::stage::{OCI_MANIFEST, STOCK, about};

/// What nobody else says than the head of this answer.
pub(super) const DIGEST_ONLY: &[Belief] = &[(
    "another digest in the head",
    "a head has nothing that the digest could be held against",
)];
const HEAD: &[Belief] = &[
    DIGEST_ONLY[0],
    ("text/html", "it is what the registry says of the manifest"),
    ("none", "it is what the registry says of the manifest"),
];
pub(super) const CONFIG_GONE: &[Belief] = &[(
    "404",
    "of an image without its config is told what there is",
)];
const REFERRERS: &[Belief] = &[
    (
        "404",
        "a registry without such a list has nothing under that tag when nothing refers to the image",
    ),
    (
        "another digest in the head",
        "that of another image, to which nothing refers",
    ),
];
pub(super) const DONE: &[Belief] = &[("204", "by it registries say that something is gone")];
const ALL_DONE: &[Belief] = &[
    DONE[0],
    ("404", "a tag of which that is said went with another one"),
];

fn op(name: &'static str, run: super::Run) -> Operation {
    Operation::new(name, Side::Registry, nothing, run)
}

fn with(name: &'static str, prepare: super::Prepare, run: super::Run) -> Operation {
    Operation::new(name, Side::Registry, prepare, run)
}

pub(super) fn all() -> Vec<Operation> {
    vec![
        op("registry ping", |scene, call| {
            scene.registry.ping(call).map(|()| "answers".into())
        }),
        op("registry check_login", |scene, call| {
            Ok(scene.registry.check_login(call)?.to_string())
        }),
        op("registry digest", |scene, call| {
            Ok(scene.registry.digest(&scene.stock(), call)?.to_string())
        })
        .believing(DIGEST_ONLY),
        op("registry head_manifest", |scene, call| {
            Ok(format!(
                "{:?}",
                scene.registry.head_manifest(&scene.stock(), call)?
            ))
        })
        .believing(HEAD),
        op("registry get_manifest", |scene, call| {
            let manifest = scene.registry.get_manifest(&scene.stock(), call)?;
            Ok(format!(
                "{} {}",
                manifest.media_type(),
                Digest::sha256(manifest.bytes())
            ))
        }),
        op("registry platforms", |scene, call| {
            Ok(format!(
                "{:?}",
                scene.registry.platforms(&scene.stock(), call)?
            ))
        }),
        op("registry image_config", |scene, call| {
            Ok(format!(
                "{:?}",
                scene.registry.image_config(&scene.stock(), None, call)?
            ))
        }),
        op("registry tags", |scene, call| {
            Ok(format!("{:?}", scene.registry.tags(&scene.stock(), call)?))
        }),
        op("registry list_tags", |scene, call| {
            let tags = scene.registry.list_tags(&scene.stock(), call)?;
            Ok(format!("{:?}", tags.rest(call)?))
        }),
        op("registry repositories", |scene, call| {
            let mut names = scene.registry.repositories(call);
            let mut is_listed = false;
            while let Some(name) = names.next_with(call)? {
                is_listed |= name == STOCK;
            }
            Ok(is_listed.to_string())
        })
        .also(&[ErrorKind::Unsupported]),
        op("registry referrers", |scene, call| {
            Ok(format!(
                "{:?}",
                scene.registry.referrers(&scene.stock(), None, call)?
            ))
        })
        .believing(REFERRERS),
        op("registry size", |scene, call| {
            Ok(format!("{:?}", scene.registry.size(&scene.stock(), call)?))
        }),
        op("registry tag_info", |scene, call| {
            Ok(format!(
                "{:?}",
                scene.registry.tag_info(&scene.stock(), call)?
            ))
        })
        .believing(CONFIG_GONE),
        op("registry head_blob", |scene, call| {
            Ok(scene.registry.head_blob(&layer(scene), call)?.to_string())
        }),
        op("registry get_blob", |scene, call| {
            let mut reader = scene
                .registry
                .get_blob(&layer(scene), &Default::default(), call)?;
            let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
            loop {
                match reader.read_with(&mut buffer, call)? {
                    0 => return Ok(Digest::sha256(&bytes).to_string()),
                    count => bytes.extend(&buffer[..count]),
                }
            }
        }),
        op("registry get_blob written", |scene, call| {
            let blob = layer(scene);
            let reader = scene.registry.get_blob(&blob, &Default::default(), call)?;
            let mut bytes = Vec::new();
            reader.write_to(&mut bytes, call)?;
            Ok(Digest::sha256(&bytes).to_string())
        }),
        op("registry get_blob to a file", |scene, call| {
            let blob = layer(scene);
            let reader = scene.registry.get_blob(&blob, &Default::default(), call)?;
            Ok(reader.write_file(&scene.file(), call)?.to_string())
        }),
        op("registry save_blob", |scene, call| {
            let mut bytes = Vec::new();
            scene
                .registry
                .save_blob(&layer(scene), &Default::default(), &mut bytes, call)?;
            Ok(Digest::sha256(&bytes).to_string())
        }),
        op("registry save_blob_file", |scene, call| {
            let file = scene.file();
            let saved =
                scene
                    .registry
                    .save_blob_file(&layer(scene), &Default::default(), &file, call);
            Ok(saved?.to_string())
        }),
        op("registry put_blob", |scene, call| {
            put_blob(scene, &UploadOptions::default(), call)
        }),
        op("registry put_blob in chunks", |scene, call| {
            let chunk_size = Some(7000);
            put_blob(
                scene,
                &UploadOptions {
                    chunk_size,
                    ..UploadOptions::default()
                },
                call,
            )
        }),
        op("registry put_blob mounted", |scene, call| {
            let mount_from = Some(STOCK.into());
            put_blob(
                scene,
                &UploadOptions {
                    mount_from,
                    ..UploadOptions::default()
                },
                call,
            )
        }),
        op("registry mount_blob", |scene, call| {
            let blob = scene
                .own()
                .without_tag()
                .with_digest(scene.stage.stock_layer.clone());
            match scene.registry.mount_blob(&blob, STOCK, call)? {
                true => Ok("mounted".into()),
                false => Ok("not mounted".into()),
            }
        })
        .declines("not mounted"),
        with("registry put_manifest", own_blobs, |scene, call| {
            let manifest = &scene.stage.stock_manifest;
            let kind = media_type(manifest);
            let put = scene
                .registry
                .put_manifest(&scene.own(), &kind, manifest, call);
            Ok(put?.to_string())
        })
        .also(&[ErrorKind::NotFound]),
        with(
            "registry put_manifest with a subject",
            subject,
            |scene, call| {
                let subject = Digest::sha256(&scene.stage.stock_manifest);
                let manifest = about(&subject, scene.stage.stock_manifest.len());
                let target = scene.own().without_tag();
                let target = target.with_digest(Digest::sha256(manifest.as_bytes()));
                let put =
                    scene
                        .registry
                        .put_manifest(&target, OCI_MANIFEST, manifest.as_bytes(), call);
                Ok(put?.to_string())
            },
        ),
        with("registry delete_manifest", own_image, |scene, call| {
            Ok(scene
                .registry
                .delete_manifest(&scene.own(), call)?
                .to_string())
        })
        .believing(DONE)
        .done_already(Again::Fails(ErrorKind::NotFound)),
        with("registry delete_tag", own_image, |scene, call| {
            not_supported(scene.registry.delete_tag(&scene.own(), call))
        })
        // Of an answer that is not understood nobody knows that it means so.
        .also(&[ErrorKind::Registry])
        .believing(DONE),
        with("registry delete_all_tags", own_image, |scene, call| {
            not_supported(scene.registry.delete_all_tags(&scene.own(), call))
        })
        .declines("not supported")
        .believing(ALL_DONE)
        .done_already(Again::Says("[]")),
        with("registry delete_blob", own_blobs, |scene, call| {
            let blob = scene
                .own()
                .without_tag()
                .with_digest(scene.stage.stock_layer.clone());
            scene
                .registry
                .delete_blob(&blob, call)
                .map(|()| "gone".into())
        })
        .believing(DONE)
        .done_already(Again::Fails(ErrorKind::NotFound)),
    ]
}

fn layer(scene: &Scene) -> Reference {
    let stock = scene.stock().without_tag();
    stock.with_digest(scene.stage.stock_layer.clone())
}

fn put_blob(scene: &Scene, options: &UploadOptions, call: &mut Call<'_>) -> Result<String> {
    let source = BlobSource::Data(&scene.stage.tar);
    let put = scene
        .registry
        .put_blob(&scene.own(), source, options, call)?;
    Ok(format!("{} {}", put.digest, put.size))
}

/// docker-registry 2.8 cannot remove a tag: that is the right end.
fn not_supported<T: std::fmt::Debug>(result: Result<T>) -> Result<String> {
    match result {
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok("not supported".into()),
        other => other.map(|done| format!("{done:?}")),
    }
}

fn media_type(manifest: &[u8]) -> String {
    let document: serde_json::Value = serde_json::from_slice(manifest).expect("JSON");
    document["mediaType"]
        .as_str()
        .expect("a media type")
        .to_owned()
}

/// What the manifest of the stock names.
pub(super) fn own_blobs(scene: &Scene) {
    let document: serde_json::Value =
        serde_json::from_slice(&scene.stage.stock_manifest).expect("JSON");
    let layers = document["layers"].as_array().expect("layers").iter();
    for named in layers.chain([&document["config"]]) {
        let digest = Digest::parse(named["digest"].as_str().expect("a digest")).expect("a digest");
        let blob = scene.own_directly().without_tag().with_digest(digest);
        let mounted = scene
            .direct_registry
            .mount_blob(&blob, STOCK, &mut Call::new());
        assert!(mounted.expect("a mount"), "it is in the stock");
    }
}

/// The stock under the case's own name.
pub(super) fn own_image(scene: &Scene) {
    own_blobs(scene);
    let manifest = &scene.stage.stock_manifest;
    scene
        .direct_registry
        .put_manifest(
            &scene.own_directly(),
            &media_type(manifest),
            manifest,
            &mut Call::new(),
        )
        .expect("a manifest");
}

/// The stock under the case's own name, and what something that refers to it needs.
fn subject(scene: &Scene) {
    own_image(scene);
    let put = scene.direct_registry.put_blob(
        &scene.own_directly(),
        BlobSource::Data(b"{}"),
        &UploadOptions::default(),
        &mut Call::new(),
    );
    put.expect("a config");
}
