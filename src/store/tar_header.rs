//! The headers of a tar that we write: the same content is the same bytes, always. They are those of ustar (POSIX), with
//! no time, no owner and the usual modes, and a PAX header before them only where ustar has no room.

use tar::{EntryType, Header};

pub(super) const BLOCK: u64 = 512;

/// Two blocks of zeros; no more follow, though some tools fill up to 10 KiB.
pub(super) const END: [u8; 2 * BLOCK as usize] = [0; 2 * BLOCK as usize];

/// What fits into the 11 octal digits of a header.
const MAX_SIZE: u64 = 0o777_7777_7777;
const MAX_NAME: usize = 100;

pub(super) fn folder(name: &str) -> Vec<u8> {
    header(name, EntryType::Directory, 0o755, 0)
        .as_bytes()
        .to_vec()
}

/// What stands before the content of a file.
pub(super) fn file(name: &str, size: u64) -> Vec<u8> {
    let mut records = String::new();
    if name.len() > MAX_NAME {
        records.push_str(&record("path", name));
    }
    if size > MAX_SIZE {
        records.push_str(&record("size", &size.to_string()));
    }
    let mut blocks = Vec::new();
    if !records.is_empty() {
        let length = records.len() as u64;
        let description = header("PaxHeaders", EntryType::XHeader, 0o644, length);
        blocks.extend_from_slice(description.as_bytes());
        blocks.extend_from_slice(records.as_bytes());
        blocks.resize(blocks.len() + filling(length), 0);
    }
    let size = if size > MAX_SIZE { 0 } else { size };
    blocks.extend_from_slice(header(name, EntryType::Regular, 0o644, size).as_bytes());
    blocks
}

/// The one block before a file whose size was not known when its content began. There is no room for a PAX header any
/// more, so that the size of more than 8 GiB is in binary, as GNU tar and all who read its archives know it.
pub(super) fn late_file(name: &str, size: u64) -> Vec<u8> {
    header(name, EntryType::Regular, 0o644, size)
        .as_bytes()
        .to_vec()
}

/// How many zeros follow content of this size.
pub(super) fn filling(size: u64) -> usize {
    (size.wrapping_neg() % BLOCK) as usize
}

/// A name that is too long is cut, and stands before it whole.
fn header(name: &str, kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_ustar();
    let fitting = &name.as_bytes()[..name.len().min(MAX_NAME)];
    header.as_old_mut().name[..fitting.len()].copy_from_slice(fitting);
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header.set_cksum();
    header
}

/// `<length> <key>=<value>` and a newline; the length counts its own digits.
fn record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Call;
    use crate::store::failure::Place;
    use crate::store::tar_index::{Found, TarIndex};
    use crate::store::testing::opened;

    // case 39
    #[test]
    fn a_header_is_the_same_bytes_each_time() {
        let block = file("blobs/sha256/a", 0o1234);
        assert_eq!(block.len() as u64, BLOCK);
        let mut expected = [0; BLOCK as usize];
        for (at, text) in [
            (0, "blobs/sha256/a"),
            (100, "0000644\0"),
            (108, "0000000\0"),
            (116, "0000000\0"),
            (124, "00000001234\0"),
            (136, "00000000000\0"),
            (148, "0010221\0"),
            (156, "0"),
            (257, "ustar\0"),
            (263, "00"),
        ] {
            expected[at..at + text.len()].copy_from_slice(text.as_bytes());
        }
        let shown = |block: &[u8]| block.escape_ascii().to_string();
        assert_eq!(shown(&block), shown(&expected));
        let block = folder("blobs/");
        assert_eq!((&block[100..108], block[156]), (&b"0000755\0"[..], b'5'));
    }

    #[test]
    fn a_length_counts_its_own_digits() {
        assert_eq!(record("path", "a"), "9 path=a\n");
        for length in 0..2000 {
            let record = record("path", &"v".repeat(length));
            let told: usize = record
                .split(' ')
                .next()
                .expect("a length")
                .parse()
                .expect("it");
            assert_eq!(told, record.len());
        }
    }

    #[test]
    fn what_does_not_fit_into_a_header_is_found_all_the_same() {
        let long = format!("blobs/sha512/{}", "a".repeat(128));
        let mut tar = file(&long, 3);
        tar.extend(b"abc");
        tar.resize(tar.len() + filling(3), 0);
        tar.extend(END);
        let (_folder, section) = opened(&tar);
        let index = TarIndex::read(&section, &Place::named("x"), &mut Call::new()).expect("a tar");
        assert!(matches!(index.find(&long), Ok(Found::File(section)) if section.size() == 3));

        let huge = 9 * 1024 * 1024 * 1024;
        let blocks = file("huge", huge);
        assert_eq!(blocks.len() as u64, 3 * BLOCK);
        assert!(blocks[512..].starts_with(b"19 size=9663676416\n"));
        let late = Header::from_byte_slice(&late_file("huge", huge)).clone();
        assert_eq!(late.entry_size().expect("a size"), huge);
        assert_eq!(
            (filling(0), filling(1), filling(512), filling(513)),
            (0, 511, 0, 511)
        );
    }
}
