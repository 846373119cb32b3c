//! Credential helpers: the programs `docker-credential-<name>`, which keep passwords where the system keeps them
//! (<https://github.com/docker/docker-credential-helpers>).

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::Credential;
use crate::call::Call;
use crate::error::{Error, Result};

/// A helper may ask its user for a password, who types it within this time.
const LIMIT: Duration = Duration::from_secs(30);

/// No credential is longer; the specification has no limit.
const MAX_ANSWER: usize = 1024 * 1024;

/// As much of what a helper complains about stands in an error or warning.
const MAX_COMPLAINT: usize = 300;

/// So often it is looked whether a silent helper has ended, and whether the call may be left.
const SLICE: Duration = Duration::from_millis(100);

/// The callback of the call is told at least so often that the helper is waited for.
const HEARTBEAT: Duration = Duration::from_millis(250);

/// A helper that has closed its output is about to end; it is looked for that so often.
const END_SLICE: Duration = Duration::from_millis(2);

/// File names have at most 255 bytes, and `docker-credential-` stands before it.
const MAX_NAME: usize = 200;

/// What a helper prints that does not know the registry.
const NOT_FOUND: &[u8] = b"credentials not found in native keychain";

/// The user in an answer whose secret is an identity token.
const TOKEN_USER: &str = "<token>";

/// How helpers are run.
#[derive(Debug, Clone)]
pub(super) struct Helpers {
    /// Where they are looked for, in the form of `PATH`.
    path: Option<OsString>,
    limit: Duration,
}

impl Default for Helpers {
    fn default() -> Helpers {
        Helpers::in_path(None)
    }
}

/// What became of asking a helper.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Found(Credential),
    /// It does not know the registry.
    Nothing,
    /// It is not there, or does not work; without secrets.
    Failed(String),
}

/// Why a helper is waited for no more.
enum Stop {
    /// The call ends.
    Call(Error),
    /// The helper failed.
    Helper(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Call(error)
    }
}

impl Helpers {
    pub(super) fn in_path(path: Option<OsString>) -> Helpers {
        Helpers { path, limit: LIMIT }
    }

    pub(super) fn have_path(&self) -> bool {
        self.path.is_some()
    }

    /// Asks the helper `name` for the credential of `server`. Fails only when the call is to end.
    pub(super) fn ask(&self, name: &str, server: &str, call: &mut Call<'_>) -> Result<Answer> {
        call.check()?;
        let failed = |reason: String| {
            let name = shown(name);
            Ok(Answer::Failed(format!(
                "the credential helper {name:?} {reason}"
            )))
        };
        if !is_name(name) {
            return failed("has a name that no helper can have".into());
        }
        let program = format!("docker-credential-{name}");
        let Some(path) = self.find(&program) else {
            return failed(format!("is not there: no program {program} is in PATH"));
        };
        let mut helper = match Helper::start(&path, server) {
            Ok(helper) => helper,
            Err(error) => return failed(format!("does not start: {}: {error}", path.display())),
        };
        match helper.answer(self.limit, call) {
            Ok((output, status)) => match judge(&output, status) {
                Ok(answer) => Ok(answer),
                Err(reason) => failed(reason + &helper.complaint()),
            },
            Err(Stop::Helper(reason)) => failed(reason + &helper.complaint()),
            Err(Stop::Call(error)) => Err(error),
        }
    }

    /// Folders that depend on the working folder are not looked at: a program there may be anybody's.
    fn find(&self, program: &str) -> Option<PathBuf> {
        let folders = env::split_paths(self.path.as_ref()?);
        let mut programs = folders
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(program));
        programs.find(|path| is_executable(path))
    }
}

fn is_executable(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(meta) => meta.is_file() && meta.permissions().mode() & 0o111 != 0,
        // Not there, or not for us.
        Err(_) => false,
    }
}

/// It becomes part of the name of a program.
fn is_name(name: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_known) && !name.contains("..")
}

/// A running helper, which ends with this value at the latest.
struct Helper {
    child: Child,
    /// Its standard input and output.
    stream: UnixStream,
    /// Its standard error.
    complaints: UnixStream,
    /// The beginning of what it wrote there.
    complaint: Vec<u8>,
}

