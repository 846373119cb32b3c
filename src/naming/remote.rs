//! Images in registries.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{name_as_written, read_docker_name, refuse_suffix};
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::grammar::{self, BrokenRule};
use crate::reference::{self, Reference};

/// An image in a registry: of a platform, which sorts its images by cluster, organization and project, or of any other
/// registry, which is called external.
///
/// It prints as Docker writes it when it is external, and as the URI `image://cluster/[org/]project/name:tag` when it
/// belongs to a platform. Names of external images stay as they were given: `app` and `docker.io/library/app` differ
/// here, and are the same as [`reference`](RemoteImage::reference)s. Images compare, sort and hash by registry,
/// cluster, organization, project, name and tag.
///
/// It serializes as a record of its parts under the names of the methods, because the URI does not tell the registry.
///
/// ```
/// # fn main() -> imgferry::Result<()> {
/// use imgferry::RemoteImage;
///
/// let external = RemoteImage::parse("example.com:9999/bob/app:v1")?;
/// assert_eq!((external.registry(), external.name()), (Some("example.com:9999"), "bob/app"));
/// assert_eq!(external.to_string(), "example.com:9999/bob/app:v1");
///
/// let platform =
///     RemoteImage::new_platform_image("app", "reg.example", "ml", Some("acme"), "main", Some("v1"))?;
/// assert_eq!(platform.as_docker_url(false), "reg.example/acme/ml/app:v1");
/// assert_eq!(platform.to_string(), "image://main/acme/ml/app:v1");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "RemoteRecord", into = "RemoteRecord")]
pub struct RemoteImage {
    registry: Option<String>,
    platform: Option<Platform>,
    name: String,
    /// What all of it means; it holds tag and digest.
    reference: Reference,
}

/// Where on a platform an image belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Platform {
    cluster_name: String,
    org_name: Option<String>,
    project_name: String,
}

impl RemoteImage {
    /// The image `name` of any registry, such as Docker Hub (`None`).
    ///
    /// A registry that the name itself mentions is moved to [`registry`](RemoteImage::registry).
    ///
    /// Fails with [`Error::InvalidReference`] when the name or the tag is not one, when the name holds a tag or a
    /// digest itself, and when Docker would not take `registry` for a host: one without a dot needs a port, unless it
    /// is `localhost`.
    pub fn new_external_image(
        name: &str,
        registry: Option<&str>,
        tag: Option<&str>,
    ) -> Result<RemoteImage> {
        let text = match registry {
            Some(registry) => format!("{registry}/{name}"),
            None => name.to_owned(),
        };
        let image = RemoteImage::parse(&text)?;
        refuse_suffix(&text, &image.reference)?;
        if registry.is_some() && registry != image.registry() {
            let rule = "a registry is a host with a dot or a port, or `localhost`, and no path";
            return Err(BrokenRule::new(0, rule).in_text(&text));
        }
        match tag {
            Some(tag) => image.with_tag(tag),
            None => Ok(image),
        }
    }

    /// The image `name` of a project on a platform; its registry knows it as `[org_name/]project_name/name`.
    ///
    /// Fails with [`Error::InvalidReference`] as [`new_external_image`](RemoteImage::new_external_image) does, and when
    /// the project, the organization or the cluster is not one component of a repository's name: lower-case letters and
    /// digits, with `.`, `_` and `-` between them.
    pub fn new_platform_image(
        name: &str,
        registry: &str,
        project_name: &str,
        org_name: Option<&str>,
        cluster_name: &str,
        tag: Option<&str>,
    ) -> Result<RemoteImage> {
        for part in [Some(cluster_name), org_name, Some(project_name)]
            .into_iter()
            .flatten()
        {
            grammar::check_component(part).map_err(|broken| broken.in_text(part))?;
        }
        let platform = Platform {
            cluster_name: cluster_name.to_owned(),
            org_name: org_name.map(str::to_owned),
            project_name: project_name.to_owned(),
        };
        let path = format!("{}/{name}", platform.path());
        Ok(RemoteImage {
            platform: Some(platform),
            name: name.to_owned(),
            ..RemoteImage::new_external_image(&path, Some(registry), tag)?
        })
    }

    /// The image `name` of an owner on a platform without organizations: a
    /// [platform image](RemoteImage::new_platform_image) whose project is `owner`.
    ///
    /// Fails as that does.
    pub fn new_neuro_image(
        name: &str,
        registry: &str,
        owner: &str,
        cluster_name: &str,
        tag: Option<&str>,
    ) -> Result<RemoteImage> {
        RemoteImage::new_platform_image(name, registry, owner, None, cluster_name, tag)
    }

