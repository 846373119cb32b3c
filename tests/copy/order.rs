//! In which order an image arrives, and what is there when it does not.

use std::collections::HashSet;
use std::fs;

use imgferry::{BlobSource, Call, CopyOptions, Digest, ErrorKind, Place, Platforms, Reference};
use serde_json::{Value, json};

use crate::judge::judge;
use crate::support::{
    Answer, Exchange, Fault, FaultProxy, ImageSpec, LayerSpec, Plan, Registry, RegistryOptions,
    Requests, TempDir, expect_success, skopeo,
};
use crate::{
    OCI_INDEX, OCI_MANIFEST, client, copy, name, place, push_index, raw, reference, sha256,
};

/// The requests of a kind, in the order of their coming.
fn requests(exchanges: &[Exchange], method: &str, part: &str) -> Vec<Exchange> {
    let is_wanted = |exchange: &&Exchange| {
        let line = &exchange.request.request;
        line.starts_with(method) && line.contains(part)
    };
    exchanges.iter().filter(is_wanted).cloned().collect()
}

fn through(proxy: &FaultProxy, image: &Reference) -> Place {
    let options = imgferry::RegistryOptions::default();
    let registry = imgferry::Registry::new(proxy.host(), &options).expect("a handle");
    let image = format!("{}/{}:1", proxy.host(), image.path());
    Place::registry(&registry, &reference(&image))
}

/// The names of the upload sessions that are open in a repository.
fn sessions(part: &Registry, repository: &Reference) -> Vec<String> {
    let folder = format!(
        "docker/registry/v2/repositories/{}/_uploads",
        repository.path()
    );
    let entries = fs::read_dir(part.root().join(folder)).expect("there were sessions");
    entries
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().join("startedat").exists())
        .map(|entry| entry.file_name().into_string().expect("UTF-8"))
        .collect()
}

