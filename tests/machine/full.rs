//! A disk without room, and one that may not be written.

use std::fs::{self, File};
use std::path::Path;

use imgferry::{
    ArchiveOptions, BlobOptions, BlobSource, Call, CopyOptions, ErrorKind, Images, LocalImage,
    Place, PushImageOptions, PushVia, RegistryOptions, RemoteImage, Result, UploadOptions, copy,
};

use super::support::{
    Engine, Registry, SmallDisk, TempDir, given, in_own_process, is_own_process, unique,
};
use super::{engine_of, image, layer_of, parse, registry_of};

const LAYER: u64 = 20_000_000;

/// What takes the room that a retry needs.
struct Ballast<'d>(&'d SmallDisk);

impl Ballast<'_> {
    fn new(disk: &SmallDisk, bytes: u64) -> Ballast<'_> {
        let file = File::create(disk.path().join("ballast")).expect("a file");
        let mut zeros = std::io::Read::take(std::io::repeat(0), bytes);
        std::io::copy(&mut zeros, &mut &file).expect("room for it");
        Ballast(disk)
    }

    fn remove(self) {
        fs::remove_file(self.0.path().join("ballast")).expect("a file to remove");
    }
}

/// What is written to `folder`, and what is there when it has failed, besides the ballast.
type Writes<'w> = (&'static str, Box<dyn Fn(&Path) -> Result<()> + 'w>);

#[test]
fn a_full_disk_is_named_and_when_there_is_room_the_same_call_succeeds() {
    let (part, registry) = (Engine::shared(), Registry::shared());
    let name = format!("{}/{}:1", registry.host(), unique("room"));
    let spec = image(&name, LAYER);
    spec.push_by_skopeo(&name);
    part.load(&spec);
    let (engine, at) = (engine_of(part), registry_of(registry));
    let name = parse(&name);
    let layer = layer_of(&at, &name);
    let from = Place::registry(&at, &name);
    let to =
        |place: Place| copy(&from, &place, &CopyOptions::default(), &mut Call::new()).map(drop);
    let writes: [Writes<'_>; 5] = [
        (
            "an archive of the engine's",
            Box::new(|folder| {
                let (options, file) = (ArchiveOptions::default(), folder.join("saved.tar"));
                let saved =
                    engine.save_images_file(&[name.as_str()], &options, &file, &mut Call::new());
                saved.map(drop)
            }),
        ),
        (
            "a blob",
            Box::new(|folder| {
                let (options, file) = (BlobOptions::default(), folder.join("blob"));
                let saved = at.save_blob_file(&layer, &options, &file, &mut Call::new());
                saved.map(drop)
            }),
        ),
        (
            "a layout",
            Box::new(|folder| to(Place::oci_layout(folder.join("layout"), Some("1")))),
        ),
        (
            "an OCI archive",
            Box::new(|folder| to(Place::oci_archive(folder.join("oci.tar"), Some("1")))),
        ),
        (
            "a docker archive",
            Box::new(|folder| {
                to(Place::docker_archive(
                    folder.join("docker.tar"),
                    Some("demo/room:1"),
                ))
            }),
        ),
    ];
    for (what, write) in writes {
        let disk = SmallDisk::new(64);
        let ballast = Ballast::new(&disk, 56_000_000);
        let error = write(disk.path()).expect_err(what);
        println!("{what}: {}", error.report());
        assert_eq!(error.kind(), ErrorKind::NoSpace, "{what}: {error}");
        let path = disk.path().display().to_string();
        assert!(error.report().contains(&path), "it names where: {error}");
        let shown = ["saved.tar", "blob", "oci.tar", "docker.tar"];
        for file in shown.map(|name| disk.path().join(name)) {
            assert!(!file.exists(), "{} is not whole", file.display());
        }
        ballast.remove();
        write(disk.path()).unwrap_or_else(|error| panic!("{what}: {}", error.report()));
    }
}

