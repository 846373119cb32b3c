//! A file that remembers what layers have become, so that they need not be compressed and uploaded again.
//!
//! Each line is an entry for itself, with a check sum; what is damaged is passed over. Several processes use it at the same
//! time: who writes has it for itself. That an entry is still true in the registry is asked before it is used.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::oci::Blob;
use crate::reference::Reference;

/// What is larger is made smaller: the older half of its entries goes.
const MAX_FILE: u64 = 8 * 1024 * 1024;

pub(super) struct LayerCache {
    path: PathBuf,
}

/// A layer that was brought to a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    diff_id: String,
    /// How it was compressed.
    how: String,
    digest: String,
    size: u64,
    repository: String,
    /// The beginning of the digest of the rest.
    check: String,
}

impl Entry {
    fn sum(&self) -> String {
        let rest = format!(
            "{} {} {} {} {}",
            self.diff_id, self.how, self.digest, self.size, self.repository
        );
        Digest::sha256(rest.as_bytes()).hex()[..16].to_owned()
    }

    fn blob(&self) -> Option<Blob> {
        Some(Blob {
            digest: Digest::parse(&self.digest).ok()?,
            size: self.size,
        })
    }
}

impl LayerCache {
    pub(super) fn new(path: &Path) -> LayerCache {
        LayerCache {
            path: path.to_owned(),
        }
    }

    /// What layers have become when they were compressed in this way, each with the repositories of this registry that
    /// have got it, the last one first.
    pub(super) fn find(
        &self,
        layers: &[Digest],
        how: &str,
        host: &str,
        call: &Call<'_>,
    ) -> Result<HashMap<Digest, Vec<(String, Blob)>>> {
        let mut found: HashMap<Digest, Vec<(String, Blob)>> = HashMap::new();
        for entry in self.read(call)?.into_iter().rev() {
            let Some(layer) = layers.iter().find(|layer| layer.as_str() == entry.diff_id) else {
                continue;
            };
            let path = entry.repository.strip_prefix(host);
            let path = path.and_then(|path| path.strip_prefix('/'));
            if let (true, Some(path), Some(blob)) = (entry.how == how, path, entry.blob()) {
                found
                    .entry(layer.clone())
                    .or_default()
                    .push((path.to_owned(), blob));
            }
        }
        Ok(found)
    }

    /// Notes what layers have become in a repository.
    pub(super) fn note(
        &self,
        made: &HashMap<Digest, Blob>,
        how: &str,
        target: &Reference,
        call: &Call<'_>,
    ) -> Result<()> {
        let repository = target.repository().to_owned();
        let entries = made.iter().map(|(diff_id, blob)| {
            let mut entry = Entry {
                diff_id: diff_id.to_string(),
                how: how.to_owned(),
                digest: blob.digest.to_string(),
                size: blob.size,
                repository: repository.clone(),
                check: String::new(),
            };
            entry.check = entry.sum();
            entry
        });
        let new: Vec<Entry> = entries.collect();
        let written = self.alone().and_then(|mut file| {
            let old = read_all(&mut file)?;
            let known = entries_of(&old);
            let new: Vec<&Entry> = new.iter().filter(|new| !known.contains(new)).collect();
            if new.is_empty() {
                return Ok(());
            }
            let mut lines = lines(&new)?;
            if old.len() as u64 > MAX_FILE {
                let newer: Vec<&Entry> = known.iter().skip(known.len() / 2).collect();
                lines = [self::lines(&newer)?, lines].concat();
                file.set_len(0)?;
            } else if !old.is_empty() && !old.ends_with(b"\n") {
                // Somebody was killed in the middle of a line.
                lines.insert(0, b'\n');
            }
            file.write_all(&lines)
        });
        written.map_err(|source| self.failed("writing", source, call))
    }

