//! Images for several platforms by way of layouts and archives: nothing of them changes.

use std::collections::BTreeMap;
use std::fs;

use imgferry::{BlobSource, Call, CopyOptions, Digest, Place, Platforms, Reference, UploadOptions};
use serde_json::Value;

use crate::support::{
    ImageSpec, Registry, RegistryOptions, TempDir, expect_success, skopeo, unique,
};
use crate::{OCI_INDEX, OCI_MANIFEST, client, copy, name, place, push_index, raw, sha256};

fn whole() -> CopyOptions {
    CopyOptions {
        platforms: Platforms::All,
        referrers: true,
        keep_digests: true,
        ..CopyOptions::default()
    }
}

/// A manifest that refers to another one; its digest.
fn attach(part: &Registry, image: &Reference, subject: &Digest, kind: &str) -> Digest {
    let (handle, call) = (client(part), &mut Call::new());
    let options = UploadOptions::default();
    let mut blob = |bytes: &[u8]| {
        handle
            .put_blob(image, BlobSource::Data(bytes), &options, call)
            .expect("a blob")
            .digest
    };
    let (config, layer) = (blob(b"{}"), blob(kind.as_bytes()));
    let artifact = format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","artifactType":"{kind}",
        "config":{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{config}","size":2}},
        "layers":[{{"mediaType":"text/plain","digest":"{layer}","size":{}}}],
        "subject":{{"mediaType":"{OCI_MANIFEST}","digest":"{subject}","size":7}}}}"#,
        kind.len()
    );
    handle
        .put_manifest(
            &image.without_tag(),
            OCI_MANIFEST,
            artifact.as_bytes(),
            call,
        )
        .expect("an artifact")
}

/// The digests of the manifests that an index lists, and those below them.
fn below(index: &str) -> Vec<Digest> {
    let index: Value = serde_json::from_str(index).expect("JSON");
    let entries = index["manifests"].as_array().into_iter().flatten();
    entries
        .map(|entry| entry["digest"].as_str().expect("a digest"))
        .map(|digest| Digest::parse(digest).expect("a digest"))
        .collect()
}

/// An image for three platforms in a registry, with what is attached to the index, to one of its images, and to what is
/// attached.
struct Attached {
    image: Reference,
    /// Each with what is attached to it.
    referrers: BTreeMap<Digest, Digest>,
}

impl Attached {
    fn push(part: &Registry, purpose: &str) -> Attached {
        let image = push_index(part, purpose);
        let top = sha256(&raw(&image));
        let one = below(&raw(&image)).remove(1);
        let signature = attach(part, &image, &top, "text/signature");
        let list = attach(part, &image, &one, "text/list-of-parts");
        let of_list = attach(part, &image, &list, "text/signature-of-list");
        Attached {
            image,
            referrers: BTreeMap::from([(top, signature), (one, list.clone()), (list, of_list)]),
        }
    }

    /// Holds that all of it is in another place, byte for byte.
    #[track_caller]
    fn check_arrival(&self, part: &Registry, target: &Reference) {
        assert_eq!(raw(target), raw(&self.image));
        let artifacts = self.referrers.values().cloned();
        for digest in below(&raw(target)).into_iter().chain(artifacts) {
            let own = target.without_tag().with_digest(digest.clone());
            let manifest = raw(&own);
            assert_eq!(sha256(&manifest), digest);
            let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
            for blob in manifest["layers"].as_array().expect("layers") {
                let digest = blob["digest"].as_str().expect("a digest");
                let blob = target.with_digest(Digest::parse(digest).expect("a digest"));
                let size = client(part).head_blob(&blob, &mut Call::new());
                size.expect("a blob");
            }
        }
        for (subject, artifact) in &self.referrers {
            let subject = target.without_tag().with_digest(subject.clone());
            let found = client(part).referrers(&subject, None, &mut Call::new());
            let found = found.expect("referrers");
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].digest, *artifact);
        }
    }
}

#[test]
fn an_image_for_three_platforms_and_all_that_is_attached_survive_a_layout_and_an_archive() {
    let (one, other) = (
        Registry::shared(),
        Registry::start(RegistryOptions::default()),
    );
    let source = Attached::push(one, "attached");
    let folder = TempDir::new("layouts");
    for between in [
        Place::oci_layout(folder.join("layout"), Some("1")),
        Place::oci_archive(folder.join("archive.tar"), Some("1")),
        // What is attached is not taken for another image.
        Place::oci_layout(folder.join("nameless"), None),
        Place::oci_archive(folder.join("nameless.tar"), None),
    ] {
        let out = copy(&place(one, &source.image), &between, &whole()).expect("out");
        assert_eq!(out.manifests, 7, "{between}");
        let text = between.to_string();
        // Without a name skopeo wants that there is nothing else.
        if text.ends_with(":1") {
            let into = format!("dir:{}", folder.join(unique("judged")).display());
            expect_success(&skopeo(&["copy", "--all", &text, &into]));
        }
        let target = name(&other, "attached");
        let back = copy(&between, &place(&other, &target), &whole()).expect("back");
        assert_eq!(
            (&back.digest, back.manifests),
            (&out.digest, 7),
            "{between}"
        );
        assert_eq!(back.media_type, OCI_INDEX);
        source.check_arrival(&other, &target);
        // And without another image in between, from one layout to another.
        let again = Place::oci_layout(folder.join(unique("again")), Some("1"));
        assert_eq!(
            copy(&between, &again, &whole()).expect("again").manifests,
            7
        );
        let target = name(&other, "attached");
        copy(&again, &place(&other, &target), &whole()).expect("back");
        source.check_arrival(&other, &target);
    }
}

#[test]
fn the_same_copy_is_the_same_archive_byte_for_byte() {
    let part = Registry::shared();
    let (index, image) = (push_index(part, "same"), name(part, "same"));
    ImageSpec::small("same/image:1").push_by_skopeo(&image.to_string());
    let folder = TempDir::new("layouts");
    let raw_layers = folder.join("raw.tar");
    ImageSpec::small("same/image:1").write_archive(&raw_layers);
    let cases: [(Place, CopyOptions); 4] = [
        (place(part, &index), whole()),
        (place(part, &index), CopyOptions::default()),
        (place(part, &image), CopyOptions::default()),
        (
            Place::docker_archive(&raw_layers, None),
            CopyOptions::default(),
        ),
    ];
    for (from, options) in &cases {
        let made = |kind: &str| {
            let path = folder.join(unique("made"));
            let to = match kind {
                "oci-archive" => Place::oci_archive(&path, Some("1")),
                _ => Place::docker_archive(&path, Some("same/image:1")),
            };
            copy(from, &to, options).unwrap_or_else(|error| panic!("{}", error.report()));
            fs::read(path).expect("an archive")
        };
        assert!(made("oci-archive") == made("oci-archive"), "{from}");
        if options.platforms == Platforms::Host {
            assert!(made("docker-archive") == made("docker-archive"), "{from}");
        }
    }
}
