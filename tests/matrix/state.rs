//! What there is of a case at the real parts and in its folder, told in lines that are the same for each case.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use imgferry::{Call, Digest, ListOptions};

use crate::scene::Scene;

/// A session begins with this, as there may be several and each has another name.
pub const SESSION: &str = "upload ";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State(pub BTreeSet<String>);

impl State {
    /// What is there now, without the images of the engine where they do not matter.
    pub fn of(scene: &Scene, has_engine: bool) -> State {
        let mut lines = BTreeSet::new();
        in_registry(scene, &mut lines);
        in_folder(scene.folder.path(), &mut lines);
        if has_engine {
            in_engine(scene, &mut lines);
        }
        State(lines.iter().map(|line| scene.normal(line)).collect())
    }

    /// The uploads that the registry still waits for.
    pub fn sessions(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|line| line.strip_prefix(SESSION))
    }

    /// All but the uploads.
    pub fn without_sessions(&self) -> BTreeSet<String> {
        let is_other = |line: &&String| !line.starts_with(SESSION);
        self.0.iter().filter(is_other).cloned().collect()
    }
}

/// As docker-registry keeps it on its disk.
fn in_registry(scene: &Scene, lines: &mut BTreeSet<String>) {
    let repositories = scene.stage.registry.root();
    let repository = repositories
        .join("docker/registry/v2/repositories")
        .join(&scene.name);
    for tag in names(&repository.join("_manifests/tags")) {
        let link = repository.join(format!("_manifests/tags/{tag}/current/link"));
        // A tag that is being written has no link yet.
        if let Ok(digest) = fs::read_to_string(link) {
            lines.insert(format!("tag {tag} is {digest}"));
        }
    }
    for (what, folder) in [
        ("manifest", "_manifests/revisions/sha256"),
        ("blob", "_layers/sha256"),
    ] {
        for hex in names(&repository.join(folder)) {
            if repository.join(folder).join(&hex).join("link").exists() {
                lines.insert(format!("{what} {hex}"));
            }
        }
    }
    for session in names(&repository.join("_uploads")) {
        // Of one that is given up, its folder stays and this file goes.
        let begun = repository.join(format!("_uploads/{session}/startedat"));
        if begun.exists() {
            lines.insert(format!("{SESSION}{session}"));
        }
    }
}

fn in_folder(folder: &Path, lines: &mut BTreeSet<String>) {
    for name in names(folder) {
        let path = folder.join(&name);
        match path.is_dir() {
            true => in_folder(&path, lines),
            false => {
                let bytes = fs::read(&path).expect("a file");
                let sum = Digest::sha256(&bytes);
                lines.insert(format!("file {} is {sum}", path.display()));
            }
        }
    }
}

fn in_engine(scene: &Scene, lines: &mut BTreeSet<String>) {
    let call = &mut Call::new();
    let client = &scene.direct_engine;
    let images = client
        .images(&ListOptions::default(), call)
        .expect("the list of images");
    for image in images {
        let is_own = |text: &String| text.contains(&scene.name);
        let names = image.repo_tags.iter().chain(&image.repo_digests);
        let labels = image.labels.iter().map(|(_, value)| value);
        for name in names.chain(labels).filter(|name| is_own(name)) {
            // An import has another time each time, and so another ID.
            let layers = match client.inspect_image(&image.id, &Default::default(), call) {
                Ok(details) => details.layers.join(" "),
                Err(error) => error.to_string(),
            };
            lines.insert(format!("image {name} has {layers}"));
        }
    }
}

/// Of what is in a folder; nothing of one that is not there.
fn names(folder: &Path) -> Vec<String> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        entries => entries.expect("a folder"),
    };
    entries
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.into_string().expect("a name in UTF-8"))
        .collect()
}
