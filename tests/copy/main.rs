//! Copying images between real places, judged by skopeo.

#[path = "../support/mod.rs"]
mod support;

mod archives;
mod at_places;
mod compressed;
mod damaged;
mod doomed;
mod failing;
mod judge;
mod killed;
mod layouts;
mod order;
mod places;
mod refused;
mod registries;
mod resumed;

use imgferry::{Call, Copied, CopyOptions, Digest, Error, Place, Reference, RegistryOptions};
use support::{ImageSpec, Registry, TempDir, expect_success, skopeo, unique};

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn reference(text: &str) -> Reference {
    Reference::parse(text).expect("a reference")
}

fn client(part: &Registry) -> imgferry::Registry {
    imgferry::Registry::new(part.host(), &RegistryOptions::default()).expect("a handle")
}

fn place(part: &Registry, image: &Reference) -> Place {
    Place::registry(&client(part), image)
}

fn copy(from: &Place, to: &Place, options: &CopyOptions) -> Result<Copied, Error> {
    imgferry::copy(from, to, options, &mut Call::new())
}

/// A name of the test's own in a registry.
fn name(part: &Registry, purpose: &str) -> Reference {
    reference(&format!("{}/team/{}:1", part.host(), unique(purpose)))
}

/// Puts an image for one platform into a registry.
fn push_for(image: &Reference, architecture: &str) {
    let folder = TempDir::new("copy");
    let archive = folder.join("image.tar");
    let mut spec = ImageSpec::small(&image.to_string());
    spec.architecture = architecture.into();
    spec.write_archive(&archive);
    expect_success(&skopeo(&[
        "copy",
        "--format=oci",
        "--dest-tls-verify=false",
        &format!("docker-archive:{}", archive.display()),
        &format!("docker://{image}"),
    ]));
}

/// Puts an image for three platforms into a registry.
fn push_index(part: &Registry, purpose: &str) -> Reference {
    let image = name(part, purpose);
    let handle = client(part);
    let call = &mut Call::new();
    let entries: Vec<String> = ["amd64", "arm64", "s390x"]
        .iter()
        .map(|architecture| {
            let own = image.with_tag(architecture).expect("a tag");
            push_for(&own, architecture);
            let head = handle.get_manifest(&own, call).expect("a manifest");
            format!(
                r#"{{"mediaType":"{}","digest":"{}","size":{},"platform":{{"architecture":"{architecture}","os":"linux"}}}}"#,
                head.media_type(),
                head.digest(),
                head.bytes().len()
            )
        })
        .collect();
    let index = format!(
        r#"{{ "schemaVersion": 2, "mediaType": "{OCI_INDEX}", "manifests": [{}], "annotations": {{"of": "{purpose}"}} }}"#,
        entries.join(", ")
    );
    handle
        .put_manifest(&image, OCI_INDEX, index.as_bytes(), call)
        .expect("an index");
    image
}

/// The manifest of an image in a registry, as skopeo reads it.
fn raw(image: &Reference) -> String {
    expect_success(&skopeo(&[
        "inspect",
        "--raw",
        "--tls-verify=false",
        &format!("docker://{image}"),
    ]))
}

fn sha256(text: &str) -> Digest {
    Digest::sha256(text.as_bytes())
}
