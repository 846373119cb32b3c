//! skopeo, an independent judge, reads what we write, and we read what it writes. It is run on files only.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use super::testing::{Sample, all_of, content, descriptor, names_in};
use super::{ArchiveWriter, DockerArchive, DockerEntry, LayoutWriter, OciLayout, with_image_name};
use crate::call::Call;
use crate::compress::Inflater;
use crate::digest::Digest;
use crate::environment::testing::Folder;
use crate::oci::{Compression, Descriptor, Family, Manifest, ManifestContent};

/// What skopeo prints.
#[track_caller]
fn skopeo(folder: &Folder, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("skopeo")
        .env("HOME", folder.path())
        .env("TMPDIR", folder.path())
        .arg("--insecure-policy")
        .args(arguments)
        .output()
        .unwrap_or_else(|error| {
            panic!("skopeo (Debian package skopeo): {error}: run tests/run, which installs it")
        });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    output.stdout
}

/// A layout of ours with the image `1.0`.
fn write_layout(path: &Path, sample: &Sample, compression: Compression) -> Manifest {
    let (manifest, layers) = sample.manifest(Family::Oci, compression);
    let call = &mut Call::new();
    let writer = LayoutWriter::open(path, call).expect("a layout");
    for content in layers
        .iter()
        .map(Vec::as_slice)
        .chain([&*sample.config, manifest.bytes()])
    {
        let put = writer.put_document(&Digest::sha256(content), content, call);
        put.expect("written");
    }
    let tagged = writer.tag(&manifest.descriptor(), Some("1.0"), call);
    tagged.expect("tagged");
    manifest
}

/// A `docker save` archive of ours with the image `demo/app:1`.
fn write_archive(path: &Path, sample: &Sample, compression: Compression) -> Manifest {
    let (manifest, layers) = sample.manifest(Family::Oci, compression);
    let file = File::create(path).expect("a file");
    let mut writer = ArchiveWriter::new(file, "archive.tar", &Call::new()).expect("begun");
    for layer in &layers {
        let mut blob = writer.begin_blob(&descriptor(layer)).expect("begun");
        blob.write_piece(layer).expect("written");
        blob.finish().expect("whole");
    }
    for content in [&*sample.config, manifest.bytes()] {
        let put = writer.put_document(&Digest::sha256(content), content);
        put.expect("written");
    }
    let name = "demo/app:1".parse().expect("a name");
    let entry = with_image_name(&manifest.descriptor(), &name);
    let docker = DockerEntry {
        config: sample.id(),
        layers: layers.iter().map(|layer| Digest::sha256(layer)).collect(),
        names: vec![name],
    };
    writer.finish(&[entry], &[docker]).expect("ended");
    manifest
}

/// The image that skopeo put into a folder of its own form: its config, and its layers as they are uncompressed.
#[track_caller]
fn check_copy(folder: &Path, sample: &Sample) {
    let bytes = fs::read(folder.join("manifest.json")).expect("a manifest");
    let digest = Digest::sha256(&bytes);
    let manifest = Manifest::read(bytes, digest, None).expect("a manifest");
    let ManifestContent::Image(image) = manifest.content() else {
        panic!("{manifest:?}");
    };
    let blob =
        |descriptor: &Descriptor| File::open(folder.join(descriptor.digest.hex())).expect("a blob");
    assert_eq!(all_of(blob(&image.config)), sample.config);
    assert_eq!(image.layers.len(), 2);
    for (layer, expected) in image.layers.iter().zip(&sample.layers) {
        // What it unpacked from an archive it calls gzip all the same.
        let content = Inflater::new(blob(layer)).expect("a layer");
        assert!(all_of(content) == *expected);
    }
}

#[test]
fn skopeo_reads_the_archives_and_layouts_that_are_written() {
    let folder = Folder::new("with-skopeo");
    let sample = Sample::new("app");
    for (number, compression) in [Compression::None, Compression::Gzip]
        .into_iter()
        .enumerate()
    {
        let name = |kind: &str| format!("{}/{kind}-{number}", folder.text());
        let (archive, layout) = (name("archive.tar"), name("layout"));
        let manifest = write_archive(Path::new(&archive), &sample, compression);
        let laid_out = write_layout(Path::new(&layout), &sample, compression);
        for (what, source) in [
            ("docker", format!("docker-archive:{archive}:demo/app:1")),
            ("only", format!("docker-archive:{archive}")),
            ("tagged", format!("oci-archive:{archive}:1")),
            ("layout", format!("oci:{layout}:1.0")),
        ] {
            let copy = name(&format!("copy-of-{what}"));
            skopeo(&folder, &["copy", &source, &format!("dir:{copy}")]);
            check_copy(Path::new(&copy), &sample);
        }
        let raw = |source: &str| skopeo(&folder, &["inspect", "--raw", source]);
        assert_eq!(raw(&format!("oci-archive:{archive}:1")), manifest.bytes());
        assert_eq!(raw(&format!("oci:{layout}:1.0")), laid_out.bytes());
    }
}

// case 38
#[test]
fn what_skopeo_writes_is_read() {
    let folder = Folder::new("with-skopeo");
    let (sample, call) = (Sample::new("app"), &mut Call::new());
    let ours = folder.path().join("ours");
    let manifest = write_layout(&ours, &sample, Compression::Gzip);
    let source = format!("oci:{}:1.0", ours.display());
    let path = |name: &str| folder.path().join(name);

    let target = format!("docker-archive:{}:demo/app:1", path("docker.tar").display());
    skopeo(&folder, &["copy", &source, &target]);
    let archive = DockerArchive::open(&path("docker.tar"), call).expect("an archive");
    let image = archive
        .select(Some("docker.io/demo/app:1"), call)
        .expect("the image");
    let image = archive.image(image, call).expect("an image");
    assert_eq!(image.config.document.as_bytes(), sample.config);
    for (layer, expected) in image.layers.iter().zip(&sample.layers) {
        assert!(all_of(layer.uncompressed(call).expect("a layer")) == *expected);
    }

    for form in ["oci", "oci-archive"] {
        let target = format!("{form}:{}:2.0", path(form).display());
        skopeo(&folder, &["copy", &source, &target]);
    }
    let layouts = [
        OciLayout::open_folder(&path("oci"), call),
        OciLayout::open_archive(&path("oci-archive"), call),
    ];
    for layout in layouts {
        let layout = layout.expect("a layout");
        let entry = layout.select(Some("2.0"), call).expect("the image");
        assert_eq!(
            layout.manifest(&entry, call).expect("its manifest"),
            manifest
        );
        let config = content(&layout, &descriptor(&sample.config));
        assert_eq!(config, sample.config);
    }
    // Both write to one layout.
    let writer = LayoutWriter::open(&path("oci"), call).expect("a layout of skopeo's");
    writer
        .tag(&manifest.descriptor(), Some("3.0"), call)
        .expect("tagged");
    skopeo(
        &folder,
        &[
            "copy",
            &source,
            &format!("oci:{}:4.0", path("oci").display()),
        ],
    );
    let layout = OciLayout::open_folder(&path("oci"), call).expect("a layout");
    assert_eq!(names_in(&layout), ["2.0", "3.0", "4.0"]);
}
