//! Registries.

use std::fs;

use crate::inspect;
use crate::support::{
    ImageSpec, Registry, RegistryOptions, TempDir, expect_success, skopeo, unique,
};

#[test]
fn the_access_log_shows_each_request() {
    let registry = Registry::shared();
    let repository = unique("log");
    let mark = registry.mark();

    let refused = inspect(
        &["--tls-verify=false"],
        &format!("{}/{repository}:none", registry.host()),
    );

    assert!(!refused.status.success());
    let path = format!("/v2/{repository}/manifests/none");
    let request = registry.wait_for_request(mark, |request| request.path == path);
    assert_eq!((request.method.as_str(), request.status), ("GET", 404));
    assert!(request.user_agent.starts_with("skopeo/"), "{request:?}");
}

#[test]
fn a_registry_with_a_password_refuses_strangers() {
    let registry = Registry::start(RegistryOptions {
        htpasswd: Some("me:p:w d".to_owned()),
        ..RegistryOptions::default()
    });
    let name = copy_an_image_to(
        &registry,
        &["--dest-tls-verify=false", "--dest-creds", "me:p:w d"],
    );

    let stranger = inspect(&["--tls-verify=false"], &name);
    assert!(
        String::from_utf8_lossy(&stranger.stderr).contains("authentication required"),
        "{stranger:?}"
    );
    expect_success(&inspect(
        &["--tls-verify=false", "--creds", "me:p:w d"],
        &name,
    ));
}

#[test]
fn a_registry_over_tls_is_trusted_through_its_ca() {
    let registry = Registry::start(RegistryOptions {
        tls: true,
        ..RegistryOptions::default()
    });
    let trusted = TempDir::new("trusted");
    fs::copy(registry.ca_file(), trusted.join("ca.crt")).expect("copy the CA");
    let trusted = trusted.path().to_str().expect("a path in UTF-8");
    let name = copy_an_image_to(&registry, &["--dest-cert-dir", trusted]);

    let wary = inspect(&[], &name);
    assert!(
        String::from_utf8_lossy(&wary.stderr).contains("x509"),
        "{wary:?}"
    );
    expect_success(&inspect(&["--cert-dir", trusted], &name));
}

#[test]
fn a_registry_comes_back_with_its_port_and_content() {
    let mut registry = Registry::start(RegistryOptions::default());
    let name = copy_an_image_to(&registry, &["--dest-tls-verify=false"]);
    let (host, mark) = (registry.host().to_owned(), registry.mark());

    registry.stop();
    assert!(
        !inspect(&["--tls-verify=false"], &name).status.success(),
        "nothing listens"
    );
    registry.restart_same_port();

    assert_eq!(registry.host(), host);
    expect_success(&inspect(&["--tls-verify=false"], &name));
    assert_ne!(registry.requests_since(mark), [], "the log goes on");
}

#[test]
fn a_registry_deletes_unless_told_not_to() {
    for no_delete in [false, true] {
        let registry = Registry::start(RegistryOptions {
            no_delete,
            ..RegistryOptions::default()
        });
        let name = copy_an_image_to(&registry, &["--dest-tls-verify=false"]);
        let deleted = skopeo(&["delete", "--tls-verify=false", &format!("docker://{name}")]);
        assert_eq!(deleted.status.success(), !no_delete, "{deleted:?}");
    }
}

/// Puts a small image into a registry with skopeo, and returns its name.
fn copy_an_image_to(registry: &Registry, arguments: &[&str]) -> String {
    let folder = TempDir::new("copy");
    let name = format!("{}/{}:1", registry.host(), unique("copy"));
    let archive = folder.join("image.tar");
    ImageSpec::small(&name).write_archive(&archive);
    let (source, target) = (
        format!("docker-archive:{}", archive.display()),
        format!("docker://{name}"),
    );
    expect_success(&skopeo(
        &[&["copy"], arguments, &[&source, &target]].concat(),
    ));
    name
}