    fn read(&self, call: &Call<'_>) -> Result<Vec<Entry>> {
        let read = File::open(&self.path).and_then(|mut file| {
            file.lock_shared()?;
            read_all(&mut file)
        });
        match read {
            Ok(bytes) => Ok(entries_of(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(self.failed("reading", source, call)),
        }
    }

    fn alone(&self) -> io::Result<File> {
        let file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(&self.path)?;
        file.lock()?;
        Ok(file)
    }

    fn failed(&self, action: &str, source: io::Error, call: &Call<'_>) -> Error {
        Error::Io {
            context: call.context("", ""),
            action: format!("{action} the layer cache {}", self.path.display()),
            source,
        }
    }
}

fn read_all(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    // Others may write more than fits, but not much more.
    file.take(2 * MAX_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn lines(entries: &[&Entry]) -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut lines, entry)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// What is damaged costs time, and nothing else.
fn entries_of(bytes: &[u8]) -> Vec<Entry> {
    bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Entry>(line).ok())
        .filter(|entry| entry.check == entry.sum())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;

    use super::*;
    use crate::environment::testing::Folder;

    fn digest(text: &str) -> Digest {
        Digest::sha256(text.as_bytes())
    }

    fn blob(text: &str) -> Blob {
        Blob {
            digest: digest(text),
            size: text.len() as u64,
        }
    }

    fn made(layers: &[&str]) -> HashMap<Digest, Blob> {
        let made = layers
            .iter()
            .map(|layer| (digest(layer), blob(&format!("{layer} packed"))));
        made.collect()
    }

    fn repository(text: &str) -> Reference {
        Reference::parse(text).expect("a reference")
    }

    #[test]
    fn what_was_noted_is_found_for_the_same_registry_and_compression() {
        let folder = Folder::new("layer-cache");
        let (cache, call) = (LayerCache::new(&folder.path().join("cache")), &Call::new());
        let layers = [digest("a"), digest("b")];
        assert!(
            cache
                .find(&layers, "gzip", "h:1", call)
                .expect("read")
                .is_empty()
        );
        cache
            .note(&made(&["a"]), "gzip", &repository("h:1/team/x:1"), call)
            .expect("noted");
        cache
            .note(&made(&["a"]), "gzip", &repository("h:1/team/y:1"), call)
            .expect("noted");
        cache
            .note(
                &made(&["a", "b"]),
                "zstd",
                &repository("h:1/team/x:1"),
                call,
            )
            .expect("noted");
        cache
            .note(&made(&["b"]), "gzip", &repository("other/team/x:1"), call)
            .expect("noted");
        let found = cache.find(&layers, "gzip", "h:1", call).expect("read");
        let expected = |path: &str| (path.to_owned(), blob("a packed"));
        let expected = vec![expected("team/y"), expected("team/x")];
        assert_eq!(found, HashMap::from([(digest("a"), expected)]));
        let size = fs::metadata(folder.path().join("cache")).expect("it").len();
        cache
            .note(&made(&["a"]), "gzip", &repository("h:1/team/x:1"), call)
            .expect("noted");
        let again = fs::metadata(folder.path().join("cache")).expect("it").len();
        assert_eq!(again, size, "nothing is noted twice");
    }

    #[test]
    fn what_is_damaged_is_passed_over() {
        let folder = Folder::new("layer-cache");
        let path = folder.path().join("cache");
        let (cache, call) = (LayerCache::new(&path), &Call::new());
        let target = repository("h:1/x:1");
        cache
            .note(&made(&["a"]), "gzip", &target, call)
            .expect("noted");
        let mut bytes = fs::read(&path).expect("it");
        let at = bytes
            .iter()
            .position(|byte| *byte == b'1')
            .expect("a digit");
        bytes[at] = b'2';
        bytes.extend_from_slice(b"\xff\n{\"diff_id\":");
        fs::write(&path, bytes).expect("written");
        cache
            .note(&made(&["b"]), "gzip", &target, call)
            .expect("noted");
        let layers = [digest("a"), digest("b")];
        let found = cache.find(&layers, "gzip", "h:1", call).expect("read");
        assert_eq!(found.keys().collect::<Vec<_>>(), [&digest("b")]);
    }

    #[test]
    fn many_write_at_the_same_time_and_nothing_is_lost() {
        let folder = Folder::new("layer-cache");
        let path = folder.path().join("cache");
        let names: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        thread::scope(|scope| {
            for names in names.chunks(10) {
                let cache = LayerCache::new(&path);
                scope.spawn(move || {
                    for name in names {
                        let target = repository("h:1/x:1");
                        cache
                            .note(&made(&[name]), "gzip", &target, &Call::new())
                            .expect("noted");
                    }
                });
            }
        });
        let layers: Vec<Digest> = names.iter().map(|name| digest(name)).collect();
        let found = LayerCache::new(&path).find(&layers, "gzip", "h:1", &Call::new());
        assert_eq!(found.expect("read").len(), 40);
    }
}
