//! What a program attaches to an image: signatures, bills of materials, and other manifests that have a subject.

use imgferry::{BlobSource, Call, Credential, Digest, Reference, UploadOptions};
use serde_json::Value;

use crate::support::{Registry, Scripted, expect_success, respond, skopeo};
use crate::{connect, real, scripted_image};

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const EMPTY: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

/// A manifest that says something about `subject`.
fn about(subject: &Digest, artifact_type: &str) -> String {
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","artifactType":"{artifact_type}",
        "config":{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{EMPTY}","size":2}},"layers":[],
        "subject":{{"mediaType":"{OCI_MANIFEST}","digest":"{subject}","size":7}},"annotations":{{"of":"{artifact_type}"}}}}"#
    )
}

fn tag_of(subject: &Digest) -> String {
    subject.to_string().replace(':', "-")
}

#[test]
fn what_is_attached_is_found_and_what_is_detached_is_not_where_the_registry_keeps_no_list() {
    let part = Registry::shared();
    let image = real::push(part, "attached");
    let registry = connect(part.host(), Credential::Anonymous);
    let call = &mut Call::new();
    let subject = registry.digest(&image, call).expect("digest");
    registry
        .put_blob(
            &image,
            BlobSource::Data(b"{}"),
            &UploadOptions::default(),
            call,
        )
        .expect("a config");
    let attach = |artifact_type: &str, call: &mut Call<'_>| -> Reference {
        let manifest = about(&subject, artifact_type);
        let target = image.without_tag();
        let digest = registry
            .put_manifest(&target, OCI_MANIFEST, manifest.as_bytes(), call)
            .expect("attach");
        assert_eq!(digest, Digest::sha256(manifest.as_bytes()));
        target.with_digest(digest)
    };
    let listed = |call: &mut Call<'_>| -> Vec<String> {
        let referrers = registry.referrers(&image, None, call).expect("referrers");
        let types = referrers.into_iter().map(|referrer| referrer.artifact_type);
        types.collect()
    };
    let signature = attach("text/sig", call);
    attach("text/sbom", call);
    attach("text/sig", call);
    assert_eq!(listed(call), ["text/sig", "text/sbom"]);

    let raw = expect_success(&skopeo(&[
        "inspect",
        "--raw",
        "--tls-verify=false",
        &format!(
            "docker://{}",
            image.with_tag(&tag_of(&subject)).expect("a tag")
        ),
    ]));
    let index: Value = serde_json::from_str(&raw).expect("JSON");
    assert_eq!(index["mediaType"], OCI_INDEX);
    assert_eq!(index["manifests"][1]["annotations"]["of"], "text/sbom");

    registry.delete_manifest(&signature, call).expect("detach");
    assert_eq!(listed(call), ["text/sbom"]);
}

#[test]
fn a_registry_that_lists_what_is_attached_is_left_to_do_it() {
    let subject = Digest::sha256(b"subject");
    let manifest = about(&subject, "text/sig");
    let digest = Digest::sha256(manifest.as_bytes());
    let line = format!("PUT /v2/a/manifests/{digest}");
    let headers = [
        ("Docker-Content-Digest", digest.as_str()),
        ("OCI-Subject", subject.as_str()),
    ];
    let server = Scripted::start(&[(&line, respond(201, &headers, ""))]);
    let target = scripted_image(&server).without_tag();
    connect(server.host(), Credential::Anonymous)
        .put_manifest(&target, OCI_MANIFEST, manifest.as_bytes(), &mut Call::new())
        .expect("put");
    assert_eq!(server.lines(), [line]);
}

#[test]
fn what_somebody_else_attaches_at_the_same_moment_stays() {
    let subject = Digest::sha256(b"subject");
    let manifest = about(&subject, "text/sig");
    let digest = Digest::sha256(manifest.as_bytes());
    let index = |entries: &[&Digest]| {
        let entries: Vec<_> = entries
            .iter()
            .map(|digest| {
                format!(r#"{{"mediaType":"{OCI_MANIFEST}","digest":"{digest}","size":7}}"#)
            })
            .collect();
        let entries = entries.join(",");
        let text = format!(
            r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","annotations":{{"k":"v"}},"manifests":[{entries}]}}"#
        );
        respond(200, &[("Content-Type", OCI_INDEX)], &text)
    };
    let other = Digest::sha256(b"other");
    let put = format!("PUT /v2/a/manifests/{digest}");
    let (get_list, put_list) = (
        format!("GET /v2/a/manifests/{}", tag_of(&subject)),
        format!("PUT /v2/a/manifests/{}", tag_of(&subject)),
    );
    let told = [("Docker-Content-Digest", digest.as_str())];
    let server = Scripted::start(&[
        (&put, respond(201, &told, "")),
        (&get_list, respond(404, &[], "")),
        // The other one was faster, and then the same as ours came.
        (&get_list, index(&[&other])),
        (&get_list, index(&[&other, &digest])),
        (&put_list, respond(201, &[], "")),
    ]);
    let target = scripted_image(&server).without_tag();
    connect(server.host(), Credential::Anonymous)
        .put_manifest(&target, OCI_MANIFEST, manifest.as_bytes(), &mut Call::new())
        .expect("put");
    assert_eq!(
        server.lines(),
        [&put, &get_list, &put_list, &get_list, &put_list, &get_list].map(String::as_str)
    );
    let lists: Vec<Value> = server
        .asked()
        .iter()
        .filter(|asked| asked.line == put_list)
        .map(|asked| serde_json::from_str(&asked.body).expect("JSON"))
        .collect();
    assert_eq!(lists[0]["manifests"].as_array().expect("a list").len(), 1);
    assert_eq!(lists[1]["manifests"][0]["digest"], other.as_str());
    assert_eq!(lists[1]["manifests"][1]["digest"], digest.as_str());
    assert_eq!(lists[1]["annotations"]["k"], "v", "nothing of it is lost");
}
