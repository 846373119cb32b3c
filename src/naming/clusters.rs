//! The clusters of a configuration: what each is called, where its registry is, and whose images are in it.

use super::RemoteImage;
use super::registry_key::{RegistryUrl, registry_key};
use crate::error::{Error, Result};
use crate::grammar::{self, BrokenRule};
use crate::reference::{self, Reference};

/// What a configuration says about names.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClusterNames {
    pub(crate) clusters: Vec<NamedRegistry>,
    /// The current cluster, organization and project, where there is one.
    pub(crate) cluster_name: Option<String>,
    pub(crate) org_name: Option<String>,
    pub(crate) project_name: Option<String>,
}

/// A cluster: a registry that has a name.
#[derive(Debug, Clone)]
pub(crate) struct NamedRegistry {
    pub(crate) name: String,
    pub(crate) registry_url: String,
    /// The organizations that are known to have images there.
    pub(crate) orgs: Vec<String>,
}

/// All clusters; no two have the same name or the same registry.
#[derive(Debug, Clone, Default)]
pub(super) struct Clusters(Vec<Cluster>);

#[derive(Debug, Clone)]
pub(super) struct Cluster {
    name: String,
    registry: String,
    /// The organizations of the cluster, and the current one.
    orgs: Vec<String>,
    /// Platforms with organizations keep every image as `org/project/name`. So when there is a current organization,
    /// and no list that would say otherwise, whatever comes first in the registry is one.
    orgs_come_first: bool,
}

impl Clusters {
    /// Checks `clusters`; `org_name` is the current organization.
    pub(super) fn new(clusters: Vec<NamedRegistry>, org_name: Option<&str>) -> Result<Clusters> {
        let mut checked = Clusters::default();
        for cluster in clusters {
            let cluster = Cluster::new(cluster, org_name)?;
            for other in &checked.0 {
                other.refuse_twin(&cluster)?;
            }
            checked.0.push(cluster);
        }
        Ok(checked)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn find(&self, name: &str) -> Option<&Cluster> {
        self.0.iter().find(|cluster| cluster.name == name)
    }

    pub(super) fn named(&self, name: &str) -> Result<&Cluster, BrokenRule> {
        self.find(name).ok_or_else(|| {
            let rule = match self.is_empty() {
                true => "no cluster is configured".to_owned(),
                false => format!(
                    "there is no such cluster, only {}",
                    self.list(|one| &one.name)
                ),
            };
            BrokenRule::new(0, rule)
        })
    }

    /// The cluster whose registry the Docker name `text` begins with, and what follows the registry there.
    pub(super) fn mentioned<'t>(&self, text: &'t str) -> Option<(&Cluster, &'t str)> {
        let (host, rest) = reference::split_domain(text);
        let key = registry_key(host?);
        let cluster = self.0.iter().find(|cluster| cluster.registry == key)?;
        Some((cluster, rest))
    }

    pub(super) fn registries(&self) -> String {
        self.list(|cluster| &cluster.registry)
    }

    fn list<'c>(&'c self, what: impl Fn(&'c Cluster) -> &'c str) -> String {
        let quoted: Vec<String> = self
            .0
            .iter()
            .map(|one| format!("`{}`", what(one)))
            .collect();
        quoted.join(", ")
    }
}

impl Cluster {
    fn new(cluster: NamedRegistry, org_name: Option<&str>) -> Result<Cluster> {
        let NamedRegistry {
            name,
            registry_url,
            mut orgs,
        } = cluster;
        check_name("cluster_name", &name)?;
        for org in &orgs {
            check_name("orgs", org)?;
        }
        let orgs_come_first = orgs.is_empty() && org_name.is_some();
        orgs.extend(org_name.map(str::to_owned));
        Ok(Cluster {
            registry: RegistryUrl::read(&registry_url)
                .map_err(|broken| broken.in_argument("registry_url", &registry_url))?
                .key,
            name,
            orgs,
            orgs_come_first,
        })
    }

