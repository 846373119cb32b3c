//! On a real docker-registry.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use imgferry::{Call, Credential, Digest, ErrorKind, ManifestContent, Reference};
use serde_json::Value;

use crate::support::{
    ImageSpec, Registry, RegistryOptions, TempDir, TokenServer, expect_success, free_port, skopeo,
    unique,
};
use crate::{connect, kind, reference, user};

pub const USER: &str = "me:pass-word";

/// Puts an image of its own into a registry; its reference with the tag 1.
pub fn push(registry: &Registry, purpose: &str) -> Reference {
    let name = format!("{}/team/{}:1", registry.host(), unique(purpose));
    let folder = TempDir::new("registry-test");
    let archive = folder.join("image.tar");
    ImageSpec::small(&name).write_archive(&archive);
    copy(&format!("docker-archive:{}", archive.display()), &name);
    reference(&name)
}

fn copy(source: &str, name: &str) {
    expect_success(&skopeo(&[
        "copy",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
        "--dest-creds",
        USER,
        source,
        &format!("docker://{name}"),
    ]));
}

/// The manifest as skopeo reads it.
fn raw_manifest(image: &Reference) -> Vec<u8> {
    let output = skopeo(&[
        "inspect",
        "--raw",
        "--tls-verify=false",
        &format!("docker://{image}"),
    ]);
    expect_success(&output);
    output.stdout
}

#[test]
fn digest_manifest_and_size_of_a_pushed_image_are_what_an_independent_judge_says() {
    let registry = Registry::shared();
    let image = push(registry, "judged");
    let raw = raw_manifest(&image);
    let handle = connect(registry.host(), Credential::Anonymous);
    let call = &mut Call::new();
    handle.ping(call).expect("ping");

    let digest = handle.digest(&image, call).expect("digest");
    assert_eq!(digest, Digest::sha256(&raw));
    let pinned = image.with_digest(digest.clone());
    assert_eq!(handle.digest(&pinned, call).expect("digest"), digest);

    for name in [&image, &pinned] {
        let manifest = handle.get_manifest(name, call).expect("manifest");
        assert_eq!(manifest.bytes(), raw);
        assert_eq!(manifest.digest(), &digest);
        assert!(matches!(manifest.content(), ManifestContent::Image(_)));
    }

    let json: Value = serde_json::from_slice(&raw).expect("JSON");
    let layers: HashMap<&str, u64> = json["layers"]
        .as_array()
        .expect("layers")
        .iter()
        .map(|layer| {
            let digest = layer["digest"].as_str().expect("digest");
            (digest, layer["size"].as_u64().expect("size"))
        })
        .collect();
    let config = json["config"]["size"].as_u64().expect("size");
    let size = handle.size(&image, call).expect("size");
    assert_eq!(size.total, config + layers.values().sum::<u64>());
    assert_eq!(size.platforms.len(), 1);
    assert_eq!(size.platforms[0].config, config);
    assert_eq!(size.platforms[0].total, size.total);
    assert_eq!(size.platforms[0].digest, digest);
}

#[test]
fn an_index_for_two_platforms_is_sized_by_platform_and_in_total() {
    let registry = Registry::shared();
    let name = format!("{}/team/{}:both", registry.host(), unique("index"));
    let folder = TempDir::new("registry-test");
    let mut entries = Vec::new();
    for architecture in ["amd64", "arm64"] {
        let mut spec = ImageSpec::small(&name);
        spec.architecture = architecture.into();
        let archive = folder.join(format!("{architecture}.tar"));
        spec.write_archive(&archive);
        expect_success(&skopeo(&[
            "copy",
            &format!("docker-archive:{}", archive.display()),
            &format!("oci:{}:{architecture}", folder.join("layout").display()),
        ]));
        entries.push(architecture);
    }
    let total_of = nest_index(&folder.join("layout"), &entries);
    expect_success(&skopeo(&[
        "copy",
        "--all",
        "--dest-tls-verify=false",
        &format!("oci:{}:both", folder.join("layout").display()),
        &format!("docker://{name}"),
    ]));

    let handle = connect(registry.host(), Credential::Anonymous);
    let size = handle
        .size(&reference(&name), &mut Call::new())
        .expect("size");
    let platforms: Vec<_> = size
        .platforms
        .iter()
        .map(|platform| platform.platform.as_ref().expect("a platform").to_string())
        .collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    // The two images have the same layers and differ in their configs.
    assert_eq!(size.total, total_of);
    assert!(size.total < size.platforms.iter().map(|one| one.total).sum());
    assert!(size.missing.is_empty());
}

