//! The documents of the image-spec: media types, descriptors, manifests, indexes, platforms.
//!
//! The raw bytes of a document are always kept, because only they have its digest. What is read beside them is
//! lenient where real registries are sloppy (`null` where a list belongs) and strict where a lie would be believed
//! (sizes, digests, a document of two kinds at once).

mod compression;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzed;
mod image_config;
mod platform;
mod written;

use std::collections::BTreeMap;

use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};

pub(crate) use compression::{Compression, Family};
pub use image_config::ImageConfig;
pub(crate) use image_config::Run;
pub use platform::Platform;
pub(crate) use written::{Blob, index_file, json};

use crate::digest::Digest;
use crate::json_object;

/// The media types that decide how a document is read.
pub(crate) mod media_type {
    pub(crate) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
    pub(crate) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    pub(crate) const DOCKER_LIST: &str =
        "application/vnd.docker.distribution.manifest.list.v2+json";
    pub(crate) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    pub(crate) const SCHEMA1: &str = "application/vnd.docker.distribution.manifest.v1+json";
    pub(crate) const SCHEMA1_SIGNED: &str =
        "application/vnd.docker.distribution.manifest.v1+prettyjws";
    pub(crate) const OCI_ARTIFACT: &str = "application/vnd.oci.artifact.manifest.v1+json";
    pub(crate) const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    pub(crate) const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";

    /// The types of layers begin so.
    pub(super) const OCI_LAYERS: &str = "application/vnd.oci.image.layer.";
    pub(super) const DOCKER_LAYERS: &str = "application/vnd.docker.image.rootfs.diff.";

    /// The types of layers that lie somewhere else than in the registry begin so.
    pub(super) const FOREIGN_LAYERS: [&str; 2] = [
        "application/vnd.oci.image.layer.nondistributable.",
        "application/vnd.docker.image.rootfs.foreign.",
    ];
}

/// Sizes above this are lies: the specification's own type for them is a signed number of 64 bits.
const MAX_SIZE: u64 = i64::MAX as u64;

/// What a document says of another one, or of a blob: what it is, its digest and its size.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What the content is.
    #[serde(default, deserialize_with = "or_default")]
    pub media_type: String,
    /// The digest of the content.
    pub digest: Digest,
    /// The size of the content in bytes.
    #[serde(deserialize_with = "size")]
    pub size: u64,
    /// Other places to get the content from.
    #[serde(default, deserialize_with = "or_default")]
    pub urls: Vec<String>,
    /// Free notes.
    #[serde(default, deserialize_with = "annotations")]
    pub annotations: BTreeMap<String, String>,
    /// What the image runs on; mostly said in an index only.
    #[serde(default)]
    pub platform: Option<Platform>,
    /// What kind of artifact it is; empty for an image.
    #[serde(default, deserialize_with = "or_default")]
    pub artifact_type: String,
}

impl Descriptor {
    /// Whether the content is kept somewhere else than in the registry, because its licence wants that.
    pub fn is_foreign(&self) -> bool {
        media_type::FOREIGN_LAYERS
            .iter()
            .any(|foreign| self.media_type.starts_with(foreign))
    }

    /// Whether it is the config of an image, which says how to run it; artifacts have others, or none.
    pub(crate) fn is_image_config(&self) -> bool {
        // Docker wrote it without a type once.
        matches!(
            self.media_type.as_str(),
            media_type::OCI_CONFIG | media_type::DOCKER_CONFIG | ""
        )
    }

    /// Whether it is an index, which lists others.
    pub(crate) fn is_index(&self) -> bool {
        matches!(
            self.media_type.as_str(),
            media_type::OCI_INDEX | media_type::DOCKER_LIST
        )
    }

    /// Whether it is an index, as far as it says what it is.
    pub(crate) fn may_be_index(&self) -> bool {
        self.media_type.is_empty() || Kind::of(&self.media_type) == Some(Kind::Index)
    }

    /// Whether it is an index or the manifest of an image, as far as it says what it is.
    pub(crate) fn may_be_manifest(&self) -> bool {
        self.may_be_index() || Kind::of(&self.media_type) == Some(Kind::Image)
    }

    /// Whether it is no image but the statement about one that BuildKit adds to an index.
    pub fn is_attestation(&self) -> bool {
        self.annotations
            .get("vnd.docker.reference.type")
            .is_some_and(|kind| kind == "attestation-manifest")
    }
}

