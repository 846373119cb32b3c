//! Where the files of a tar lie in it.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::failure::Place;
use super::pulse::Pulse;
use super::section::Section;
use super::tar_entries::{Broken, Entries, Entry, Tape};
use super::tar_header::BLOCK;
use super::tar_name::normal;
use crate::call::Call;
use crate::error::Result;

/// An image has some hundred entries. Each takes memory.
const MAX_ENTRIES: usize = 100_000;

/// All names together, in bytes: 160 for each entry, and the longest known ones have 84.
const MAX_NAMES: usize = 16 * 1024 * 1024;

/// As many as Linux follows.
const MAX_LINKS: usize = 40;

/// The files of a tar by their names, found in one pass over its headers.
#[derive(Debug)]
pub(super) struct TarIndex {
    entries: BTreeMap<String, Entry<Section>>,
}

/// What is under a name.
#[derive(Debug)]
pub(super) enum Found {
    File(Section),
    Nothing,
    /// Something that is no file, in words.
    Other(String),
}

impl TarIndex {
    /// Reads the headers of a tar that is not compressed.
    ///
    /// Fails when it is damaged or was cut, and for what readers might take for different things: a name twice, an
    /// absolute name or one with `..`, a link that leads out of the archive or nowhere, a device, a sparse file.
    pub(super) fn read(archive: &Section, place: &Place, call: &mut Call<'_>) -> Result<TarIndex> {
        let mut index = TarIndex {
            entries: BTreeMap::new(),
        };
        let (mut entries, mut pulse) = (Entries::new(SectionTape::new(archive)), Pulse::new());
        let mut name_bytes = 0;
        loop {
            pulse.beat(call)?;
            let next = entries.next().map_err(|broken| match broken {
                Broken::Archive(what) => place.broken(what, call),
                Broken::Io(source) => place.io("reading the archive", source, call),
            })?;
            let Some((name, entry)) = next else { break };
            name_bytes += name.len();
            if let Entry::Link(target) = &entry {
                name_bytes += target.len();
            }
            if index.entries.len() == MAX_ENTRIES || name_bytes > MAX_NAMES {
                let what = format!(
                    "it has more than {MAX_ENTRIES} entries, or more than {MAX_NAMES} bytes of names"
                );
                return Err(place.broken(what, call));
            }
            let added = index.add(name, entry);
            added.map_err(|what| place.broken(what, call))?;
        }
        for name in index.entries.keys() {
            pulse.beat(call)?;
            let checked = index.check_folders(name).and_then(|()| index.follow(name));
            checked.map_err(|what| place.broken(what, call))?;
        }
        Ok(index)
    }

    fn add(&mut self, name: String, entry: Entry<Section>) -> Result<(), String> {
        let is_folder = matches!(entry, Entry::Folder);
        if name.is_empty() {
            return match is_folder {
                true => Ok(()),
                false => Err("its root is not a folder".into()),
            };
        }
        match self.entries.insert(name.clone(), entry) {
            None => Ok(()),
            Some(Entry::Folder) if is_folder => Ok(()),
            Some(_) => Err(format!("it has {name:?} twice")),
        }
    }

    /// Whoever unpacks the archive writes what lies below a link to where the link leads.
    fn check_folders(&self, name: &str) -> Result<(), String> {
        for (at, _) in name.match_indices('/') {
            match self.entries.get(&name[..at]) {
                None | Some(Entry::Folder) => {}
                Some(_) => {
                    return Err(format!(
                        "{name:?} lies in {:?}, which is no folder",
                        &name[..at]
                    ));
                }
            }
        }
        Ok(())
    }

    /// What is under `path`, which may be written in any form.
    ///
    /// An error says why the path is none.
    pub(super) fn find(&self, path: &str) -> Result<Found, String> {
        self.follow(&normal(path.as_bytes())?)
    }

    fn follow(&self, name: &str) -> Result<Found, String> {
        let mut at = name;
        for _ in 0..=MAX_LINKS {
            match self.entries.get(at) {
                Some(Entry::File(section)) => return Ok(Found::File(section.clone())),
                Some(Entry::Folder) => return Ok(Found::Other(format!("{at:?} is a folder"))),
                Some(Entry::Link(target)) => at = target,
                None if at == name => return Ok(Found::Nothing),
                None => {
                    let what = format!("the link {name:?} leads to {at:?}, which is not there");
                    return Ok(Found::Other(what));
                }
            }
        }
        Err(format!("the link {name:?} leads nowhere but to links"))
    }
}

/// A tar in a file, of which nothing but the headers is read.
struct SectionTape<'a> {
    archive: &'a Section,
    position: u64,
}

impl<'a> SectionTape<'a> {
    fn new(archive: &'a Section) -> SectionTape<'a> {
        SectionTape {
            archive,
            position: 0,
        }
    }
}

impl Tape for SectionTape<'_> {
    type Content = Section;

