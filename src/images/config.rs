//! The configuration of the facade: which registries have names, what is current, who asks and with which token.

mod document;
mod environment;
mod hosts;
mod logins;
mod members;
#[cfg(test)]
mod renewal;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

use super::token::Token;
use crate::bounded_file;
use crate::error::{Error, Result};
use crate::naming::{ClusterNames, NamedRegistry, Parser, RegistryUrl};
use document::Document;

/// People write a few clusters, programs some hundred; either is far below.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Registries by the names that a platform, or you, give them: its clusters. With them an image can be named as
/// `image:app:1` or `image://cluster/org/project/app:1`.
///
/// As JSON, where every key may be left out but `registry_url`, and instead of a `token` there may be a `token_file`:
///
/// ```json
/// {
///   "cluster_name": "main",
///   "org_name": "acme",
///   "project_name": "ml",
///   "username": "token",
///   "token_file": "token",
///   "clusters": {
///     "main": {"registry_url": "https://registry.example", "orgs": ["acme"]},
///     "lab": {"registry_url": "http://lab.example:5000", "username": "me", "token": "..."}
///   }
/// }
/// ```
///
/// The user and the token are shown, as HTTP Basic, to the registries of the clusters, each by its host and port, and
/// to no other.
///
/// ```
/// # fn main() -> imgferry::Result<()> {
/// use imgferry::Config;
///
/// let mut config = Config::parse(r#"{"clusters": {"main": {"registry_url": "https://registry.example"}}}"#)?;
/// config.cluster_name = Some("main".into());
/// config.project_name = Some("ml".into());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The registries, by their names.
    pub clusters: BTreeMap<String, Cluster>,
    /// The current cluster: that of names that mention none.
    pub cluster_name: Option<String>,
    /// The current organisation.
    pub org_name: Option<String>,
    /// The current project.
    pub project_name: Option<String>,
    /// Who asks the registries of clusters that have no user of their own. `None`: `token`, the name that the platform
    /// gives such logins.
    pub username: Option<String>,
    /// The token for the registries of clusters that have none of their own. `None`: they are asked with whatever else
    /// the [`Credentials`](crate::Credentials) have for them.
    pub token: Option<Token>,
}

/// A registry that has a name.
///
/// Its `Debug` shows no password and no token.
#[derive(Clone, Default)]
pub struct Cluster {
    /// Where the registry is: `https://` and its host, with a port where it needs one; or `http://`, and then it may be
    /// asked by plain HTTP when it does not answer by HTTPS. A path does not matter.
    pub registry_url: String,
    /// The organisations that are known to be there. They tell an organisation in a name from a project.
    pub orgs: Vec<String>,
    /// Who asks this registry; `None`: as the configuration says for all.
    pub username: Option<String>,
    /// The token for this registry; `None`: as the configuration says for all.
    pub token: Option<Token>,
}

impl Config {
    /// Reads a configuration from its text. A relative `token_file` is relative to the working directory of now.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument), with the place and without any value, when it is no
    /// JSON; when a key is unknown, is there twice, or has a value of another type; when there are both a `token` and a
    /// `token_file`; or when a `registry_url` leads to no registry.
    pub fn parse(json: &str) -> Result<Config> {
        let read = Document::in_folder(Path::new("")).read(json.as_bytes());
        read.map_err(|reason| Error::InvalidArgument {
            argument: "json",
            reason,
        })
    }

    /// Reads a configuration from a file. A relative `token_file` is relative to the folder of that file.
    ///
    /// # Errors
    /// As [`parse`](Config::parse), and when the file cannot be read.
    pub fn read(path: impl AsRef<Path>) -> Result<Config> {
        let path = path.as_ref();
        Config::read_file(path).map_err(|unusable| unusable.error("path", path))
    }

    /// The parser of names as this configuration means them.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when a name cannot stand in the name of an image, when
    /// the URL of a registry has no host that can, when clusters share a registry, and when the current cluster is none
    /// of them.
    pub fn parser(&self) -> Result<Parser> {
        let clusters = self.clusters.iter().map(|(name, cluster)| NamedRegistry {
            name: name.clone(),
            registry_url: cluster.registry_url.clone(),
            orgs: cluster.orgs.clone(),
        });
        Parser::new(ClusterNames {
            clusters: clusters.collect(),
            cluster_name: self.cluster_name.clone(),
            org_name: self.org_name.clone(),
            project_name: self.project_name.clone(),
        })
    }

    fn read_file(path: &Path) -> Result<Config, Unusable> {
        let json = bounded_file::read(path, MAX_FILE).map_err(Unusable::File)?;
        // Only the root has nothing above it, and is no file.
        let folder = path.parent().unwrap_or(path);
        let read = Document::in_folder(folder).read(&json);
        read.map_err(Unusable::Content)
    }
}

