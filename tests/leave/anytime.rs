//! A long operation can be left at any moment: it ends soon, what it leaves is whole or not there, and no other
//! operation of the same handles notices.

use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use imgferry::{
    ArchiveOptions, BlobOptions, BlobSource, Call, Cancel, CopyOptions, ErrorKind,
    ImageProgressStep, Images, ImportOptions, InspectOptions, LoadOptions, LocalImage,
    ManifestContent, Place, PullOptions, PushImageOptions, PushOptions, PushVia, Reference,
    RegistryOptions, RemoteImage, RemoveOptions, Result, UploadOptions, copy,
};

use super::support::{Dice, Engine, ImageSpec, LayerSpec, Registry, TempDir, deep};
use super::{LIMIT, connect};

/// An engine that has `KEPT` and nothing else, a registry that has another image, and a place for files.
struct Stage {
    registry: Registry,
    folder: TempDir,
    engine: imgferry::Engine,
    images: Images,
    at: imgferry::Registry,
    /// A layer of the image in the registry.
    blob: Reference,
    /// The round that is played: what is made in it has its number.
    round: AtomicU64,
    _part: Engine,
}

const KEPT: &str = "demo/kept:1";

const LAYERS: [LayerSpec; 2] = [LayerSpec {
    bytes: 12_000_000,
    files: 2,
    incompressible_share: 0.5,
}; 2];

impl Stage {
    fn set() -> Stage {
        let part = Engine::start();
        let registry = Registry::start(Default::default());
        let folder = TempDir::new("anytime");
        part.load(&ImageSpec::new(KEPT, &LAYERS));
        let mut other = ImageSpec::new("demo/other:1", &LAYERS);
        other.seed = 1;
        other.write_archive(&folder.join("other.tar"));
        let name = format!("{}/other:1", registry.host());
        other.push_by_skopeo(&name);
        let engine = connect(&part);
        let at = imgferry::Registry::new(registry.host(), &RegistryOptions::default());
        let at = at.expect("a handle");
        let name = Reference::parse(&name).expect("a name");
        let manifest = at
            .get_manifest(&name, &mut Call::new())
            .expect("a manifest");
        let ManifestContent::Image(image) = manifest.content() else {
            panic!("{manifest:?}")
        };
        let layer = image.layers[0].digest.clone();
        let stage = Stage {
            images: Images::new(engine.clone(), &RegistryOptions::default()),
            blob: name.without_tag().with_digest(layer),
            round: AtomicU64::new(0),
            _part: part,
            registry,
            folder,
            engine,
            at,
        };
        let layout = stage.layout("kept");
        let from = Place::engine(&stage.engine, KEPT);
        copy(&from, &layout, &CopyOptions::default(), &mut Call::new()).expect("a layout");
        stage
    }

    /// `HOST/made-ROUND:1`.
    fn made(&self) -> Reference {
        let round = self.round.load(Ordering::Relaxed);
        Reference::parse(&format!("{}/made-{round}:1", self.registry.host())).expect("a name")
    }

    fn made_file(&self) -> PathBuf {
        self.folder.join("made.tar")
    }

    fn layout(&self, name: &str) -> Place {
        Place::oci_layout(self.folder.join(name), Some("1"))
    }

    fn other(&self) -> Reference {
        self.blob.without_digest().with_tag("1").expect("a tag")
    }

    fn source(&self) -> Place {
        Place::registry(&self.at, &self.other())
    }

    fn destination(&self) -> Place {
        Place::registry(&self.at, &self.made())
    }

    fn copy(&self, from: &Place, to: &Place, call: &mut Call<'_>) -> Result<()> {
        copy(from, to, &CopyOptions::default(), call).map(drop)
    }

    /// What the engine calls its images by.
    fn names(&self) -> Vec<String> {
        let listed = self.engine.images(&Default::default(), &mut Call::new());
        let listed = listed.expect("the engine's images");
        let mut names: Vec<_> = listed
            .into_iter()
            .flat_map(|image| image.repo_tags)
            .collect();
        names.sort();
        names
    }

