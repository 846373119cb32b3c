//! What must hold for archives of any bytes.

use std::env;
use std::fs::File;
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use tar::Header;

use super::failure::Place;
use super::files::Files;
use super::index_file::IndexFile;
use super::layout_files::INDEX_FILE;
use super::section::Section;
use super::tar_header::BLOCK;
use super::tar_index::{Found, TarIndex};
use super::{DockerArchive, Entry, OciLayout, TarStream, ref_name};
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::nameless_file;
use crate::oci::ManifestContent;
use crate::progress::ImageProgressStep;

/// An archive that is compressed as a whole may become larger than a disk; here it may not.
const MAX_UNPACKED: u64 = 4 * 1024 * 1024;

/// A `docker save` archive, in a tar whose check sums are right.
pub fn docker_archive(input: &[u8]) {
    let bytes = summed(input);
    both_readers_find_the_same(&bytes);
    during(|call| {
        let archive = expected(DockerArchive::read(file(&bytes), "archive", call))?;
        for image in archive.images() {
            for name in image.names() {
                if let Some(found) = expected(archive.select(Some(name), call)) {
                    assert!(!found.names().is_empty());
                }
            }
            let Some(read) = expected(archive.image(image, call)) else {
                continue;
            };
            let document = read.config.document.as_bytes();
            assert_eq!(read.id, Digest::sha256(document));
            assert!(image.told_id().is_none_or(|told| told == read.id));
            assert_eq!(read.layers.len(), read.config.diff_ids.len());
            for layer in &read.layers {
                assert!(layer.content.size() <= bytes.len() as u64);
                let Some(content) = expected(layer.uncompressed(call)) else {
                    continue;
                };
                let mut most = content.take(MAX_UNPACKED);
                let mut read = Vec::new();
                if most.read_to_end(&mut read).is_ok() && most.limit() > 0 {
                    assert_eq!(Digest::sha256(&read), layer.diff_id);
                }
            }
        }
        Some(())
    });
}

/// An OCI layout, in a tar whose check sums are right.
pub fn oci_layout(input: &[u8]) {
    let bytes = summed(input);
    both_readers_find_the_same(&bytes);
    let place = Place::named("layout");
    during(|call| {
        let archive = Section::whole(file(&bytes)).unwrap();
        let index = expected(TarIndex::read(&archive, &place, call))?;
        let files = Arc::new(Files::Tar(index));
        if let Some(Some(document)) =
            expected(files.document(INDEX_FILE, MAX_UNPACKED, &place, call))
        {
            changed_index_keeps_the_rest(&document);
        }
        let layout = expected(OciLayout::within(&files, &place, call))??;
        for entry in &layout.index().manifests {
            if let Some(name) = ref_name(entry) {
                expected(layout.select(Some(name), call));
            }
            let found = expected(layout.select(Some(&format!("@{}", entry.digest)), call));
            assert!(found.is_none_or(|found| found.digest == entry.digest));
            let Some(manifest) = expected(layout.manifest(entry, call)) else {
                continue;
            };
            assert_eq!(Digest::sha256(manifest.bytes()), *manifest.digest());
            if let ManifestContent::Image(image) = manifest.content() {
                for blob in image.layers.iter().chain([&image.config]) {
                    if let Some(section) = expected(layout.blob(blob, call)) {
                        assert_eq!(section.size(), blob.size);
                    }
                }
                expected(layout.image_config(&image.config, call));
            }
        }
        Some(())
    });
}

/// Fuzzing finds no check sums, so wherever a reader looks for a header they are set right, unless the header is to be
/// damaged: then its sum begins with `!`.
fn summed(input: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_owned();
    let mut at = 0;
    while let Some(block) = bytes.get_mut(at..at + BLOCK as usize) {
        let mut header = Header::from_byte_slice(block).clone();
        let is_end = block.iter().all(|byte| *byte == 0);
        if !is_end && header.as_old().cksum[0] != b'!' {
            header.set_cksum();
            block.copy_from_slice(header.as_bytes());
        }
        let size = header.entry_size().unwrap_or(0).min(input.len() as u64);
        at += BLOCK as usize + size.next_multiple_of(BLOCK) as usize;
    }
    bytes
}

/// What is read from a file, and what is read from a stream, are the same files.
fn both_readers_find_the_same(bytes: &[u8]) {
    let place = Place::named("tar");
    during(|call| {
        let section = Section::whole(file(bytes)).unwrap();
        let index = expected(TarIndex::read(&section, &place, call))?;
        let mut stream = TarStream::new(Box::new(bytes), "tar");
        while let Some((name, entry)) = stream.next(call).expect("a tar that was read before") {
            if name.is_empty() {
                continue;
            }
            match (index.find(&name).expect("a name"), entry) {
                (Found::File(section), Entry::File(size)) => {
                    assert_eq!(section.size(), size);
                    let mut content = Vec::new();
                    section.reader().read_to_end(&mut content).unwrap();
                    assert_eq!(stream.document(size, call).unwrap(), content);
                }
                (Found::Other(_), Entry::Folder)
                | (Found::File(_) | Found::Other(_), Entry::Link(_)) => {}
                (found, entry) => panic!("{name:?} is {found:?} and {entry:?}"),
            }
        }
        Some(())
    });
}

/// What is put into an index and taken out again leaves it as it was.
fn changed_index_keeps_the_rest(document: &[u8]) {
    let Ok(mut index) = IndexFile::read(document) else {
        return;
    };
    let before = index.written();
    assert_eq!(
        IndexFile::read(before.as_bytes()).unwrap().written(),
        before
    );
    let entries = index.entries();
    for entry in &entries {
        index.put(entry);
        assert!(index.entries().contains(entry));
    }
    for entry in &entries {
        index.remove(entry);
    }
    assert_eq!(index.entries(), []);
}

/// Runs `work` in a call that does not unpack more than [`MAX_UNPACKED`].
fn during(work: impl FnOnce(&mut Call<'_>) -> Option<()>) {
    let mut stop = |step: &ImageProgressStep<'_>| match step.current > MAX_UNPACKED {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    work(&mut Call::new().progress(&mut stop));
}

/// What came out, unless the archive was refused. Nothing but the archive can be the reason.
fn expected<T>(result: Result<T>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            use ErrorKind::{
                Cancelled, DigestMismatch, InvalidArgument, NotFound, Protocol, Unsupported,
            };
            let kinds = [
                Cancelled,
                DigestMismatch,
                InvalidArgument,
                NotFound,
                Protocol,
                Unsupported,
            ];
            assert!(kinds.contains(&error.kind()), "{error:?}");
            assert!(!matches!(error, Error::Io { .. }), "{error:?}");
            None
        }
    }
}

fn file(bytes: &[u8]) -> File {
    let mut file = nameless_file::create(&env::temp_dir()).expect("a file");
    file.write_all(bytes).expect("room for it");
    file
}