    fn position(&self) -> u64 {
        self.position
    }

    fn block(&mut self) -> io::Result<Option<[u8; BLOCK as usize]>> {
        let Some(section) = self.archive.part(self.position, BLOCK) else {
            return Ok(None);
        };
        let mut block = [0; BLOCK as usize];
        section.reader().read_exact(&mut block)?;
        self.position += BLOCK;
        Ok(Some(block))
    }

    fn content(&mut self, size: u64) -> Result<Section, Broken> {
        let content = self.archive.part(self.position, size).ok_or_else(|| {
            format!(
                "it was cut: {size} bytes should follow byte {}, and it has {}",
                self.position,
                self.archive.size()
            )
        })?;
        // It fits into a file, so that this does not overflow.
        self.position += size.next_multiple_of(BLOCK);
        Ok(content)
    }

    fn document(&mut self, size: u64) -> Result<Vec<u8>, Broken> {
        let mut bytes = Vec::new();
        self.content(size)?.reader().read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Cancel;
    use crate::error::{Error, ErrorKind};
    use crate::store::testing::{Tar, opened};

    fn index(tar: &Tar) -> Result<TarIndex> {
        let (_folder, section) = opened(&tar.bytes());
        TarIndex::read(&section, &Place::named("test.tar"), &mut Call::new())
    }

    fn text(index: &TarIndex, path: &str) -> String {
        let Ok(Found::File(section)) = index.find(path) else {
            panic!("{path}: {:?}", index.find(path));
        };
        let mut text = String::new();
        section.reader().read_to_string(&mut text).expect("read");
        text
    }

    /// What was wrong with the archive.
    fn refused(tar: &Tar) -> String {
        match index(tar).expect_err("refused") {
            Error::Archive { kind, what, .. } => {
                assert_eq!(kind, ErrorKind::Protocol);
                what
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_are_found_however_their_names_are_written() {
        let long = format!("long/{}", "n".repeat(300));
        let mut tar = Tar::new();
        tar.folder("./")
            .folder("a/")
            .folder("./a")
            .file("./a/b", "1")
            .file(&long, "2");
        tar.pax(&[("path", "pax/c\n="), ("mtime", "1.5")], |tar| {
            tar.file("short", "3")
        });
        let index = index(&tar).expect("an index");
        assert_eq!(text(&index, "a/b"), "1");
        assert_eq!(text(&index, "./a//b"), "1");
        assert_eq!(text(&index, &long), "2");
        assert_eq!(text(&index, "pax/c\n="), "3");
        assert!(matches!(index.find("short"), Ok(Found::Nothing)));
        assert!(matches!(index.find("a"), Ok(Found::Other(_))));
        index.find("../a").expect_err("no path");
    }

    #[test]
    fn links_inside_are_followed() {
        let mut tar = Tar::new();
        tar.file("one/layer.tar", "layer")
            .symlink("two/layer.tar", "../one/layer.tar");
        tar.symlink("three", "./two/layer.tar")
            .hard_link("four", "./three");
        tar.symlink("nowhere", "none").symlink("folder", "one");
        let index = index(&tar).expect("an index");
        for name in ["one/layer.tar", "two/layer.tar", "three", "four"] {
            assert_eq!(text(&index, name), "layer");
        }
        for (name, reason) in [("nowhere", "which is not there"), ("folder", "not there")] {
            let Ok(Found::Other(what)) = index.find(name) else {
                panic!("{name}");
            };
            assert!(what.contains(reason), "{what}");
        }
    }

    // case 38
    #[test]
    fn links_in_a_circle_and_out_of_the_archive_are_refused() {
        let mut circle = Tar::new();
        circle
            .symlink("a", "b")
            .symlink("b", "c")
            .hard_link("c", "a");
        assert!(refused(&circle).contains("leads nowhere but to links"));
        let mut itself = Tar::new();
        itself.symlink("a", "a");
        assert!(refused(&itself).contains("leads nowhere but to links"));
        for target in ["../x", "/etc/passwd", "b/../../x"] {
            let mut out = Tar::new();
            out.symlink("a", target);
            assert!(
                refused(&out).contains("leads out of the archive"),
                "{target}"
            );
            let mut out = Tar::new();
            out.hard_link("a", target);
            refused(&out);
        }
        let mut below = Tar::new();
        below.symlink("a", "b").file("a/x", "1").folder("b");
        assert!(refused(&below).contains("which is no folder"));
    }

    // case 38
    #[test]
    fn what_readers_might_take_for_different_things_is_refused() {
        type Made = fn(&mut Tar) -> &mut Tar;
        let hostile: [(&str, Made); 15] = [
            ("twice", |tar| tar.file("a", "1").file("./a", "2")),
            ("twice", |tar| tar.file("a", "1").folder("a")),
            ("twice", |tar| tar.symlink("a", "b").file("a", "2")),
            ("root is not a folder", |tar| tar.file("./.", "1")),
            ("absolute", |tar| tar.file("/a", "1")),
            ("leads out", |tar| tar.file("a/../../b", "1")),
            ("is a device", |tar| tar.kind("a", b'3')),
            ("is a pipe", |tar| tar.kind("a", b'6')),
            ("sparse", |tar| tar.kind("a", b'S')),
            ("unknown kind 'V'", |tar| tar.kind("a", b'V')),
            ("sparse", |tar| {
                tar.pax(&[("GNU.sparse.major", "1")], |tar| tar.file("a", "1"))
            }),
            ("described twice", |tar| {
                tar.pax(&[("path", "b"), ("path", "c")], |tar| tar.file("a", "1"))
            }),
            ("again and again", |tar| {
                let note = [("comment", "a note")];
                (0..20).fold(tar, |tar, _| tar.global_pax(&note))
            }),
            ("of all entries", |tar| tar.global_pax(&[("size", "0")])),
            ("is no file and has 7 bytes", |tar| {
                tar.pax(&[("size", "7")], |tar| tar.folder("a"))
            }),
        ];
        for (reason, make) in hostile {
            let mut tar = Tar::new();
            make(&mut tar);
            let what = refused(&tar);
            assert!(what.contains(reason), "{what}");
        }
    }

    #[test]
    fn a_size_that_only_the_description_has_counts() {
        let mut tar = Tar::new();
        tar.pax(&[("size", "5")], |tar| tar.file_of_size("a", "12345", 0));
        tar.global_pax(&[("comment", "a note")]).file("b", "6");
        let index = index(&tar).expect("an index");
        assert_eq!(
            (text(&index, "a"), text(&index, "b")),
            ("12345".into(), "6".into())
        );
    }

    // case 38
    #[test]
    fn a_damaged_or_shortened_archive_is_refused() {
        let mut tar = Tar::new();
        tar.file("a", "content").file("b", "content");
        let whole = tar.bytes();
        let read = |bytes: &[u8]| {
            let (_folder, section) = opened(bytes);
            let index = TarIndex::read(&section, &Place::named("x"), &mut Call::new());
            index.map(drop).map_err(|error| error.to_string())
        };
        read(&whole).expect("a whole archive");
        for length in (0..whole.len() - 1024).step_by(64) {
            let error = read(&whole[..length]).expect_err("cut");
            assert!(
                error.contains("without the mark of its end") || error.contains("was cut"),
                "{error}"
            );
        }
        let mut damaged = whole.clone();
        damaged[1024 + 10] ^= 1;
        assert!(
            read(&damaged)
                .expect_err("damaged")
                .contains("the header at byte 1024")
        );
        let error = read(&[b'x'; 4096]).expect_err("no tar");
        assert!(error.contains("not a tar archive"), "{error}");
    }

    // case 38
    #[test]
    fn an_archive_that_is_all_names_does_not_fill_the_memory() {
        let mut names = Tar::new();
        for number in 0..4200 {
            names.file(&format!("{number}/{}", "n".repeat(4000)), "");
        }
        assert!(refused(&names).contains("bytes of names"));
        let mut described = Tar::new();
        described
            .file_of_kind("x", b'x', "y".repeat(1024 * 1024 + 1))
            .file("a", "1");
        assert!(refused(&described).contains("is described in"));
    }

    #[test]
    fn an_archive_of_more_files_than_any_image_has_is_refused() {
        let mut many = Tar::new();
        for number in 0..=MAX_ENTRIES {
            many.folder(&number.to_string());
        }
        assert!(refused(&many).contains("more than 100000 entries"));
    }

    #[test]
    fn a_file_that_says_it_has_exabytes_is_cut_and_not_room_that_is_made() {
        for size in ["9223372036854775807", "18446744073709551615"] {
            let mut said = Tar::new();
            said.pax(&[("size", size)], |tar| tar.file("a", "1"));
            assert!(refused(&said).contains("it was cut"), "{size}");
        }
        let mut in_binary = Tar::new();
        in_binary.file_of_size("a", "1", 1 << 63);
        assert!(refused(&in_binary).contains("it was cut"));
        let mut of_description = Tar::new();
        of_description.entry("x", b'x', "", b"", 1 << 63);
        assert!(refused(&of_description).contains("is described in"));
    }

    #[test]
    fn a_call_that_is_cancelled_ends_the_reading() {
        let mut tar = Tar::new();
        tar.file("a", "1");
        let (_folder, section) = opened(&tar.bytes());
        let cancel = Cancel::new();
        cancel.cancel();
        let mut call = Call::new().cancel(&cancel);
        let error = TarIndex::read(&section, &Place::named("x"), &mut call).expect_err("left");
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }
}
