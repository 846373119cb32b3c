//! The names that configurations give to registries, and which of their entries is for which registry.

use std::cmp::Reverse;

use crate::grammar::{DOCKER_HUB, DOCKER_HUB_INDEX};

/// The name under which engines, docker's configuration and credential helpers know Docker Hub.
pub(super) const DOCKER_HUB_ADDRESS: &str = "https://index.docker.io/v1/";

/// The host of Docker Hub's API.
const DOCKER_HUB_API: &str = "registry-1.docker.io";

/// How the names in a file are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A host, with or without a port; or a URL, of which only the host counts.
    Docker,
    /// Also a part of a registry: `host/team`, `host/team/app`.
    Containers,
}

/// A registry, and the repository that is asked for, as configurations may name them.
pub(super) struct Wanted<'w> {
    host: &'w str,
    /// One spelling for all names of the registry.
    key: String,
    /// Its best name.
    server: &'w str,
    /// Its other names, the best first; a file may have other spellings, too.
    others: &'static [&'static str],
    repository: &'w str,
}

impl<'w> Wanted<'w> {
    pub(super) fn new(host: &'w str, repository: &'w str) -> Wanted<'w> {
        let key = host_key(host);
        let (server, others) = match key.as_str() {
            DOCKER_HUB => (
                DOCKER_HUB_ADDRESS,
                &[DOCKER_HUB_INDEX, DOCKER_HUB, DOCKER_HUB_API][..],
            ),
            _ => (host, &[][..]),
        };
        Wanted {
            host,
            key,
            server,
            others,
            repository,
        }
    }

    /// The registry, as it was asked for.
    pub(super) fn host(&self) -> &'w str {
        self.host
    }

    /// The name that credential helpers know.
    pub(super) fn server(&self) -> &'w str {
        self.server
    }

    /// Which of the names in a file is for this registry. The longest part of it comes first, then its best name.
    pub(super) fn choose<'k>(
        &self,
        names: impl Iterator<Item = &'k String>,
        form: Form,
    ) -> Option<&'k String> {
        let fitting = names.filter_map(|name| {
            let part = part_of_registry(name, form);
            let fits = host_key(name) == self.key && is_within(self.repository, part);
            fits.then_some((Reverse(part.len()), self.rank(name), name))
        });
        let (_, _, name) = fitting.min()?;
        Some(name)
    }

    fn rank(&self, name: &str) -> usize {
        let mut own = [self.server].into_iter().chain(self.others.iter().copied());
        // Another spelling comes behind all of them.
        own.position(|own| own == name)
            .unwrap_or(self.others.len() + 1)
    }
}

/// What of a registry a name is for; empty is all of it.
fn part_of_registry(name: &str, form: Form) -> &str {
    match form {
        Form::Containers if !name.contains("://") => name
            .split_once('/')
            .map_or("", |(_, part)| part.trim_end_matches('/')),
        Form::Containers | Form::Docker => "",
    }
}

/// Whether `repository` is `part` or lies below it.
fn is_within(repository: &str, part: &str) -> bool {
    part.is_empty()
        || repository
            .strip_prefix(part)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// One spelling for all the ways in which configurations name a registry.
pub(super) fn host_key(name: &str) -> String {
    let name = name.trim();
    let host = name.split_once("://").map_or(name, |(_, rest)| rest);
    let host = host.split_once('/').map_or(host, |(host, _)| host);
    match host.to_ascii_lowercase().as_str() {
        DOCKER_HUB_INDEX | DOCKER_HUB_API => DOCKER_HUB.to_owned(),
        host => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(host: &str, repository: &str, names: &[&str], form: Form) -> Option<String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Wanted::new(host, repository)
            .choose(names.iter(), form)
            .cloned()
    }

    #[test]
    fn a_port_must_match_exactly() {
        let names = ["h", "h:5000", "https://h:5001/v1/"];
        for form in [Form::Docker, Form::Containers] {
            for (host, expected) in [
                ("h", Some("h")),
                ("h:5000", Some("h:5000")),
                ("h:5001", Some("https://h:5001/v1/")),
                ("h:5002", None),
                ("sub.h", None),
            ] {
                assert_eq!(chosen(host, "a", &names, form).as_deref(), expected);
            }
        }
    }

    #[test]
    fn docker_hub_is_found_under_its_best_name() {
        let mut names = vec![
            "registry-1.docker.io",
            "docker.io",
            "index.docker.io",
            DOCKER_HUB_ADDRESS,
        ];
        while let Some(best) = names.last().copied() {
            let found = chosen("docker.io", "library/busybox", &names, Form::Docker);
            assert_eq!(found.as_deref(), Some(best));
            names.pop();
        }
        assert_eq!(Wanted::new("docker.io", "").server(), DOCKER_HUB_ADDRESS);
        assert_eq!(Wanted::new("h:5000", "").server(), "h:5000");
    }

    #[test]
    fn in_a_containers_file_the_longest_part_of_a_name_counts() {
        let names = ["h", "h/team", "h/team/app", "h/te", "http://h/other"];
        let form = Form::Containers;
        for (repository, expected) in [
            ("team/app", "h/team/app"),
            ("team/app/sub", "h/team/app"),
            ("team/application", "h/team"),
            ("other", "h"),
            ("", "h"),
        ] {
            let found = chosen("h", repository, &names, form);
            assert_eq!(found.as_deref(), Some(expected), "{repository}");
        }
        assert_eq!(chosen("h", "other", &["h/team"], form), None);
        // Docker writes no parts, but paths of URLs.
        assert!(chosen("h", "other", &["h/v1/"], Form::Docker).is_some());
    }
}
