//! Which platform image a local name stands for, and which local name a remote image gets.

use super::{LocalImage, Parser, RemoteImage};
use crate::error::Result;
use crate::grammar::BrokenRule;
use crate::reference;

impl Parser {
    /// The remote image that `local` is pushed to when none is named.
    ///
    /// It belongs to the current project. A name that begins with the registry of a cluster is there: with a project
    /// and a name in the current organization, and with more at just this place. Without a current cluster and project
    /// it is the external image that the name means to Docker. A missing tag stays missing.
    ///
    /// Fails with [`Error::InvalidReference`](crate::Error::InvalidReference) for an image ID, and when the name cannot
    /// follow that of a project because it holds a port.
    pub fn to_platform_image(&self, local: &LocalImage) -> Result<RemoteImage> {
        let text = local.to_string();
        if local.id().is_some() {
            let rule = "an image ID names nothing in a registry: name the remote image, or tag the local one";
            return Err(BrokenRule::new(0, rule).in_text(&text));
        }
        self.read_local_name(&text)
            .map_err(|broken| broken.in_text(&text))
    }

    /// The local image that `remote` is pulled as when none is named.
    ///
    /// It has the short name when `remote` is of the current project, and else the name that Docker has for it. Unless
    /// `remote` is external, [`to_platform_image`](Parser::to_platform_image) gives it back.
    ///
    /// Fails with [`Error::InvalidReference`](crate::Error::InvalidReference) when no local name does that, because the
    /// image belongs to no organization and there is a current one.
    pub fn to_local_image(&self, remote: &RemoteImage) -> Result<LocalImage> {
        let reference = remote.reference();
        let known = self.clusters.mentioned(reference.as_str()).is_some();
        if remote.project_name().is_none() || !known {
            return as_docker_shows_it(remote);
        }
        let short = format!("{}{}", remote.name(), reference.suffix());
        for text in [short.as_str(), reference.as_str()] {
            // Some names in projects are no local ones, such as `sha256`.
            if let Ok(local) = LocalImage::parse(text)
                && self.leads_to(&local, remote)
            {
                return Ok(local);
            }
        }
        let rule = "as a local name this would belong to the current organization, which the image does not: choose \
                    a local name for it";
        Err(BrokenRule::new(0, rule).in_text(reference.as_str()))
    }

    fn leads_to(&self, local: &LocalImage, remote: &RemoteImage) -> bool {
        self.to_platform_image(local)
            .is_ok_and(|back| back.reference() == remote.reference())
    }

    fn read_local_name(&self, text: &str) -> Result<RemoteImage, BrokenRule> {
        if let Some((cluster, tail)) = self.clusters.mentioned(text) {
            let (path, ..) = reference::split_suffix(tail);
            let filled_in = match path.split('/').count() {
                1 => self.current_project(),
                2 => Some(self.current_org()),
                _ => None,
            };
            return cluster
                .read(filled_in.as_deref().unwrap_or(""), tail)
                .map_err(|broken| broken.moved(text.len() - tail.len()));
        }
        match (self.current_cluster(), self.current_project()) {
            (Some(cluster), Some(project)) => {
                let (name, ..) = reference::split_suffix(text);
                if let Some(at) = name.find(':') {
                    let rule = "a port cannot stand in the name of a platform's image: name the remote image, too";
                    return Err(BrokenRule::new(at, rule));
                }
                cluster.read(&project, text)
            }
            _ => RemoteImage::read(text),
        }
    }
}

/// An image that is not of a cluster keeps its name.
fn as_docker_shows_it(remote: &RemoteImage) -> Result<LocalImage> {
    // `library/image` is shown as `image`, which cannot be told from a URI.
    LocalImage::parse(&remote.reference().familiar())
        .or_else(|_| LocalImage::parse(&remote.as_docker_url(false)))
}

#[cfg(test)]
mod tests {
    use super::super::TagOption;
    use super::super::promises::names;
    use super::*;

    fn platform() -> Parser {
        Parser::new(names(&[], ["main", "acme", "ml"])).unwrap()
    }

