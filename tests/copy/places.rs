//! From every kind of place to every kind of place.

use std::path::Path;

use imgferry::{
    Call, CopyOptions, Digest, Engine as Client, EngineOptions, InspectOptions, LoadOptions, Place,
    Reference,
};
use serde_json::Value;

use crate::support::{Engine, ImageSpec, Registry, TempDir, expect_success, skopeo, unique};
use crate::{copy, name, place, raw};

/// A place with an image, or for one, and how others call it.
pub(crate) struct Spot {
    pub(crate) place: Place,
    /// As skopeo calls it.
    pub(crate) text: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Registry,
    Engine,
    DockerArchive,
    OciLayout,
    OciArchive,
}

pub(crate) const KINDS: [Kind; 5] = [
    Kind::Registry,
    Kind::Engine,
    Kind::DockerArchive,
    Kind::OciLayout,
    Kind::OciArchive,
];

pub(crate) fn client() -> Client {
    let endpoint = Engine::shared().endpoint();
    Client::new(&endpoint, &EngineOptions::default()).expect("a handle")
}

impl Spot {
    /// A place that nobody has used yet.
    pub(crate) fn new(kind: Kind, folder: &Path) -> Spot {
        let own = unique("spot");
        let file = folder.join(&own);
        let path = file.display();
        let (place, text) = match kind {
            Kind::Registry => {
                let image = name(Registry::shared(), "spot");
                let text = format!("docker://{image}");
                (place(Registry::shared(), &image), text)
            }
            Kind::Engine => {
                let image = format!("spot/{own}:1");
                let text = format!("docker-daemon:{image}");
                (Place::engine(&client(), &image), text)
            }
            Kind::DockerArchive => {
                let image = format!("spot/{own}:1");
                let text = format!("docker-archive:{path}:{image}");
                (Place::docker_archive(&file, Some(&image)), text)
            }
            Kind::OciLayout => (Place::oci_layout(&file, Some("1")), format!("oci:{path}:1")),
            Kind::OciArchive => (
                Place::oci_archive(&file, Some("1")),
                format!("oci-archive:{path}:1"),
            ),
        };
        Spot { place, text, kind }
    }

    /// The same with an image that another program has put there.
    pub(crate) fn with_image(kind: Kind, folder: &Path) -> Spot {
        let spot = Spot::new(kind, folder);
        let spec = ImageSpec::small("spot/source:1");
        match kind {
            Kind::Engine => {
                let image = spot.text.trim_start_matches("docker-daemon:");
                let mut archive = ImageSpec::small(image).archive();
                client()
                    .load_image(&mut archive, &LoadOptions::default(), &mut Call::new())
                    .expect("load");
            }
            _ => {
                let archive = folder.join(unique("made"));
                spec.write_archive(&archive);
                let from = format!("docker-archive:{}", archive.display());
                expect_success(&skopeo(&[
                    "copy",
                    "--dest-tls-verify=false",
                    &from,
                    &spot.text,
                ]));
            }
        }
        spot
    }

    /// Its manifest, as skopeo reads it.
    pub(crate) fn raw(&self) -> String {
        expect_success(&skopeo(&[
            "inspect",
            "--raw",
            "--tls-verify=false",
            &self.text,
        ]))
    }

    /// The media type of that; empty for an engine, which has none.
    fn raw_type(&self) -> String {
        if self.kind == Kind::Engine {
            return String::new();
        }
        let manifest: Value = serde_json::from_str(&self.raw()).expect("JSON");
        manifest["mediaType"].as_str().unwrap_or("").to_owned()
    }

    /// The digest of the image's config, which is its ID in engines.
    pub(crate) fn id(&self) -> String {
        if self.kind == Kind::Engine {
            let image = self.text.trim_start_matches("docker-daemon:");
            let found = client().inspect_image(image, &InspectOptions::default(), &mut Call::new());
            return found.expect("the image").id;
        }
        let manifest: Value = serde_json::from_str(&self.raw()).expect("JSON");
        manifest["config"]["digest"]
            .as_str()
            .expect("a digest")
            .to_owned()
    }

    /// Holds that skopeo can read all of it, and an engine can run it.
    fn judge(&self, folder: &Path) {
        let into = folder.join(unique("judged"));
        if self.kind != Kind::Engine {
            expect_success(&skopeo(&[
                "copy",
                "--src-tls-verify=false",
                &self.text,
                &format!("dir:{}", into.display()),
            ]));
        }
        if self.kind == Kind::DockerArchive {
            let path = self.text.split(':').nth(1).expect("a path");
            let mut archive = std::fs::File::open(path).expect("the archive");
            client()
                .load_image(&mut archive, &LoadOptions::default(), &mut Call::new())
                .expect("an engine loads it");
            let image = self.text.rsplitn(3, ':').take(2).collect::<Vec<_>>();
            let image = format!("{}:{}", image[1], image[0]);
            let loaded =
                client().inspect_image(&image, &InspectOptions::default(), &mut Call::new());
            assert_eq!(loaded.expect("the image").id, self.id());
        }
    }
}

#[test]
fn an_image_goes_from_every_kind_of_place_to_every_kind_of_place() {
    let folder = TempDir::new("places");
    for from in KINDS {
        let source = Spot::with_image(from, folder.path());
        let id = source.id();
        for to in KINDS {
            let target = Spot::new(to, folder.path());
            let copied = copy(&source.place, &target.place, &CopyOptions::default())
                .unwrap_or_else(|error| panic!("{from:?} to {to:?}: {}", error.report()));
            assert_eq!(target.id(), id, "{from:?} to {to:?}");
            target.judge(folder.path());
            let has_manifest = matches!(from, Kind::Registry | Kind::OciLayout | Kind::OciArchive);
            let keeps_manifest = matches!(to, Kind::Registry | Kind::OciLayout | Kind::OciArchive);
            let wants_oci = to != Kind::Registry;
            let is_docker = source.raw_type().contains("docker");
            if has_manifest && keeps_manifest && !(wants_oci && is_docker) {
                assert_eq!(target.raw(), source.raw(), "{from:?} to {to:?}");
            }
            if keeps_manifest {
                assert_eq!(Digest::sha256(target.raw().as_bytes()), copied.digest);
            }
        }
    }
}

#[test]
fn a_digest_survives_an_archive_for_docker() {
    let folder = TempDir::new("survives");
    let source = Spot::with_image(Kind::Registry, folder.path());
    let archive = Spot::new(Kind::DockerArchive, folder.path());
    let back = name(Registry::shared(), "back");
    let options = CopyOptions {
        keep_digests: true,
        ..CopyOptions::default()
    };
    copy(&source.place, &archive.place, &options).expect("out");
    let copied = copy(&archive.place, &place(Registry::shared(), &back), &options).expect("back");
    assert_eq!(raw(&back), source.raw());
    assert_eq!(Digest::sha256(raw(&back).as_bytes()), copied.digest);
    let back: &Reference = &back;
    assert_eq!(back.tag(), Some("1"));
}
