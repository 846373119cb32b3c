use std::fs::{self, File};
use std::io::Seek;
use std::path::Path;

use super::*;
use crate::environment::testing::Folder;
use crate::error::ErrorKind;
use crate::oci::{Blob, Compression, Family, Manifest, ManifestContent};
use crate::store::entry_name::{with_image_name, with_ref_name};
use crate::store::testing::{Sample, all_of, descriptor};
use crate::store::{DockerArchive, OciLayout};

fn name(text: &str) -> Reference {
    text.parse().expect("a name")
}

fn docker_entry(sample: &Sample, layers: &[Vec<u8>], names: &[&str]) -> DockerEntry {
    DockerEntry {
        config: sample.id(),
        layers: layers.iter().map(|layer| Digest::sha256(layer)).collect(),
        names: names.iter().map(|text| name(text)).collect(),
    }
}

/// The whole archive of an image, as a stream.
fn streamed(sample: &Sample, compression: Compression) -> (Manifest, Vec<u8>) {
    let (manifest, layers) = sample.manifest(Family::Oci, compression);
    let mut writer = ArchiveWriter::new(Vec::new(), "the engine", &Call::new()).expect("begun");
    for layer in &layers {
        let mut blob = writer.begin_blob(&descriptor(layer)).expect("begun");
        for piece in layer.chunks(1000) {
            blob.write_piece(piece).expect("written");
        }
        blob.finish().expect("whole");
    }
    put_documents(&mut writer, sample, &manifest);
    let entry = with_image_name(&manifest.descriptor(), &name("app:1"));
    let docker = docker_entry(sample, &layers, &["app:1"]);
    let archive = writer.finish(&[entry], &[docker]).expect("ended");
    (manifest, archive)
}

fn put_documents<W: Write>(writer: &mut ArchiveWriter<W>, sample: &Sample, manifest: &Manifest) {
    for (digest, bytes) in [
        (&sample.id(), &*sample.config),
        (manifest.digest(), manifest.bytes()),
    ] {
        writer.put_document(digest, bytes).expect("written");
        writer.put_document(digest, bytes).expect("it is there");
    }
}

fn kept(folder: &Folder, archive: &[u8]) -> std::path::PathBuf {
    let path = folder.path().join("archive.tar");
    fs::write(&path, archive).expect("written");
    path
}

// case 39
#[test]
fn an_archive_is_the_same_bytes_each_time() {
    let sample = Sample::new("app");
    let (manifest, archive) = streamed(&sample, Compression::None);
    assert_eq!(streamed(&sample, Compression::None).1, archive);
    // Whoever changes this changes the digests of archives that people keep.
    assert_eq!(
        Digest::sha256(&archive).as_str(),
        "sha256:c2259388c1a89f90387983e8085a58ada874aa20d86c92401ee8fa6bb05f2998"
    );
    let mut names = Vec::new();
    for entry in tar::Archive::new(&archive[..]).entries().expect("a tar") {
        let entry = entry.expect("an entry");
        let header = entry.header();
        assert_eq!(header.mtime().expect("a time"), 0);
        assert_eq!(
            (
                header.uid().expect("a user"),
                header.gid().expect("a group")
            ),
            (0, 0)
        );
        names.push(entry.path().expect("a name").display().to_string());
    }
    let blob = |digest: &Digest| format!("blobs/sha256/{}", digest.hex());
    let [lower, upper] = sample.diff_ids();
    let order = [
        "oci-layout",
        "blobs/",
        "blobs/sha256/",
        &blob(&lower),
        &blob(&upper),
        &blob(&sample.id()),
        &blob(manifest.digest()),
        "index.json",
        "manifest.json",
    ];
    assert_eq!(names, order);
    assert_eq!(archive.len() % 512, 0);
    assert!(archive.ends_with(&[0; 1024]));
}

#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn an_archive_is_read_as_dockers_and_as_a_layout_and_keeps_the_digest() {
    let (folder, call) = (Folder::new("archive-writer"), &mut Call::new());
    let sample = Sample::new("app");
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let (manifest, archive) = streamed(&sample, compression);
        let path = kept(&folder, &archive);
        let docker = DockerArchive::open(&path, call).expect("an archive");
        let image = docker.select(Some("app:1"), call).expect("the image");
        let image = docker.image(image, call).expect("an image");
        assert_eq!(image.id, sample.id());
        assert_eq!(image.manifest.as_ref(), Some(&manifest));
        for (layer, expected) in image.layers.iter().zip(&sample.layers) {
            assert_eq!(layer.compression, compression);
            assert_eq!(
                &all_of(layer.uncompressed(call).expect("a layer")),
                expected
            );
        }
        let layout = OciLayout::open_archive(&path, call).expect("a layout");
        let entry = layout
            .select(Some("docker.io/library/app:1"), call)
            .expect("the image");
        assert_eq!(
            layout.manifest(&entry, call).expect("its manifest"),
            manifest
        );
    }
}

#[test]
fn a_layout_in_a_tar_has_nothing_of_docker() {
    let (folder, call) = (Folder::new("archive-writer"), &mut Call::new());
    let sample = Sample::new("app");
    let (manifest, layers) = sample.manifest(Family::Docker, Compression::Gzip);
    let mut writer = ArchiveWriter::new(Vec::new(), "x.tar", call).expect("begun");
    for layer in &layers {
        let mut blob = writer.begin_blob(&descriptor(layer)).expect("begun");
        blob.write_piece(layer).expect("written");
        blob.finish().expect("whole");
    }
    put_documents(&mut writer, &sample, &manifest);
    let entry = with_ref_name(&manifest.descriptor(), "1.0");
    let path = kept(
        &folder,
        &writer
            .finish(std::slice::from_ref(&entry), &[])
            .expect("ended"),
    );
    let layout = OciLayout::open_archive(&path, call).expect("a layout");
    assert_eq!(layout.index().manifests, [entry]);
    let error = DockerArchive::open(&path, call).expect_err("none of docker's");
    assert!(
        error.to_string().contains("has no manifest.json"),
        "{error}"
    );
}

