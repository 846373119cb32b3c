//! A process that copies is killed at any moment: what others see is whole, and the next process goes on.

use std::array;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use imgferry::{CopyOptions, Digest};
use serde_json::Value;

use crate::doomed::{Doomed, is_to_be_killed, parse};
use crate::judge::judge;
use crate::support::{
    Dice, Direction, Fault, FaultProxy, ImageSpec, LayerSpec, Plan, Registry, RegistryOptions,
    TempDir, deep, expect_success, skopeo,
};
use crate::{copy, name, raw};

/// A line that is slow enough for a kill to hit the middle.
fn slow(direction: Direction) -> Plan {
    Plan::always(Fault::Trickle {
        direction,
        bytes_per_second: 8_000_000,
    })
}

/// After how many bytes the processes are killed: at any moment of a copy of `total` bytes, and in the sample somewhere
/// in each part of it.
fn moments(dice: &mut Dice, total: u64) -> Vec<u64> {
    let rounds = if deep() { 20 } else { 3 };
    let part = total / rounds;
    (0..rounds)
        .map(|round| round * part + dice.below(part))
        .collect()
}

/// An image whose layers end one after the other when all move at once.
fn spec() -> ImageSpec {
    let layers: [LayerSpec; 4] =
        array::from_fn(|layer| LayerSpec::incompressible(1_000_000 << layer));
    ImageSpec::new("killed/image:1", &layers)
}

/// The sizes of the blobs of an image, from its manifest.
fn blobs(manifest: &str) -> BTreeMap<String, u64> {
    let manifest: Value = serde_json::from_str(manifest).expect("JSON");
    let layers = manifest["layers"].as_array().expect("layers").iter();
    layers
        .chain([&manifest["config"]])
        .map(|blob| {
            let digest = blob["digest"].as_str().expect("a digest");
            let hex = digest.trim_start_matches("sha256:").to_owned();
            (hex, blob["size"].as_u64().expect("a size"))
        })
        .collect()
}

/// The files among the blobs of a layout, and their sizes.
fn files(layout: &Path) -> BTreeMap<String, u64> {
    let entries = fs::read_dir(layout.join("blobs/sha256")).expect("blobs");
    entries
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("UTF-8");
            (name, entry.metadata().expect("a file").len())
        })
        .collect()
}

/// Holds that each blob is what its name says, and that skopeo finds no fault in what the index shows; its names.
#[track_caller]
fn check_layout(layout: &Path) -> Vec<String> {
    for name in files(layout).keys().filter(|name| name.len() == 64) {
        let blob = fs::read(layout.join("blobs/sha256").join(name)).expect("a blob");
        assert_eq!(Digest::sha256(&blob).hex(), name);
    }
    let index = fs::read(layout.join("index.json")).expect("an index at any time");
    let index: Value = serde_json::from_slice(&index).expect("JSON");
    let entries = index["manifests"].as_array().expect("a list").iter();
    let names: Vec<_> = entries
        .map(|entry| &entry["annotations"]["org.opencontainers.image.ref.name"])
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect();
    for name in &names {
        judge(&format!("oci:{}:{name}", layout.display()));
    }
    names
}

