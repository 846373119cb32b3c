//! `image:` URIs, taken apart; what they leave out is not known here.

use crate::grammar::BrokenRule;

/// The beginning of every `image:` URI.
pub(super) const SCHEME: &str = "image:";

/// What follows `image:`, in two parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ImageUri<'t> {
    pub(super) place: Place,
    /// The end of the text, which begins where `place` says.
    pub(super) tail: &'t str,
}

/// What a URI says about where its image is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing: the name of an image follows.
    Nowhere,
    /// `/`: a project follows, and never an organization.
    InOrg,
    /// `//CLUSTER/`, in lower case: a project follows, or an organization and a project.
    OnCluster(String),
}

impl ImageUri<'_> {
    /// Takes `text` apart, which is a URI without its `image:`.
    pub(super) fn read(text: &str) -> Result<ImageUri<'_>, BrokenRule> {
        refuse_ambiguous_texts(text)?;
        let path = text.trim_start_matches('/');
        match text.len() - path.len() {
            0 => {
                let place = Place::Nowhere;
                Ok(ImageUri { place, tail: text })
            }
            2 if !path.is_empty() => {
                let (cluster, tail) = path.split_once('/').unwrap_or((path, ""));
                check_cluster(cluster).map_err(|broken| broken.moved(2))?;
                let place = Place::OnCluster(cluster.to_ascii_lowercase());
                Ok(ImageUri { place, tail })
            }
            _ => {
                let place = Place::InOrg;
                Ok(ImageUri { place, tail: path })
            }
        }
    }
}

/// Refuses what other readers of URIs would understand otherwise.
fn refuse_ambiguous_texts(text: &str) -> Result<(), BrokenRule> {
    if text == "latest" {
        let rule =
            "this may be a name or a tag: write `image:latest:latest` or `image:NAME:latest`";
        return Err(BrokenRule::new(0, rule));
    }
    for (mark, rule) in [
        ('%', "escapes are not decoded: write the character itself"),
        ('?', "an image has no query: leave out the `?` and the rest"),
        (
            '#',
            "an image has no fragment: leave out the `#` and the rest",
        ),
    ] {
        if let Some(at) = text.find(mark) {
            return Err(BrokenRule::new(at, rule));
        }
    }
    Ok(())
}

fn check_cluster(cluster: &str) -> Result<(), BrokenRule> {
    if cluster.contains('@') {
        let rule = "a cluster has no user and no password: write `image://CLUSTER/PROJECT/NAME`";
        return Err(BrokenRule::new(0, rule));
    }
    match cluster.find(':') {
        Some(at) => {
            let rule = "a cluster has no port, and a tag comes last: write `image:NAME:TAG` or \
                        `image://CLUSTER/PROJECT/NAME:TAG`";
            Err(BrokenRule::new(at, rule))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slashes_at_the_beginning_tell_what_follows() {
        let on = |cluster: &str| Place::OnCluster(cluster.to_owned());
        for (text, place, tail) in [
            ("app:1", Place::Nowhere, "app:1"),
            ("a/b", Place::Nowhere, "a/b"),
            ("", Place::Nowhere, ""),
            ("/ml/app", Place::InOrg, "ml/app"),
            ("///ml/app", Place::InOrg, "ml/app"),
            ("////ml/app", Place::InOrg, "ml/app"),
            ("//", Place::InOrg, ""),
            ("//main/ml/app:1", on("main"), "ml/app:1"),
            ("//MAIN/ml", on("main"), "ml"),
            ("//main", on("main"), ""),
        ] {
            let uri = ImageUri { place, tail };
            assert_eq!(ImageUri::read(text).unwrap(), uri, "{text}");
        }
    }
}
