//! What must hold for whatever a parser has read, in every kind of configuration.

use super::{ClusterNames, NamedRegistry, Parser, RemoteImage, TagOption};

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

pub(super) fn parsers() -> Vec<Parser> {
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

/// All of it at once.
pub(super) fn are_kept(parser: &Parser, text: &str, image: &RemoteImage) {
    text_is_read_the_same(parser, text, image);
    stays_in_its_project(parser, text, image);
    is_one_image_however_it_is_named(parser, text, image);
    comes_back_from_its_local_name(parser, text, image);
}

pub(super) fn text_is_read_the_same(parser: &Parser, text: &str, image: &RemoteImage) {
    let printed = parser.text(image);
    let again = parser.remote_image(&printed, TagOption::Allow).unwrap();
    assert_eq!(again, *image, "{text} as {printed} in {parser:?}");
}

pub(super) fn stays_in_its_project(parser: &Parser, text: &str, image: &RemoteImage) {
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
}

pub(super) fn is_one_image_however_it_is_named(parser: &Parser, text: &str, image: &RemoteImage) {
    if image.cluster_name().is_none() {
        return;
    }
    let exact = format!("docker://{}", image.reference());
    let again = parser.remote_image(&exact, TagOption::Allow).unwrap();
    assert_eq!(again, *image, "{text} in {parser:?}");
}

pub(super) fn comes_back_from_its_local_name(parser: &Parser, text: &str, image: &RemoteImage) {
    if image.cluster_name().is_none() {
        // Nothing is promised, but that it can be pulled.
        parser.to_local_image(image).unwrap();
        return;
    }
    match parser.to_local_image(image) {
        Ok(local) => {
            let back = parser.to_platform_image(&local).unwrap();
            assert_eq!(back, *image, "{text} as {local} in {parser:?}");
        }
        Err(error) => {
            assert!(error.to_string().contains("choose a local name"), "{error}");
            assert!(image.org_name().is_none(), "{text}");
            assert!(!parser.current_org().is_empty(), "{text}");
        }
    }
}
