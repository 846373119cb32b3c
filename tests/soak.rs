//! What a program holds that has done many things is what it held after the first of them.

mod support;

use support::{CProgram, Engine, ImageSpec, LayerSpec, Library, Registry, TempDir, deep};

/// What the program holds at a moment.
#[derive(Debug)]
struct Holds {
    descriptors: u64,
    threads: u64,
    resident_kib: u64,
}

/// An engine and a registry that have an image, and what `tests/c/soak.c` wants to know of them.
struct Soak {
    engine: Engine,
    registry: Registry,
    folder: TempDir,
}

/// So many operations come before it is looked for the first time.
const FIRST: u32 = 500;

impl Soak {
    fn prepare() -> Soak {
        let soak = Soak {
            engine: Engine::start(),
            registry: Registry::start(Default::default()),
            folder: TempDir::new("soak"),
        };
        let layer = LayerSpec {
            bytes: 60_000,
            files: 3,
            incompressible_share: 0.5,
        };
        let spec = ImageSpec::new(&soak.image(), &[layer; 3]);
        spec.write_archive(&soak.folder.join("image.tar"));
        soak.engine.load(&spec);
        soak.engine.docker_ok(&["push", "--quiet", &soak.image()]);
        soak
    }

    fn image(&self) -> String {
        format!("{}/soak:1", self.registry.host())
    }

    fn arguments(&self, operations: u32) -> [String; 7] {
        let path = |name: &str| self.folder.join(name).display().to_string();
        [
            self.engine.endpoint(),
            self.image(),
            self.registry.host().to_owned(),
            path("image.tar"),
            self.folder.path().display().to_string(),
            FIRST.min(operations / 2).to_string(),
            operations.to_string(),
        ]
    }
}

/// What it held after the first operations, and after all.
fn both(said: &str) -> [Holds; 2] {
    let holds = said.lines().map(|line| {
        let numbers = line.split(' ').map(|word| word.parse().expect("a number"));
        match numbers.collect::<Vec<u64>>()[..] {
            [descriptors, threads, resident_kib] => Holds {
                descriptors,
                threads,
                resident_kib,
            },
            _ => panic!("{said}"),
        }
    });
    let holds: Vec<Holds> = holds.collect();
    holds.try_into().unwrap_or_else(|_| panic!("{said}"))
}

#[test]
fn a_program_that_does_thousands_of_things_holds_no_more_at_its_end() {
    let soak = Soak::prepare();
    let operations = if deep() { 20_000 } else { 1_000 };
    let program = CProgram::build("soak.c", Library::Shared);
    let [first, last] = both(&program.run(soak.arguments(operations)));
    println!("after {FIRST} operations: {first:?}; after {operations}: {last:?}");
    assert_eq!(last.descriptors, first.descriptors);
    assert_eq!(last.threads, first.threads);
    let more = last.resident_kib.saturating_sub(first.resident_kib);
    assert!(
        more <= (first.resident_kib / 20).max(1024),
        "{more} KiB more"
    );
}

#[test]
fn a_program_that_does_many_things_does_nothing_wrong_with_memory() {
    let soak = Soak::prepare();
    let operations = if deep() { 2_000 } else { 40 };
    let program = CProgram::build("soak.c", Library::Shared);
    let [first, last] = both(&program.run_checked(soak.arguments(operations)));
    println!("under valgrind, in {operations} operations: {first:?}, then {last:?}");
    assert_eq!(last.threads, first.threads);
}