#[test]
fn a_killed_download_into_a_layout_shows_nothing_broken_and_goes_on() {
    if is_to_be_killed() {
        return;
    }
    let part = Registry::shared();
    let image = name(part, "killed-down");
    let pushed = spec().push_by_skopeo(&image.to_string());
    let proxy = FaultProxy::in_front_of(part, Plan::none());
    let slowly = format!("docker://{}/{}:1", proxy.host(), image.path());
    let blobs = blobs(&raw(&image));
    let total: u64 = blobs.values().sum();
    let folder = TempDir::new("killed");
    let old = folder.join("old");
    put_old(&format!("oci:{}:old", old.display()));

    let mut dice = Dice::thrown("kills of downloads");
    let (mut continued, mut spared) = (0, 0);
    for (round, moment) in moments(&mut dice, total).into_iter().enumerate() {
        let layout = folder.join(format!("round-{round}"));
        if dice.one_in(2) {
            // Beside another image, or as the first one.
            let copied = Command::new("cp").arg("-r").args([&old, &layout]).status();
            assert!(copied.expect("run cp").success());
        }
        let to = format!("oci:{}:new", layout.display());
        for _ in 0..=u64::from(dice.one_in(3)) {
            proxy.set(slow(Direction::Down));
            let ended = Doomed::start(&slowly, &to).kill_after(&proxy, Direction::Down, moment);
            let names = check_layout_if_there(&layout);
            let is_there = names.iter().any(|name| name == "new");
            assert!(is_there || !ended);
        }

        let before = if layout.exists() {
            files(&layout)
        } else {
            BTreeMap::new()
        };
        let whole: u64 = blobs
            .iter()
            .filter_map(|(hex, size)| before.contains_key(hex).then_some(size))
            .sum();
        let begun: u64 = blobs
            .keys()
            .filter_map(|hex| before.get(&format!("{hex}.part")))
            .sum();
        proxy.set(Plan::none());
        let copied = copy(&parse(&slowly), &parse(&to), &CopyOptions::default()).expect("a rerun");
        println!("killed after {moment} of {total}: {whole} whole, {begun} begun");
        assert_eq!(copied.copied_bytes, total - whole - begun);
        assert_eq!(copied.existing_blobs + copied.copied_blobs, blobs.len());
        (spared, continued) = (spared + whole, continued + begun);

        assert!(check_layout(&layout).contains(&"new".to_owned()));
        let found = judge(&to);
        assert_eq!((&found.digest, &found.id), (&copied.digest, &pushed.id));
        let files = files(&layout);
        assert!(files.keys().all(|name| name.len() == 64), "{files:?}");
        assert!(!layout.join("index.json.part").exists());
    }
    assert!(spared > 0 && continued > 0, "the kills hit the middle");
}

/// An image at the place that gets another one; its ID.
fn put_old(place: &str) -> String {
    let folder = TempDir::new("killed-old");
    let archive = folder.join("old.tar");
    ImageSpec::small("killed/old:1").write_archive(&archive);
    let from = format!("docker-archive:{}", archive.display());
    expect_success(&skopeo(&["copy", "--dest-tls-verify=false", &from, place]));
    judge(place).id
}

/// A process that was killed early has not made the layout.
fn check_layout_if_there(layout: &Path) -> Vec<String> {
    match layout.join("index.json").exists() {
        true => check_layout(layout),
        false => Vec::new(),
    }
}

/// The image with this ID, which may be none.
fn id_at(place: &str) -> Option<String> {
    let found = skopeo(&["inspect", "--raw", "--tls-verify=false", place]);
    found.status.success().then(|| judge(place).id)
}

#[test]
fn a_killed_upload_to_a_registry_moves_no_tag_and_goes_on() {
    if is_to_be_killed() {
        return;
    }
    let part = Registry::start(RegistryOptions::default());
    let folder = TempDir::new("killed");
    let archive = folder.join("image.tar");
    spec().write_archive(&archive);
    let from = format!("oci:{}:1", folder.join("layout").display());
    let archive = format!("docker-archive:{}", archive.display());
    expect_success(&skopeo(&["copy", &archive, &from]));
    let (image, manifest) = (judge(&from), skopeo(&["inspect", "--raw", &from]));
    let manifest = expect_success(&manifest);
    let blobs = blobs(&manifest);
    let total: u64 = blobs.values().sum();
    let proxy = FaultProxy::in_front_of(&part, Plan::none());

    let mut dice = Dice::thrown("kills of uploads");
    let mut spared = 0;
    for moment in moments(&mut dice, total) {
        let target = name(&part, "killed-up");
        let to = format!("docker://{target}");
        let old = dice.one_in(2).then(|| put_old(&to));
        let slowly = format!("docker://{}/{}:1", proxy.host(), target.path());
        for _ in 0..=u64::from(dice.one_in(3)) {
            proxy.set(slow(Direction::Up));
            let ended = Doomed::start(&from, &slowly).kill_after(&proxy, Direction::Up, moment);
            let found = id_at(&to);
            assert!(found == old && !ended || found.as_ref() == Some(&image.id));
        }

        let stored = part.root().join(format!(
            "docker/registry/v2/repositories/{}/_layers/sha256",
            target.path()
        ));
        let whole: u64 = blobs
            .iter()
            .filter_map(|(hex, size)| stored.join(hex).join("link").exists().then_some(size))
            .sum();
        proxy.set(Plan::none());
        let copied =
            copy(&parse(&from), &parse(&slowly), &CopyOptions::default()).expect("a rerun");
        println!("killed after {moment} of {total}: {whole} whole");
        assert_eq!(copied.copied_bytes, total - whole);
        assert_eq!(copied.existing_blobs + copied.copied_blobs, blobs.len());
        spared += whole;

        let found = judge(&to);
        assert_eq!((&found, copied.digest), (&image, found.digest.clone()));
    }
    assert!(spared > 0, "the kills hit the middle");
}

