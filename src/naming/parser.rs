//! Names of images, read and printed as a configuration means them.

use super::clusters::{Cluster, ClusterNames, Clusters, check_name};
use super::reading::EXACT;
use super::uri::SCHEME;
use super::{LocalImage, RemoteImage, TagOption};
use crate::error::{Error, Result};
use crate::grammar::BrokenRule;

/// Reads and prints the names of images as a configuration means them: with its clusters, each of which has a registry,
/// and with the cluster, the organization and the project that are current in it.
///
/// | text | image |
/// | --- | --- |
/// | `image:NAME` | of the current project |
/// | `image:/PROJECT/NAME` | of a project in the current organization and cluster |
/// | `image://CLUSTER/PROJECT/NAME` | of a project in the current organization |
/// | `image://CLUSTER/ORG/PROJECT/NAME` | with everything given; the configuration must know `ORG` |
/// | `HOST/PROJECT/NAME`, `HOST/ORG/PROJECT/NAME` | the same, when `HOST` is the registry of a cluster |
/// | any other name that Docker reads | an external one |
/// | `docker://HOST/PATH` | what Docker means by `HOST/PATH`: nothing is filled in |
///
/// `:TAG`, `@DIGEST` or both may follow. Every part is checked as Docker does, so a text that was read cannot lead out
/// of its project. What is at one place in the registry of a cluster is one image, whichever form named it.
///
/// The default knows no clusters, so that every remote image is external. A parser does not change.
///
/// ```
/// # fn main() -> imgferry::Result<()> {
/// use imgferry::{Parser, TagOption};
///
/// let parser = Parser::default();
/// let image = parser.remote_image("ghcr.io/team/app", TagOption::Default)?;
/// assert_eq!(image.to_string(), "ghcr.io/team/app:latest");
/// assert!(parser.remote_image("ghcr.io/team/app:1", TagOption::Deny).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Parser {
    pub(super) clusters: Clusters,
    cluster_name: Option<String>,
    pub(super) org_name: Option<String>,
    pub(super) project_name: Option<String>,
}

impl Parser {
    /// The parser of a configuration.
    ///
    /// Fails with `InvalidArgument` when a name cannot stand in the name of an image, when the URL of a registry has no
    /// host that can, when clusters share a name or a registry, and when the current cluster is none of them.
    pub(crate) fn new(names: ClusterNames) -> Result<Parser> {
        for (argument, name) in [
            ("org_name", &names.org_name),
            ("project_name", &names.project_name),
        ] {
            if let Some(name) = name {
                check_name(argument, name)?;
            }
        }
        let parser = Parser {
            clusters: Clusters::new(names.clusters, names.org_name.as_deref())?,
            cluster_name: names.cluster_name,
            org_name: names.org_name,
            project_name: names.project_name,
        };
        if let Some(current) = &parser.cluster_name {
            parser.cluster(current)?;
        }
        Ok(parser)
    }

    /// Reads the name of a remote image in any of the forms.
    ///
    /// Fails with [`Error::InvalidReference`] when the text has none of them, names a
    /// cluster that is not in the configuration or leaves out what is not current in it, and when `tag` does not allow
    /// it.
    pub fn remote_image(&self, text: &str, tag: TagOption) -> Result<RemoteImage> {
        let image = self.read(text).map_err(|broken| broken.in_text(text))?;
        match tag.tag_to_add(text, image.reference().suffix())? {
            Some(latest) => image.with_tag(latest),
            None => Ok(image),
        }
    }

    /// Reads the name of a remote image that belongs to a cluster.
    ///
    /// Fails as [`remote_image`](Parser::remote_image) does, and for external images.
    pub fn platform_image(&self, text: &str, tag: TagOption) -> Result<RemoteImage> {
        let image = self.remote_image(text, tag)?;
        if image.project_name().is_some() {
            return Ok(image);
        }
        let rule = match self.clusters.is_empty() {
            true => {
                "an image of a platform is wanted: use a configuration with clusters".to_owned()
            }
            false => format!(
                "this is no image of a platform: write `image:NAME`, or HOST/PROJECT/NAME with one of the registries {}",
                self.clusters.registries()
            ),
        };
        Err(BrokenRule::new(0, rule).in_text(text))
    }

