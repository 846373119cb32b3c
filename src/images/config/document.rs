//! The configuration as JSON. What is wrong is told by its place; values are never repeated, because they may be
//! secrets.

use std::collections::BTreeMap;
use std::path::{Path, absolute};

use super::members::{Members, Node};
use super::{Cluster, Config};
use crate::images::token::Token;
use crate::naming::RegistryUrl;

/// How a document is read.
pub(super) struct Document<'d> {
    /// What relative paths in it are relative to; empty is the working directory.
    folder: &'d Path,
}

impl Document<'_> {
    pub(super) fn in_folder(folder: &Path) -> Document<'_> {
        Document { folder }
    }

    pub(super) fn read(&self, json: &[u8]) -> Result<Config, String> {
        let mut members = Node::parse(json)?.members("")?;
        let config = Config {
            cluster_name: members.text("cluster_name")?,
            org_name: members.text("org_name")?,
            project_name: members.text("project_name")?,
            username: members.text("username")?,
            token: self.token(&mut members)?,
            clusters: self.clusters(&mut members)?,
        };
        members.end()?;
        Ok(config)
    }

    fn clusters(&self, members: &mut Members) -> Result<BTreeMap<String, Cluster>, String> {
        let all = members.members("clusters")?;
        let clusters = all.map_or_else(Vec::new, Members::each);
        let clusters = clusters.into_iter().map(|(name, place, node)| {
            let cluster = self.cluster(node.members(&place)?)?;
            Ok((name, cluster))
        });
        clusters.collect()
    }

    fn cluster(&self, mut members: Members) -> Result<Cluster, String> {
        let registry_url = members.text("registry_url")?;
        let registry_url =
            registry_url.ok_or_else(|| members.at("registry_url", "it is missing"))?;
        RegistryUrl::read(&registry_url)
            .map_err(|broken| members.at("registry_url", broken.rule()))?;
        let cluster = Cluster {
            registry_url,
            orgs: members.texts("orgs")?,
            username: members.text("username")?,
            token: self.token(&mut members)?,
        };
        members.end()?;
        Ok(cluster)
    }

    fn token(&self, members: &mut Members) -> Result<Option<Token>, String> {
        match (members.text("token")?, members.text("token_file")?) {
            (Some(_), Some(_)) => Err(members.at(
                "token_file",
                "there is a `token` beside it, and only one counts",
            )),
            (Some(token), None) => Ok(Some(Token::Value(token))),
            (None, Some(file)) => token_file(self.folder, Path::new(&file))
                .map(Some)
                .map_err(|reason| members.at("token_file", &reason)),
            (None, None) => Ok(None),
        }
    }
}

/// The token in a file below `folder`. Its path is made absolute, so that it stays the same when the program changes
/// its working directory.
pub(super) fn token_file(folder: &Path, file: &Path) -> Result<Token, String> {
    if file.as_os_str().is_empty() {
        return Err("it is empty".into());
    }
    let path = absolute(folder.join(file)).map_err(|error| error.to_string())?;
    Ok(Token::File(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn what_is_wrong_is_told_by_its_place_and_not_shown() {
        const MAIN: &str = r#""registry_url":"https://a.example""#;
        for (json, place) in [
            ("", "line 1"),
            ("{\n\"token\":\"s3cret", "line 2"),
            (r#"{"token":"s3cret"} s3cret"#, "line 1 column 20"),
            (r#""s3cret""#, "an object"),
            (r#"["s3cret"]"#, "an object"),
            (r#"{"token":12345}"#, "token: "),
            (r#"{"token":["s3cret"]}"#, "token: "),
            (r#"{"token":{"s3cret":"s3cret"}}"#, "token: "),
            (r#"{"token":null}"#, "token: "),
            (r#"{"token_file":true}"#, "token_file: "),
            (r#"{"token_file":""}"#, "token_file: "),
            (
                r#"{"token":"s3cret","token_file":"s3cret"}"#,
                "token_file: ",
            ),
            (r#"{"token":"s3cret","token":"s3cret"}"#, r#""token""#),
            (r#"{"cluster_name":12345}"#, "cluster_name: "),
            (r#"{"org_name":["s3cret"]}"#, "org_name: "),
            (r#"{"project_name":12345}"#, "project_name: "),
            (r#"{"username":12345}"#, "username: "),
            (r#"{"tokn":"s3cret"}"#, "tokn: "),
            (r#"{"Token":"s3cret"}"#, "Token: "),
            (r#"{"clusters":"s3cret"}"#, "clusters: "),
            (r#"{"clusters":["s3cret"]}"#, "clusters: "),
            (r#"{"clusters":{"a":"s3cret"}}"#, "clusters.a: "),
            (r#"{"clusters":{"a":{}}}"#, "clusters.a.registry_url: "),
            (
                r#"{"clusters":{"a":{"registry_url":"s3cret"}}}"#,
                "clusters.a.registry_url: ",
            ),
            (
                &format!(r#"{{"clusters":{{"a":{{{MAIN},"orgs":"s3cret"}}}}}}"#),
                "clusters.a.orgs: ",
            ),
            (
                &format!(r#"{{"clusters":{{"a":{{{MAIN},"orgs":["b",12345]}}}}}}"#),
                "clusters.a.orgs[1]: ",
            ),
            (
                &format!(r#"{{"clusters":{{"a":{{{MAIN},"token":12345}}}}}}"#),
                "clusters.a.token: ",
            ),
            (
                &format!(r#"{{"clusters":{{"a":{{{MAIN},"token":"s3cret","token_file":"t"}}}}}}"#),
                "clusters.a.token_file: ",
            ),
            (
                &format!(r#"{{"clusters":{{"a":{{{MAIN},"url":"s3cret"}}}}}}"#),
                "clusters.a.url: ",
            ),
            (
                &format!(r#"{{"clusters":{{"a":{{{MAIN}}},"a":{{{MAIN}}}}}}}"#),
                r#""a""#,
            ),
        ] {
            let error = Config::parse(json).expect_err(json);
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{json}");
            let text = error.to_string();
            assert!(text.contains(place), "{json}: {text}");
            for secret in ["s3cret", "12345"] {
                assert!(!text.contains(secret), "{json}: {text}");
                assert!(!format!("{error:?}").contains(secret), "{json}: {error:?}");
            }
        }
    }

    #[test]
    fn an_unknown_key_is_answered_with_those_that_are_known() {
        let error =
            Config::parse(r#"{"clusters":{"a":{"registry_url":"https://a.example","org":[]}}}"#);
        let text = error.expect_err("unknown").to_string();
        for known in ["registry_url", "orgs", "username", "token", "token_file"] {
            assert!(text.contains(known), "{known}: {text}");
        }
    }
}
