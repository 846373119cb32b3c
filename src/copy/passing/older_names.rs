//! Which layers the folders of an older archive hold. Engines before Docker 25 name a folder after the digest of a
//! document of which the layer's ChainID is a part (the Docker Image Specification v1, "Layer ID"); all of that document
//! but the ChainID lies in the folder, before the layer. So each layer of the image can be tried.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::digest::Digest;

/// The layers of an image, as such names commit to them.
pub(super) struct Chain<'l> {
    /// Each with its ChainID, as JSON (the OCI image-spec, "Layer ChainID").
    layers: Vec<(Box<RawValue>, &'l Digest)>,
}

impl<'l> Chain<'l> {
    pub(super) fn new(diff_ids: &'l [Digest]) -> Chain<'l> {
        let mut below: Option<Digest> = None;
        let link = |diff_id: &'l Digest| {
            let chain_id = match below.take() {
                None => diff_id.clone(),
                Some(below) => Digest::sha256(format!("{below} {diff_id}").as_bytes()),
            };
            let text = json_text(chain_id.as_str());
            below = Some(chain_id);
            Some((text?, diff_id))
        };
        Chain {
            layers: diff_ids.iter().filter_map(link).collect(),
        }
    }

    /// The diff ID of the layer in `folder`, where the document is `json`; nothing when the name commits to none of them.
    pub(super) fn layer_in(&self, folder: &str, json: &[u8]) -> Option<&'l Digest> {
        // What is no such document names no layer, and that costs time only.
        let mut document: BTreeMap<&str, Box<RawValue>> = serde_json::from_slice(json).ok()?;
        document.remove("id");
        if let Some(parent) = document.get_mut("parent") {
            *parent = json_text(&format!("sha256:{}", parent.get().trim_matches('"')))?;
        }
        self.committed(folder, &mut document).or_else(|| {
            // Written into all documents, and into those of the topmost layer before their digest was taken.
            document.remove("os")?;
            self.committed(folder, &mut document)
        })
    }

    fn committed<'d>(
        &self,
        folder: &str,
        document: &mut BTreeMap<&'d str, Box<RawValue>>,
    ) -> Option<&'l Digest> {
        for (chain_id, diff_id) in &self.layers {
            document.insert("layer_id", chain_id.clone());
            let bytes = serde_json::to_vec(document).ok()?;
            if Digest::sha256(&bytes).hex() == folder {
                return Some(diff_id);
            }
        }
        None
    }
}

fn json_text(text: &str) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two layers of an image of dockerd 20.10.24; the upper one has what Go escapes in texts.
    const LOWER: &str = "949aaf5442a0a9b0e4f7a0058d2a8c44adedf93eb7952b2f74a6a0e57333f7ef";
    const UPPER: &str = "1e3ca075fe30bd1c6093abfb6848ed88267ae0e1d8ea01ceeb3df6c4643698ed";

    const LOWER_JSON: &str = include_str!("older_names/lower.json");
    const UPPER_JSON: &str = include_str!("older_names/upper.json");

    fn diff_ids() -> Vec<Digest> {
        [
            "sha256:a84487ada844a37ce0e811ae154544f8ca265949ab29d79c3c8cf3331b437727",
            "sha256:a4d094570c123ffc35823c56787a44ef123574b41eff1b1db82e13a3f4c8925c",
        ]
        .map(|digest| Digest::parse(digest).expect("a digest"))
        .to_vec()
    }

    #[test]
    fn a_folder_of_an_older_engine_tells_its_layer() {
        let diff_ids = diff_ids();
        let chain = Chain::new(&diff_ids);
        let lower = chain.layer_in(LOWER, LOWER_JSON.as_bytes());
        assert_eq!(lower, Some(&diff_ids[0]));
        let upper = chain.layer_in(UPPER, UPPER_JSON.as_bytes());
        assert_eq!(upper, Some(&diff_ids[1]));
    }

    #[test]
    fn a_folder_that_commits_to_nothing_tells_nothing() {
        let diff_ids = diff_ids();
        let chain = Chain::new(&diff_ids);
        assert_eq!(chain.layer_in(UPPER, LOWER_JSON.as_bytes()), None);
        let changed = LOWER_JSON.replace("1970", "1971");
        assert_eq!(chain.layer_in(LOWER, changed.as_bytes()), None);
        for json in ["", "[]", "{}", r#"{"parent":7}"#] {
            assert_eq!(chain.layer_in(LOWER, json.as_bytes()), None, "{json}");
        }
        let others = Chain::new(&diff_ids[1..]);
        assert_eq!(others.layer_in(LOWER, LOWER_JSON.as_bytes()), None);
    }
}
