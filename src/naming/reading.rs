//! Which remote image a text means: every form is led back to a place in a registry, from which the labels follow.

use super::clusters::Cluster;
use super::uri::{ImageUri, Place, SCHEME};
use super::{Parser, RemoteImage};
use crate::grammar::BrokenRule;
use crate::reference;

/// Stands before a Docker name in which nothing is to be filled in, so that every image has a text.
pub(super) const EXACT: &str = "docker://";

impl Parser {
    /// Reads the name of a remote image as it is, with or without a tag.
    pub(super) fn read(&self, text: &str) -> Result<RemoteImage, BrokenRule> {
        let (scheme, image) = if let Some(uri) = text.strip_prefix(SCHEME) {
            (SCHEME, self.read_uri(uri))
        } else if let Some(name) = text.strip_prefix(EXACT) {
            (EXACT, self.read_exact(name))
        } else {
            ("", self.read_docker_name(text))
        };
        image.map_err(|broken| broken.moved(scheme.len()))
    }

    /// Reads an `image:` URI without its `image:`.
    fn read_uri(&self, text: &str) -> Result<RemoteImage, BrokenRule> {
        if self.clusters.is_empty() {
            let rule = "an `image:` URI needs a configuration with clusters; without one write HOST/PATH as Docker does";
            return Err(BrokenRule::new(0, rule));
        }
        let ImageUri { place, tail } = ImageUri::read(text)?;
        let tail_at = text.len() - tail.len();
        let current = self.current_cluster().ok_or_else(|| {
            let rule = "no cluster is current: write `image://CLUSTER/PROJECT/NAME`";
            BrokenRule::new(0, rule)
        });
        let image = match place {
            Place::Nowhere => self.read_in_current_project(current?, tail),
            Place::InOrg => self.read_in_current_org(current?, tail),
            Place::OnCluster(name) => {
                let named = self.clusters.named(&name);
                self.read_on(named.map_err(|broken| broken.moved(2))?, tail)
            }
        };
        image.map_err(|broken| broken.moved(tail_at))
    }

    fn read_in_current_project(
        &self,
        cluster: &Cluster,
        tail: &str,
    ) -> Result<RemoteImage, BrokenRule> {
        let project = self.current_project().ok_or_else(|| {
            let rule = "no project is current: write `image:/PROJECT/NAME`";
            BrokenRule::new(0, rule)
        })?;
        if tail.is_empty() {
            let rule = "a name is needed: write `image:NAME`";
            return Err(BrokenRule::new(0, rule));
        }
        cluster.read(&project, tail)
    }

    /// Reads `tail`, which begins with a project.
    fn read_in_current_org(
        &self,
        cluster: &Cluster,
        tail: &str,
    ) -> Result<RemoteImage, BrokenRule> {
        let (path, ..) = reference::split_suffix(tail);
        if !path.contains('/') {
            let rule = "a project and a name are needed: PROJECT/NAME";
            return Err(BrokenRule::new(path.len(), rule));
        }
        cluster.read(&self.current_org(), tail)
    }

    /// Reads `tail`, which begins with a project, or with a known organization and a project.
    fn read_on(&self, cluster: &Cluster, tail: &str) -> Result<RemoteImage, BrokenRule> {
        let (path, ..) = reference::split_suffix(tail);
        if cluster.begins_with_org(path) {
            return cluster.read("", tail);
        }
        match (path.split_once('/'), &self.org_name) {
            (Some((first, rest)), Some(org)) if first == org && !rest.contains('/') => {
                let rule = format!(
                    "`{org}` is the organization here, and a project and a name must follow: {org}/PROJECT/NAME"
                );
                Err(BrokenRule::new(path.len(), rule))
            }
            _ => self.read_in_current_org(cluster, tail),
        }
    }

    fn read_docker_name(&self, text: &str) -> Result<RemoteImage, BrokenRule> {
        let Some((cluster, tail)) = self.clusters.mentioned(text) else {
            return RemoteImage::read(text);
        };
        // A registry that merely has a name may keep its images without projects.
        let image = match (&self.org_name, &self.project_name) {
            (None, None) => cluster.read("", tail),
            _ => self.read_on(cluster, tail),
        };
        image.map_err(|broken| broken.moved(text.len() - tail.len()))
    }

