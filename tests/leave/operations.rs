//! The long operations, and what must be left of each.

use std::fs::{self, File};
use std::io;

use imgferry::{
    ArchiveOptions, BlobOptions, BlobSource, Call, CopyOptions, ErrorKind, ImportOptions,
    LoadOptions, LocalImage, Place, PullOptions, PushImageOptions, PushOptions, PushVia,
    RemoteImage, RemoveOptions, Result, UploadOptions, copy,
};

use super::stage::{KEPT, Stage};

/// A long operation.
pub struct Operation {
    pub name: &'static str,
    pub run: fn(&Stage, &mut Call<'_>) -> Result<()>,
    /// Looks at what is left of it, told whether it succeeded, and takes that away so that the next one is as long.
    pub look: fn(&Stage, bool),
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

pub const OPERATIONS: &[Operation] = &[
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