impl Helper {
    /// Starts `<path> get`, and gives it the server. The streams are socket pairs and not pipes: writing to a pipe
    /// whose reader has died raises SIGPIPE, which kills a host written in C (measured).
    fn start(path: &Path, server: &str) -> io::Result<Helper> {
        let (stream, theirs) = UnixStream::pair()?;
        let (complaints, their_complaints) = UnixStream::pair()?;
        stream.set_read_timeout(Some(SLICE))?;
        complaints.set_nonblocking(true)?;
        // The command is dropped with this statement: while it lives, our side holds the helper's ends open.
        let child = Command::new(path)
            .arg("get")
            .stdin(Stdio::from(OwnedFd::from(theirs.try_clone()?)))
            .stdout(Stdio::from(OwnedFd::from(theirs)))
            .stderr(Stdio::from(OwnedFd::from(their_complaints)))
            .spawn()?;
        let helper = Helper {
            child,
            stream,
            complaints,
            complaint: Vec::new(),
        };
        // It is a few bytes, which always fit into the socket. Without a newline: some helpers take that for a part of
        // the name.
        let given = (&helper.stream).write_all(server.as_bytes());
        if let Err(error) = given.and_then(|()| helper.stream.shutdown(Shutdown::Write)) {
            // What it answers counts, not what it listens to.
            log::debug!("a credential helper did not take the name of the registry: {error}");
        }
        Ok(helper)
    }

    /// Waits for what it prints, and for its end. There is no status when the host takes the ends of all children
    /// itself, or ignores them (SIGCHLD).
    fn answer(
        &mut self,
        limit: Duration,
        call: &mut Call<'_>,
    ) -> Result<(Vec<u8>, Option<ExitStatus>), Stop> {
        let mut patience = Patience::new(limit);
        let mut output = Vec::new();
        let mut buffer = [0; 8 * 1024];
        let mut end = None;
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => output.extend_from_slice(&buffer[..length]),
                // It has ended, and left its output to a program that goes on.
                Err(error) if is_silence(&error) && end.is_some() => break,
                Err(error) if is_silence(&error) => end = self.end(),
                // It ended before it had read the name of the registry.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break,
                Err(error) => return Err(Stop::Helper(format!("cannot be read: {error}"))),
            }
            if output.len() > MAX_ANSWER {
                return Err(Stop::Helper("does not stop talking".into()));
            }
            self.hear_complaints();
            patience.check(call)?;
        }
        loop {
            self.hear_complaints();
            if let Some(status) = end.or_else(|| self.end()) {
                return Ok((output, status));
            }
            patience.check(call)?;
            thread::sleep(END_SLICE);
        }
    }

    /// How it ended, if that is known; `None` while it runs.
    fn end(&mut self) -> Option<Option<ExitStatus>> {
        match self.child.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(Some(status)),
            Err(error) => {
                log::debug!("how a credential helper ended is not known: {error}");
                Some(None)
            }
        }
    }

    /// Takes what it complains about, so that it is not held up by it, and keeps the beginning.
    fn hear_complaints(&mut self) {
        let mut buffer = [0; 16 * 1024];
        // Nothing there is an error of this non-blocking read.
        while let Ok(length @ 1..) = self.complaints.read(&mut buffer) {
            let room = MAX_COMPLAINT.saturating_sub(self.complaint.len());
            self.complaint
                .extend_from_slice(&buffer[..length.min(room)]);
            if length < buffer.len() {
                break;
            }
        }
    }

    /// What it wrote to its standard error, as the end of a sentence. What it printed is never shown.
    fn complaint(&self) -> String {
        match shown(&String::from_utf8_lossy(&self.complaint)).trim() {
            "" => "; what it printed is not shown, because it may be a secret".to_owned(),
            complaint => format!(": {complaint}"),
        }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // Nothing but a running child is killed: the system may have given the number of another one away.
        if self.end().is_some() {
            return;
        }
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            log::debug!("ending a credential helper: {error}");
        }
    }
}

/// How long a helper is waited for, and whom that is told.
struct Patience {
    limit: Duration,
    started: Instant,
    told: Instant,
}

impl Patience {
    fn new(limit: Duration) -> Patience {
        let now = Instant::now();
        Patience {
            limit,
            started: now,
            told: now,
        }
    }

    fn check(&mut self, call: &mut Call<'_>) -> Result<(), Stop> {
        if self.told.elapsed() >= HEARTBEAT {
            self.told = Instant::now();
            call.heartbeat()?;
        }
        call.check()?;
        match self.started.elapsed() {
            passed if passed >= self.limit => Err(Stop::Helper(format!(
                "did not answer within {} ms",
                self.limit.as_millis()
            ))),
            _ => Ok(()),
        }
    }
}

fn is_silence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

/// What a helper prints when it succeeds.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    #[serde(alias = "username", default)]
    username: String,
    #[serde(alias = "secret", default)]
    secret: String,
}