/// Makes an index of all images of a layout, tags it `both`, and gives the sum of the sizes of all distinct blobs.
fn nest_index(layout: &Path, architectures: &[&str]) -> u64 {
    let blob = |digest: &str| layout.join("blobs").join(digest.replace(':', "/"));
    let path = layout.join("index.json");
    let mut top: Value = serde_json::from_slice(&fs::read(&path).expect("read")).expect("JSON");
    let manifests = top["manifests"].as_array_mut().expect("manifests");
    let mut sizes = HashMap::new();
    for (entry, architecture) in manifests.iter_mut().zip(architectures) {
        entry["platform"] = serde_json::json!({"os": "linux", "architecture": architecture});
        let manifest = fs::read(blob(entry["digest"].as_str().expect("digest"))).expect("read");
        let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
        for part in manifest["layers"]
            .as_array()
            .expect("layers")
            .iter()
            .chain([&manifest["config"]])
        {
            sizes.insert(
                part["digest"].to_string(),
                part["size"].as_u64().expect("size"),
            );
        }
    }
    let index = top.to_string();
    let digest = Digest::sha256(index.as_bytes());
    fs::write(blob(digest.as_str()), &index).expect("write");
    let tagged = serde_json::json!({"schemaVersion": 2, "manifests": [{
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "digest": digest.as_str(), "size": index.len(),
        "annotations": {"org.opencontainers.image.ref.name": "both"},
    }]});
    fs::write(path, tagged.to_string()).expect("write");
    sizes.values().sum()
}

// case 34
#[test]
fn removing_a_manifest_removes_all_its_tags_and_no_other() {
    let registry = Registry::shared();
    let image = push(registry, "removed");
    let again = image.with_tag("again").expect("a tag");
    copy(&format!("docker://{image}"), again.as_str());
    let other = image.with_tag("other").expect("a tag");
    let other_content = push(registry, "other-content");
    copy(&format!("docker://{other_content}"), other.as_str());
    let handle = connect(registry.host(), Credential::Anonymous);
    let call = &mut Call::new();
    assert_eq!(
        handle.tags(&image, call).expect("tags"),
        ["1", "again", "other"]
    );

    let digest = handle.digest(&image, call).expect("digest");
    assert_eq!(
        handle.delete_manifest(&image, call).expect("delete"),
        digest
    );

    assert_eq!(handle.tags(&image, call).expect("tags"), ["other"]);
    for gone in [&image, &again, &image.with_digest(digest)] {
        assert_eq!(kind(handle.digest(gone, call)), ErrorKind::NotFound);
        assert_eq!(kind(handle.get_manifest(gone, call)), ErrorKind::NotFound);
        assert_eq!(
            kind(handle.delete_manifest(gone, call)),
            ErrorKind::NotFound
        );
    }
    handle
        .delete_manifest(&other, call)
        .expect("delete the last one");
    assert_eq!(
        handle
            .tags(&image, call)
            .expect("tags of an emptied repository"),
        [""; 0]
    );
}

