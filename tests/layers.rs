//! The picture of the architecture, held against the sources: a room uses only what lies below it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each room may use besides itself; a file without a folder is a room, too. `lib.rs` only re-exports.
const MAY_USE: &[(&str, &[&str])] = &[
    // The ground.
    ("error", &[]),
    ("grammar", &["error"]),
    ("digest", &["error", "grammar"]),
    ("reference", &["digest", "error", "grammar"]),
    ("naming", &["digest", "error", "grammar", "reference"]),
    ("json_object", &[]),
    ("oci", &["digest", "error", "json_object"]),
    ("environment", &["error"]),
    ("bounded_file", &[]),
    ("docker_config", &["bounded_file", "environment"]),
    ("progress", &["naming"]),
    ("call", &["error", "progress"]),
    ("part_file", &["error"]),
    // Its test makes a folder.
    ("nameless_file", &["environment"]),
    ("compress", &["digest", "error", "oci"]),
    ("workers", &["call", "error", "progress"]),
    (
        "credentials",
        &[
            "call",
            "docker_config",
            "environment",
            "error",
            "grammar",
            "progress",
        ],
    ),
    // The only room for HTTP.
    ("http", &["call", "environment", "error", "progress"]),
    // Strangers to each other.
    (
        "engine",
        &[
            "call",
            "credentials",
            "digest",
            "docker_config",
            "environment",
            "error",
            "grammar",
            "http",
            "json_object",
            "naming",
            "oci",
            "part_file",
            "progress",
            "reference",
        ],
    ),
    (
        "registry",
        &[
            "call",
            "credentials",
            "digest",
            "environment",
            "error",
            "grammar",
            "http",
            "json_object",
            "nameless_file",
            "oci",
            "part_file",
            "progress",
            "reference",
        ],
    ),
    (
        "store",
        &[
            "call",
            "compress",
            "digest",
            // Its tests make folders.
            "environment",
            "error",
            "nameless_file",
            "oci",
            "part_file",
            "progress",
            "reference",
        ],
    ),
    // From one of them to another.
    (
        "copy",
        &[
            "call",
            "compress",
            "digest",
            "engine",
            "error",
            "nameless_file",
            "oci",
            "part_file",
            "progress",
            "reference",
            "registry",
            "store",
            "workers",
        ],
    ),
    // The facade.
    (
        "images",
        &[
            "bounded_file",
            "call",
            "compress",
            "copy",
            "credentials",
            "digest",
            "engine",
            "environment",
            "error",
            "grammar",
            "naming",
            "oci",
            "progress",
            "reference",
            "registry",
        ],
    ),
    // The C contract knows the public Rust API, which is re-exported at the root.
    ("ffi", &[ROOT]),
    // The list of what is fuzzed in all rooms.
    (
        "fuzzed",
        &[
            "credentials",
            "engine",
            "ffi",
            "naming",
            "oci",
            "registry",
            "store",
        ],
    ),
];

/// A use of something that is re-exported at the root, such as `crate::Engine`.
const ROOT: &str = "(root)";

struct Source {
    path: PathBuf,
    room: String,
    /// Without comments.
    code: String,
}

fn sources() -> Vec<Source> {
    fn visit(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => visit(&path, found),
                false => found.push(path),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    visit(&root, &mut paths);
    paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let below = path.strip_prefix(&root).expect("below src");
            let room = below.components().next().expect("a name").as_os_str();
            let room = room
                .to_str()
                .expect("UTF-8")
                .trim_end_matches(".rs")
                .to_owned();
            let text = fs::read_to_string(&path).expect("a source");
            let lines = text
                .lines()
                .map(|line| line.split_once("//").map_or(line, |(code, _)| code));
            Source {
                code: lines.collect::<Vec<_>>().join("\n"),
                room,
                path,
            }
        })
        .collect()
}

/// The words that follow `crate::` in the code.
fn uses(code: &str) -> BTreeSet<&str> {
    code.split("crate::")
        .skip(1)
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            &rest[..end.unwrap_or(rest.len())]
        })
        .collect()
}

#[test]
fn a_room_uses_only_what_lies_below_it() {
    let rooms: BTreeSet<&str> = MAY_USE.iter().map(|(room, _)| *room).collect();
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.room != "lib") {
        let Some((_, allowed)) = MAY_USE.iter().find(|(room, _)| *room == source.room) else {
            wrong.push(format!(
                "{}: the room {} is not in the picture",
                source.path.display(),
                source.room
            ));
            continue;
        };
        for used in uses(&source.code) {
            let used = if rooms.contains(used) { used } else { ROOT };
            if used != source.room && !allowed.contains(&used) {
                wrong.push(format!("{} uses {used}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_belongs_to_one_room_is_in_no_other() {
    let files_with = |word: &str| -> Vec<String> {
        let found = sources().into_iter().filter(|source| {
            let words = source
                .code
                .split(|c: char| !c.is_alphanumeric() && c != '_');
            words.into_iter().any(|other| other == word)
        });
        found.map(|source| source.room).collect()
    };
    for (word, rooms) in [
        ("ureq", ["http"].as_slice()),
        ("unversioned", &["http"]),
        ("socket2", &["http"]),
        ("libc", &["ffi", "http"]),
        ("rustls", &["http"]),
        ("rustls_native_certs", &["http"]),
        ("MultiGzDecoder", &["compress"]),
        // Credential helpers are talked to, as engines are.
        ("UnixStream", &["http", "credentials"]),
    ] {
        assert!(
            files_with(word)
                .iter()
                .all(|found| rooms.contains(&found.as_str())),
            "{word} is for {rooms:?} only"
        );
        assert!(
            !files_with(word).is_empty(),
            "{word} is searched for in vain"
        );
    }
    assert!(
        files_with("unsafe").iter().all(|room| room == "ffi"),
        "unsafe is for ffi only"
    );
}