/// The manifest of one image, or of an artifact: a config and layers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageManifest {
    /// The config, which says how to run the image.
    pub config: Descriptor,
    /// The layers, from the lowest up.
    #[serde(default, deserialize_with = "or_default")]
    pub layers: Vec<Descriptor>,
    /// The manifest that this one says something about.
    #[serde(default)]
    pub subject: Option<Descriptor>,
    /// What kind of artifact it is; empty for an image.
    #[serde(default, deserialize_with = "or_default")]
    pub artifact_type: String,
    /// Free notes.
    #[serde(default, deserialize_with = "annotations")]
    pub annotations: BTreeMap<String, String>,
}

/// A list of manifests, mostly of the same image for several platforms.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageIndex {
    /// The manifests.
    #[serde(deserialize_with = "or_default")]
    pub manifests: Vec<Descriptor>,
    /// The manifest that this index says something about.
    #[serde(default)]
    pub subject: Option<Descriptor>,
    /// What kind of artifact it is; empty for an image.
    #[serde(default, deserialize_with = "or_default")]
    pub artifact_type: String,
    /// Free notes.
    #[serde(default, deserialize_with = "annotations")]
    pub annotations: BTreeMap<String, String>,
}

/// What a [`Manifest`] says.
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "few exist at a time, and a box would show in every match"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestContent {
    /// One image.
    Image(ImageManifest),
    /// A list of manifests.
    Index(ImageIndex),
    /// A document of a type that imgferry does not read, such as Docker's schema 1; its bytes are there all the same.
    Other,
}

/// A document from a registry's `manifests`, byte for byte, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    bytes: Vec<u8>,
    digest: Digest,
    media_type: String,
    content: ManifestContent,
}

impl Manifest {
    /// Reads a document that came with `content_type` and has `digest`, which was verified.
    ///
    /// Fails, saying why, when it is not JSON, is of two kinds at once, or has no believable descriptors.
    pub(crate) fn read(
        bytes: Vec<u8>,
        digest: Digest,
        content_type: Option<&str>,
    ) -> Result<Manifest, String> {
        let shape: Shape = from_json(&bytes)?;
        let (kind, media_type) = shape.kind(content_type)?;
        let content = match kind {
            Kind::Image => ManifestContent::Image(from_json(&bytes)?),
            Kind::Index => ManifestContent::Index(from_json(&bytes)?),
            Kind::Other => ManifestContent::Other,
        };
        Ok(Manifest {
            bytes,
            digest,
            media_type,
            content,
        })
    }

    /// The document, byte for byte.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The digest of [`bytes`](Manifest::bytes), which was verified.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The media type, from the document itself or else from the answer that brought it.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// What the document says.
    pub fn content(&self) -> &ManifestContent {
        &self.content
    }

    /// The manifest that this one says something about.
    pub(crate) fn subject(&self) -> Option<&Descriptor> {
        match &self.content {
            ManifestContent::Image(image) => image.subject.as_ref(),
            ManifestContent::Index(index) => index.subject.as_ref(),
            ManifestContent::Other => None,
        }
    }

    /// What kind of artifact it is for those who list what refers to another manifest: without a word about that, its
    /// config says it.
    pub(crate) fn referrer_type(&self) -> &str {
        match &self.content {
            ManifestContent::Image(image) if image.artifact_type.is_empty() => {
                &image.config.media_type
            }
            ManifestContent::Image(image) => &image.artifact_type,
            ManifestContent::Index(index) => &index.artifact_type,
            ManifestContent::Other => "",
        }
    }

    /// Whether it is in Docker's format of before 2016, whose digest does not cover its signatures.
    pub(crate) fn is_schema1(&self) -> bool {
        matches!(
            self.media_type.as_str(),
            media_type::SCHEMA1 | media_type::SCHEMA1_SIGNED
        )
    }
}

