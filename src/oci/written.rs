//! Documents that we make ourselves: the same content is the same bytes, always. The keys have a fixed order, there are
//! no blanks, and what has no value is left out.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Compression, Descriptor, Family, Manifest, Platform};
use crate::digest::Digest;

/// The version that all documents of both families have.
const SCHEMA_VERSION: u32 = 2;

/// The config or a layer of an image that gets its manifest from us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blob {
    pub(crate) digest: Digest,
    pub(crate) size: u64,
}

impl Manifest {
    /// The manifest of an image with this config and these layers, the lowest first, all in the types of `family`.
    ///
    /// An error says which layer the family has no type for.
    pub(crate) fn of_image(
        family: Family,
        config: &Blob,
        layers: &[(Blob, Compression)],
    ) -> Result<Manifest, String> {
        let layers = layers.iter().map(|(blob, compression)| {
            let media_type = family.layer(*compression).ok_or_else(|| {
                format!(
                    "Docker's manifests have layers in gzip only, and {} is {compression}",
                    blob.digest
                )
            })?;
            Ok(WrittenDescriptor::new(media_type, blob))
        });
        let document = WrittenImage {
            schema_version: SCHEMA_VERSION,
            media_type: family.manifest(),
            config: WrittenDescriptor::new(family.config(), config),
            layers: layers.collect::<Result<_, String>>()?,
        };
        Manifest::written(&document, family.manifest())
    }

    fn written(document: &impl Serialize, media_type: &str) -> Result<Manifest, String> {
        let bytes = json(document).into_bytes();
        let digest = Digest::sha256(&bytes);
        Manifest::read(bytes, digest, Some(media_type))
    }

    /// What another document says of this one.
    pub(crate) fn descriptor(&self) -> Descriptor {
        Descriptor {
            media_type: self.media_type.clone(),
            digest: self.digest.clone(),
            size: self.bytes.len() as u64,
            urls: Vec::new(),
            annotations: BTreeMap::new(),
            platform: None,
            artifact_type: String::new(),
        }
    }
}

/// The `index.json` of a layout with these entries. It lists manifests of both families.
pub(crate) fn index_file(entries: &[Descriptor]) -> String {
    json(&WrittenIndex::of(Family::Oci, entries))
}

impl Descriptor {
    /// As JSON.
    pub(crate) fn written(&self) -> Box<RawValue> {
        raw(json(&WrittenDescriptor::of(self)))
    }
}

#[expect(
    clippy::expect_used,
    reason = "serialising fails for maps with keys that are no texts, and for writers that fail"
)]
pub(crate) fn json(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("texts and numbers always serialise")
}

