//! What the tests of this room make: archives as others write them, and hostile ones.

mod docker;
mod layout;
mod sample;

use std::fs::File;
use std::io::{Read, Write};
use std::ops::ControlFlow;

use flate2::write::GzEncoder;
use tar::Header;

pub(super) use docker::{check_image, open_archive, read_image};
pub(super) use layout::{
    content, files, index_of, layout, names, names_in, open, parts, put, put_image,
};
pub(super) use sample::Sample;

use super::section::Section;
use crate::call::Call;
use crate::digest::Digest;
use crate::environment::testing::Folder;
use crate::error::Error;
use crate::oci::Descriptor;
use crate::progress::ImageProgressStep;

/// A tar that is made header by header, so that it can be wrong.
pub(super) struct Tar(Vec<u8>);

impl Tar {
    pub(super) fn new() -> Tar {
        Tar(Vec::new())
    }

    /// With the mark of its end.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.0.clone();
        bytes.resize(bytes.len() + 1024, 0);
        bytes
    }

    pub(super) fn file(&mut self, name: &str, content: impl AsRef<[u8]>) -> &mut Tar {
        self.file_of_kind(name, b'0', content)
    }

    pub(super) fn file_of_kind(
        &mut self,
        name: &str,
        kind: u8,
        content: impl AsRef<[u8]>,
    ) -> &mut Tar {
        let content = content.as_ref();
        self.entry(name, kind, "", content, content.len() as u64)
    }

    /// A file whose header says another size.
    pub(super) fn file_of_size(&mut self, name: &str, content: &str, size: u64) -> &mut Tar {
        self.entry(name, b'0', "", content.as_bytes(), size)
    }

    pub(super) fn folder(&mut self, name: &str) -> &mut Tar {
        self.kind(name, b'5')
    }

    pub(super) fn symlink(&mut self, name: &str, target: &str) -> &mut Tar {
        self.entry(name, b'2', target, b"", 0)
    }

    pub(super) fn hard_link(&mut self, name: &str, target: &str) -> &mut Tar {
        self.entry(name, b'1', target, b"", 0)
    }

    pub(super) fn kind(&mut self, name: &str, kind: u8) -> &mut Tar {
        self.entry(name, kind, "", b"", 0)
    }

    /// What `entry` adds, with a description before it.
    pub(super) fn pax(
        &mut self,
        records: &[(&str, &str)],
        entry: impl FnOnce(&mut Tar) -> &mut Tar,
    ) -> &mut Tar {
        entry(self.file_of_kind("PaxHeaders/x", b'x', pax_records(records)))
    }

    pub(super) fn global_pax(&mut self, records: &[(&str, &str)]) -> &mut Tar {
        self.file_of_kind("pax_global_header", b'g', pax_records(records))
    }

    pub(super) fn entry(
        &mut self,
        name: &str,
        kind: u8,
        target: &str,
        content: &[u8],
        size: u64,
    ) -> &mut Tar {
        if name.len() > 100 {
            self.file_of_kind("././@LongLink", b'L', format!("{name}\0"));
        }
        let mut header = Header::new_gnu();
        let old = header.as_old_mut();
        let short = &name.as_bytes()[..name.len().min(100)];
        old.name[..short.len()].copy_from_slice(short);
        old.linkname[..target.len()].copy_from_slice(target.as_bytes());
        old.linkflag[0] = kind;
        header.set_size(size);
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }
}

pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).expect("compressed");
    encoder.finish().expect("compressed")
}

pub(super) fn zstd(content: &[u8]) -> Vec<u8> {
    zstd::encode_all(content, 1).expect("compressed")
}

/// What says as much of `content` as has to be said.
pub(super) fn descriptor(content: &[u8]) -> Descriptor {
    let digest = Digest::sha256(content);
    let json = serde_json::json!({"digest": digest, "size": content.len()});
    serde_json::from_value(json).expect("a descriptor")
}

pub(super) fn all_of(mut reader: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).expect("read");
    bytes
}

/// What an archive or layout was refused for.
#[track_caller]
pub(super) fn reason<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result.expect_err("refused") {
        Error::Archive { what, .. } => what,
        other => panic!("{other:?}"),
    }
}

/// What `work` returns, and the warnings that the call had.
pub(super) fn with_warnings<T>(work: impl FnOnce(&mut Call<'_>) -> T) -> (T, Vec<String>) {
    let mut warnings = Vec::new();
    let mut note = |step: &ImageProgressStep<'_>| {
        warnings.push(step.message.to_owned());
        ControlFlow::Continue(())
    };
    let result = work(&mut Call::new().progress(&mut note));
    warnings.retain(|warning| !warning.is_empty());
    (result, warnings)
}

fn pax_records(records: &[(&str, &str)]) -> String {
    let record = |(key, value): &(&str, &str)| {
        let rest = format!(" {key}={value}\n");
        // The length counts its own digits.
        let length = (1..=5)
            .map(|digits| rest.len() + digits)
            .find(|length| length.to_string().len() + rest.len() == *length)
            .expect("a length");
        format!("{length}{rest}")
    };
    records.iter().map(record).collect()
}

/// A file with this content.
pub(super) fn opened(content: &[u8]) -> (Folder, Section) {
    let folder = Folder::new("store");
    let path = folder.path().join("file");
    std::fs::write(&path, content).expect("written");
    let section = Section::whole(File::open(path).expect("opened")).expect("a size");
    (folder, section)
}
