//! `docker save` archives that are read.

use std::fs;

use super::{Sample, all_of};
use crate::call::Call;
use crate::environment::testing::Folder;
use crate::error::Result;
use crate::oci::Compression;
use crate::store::{DockerArchive, DockerImage};

pub(in crate::store) fn open_archive(bytes: &[u8], call: &mut Call<'_>) -> Result<DockerArchive> {
    let folder = Folder::new("docker-archive");
    let path = folder.path().join("images.tar");
    fs::write(&path, bytes).expect("written");
    DockerArchive::open(&path, call)
}

/// The only image of an archive.
pub(in crate::store) fn read_image(bytes: &[u8], call: &mut Call<'_>) -> Result<DockerImage> {
    let archive = open_archive(bytes, call)?;
    let image = archive.select(None, call)?;
    archive.image(image, call)
}

/// Everything of the image is there, and its layers are what they should be.
#[track_caller]
pub(in crate::store) fn check_image(
    image: &DockerImage,
    sample: &Sample,
    compression: Compression,
) {
    assert_eq!(image.id, sample.id());
    assert_eq!(image.config.document.as_bytes(), sample.config);
    let diff_ids: Vec<_> = image.layers.iter().map(|layer| &layer.diff_id).collect();
    assert_eq!(diff_ids, sample.diff_ids().iter().collect::<Vec<_>>());
    for (layer, expected) in image.layers.iter().zip(&sample.layers) {
        assert_eq!(layer.compression, compression);
        let reader = layer.uncompressed(&Call::new()).expect("a layer");
        assert!(all_of(reader) == *expected);
    }
}
