//! Names, folders and ports that no other test uses, so that tests may share parts and run at the same time.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// `purpose` made unique in this machine: a valid repository name when `purpose` is one.
pub fn unique(purpose: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{purpose}-{}-{number}", process::id())
}

/// A port of 127.0.0.1 on which nothing listens. Another program may take it at any time, so this is for tests of a
/// refused connection; a part finds its own port.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bind to a free port");
    listener
        .local_addr()
        .expect("the address of a listener")
        .port()
}

/// A new folder, removed with all that is in it when this value is dropped. Not for a `static`: those never are.
#[derive(Debug)]
pub struct TempDir(PathBuf);

impl TempDir {
    pub fn new(purpose: &str) -> Self {
        let path = std::env::temp_dir().join(unique(&format!("imgferry-{purpose}")));
        fs::create_dir(&path).unwrap_or_else(|error| panic!("create {}: {error}", path.display()));
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        // A failure here would hide the one that ended the test.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Whether the long matrices are to be run whole (`tests/run --deep`).
pub fn deep() -> bool {
    std::env::var_os("IMGFERRY_DEEP").is_some()
}
