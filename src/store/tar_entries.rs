//! The headers of a tar, one entry after the other.
//!
//! Where readers of tar disagree about an archive, two of them can be shown two images in one file. So whatever they
//! might take for different things is refused, and not guessed at.

use std::io;

use tar::Header;

use super::tar_header::BLOCK;
use super::tar_name::{normal, symlink_target};

/// The longest description of one entry. Known writers need less than 1 KiB, some file systems attach 64 KiB.
const MAX_DESCRIPTION: u64 = 1024 * 1024;

/// GNU's long name and long target, and POSIX's description, perhaps one for all entries: no entry needs more before it.
const MAX_DESCRIPTIONS: usize = 8;

/// What one entry is; `C` stands for the content of a file.
#[derive(Debug)]
pub(crate) enum Entry<C> {
    File(C),
    Folder,
    /// Of either kind; the name that it leads to.
    Link(String),
}

/// An entry, with its name.
pub(crate) type Named<C> = (String, Entry<C>);

/// Why there is no next entry.
#[derive(Debug)]
pub(super) enum Broken {
    Archive(String),
    Io(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Broken {
        Broken::Io(error)
    }
}

impl From<String> for Broken {
    fn from(what: String) -> Broken {
        Broken::Archive(what)
    }
}

/// What a tar is read from.
pub(super) trait Tape {
    /// What stands for the content of a file.
    type Content;

    /// So many bytes were passed.
    fn position(&self) -> u64;

    /// The next block, behind all that was passed; nothing where the tape ends.
    fn block(&mut self) -> io::Result<Option<[u8; BLOCK as usize]>>;

    /// Passes the content that follows a header.
    fn content(&mut self, size: u64) -> Result<Self::Content, Broken>;

    /// Reads what follows a header, which is not much.
    fn document(&mut self, size: u64) -> Result<Vec<u8>, Broken>;
}

/// Walks through the headers of a tar.
pub(super) struct Entries<T> {
    pub(super) tape: T,
}

/// What blocks before an entry say of it.
#[derive(Default)]
struct Description {
    name: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    size: Option<u64>,
}

impl<T: Tape> Entries<T> {
    pub(super) fn new(tape: T) -> Entries<T> {
        Entries { tape }
    }

    /// Name and kind of the next entry; nothing at the mark of the archive's end.
    pub(super) fn next(&mut self) -> Result<Option<Named<T::Content>>, Broken> {
        let mut description = Description::default();
        for _ in 0..=MAX_DESCRIPTIONS {
            let at = self.tape.position();
            let Some(header) = self.header()? else {
                return match description.is_empty() {
                    true => Ok(None),
                    false => {
                        Err(format!("at byte {at} it ends where an entry was announced").into())
                    }
                };
            };
            let size = header
                .entry_size()
                .map_err(|_| format!("the header at byte {at} has no size"))?;
            match header.as_old().linkflag[0] {
                b'L' => set(&mut description.name, self.long_name(size)?, at)?,
                b'K' => set(&mut description.target, self.long_name(size)?, at)?,
                b'x' => description.read_pax(&self.described(size)?, at)?,
                b'g' => check_global(&self.described(size)?, at)?,
                kind => return self.entry(&header, kind, size, description).map(Some),
            }
        }
        let what = format!(
            "before byte {} an entry is described again and again",
            self.tape.position()
        );
        Err(what.into())
    }

    /// The next header; nothing at the mark of the end, which is a block of zeros.
    fn header(&mut self) -> Result<Option<Header>, Broken> {
        let at = self.tape.position();
        let Some(block) = self.tape.block()? else {
            return Err(format!("it ends at byte {at} without the mark of its end").into());
        };
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let header = Header::from_byte_slice(&block).clone();
        let mut summed = header.clone();
        summed.set_cksum();
        match (header.cksum(), summed.cksum()) {
            (Ok(told), Ok(sum)) if told == sum => Ok(Some(header)),
            _ if at == 0 => Err("it is not a tar archive".to_owned().into()),
            _ => Err(format!("the header at byte {at} is damaged").into()),
        }
    }

    /// What follows a header that is about the entry after it.
    fn described(&mut self, size: u64) -> Result<Vec<u8>, Broken> {
        if size > MAX_DESCRIPTION {
            return Err(format!(
                "an entry is described in {size} bytes, more than {MAX_DESCRIPTION}"
            )
            .into());
        }
        self.tape.document(size)
    }

    /// A name that did not fit into the header, in the way of GNU tar.
    fn long_name(&mut self, size: u64) -> Result<Vec<u8>, Broken> {
        let mut name = self.described(size)?;
        if name.last() == Some(&0) {
            name.pop();
        }
        Ok(name)
    }