#[expect(clippy::expect_used, reason = "it was serialised a moment ago")]
fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).expect("JSON")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenImage<'d> {
    schema_version: u32,
    media_type: &'static str,
    config: WrittenDescriptor<'d>,
    layers: Vec<WrittenDescriptor<'d>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenIndex<'d> {
    schema_version: u32,
    media_type: &'static str,
    manifests: Vec<WrittenDescriptor<'d>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenDescriptor<'d> {
    #[serde(skip_serializing_if = "str::is_empty")]
    media_type: &'d str,
    digest: &'d Digest,
    size: u64,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    urls: &'d [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<&'d BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<WrittenPlatform<'d>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    artifact_type: &'d str,
}

impl<'d> WrittenIndex<'d> {
    fn of(family: Family, entries: &'d [Descriptor]) -> WrittenIndex<'d> {
        WrittenIndex {
            schema_version: SCHEMA_VERSION,
            media_type: family.index(),
            manifests: entries.iter().map(WrittenDescriptor::of).collect(),
        }
    }
}

impl<'d> WrittenDescriptor<'d> {
    fn new(media_type: &'d str, blob: &'d Blob) -> WrittenDescriptor<'d> {
        WrittenDescriptor {
            media_type,
            digest: &blob.digest,
            size: blob.size,
            urls: &[],
            annotations: None,
            platform: None,
            artifact_type: "",
        }
    }

    fn of(descriptor: &'d Descriptor) -> WrittenDescriptor<'d> {
        let notes = &descriptor.annotations;
        WrittenDescriptor {
            media_type: &descriptor.media_type,
            digest: &descriptor.digest,
            size: descriptor.size,
            urls: &descriptor.urls,
            annotations: Some(notes).filter(|notes| !notes.is_empty()),
            platform: descriptor.platform.as_ref().map(WrittenPlatform::of),
            artifact_type: &descriptor.artifact_type,
        }
    }
}

/// The specification demands the first two, and so they are written when they are empty.
#[derive(Serialize)]
struct WrittenPlatform<'d> {
    architecture: &'d str,
    os: &'d str,
    #[serde(rename = "os.version", skip_serializing_if = "str::is_empty")]
    os_version: &'d str,
    #[serde(rename = "os.features", skip_serializing_if = "<[_]>::is_empty")]
    os_features: &'d [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    variant: &'d str,
}

impl<'d> WrittenPlatform<'d> {
    fn of(platform: &'d Platform) -> WrittenPlatform<'d> {
        WrittenPlatform {
            architecture: &platform.architecture,
            os: &platform.os,
            os_version: &platform.os_version,
            os_features: &platform.os_features,
            variant: &platform.variant,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::{ManifestContent, media_type};

    fn blob(content: &[u8]) -> Blob {
        Blob {
            digest: Digest::sha256(content),
            size: content.len() as u64,
        }
    }

    // case 39
    #[test]
    fn a_manifest_is_the_same_bytes_each_time() {
        let (config, layer) = (blob(b"{}"), blob(b"layer"));
        let layers = [(layer.clone(), Compression::Gzip)];
        let manifest = Manifest::of_image(Family::Docker, &config, &layers).expect("a manifest");
        let expected = format!(
            "{}{}{}",
            r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","#,
            format_args!(
                r#""config":{{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"{}","size":2}},"#,
                config.digest
            ),
            format_args!(
                r#""layers":[{{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","digest":"{}","size":5}}]}}"#,
                layer.digest
            ),
        );
        assert_eq!(str::from_utf8(manifest.bytes()), Ok(&*expected));
        assert_eq!(*manifest.digest(), Digest::sha256(expected.as_bytes()));
        assert_eq!(manifest.descriptor().size, expected.len() as u64);
    }

    #[test]
    fn the_families_of_types_are_never_mixed() {
        let (config, layer) = (blob(b"{}"), blob(b"layer"));
        for compression in [Compression::None, Compression::Zstd] {
            let layers = [(layer.clone(), compression)];
            let error = Manifest::of_image(Family::Docker, &config, &layers).expect_err("refused");
            assert!(error.contains("gzip only"), "{error}");
            let manifest = Manifest::of_image(Family::Oci, &config, &layers).expect("a manifest");
            let text = str::from_utf8(manifest.bytes()).expect("a text");
            assert!(!text.contains("docker"), "{text}");
        }
    }

    #[test]
    fn an_index_says_all_that_is_known_of_its_manifests() {
        let layers = [(blob(b"layer"), Compression::Gzip)];
        let manifest = Manifest::of_image(Family::Oci, &blob(b"{}"), &layers).expect("a manifest");
        let entry = Descriptor {
            platform: Some(Platform {
                os: "windows".into(),
                architecture: "amd64".into(),
                variant: "v2".into(),
                os_version: "10.0".into(),
                os_features: vec!["win32k".into()],
            }),
            annotations: BTreeMap::from([("note".into(), "\u{1}\"é".into())]),
            urls: vec!["https://h/x".into()],
            artifact_type: "a/b".into(),
            ..manifest.descriptor()
        };
        let bytes = index_file(&[entry.clone(), manifest.descriptor()]).into_bytes();
        let digest = Digest::sha256(&bytes);
        let index = Manifest::read(bytes, digest, None).expect("an index");
        assert_eq!(index.media_type(), media_type::OCI_INDEX);
        let ManifestContent::Index(read) = index.content() else {
            panic!("{index:?}");
        };
        assert_eq!(read.manifests, [entry.clone(), manifest.descriptor()]);
        let text = entry.written().to_string();
        assert!(
            text.ends_with(
                r#""urls":["https://h/x"],"annotations":{"note":"\u0001\"é"},"platform":{"architecture":"amd64","os":"windows","os.version":"10.0","os.features":["win32k"],"variant":"v2"},"artifactType":"a/b"}"#
            ),
            "{text}"
        );
    }
}
