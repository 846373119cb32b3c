//! The names of entries in a tar, in the one form in which they are compared.

/// What Linux allows for a path.
const LONGEST: usize = 4096;

/// The deepest path of the known writers has three parts; each part costs a look-up.
const DEEPEST: usize = 32;

/// The name of an entry, without `./` and what else means nothing; empty for the archive's root.
///
/// An error says why the name is none.
pub(super) fn normal(name: &[u8]) -> Result<String, String> {
    let text = checked(name)?;
    if text.starts_with('/') {
        return Err(format!("{text:?} is an absolute path"));
    }
    if text.split('/').any(|part| part == "..") {
        return Err(format!("{text:?} leads out of its folder"));
    }
    joined("", text)
}

/// The name that the symbolic link `link` leads to.
pub(super) fn symlink_target(link: &str, target: &[u8]) -> Result<String, String> {
    let text = checked(target)?;
    if text.starts_with('/') {
        return Err(format!(
            "the link {link:?} leads out of the archive, to {text:?}"
        ));
    }
    let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
    joined(folder, text)
        .map_err(|_| format!("the link {link:?} leads out of the archive, to {text:?}"))
}

fn checked(name: &[u8]) -> Result<&str, String> {
    let shown = || name.escape_ascii().to_string();
    if name.len() > LONGEST {
        return Err(format!("the name of an entry has {} bytes", name.len()));
    }
    if name.is_empty() || name.contains(&0) {
        return Err(format!("\"{}\" is not the name of an entry", shown()));
    }
    str::from_utf8(name).map_err(|_| format!("the name \"{}\" is not UTF-8", shown()))
}

fn joined(folder: &str, path: &str) -> Result<String, String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts
                    .pop()
                    .ok_or_else(|| format!("{path:?} leads out of the archive"))?;
            }
            part => parts.push(part),
        }
    }
    match parts.len() {
        ..=DEEPEST => Ok(parts.join("/")),
        depth => Err(format!("the name of an entry has {depth} parts")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_one_name() {
        for (written, name) in [
            ("blobs/sha256/a", "blobs/sha256/a"),
            ("./blobs//sha256/./a", "blobs/sha256/a"),
            ("blobs/", "blobs"),
            ("./", ""),
            ("a..b/...", "a..b/..."),
        ] {
            assert_eq!(normal(written.as_bytes()).as_deref(), Ok(name));
        }
    }

    // case 38
    #[test]
    fn a_name_that_leads_out_of_the_archive_is_refused() {
        let (long, deep) = ("n".repeat(4097), "a/".repeat(33));
        for (written, reason) in [
            (&b"/etc/passwd"[..], "absolute"),
            (b"../x", "leads out"),
            (b"a/../x", "leads out"),
            (b"a/..", "leads out"),
            (b"", "not the name"),
            (b"a\0b", "not the name"),
            (b"a\xff", "not UTF-8"),
            (long.as_bytes(), "has 4097 bytes"),
            (deep.as_bytes(), "has 33 parts"),
        ] {
            let error = normal(written).expect_err("refused");
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_link_leads_from_its_folder_to_somewhere_in_the_archive() {
        for (link, target, name) in [
            ("a/layer.tar", "../b/layer.tar", Some("b/layer.tar")),
            ("a", "./b", Some("b")),
            ("a/b/c", "../../d", Some("d")),
            ("a/b", "..", Some("")),
            ("a/b", "../../d", None),
            ("a", "../d", None),
            ("a/b", "/d", None),
        ] {
            let found = symlink_target(link, target.as_bytes());
            assert_eq!(found.as_deref().ok(), name, "{link} {target}: {found:?}");
            if let Err(error) = found {
                assert!(error.contains("leads out of the archive"), "{error}");
            }
        }
    }
}
