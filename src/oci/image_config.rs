//! The config of an image: how it is run, and what it is made of.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Platform, annotations, or_default};
use crate::digest::Digest;
use crate::json_object;

/// What the config of an image says (the image specification, "Image Configuration").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// What it runs on.
    pub platform: Platform,
    /// When it was made, in RFC 3339; empty when it does not say.
    pub created: String,
    /// Who made it; usually empty.
    pub author: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its environment, each as `NAME=value`.
    pub env: Vec<String>,
    /// The program that is run, with its first arguments.
    pub entrypoint: Vec<String>,
    /// The arguments that follow, or the program when there is no entry point.
    pub cmd: Vec<String>,
    /// Where it is run; empty means the root.
    pub working_dir: String,
    /// As whom it is run, a name or number, perhaps with a group; empty means root.
    pub user: String,
    /// The ports it listens at, each as `number/protocol`.
    pub exposed_ports: Vec<String>,
    /// The folders that are to be volumes.
    pub volumes: Vec<String>,
    /// The diff IDs of its layers, which are the digests of their uncompressed bytes, the lowest first.
    pub diff_ids: Vec<Digest>,
    /// The whole document, JSON.
    pub document: String,
}

#[derive(Deserialize)]
struct Document {
    #[serde(flatten)]
    platform: Platform,
    #[serde(default, deserialize_with = "or_default")]
    created: String,
    #[serde(default, deserialize_with = "or_default")]
    author: String,
    #[serde(default, deserialize_with = "or_default")]
    config: Run,
    #[serde(default, deserialize_with = "or_default")]
    rootfs: RootFs,
}

/// How an image is run, as its config says it, and engines in the same words.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Run {
    #[serde(default, deserialize_with = "annotations")]
    labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_default")]
    env: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    entrypoint: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    cmd: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    working_dir: String,
    #[serde(default, deserialize_with = "or_default")]
    user: String,
    /// Sets are written as objects without values.
    #[serde(default, deserialize_with = "or_default")]
    exposed_ports: BTreeMap<String, serde::de::IgnoredAny>,
    #[serde(default, deserialize_with = "or_default")]
    volumes: BTreeMap<String, serde::de::IgnoredAny>,
}

#[derive(Default, Deserialize)]
struct RootFs {
    #[serde(default, deserialize_with = "or_default")]
    diff_ids: Vec<Digest>,
}

impl ImageConfig {
    /// Reads a document; an error says why it is none.
    pub(crate) fn read(bytes: Vec<u8>) -> Result<ImageConfig, String> {
        let malformed = |what: String| format!("the config of the image is malformed: {what}");
        let text = String::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8".into()))?;
        let document: Document =
            json_object::read(text.as_bytes()).map_err(|error| malformed(error.to_string()))?;
        Ok(document.config.added_to(ImageConfig {
            platform: document.platform,
            created: document.created,
            author: document.author,
            diff_ids: document.rootfs.diff_ids,
            document: text,
            ..ImageConfig::default()
        }))
    }
}

impl Run {
    /// `config` with what this says.
    pub(crate) fn added_to(self, config: ImageConfig) -> ImageConfig {
        ImageConfig {
            labels: self.labels,
            env: self.env,
            entrypoint: self.entrypoint,
            cmd: self.cmd,
            working_dir: self.working_dir,
            user: self.user,
            exposed_ports: self.exposed_ports.into_keys().collect(),
            volumes: self.volumes.into_keys().collect(),
            ..config
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_says_how_the_image_is_run() {
        let hex = "a".repeat(64);
        let text = format!(
            r#"{{"created":"2024-01-02T03:04:05Z","architecture":"arm64","variant":"v8","os":"linux",
            "config":{{"Env":["A=b"],"Cmd":["sh"],"Entrypoint":null,"Labels":{{"k":"v"}},"User":"7:8",
            "WorkingDir":"/w","ExposedPorts":{{"80/tcp":{{}}}},"Volumes":{{"/data":{{}}}}}},
            "rootfs":{{"type":"layers","diff_ids":["sha256:{hex}"]}},"history":null}}"#
        );
        let config = ImageConfig::read(text.clone().into_bytes()).expect("a config");
        assert_eq!(config.platform.to_string(), "linux/arm64/v8");
        assert_eq!(config.created, "2024-01-02T03:04:05Z");
        assert_eq!(
            (&*config.env, &*config.cmd),
            (&["A=b".to_owned()][..], &["sh".to_owned()][..])
        );
        assert!(config.entrypoint.is_empty());
        assert_eq!(config.labels["k"], "v");
        assert_eq!((&*config.user, &*config.working_dir), ("7:8", "/w"));
        assert_eq!(config.exposed_ports, ["80/tcp"]);
        assert_eq!(config.volumes, ["/data"]);
        assert_eq!(config.diff_ids.len(), 1);
        assert_eq!(config.document, text);
    }

    #[test]
    fn a_config_that_says_nothing_is_one_and_a_broken_one_is_an_error() {
        let nothing = br#"{"config":null,"rootfs":null}"#.to_vec();
        assert!(ImageConfig::read(nothing).expect("a config").env.is_empty());
        for broken in [&b"["[..], b"{\"created\":7}", b"\xff", b""] {
            ImageConfig::read(broken.to_vec()).expect_err("malformed");
        }
    }
}
