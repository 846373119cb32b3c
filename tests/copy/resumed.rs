//! A copy that broke, or was stopped, goes on where it was.

use std::fs::{self, File};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use imgferry::{
    Call, CopyOptions, ErrorKind, ImageProgressStep, Place, Reference, RegistryOptions, RetryPolicy,
};
use serde_json::Value;

use crate::judge::judge;
use crate::support::{
    Dice, Direction, Fault, FaultProxy, ImageSpec, LayerSpec, Plan, Registry, Requests,
    SessionRegistry, Tells, TempDir, deep,
};
use crate::{copy, name, place, raw, reference};

/// An image in a registry: one large layer, and a config.
struct Large {
    image: Reference,
    /// `sha256:…` of the layer.
    layer: String,
    layer_size: u64,
    /// With the config.
    total: u64,
}

impl Large {
    fn push(purpose: &str, megabytes: u64) -> Large {
        let image = name(Registry::shared(), purpose);
        let layers = [LayerSpec::incompressible(megabytes * 1_000_000)];
        ImageSpec::new(&image.to_string(), &layers).push_by_skopeo(&image.to_string());
        let manifest: Value = serde_json::from_str(&raw(&image)).expect("JSON");
        let (layer, config) = (&manifest["layers"][0], &manifest["config"]);
        let size = |blob: &Value| blob["size"].as_u64().expect("a size");
        Large {
            image,
            layer: layer["digest"].as_str().expect("a digest").to_owned(),
            layer_size: size(layer),
            total: size(layer) + size(config),
        }
    }

    /// The image, asked for through the proxy.
    fn through(&self, proxy: &FaultProxy, retries: RetryPolicy) -> Place {
        through(proxy, self.image.path(), retries)
    }

    fn place(&self) -> Place {
        place(Registry::shared(), &self.image)
    }

    /// Where a layout has the layer when it is not whole.
    fn part_in(&self, layout: &Path) -> PathBuf {
        let hex = self.layer.trim_start_matches("sha256:");
        layout.join(format!("blobs/sha256/{hex}.part"))
    }

    /// From which bytes on the layer was asked for, one after the other.
    fn asked(&self, proxy: &FaultProxy) -> Vec<u64> {
        let exchanges = proxy.exchanges();
        let of_layer = exchanges.iter().filter(|exchange| {
            let line = &exchange.request.request;
            line.starts_with("GET ") && line.contains(&self.layer)
        });
        of_layer
            .map(|exchange| {
                let range = exchange.header("range").unwrap_or("bytes=0-");
                let start = range.trim_start_matches("bytes=").split('-').next();
                let start = start.and_then(|start| start.parse().ok());
                start.expect("a start")
            })
            .collect()
    }
}

fn through(proxy: &FaultProxy, path: &str, retries: RetryPolicy) -> Place {
    let options = RegistryOptions {
        retries,
        ..RegistryOptions::default()
    };
    let registry = imgferry::Registry::new(proxy.host(), &options).expect("a handle");
    let image = reference(&format!("{}/{path}:1", proxy.host()));
    Place::registry(&registry, &image)
}

/// A caller who wants to know of every failure.
fn never_again() -> RetryPolicy {
    RetryPolicy {
        attempts: 1,
        ..RetryPolicy::default()
    }
}

fn cut_after(direction: Direction, bytes: u64) -> Plan {
    Plan::always(Fault::CutAfter { direction, bytes })
}

/// What a proxy counts and nobody has read when it cuts, and heads.
const IN_FLIGHT: u64 = 4 * 1024 * 1024;

fn length(path: &Path) -> u64 {
    fs::metadata(path).expect("a file").len()
}

fn plain() -> CopyOptions {
    CopyOptions::default()
}

#[test]
fn a_download_that_was_cut_goes_on_by_range_in_the_file_that_is_there() {
    let large = Large::push("cut", 20);
    let proxy = FaultProxy::in_front_of(Registry::shared(), Plan::none());
    let from = large.through(&proxy, never_again());
    let folder = TempDir::new("resumed");
    let layout = folder.join("layout");
    let to = Place::oci_layout(&layout, Some("1"));

    let mut begun = 0;
    for tries in 1..=2 {
        let lost = Requests::from(2).containing(&large.layer);
        let for_good = Plan::always(Fault::CloseInHeaders { requests: lost });
        proxy.set(cut_after(Direction::Down, 8_000_000).and(for_good));
        let error = copy(&from, &to, &plain()).expect_err("it was cut");
        assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
        let part = length(&large.part_in(&layout));
        assert!(begun < part && part <= tries * 8_000_000, "{begun} {part}");
        begun = part;
    }
    proxy.set(Plan::none());
    let copied = copy(&from, &to, &plain()).expect("the rest");
    // The config was there after the first try.
    assert_eq!((copied.existing_blobs, copied.copied_blobs), (1, 1));
    assert_eq!(copied.copied_bytes, large.layer_size - begun);
    let mut starts = large.asked(&proxy);
    let passed: u64 = proxy.connections().iter().map(|one| one.down).sum();
    println!(
        "{} bytes, asked from {starts:?}, {passed} passed",
        large.layer_size
    );
    starts.dedup();
    assert_eq!((starts.len(), starts[0], starts[2]), (3, 0, begun));
    assert!(passed < large.layer_size + 2 * IN_FLIGHT, "{passed}");
    assert!(!large.part_in(&layout).exists());
    assert_eq!(
        judge(&format!("oci:{}:1", layout.display())).digest,
        copied.digest
    );
}

