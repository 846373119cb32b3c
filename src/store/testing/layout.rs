//! Layouts that are written.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Sample, all_of, descriptor};
use crate::call::Call;
use crate::digest::Digest;
use crate::environment::testing::Folder;
use crate::oci::{Compression, Descriptor, Family, Manifest, index_file};
use crate::store::{LayoutWriter, OciLayout, ref_name};

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
    names_in(&OciLayout::open_folder(path, &mut Call::new()).expect("a layout"))
}

/// The names of its images, in the order of `index.json`.
pub(in crate::store) fn names_in(layout: &OciLayout) -> Vec<String> {
    let entries = layout.index().manifests.iter();
    let names = entries.filter_map(ref_name);
    names.map(str::to_owned).collect()
}

/// What a blob of it is.
pub(in crate::store) fn content(layout: &OciLayout, blob: &Descriptor) -> Vec<u8> {
    let section = layout.blob(blob, &Call::new()).expect("a blob");
    all_of(section.reader())
}

/// An index of these.
pub(in crate::store) fn index_of(entries: &[Descriptor]) -> Manifest {
    let bytes = index_file(entries).into_bytes();
    let digest = Digest::sha256(&bytes);
    Manifest::read(bytes, digest, None).expect("an index")
}