    fn refuse_twin(&self, other: &Cluster) -> Result<()> {
        let reason = if self.name == other.name {
            format!("two of them are called `{}`", self.name)
        } else if self.registry == other.registry {
            format!(
                "`{}` and `{}` have the same registry {}, so nobody can tell whose an image of it is",
                self.name, other.name, self.registry
            )
        } else {
            return Ok(());
        };
        let argument = "clusters";
        Err(Error::InvalidArgument { argument, reason })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The registry, as the names of its images mention it.
    pub(super) fn registry(&self) -> &str {
        &self.registry
    }

    /// Whether `path`, a project and a name at least, says before them which organization they belong to.
    pub(super) fn begins_with_org(&self, path: &str) -> bool {
        let mut parts = path.split('/');
        let first = parts.next();
        parts.count() >= 2 && first.is_some_and(|first| self.orgs.iter().any(|org| org == first))
    }

    /// Reads the image that the registry has as `before` and `tail`, which is the end of the caller's text, joined.
    ///
    /// What is at one place of a registry is the same image however it was named.
    pub(super) fn read(&self, before: &str, tail: &str) -> Result<RemoteImage, BrokenRule> {
        let head = format!("{}/{before}", self.registry);
        let reference = Reference::read(&format!("{head}{tail}"))
            .map_err(|broken| broken.moved_back(head.len()))?;
        let path = reference.path();
        let long_enough = path.split('/').count() >= 3;
        let has_org = self.begins_with_org(path) || (self.orgs_come_first && long_enough);
        Ok(RemoteImage::in_cluster(reference, &self.name, has_org))
    }
}

/// Checks what is one component in the names of images.
pub(super) fn check_name(argument: &'static str, name: &str) -> Result<()> {
    grammar::check_component(name)
        .and_then(|()| grammar::check_path("", name))
        .map_err(|broken| broken.in_argument(argument, name))
}

#[cfg(test)]
mod tests {
    use super::super::Parser;
    use super::super::promises::names;
    use super::*;

    fn platform() -> ClusterNames {
        names(&["other"], ["main", "acme", "ml"])
    }

    #[test]
    fn a_configuration_that_cannot_be_meant_is_refused_and_the_error_says_where() {
        type Change = fn(&mut ClusterNames);
        let changes: [(Change, &str); 11] = [
            (
                |names| names.clusters[1].name = "main".into(),
                "invalid clusters: two of them are called `main`",
            ),
            (
                |names| names.clusters[1].registry_url = "http://REG.main.test/v2/".into(),
                "invalid clusters: `main` and `alt` have the same registry reg.main.test",
            ),
            (
                |names| names.clusters[0].registry_url = "https:///v2/".into(),
                "invalid registry_url: \"https:///v2/\" at byte 8: the URL of a registry needs a host",
            ),
            (
                |names| names.clusters[0].name = "Main".into(),
                "invalid cluster_name: \"Main\" at byte 0: a name is written in lower case",
            ),
            (
                |names| names.clusters[0].orgs.push("a/b".into()),
                "invalid orgs: \"a/b\" at byte 1",
            ),
            (
                |names| names.cluster_name = Some("nope".into()),
                "invalid cluster_name: \"nope\" at byte 0: there is no such cluster, only `main`, `alt`",
            ),
            (
                |names| names.clusters.clear(),
                "invalid cluster_name: \"main\" at byte 0: no cluster is configured",
            ),
            (
                |names| names.org_name = Some("..".into()),
                "invalid org_name: \"..\" at byte 0",
            ),
            (
                |names| names.org_name = Some(String::new()),
                "invalid org_name: \"\" at byte 0",
            ),
            (
                |names| names.project_name = Some("a/b".into()),
                "invalid project_name: \"a/b\" at byte 1",
            ),
            (
                |names| names.project_name = Some("p".repeat(256)),
                "invalid project_name: ",
            ),
        ];
        Parser::new(platform()).unwrap();
        for (change, text) in changes {
            let mut names = platform();
            change(&mut names);
            let error = Parser::new(names).unwrap_err().to_string();
            assert!(error.starts_with(text), "{error}");
        }
    }

    #[test]
    fn a_cluster_has_the_registry_of_the_configuration() {
        let parser = Parser::new(platform()).unwrap();
        assert_eq!(
            parser.cluster_registry(None).unwrap(),
            ("main", "reg.main.test")
        );
        let alt = parser.cluster_registry(Some("alt")).unwrap();
        assert_eq!(alt, ("alt", "reg.alt.test:5000"));
        let error = parser
            .cluster_registry(Some("nope"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("only `main`, `alt`"), "{error}");
        let error = parser.repository("nope", "a/b").unwrap_err().to_string();
        assert!(error.contains("only `main`, `alt`"), "{error}");
        let error = Parser::default().cluster_registry(None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid cluster_name: no cluster is current, so one must be named"
        );
    }
}