fn from_json<'d, T: Deserialize<'d>>(bytes: &'d [u8]) -> Result<T, String> {
    json_object::read(bytes).map_err(|error| format!("the manifest is malformed: {error}"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Image,
    Index,
    Other,
}

impl Kind {
    fn of(media_type: &str) -> Option<Kind> {
        match media_type {
            media_type::OCI_MANIFEST | media_type::DOCKER_MANIFEST => Some(Kind::Image),
            media_type::OCI_INDEX | media_type::DOCKER_LIST => Some(Kind::Index),
            media_type::SCHEMA1 | media_type::SCHEMA1_SIGNED | media_type::OCI_ARTIFACT => {
                Some(Kind::Other)
            }
            _ => None,
        }
    }
}

/// As much of a document as tells what it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    schema_version: Option<u64>,
    media_type: Option<String>,
    config: Option<IgnoredAny>,
    layers: Option<IgnoredAny>,
    manifests: Option<IgnoredAny>,
}

impl Shape {
    /// The document's own word counts first, then the answer's, then what it looks like.
    fn kind(&self, content_type: Option<&str>) -> Result<(Kind, String), String> {
        let own = self.media_type.as_deref().filter(|own| !own.is_empty());
        let told = content_type.map(bare);
        let told_kind = told.as_deref().and_then(Kind::of);
        let known = match (own.and_then(Kind::of), told_kind) {
            // One document that two readers take for different things is how a signed image is swapped.
            (Some(_), Some(_)) if own != told.as_deref() => {
                let (own, told) = (own.unwrap_or(""), told.as_deref().unwrap_or(""));
                return Err(format!(
                    "the manifest says that it is {own} but was sent as {told}"
                ));
            }
            (Some(kind), _) => Some((kind, own)),
            (None, Some(kind)) => Some((kind, told.as_deref())),
            (None, None) => None,
        };
        let (kind, name) = match known {
            Some((kind, name)) => (kind, name.unwrap_or("")),
            None if self.schema_version == Some(1) => (Kind::Other, media_type::SCHEMA1),
            None if self.manifests.is_some() => (Kind::Index, own.unwrap_or(media_type::OCI_INDEX)),
            None if self.config.is_some() => (Kind::Image, own.unwrap_or(media_type::OCI_MANIFEST)),
            None => (Kind::Other, own.or(told.as_deref()).unwrap_or("")),
        };
        let image_like = self.config.is_some() || self.layers.is_some();
        match kind {
            Kind::Index if image_like => Err("an index has config or layers".into()),
            Kind::Image if self.manifests.is_some() => Err("an image has manifests".into()),
            _ => Ok((kind, name.to_owned())),
        }
    }
}

/// A media type without its parameters.
fn bare(media_type: &str) -> String {
    let bare = media_type
        .split_once(';')
        .map_or(media_type, |(bare, _)| bare);
    bare.trim().to_ascii_lowercase()
}

/// For fields that may be absent or null: their default.
pub(crate) fn or_default<'d, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'d> + Default,
    D: Deserializer<'d>,
{
    // A value that is wrong has failed before; this is for one that is null.
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn annotations<'d, D>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error>
where
    D: Deserializer<'d>,
{
    let notes: BTreeMap<String, Option<String>> = or_default(deserializer)?;
    // Some tools write null for a note without text.
    Ok(notes
        .into_iter()
        .map(|(name, note)| (name, note.unwrap_or_default()))
        .collect())
}

fn size<'d, D: Deserializer<'d>>(deserializer: D) -> Result<u64, D::Error> {
    match u64::deserialize(deserializer)? {
        size if size <= MAX_SIZE => Ok(size),
        size => Err(D::Error::custom(format_args!("nothing has {size} bytes"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digit: char) -> String {
        digit.to_string().repeat(64)
    }

    fn descriptor(digit: char, size: &str) -> String {
        format!(
            r#"{{"mediaType":"a/b","digest":"sha256:{}","size":{size}}}"#,
            hex(digit)
        )
    }

    fn read(text: &str, content_type: Option<&str>) -> Result<Manifest, String> {
        Manifest::read(
            text.as_bytes().to_vec(),
            Digest::sha256(text.as_bytes()),
            content_type,
        )
    }

    fn image(rest: &str) -> String {
        format!(
            r#"{{"schemaVersion":2,"config":{},"layers":[{}]{rest}}}"#,
            descriptor('a', "7"),
            descriptor('b', "100")
        )
    }

    #[test]
    fn a_manifest_without_any_type_is_known_by_its_shape() {
        let manifest = read(&image(""), Some("text/plain; charset=utf-8")).unwrap();
        assert_eq!(manifest.media_type(), media_type::OCI_MANIFEST);
        let ManifestContent::Image(image) = manifest.content() else {
            panic!("{manifest:?}");
        };
        assert_eq!((image.config.size, image.layers.len()), (7, 1));

        let index = read(r#"{"schemaVersion":2,"manifests":[]}"#, None).unwrap();
        assert!(matches!(index.content(), ManifestContent::Index(_)));
        let old = read(r#"{"schemaVersion":1,"fsLayers":[]}"#, None).unwrap();
        assert!(old.is_schema1());
        assert_eq!(*old.content(), ManifestContent::Other);
    }

    #[test]
    fn null_where_a_list_or_a_text_belongs_is_nothing() {
        let text = format!(
            r#"{{"config":{{"digest":"sha256:{}","size":1,"mediaType":null,"annotations":{{"k":null}}}},
            "layers":null,"annotations":null,"subject":null,"artifactType":null}}"#,
            hex('a')
        );
        let ManifestContent::Image(image) = read(&text, None).unwrap().content().clone() else {
            panic!("not an image");
        };
        assert!(image.layers.is_empty());
        assert_eq!(image.config.annotations["k"], "");
        let empty = read(r#"{"manifests":null}"#, Some(media_type::OCI_INDEX)).unwrap();
        assert!(
            matches!(empty.content(), ManifestContent::Index(index) if index.manifests.is_empty())
        );
    }

    #[test]
    fn a_platform_that_says_little_is_read() {
        let text = format!(
            r#"{{"manifests":[{{"digest":"sha256:{}","size":1,"platform":{{"os":"linux","variant":"v7"}}}},
            {{"digest":"sha256:{}","size":1,"platform":{{"os":"windows","architecture":"amd64",
            "os.version":"10.0.1","os.features":["win32k"]}}}}]}}"#,
            hex('a'),
            hex('b')
        );
        let manifest = read(&text, None).unwrap();
        let ManifestContent::Index(index) = manifest.content() else {
            panic!("{manifest:?}");
        };
        let platforms: Vec<_> = index
            .manifests
            .iter()
            .filter_map(|entry| entry.platform.clone())
            .collect();
        assert_eq!(platforms[0].to_string(), "linux//v7");
        assert_eq!(platforms[1].os_version, "10.0.1");
        assert_eq!(platforms[1].os_features, ["win32k"]);
    }

    #[test]
    fn absurd_sizes_and_digests_are_refused() {
        for size in ["-1", "1.5", "9223372036854775808", "1e30", "null", "\"1\""] {
            let text = format!(r#"{{"config":{},"layers":[]}}"#, descriptor('a', size));
            read(&text, None).expect_err(size);
        }
        let traversal = r#"{"config":{"digest":"sha256:../../etc/passwd","size":1}}"#;
        read(traversal, None).expect_err("a digest that is a path");
    }

    #[test]
    fn a_member_that_is_there_twice_is_refused() {
        let twice = |member: &str| {
            let value = match member {
                "layers" => "[]".to_owned(),
                _ => descriptor('a', "1"),
            };
            image(&format!(r#","{member}":{value}"#))
        };
        for member in ["config", "layers"] {
            let error = read(&twice(member), None).expect_err(member);
            assert!(error.contains("duplicate field"), "{error}");
        }
        let digest = descriptor('a', r#"1,"size":2"#);
        read(&format!(r#"{{"config":{digest},"layers":[]}}"#), None).expect_err("two sizes");
    }

    #[test]
    fn a_document_that_is_nested_without_end_does_not_end_the_program() {
        let deep = "[".repeat(1_000_000);
        for text in [
            deep.clone(),
            format!(r#"{{"layers":{deep}"#),
            image(&format!(r#","new":{deep}"#)),
            image(&format!(r#","annotations":{{"a":{deep}"#)),
        ] {
            read(&text, None).expect_err("no end");
            ImageConfig::read(text.into_bytes()).expect_err("no end");
        }
    }

    // case 7
    #[test]
    fn a_document_of_two_kinds_is_refused() {
        let own = format!(r#","mediaType":"{}""#, media_type::OCI_MANIFEST);
        let error = read(&image(&own), Some(media_type::OCI_INDEX)).unwrap_err();
        assert!(error.contains("was sent as"), "{error}");
        let charset = format!("{}; charset=utf-8", media_type::OCI_MANIFEST);
        read(&image(&own), Some(&charset)).expect("parameters do not matter");
        read(&image(r#","manifests":[]"#), None).expect_err("both an image and an index");
        read(&image(""), Some(media_type::OCI_INDEX)).expect_err("an image sent as an index");
    }

    #[test]
    fn layers_that_are_kept_elsewhere_are_told_apart() {
        let mut layer: Descriptor = serde_json::from_str(&descriptor('a', "1")).unwrap();
        assert!(!layer.is_foreign());
        layer.media_type = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip".into();
        assert!(layer.is_foreign());
    }
}
