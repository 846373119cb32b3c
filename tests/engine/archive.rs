//! Images out of the engine, as archives.

use std::fs;
use std::io::{self, Read};
use std::ops::ControlFlow;

use imgferry::{
    ArchiveOptions, Call, Cancel, ErrorKind, ImageProgressStep, LoadOptions, Phase, RemoveOptions,
};

use super::support::{Engine, ImageSpec, LayerSpec, TempDir, expect_success, skopeo, unique};
use super::{connect, load};

#[test]
fn a_saved_image_is_whole_and_can_be_loaded_again() {
    let engine = connect(Engine::shared());
    let name = format!("demo/{}:1", unique("save"));
    let image = load(&engine, &ImageSpec::small(&name));
    let folder = TempDir::new("save");
    let path = folder.join("image.tar");
    let mut phases = Vec::new();
    let mut watch = |step: &ImageProgressStep<'_>| {
        phases.push(step.phase);
        ControlFlow::Continue(())
    };
    let call = &mut Call::new().progress(&mut watch);
    let archive = engine
        .get_image(&name, &ArchiveOptions::default(), call)
        .expect("get");
    let size = archive.write_file(&path, call).expect("written");
    assert_eq!(fs::metadata(&path).expect("a file").len(), size);
    assert_eq!(phases.last(), Some(&Phase::Done));
    let judged = expect_success(&skopeo(&[
        "inspect",
        "--config",
        "--raw",
        &format!("docker-archive:{}", path.display()),
    ]));
    assert!(
        image
            .diff_ids
            .iter()
            .all(|diff_id| judged.contains(diff_id))
    );

    let call = &mut Call::new();
    engine
        .remove_image(&name, &RemoveOptions::default(), call)
        .expect("remove");
    let mut file = fs::File::open(&path).expect("a file");
    let loaded = engine
        .load_image(&mut file, &LoadOptions::default(), call)
        .expect("load");
    assert_eq!(loaded.names, [name]);
}

#[test]
fn an_archive_is_a_reader_like_any_other() {
    let engine = connect(Engine::shared());
    let name = format!("demo/{}:1", unique("reader"));
    load(&engine, &ImageSpec::small(&name));
    let call = &mut Call::new();
    let mut archive = engine
        .get_image(&name, &ArchiveOptions::default(), call)
        .expect("get");
    let mut bytes = Vec::new();
    archive.read_to_end(&mut bytes).expect("whole");
    let loaded = engine.load_image(&mut bytes.as_slice(), &LoadOptions::default(), call);
    assert_eq!(loaded.expect("load").names, [name.as_str()]);

    // From one engine into another, without a file.
    let other = Engine::start();
    let mut archive = engine
        .get_image(&name, &ArchiveOptions::default(), call)
        .expect("get");
    let loaded = connect(&other).load_image(&mut archive, &LoadOptions::default(), call);
    assert_eq!(loaded.expect("load").names, [name]);
}

#[test]
fn several_images_fit_in_one_archive_and_a_missing_one_fails_it() {
    let engine = connect(Engine::shared());
    let names = [1, 2].map(|number| format!("demo/{}:{number}", unique("several")));
    for name in &names {
        load(&engine, &ImageSpec::small(name));
    }
    let [one, two] = names.each_ref().map(String::as_str);
    let call = &mut Call::new();
    let mut archive = engine
        .get_images(&[one, two], &ArchiveOptions::default(), call)
        .expect("get");
    let loaded = engine
        .load_image(&mut archive, &LoadOptions::default(), call)
        .expect("load");
    let mut loaded = loaded.names;
    loaded.sort();
    let mut expected = names.to_vec();
    expected.sort();
    assert_eq!(loaded, expected);

    let error = engine
        .get_images(&[one, "demo/absent:1"], &ArchiveOptions::default(), call)
        .expect_err("one is missing");
    assert_eq!(error.kind(), ErrorKind::NotFound, "{}", error.report());
    let none = engine
        .get_images(&[], &ArchiveOptions::default(), call)
        .expect_err("no image");
    assert_eq!(none.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn a_save_that_is_left_leaves_no_file() {
    let engine = connect(Engine::shared());
    let name = format!("demo/{}:1", unique("left"));
    load(
        &engine,
        &ImageSpec::new(&name, &[LayerSpec::incompressible(60_000_000)]),
    );
    let folder = TempDir::new("left");
    let path = folder.join("image.tar");
    let mut stop = |step: &ImageProgressStep<'_>| match step.phase == Phase::Saving {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let call = &mut Call::new().progress(&mut stop);
    let archive = engine
        .get_image(&name, &ArchiveOptions::default(), call)
        .expect("get");
    let error = archive.write_file(&path, call).expect_err("left");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);

    let cancel = Cancel::new();
    let call = &mut Call::new().cancel(&cancel);
    let mut archive = engine
        .get_image(&name, &ArchiveOptions::default(), call)
        .expect("get");
    io::copy(&mut (&mut archive).take(1_000_000), &mut io::sink()).expect("some of it");
    cancel.cancel();
    let error = io::copy(&mut archive, &mut io::sink()).expect_err("cancelled");
    let error = error
        .downcast::<imgferry::Error>()
        .expect("an error of imgferry");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}