#[test]
fn what_does_not_exist_is_not_found() {
    let registry = Registry::shared();
    let handle = connect(registry.host(), Credential::Anonymous);
    let call = &mut Call::new();
    let absent = reference(&format!("{}/no/{}:1", registry.host(), unique("absent")));
    assert_eq!(kind(handle.digest(&absent, call)), ErrorKind::NotFound);
    assert_eq!(kind(handle.size(&absent, call)), ErrorKind::NotFound);
    let error = handle.tags(&absent, call).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.answer().expect("an answer").code, "NAME_UNKNOWN");
    let report = error.report();
    assert!(report.contains(absent.repository()), "{report}");
    assert!(report.contains("check the name"), "{report}");
}

#[test]
fn a_registry_that_does_not_delete_says_so() {
    let registry = Registry::start(RegistryOptions {
        no_delete: true,
        ..RegistryOptions::default()
    });
    let image = push(&registry, "kept");
    let handle = connect(registry.host(), Credential::Anonymous);
    let call = &mut Call::new();
    let error = handle.delete_manifest(&image, call).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("does not delete"), "{error}");
    handle.digest(&image, call).expect("it is still there");
}

#[test]
fn a_password_opens_a_registry_and_is_asked_for_once() {
    let registry = Registry::start(RegistryOptions {
        htpasswd: Some(USER.into()),
        ..RegistryOptions::default()
    });
    let image = push(&registry, "secret");
    let handle = connect(registry.host(), user("me", "pass-word"));
    let call = &mut Call::new();
    handle.ping(call).expect("a locked registry is one, too");
    handle.digest(&image, call).expect("digest");
    let mark = registry.mark();
    handle.tags(&image, call).expect("tags");
    handle.size(&image, call).expect("size");
    let statuses: Vec<_> = registry
        .requests_since(mark)
        .iter()
        .map(|request| request.status)
        .collect();
    assert_eq!(statuses, [200, 200], "no request without the password");
}

// case 37
#[test]
fn a_wrong_password_is_tried_once_and_shown_nowhere() {
    let registry = Registry::start(RegistryOptions {
        htpasswd: Some(USER.into()),
        ..RegistryOptions::default()
    });
    let image = reference(&format!("{}/team/secret:1", registry.host()));
    for (credential, tries) in [(user("me", "wr0ng-one"), 1), (Credential::Anonymous, 0)] {
        let handle = connect(registry.host(), credential);
        let mark = registry.mark();
        let error = handle.get_manifest(&image, &mut Call::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        let shown = format!("{} {error:?} {handle:?}", error.report());
        assert!(shown.contains("give credentials"), "{shown}");
        assert!(!shown.contains("wr0ng-one"), "{shown}");
        let requests = registry.requests_since(mark);
        // The registry is looked for first, then asked without and then with the password.
        assert!(requests.len() <= 2 + tries, "{requests:?}");
    }
}

// case 40
#[test]
fn a_registry_with_an_own_authority_is_trusted_only_when_told() {
    let registry = Registry::start(RegistryOptions {
        tls: true,
        ..RegistryOptions::default()
    });
    let image = push(&registry, "tls");
    let call = &mut Call::new();
    let options = imgferry::RegistryOptions {
        authorities_pem: fs::read(registry.ca_file()).expect("read the authority"),
        ..imgferry::RegistryOptions::default()
    };
    let trusting = imgferry::Registry::new(registry.host(), &options).expect("a handle");
    trusting.digest(&image, call).expect("digest");

    for allow_http in [false, true] {
        let options = imgferry::RegistryOptions {
            allow_http,
            ..imgferry::RegistryOptions::default()
        };
        let careful = imgferry::Registry::new(registry.host(), &options).expect("a handle");
        let error = careful.digest(&image, call).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    }

    let nonsense = imgferry::RegistryOptions {
        authorities_pem: b"no certificate".to_vec(),
        ..imgferry::RegistryOptions::default()
    };
    let refused = imgferry::Registry::new(registry.host(), &nonsense);
    assert_eq!(kind(refused), ErrorKind::InvalidArgument);
}

// case 40
#[test]
fn a_registry_known_by_https_is_never_asked_in_plain_text() {
    let mut registry = Registry::start(RegistryOptions {
        tls: true,
        ..RegistryOptions::default()
    });
    let options = imgferry::RegistryOptions {
        authorities_pem: fs::read(registry.ca_file()).expect("read the authority"),
        allow_http: true,
        ..imgferry::RegistryOptions::default()
    };
    let handle = imgferry::Registry::new(registry.host(), &options).expect("a handle");
    let call = &mut Call::new();
    handle.ping(call).expect("ping");
    registry.stop();
    let error = handle.ping(call).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    let endpoint = &error.context().expect("a context").endpoint;
    assert!(endpoint.starts_with("https://"), "{endpoint}");
}

#[test]
fn a_registry_that_is_down_is_said_to_be_and_found_when_it_is_back() {
    let mut registry = Registry::start(RegistryOptions::default());
    let image = push(&registry, "restart");
    let handle = connect(registry.host(), Credential::Anonymous);
    let call = &mut Call::new();
    let digest = handle.digest(&image, call).expect("digest");
    registry.stop();
    let error = handle.digest(&image, call).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.is_retryable());
    assert!(
        error.report().contains(registry.host()),
        "{}",
        error.report()
    );
    registry.restart_same_port();
    assert_eq!(handle.digest(&image, call).expect("digest"), digest);

    let nobody = format!("127.0.0.1:{}", free_port());
    let handle = connect(&nobody, Credential::Anonymous);
    assert_eq!(kind(handle.ping(call)), ErrorKind::Connect);
}