#[test]
fn a_killed_download_into_an_archive_leaves_the_old_one_and_the_next_one_takes_its_place() {
    if is_to_be_killed() {
        return;
    }
    let part = Registry::shared();
    let image = name(part, "killed-archive");
    let pushed = spec().push_by_skopeo(&image.to_string());
    let proxy = FaultProxy::in_front_of(part, Plan::none());
    let slowly = format!("docker://{}/{}:1", proxy.host(), image.path());
    let total = blobs(&raw(&image)).values().sum();

    let mut dice = Dice::thrown("kills of archives");
    for (round, moment) in moments(&mut dice, total).into_iter().enumerate() {
        let folder = TempDir::new("killed");
        let path = folder.join("image.tar");
        let to = match round % 2 {
            0 => format!("oci-archive:{}:1", path.display()),
            _ => format!("docker-archive:{}:killed/image:1", path.display()),
        };
        let old = dice.one_in(2).then(|| put_old(&to));
        proxy.set(slow(Direction::Down));
        let ended = Doomed::start(&slowly, &to).kill_after(&proxy, Direction::Down, moment);
        println!("killed after {moment} of {total}");
        let found = id_at(&to);
        assert!(found == old && !ended || found.as_ref() == Some(&pushed.id));

        proxy.set(Plan::none());
        let copied = copy(&parse(&slowly), &parse(&to), &CopyOptions::default()).expect("a rerun");
        assert_eq!(copied.copied_bytes, total);
        assert_eq!(judge(&to).id, pushed.id);
        let names = fs::read_dir(folder.path()).expect("the folder");
        assert_eq!(names.count(), 1, "nothing but the archive");
    }
}

#[test]
fn a_killed_copy_of_raw_layers_into_a_layout_leaves_nothing_that_the_next_one_does_not_use() {
    if is_to_be_killed() {
        return;
    }
    let folder = TempDir::new("killed");
    let archive = folder.join("image.tar");
    // Text, which takes some time to be compressed, and nothing of which is kept.
    let layer = LayerSpec {
        bytes: 30_000_000,
        files: 1,
        incompressible_share: 0.5,
    };
    ImageSpec::new("killed/raw:1", &[layer; 3]).write_archive(&archive);
    let from = format!("docker-archive:{}", archive.display());
    let layout = folder.join("layout");
    let to = format!("oci:{}:1", layout.display());
    let is_new = |name: &String| name.starts_with("new-");
    let begun = || match layout.join("blobs/sha256").exists() {
        true => files(&layout).into_keys().filter(is_new).count(),
        false => 0,
    };
    let mut doomed = Doomed::start(&from, &to);
    while begun() == 0 {
        assert!(!doomed.has_ended(), "it was too fast");
    }
    drop(doomed);
    assert!(begun() > 0, "it was in the middle");
    assert_eq!(check_layout_if_there(&layout), [""; 0]);

    copy(&parse(&from), &parse(&to), &CopyOptions::default()).expect("a rerun");
    assert_eq!(judge(&to).diff_ids, judge(&from).diff_ids);
    let files = files(&layout);
    assert!(files.keys().all(|name| name.len() == 64), "{files:?}");
}