    /// Takes everything out of the engine but what it had.
    fn clean_engine(&self) {
        let options = RemoveOptions {
            force: true,
            ..RemoveOptions::default()
        };
        for name in self.names().iter().filter(|name| *name != KEPT) {
            let removed = self.engine.remove_image(name, &options, &mut Call::new());
            removed.expect("an image to remove");
        }
    }
}

/// A long operation.
struct Operation {
    name: &'static str,
    run: fn(&Stage, &mut Call<'_>) -> Result<()>,
    /// Looks at what is left of it, told whether it succeeded, and takes that away so that the next one is as long.
    look: fn(&Stage, bool),
}

/// All of the image can be read: it is copied into an archive, which judges every byte.
fn expect_whole(stage: &Stage, place: &Place) {
    let archive = stage.folder.join("whole.tar");
    let to = Place::oci_archive(&archive, Some("1"));
    copy(place, &to, &CopyOptions::default(), &mut Call::new()).expect("a whole image");
    fs::remove_file(archive).expect("a file to remove");
}

/// The engine has no name but those that the operation makes.
fn in_engine(stage: &Stage, succeeded: bool) {
    let made = ["demo/other:1", stage.other().as_str()].map(str::to_owned);
    let names = stage.names();
    let is_known = |name: &String| name == KEPT || made.contains(name);
    assert!(names.iter().all(is_known), "{names:?}");
    assert!(!succeeded || names.len() == 2, "{names:?}");
    stage.clean_engine();
}

/// The tag is there after success; if it is there at all, so is everything that it leads to.
fn in_registry(stage: &Stage, succeeded: bool) {
    assert_eq!(stage.names(), [KEPT], "the engine has no new name");
    match stage.at.digest(&stage.made(), &mut Call::new()) {
        Ok(_) => expect_whole(stage, &stage.destination()),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::NotFound, "{}", error.report());
            assert!(!succeeded);
        }
    }
}

/// The file is there after success only, and no part of it without.
fn in_file(stage: &Stage, succeeded: bool) {
    let file = stage.made_file();
    assert_eq!(file.exists(), succeeded);
    assert!(!file.with_extension("tar.part").exists());
    if succeeded {
        fs::remove_file(file).expect("a file to remove");
    }
}

/// As [`in_file`], but what was moved stays beside it for another try, and who leaves in the very last record has it.
fn in_archive(stage: &Stage, succeeded: bool) {
    let file = stage.made_file();
    assert!(file.exists() || !succeeded);
    if file.exists() {
        expect_whole(stage, &Place::oci_archive(&file, Some("1")));
        fs::remove_file(file).expect("a file to remove");
    }
}

/// No name leads to what is not whole.
fn in_layout(stage: &Stage, succeeded: bool) {
    let layout = stage.layout("made");
    match layout.inspect(None, &mut Call::new()) {
        Ok(_) => expect_whole(stage, &layout),
        Err(error) => assert!(!succeeded, "{}", error.report()),
    }
    let folder = stage.folder.join("made");
    if folder.exists() {
        fs::remove_dir_all(folder).expect("a folder to remove");
    }
}

/// Nothing that anybody could see.
fn nowhere(_: &Stage, _: bool) {}