    /// Reads the name of a local image, or an image ID, which has no tag.
    ///
    /// Fails with [`Error::InvalidReference`] when the text is neither, and when `tag`
    /// does not allow it.
    pub fn local_image(&self, text: &str, tag: TagOption) -> Result<LocalImage> {
        if text.starts_with(SCHEME) {
            let rule = "an `image:` URI names a remote image: write a local one as Docker does, `NAME:TAG` \
                        (`library/image` for the one of Docker Hub that is called so)";
            return Err(BrokenRule::new(0, rule).in_text(text));
        }
        let image = LocalImage::parse(text)?;
        if image.id().is_some() {
            return Ok(image);
        }
        match tag.tag_to_add(text, image.suffix())? {
            Some(latest) => image.with_tag(latest),
            None => Ok(image),
        }
    }

    /// A text that [`remote_image`](Parser::remote_image) with [`TagOption::Allow`] reads as this image: what the image
    /// prints itself, or `docker://HOST/PATH` where that would mean another image.
    ///
    /// An image that this parser cannot have made, because its cluster is not in the configuration, is read back with
    /// the same [`reference`](RemoteImage::reference).
    pub fn text(&self, image: &RemoteImage) -> String {
        let text = image.to_string();
        match self.read(&text) {
            Ok(meant) if meant == *image => text,
            _ => format!("{EXACT}{}", image.as_docker_url(false)),
        }
    }

    /// The image, without tag, that the registry of a cluster lists as `path`.
    ///
    /// Fails with `InvalidArgument` for an unknown cluster, and with `InvalidReference` when no repository can be
    /// called `path`.
    pub(crate) fn repository(&self, cluster_name: &str, path: &str) -> Result<RemoteImage> {
        let cluster = self.cluster(cluster_name)?;
        let image = cluster
            .read("", path)
            .map_err(|broken| broken.in_text(path))?;
        TagOption::Deny.tag_to_add(path, image.reference().suffix())?;
        Ok(image)
    }

    /// A cluster and its registry, as the names of images mention it; `None` is the current cluster.
    ///
    /// Fails with `InvalidArgument` for an unknown cluster, and when there is no current one.
    pub(crate) fn cluster_registry(&self, cluster_name: Option<&str>) -> Result<(&str, &str)> {
        let cluster = match cluster_name {
            Some(name) => self.cluster(name)?,
            None => self.current_cluster().ok_or(Error::InvalidArgument {
                argument: "cluster_name",
                reason: "no cluster is current, so one must be named".to_owned(),
            })?,
        };
        Ok((cluster.name(), cluster.registry()))
    }

    fn cluster(&self, name: &str) -> Result<&Cluster> {
        self.clusters
            .named(name)
            .map_err(|broken| broken.in_argument("cluster_name", name))
    }

    pub(super) fn current_cluster(&self) -> Option<&Cluster> {
        self.clusters.find(self.cluster_name.as_deref()?)
    }

    /// What stands in a registry before the projects of the current organization.
    pub(super) fn current_org(&self) -> String {
        match &self.org_name {
            Some(org) => format!("{org}/"),
            None => String::new(),
        }
    }