/// What an answer means; the reason of a failure continues the sentence about the helper. An unknown status is judged
/// by the output.
fn judge(output: &[u8], status: Option<ExitStatus>) -> Result<Answer, String> {
    if output.trim_ascii() == NOT_FOUND {
        return Ok(Answer::Nothing);
    }
    if let Some(status) = status.filter(|status| !status.success()) {
        return Err(format!("failed ({status})"));
    }
    // What serde says repeats the output.
    let Ok(Printed { username, secret }) = serde_json::from_slice(output) else {
        return Err("printed something that is no answer".into());
    };
    match (username.as_str(), secret.is_empty()) {
        ("", true) => Ok(Answer::Nothing),
        ("", false) => Err("names no user".into()),
        (TOKEN_USER, _) => Ok(Answer::Found(Credential::IdentityToken {
            username: String::new(),
            token: secret,
        })),
        (_, _) => Ok(Answer::Found(Credential::Basic {
            username,
            password: secret,
        })),
    }
}

/// A text of others in one line that is not too long.
fn shown(text: &str) -> String {
    let text = text.chars().take(MAX_COMPLAINT);
    text.map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::mpsc;

    use super::*;
    use crate::call::Cancel;
    use crate::environment::testing::Folder;
    use crate::error::ErrorKind;
    use crate::progress::ImageProgressStep;

    /// A folder with one helper, `docker-credential-test`.
    fn helper(script: &str) -> Folder {
        let folder = Folder::new("helper");
        folder.write_program("docker-credential-test", script);
        folder
    }

    fn helpers(folder: &Folder) -> Helpers {
        Helpers {
            path: Some(folder.path().into()),
            limit: Duration::from_secs(20),
        }
    }

    fn ask(folder: &Folder) -> Answer {
        helpers(folder)
            .ask("test", "h:5000", &mut Call::new())
            .expect("the call goes on")
    }

    #[track_caller]
    fn failure(folder: &Folder) -> String {
        match ask(folder) {
            Answer::Failed(reason) => {
                assert!(!reason.contains("s3cret"), "{reason}");
                reason
            }
            other => panic!("{other:?}"),
        }
    }

    fn assert_is_gone(folder: &Folder) {
        let process = fs::read_to_string(folder.path().join("pid")).expect("its number");
        let place = format!("/proc/{}", process.trim());
        assert!(!Path::new(&place).exists(), "it is still there");
    }

    #[test]
    fn a_helper_is_told_the_server_without_a_newline_and_gives_a_password() {
        let folder = helper(
            r#"cat > "$(dirname "$0")/asked"; echo "$*" > "$(dirname "$0")/arguments"
               echo '{"ServerURL":"h","Username":"me","Secret":"s3cret"}'"#,
        );
        let expected = Credential::Basic {
            username: "me".into(),
            password: "s3cret".into(),
        };
        assert_eq!(ask(&folder), Answer::Found(expected));
        let read = |name| fs::read_to_string(folder.path().join(name)).expect("a note");
        assert_eq!(
            (read("asked").as_str(), read("arguments").as_str()),
            ("h:5000", "get\n")
        );
    }

    #[test]
    fn a_helper_may_give_an_identity_token() {
        let folder = helper(r#"echo '{"Username":"<token>","Secret":"s3cret"}'"#);
        let expected = Credential::IdentityToken {
            username: String::new(),
            token: "s3cret".into(),
        };
        assert_eq!(ask(&folder), Answer::Found(expected));
    }

    #[test]
    fn a_helper_that_knows_nothing_is_no_failure() {
        let text = "credentials not found in native keychain";
        for script in [
            format!("echo {text}; exit 1"),
            format!("printf '{text}'; exit 1"),
            r#"echo '{"Username":"","Secret":""}'"#.to_owned(),
        ] {
            assert_eq!(ask(&helper(&script)), Answer::Nothing, "{script}");
        }
    }

    #[test]
    fn a_helper_that_fails_is_told_of_without_what_it_printed() {
        let reason = failure(&helper("echo 's3cret is locked'; exit 1"));
        assert!(
            reason.contains("exit status: 1") && reason.contains("not shown"),
            "{reason}"
        );
        let reason = failure(&helper(
            "printf 'the \\033[31mkeyring\\n is locked' >&2; echo s3cret; exit 3",
        ));
        assert!(
            reason.ends_with("(exit status: 3): the  [31mkeyring  is locked"),
            "{reason}"
        );
        let reason = failure(&helper("kill -9 $$"));
        assert!(reason.contains("signal"), "{reason}");
        for nonsense in [
            "s3cret",
            "",
            r#"{"Secret":"s3cret"}"#,
            r#"{"Username":["s3cret"]}"#,
        ] {
            failure(&helper(&format!("echo '{nonsense}'")));
        }
    }

    #[test]
    fn a_helper_that_does_not_stop_talking_is_ended() {
        for everywhere in ["", " >&2"] {
            let folder = helper(&format!(
                r#"echo $$ > "$(dirname "$0")/pid"; while :; do echo s3cret s3cret s3cret{everywhere}; done"#
            ));
            let brief = Helpers {
                limit: Duration::from_secs(2),
                ..helpers(&folder)
            };
            let answer = brief.ask("test", "h", &mut Call::new()).expect("an answer");
            assert!(matches!(answer, Answer::Failed(_)), "{answer:?}");
            assert_is_gone(&folder);
        }
    }

    #[test]
    fn a_silent_helper_is_ended_when_its_time_is_over() {
        for script in ["exec sleep 60", "exec >&-; exec sleep 60"] {
            let folder = helper(&format!(r#"echo $$ > "$(dirname "$0")/pid"; {script}"#));
            let brief = Helpers {
                limit: Duration::from_millis(300),
                ..helpers(&folder)
            };
            let mut heartbeats = 0;
            let mut count = |_: &ImageProgressStep<'_>| {
                heartbeats += 1;
                ControlFlow::Continue(())
            };
            let call = &mut Call::new().progress(&mut count);
            let answer = brief.ask("test", "h", call).expect("an answer");
            match answer {
                Answer::Failed(reason) => assert!(reason.contains("300 ms"), "{reason}"),
                other => panic!("{other:?}"),
            }
            assert_is_gone(&folder);
            assert!(heartbeats > 0);
        }
    }

    #[test]
    fn a_helper_is_left_when_the_call_is_cancelled() {
        let folder = helper(r#"echo $$ > "$(dirname "$0")/pid"; exec sleep 60"#);
        let cancel = Cancel::new();
        let (started, starts) = mpsc::channel();
        let canceller = cancel.clone();
        let other = thread::spawn(move || {
            starts.recv().expect("a heartbeat");
            canceller.cancel();
        });
        let mut watch = |_: &ImageProgressStep<'_>| match started.send(()) {
            Ok(()) | Err(_) => ControlFlow::Continue(()),
        };
        let call = &mut Call::new().progress(&mut watch).cancel(&cancel);
        let error = helpers(&folder).ask("test", "h", call).expect_err("left");
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        other.join().expect("no panic");
        assert_is_gone(&folder);

        let mut stop = |_: &ImageProgressStep<'_>| ControlFlow::Break(());
        let call = &mut Call::new().progress(&mut stop);
        let error = helpers(&folder).ask("test", "h", call).expect_err("left");
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert_is_gone(&folder);
    }

    #[test]
    fn a_helper_that_leaves_a_program_behind_has_answered() {
        let folder = helper(
            r#"(sleep 5) & echo $! > "$(dirname "$0")/pid"; echo '{"Username":"me","Secret":"s3cret"}'"#,
        );
        let asked = Instant::now();
        assert!(matches!(ask(&folder), Answer::Found(_)));
        assert!(asked.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn a_helper_is_only_run_under_a_name_that_a_helper_can_have() {
        let folder = helper(r#"touch "$(dirname "$0")/ran""#);
        let below = folder.path().join("below");
        fs::create_dir(&below).expect("a folder");
        let helpers = Helpers {
            path: Some(below.into()),
            ..helpers(&folder)
        };
        for name in [
            "x/../../docker-credential-test",
            "..",
            "a b",
            "",
            "t\nt",
            "é",
            &"t".repeat(1000),
        ] {
            let answer = helpers.ask(name, "h", &mut Call::new()).expect("an answer");
            match answer {
                Answer::Failed(reason) => assert!(reason.contains("a name"), "{reason}"),
                other => panic!("{name}: {other:?}"),
            }
        }
        assert!(!folder.path().join("ran").exists());
    }

    #[test]
    fn a_helper_that_is_not_there_is_said_to_be_missing() {
        let folder = Folder::new("helper");
        folder.write("docker-credential-test", "not executable");
        let reason = failure(&folder);
        assert!(reason.contains("docker-credential-test"), "{reason}");
        for path in [None, Some("".into()), Some(".:target".into())] {
            let helpers = Helpers {
                path,
                ..helpers(&folder)
            };
            let answer = helpers.ask("test", "h", &mut Call::new());
            assert!(matches!(answer, Ok(Answer::Failed(_))));
        }
    }
}
