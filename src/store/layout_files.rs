//! What is where in an OCI image layout, for those who read and those who write it.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use serde::Deserialize;

use super::failure::Place;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::Result;
use crate::oci::{ImageIndex, Manifest, ManifestContent};

pub(super) const LAYOUT_FILE: &str = "oci-layout";
pub(super) const INDEX_FILE: &str = "index.json";
pub(super) const BLOBS_FOLDER: &str = "blobs";

/// What `oci-layout` says in a layout of ours: the only version that there is.
pub(super) const LAYOUT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

/// It holds a version and nothing else.
pub(super) const MAX_LAYOUT: u64 = 4 * 1024;
/// As much as imgferry takes from a registry.
pub(super) const MAX_MANIFEST: u64 = 8 * 1024 * 1024;
/// The configs of images have some KiB.
pub(super) const MAX_CONFIG: u64 = 8 * 1024 * 1024;
/// One of our own entries has 300 bytes or so.
pub(super) const MAX_INDEX: u64 = 8 * 1024 * 1024;
/// Each is a part of every list of names.
pub(super) const MAX_ENTRIES: usize = 10_000;

pub(super) fn blob_path(digest: &Digest) -> String {
    format!("{BLOBS_FOLDER}/{}/{}", digest.algorithm(), digest.hex())
}

/// Fails when `oci-layout` does not say a version that is known. Later ones of the first generation are read with a
/// warning.
pub(super) fn check_version(layout: &[u8], place: &Place, call: &mut Call<'_>) -> Result<()> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Layout {
        image_layout_version: String,
    }
    let layout: Layout = serde_json::from_slice(layout)
        .map_err(|error| place.broken(format!("{LAYOUT_FILE} is malformed: {error}"), call))?;
    match layout.image_layout_version.as_str() {
        "1.0.0" => Ok(()),
        later if later.starts_with("1.") => call.warn(&format!(
            "the layout {place} is of version {later}, and 1.0.0 is known"
        )),
        other => {
            let what = format!("the layout is of version {other:?}; only 1.0.0 is known");
            Err(place.unsupported(what, call))
        }
    }
}

/// What `index.json` says.
pub(super) fn read_index(bytes: &[u8], place: &Place, call: &Call<'_>) -> Result<ImageIndex> {
    let read = Manifest::read(bytes.to_vec(), Digest::sha256(bytes), None);
    let manifest = read.map_err(|what| place.broken(format!("{INDEX_FILE}: {what}"), call))?;
    match manifest.content() {
        ManifestContent::Index(index) if index.manifests.len() <= MAX_ENTRIES => Ok(index.clone()),
        ManifestContent::Index(_) => {
            let what = format!("{INDEX_FILE} has more than {MAX_ENTRIES} entries");
            Err(place.broken(what, call))
        }
        _ => Err(place.broken(format!("{INDEX_FILE} is not an index"), call)),
    }
}

/// Opens the archive at `path`. A pipe is refused before it is opened, which would wait for its other end.
pub(super) fn open_archive(path: &Path, place: &Place, call: &Call<'_>) -> Result<File> {
    let failed = |source| place.unopened("archive", source, call);
    let is_file = fs::metadata(path).map_err(failed)?.is_file();
    let opened = match is_file {
        true => File::open(path),
        false => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is not a regular file, and an archive is read at many places",
        )),
    };
    opened.map_err(failed)
}
