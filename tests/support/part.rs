//! A running part: `tests/support/part` and the pipe that keeps it alive.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/part");

/// A part that answers. Dropping it stops it and waits until nothing of it is left; it also goes when this process
/// ends in any other way.
#[derive(Debug)]
pub struct Part {
    script: Child,
    facts: HashMap<String, String>,
}

impl Part {
    /// Starts a part that this process owns. `arguments` are those of `tests/support/part`.
    #[track_caller]
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_owned_by(Stdio::piped(), arguments)
    }

    /// Starts a part that lives until its standard input, `owner`, ends.
    #[track_caller]
    pub fn start_owned_by(owner: Stdio, arguments: &[&str]) -> Self {
        let mut script = Command::new(SCRIPT)
            .args(arguments)
            .stdin(owner)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C in a terminal is for the test; the part follows when the test has ended.
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("run {SCRIPT}: {error}"));
        let mut ready = String::new();
        BufReader::new(script.stdout.take().expect("a piped output"))
            .read_line(&mut ready)
            .expect("read the ready line");
        let Some(facts) = ready.strip_prefix("ready ") else {
            let mut reason = String::new();
            let mut stderr = script.stderr.take().expect("a piped error output");
            stderr
                .read_to_string(&mut reason)
                .expect("read why the part did not start");
            script.wait().expect("wait for the script");
            panic!("no part from `part {}`: {reason}", arguments.join(" "));
        };
        let facts = facts
            .split_whitespace()
            .filter_map(|word| word.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self { script, facts }
    }

    /// A word of the ready line, as `tests/support/part` describes it.
    #[track_caller]
    pub fn fact(&self, name: &str) -> &str {
        self.facts
            .get(name)
            .unwrap_or_else(|| panic!("the ready line has no {name}: {:?}", self.facts))
    }

    /// The private folder of the part, gone when the part is.
    pub fn dir(&self) -> &Path {
        Path::new(self.fact("dir"))
    }

    /// The process of the part itself.
    pub fn pid(&self) -> u32 {
        self.fact("pid").parse().expect("a process number")
    }

    /// Stops the clock of the part: its connections stay open, and nothing answers.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets a frozen part go on.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// Kills the part, which has no time to say good-bye. Its folder stays until this value is dropped.
    pub fn kill(&self) {
        self.signal("KILL");
    }

    fn signal(&self, name: &str) {
        // The shell's own `kill`: there is none in std, and the program comes in a package of its own.
        let status = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.pid())])
            .status();
        assert!(
            status.expect("run sh").success(),
            "{name} did not reach the part"
        );
    }

    /// Lets the part go where this process owns it, and waits until it is gone. Not a success when something could not
    /// be removed.
    pub fn wait(&mut self) -> ExitStatus {
        drop(self.script.stdin.take());
        // Nothing else is read from it, and an unread pipe could block the script.
        drop(self.script.stderr.take());
        self.script.wait().expect("wait for the script")
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.wait();
    }
}
