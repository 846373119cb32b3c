//! Parts as the tests of several kinds of programs want them: registries and engines with a known content.

use std::io::Read;
use std::thread;
use std::time::Duration;

use super::image::{ImageSpec, LayerSpec};
use super::program::expect_success;
use super::registry::{Registry, RegistryOptions};
use super::scripted::{Scripted, respond};
use super::scripted_engine::{ScriptedEngine, say};
use super::skopeo::skopeo;
use super::unique::TempDir;

/// What an engine says of an image, as short as it can be.
pub const DETAILS: &str = r#"{"Id":"sha256:1","Os":"linux"}"#;

/// An engine's answer, with a document.
pub fn answer(document: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{document}",
        document.len()
    )
}

/// The tar of a root file system with one file, which is text.
pub fn root_file_system() -> String {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(5);
    header.set_mode(0o644);
    tar.append_data(&mut header, "greeting", b"hello".as_slice())
        .expect("an entry");
    String::from_utf8(tar.into_inner().expect("a tar")).expect("text")
}

/// What a registry's search service finds.
const FOUND: &str = r#"{"num_results":2,"query":"ferry","results":[{"name":"e/ok","star_count":5,"is_official":false,"is_automated":true,"description":"d"},{"name":"e/two","star_count":1,"is_official":true,"is_automated":false,"description":""}]}"#;

/// A registry that can be searched, as Docker's old service could.
pub fn search_index() -> Scripted {
    Scripted::with(|asked| match asked.line.starts_with("GET /v1/search") {
        true => Some(respond(200, &[("Content-Type", "application/json")], FOUND)),
        false => Some(respond(
            200,
            &[("X-Docker-Registry-Version", "0.6.0")],
            "{}",
        )),
    })
}

/// What refers to an image, as a registry lists it.
const REFERRERS: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":7,"artifactType":"application/spdx+json","annotations":{"b":"2","a":"1"}}]}"#;

/// A registry that demands nothing, says how often it may be asked, sends wrong blobs, and knows little of its only
/// image but what refers to it.
pub fn scripted_registry() -> Scripted {
    Scripted::with(|asked| match asked.line.split('?').next() {
        Some(line) if line.starts_with("GET /v2/app/referrers/") => {
            let index = "application/vnd.oci.image.index.v1+json";
            Some(respond(200, &[("Content-Type", index)], REFERRERS))
        }
        Some(line) if line.starts_with("GET /v2/app/blobs/") => {
            Some(respond(200, &[], "not what the digest says"))
        }
        Some(line) if line.starts_with("HEAD /v2/app/manifests/") => {
            let limits = [
                ("RateLimit-Limit", "100;w=21600"),
                ("RateLimit-Remaining", "76;w=21600"),
                ("Docker-RateLimit-Source", "192.0.2.1"),
            ];
            let head = respond(200, &limits, "");
            Some(head.replace("Content-Length: 0\r\n", ""))
        }
        _ => None,
    })
}

/// A registry whose only user is me:pass-word, with one image under three names; and the diff ID of its only layer.
pub fn registry_with_an_image() -> (Registry, String) {
    let registry = Registry::start(RegistryOptions {
        htpasswd: Some("me:pass-word".into()),
        ..RegistryOptions::default()
    });
    let folder = TempDir::new("image");
    let archive = folder.join("image.tar");
    let mut image = ImageSpec::new("demo/app:1", &[LayerSpec::incompressible(300_000)]);
    let labels = [("b.example", "two"), ("a.example", "one")];
    image.labels = labels.map(|(key, value)| (key.into(), value.into())).into();
    let [diff_id] = &*image.write_archive(&archive).diff_ids else {
        panic!("one layer");
    };
    for name in ["team/app:1", "team/app:2", "team/other:1"] {
        expect_success(&skopeo(&[
            "copy",
            "--dest-tls-verify=false",
            "--dest-creds",
            "me:pass-word",
            &format!("docker-archive:{}", archive.display()),
            &format!("docker://{}/{name}", registry.host()),
        ]));
    }
    (registry, diff_id.clone())
}

/// An engine that is silent on pulls for longer than anybody waits, swallows what is loaded, and knows one image.
pub fn silent_engine() -> ScriptedEngine {
    ScriptedEngine::start(|head, connection| {
        if head.request.contains("/images/create?") {
            // Longer than anybody waits.
            thread::sleep(Duration::from_secs(60));
        } else if head.request.contains("/images/load?") {
            // The end of a body in chunks.
            let mut ending = [0; 5];
            while ending != *b"0\r\n\r\n" {
                let mut byte = [0];
                if connection.read(&mut byte).unwrap_or(0) == 0 {
                    return false;
                }
                ending.rotate_left(1);
                ending[4] = byte[0];
            }
            say(
                connection,
                answer(r#"{"stream":"Loaded image: demo/app:1\n"}"#),
            );
        } else {
            say(connection, answer(DETAILS));
        }
        true
    })
}
