//! What an engine says of an image, in the words in which images say it themselves.

use serde::Deserialize;

use super::inspect::ImageDetails;
use crate::digest::Digest;
use crate::oci::{Descriptor, ImageConfig, Run, or_default};

impl ImageDetails {
    /// The config of the image, as far as the engine tells it: the document is the engine's own. An error says why the
    /// engine's is malformed.
    pub(crate) fn config(&self) -> Result<ImageConfig, String> {
        let said = self.said()?;
        Ok(said.config.added_to(ImageConfig {
            platform: self.platform(),
            created: self.created.clone(),
            author: self.author.clone(),
            diff_ids: said.root_fs.layers,
            document: self.document.clone(),
            ..ImageConfig::default()
        }))
    }

    /// Its manifest or index. Only engines with the containerd image store have one, and tell it since API 1.48.
    pub(crate) fn manifest(&self) -> Result<Option<Descriptor>, String> {
        Ok(self.said()?.descriptor)
    }

    /// The diff IDs of its layers, the lowest first.
    pub(crate) fn diff_ids(&self) -> Result<Vec<Digest>, String> {
        Ok(self.said()?.root_fs.layers)
    }

    /// How the engine's store is called, such as `overlay2`; empty when it does not tell.
    pub(crate) fn store(&self) -> Result<String, String> {
        Ok(self.said()?.graph_driver.name)
    }

    fn said(&self) -> Result<Document, String> {
        serde_json::from_str(&self.document)
            .map_err(|error| format!("what it says of the image is malformed: {error}"))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    #[serde(default, deserialize_with = "or_default")]
    config: Run,
    #[serde(default, rename = "RootFS", deserialize_with = "or_default")]
    root_fs: RootFs,
    #[serde(default, deserialize_with = "or_default")]
    graph_driver: GraphDriver,
    #[serde(default)]
    descriptor: Option<Descriptor>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GraphDriver {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RootFs {
    #[serde(default, deserialize_with = "or_default")]
    layers: Vec<Digest>,
}

#[cfg(test)]
mod tests {
    use crate::engine::inspect::details;

    /// What dockerd 29 with the containerd image store says (shortened), and what no engine here can show.
    const CONTAINERD: &str = r#"{"Id":"sha256:7b1d253561e5b43c8bf4002aa15a8eb79b5eb52b81cec4926a7616939b706fcc","Created":"2026-11-21T16:17:48.412151793Z","Config":{"Labels":{"demo":"1"},"Env":["A=b"],"ExposedPorts":{"80/tcp":{}},"Volumes":null},"Architecture":"amd64","Os":"linux","Size":3002502,"RootFS":{"Type":"layers","Layers":["sha256:30619ee16bee17817dc0a9027ae67f238bf05d4922482f1cc463169f250df265"]},"Descriptor":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:7b1d253561e5b43c8bf4002aa15a8eb79b5eb52b81cec4926a7616939b706fcc","size":405}}"#;

    #[test]
    fn an_engine_says_how_an_image_is_run_and_perhaps_which_manifest_it_has() {
        let known = details(CONTAINERD);
        let config = known.config().expect("a config");
        assert_eq!(config.platform.to_string(), "linux/amd64");
        assert_eq!((&*config.labels["demo"], &*config.env[0]), ("1", "A=b"));
        assert_eq!((config.exposed_ports.len(), config.diff_ids.len()), (1, 1));
        assert_eq!(config.document, CONTAINERD);
        let manifest = known.manifest().expect("a document").expect("a manifest");
        assert_eq!((manifest.digest.as_str(), manifest.size), (&*known.id, 405));

        let old = details(
            r#"{"Id":"sha256:1","Config":null,"RootFS":null,"Descriptor":null,"GraphDriver":{"Name":"overlay2"}}"#,
        );
        assert_eq!(old.store().as_deref(), Ok("overlay2"));
        assert_eq!(known.store().as_deref(), Ok(""), "it does not tell");
        assert_eq!(old.manifest().expect("a document"), None);
        assert!(old.config().expect("a config").diff_ids.is_empty());
        let broken = details(r#"{"Id":"sha256:1","RootFS":{"Layers":["no digest"]}}"#);
        assert!(
            broken
                .config()
                .expect_err("no digest")
                .contains("malformed")
        );
    }
}
