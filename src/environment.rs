//! The environment: the process's own, or a test's.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::error::{Error, Result};

/// The variables that a constructor reads.
pub(crate) struct Environment<'e> {
    pub(crate) variable: &'e dyn Fn(&'static str) -> Option<OsString>,
}

impl Environment<'_> {
    pub(crate) const OF_PROCESS: Environment<'static> = Environment {
        variable: &|name| env::var_os(name),
    };

    /// A variable that is a text. One that is not UTF-8 is an error: without it, something else would be used. Its
    /// value is not shown, because it may be a secret.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<String>> {
        self.get(name)
            .map(|value| value.into_string())
            .transpose()
            .map_err(|_| Error::InvalidArgument {
                argument: name,
                reason: "its value is not UTF-8".into(),
            })
    }

    pub(crate) fn path(&self, name: &'static str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// Where programs keep a user's configuration, each in a folder of its own (the XDG base directories); `None` for a
    /// user without a home.
    pub(crate) fn config_folder(&self) -> Option<PathBuf> {
        match (self.path("XDG_CONFIG_HOME"), self.path("HOME")) {
            (Some(folder), _) => Some(folder),
            (None, Some(home)) => Some(home.join(".config")),
            (None, None) => None,
        }
    }

    /// An empty variable counts as unset, as everywhere in Docker.
    pub(crate) fn get(&self, name: &'static str) -> Option<OsString> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }
}

/// What the unit tests of several rooms need to make an environment.
#[cfg(test)]
pub(crate) mod testing {
    use std::fs;
    use std::path::Path;
    use std::process;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A folder of the test's own.
    pub(crate) struct Folder(PathBuf);

    impl Folder {
        pub(crate) fn new(name: &str) -> Folder {
            static NEXT: AtomicU64 = AtomicU64::new(0);
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("imgferry-{name}-{}-{number}", process::id());
            let path = env::temp_dir().join(name);
            fs::create_dir_all(&path).expect("a folder");
            Folder(path)
        }

        /// Writes a file, with the folders above it.
        pub(crate) fn write(&self, path: &str, text: &str) -> PathBuf {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(&path, text).expect("a file");
            path
        }

        /// Writes a shell script that can be run. Another process does it: while this one has a file open for writing,
        /// a child that another thread starts has it open, too, and then it cannot be run.
        pub(crate) fn write_program(&self, name: &str, script: &str) {
            let path = self.0.join(name);
            let written = process::Command::new("sh")
                .args([
                    "-c",
                    "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\" && chmod 755 \"$2\"",
                    "sh",
                ])
                .arg(script)
                .arg(&path)
                .status()
                .expect("run sh");
            assert!(written.success());
        }

        pub(crate) fn path(&self) -> &Path {
            &self.0
        }

        pub(crate) fn text(&self) -> &str {
            self.0.to_str().expect("UTF-8")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            // What stays is in the system's folder for such things.
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// Does `work` in an environment that has these variables and no others.
    pub(crate) fn with_variables<T>(
        variables: &[(&str, &str)],
        work: impl FnOnce(&Environment<'_>) -> T,
    ) -> T {
        let variable = |name: &str| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| OsString::from(value))
        };
        work(&Environment {
            variable: &variable,
        })
    }
}