    /// Reads the name of an external image as Docker writes it, `[registry/]name[:tag][@digest]`.
    ///
    /// Fails with [`Error::InvalidReference`] when the text is no such name, and when it begins as an `image:` URI or
    /// an image ID does; the repositories `image` and `sha256` of Docker Hub can be written `library/image` and
    /// `library/sha256`. A [`Parser`](crate::Parser) reads those of platform images, too.
    pub fn parse(text: &str) -> Result<RemoteImage> {
        RemoteImage::read(text).map_err(|broken| broken.in_text(text))
    }

    /// [`RemoteImage::parse`] for a text inside another one.
    pub(super) fn read(text: &str) -> Result<RemoteImage, BrokenRule> {
        let reference = read_docker_name(text)?;
        let (registry, name) = reference::split_domain(name_as_written(text, &reference));
        Ok(RemoteImage {
            registry: registry.map(str::to_owned),
            platform: None,
            name: name.to_owned(),
            reference,
        })
    }

    /// What `reference` is on a cluster whose registry it mentions: its path is `project_name/name`, with `org_name/`
    /// before it when `has_org`. A path that is too short for a project is an external image.
    pub(super) fn in_cluster(
        reference: Reference,
        cluster_name: &str,
        has_org: bool,
    ) -> RemoteImage {
        let path = reference.path();
        let (org_name, rest) = match path.split_once('/') {
            Some((org_name, rest)) if has_org => (Some(org_name), rest),
            _ => (None, path),
        };
        let (platform, name) = match rest.split_once('/') {
            Some((project_name, name)) => {
                let platform = Platform {
                    cluster_name: cluster_name.to_owned(),
                    org_name: org_name.map(str::to_owned),
                    project_name: project_name.to_owned(),
                };
                (Some(platform), name)
            }
            None => (None, path),
        };
        RemoteImage {
            registry: Some(reference.domain().to_owned()),
            platform,
            name: name.to_owned(),
            reference,
        }
    }

    /// The name within the registry, or within the project of a platform.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tag, when there is one.
    pub fn tag(&self) -> Option<&str> {
        self.reference.tag()
    }

    /// The digest of the manifest, when there is one; it selects the content, also when there is a tag.
    pub fn digest(&self) -> Option<&Digest> {
        self.reference.digest()
    }

    /// The registry's host, and its port when it was given; `None` for Docker Hub unless it was named.
    pub fn registry(&self) -> Option<&str> {
        self.registry.as_deref()
    }

    /// The cluster of a platform image; `None` for an external one.
    pub fn cluster_name(&self) -> Option<&str> {
        Some(&self.platform.as_ref()?.cluster_name)
    }

    /// The organization of a platform image; `None` when it has none, and for an external image.
    pub fn org_name(&self) -> Option<&str> {
        self.platform.as_ref()?.org_name.as_deref()
    }

    /// The project of a platform image; `None` for an external one.
    pub fn project_name(&self) -> Option<&str> {
        Some(&self.platform.as_ref()?.project_name)
    }

    /// The older name of [`project_name`](RemoteImage::project_name).
    pub fn owner(&self) -> Option<&str> {
        self.project_name()
    }

    /// The name by which Docker reaches this image, `[registry/]path[:tag][@digest]`.
    ///
    /// With a scheme it is `https://` and the full name, with `docker.io` where no registry was named.
    pub fn as_docker_url(&self, with_scheme: bool) -> String {
        if with_scheme {
            return format!("https://{}", self.reference);
        }
        let path = self.platform.as_ref().map(Platform::path);
        let parts = [self.registry(), path.as_deref(), Some(self.name())];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        parts.join("/") + self.reference.suffix()
    }

    /// What the image is in its registry. A missing tag stays missing; see [`Reference::tag_or_latest`].
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The same image at `tag`; a digest is left out, because it would still select the old content.
    ///
    /// Fails with [`Error::InvalidReference`] when `tag` is not a tag.
    pub fn with_tag(&self, tag: &str) -> Result<RemoteImage> {
        Ok(self.at(self.reference.with_tag(tag)?))
    }

    /// The same image at `digest`; a tag stays, and is informative from now on.
    pub fn with_digest(&self, digest: Digest) -> RemoteImage {
        self.at(self.reference.with_digest(digest))
    }

    fn at(&self, reference: Reference) -> RemoteImage {
        RemoteImage {
            reference,
            ..self.clone()
        }
    }
}

impl Platform {
    /// What stands before the names of the images.
    fn path(&self) -> String {
        match &self.org_name {
            Some(org_name) => format!("{org_name}/{}", self.project_name),
            None => self.project_name.clone(),
        }
    }
}

