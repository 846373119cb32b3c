//! Certificates by registry, in folders such as `/etc/docker/certs.d` (`docker(1)`, `containers-certs.d(5)`).

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A bundle of every authority there is has a tenth of it.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Nobody has more files for one registry.
const MAX_FILES: usize = 1000;

/// What lies in a folder for one registry.
#[derive(Debug, Default)]
pub(super) struct HostCertificates {
    /// The files `*.crt`: authorities that may vouch for it besides the system's.
    pub(super) authorities: Vec<PemFile>,
    /// `<name>.cert` and `<name>.key`: who we are.
    pub(super) pair: Option<(PemFile, PemFile)>,
}

#[derive(Debug)]
pub(super) struct PemFile {
    pub(super) path: PathBuf,
    pub(super) pem: Vec<u8>,
}

impl PemFile {
    fn read(path: PathBuf) -> Result<PemFile> {
        let mut pem = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut pem));
        read.map_err(|error| unusable(&path, error))?;
        if pem.len() as u64 > MAX_FILE {
            let what = format!("it has more than {MAX_FILE} bytes");
            return Err(unusable(&path, what));
        }
        Ok(PemFile { path, pem })
    }
}

/// Says what is wrong with a file or a folder.
pub(super) fn unusable(path: &Path, what: impl std::fmt::Display) -> Error {
    Error::InvalidArgument {
        argument: "certificate_folders",
        reason: format!("{}: {what}", path.display()),
    }
}

/// Where docker and podman look, the user's own folder first.
pub(super) fn usual_folders(home: Option<PathBuf>) -> Vec<PathBuf> {
    let of_user = home.map(|home| home.join(".config/containers/certs.d"));
    let of_system = ["/etc/containers/certs.d", "/etc/docker/certs.d"].map(PathBuf::from);
    of_user.into_iter().chain(of_system).collect()
}

/// Reads what the first of `folders` has that has a folder `host`, which is a host with or without a port: the others
/// are not looked at, as podman does it (docker has one folder only), and a port must be in the name exactly as it is
/// in references.
pub(super) fn certificates(folders: &[PathBuf], host: &str) -> Result<HostCertificates> {
    for folder in folders {
        let folder = folder.join(host);
        match fs::read_dir(&folder) {
            Ok(entries) => return read(&folder, entries),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            // Podman goes on, too: the folder of another user's choice may be closed to us.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                log::warn!("certificates in {} are not used: {error}", folder.display());
            }
            Err(error) => return Err(unusable(&folder, error)),
        }
    }
    Ok(HostCertificates::default())
}

fn read(folder: &Path, entries: fs::ReadDir) -> Result<HostCertificates> {
    let mut paths = Vec::new();
    for entry in entries {
        if paths.len() == MAX_FILES {
            let what = format!("it has more than {MAX_FILES} files");
            return Err(unusable(folder, what));
        }
        paths.push(entry.map_err(|error| unusable(folder, error))?.path());
    }
    paths.sort_unstable();
    let mut found = HostCertificates::default();
    for path in &paths {
        let other_half = |extension| {
            let other = path.with_extension(extension);
            match paths.contains(&other) {
                true => Ok(other),
                false => Err(unusable(
                    path,
                    format!("it needs {} beside it", other.display()),
                )),
            }
        };
        match path.extension().and_then(OsStr::to_str) {
            Some("crt") => found.authorities.push(PemFile::read(path.clone())?),
            Some("key") => {
                other_half("cert")?;
            }
            Some("cert") => {
                let key = other_half("key").map_err(|error| hint_at_crt(path, error))?;
                if found.pair.is_some() {
                    let what = "a second certificate of a client, and only one can be shown";
                    return Err(unusable(path, what));
                }
                found.pair = Some((PemFile::read(path.clone())?, PemFile::read(key)?));
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Authorities are often put there under the wrong name, docker says so, too.
fn hint_at_crt(path: &Path, error: Error) -> Error {
    match error {
        Error::InvalidArgument { argument, reason } => Error::InvalidArgument {
            argument,
            reason: format!(
                "{reason}; if it is a certificate authority, its name must be {}",
                path.with_extension("crt").display()
            ),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str, files: &[&str]) -> Folder {
            let name = format!("imgferry-certs-{name}-{}", std::process::id());
            let folder = Folder(std::env::temp_dir().join(name));
            for file in files {
                let path = folder.0.join(file);
                fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
                fs::write(path, file).expect("a file");
            }
            folder
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            // What stays is in the system's folder for such things.
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_first_folder_that_knows_the_host_counts_and_only_its_exact_name() {
        let folder = Folder::new(
            "first",
            &[
                "b/r.example:5000/b.crt",
                "b/r.example:5000/a.crt",
                "b/r.example:5000/me.cert",
                "b/r.example:5000/me.key",
                "b/r.example:5000/README",
                "c/r.example:5000/c.crt",
                "c/r.example/d.crt",
            ],
        );
        let folders = ["a", "b", "c"].map(|name| folder.0.join(name));
        let of = |host| certificates(&folders, host).expect(host);
        let names = |found: &HostCertificates| -> Vec<_> {
            let authorities = found.authorities.iter();
            authorities
                .map(|file| String::from_utf8(file.pem.clone()).expect("a name"))
                .collect()
        };
        let with_port = of("r.example:5000");
        assert_eq!(
            names(&with_port),
            ["b/r.example:5000/a.crt", "b/r.example:5000/b.crt"]
        );
        let (certificate, key) = with_port.pair.expect("a pair");
        assert!(certificate.path.ends_with("me.cert") && key.path.ends_with("me.key"));
        assert_eq!(names(&of("r.example")), ["c/r.example/d.crt"]);
        assert!(names(&of("r.example:5001")).is_empty());
        assert!(names(&of("other.example")).is_empty());
    }

    #[test]
    fn a_missing_half_is_an_error_that_names_the_file() {
        let folder = Folder::new(
            "half",
            &[
                "c/me.cert",
                "k/me.key",
                "two/a.cert",
                "two/a.key",
                "two/b.cert",
                "two/b.key",
            ],
        );
        for (host, file) in [("c", "me.key"), ("k", "me.cert"), ("two", "b.cert")] {
            let error = certificates(std::slice::from_ref(&folder.0), host).expect_err(host);
            assert!(error.to_string().contains(file), "{error}");
        }
        fs::write(folder.0.join("file"), "").expect("a file");
        certificates(std::slice::from_ref(&folder.0), "file").expect_err("a file is no folder");
    }

    #[test]
    fn the_users_folder_comes_first() {
        let folders = usual_folders(Some("/home/u".into()));
        assert_eq!(
            folders,
            [
                "/home/u/.config/containers/certs.d",
                "/etc/containers/certs.d",
                "/etc/docker/certs.d"
            ]
            .map(PathBuf::from)
        );
        assert_eq!(usual_folders(None).len(), 2);
    }
}
