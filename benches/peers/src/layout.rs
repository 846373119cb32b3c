//! A folder in the OCI image layout with one image.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

const TAG: &str = "org.opencontainers.image.ref.name";

pub struct Layout {
    folder: PathBuf,
}

impl Layout {
    pub fn open(folder: &str) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    pub fn create(folder: &str) -> io::Result<Self> {
        let layout = Self::open(folder);
        fs::create_dir_all(layout.folder.join("blobs/sha256"))?;
        layout.write("oci-layout", &json!({ "imageLayoutVersion": "1.0.0" }))?;
        Ok(layout)
    }

    pub fn blob(&self, digest: &str) -> PathBuf {
        self.folder.join("blobs").join(digest.replace(':', "/"))
    }

    /// Stores the manifest of the image under its tag.
    pub fn name(
        &self,
        tag: &str,
        media_type: &str,
        digest: &str,
        manifest: &[u8],
    ) -> io::Result<()> {
        fs::write(self.blob(digest), manifest)?;
        let entry = json!({
            "mediaType": media_type, "digest": digest, "size": manifest.len(), "annotations": { TAG: tag },
        });
        self.write(
            "index.json",
            &json!({ "schemaVersion": 2, "manifests": [entry] }),
        )
    }

    /// The media type and the bytes of the manifest with that tag.
    pub fn manifest(&self, tag: &str) -> io::Result<(String, Vec<u8>)> {
        let index: Value = serde_json::from_slice(&fs::read(self.folder.join("index.json"))?)?;
        let entries = index["manifests"].as_array().into_iter().flatten();
        let entry = entries
            .into_iter()
            .find(|entry| entry["annotations"][TAG] == tag);
        let text = |name: &str| entry.and_then(|entry| entry[name].as_str());
        match (text("mediaType"), text("digest")) {
            (Some(media_type), Some(digest)) => {
                Ok((media_type.into(), fs::read(self.blob(digest))?))
            }
            _ => Err(io::Error::other(format!(
                "no image {tag} in {}",
                self.folder.display()
            ))),
        }
    }

    fn write(&self, file: impl AsRef<Path>, content: &Value) -> io::Result<()> {
        fs::write(self.folder.join(file), content.to_string())
    }
}