    /// What stands in a registry before the images of the current project.
    pub(super) fn current_project(&self) -> Option<String> {
        let project = self.project_name.as_ref()?;
        Some(format!("{}{project}/", self.current_org()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::promises::names;
    use super::*;

    fn platform() -> Parser {
        Parser::new(names(&[], ["main", "acme", "ml"])).unwrap()
    }

    #[test]
    fn a_text_is_as_short_as_it_can_be_without_meaning_another_image() {
        for (written, text) in [
            ("image:app:1", "image://main/acme/ml/app:1"),
            ("reg.alt.test:5000/ml/app", "image://alt/acme/ml/app"),
            ("docker://ghcr.io/a/b", "ghcr.io/a/b"),
            ("docker://reg.main.test/app", "docker://reg.main.test/app"),
            (
                "docker://reg.main.test/bob/app",
                "docker://reg.main.test/bob/app",
            ),
            (
                "docker://reg.main.test/acme/ml/app",
                "image://main/acme/ml/app",
            ),
        ] {
            let parser = platform();
            let image = parser.remote_image(written, TagOption::Allow).unwrap();
            assert_eq!(parser.text(&image), text);
        }
    }

    #[test]
    fn a_digest_makes_a_tag_needless_and_a_repository_has_neither() {
        let digest = format!("@sha256:{}", "0123456789abcdef".repeat(4));
        for name in [
            "app",
            "image:app",
            "reg.main.test/ml/app",
            "docker://a.b/app",
        ] {
            let pinned = format!("{name}{digest}");
            let image = platform()
                .remote_image(&pinned, TagOption::Default)
                .unwrap();
            assert_eq!((image.tag(), image.digest().is_some()), (None, true));
            let error = platform()
                .remote_image(&pinned, TagOption::Deny)
                .unwrap_err();
            let expected = format!("at byte {}: ", name.len());
            assert!(error.to_string().contains(&expected), "{error}");
        }
        let pinned = format!("app:1{digest}");
        let image = platform().local_image(&pinned, TagOption::Default).unwrap();
        assert_eq!(image.to_string(), pinned);
        assert!(platform().local_image(&pinned, TagOption::Deny).is_err());
        let id = "0123456789abcdef".repeat(4);
        assert!(platform().local_image(&id, TagOption::Deny).is_ok());
        let error = platform().repository("main", "ml/app:1").unwrap_err();
        assert!(error.to_string().contains("leave out `:1`"), "{error}");
    }

    #[test]
    fn a_repository_shows_whose_it_is() {
        for (orgs, current, path, expected) in [
            (
                [].as_slice(),
                ["main", "acme", "ml"],
                "acme/ml/app",
                "image://main/acme/ml/app",
            ),
            (
                &[],
                ["main", "acme", "ml"],
                "new/ml/app",
                "image://main/new/ml/app",
            ),
            (
                &[],
                ["main", "-", "ml"],
                "bob/lib/app",
                "image://main/bob/lib/app",
            ),
            (
                &["other"],
                ["main", "acme", "ml"],
                "other/ml/app",
                "image://main/other/ml/app",
            ),
            (
                &["other"],
                ["main", "acme", "ml"],
                "bob/app",
                "image://main/bob/app",
            ),
            (&[], ["main", "acme", "ml"], "app", "reg.main.test/app"),
        ] {
            let parser = Parser::new(names(orgs, current)).unwrap();
            let image = parser.repository("main", path).unwrap();
            assert_eq!(image.to_string(), expected);
            assert_eq!(image.reference().as_str(), format!("reg.main.test/{path}"));
        }
        let with_orgs = Parser::new(names(&[], ["main", "acme", "ml"])).unwrap();
        let org = |path| {
            with_orgs
                .repository("main", path)
                .unwrap()
                .org_name()
                .map(str::to_owned)
        };
        assert_eq!(org("new/ml/app").as_deref(), Some("new"));
        assert_eq!(org("bob/app"), None);
        let error = with_orgs.repository("main", "a/../b").unwrap_err();
        assert!(
            error.to_string().contains("\"a/../b\" at byte 2"),
            "{error}"
        );
    }

    #[test]
    fn a_parser_is_shared_between_threads() {
        fn is_shared<T: Send + Sync + Clone + std::fmt::Debug>() {}
        is_shared::<Parser>();
    }
}