    fn entry(
        &mut self,
        header: &Header,
        kind: u8,
        size: u64,
        description: Description,
    ) -> Result<Named<T::Content>, Broken> {
        let written = description
            .name
            .unwrap_or_else(|| header.path_bytes().into_owned());
        let name = normal(&written)?;
        let size = description.size.unwrap_or(size);
        // Before POSIX a folder was a file whose name ends so.
        let is_old_folder = kind == 0 && written.ends_with(b"/");
        let entry = match kind {
            _ if is_old_folder => Entry::Folder,
            b'0' | 0 | b'7' => return Ok((name, Entry::File(self.tape.content(size)?))),
            b'5' => Entry::Folder,
            b'1' | b'2' => {
                let target = description
                    .target
                    .or_else(|| header.link_name_bytes().map(|target| target.into_owned()))
                    .ok_or_else(|| format!("the link {name:?} leads nowhere"))?;
                Entry::Link(match kind {
                    b'1' => normal(&target)?,
                    _ => symlink_target(&name, &target)?,
                })
            }
            b'3' | b'4' => return Err(format!("{name:?} is a device").into()),
            b'6' => return Err(format!("{name:?} is a pipe").into()),
            b'S' => return Err(sparse(&name)),
            kind => {
                let what = format!("{name:?} is of the unknown kind '{}'", kind.escape_ascii());
                return Err(what.into());
            }
        };
        // Some readers skip what would follow, others take it for the next header.
        match size {
            0 => Ok((name, entry)),
            size => Err(format!("{name:?} is no file and has {size} bytes").into()),
        }
    }
}

impl Description {
    fn is_empty(&self) -> bool {
        self.name.is_none() && self.target.is_none() && self.size.is_none()
    }

    fn read_pax(&mut self, records: &[u8], at: u64) -> Result<(), Broken> {
        for record in Records(records) {
            let (key, value) = record.map_err(|()| malformed(at))?;
            match key {
                _ if value.is_empty() => {}
                b"path" => set(&mut self.name, value.to_owned(), at)?,
                b"linkpath" => set(&mut self.target, value.to_owned(), at)?,
                b"size" => set(
                    &mut self.size,
                    number(value).ok_or_else(|| malformed(at))?,
                    at,
                )?,
                key if is_sparse(key) => return Err(sparse("an entry")),
                _ => {}
            }
        }
        Ok(())
    }
}

/// What is said of all entries is a note, or readers would disagree to which of them it applies.
fn check_global(records: &[u8], at: u64) -> Result<(), Broken> {
    for record in Records(records) {
        let (key, _) = record.map_err(|()| malformed(at))?;
        if matches!(key, b"path" | b"linkpath" | b"size") || is_sparse(key) {
            let what = format!(
                "at byte {at} it sets the {} of all entries",
                key.escape_ascii()
            );
            return Err(what.into());
        }
    }
    Ok(())
}

fn set<T>(place: &mut Option<T>, value: T, at: u64) -> Result<(), Broken> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("before byte {at} an entry is described twice").into()),
    }
}

fn malformed(at: u64) -> Broken {
    format!("the description at byte {at} is malformed").into()
}

fn is_sparse(key: &[u8]) -> bool {
    key.starts_with(b"GNU.sparse.")
}

fn sparse(name: &str) -> Broken {
    format!("{name} is a sparse file").into()
}

fn number(value: &[u8]) -> Option<u64> {
    let text = str::from_utf8(value).ok()?;
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

/// The records of a PAX header (POSIX, pax, "pax Header Block"), each `<length> <key>=<value>` and a newline. The
/// length counts, as a value may have newlines.
struct Records<'d>(&'d [u8]);

impl<'d> Iterator for Records<'d> {
    type Item = Result<(&'d [u8], &'d [u8]), ()>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let record = self.split();
        if record.is_none() {
            self.0 = &[];
        }
        Some(record.ok_or(()))
    }
}

impl<'d> Records<'d> {
    fn split(&mut self) -> Option<(&'d [u8], &'d [u8])> {
        let blank = self.0.iter().position(|byte| *byte == b' ')?;
        let length = usize::try_from(number(&self.0[..blank])?).ok()?;
        let (record, rest) = self.0.split_at_checked(length)?;
        let pair = record.get(blank + 1..)?.strip_suffix(b"\n")?;
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        self.0 = rest;
        Some((&pair[..equals], &pair[equals + 1..]))
    }
}