#[test]
fn a_line_that_breaks_all_the_time_brings_every_byte_once() {
    let large = Large::push("breaks", 30);
    let proxy = FaultProxy::in_front_of(Registry::shared(), cut_after(Direction::Down, 6_000_000));
    let from = large.through(&proxy, RetryPolicy::default());
    let folder = TempDir::new("resumed");
    let layout = format!("oci:{}:1", folder.join("layout").display());
    let image = name(Registry::shared(), "broken");
    let archive = format!(
        "docker-archive:{}:broken/image:1",
        folder.join("image.tar").display()
    );
    for to in [layout, format!("docker://{image}"), archive] {
        let before = large.asked(&proxy);
        let target = Place::parse(&to, &imgferry::PlaceOptions::default()).expect("a place");
        let copied = copy(&from, &target, &plain()).expect("a copy");
        assert_eq!(copied.copied_bytes, large.total, "{to}");
        let starts = large.asked(&proxy);
        let starts = &starts[before.len()..];
        assert!(starts.len() >= 5 && starts.is_sorted(), "{to}: {starts:?}");
        judge(&to);
    }
}

#[test]
fn a_copy_that_was_stopped_by_its_caller_goes_on_where_it_was() {
    let large = Large::push("stopped", 20);
    let (from, folder) = (large.place(), TempDir::new("resumed"));
    let mut dice = Dice::thrown("stops");
    for round in 0..if deep() { 20 } else { 4 } {
        let layout = folder.join(format!("{round}"));
        let to = Place::oci_layout(&layout, Some("1"));
        let mut before = 0;
        for _ in 0..2 {
            let stop_at = before + dice.below((large.total - before) / 2);
            let mut stop = |step: &ImageProgressStep<'_>| match step.sum_current > stop_at {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            };
            let mut call = Call::new()
                .progress_interval(Duration::ZERO)
                .progress(&mut stop);
            let stopped = imgferry::copy(&from, &to, &plain(), &mut call);
            assert_eq!(
                stopped.expect_err("stopped").kind(),
                ErrorKind::Cancelled,
                "{stop_at}"
            );
            let part = large.part_in(&layout);
            // Nothing of it was read when it stopped.
            let begun = if part.exists() { length(&part) } else { 0 };
            println!("stopped at {stop_at}, {begun} are there");
            assert!(begun >= before, "{begun} {before}");
            before = begun;
        }
        let copied = copy(&from, &to, &plain()).expect("the rest");
        let there = large.total - copied.copied_bytes;
        // The config may have come before.
        assert!(there == before || there == before + large.total - large.layer_size);
        assert_eq!(
            judge(&format!("oci:{}:1", layout.display())).digest,
            copied.digest
        );
    }
}

#[test]
fn a_large_blob_goes_on_in_its_session_where_the_registry_keeps_it() {
    let large = Large::push("session", 30);
    let server = SessionRegistry::start(Tells::All);
    let broken = FaultProxy::in_front_of(server.host(), cut_after(Direction::Up, 6_000_000));
    let source = FaultProxy::in_front_of(Registry::shared(), Plan::none());
    let from = large.through(&source, RetryPolicy::default());
    let to = through(&broken, "resumed/session", RetryPolicy::default());
    let copied = copy(&from, &to, &plain()).expect("a copy");
    assert_eq!(server.received(), large.total, "no byte is stored twice");
    let sessions = broken.exchanges();
    let sessions = sessions
        .iter()
        .filter(|exchange| exchange.request.request.starts_with("POST ") && exchange.forwarded);
    assert_eq!(sessions.count(), 2, "one for each blob");
    // The source is read on from where the registry wants to go on.
    let starts = large.asked(&source);
    println!("{} bytes, asked from {starts:?}", large.total);
    assert!(starts.len() >= 5 && starts.is_sorted(), "{starts:?}");
    assert!(copied.copied_bytes >= large.total);
}

#[test]
fn what_an_earlier_run_left_and_is_of_no_use_harms_nothing() {
    let large = Large::push("spoilt", 3);
    let folder = TempDir::new("resumed");
    let whole = folder.join("whole");
    copy(&large.place(), &Place::oci_layout(&whole, None), &plain()).expect("a copy");
    let blob = large.part_in(&whole).with_extension("");
    let blob = fs::read(blob).expect("the layer");

    let half = blob.len() / 2;
    let other: Vec<u8> = blob[..half].iter().map(|byte| !byte).collect();
    let longer = [&blob[..], b"more"].concat();
    let cases: [(&str, &[u8], u64); 5] = [
        ("nothing", b"", large.total),
        ("half", &blob[..half], large.total - half as u64),
        ("all", &blob, large.total - large.layer_size),
        ("longer", &longer, large.total),
        ("other", &other, large.total),
    ];
    for (left, bytes, moved) in cases {
        let layout = folder.join(left);
        let part = large.part_in(&layout);
        fs::create_dir_all(part.parent().expect("a folder")).expect("folders");
        fs::write(
            layout.join("oci-layout"),
            r#"{"imageLayoutVersion":"1.0.0"}"#,
        )
        .expect("written");
        File::create(&part)
            .and_then(|mut file| file.write_all(bytes))
            .expect("written");
        let to = Place::oci_layout(&layout, Some("1"));
        let copied = copy(&large.place(), &to, &plain());
        let copied = copied.unwrap_or_else(|error| panic!("{left}: {}", error.report()));
        assert!(copied.copied_bytes >= moved, "{left}: {copied:?}");
        assert!(!part.exists(), "{left}");
        judge(&format!("oci:{}:1", layout.display()));
    }
}
