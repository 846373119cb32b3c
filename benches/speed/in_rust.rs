//! What is measured of imgferry from Rust: one piece of work in a process of its own, by the words of `in_c.c`.

use std::fs::File;
use std::path::Path;
use std::thread;

use imgferry::{
    ArchiveOptions, Call, CopyOptions, Engine, EngineOptions, Images, ImportOptions,
    LayerCompression, LoadOptions, LocalImage, Place, PlaceOptions, Platforms, PullOptions,
    PushImageOptions, PushOptions, PushVia, Reference, Registry, RegistryOptions, RemoteImage,
};

const THREADS: usize = 4;

/// Does what the words say.
pub fn work(words: &[&str]) {
    let call = &mut Call::new();
    match words {
        ["save", endpoint, image, file] => {
            let mut file = File::create(file).expect("create");
            let archive = engine(endpoint).get_image(image, &ArchiveOptions::default(), call);
            archive
                .expect("get")
                .write_to(&mut file, call)
                .expect("save");
        }
        ["load", endpoint, file] => {
            let mut archive = File::open(file).expect("open");
            engine(endpoint)
                .load_image(&mut archive, &LoadOptions::default(), call)
                .expect("load");
        }
        ["import", endpoint, file, name] => {
            let (repository, tag) = name.rsplit_once(':').expect("a tag");
            let options = ImportOptions {
                repository: Some(repository.into()),
                tag: Some(tag.into()),
                ..ImportOptions::default()
            };
            engine(endpoint)
                .import_image_from_file(Path::new(file), &options, call)
                .expect("import");
        }
        ["push", endpoint, image] => {
            engine(endpoint)
                .push(image, &PushOptions::default(), call)
                .expect("push");
        }
        ["pull", endpoint, image] => {
            engine(endpoint)
                .pull(image, &PullOptions::default(), call)
                .expect("pull");
        }
        ["inspect", endpoint, image, count] => {
            inspect(&engine(endpoint), image, number(count));
        }
        ["inspect-by-threads", endpoint, image, count] => {
            let (engine, each) = (engine(endpoint), number(count) / THREADS);
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| inspect(&engine, image, each));
                }
            });
        }
        ["push-direct", endpoint, local, remote, way] => {
            push_direct(engine(endpoint), local, remote, way);
        }
        ["copy", from, to, platforms] => {
            let place = |text| Place::parse(text, &PlaceOptions::default()).expect("a place");
            let mut options = CopyOptions::default();
            if *platforms == "all" {
                options.platforms = Platforms::All;
            }
            copy(&place(from), &place(to), &options, call);
        }
        ["tags", host, repository, expected, times] => {
            let registry = registry(host);
            let repository = Reference::parse(repository).expect("a name");
            for _ in 0..number(times) {
                let names = registry.list_tags(&repository, call).expect("a list");
                let names = names.rest(call).expect("a list");
                assert_eq!(names.len(), number(expected));
            }
        }
        ["repositories", host, expected, times] => {
            let registry = registry(host);
            for _ in 0..number(times) {
                let names = registry.repositories(call).rest(call).expect("a list");
                assert_eq!(names.len(), number(expected));
            }
        }
        ["digests", host, image, times] => {
            let registry = registry(host);
            let image = Reference::parse(image).expect("a name");
            for _ in 0..number(times) {
                registry.digest(&image, call).expect("a digest");
            }
        }
        _ => panic!("no such work: {words:?}"),
    }
}

fn number(text: &str) -> usize {
    text.parse().expect("a number")
}

fn engine(endpoint: &str) -> Engine {
    Engine::new(endpoint, &EngineOptions::default()).expect("a handle")
}

fn registry(host: &str) -> Registry {
    Registry::new(host, &RegistryOptions::default()).expect("a handle")
}

fn inspect(engine: &Engine, image: &str, count: usize) {
    for _ in 0..count {
        engine
            .inspect_image(image, &Default::default(), &mut Call::new())
            .expect("inspect");
    }
}

fn push_direct(engine: Engine, local: &str, remote: &str, way: &str) {
    let (via, compression) = match way {
        "gzip" => (PushVia::Direct, LayerCompression::GZIP),
        "zstd" => (PushVia::Direct, LayerCompression::ZSTD),
        _ => (PushVia::Auto, LayerCompression::GZIP),
    };
    let options = PushImageOptions {
        via,
        compression,
        ..PushImageOptions::default()
    };
    let local = LocalImage::parse(local).expect("a name");
    let remote = RemoteImage::parse(remote).expect("a name");
    Images::new(engine, &RegistryOptions::default())
        .push(&local, Some(&remote), &options, &mut Call::new())
        .expect("a push");
}

fn copy(from: &Place, to: &Place, options: &CopyOptions, call: &mut Call) {
    imgferry::copy(from, to, options, call).expect("a copy");
}