    /// Reads a Docker name in which nothing is filled in.
    fn read_exact(&self, text: &str) -> Result<RemoteImage, BrokenRule> {
        match self.clusters.mentioned(text) {
            Some((cluster, tail)) => cluster
                .read("", tail)
                .map_err(|broken| broken.moved(text.len() - tail.len())),
            None => RemoteImage::read(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::promises::names;
    use super::super::{ClusterNames, TagOption};
    use super::*;

    /// The labels of what is read (organization, project, name), or the rule that `text` breaks.
    fn labels(names: ClusterNames, text: &str) -> String {
        let parser = Parser::new(names).unwrap();
        match parser.remote_image(text, TagOption::Allow) {
            Ok(image) => [image.org_name(), image.project_name(), Some(image.name())]
                .map(|label| label.unwrap_or("-"))
                .join(" "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn an_organization_is_one_when_the_configuration_knows_it() {
        for (text, expected) in [
            ("image://main/other/ml2/app", "other ml2 app"),
            ("reg.main.test/other/ml2/app:1", "other ml2 app"),
            ("image://main/other/ml2/lib/app", "other ml2 lib/app"),
            ("image://main/acme/ml2/app", "acme ml2 app"),
            ("image://main/new/ml2/app", "acme new ml2/app"),
            ("image://main/other/app", "acme other app"),
            ("image:/other/ml2/app", "acme other ml2/app"),
            // It has images on the other cluster only.
            ("image://alt/other/ml2/app", "acme other ml2/app"),
        ] {
            let names = names(&["other"], ["main", "acme", "ml"]);
            assert_eq!(labels(names, text), expected, "{text}");
        }
    }

    #[test]
    fn without_a_current_organization_none_is_filled_in() {
        for (text, expected) in [
            ("image:app", "- ml app"),
            ("image:/ml2/lib/app", "- ml2 lib/app"),
            ("image://main/ml2/app", "- ml2 app"),
            ("image://main/other/app", "- other app"),
            ("image://main/other/ml2/app", "other ml2 app"),
            // At this place of the registry it is the same image as the one before.
            ("image:/other/ml2/app", "other ml2 app"),
        ] {
            let names = names(&["other"], ["main", "-", "ml"]);
            assert_eq!(labels(names, text), expected, "{text}");
        }
    }

    #[test]
    fn a_registry_that_merely_has_a_name_needs_no_projects() {
        let plain = || names(&[], ["main", "-", "-"]);
        assert_eq!(labels(plain(), "reg.main.test/app"), "- - app");
        assert_eq!(labels(plain(), "reg.main.test/team/app"), "- team app");
        assert_eq!(labels(plain(), "REG.main.test/team/app"), "- team app");
        assert_eq!(labels(plain(), "ghcr.io/team/app"), "- - team/app");
        let error = labels(plain(), "image://main/app");
        assert!(error.contains("PROJECT/NAME"), "{error}");
        for with_projects in [["main", "acme", "-"], ["main", "-", "ml"]] {
            let error = labels(names(&[], with_projects), "reg.main.test/app");
            assert!(error.contains("PROJECT/NAME"), "{error}");
        }
    }

    #[test]
    fn what_is_not_current_must_be_written_and_the_error_says_how() {
        for (current, text, rule) in [
            (
                ["main", "acme", "-"],
                "image:app",
                "at byte 6: no project is current: write `image:/PROJECT/NAME`",
            ),
            (
                ["-", "acme", "ml"],
                "image:app",
                "at byte 6: no cluster is current: write `image://CLUSTER/PROJECT/NAME`",
            ),
            (
                ["-", "acme", "ml"],
                "image:/ml/app",
                "write `image://CLUSTER/PROJECT/NAME`",
            ),
        ] {
            let error = labels(names(&[], current), text);
            assert!(error.contains(rule), "{error}");
        }
        for text in [
            "image:app",
            "image:/ml/app",
            "image://main/ml/app",
            "image:",
        ] {
            let error = Parser::default().remote_image(text, TagOption::Allow);
            let error = error.unwrap_err().to_string();
            assert!(
                error.contains("needs a configuration with clusters"),
                "{error}"
            );
        }
        assert_eq!(
            labels(names(&[], ["-", "-", "-"]), "image://main/ml/app"),
            "- ml app"
        );
    }

    #[test]
    fn an_exact_name_is_what_docker_means_by_it() {
        for (orgs, text, expected) in [
            ([].as_slice(), "docker://reg.main.test/app", "- - app"),
            (&[], "docker://reg.main.test/bob/app", "- bob app"),
            // Platforms with organizations keep every image in one, known or not.
            (&[], "docker://reg.main.test/bob/ml2/app:1", "bob ml2 app"),
            (
                &["other"],
                "docker://reg.main.test/bob/ml2/app",
                "- bob ml2/app",
            ),
            (
                &["other"],
                "docker://reg.main.test/other/ml2/app",
                "other ml2 app",
            ),
            (&[], "docker://ghcr.io/bob/app", "- - bob/app"),
            (&[], "docker://ubuntu", "- - ubuntu"),
        ] {
            let names = names(orgs, ["main", "acme", "ml"]);
            assert_eq!(labels(names, text), expected, "{text}");
        }
        let error = labels(
            names(&[], ["main", "acme", "ml"]),
            "docker://reg.main.test/ml/App",
        );
        assert!(
            error.contains("at byte 26: a name is written in lower case"),
            "{error}"
        );
    }

    #[test]
    fn a_password_in_a_name_is_not_repeated_in_the_error() {
        for text in [
            "image://me:secret@main/ml/app",
            "docker://me:secret@reg.main.test/ml/app",
            "https://me:secret@reg.main.test/ml/app",
        ] {
            let error = labels(names(&[], ["main", "acme", "ml"]), text);
            assert!(
                error.contains("***@") && !error.contains("secret"),
                "{error}"
            );
        }
    }
}
