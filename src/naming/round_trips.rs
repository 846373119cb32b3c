//! Every form with every kind of part in every kind of configuration: what is read keeps its place, has a text, and finds
//! its way to a local name and back.

use super::*;
use crate::error::Error;

/// Two clusters, the first with these organizations, and the current cluster, organization and project; `-` is none.
pub(super) fn names(orgs: &[&str], current: [&str; 3]) -> ClusterNames {
    let cluster = |name: &str, registry_url: &str, orgs: &[&str]| NamedRegistry {
        name: name.to_owned(),
        registry_url: registry_url.to_owned(),
        orgs: orgs.iter().map(|org| (*org).to_owned()).collect(),
    };
    let [cluster_name, org_name, project_name] =
        current.map(|name| (name != "-").then(|| name.to_owned()));
    ClusterNames {
        clusters: vec![
            cluster("main", "https://reg.main.test", orgs),
            cluster("alt", "http://reg.alt.test:5000/v2/", &[]),
        ],
        cluster_name,
        org_name,
        project_name,
    }
}

fn parsers() -> Vec<Parser> {
    let mut all = vec![Parser::default()];
    for orgs in [[].as_slice(), &["other"]] {
        for current in [
            ["main", "acme", "ml"],
            ["alt", "acme", "ml"],
            ["main", "-", "ml"],
            ["main", "-", "other"],
            ["main", "acme", "acme"],
            ["main", "acme", "-"],
            ["main", "-", "-"],
            ["-", "acme", "ml"],
            ["-", "-", "-"],
        ] {
            all.push(Parser::new(names(orgs, current)).unwrap());
        }
    }
    let mut hub = names(&[], ["main", "-", "library"]);
    hub.clusters[0].registry_url = "https://index.docker.io/v1/".to_owned();
    all.push(Parser::new(hub).unwrap());
    all
}

/// Paths of one to four parts: of names that mean something, and of some that must not get through.
fn paths() -> Vec<String> {
    let parts = [
        "acme",
        "other",
        "ml",
        "app",
        "sha256",
        "docker.io",
        "127.1",
        "reg.main.test",
        "reg.alt.test:5000",
        "x__y",
        "..",
        "",
    ];
    let few = ["acme", "other", "ml", "reg.main.test"];
    let mut paths: Vec<String> = parts.map(str::to_owned).to_vec();
    for first in parts {
        for second in parts {
            paths.push(format!("{first}/{second}"));
            paths.extend(parts.map(|third| format!("{first}/{second}/{third}")));
        }
    }
    for first in few {
        for second in few {
            for third in few {
                paths.extend(few.map(|fourth| format!("{first}/{second}/{third}/{fourth}")));
            }
        }
    }
    paths
}

fn texts() -> Vec<String> {
    let digest = format!("@sha256:{}", "0123456789abcdef".repeat(4));
    let pinned = format!(":v1{digest}");
    let beginnings = [
        "",
        "image:",
        "image:/",
        "image:///",
        "image://main/",
        "image://ALT/",
        "image://nope/",
        "image://me@main/",
        "docker://",
        "docker://reg.main.test/",
        "reg.main.test/",
        "REG.alt.test:5000/",
        "index.docker.io/",
        "ghcr.io/library/",
    ];
    // Endings have nothing to do with places, so each text has one of them.
    let endings = ["", ":v1", "", &digest, "", &pinned, "", ":", "", "%2e", "?"];
    let mut texts = Vec::new();
    for path in paths() {
        for beginning in beginnings {
            let ending = endings[texts.len() % endings.len()];
            texts.push(format!("{beginning}{path}{ending}"));
        }
    }
    texts
}

/// What every parser reads, once for each text.
fn check_all(check: impl Fn(&Parser, &str, RemoteImage)) {
    let texts = texts();
    for parser in parsers() {
        let mut read = 0;
        for text in &texts {
            match parser.remote_image(text, TagOption::Allow) {
                Ok(image) => {
                    read += 1;
                    check(&parser, text, image);
                }
                Err(Error::InvalidReference { position, .. }) => {
                    assert!(text.is_char_boundary(position), "{text:?} at {position}");
                }
                Err(other) => panic!("{text:?}: {other}"),
            }
        }
        assert!(read > 3_000, "only {read} of the texts were images");
    }
}

#[test]
fn whatever_is_read_has_a_text_that_is_read_the_same() {
    check_all(|parser, text, image| {
        let printed = parser.text(&image);
        let again = parser.remote_image(&printed, TagOption::Allow).unwrap();
        assert_eq!(again, image, "{text} as {printed} in {parser:?}");
    });
}

#[test]
fn nothing_that_is_read_can_climb_out_of_its_project() {
    check_all(|parser, text, image| {
        let path = image.reference().path();
        for part in path.split('/') {
            assert!(!part.is_empty() && !part.starts_with('.'), "{text}: {path}");
        }
        if image.project_name().is_some() {
            let place = [image.org_name(), image.project_name(), Some(image.name())];
            let place: Vec<&str> = place.into_iter().flatten().collect();
            assert_eq!(path, place.join("/"), "{text}");
            assert_eq!(Some(image.reference().domain()), image.registry(), "{text}");
        }
        let Some(name) = text.strip_prefix("image:") else {
            return;
        };
        let home = match name.starts_with('/') {
            true => Some(parser.current_org()),
            false => parser.current_project(),
        };
        let on_current_cluster = !name.starts_with("//") || name.starts_with("///");
        if on_current_cluster {
            let home = home.expect("a current project");
            assert!(path.starts_with(&home), "{text}: {path}");
        }
    });
}

#[test]
fn one_place_of_a_known_registry_is_one_image_however_it_is_named() {
    check_all(|parser, text, image| {
        if image.cluster_name().is_none() {
            return;
        }
        let exact = format!("docker://{}", image.reference());
        let again = parser.remote_image(&exact, TagOption::Allow).unwrap();
        assert_eq!(again, image, "{text} in {parser:?}");
    });
}

#[test]
fn a_platform_image_comes_back_from_its_local_name() {
    check_all(|parser, text, image| {
        if image.cluster_name().is_none() {
            // Nothing is promised, but that it can be pulled.
            parser.to_local_image(&image).unwrap();
            return;
        }
        match parser.to_local_image(&image) {
            Ok(local) => {
                let back = parser.to_platform_image(&local).unwrap();
                assert_eq!(back, image, "{text} as {local} in {parser:?}");
            }
            Err(error) => {
                assert!(error.to_string().contains("choose a local name"), "{error}");
                assert!(image.org_name().is_none(), "{text}");
                assert!(!parser.current_org().is_empty(), "{text}");
            }
        }
    });
}

#[test]
fn a_repository_keeps_the_path_under_which_its_registry_lists_it() {
    for parser in parsers()
        .iter()
        .filter(|parser| !parser.clusters.is_empty())
    {
        let alt = parser.cluster_registry(Some("alt")).unwrap();
        assert_eq!(alt, ("alt", "reg.alt.test:5000"));
        let mut read = 0;
        for path in paths() {
            let Ok(image) = parser.repository("alt", &path) else {
                continue;
            };
            read += 1;
            assert_eq!(
                image.reference().as_str(),
                format!("reg.alt.test:5000/{path}")
            );
            let text = parser.text(&image);
            let again = parser.remote_image(&text, TagOption::Deny).unwrap();
            assert_eq!(again, image, "{path} as {text}");
        }
        assert!(read > 500, "only {read} of the paths were repositories");
    }
}