#[test]
fn a_disk_that_may_not_be_written_is_named() {
    let registry = Registry::shared();
    let name = format!("{}/{}:1", registry.host(), unique("read-only"));
    image(&name, 100_000).push_by_skopeo(&name);
    let (at, name) = (registry_of(registry), parse(&name));
    let disk = SmallDisk::new(8);
    disk.protect();
    let layer = layer_of(&at, &name);
    let file = disk.path().join("blob");
    let saved = at.save_blob_file(&layer, &BlobOptions::default(), &file, &mut Call::new());
    let from = Place::registry(&at, &name);
    let to = Place::oci_layout(disk.path().join("layout"), Some("1"));
    let copied = copy(&from, &to, &CopyOptions::default(), &mut Call::new());
    for error in [saved.expect_err("a blob"), copied.expect_err("a layout")] {
        println!("{}", error.report());
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        let path = disk.path().display().to_string();
        assert!(error.report().contains(&path), "{error}");
        assert!(error.report().contains("Read-only file system"), "{error}");
    }
}

/// The folder of temporary files belongs to the process, so this one has its own.
#[test]
fn a_stream_that_finds_no_room_on_its_way_to_a_registry_says_where() {
    const HOST: &str = "IMGFERRY_TEST_HOST";
    if !is_own_process() {
        let disk = SmallDisk::new(4);
        let folder = disk.path().display().to_string();
        in_own_process(&[("TMPDIR", &folder), (HOST, Registry::shared().host())]);
        assert_eq!(fs::read_dir(disk.path()).expect("a folder").count(), 0);
        return;
    }
    let host = given(HOST);
    let at = imgferry::Registry::new(&host, &RegistryOptions::default()).expect("a handle");
    let target = parse(&format!("{host}/{}", unique("spooled")));
    let put = |bytes: u64| {
        let mut stream = std::io::Read::take(std::io::repeat(7), bytes);
        let options = UploadOptions::default();
        at.put_blob(
            &target,
            BlobSource::Stream(&mut stream),
            &options,
            &mut Call::new(),
        )
    };
    let error = put(LAYER).expect_err("there is no room for it");
    println!("{}", error.report());
    assert_eq!(error.kind(), ErrorKind::NoSpace);
    assert!(error.report().contains(&given("TMPDIR")), "{error}");
    put(1_000_000).expect("a smaller one has room");
}

#[test]
fn a_direct_push_that_finds_no_room_for_a_layer_says_where() {
    let (part, registry) = (Engine::shared(), Registry::shared());
    let local = format!("demo/{}:1", unique("spool"));
    part.load(&image(&local, LAYER));
    let images = Images::new(engine_of(part), &RegistryOptions::default());
    let local = LocalImage::parse(&local).expect("a name");
    let remote = format!("{}/{}:1", registry.host(), unique("spool"));
    let remote = RemoteImage::parse(&remote).expect("a name");
    let disk = SmallDisk::new(4);
    let push = |spool_dir: Option<&Path>| {
        let options = PushImageOptions {
            via: PushVia::Direct,
            spool_dir: spool_dir.map(Path::to_owned),
            ..PushImageOptions::default()
        };
        images.push(&local, Some(&remote), &options, &mut Call::new())
    };
    let error = push(Some(disk.path())).expect_err("there is no room for the layer");
    println!("{}", error.report());
    assert_eq!(error.kind(), ErrorKind::NoSpace);
    let path = disk.path().display().to_string();
    assert!(error.report().contains(&path), "{error}");
    assert_eq!(fs::read_dir(disk.path()).expect("a folder").count(), 0);
    let gone = images.digest(&remote, &mut Call::new());
    let gone = gone.expect_err("no tag leads to half an image");
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    push(None).expect("nothing goes to a disk");
}

#[test]
fn a_registry_without_room_is_told_of_and_takes_the_same_blob_when_it_has_some() {
    let registry = Registry::start(Default::default());
    let disk = SmallDisk::over(&registry.root().join("docker"), 32);
    let ballast = Ballast::new(&disk, 28_000_000);
    let (at, folder) = (registry_of(&registry), TempDir::new("full-registry"));
    let file = folder.join("blob");
    fs::write(&file, vec![3; 10_000_000]).expect("a file");
    let target = parse(&format!("{}/{}", registry.host(), unique("full")));
    let put = || {
        let (source, options) = (BlobSource::File(&file), UploadOptions::default());
        at.put_blob(&target, source, &options, &mut Call::new())
    };
    let error = put().expect_err("the registry has no room");
    println!("{}", error.report());
    assert!(
        matches!(error.kind(), ErrorKind::Registry | ErrorKind::NoSpace),
        "{:?}",
        error.kind()
    );
    ballast.remove();
    put().expect("it has room again");
}