// case 10
#[test]
fn a_token_is_fetched_once_for_each_right_that_is_needed() {
    let tokens = TokenServer::start(USER);
    let registry = Registry::start(RegistryOptions {
        token: Some(tokens.for_registry()),
        ..RegistryOptions::default()
    });
    let image = push(&registry, "token");
    let call = &mut Call::new();

    let anonymous = connect(registry.host(), Credential::Anonymous);
    let digest = anonymous.digest(&image, call).expect("anybody may pull");
    let error = anonymous.delete_manifest(&image, call).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");

    let handle = connect(registry.host(), user("me", "pass-word"));
    let mark = tokens.asked().len();
    for _ in 0..3 {
        assert_eq!(handle.digest(&image, call).expect("digest"), digest);
        assert_eq!(handle.tags(&image, call).expect("tags"), ["1"]);
    }
    let scope = |actions| {
        format!(
            "scope=repository%3A{}%3A{actions}",
            image.path().replace('/', "%2F")
        )
    };
    let asked = tokens.asked().split_off(mark);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].line.contains(&scope("pull")), "{asked:?}");
    assert!(
        asked[0].line.contains("service=imgferry+test+registry"),
        "{asked:?}"
    );

    handle.delete_manifest(&image, call).expect("delete");
    let asked = tokens.asked().split_off(mark + 1);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(
        asked[0].line.contains(&scope("delete%2Cpull%2Cpush")),
        "{asked:?}"
    );

    let wrong = connect(registry.host(), user("me", "wrong"));
    let mark = tokens.asked().len();
    let error = wrong.digest(&image, call).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.to_string().contains("wrong password"), "{error}");
    assert_eq!(
        tokens.asked().len(),
        mark + 1,
        "a wrong password is tried once"
    );
}

#[test]
fn many_threads_share_one_handle_and_one_token() {
    let tokens = TokenServer::start(USER);
    let registry = Registry::start(RegistryOptions {
        token: Some(tokens.for_registry()),
        ..RegistryOptions::default()
    });
    let image = push(&registry, "threads");
    let handle = connect(registry.host(), user("me", "pass-word"));
    let mark = tokens.asked().len();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| handle.digest(&image, &mut Call::new()).expect("digest"));
        }
    });
    assert_eq!(tokens.asked().len(), mark + 1);
}