const OPERATIONS: &[Operation] = &[
    Operation {
        name: "Engine::push",
        run: |stage, call| {
            let name = stage.made();
            let (engine, calm) = (&stage.engine, &mut Call::new());
            engine.tag(KEPT, name.repository(), Some("1"), calm)?;
            let pushed = engine.push(name.as_str(), &PushOptions::default(), call);
            engine.remove_image(name.as_str(), &RemoveOptions::default(), calm)?;
            pushed.map(drop)
        },
        look: in_registry,
    },
    Operation {
        name: "Engine::pull",
        run: |stage, call| {
            let pulled = stage
                .engine
                .pull(stage.other().as_str(), &PullOptions::default(), call);
            pulled.map(drop)
        },
        look: in_engine,
    },
    Operation {
        name: "Engine::load_image",
        run: |stage, call| {
            let mut archive = File::open(stage.folder.join("other.tar")).expect("an archive");
            let loaded = stage
                .engine
                .load_image(&mut archive, &LoadOptions::default(), call);
            loaded.map(drop)
        },
        look: in_engine,
    },
    Operation {
        name: "Engine::import_image_from_file",
        run: |stage, call| {
            let options = ImportOptions {
                repository: Some("demo/other:1".into()),
                ..ImportOptions::default()
            };
            let file = stage.folder.join("other.tar");
            let imported = stage.engine.import_image_from_file(&file, &options, call);
            imported.map(drop)
        },
        look: in_engine,
    },
    Operation {
        name: "Engine::save_images",
        run: |stage, call| {
            let options = ArchiveOptions::default();
            let saved = stage
                .engine
                .save_images(&[KEPT], &options, &mut io::sink(), call);
            saved.map(drop)
        },
        look: nowhere,
    },
    Operation {
        name: "Engine::save_images_file",
        run: |stage, call| {
            let (options, file) = (ArchiveOptions::default(), stage.made_file());
            let saved = stage
                .engine
                .save_images_file(&[KEPT], &options, &file, call);
            saved.map(drop)
        },
        look: in_file,
    },
    Operation {
        name: "Registry::put_blob",
        run: |stage, call| {
            let file = stage.folder.join("other.tar");
            let options = UploadOptions::default();
            let put = stage
                .at
                .put_blob(&stage.made(), BlobSource::File(&file), &options, call);
            put.map(drop)
        },
        look: nowhere,
    },
    Operation {
        name: "Registry::save_blob_file",
        run: |stage, call| {
            let (options, file) = (BlobOptions::default(), stage.made_file());
            let saved = stage.at.save_blob_file(&stage.blob, &options, &file, call);
            saved.map(drop)
        },
        look: in_file,
    },
    Operation {
        name: "Images::push, direct",
        run: |stage, call| {
            let options = PushImageOptions {
                via: PushVia::Direct,
                ..PushImageOptions::default()
            };
            let local = LocalImage::parse(KEPT).expect("a name");
            let remote = RemoteImage::parse(stage.made().as_str()).expect("a name");
            let pushed = stage.images.push(&local, Some(&remote), &options, call);
            pushed.map(drop)
        },
        look: in_registry,
    },
    Operation {
        name: "copy from a registry to a layout",
        run: |stage, call| stage.copy(&stage.source(), &stage.layout("made"), call),
        look: in_layout,
    },
    Operation {
        name: "copy from a registry to an archive",
        run: |stage, call| {
            let to = Place::oci_archive(stage.made_file(), Some("1"));
            stage.copy(&stage.source(), &to, call)
        },
        look: in_archive,
    },
    Operation {
        name: "copy from a registry to an engine",
        run: |stage, call| {
            let to = Place::engine(&stage.engine, "demo/other:1");
            stage.copy(&stage.source(), &to, call)
        },
        look: in_engine,
    },
    Operation {
        name: "copy from an engine to a layout",
        run: |stage, call| {
            let from = Place::engine(&stage.engine, KEPT);
            stage.copy(&from, &stage.layout("made"), call)
        },
        look: in_layout,
    },
    Operation {
        name: "copy from a layout to a registry",
        run: |stage, call| stage.copy(&stage.layout("kept"), &stage.destination(), call),
        look: in_registry,
    },
    Operation {
        name: "copy from an archive to a registry",
        run: |stage, call| {
            let from = Place::docker_archive(stage.folder.join("other.tar"), None);
            stage.copy(&from, &stage.destination(), call)
        },
        look: in_registry,
    },
];

/// How an operation ended that was to be left at a moment.
struct End {
    result: Result<()>,
    /// How long it went on after the moment; nothing when it had ended before.
    went_on: Option<Duration>,
}

