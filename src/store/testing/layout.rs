//! Layouts that are written.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Sample, descriptor};
use crate::call::Call;
use crate::digest::Digest;
use crate::environment::testing::Folder;
use crate::oci::{Compression, Family, Manifest};
use crate::store::{LayoutWriter, OciLayout};

/// The path of a layout that is not there yet.
pub(in crate::store) fn layout() -> (Folder, PathBuf) {
    let folder = Folder::new("layout");
    let path = folder.path().join("layout");
    (folder, path)
}

pub(in crate::store) fn open(path: &Path) -> LayoutWriter {
    LayoutWriter::open(path, &mut Call::new()).expect("a layout")
}

pub(in crate::store) fn put(writer: &LayoutWriter, content: &[u8]) {
    let call = &mut Call::new();
    let mut blob = writer
        .begin_blob(&descriptor(content), call)
        .expect("begun");
    let start = usize::try_from(blob.offset()).expect("a size");
    blob.write_piece(&content[start..]).expect("written");
    blob.finish().expect("whole");
}

/// All of an image but its name.
pub(in crate::store) fn put_image(writer: &LayoutWriter, sample: &Sample) -> Manifest {
    let (manifest, layers) = sample.manifest(Family::Oci, Compression::Gzip);
    layers.iter().for_each(|layer| put(writer, layer));
    for content in [&sample.config[..], manifest.bytes()] {
        let put = writer.put_document(&Digest::sha256(content), content, &mut Call::new());
        put.expect("written");
    }
    manifest
}

/// The files of a layout, by their names in it.
pub(in crate::store) fn files(path: &Path) -> BTreeSet<String> {
    fn visit(folder: &Path, root: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.is_symlink() {
                visit(&path, root, found);
            } else {
                let name = path
                    .strip_prefix(root)
                    .expect("below")
                    .to_str()
                    .expect("UTF-8");
                found.insert(name.to_owned());
            }
        }
    }
    let mut found = BTreeSet::new();
    visit(path, path, &mut found);
    found
}

pub(in crate::store) fn parts(path: &Path) -> Vec<String> {
    let files = files(path).into_iter();
    files.filter(|name| name.ends_with(".part")).collect()
}

pub(in crate::store) fn names(path: &Path) -> Vec<String> {
    let layout = OciLayout::open_folder(path, &mut Call::new()).expect("a layout");
    layout.names().into_iter().map(str::to_owned).collect()
}