// case 30
#[test]
fn a_push_of_which_one_blob_is_refused_changes_no_tag_and_another_one_sends_what_is_missing() {
    let part = Registry::start(RegistryOptions::default());
    let folder = TempDir::new("order");
    let archive = folder.join("image.tar");
    let layers = [1, 2, 3, 4].map(|size| LayerSpec::incompressible(size * 300_000));
    ImageSpec::new("order/image:1", &layers).write_archive(&archive);
    let layout = format!("oci:{}:1", folder.join("layout").display());
    let archive = format!("docker-archive:{}", archive.display());
    expect_success(&skopeo(&["copy", &archive, &layout]));
    let from = Place::oci_layout(folder.join("layout"), None);
    for parallel in [1, 4] {
        let target = name(&part, "refused");
        let denied = Answer::new(403)
            .with_body(r#"{"errors":[{"code":"DENIED","message":"this blob is not welcome"}]}"#);
        let third = Requests::nth(3).containing("PUT /v2/");
        let proxy = FaultProxy::in_front_of(&part, Plan::always(Fault::answer(third, denied)));
        let to = through(&proxy, &target);
        let options = CopyOptions {
            parallel,
            ..CopyOptions::default()
        };
        let error = copy(&from, &to, &options).expect_err("one is refused");
        println!("{}", error.report());
        assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
        let exchanges = proxy.exchanges();
        let refused = &requests(&exchanges, "PUT ", "/blobs/uploads/")[2];
        let digest = refused.request.request.split("digest=sha256%3A").nth(1);
        let digest: String = digest.expect("a digest").chars().take(64).collect();
        for said in [&digest, "403", "this blob is not welcome"] {
            assert!(error.report().contains(said), "{said}: {}", error.report());
        }
        assert!(requests(&exchanges, "PUT ", "/manifests/").is_empty());
        let gone = client(&part).digest(&target, &mut Call::new());
        assert_eq!(gone.expect_err("no tag").kind(), ErrorKind::NotFound);
        for session in sessions(&part, &target) {
            let ended = requests(&exchanges, "DELETE ", &session);
            assert!(!ended.is_empty(), "{session} was not to be ended");
        }

        let before = exchanges.len();
        proxy.set(Plan::none());
        let copied = copy(&from, &to, &options).expect("a rerun");
        let again = proxy.exchanges().split_off(before);
        let sent = requests(&again, "PUT ", "/blobs/uploads/").len();
        println!("{parallel} at once: {sent} sent again");
        assert_eq!(sent, copied.copied_blobs);
        assert_eq!(copied.copied_blobs + copied.existing_blobs, 5);
        assert!(copied.existing_blobs >= 2 || parallel > 1, "{copied:?}");
        assert_eq!(judge(&format!("docker://{target}")).digest, copied.digest);
    }
}

/// The entry of an index for a manifest in a registry.
fn entry(image: &Reference, more: &Value) -> Value {
    let manifest = client(Registry::shared())
        .get_manifest(image, &mut Call::new())
        .expect("a manifest");
    let mut entry = json!({
        "mediaType": manifest.media_type(),
        "digest": manifest.digest().as_str(),
        "size": manifest.bytes().len(),
    });
    let fields = more.as_object().expect("an object");
    for (name, value) in fields {
        entry[name] = value.clone();
    }
    entry
}

/// Puts an index into the shared registry that lists an index, an image, and what BuildKit states about that image.
fn push_nested() -> Reference {
    let part = Registry::shared();
    let (handle, call) = (client(part), &mut Call::new());
    let image = push_index(part, "nested");
    let inner = entry(&image, &json!({}));
    let one = image.with_tag("amd64").expect("a tag");
    let one = entry(
        &one,
        &json!({"platform": {"architecture": "amd64", "os": "linux"}}),
    );
    let mut blob = |bytes: &[u8]| {
        let options = imgferry::UploadOptions::default();
        let put = handle.put_blob(&image, BlobSource::Data(bytes), &options, call);
        (put.expect("a blob").digest, bytes.len())
    };
    let (config, statement) = (
        blob(br#"{"architecture":"unknown","os":"unknown","rootfs":{"type":"layers","diff_ids":[]}}"#),
        blob(br#"{"_type":"https://in-toto.io/Statement/v0.1"}"#),
    );
    let attestation = json!({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config.0, "size": config.1},
        "layers": [{"mediaType": "application/vnd.in-toto+json", "digest": statement.0, "size": statement.1}],
    })
    .to_string();
    let stated = image.with_tag("stated").expect("a tag");
    let call = &mut Call::new();
    handle
        .put_manifest(&stated, OCI_MANIFEST, attestation.as_bytes(), call)
        .expect("a statement");
    let about = json!({
        "platform": {"architecture": "unknown", "os": "unknown"},
        "annotations": {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": one["digest"],
        },
    });
    let index = json!({
        "schemaVersion": 2, "mediaType": OCI_INDEX,
        "manifests": [one, entry(&stated, &about), inner],
    });
    let top = image.with_tag("top").expect("a tag");
    handle
        .put_manifest(&top, OCI_INDEX, index.to_string().as_bytes(), call)
        .expect("an index");
    top
}

/// The digests of all that a manifest names.
fn named(manifest: &str) -> Vec<String> {
    let manifest: Value = serde_json::from_str(manifest).expect("JSON");
    let lists = ["manifests", "layers"].map(|list| manifest[list].as_array());
    let entries = lists.into_iter().flatten().flatten();
    entries
        .chain(manifest.get("config"))
        .map(|entry| entry["digest"].as_str().expect("a digest").to_owned())
        .collect()
}

/// Holds that nothing was put before what it names, and the tag at the very end.
#[track_caller]
fn check_order(exchanges: &[Exchange], target: &Reference) {
    let puts = requests(exchanges, "PUT ", "/v2/");
    let mut there = HashSet::new();
    for put in &puts {
        let line = &put.request.request;
        assert!(matches!(put.status, Some(201)), "{line}: {:?}", put.status);
        if let Some((_, digest)) = line.split_once("digest=sha256%3A") {
            there.insert(format!("sha256:{}", &digest[..64]));
            continue;
        }
        let (_, name) = line.split_once("/manifests/").expect("a manifest");
        let name = name.split(' ').next().expect("a name");
        let manifest = match Digest::parse(name) {
            Ok(digest) => raw(&target.without_tag().with_digest(digest)),
            Err(_) => raw(target),
        };
        for child in named(&manifest) {
            assert!(there.contains(&child), "{name} came before {child}");
        }
        there.insert(sha256(&manifest).to_string());
    }
    let last = &puts.last().expect("a request").request.request;
    let tags = puts
        .iter()
        .filter(|put| put.request.request.contains("/manifests/1"));
    assert!(last.contains("/manifests/1"), "{last}");
    assert_eq!(tags.count(), 1);
}

// case 31
#[test]
fn indexes_in_indexes_and_attestations_arrive_after_what_they_name_and_the_tag_comes_last() {
    let source = push_nested();
    let other = Registry::start(RegistryOptions::default());
    let folder = TempDir::new("order");
    let layout = Place::oci_layout(folder.join("layout"), Some("1"));
    let options = CopyOptions {
        platforms: Platforms::All,
        ..CopyOptions::default()
    };
    let from = place(Registry::shared(), &source);
    copy(&from, &layout, &options).expect("a layout");
    for from in [&from, &layout] {
        let proxy = FaultProxy::in_front_of(&other, Plan::none());
        let target = name(&other, "nested");
        let copied = copy(from, &through(&proxy, &target), &options).expect("a copy");
        // Two indexes, three images, and a statement.
        assert_eq!(copied.manifests, 6, "{from}");
        assert_eq!(raw(&target), raw(&source));
        check_order(&proxy.exchanges(), &target);
    }
}
