//! Registries, and web servers.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Output;

use crate::inspect;
use crate::support::{
    ImageSpec, Nginx, NginxOptions, Registry, RegistryOptions, TempDir, expect_success, skopeo,
    unique,
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

#[test]
fn nginx_gives_out_the_files_of_a_folder() {
    let folder = TempDir::new("files");
    fs::write(folder.join("layer.tar"), "content").expect("write a file");
    let nginx = Nginx::serving(folder.path());
    let mark = nginx.access_log().mark();

    let answer = get(nginx.host(), "/layer.tar");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.ends_with("\r\n\r\ncontent"), "{answer}");
    assert!(get(nginx.host(), "/other.tar").starts_with("HTTP/1.1 404 "));

    assert_eq!(nginx.url("/a"), format!("http://{}/a", nginx.host()));
    let logged: Vec<_> = nginx
        .access_log()
        .requests_since(mark)
        .into_iter()
        .map(|request| (request.method, request.path, request.status))
        .collect();
    let line = |path: &str, status| ("GET".to_owned(), path.to_owned(), status);
    assert_eq!(logged, [line("/layer.tar", 200), line("/other.tar", 404)]);
}

#[test]
fn nginx_passes_images_on_and_limits_them() {
    let registry = Registry::shared();
    let plain = NginxOptions::default();
    let limited = NginxOptions {
        // Between the two layers of a small image.
        max_body: Some(10_000),
        ..NginxOptions::default()
    };

    let open = Nginx::in_front_of(registry.host(), &plain);
    let (name, copied) = try_to_copy_an_image_to(open.host(), &["--dest-tls-verify=false"]);
    expect_success(&copied);
    let direct = name.replace(open.host(), registry.host());
    expect_success(&inspect(&["--tls-verify=false"], &direct));

    let narrow = Nginx::in_front_of(registry.host(), &limited);
    let (_, refused) = try_to_copy_an_image_to(narrow.host(), &["--dest-tls-verify=false"]);
    assert!(!refused.status.success(), "{refused:?}");
    narrow
        .access_log()
        .wait_for_request(0, |request| request.status == 413);
}

#[test]
fn nginx_wants_the_certificate_of_its_client() {
    let registry = Registry::shared();
    let nginx = Nginx::in_front_of(
        registry.host(),
        &NginxOptions {
            client_certificates: true,
            ..NginxOptions::default()
        },
    );
    assert!(nginx.url("/v2/").starts_with("https://"));
    let trusting = |files: &[(&str, &str)]| {
        let folder = TempDir::new("trusted");
        for (name, own_name) in files {
            let file = nginx.certificates().join(name);
            fs::copy(file, folder.join(own_name)).expect("copy a certificate");
        }
        let folder = folder.path().to_str().expect("a path in UTF-8");
        try_to_copy_an_image_to(nginx.host(), &["--dest-cert-dir", folder]).1
    };
    let ca = ("ca.pem", "ca.crt");

    expect_success(&trusting(&[
        ca,
        ("cert.pem", "client.cert"),
        ("key.pem", "client.key"),
    ]));
    assert!(!trusting(&[ca]).status.success());
    nginx
        .access_log()
        .wait_for_request(0, |request| request.status == 400);
    let wary = trusting(&[("other-ca.pem", "ca.crt")]);
    assert!(
        String::from_utf8_lossy(&wary.stderr).contains("x509"),
        "{wary:?}"
    );
}

#[test]
fn nginx_limits_the_rate_and_redirects() {
    let nginx = Nginx::in_front_of(
        Registry::shared().host(),
        &NginxOptions {
            requests_per_second: Some(1),
            snippet: "location /old { return 307 /new; }".to_owned(),
            ..NginxOptions::default()
        },
    );
    // By a rewrite, which comes before the limit.
    let moved = get(nginx.host(), "/old");
    assert!(moved.starts_with("HTTP/1.1 307 "), "{moved}");
    assert!(moved.contains("/new\r\n"), "{moved}");

    let answers = [(); 10].map(|()| get(nginx.host(), "/v2/"));
    assert!(answers[0].starts_with("HTTP/1.1 200 "), "{answers:?}");
    let limited = |answer: &String| answer.starts_with("HTTP/1.1 429 ");
    assert!(answers.iter().any(limited), "{answers:?}");
}

/// Puts a small image into a registry with skopeo, and returns its name.
fn copy_an_image_to(registry: &Registry, arguments: &[&str]) -> String {
    let (name, output) = try_to_copy_an_image_to(registry.host(), arguments);
    expect_success(&output);
    name
}

fn try_to_copy_an_image_to(host: &str, arguments: &[&str]) -> (String, Output) {
    let folder = TempDir::new("copy");
    let name = format!("{host}/{}:1", unique("copy"));
    let archive = folder.join("image.tar");
    ImageSpec::small(&name).write_archive(&archive);
    let (source, target) = (
        format!("docker-archive:{}", archive.display()),
        format!("docker://{name}"),
    );
    let output = skopeo(&[&["copy"], arguments, &[&source, &target]].concat());
    (name, output)
}

/// The whole answer to a request over plain HTTP.
fn get(host: &str, path: &str) -> String {
    let mut connection = TcpStream::connect(host).expect("connect to a server");
    write!(
        connection,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .expect("send a request");
    let mut answer = String::new();
    connection
        .read_to_string(&mut answer)
        .expect("read the answer");
    answer
}