/// The callback ends the call when it is asked for the first time after the moment.
fn leave_by_callback(stage: &Stage, operation: &Operation, moment: Duration) -> End {
    let begun = Instant::now();
    let mut left = None;
    let mut stop = |_: &ImageProgressStep<'_>| match begun.elapsed() >= moment {
        true => {
            left.get_or_insert_with(Instant::now);
            ControlFlow::Break(())
        }
        false => ControlFlow::Continue(()),
    };
    let call = &mut Call::new().progress(&mut stop);
    let result = (operation.run)(stage, call);
    End {
        result,
        went_on: left.map(|left| left.elapsed()),
    }
}

/// Another thread cancels the call at the moment.
fn leave_by_flag(stage: &Stage, operation: &Operation, moment: Duration) -> End {
    let cancel = Cancel::new();
    let (ended, end) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let cancel = &cancel;
        let other = scope.spawn(move || {
            let is_over = end.recv_timeout(moment) != Err(RecvTimeoutError::Timeout);
            (!is_over).then(|| {
                cancel.cancel();
                Instant::now()
            })
        });
        let result = (operation.run)(stage, &mut Call::new().cancel(cancel));
        let now = Instant::now();
        drop(ended);
        let left = other.join().expect("no panic");
        End {
            result,
            went_on: left.map(|left| now.saturating_duration_since(left)),
        }
    })
}

/// Ends [`go_on`], also when a test fails.
struct Over<'o>(&'o AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Asks over the same handles all the time, and is never refused; returns how often.
fn go_on(stage: &Stage, is_over: &AtomicBool) -> u64 {
    let mut asked = 0;
    while !is_over.load(Ordering::Relaxed) {
        let call = &mut Call::new();
        let options = InspectOptions::default();
        let details = stage.engine.inspect_image(KEPT, &options, call);
        details.expect("the engine goes on");
        let tags = stage.at.tags(&stage.other(), call);
        assert_eq!(tags.expect("the registry goes on"), ["1"]);
        asked += 1;
        thread::sleep(Duration::from_millis(20));
    }
    asked
}

fn leave_many_times(stage: &Stage, operation: &Operation, dice: &mut Dice, times: u64) {
    let begun = Instant::now();
    (operation.run)(stage, &mut Call::new()).expect("it succeeds when it is not left");
    let mut whole = begun.elapsed();
    (operation.look)(stage, true);
    let (mut left, mut slowest) = (0, Duration::ZERO);
    for _ in 0..times {
        stage.round.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(whole.as_micros()).expect("a short while");
        let moment = Duration::from_micros(dice.below(micros * 5 / 4));
        let leave = match dice.one_in(2) {
            true => leave_by_callback,
            false => leave_by_flag,
        };
        let begun = Instant::now();
        let End { result, went_on } = leave(stage, operation, moment);
        match &result {
            // What is there already makes the next one shorter.
            Ok(()) => whole = (whole + begun.elapsed()) / 2,
            Err(error) => {
                let what = format!("{} after {moment:?}: {}", operation.name, error.report());
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{what}");
                let went_on = went_on.expect("it was left");
                assert!(went_on < LIMIT, "{went_on:?}: {what}");
                (left, slowest) = (left + 1, slowest.max(went_on));
            }
        }
        (operation.look)(stage, result.is_ok());
    }
    println!(
        "| {} | {whole:.1?} | {left} | {} | {slowest:.1?} |",
        operation.name,
        times - left
    );
}

#[test]
fn a_long_operation_can_be_left_at_any_moment_and_no_other_notices() {
    let stage = Stage::set();
    let mut dice = Dice::thrown("the moments:");
    let is_over = AtomicBool::new(false);
    println!("| operation | takes | left | ended before | longest end |");
    println!("| --- | --- | --- | --- | --- |");
    thread::scope(|scope| {
        let other = scope.spawn(|| go_on(&stage, &is_over));
        let over = Over(&is_over);
        for operation in OPERATIONS {
            let times = if deep() { 200 } else { 5 };
            leave_many_times(&stage, operation, &mut dice, times);
        }
        drop(over);
        let asked = other.join().expect("the other thread was never refused");
        println!("asked meanwhile: {asked} times");
        assert!(asked > 0);
    });
}