/// The archive of an image whose layers come without size and digest, each twice.
fn patched(path: &Path, sample: &Sample, layers: &[Vec<u8>], manifest: &Manifest) -> Vec<u8> {
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .expect("a file");
    let mut writer = ArchiveWriter::new(file, "x.tar", &Call::new()).expect("begun");
    for layer in layers.iter().chain(layers) {
        let mut blob = writer.begin_new_blob().expect("begun");
        for piece in layer.chunks(777) {
            blob.write_piece(piece).expect("written");
        }
        let Blob { digest, size } = blob.finish().expect("whole");
        assert_eq!((digest, size), (Digest::sha256(layer), layer.len() as u64));
    }
    put_documents(&mut writer, sample, manifest);
    let entry = with_image_name(&manifest.descriptor(), &name("app:1"));
    let docker = docker_entry(sample, layers, &["app:1"]);
    let mut file = writer.finish(&[entry], &[docker]).expect("ended");
    file.rewind().expect("rewound");
    all_of(&mut file)
}

// case 39
#[test]
fn layers_of_unknown_size_make_the_same_archive_and_none_twice() {
    let (folder, sample) = (Folder::new("archive-writer"), Sample::new("app"));
    let path = folder.path().join("late.tar");
    for compression in [Compression::None, Compression::Gzip] {
        let (manifest, layers) = sample.manifest(Family::Oci, compression);
        let (_, expected) = streamed(&sample, compression);
        assert!(patched(&path, &sample, &layers, &manifest) == expected);
    }
}

#[test]
fn an_archive_that_lacks_what_it_lists_is_never_finished() {
    let sample = Sample::new("app");
    let (manifest, layers) = sample.manifest(Family::Oci, Compression::None);
    let begin = || ArchiveWriter::new(Vec::new(), "x.tar", &Call::new()).expect("begun");
    let entry = manifest.descriptor();
    let docker = docker_entry(&sample, &layers, &[]);
    let error = begin().finish(&[entry], &[]).expect_err("no manifest");
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    let mut writer = begin();
    put_documents(&mut writer, &sample, &manifest);
    let error = writer.finish(&[], &[docker]).expect_err("no layers");
    assert_eq!(error.kind(), ErrorKind::InvalidState);

    let mut writer = begin();
    let mut blob = writer.begin_blob(&descriptor(b"content")).expect("begun");
    blob.write_piece(b"con").expect("written");
    drop(blob);
    let error = writer
        .put_document(&sample.id(), &sample.config)
        .expect_err("in the middle");
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    writer.finish(&[], &[]).expect_err("in the middle");

    let mut writer = begin();
    let mut blob = writer.begin_blob(&descriptor(b"content")).expect("begun");
    let error = blob.write_piece(b"another").expect_err("another one");
    assert_eq!(error.kind(), ErrorKind::DigestMismatch);
    let mut writer = begin();
    let blob = writer.begin_blob(&descriptor(b"content")).expect("begun");
    assert_eq!(
        blob.finish().expect_err("cut").kind(),
        ErrorKind::DigestMismatch
    );
    let mut writer = begin();
    let error = writer
        .put_document(&Digest::sha256(b"a"), b"b")
        .expect_err("another one");
    assert_eq!(error.kind(), ErrorKind::DigestMismatch);
    writer
        .put_document(&Digest::sha256(b"a"), b"a")
        .expect("nothing was written");
    let error = writer.begin_blob(&descriptor(b"a")).expect_err("twice");
    assert_eq!(error.kind(), ErrorKind::InvalidState);
}

#[test]
fn a_target_that_fails_ends_the_archive() {
    #[derive(Debug)]
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.0.checked_sub(bytes.len()) {
                Some(left) => {
                    self.0 = left;
                    Ok(bytes.len())
                }
                None => Err(io::ErrorKind::StorageFull.into()),
            }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut writer = ArchiveWriter::new(Full(3000), "x.tar", &Call::new()).expect("begun");
    let content = vec![0; 2000];
    let mut blob = writer.begin_blob(&descriptor(&content)).expect("begun");
    let error = blob.write_piece(&content).expect_err("full");
    assert_eq!(error.kind(), ErrorKind::NoSpace);
    drop(blob);
    let error = writer.finish(&[], &[]).expect_err("it has failed");
    assert_eq!(error.kind(), ErrorKind::InvalidState);
}

#[test]
fn engines_get_the_names_that_they_show() {
    let digest = Digest::sha256(b"");
    let image = DockerEntry {
        config: digest.clone(),
        layers: vec![],
        names: [
            "docker.io/library/app",
            "host.com/a/b:1",
            &format!("user/c:2@{digest}"),
        ]
        .map(name)
        .to_vec(),
    };
    let written = WrittenImage::of(&image);
    assert_eq!(
        written.repo_tags.expect("names"),
        ["app:latest", "host.com/a/b:1", "user/c:2"]
    );
    let unnamed = DockerEntry {
        names: Vec::new(),
        ..image
    };
    assert!(json(&WrittenImage::of(&unnamed)).contains(r#""RepoTags":null"#));
    let manifest = Sample::new("app")
        .manifest(Family::Oci, Compression::None)
        .0;
    assert!(matches!(manifest.content(), ManifestContent::Image(_)));
}
