//! Root file systems that become images.

use std::fs;
use std::io::Cursor;

use imgferry::{Call, ErrorKind, ImportOptions, ImportSource, InspectOptions, PushOptions};

use super::support::{Engine, ImageSpec, Nginx, Registry, TempDir, unique};
use super::{connect, load};

/// The tar of a root file system with one file.
pub(crate) fn root_file_system() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    let content = b"hello";
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, "greeting", content.as_slice())
        .expect("an entry");
    tar.into_inner().expect("a tar")
}

fn options(name: &str) -> ImportOptions {
    ImportOptions {
        repository: Some(name.to_owned()),
        tag: Some("1".into()),
        changes: vec![
            "CMD [\"/bin/greet\"]".into(),
            "LABEL kind=test".into(),
            "ENV A=b".into(),
        ],
        message: Some("made by a test".into()),
        platform: Some("linux/amd64".into()),
    }
}

#[test]
fn data_streams_files_and_texts_become_the_same_image() {
    let engine = connect(Engine::shared());
    let (tar, folder) = (root_file_system(), TempDir::new("import"));
    let path = folder.join("root.tar");
    fs::write(&path, &tar).expect("a file");
    let text = path.to_str().expect("UTF-8");
    let call = &mut Call::new();
    let mut layers = Vec::new();
    for way in 0..6 {
        let name = format!("demo/{}", unique("import"));
        let options = options(&name);
        let imported = match way {
            0 => engine.import_image_from_data(&tar, &options, call),
            1 => engine.import_image_from_stream(&mut Cursor::new(&tar), &options, call),
            2 => engine.import_image_from_file(&path, &options, call),
            3 => engine.import_image(ImportSource::Text(text), &options, call),
            4 => engine.import_image(ImportSource::Data(&tar), &options, call),
            _ => engine.import_image(ImportSource::Stream(&mut Cursor::new(&tar)), &options, call),
        };
        let imported = imported.expect("import");
        let name = format!("{name}:1");
        let image = engine
            .inspect_image(&name, &InspectOptions::default(), call)
            .expect("inspect");
        assert_eq!(image.id, imported.id);
        assert_eq!(image.comment, "made by a test");
        for part in ["/bin/greet", "\"kind\":\"test\"", "A=b"] {
            assert!(image.document.contains(part), "{part}");
        }
        layers.push(image.layers);
    }
    layers.dedup();
    assert_eq!(layers.len(), 1, "the same layer each time");
}

#[test]
fn a_path_that_does_not_exist_is_an_error_and_never_a_url() {
    let engine = connect(Engine::shared());
    let call = &mut Call::new();
    let error = engine
        .import_image(
            ImportSource::Text("no/such/file.tar"),
            &ImportOptions::default(),
            call,
        )
        .expect_err("no file");
    assert_eq!(error.kind(), ErrorKind::Io, "{}", error.report());
    assert!(error.report().contains("no/such/file.tar"));
    let error = engine
        .import_image_from_url("ftp://host/x.tar", &ImportOptions::default(), call)
        .expect_err("no such scheme");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn a_failed_import_names_its_reason_and_leaves_no_name() {
    let engine = connect(Engine::shared());
    let name = format!("demo/{}", unique("failed"));
    let call = &mut Call::new();
    let error = engine
        .import_image_from_data(&b"no tar".repeat(1000), &options(&name), call)
        .expect_err("no tar");
    assert_eq!(error.kind(), ErrorKind::Engine, "{}", error.report());
    let bad = ImportOptions {
        changes: vec!["RUN true".into()],
        ..options(&name)
    };
    let error = engine
        .import_image_from_data(&root_file_system(), &bad, call)
        .expect_err("RUN");
    assert_eq!(
        error.kind(),
        ErrorKind::InvalidArgument,
        "{}",
        error.report()
    );
    assert!(
        error.report().contains("run is not a valid change"),
        "{}",
        error.report()
    );
    let gone = engine.inspect_image(&format!("{name}:1"), &InspectOptions::default(), call);
    assert_eq!(gone.expect_err("no image").kind(), ErrorKind::NotFound);
}

#[test]
fn importing_an_image_pulls_it_and_refuses_what_would_be_ignored() {
    let (engine, registry) = (connect(Engine::shared()), Registry::shared());
    let source = format!("{}/{}:1", registry.host(), unique("from-image"));
    let id = load(&engine, &ImageSpec::small(&source)).id;
    let call = &mut Call::new();
    engine
        .push(&source, &PushOptions::default(), call)
        .expect("push");
    let name = format!("demo/{}", unique("from-image"));
    let named = ImportOptions {
        repository: Some(name.clone()),
        ..ImportOptions::default()
    };
    let imported = engine
        .import_image_from_image(&source, &named, call)
        .expect("import");
    assert_eq!(imported.id, id);
    let image = engine
        .inspect_image(&name, &InspectOptions::default(), call)
        .expect("named");
    assert_eq!(image.id, id);
    let changed = options(&name);
    let error = engine
        .import_image(ImportSource::Image(&source), &changed, call)
        .expect_err("engines ignore changes");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{}", error.report());
}

#[test]
fn the_engine_fetches_a_url_itself() {
    let engine = connect(Engine::shared());
    let folder = TempDir::new("url");
    fs::write(folder.join("root.tar"), root_file_system()).expect("a file");
    let nginx = Nginx::serving(folder.path());
    let name = format!("demo/{}", unique("url"));
    let call = &mut Call::new();
    let imported = engine
        .import_image(
            ImportSource::Text(&nginx.url("/root.tar")),
            &options(&name),
            call,
        )
        .expect("import");
    let image = engine.inspect_image(&format!("{name}:1"), &InspectOptions::default(), call);
    assert_eq!(image.expect("named").id, imported.id);
    let error = engine
        .import_image_from_url(&nginx.url("/absent.tar"), &options(&name), call)
        .expect_err("absent");
    assert!(error.report().contains("404"), "{}", error.report());
}