/// Why a file is no configuration.
enum Unusable {
    File(io::Error),
    Content(String),
}

impl Unusable {
    fn error(self, argument: &'static str, path: &Path) -> Error {
        let path = path.display();
        let reason = match self {
            Unusable::File(error) => format!("{path}: {error}"),
            Unusable::Content(reason) => format!("{path}: {reason}"),
        };
        Error::InvalidArgument { argument, reason }
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let registry_url = match RegistryUrl::read(&self.registry_url) {
            Ok(_) => &self.registry_url,
            // It may hold a password.
            Err(_) => "(not usable)",
        };
        f.debug_struct("Cluster")
            .field("registry_url", &registry_url)
            .field("orgs", &self.orgs)
            .field("username", &self.username)
            .field("token", &self.token)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::testing::Folder;
    use crate::error::ErrorKind;

    #[test]
    fn a_file_says_everything_that_a_configuration_has() {
        let folder = Folder::new("config");
        let path = folder.write(
            "etc/config.json",
            r#"{"cluster_name":"main","org_name":"acme","project_name":"ml","username":"me",
                "token_file":"secrets/token",
                "clusters":{
                  "main":{"registry_url":"https://registry.example/v2/","orgs":["acme","other"]},
                  "lab":{"registry_url":"http://lab.example:5000","username":"lab","token":"s3cret"},
                  "far":{"registry_url":"https://far.example","token_file":"/run/far"}}}"#,
        );
        let config = Config::read(path).expect("a configuration");
        assert_eq!(config.cluster_name.as_deref(), Some("main"));
        assert_eq!(config.org_name.as_deref(), Some("acme"));
        assert_eq!(config.project_name.as_deref(), Some("ml"));
        assert_eq!(config.username.as_deref(), Some("me"));
        let Some(Token::File(file)) = &config.token else {
            panic!("{config:?}");
        };
        assert_eq!(*file, folder.path().join("etc/secrets/token"));

        let names: Vec<_> = config.clusters.keys().collect();
        assert_eq!(names, ["far", "lab", "main"]);
        let main = &config.clusters["main"];
        assert_eq!(main.registry_url, "https://registry.example/v2/");
        assert_eq!(main.orgs, ["acme", "other"]);
        assert!(main.username.is_none() && main.token.is_none());
        let lab = &config.clusters["lab"];
        assert_eq!(lab.username.as_deref(), Some("lab"));
        assert!(matches!(&lab.token, Some(Token::Value(token)) if token == "s3cret"));
        let far = &config.clusters["far"];
        assert!(matches!(&far.token, Some(Token::File(file)) if file == Path::new("/run/far")));
    }

    #[test]
    fn a_relative_token_file_of_a_text_is_relative_to_the_working_directory() {
        let config = Config::parse(r#"{"token_file":"token"}"#).expect("a configuration");
        let here = std::env::current_dir().expect("a working directory");
        assert!(matches!(config.token, Some(Token::File(file)) if file == here.join("token")));
    }

    #[test]
    fn an_empty_configuration_says_nothing() {
        let config = Config::parse("{}").expect("a configuration");
        assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn a_file_that_is_not_there_or_broken_is_named() {
        let folder = Folder::new("config");
        let broken = folder.write("broken.json", r#"{"token":["s3cret"]}"#);
        let long = folder.write("long.json", &" ".repeat(MAX_FILE as usize + 1));
        for (path, expected) in [
            (folder.path().join("absent.json"), "No such file"),
            (broken, "token"),
            (long, "too long"),
        ] {
            let error = Config::read(&path).expect_err("no configuration");
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            let text = format!("{error:?} {error}");
            assert!(text.contains(expected), "{text}");
            assert!(text.contains(path.to_str().expect("UTF-8")), "{text}");
            assert!(!text.contains("s3cret"), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let cluster = |registry_url: &str| Cluster {
            registry_url: registry_url.into(),
            token: Some(Token::Value("s3cret".into())),
            ..Cluster::default()
        };
        let config = Config {
            token: Some(Token::Value("s3cret".into())),
            clusters: BTreeMap::from([
                ("main".to_owned(), cluster("https://registry.example")),
                ("wrong".to_owned(), cluster("https://me:s3cret@r.example")),
                ("worse".to_owned(), cluster("me:s3cret@r.example")),
            ]),
            ..Config::default()
        };
        let shown = format!("{config:?} {config:#?}");
        assert!(shown.contains("registry.example"), "{shown}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