impl fmt::Display for RemoteImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.platform {
            Some(platform) => write!(
                f,
                "image://{}/{}/{}{}",
                platform.cluster_name,
                platform.path(),
                self.name,
                self.reference.suffix()
            ),
            None => f.write_str(&self.as_docker_url(false)),
        }
    }
}

impl FromStr for RemoteImage {
    type Err = Error;

    fn from_str(text: &str) -> Result<RemoteImage> {
        RemoteImage::parse(text)
    }
}

/// A [`RemoteImage`] in a document.
#[derive(Serialize, Deserialize)]
struct RemoteRecord {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registry: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    org_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_name: Option<String>,
}

impl From<RemoteImage> for RemoteRecord {
    fn from(image: RemoteImage) -> RemoteRecord {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        RemoteRecord {
            name: image.name().to_owned(),
            tag: owned(image.tag()),
            digest: image.digest().cloned(),
            registry: owned(image.registry()),
            cluster_name: owned(image.cluster_name()),
            org_name: owned(image.org_name()),
            project_name: owned(image.project_name()),
        }
    }
}

impl TryFrom<RemoteRecord> for RemoteImage {
    type Error = Error;

    fn try_from(record: RemoteRecord) -> Result<RemoteImage> {
        let (name, tag) = (&record.name, record.tag.as_deref());
        let (registry, org_name) = (record.registry.as_deref(), record.org_name.as_deref());
        let image = match (&record.project_name, &record.cluster_name, registry) {
            (Some(project_name), Some(cluster_name), Some(registry)) => {
                RemoteImage::new_platform_image(
                    name,
                    registry,
                    project_name,
                    org_name,
                    cluster_name,
                    tag,
                )?
            }
            (None, None, _) if org_name.is_none() => {
                RemoteImage::new_external_image(name, registry, tag)?
            }
            _ => {
                let rule = "an image of a platform has a registry, a cluster and a project";
                return Err(BrokenRule::new(0, rule).in_text(name));
            }
        };
        Ok(match record.digest {
            Some(digest) => image.with_digest(digest),
            None => image,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::vectors::scrambled_texts;

    fn remote(text: &str) -> RemoteImage {
        RemoteImage::parse(text).unwrap()
    }

    fn platform() -> RemoteImage {
        RemoteImage::new_platform_image(
            "lib/app",
            "reg.test:5000",
            "ml",
            Some("acme"),
            "main",
            Some("v1"),
        )
        .unwrap()
    }

    /// The document that holds `image`, once it was read back.
    fn stored(image: &RemoteImage) -> serde_json::Value {
        let document = serde_json::to_value(image).unwrap();
        let back: RemoteImage = serde_json::from_value(document.clone()).unwrap();
        assert_eq!(back, *image);
        document
    }

    #[test]
    fn an_external_image_keeps_its_registry() {
        for (text, registry, name) in [
            ("ubuntu:v1", None, "ubuntu"),
            ("user/app:v1", None, "user/app"),
            ("docker.io/user/app:v1", Some("docker.io"), "user/app"),
            ("ghcr.io/foo/bar:v1", Some("ghcr.io"), "foo/bar"),
            (
                "example.com:9999/bob/u:v1",
                Some("example.com:9999"),
                "bob/u",
            ),
        ] {
            let image = remote(text);
            assert_eq!((image.registry(), image.name()), (registry, name));
            assert_eq!(image.tag(), Some("v1"));
            assert_eq!(
                (image.owner(), image.cluster_name(), image.org_name()),
                (None, None, None)
            );
            assert_eq!(image.to_string(), text);
            assert_eq!(image.as_docker_url(false), text);
            let built = RemoteImage::new_external_image(name, registry, Some("v1")).unwrap();
            assert_eq!(built, image);
        }
        let host_in_name = RemoteImage::new_external_image("ghcr.io/foo/bar", None, None).unwrap();
        assert_eq!(host_in_name, remote("ghcr.io/foo/bar"));
    }

    #[test]
    fn a_registry_that_docker_would_read_as_a_path_is_refused() {
        for registry in ["myhost", "ghcr.io/org", "https://ghcr.io", "", "me@ghcr.io"] {
            let result = RemoteImage::new_external_image("app", Some(registry), None);
            assert!(result.is_err(), "{registry}: {result:?}");
        }
    }

    #[test]
    fn a_docker_url_with_scheme_names_its_host() {
        assert_eq!(
            remote("app:1").as_docker_url(true),
            "https://docker.io/library/app:1"
        );
        assert_eq!(remote("a.b:1/app").as_docker_url(true), "https://a.b:1/app");
        assert_eq!(
            platform().as_docker_url(true),
            "https://reg.test:5000/acme/ml/lib/app:v1"
        );
    }

    #[test]
    fn a_platform_image_knows_its_place_and_its_docker_name() {
        let image = platform();
        assert_eq!(image.name(), "lib/app");
        assert_eq!(image.registry(), Some("reg.test:5000"));
        assert_eq!(image.cluster_name(), Some("main"));
        assert_eq!(image.org_name(), Some("acme"));
        assert_eq!(
            (image.project_name(), image.owner()),
            (Some("ml"), Some("ml"))
        );
        assert_eq!(
            image.as_docker_url(false),
            "reg.test:5000/acme/ml/lib/app:v1"
        );
        assert_eq!(image.reference().to_string(), image.as_docker_url(false));
        assert_eq!(image.to_string(), "image://main/acme/ml/lib/app:v1");

        let neuro = RemoteImage::new_neuro_image("app", "reg.test", "bob", "main", None).unwrap();
        assert_eq!(neuro.as_docker_url(false), "reg.test/bob/app");
        assert_eq!(neuro.to_string(), "image://main/bob/app");
        assert_eq!(
            (neuro.owner(), neuro.org_name(), neuro.tag()),
            (Some("bob"), None, None)
        );
    }

    #[test]
    fn no_part_of_a_platform_image_can_climb_out_of_its_project() {
        let new = RemoteImage::new_platform_image;
        for bad in ["..", ".", "", "a/b", "ML", "a b", "a:b", "a@b", "a%2fb"] {
            assert!(
                new("app", "reg.test", bad, None, "main", None).is_err(),
                "{bad}"
            );
            assert!(
                new("app", "reg.test", "ml", Some(bad), "main", None).is_err(),
                "{bad}"
            );
            assert!(
                new("app", "reg.test", "ml", None, bad, None).is_err(),
                "{bad}"
            );
        }
        for bad in ["../app", "a/../b", "", "/app", "app/", "App"] {
            assert!(
                new(bad, "reg.test", "ml", None, "main", None).is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn another_tag_or_digest_leaves_the_rest_alone() {
        let digest = Digest::sha256(b"");
        let pinned = platform().with_digest(digest.clone());
        assert_eq!(
            pinned.to_string(),
            format!("image://main/acme/ml/lib/app:v1@{digest}")
        );
        assert_eq!(pinned.digest(), Some(&digest));
        assert_eq!(pinned.with_tag("v1").unwrap(), platform());
        assert!(pinned.with_tag("v 1").is_err());
        assert_eq!(
            remote("ghcr.io/a:1").with_tag("2").unwrap(),
            remote("ghcr.io/a:2")
        );
    }

    #[test]
    fn a_remote_image_comes_back_from_a_document() {
        let pinned = platform().with_digest(Digest::sha256(b""));
        for image in [remote("app"), remote("a.b/c:1"), platform(), pinned] {
            stored(&image);
        }
        assert_eq!(
            stored(&platform()),
            serde_json::json!({
                "name": "lib/app", "tag": "v1", "registry": "reg.test:5000",
                "cluster_name": "main", "org_name": "acme", "project_name": "ml",
            })
        );
        for incomplete in [
            r#"{"name":"app","project_name":"ml"}"#,
            r#"{"name":"app","registry":"a.b","cluster_name":"main"}"#,
            r#"{"name":"app","registry":"a.b","org_name":"acme"}"#,
            r#"{"name":"../app","registry":"a.b"}"#,
        ] {
            assert!(
                serde_json::from_str::<RemoteImage>(incomplete).is_err(),
                "{incomplete}"
            );
        }
    }

    #[test]
    fn images_are_listed_by_place_and_name() {
        let mut list = [
            platform(),
            remote("z.test/a"),
            remote("b"),
            remote("a:2"),
            remote("a"),
        ];
        list.sort();
        let texts: Vec<String> = list.iter().map(RemoteImage::to_string).collect();
        let platform = platform().to_string();
        assert_eq!(texts, ["a", "a:2", "b", platform.as_str(), "z.test/a"]);
    }

    #[test]
    fn whatever_can_be_read_is_printed_so_that_it_is_read_the_same() {
        let mut read = 0;
        for text in scrambled_texts() {
            let Ok(image) = RemoteImage::parse(&text) else {
                continue;
            };
            read += 1;
            assert_eq!(image.to_string(), text);
            assert_eq!(*image.reference(), Reference::parse(&text).unwrap());
            let url = image.as_docker_url(true);
            let full = remote(url.strip_prefix("https://").unwrap());
            assert_eq!(full.reference(), image.reference());
            stored(&image);
        }
        assert!(read > 5_000, "only {read} of the texts were images");
    }
}