    fn local_name(parser: &Parser, remote: &str) -> String {
        let remote = parser.remote_image(remote, TagOption::Allow).unwrap();
        match parser.to_local_image(&remote) {
            Ok(local) => local.to_string(),
            Err(error) => error.to_string(),
        }
    }

    fn remote_name(parser: &Parser, local: &str) -> String {
        let local = LocalImage::parse(local).unwrap();
        match parser.to_platform_image(&local) {
            Ok(remote) => remote.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_local_name_is_short_unless_that_would_mean_another_image() {
        let pinned = format!("app:1@sha256:{}", "0123456789abcdef".repeat(4));
        for (remote, local) in [
            ("image:app:1", "app:1"),
            ("image:lib/app", "lib/app"),
            (&format!("image:{pinned}"), &pinned),
            ("image:docker.io/lib/app", "docker.io/lib/app"),
            ("image:/ml2/app", "reg.main.test/acme/ml2/app"),
            ("image://alt/ml/app:1", "reg.alt.test:5000/acme/ml/app:1"),
            ("image:sha256", "reg.main.test/acme/ml/sha256"),
            ("image:127.1/app", "reg.main.test/acme/ml/127.1/app"),
            (
                "image:reg.main.test/a/b",
                "reg.main.test/acme/ml/reg.main.test/a/b",
            ),
            ("ghcr.io/a/b:1", "ghcr.io/a/b:1"),
            ("docker.io/library/app", "app"),
            ("docker.io/library/image", "docker.io/library/image"),
        ] {
            assert_eq!(local_name(&platform(), remote), local, "{remote}");
        }
    }

    #[test]
    fn no_local_name_is_made_up_for_an_image_that_a_push_would_put_elsewhere() {
        let error = local_name(&platform(), "docker://reg.main.test/bob/app");
        assert!(error.contains("choose a local name"), "{error}");
        let elsewhere = remote_name(&platform(), "reg.main.test/bob/app");
        assert_eq!(elsewhere, "image://main/acme/bob/app");
    }

    #[test]
    fn a_local_name_with_a_registry_in_it_stays_there() {
        for (local, remote) in [
            ("reg.main.test/app", "image://main/acme/ml/app"),
            ("reg.alt.test:5000/app", "image://alt/acme/ml/app"),
            ("reg.main.test/acme/app", "image://main/acme/acme/app"),
            ("reg.main.test/other/ml2/app", "image://main/other/ml2/app"),
        ] {
            assert_eq!(remote_name(&platform(), local), remote);
        }
    }

    #[test]
    fn without_a_current_project_local_names_mean_what_they_mean_to_docker() {
        for parser in [
            Parser::default(),
            Parser::new(names(&[], ["main", "-", "-"])).unwrap(),
        ] {
            for name in [
                "app:1",
                "ghcr.io/a/b",
                "localhost:5000/app",
                "reg.main.test/app",
            ] {
                assert_eq!(remote_name(&parser, name), name);
                assert_eq!(local_name(&parser, name), name);
            }
            let name = "reg.main.test/team/app:1";
            assert_eq!(local_name(&parser, name), name);
        }
        let named = Parser::new(names(&[], ["main", "-", "-"])).unwrap();
        let name = "reg.main.test/team/app:1";
        assert_eq!(remote_name(&named, name), "image://main/team/app:1");
    }

    #[test]
    fn an_image_of_an_unknown_cluster_keeps_its_docker_name() {
        let new = RemoteImage::new_platform_image;
        let image = new("app", "reg.test", "ml", None, "nope", Some("1")).unwrap();
        for parser in [Parser::default(), platform()] {
            let local = parser.to_local_image(&image).unwrap();
            assert_eq!(local.to_string(), "reg.test/ml/app:1");
            let text = parser.text(&image);
            assert_eq!(text, "docker://reg.test/ml/app:1");
            let again = parser.remote_image(&text, TagOption::Allow).unwrap();
            assert_eq!(again.reference(), image.reference());
        }
    }

    #[test]
    fn an_image_id_is_not_pushed_under_a_name_made_of_it() {
        let id = "0123456789abcdef".repeat(4);
        for parser in [Parser::default(), platform()] {
            let error = remote_name(&parser, &id);
            assert!(error.contains("name the remote image"), "{error}");
        }
    }
}
