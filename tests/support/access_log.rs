//! The access logs of web servers, line by line.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// The log of a registry or of nginx: a line for each request that was answered.
#[derive(Clone, Debug)]
pub struct AccessLog(PathBuf);

impl AccessLog {
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The log so far, restarts included.
    pub fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.0).expect("read the access log");
        // A line without its end is still being written.
        text.split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'))
            .map(str::to_owned)
            .collect()
    }

    /// The requests answered so far, in the order of their answers' ends. That of a long answer (a blob) may come a
    /// moment after the client has read it all: [`AccessLog::wait_for_request`] waits for it.
    pub fn requests(&self) -> Vec<Request> {
        self.lines()
            .iter()
            .map(|line| Request::from_log(line))
            .collect()
    }

    /// A place in the log, for [`AccessLog::requests_since`].
    pub fn mark(&self) -> usize {
        self.lines().len()
    }

    /// The requests answered after `mark` was taken.
    pub fn requests_since(&self, mark: usize) -> Vec<Request> {
        self.requests().split_off(mark)
    }

    /// Waits for a request after `mark` that is `wanted`. Fails the test when none comes.
    #[track_caller]
    pub fn wait_for_request(&self, mark: usize, wanted: impl Fn(&Request) -> bool) -> Request {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let requests = self.requests_since(mark);
            if let Some(found) = requests.iter().find(|request| wanted(request)) {
                return found.clone();
            }
            assert!(Instant::now() < deadline, "no such request: {requests:#?}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// One request, as the server saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// When it began, to the second and as written: `21/Nov/2026:18:56:13 +0000`.
    pub time: String,
    /// Empty, as the path, for what is no HTTP.
    pub method: String,
    /// With its query.
    pub path: String,
    pub status: u16,
    /// Of the answer's body.
    pub bytes: u64,
    /// As written: backslashes and quotes are doubled up with a backslash.
    pub user_agent: String,
}

impl Request {
    /// Reads a line like
    /// `127.0.0.1 - - [21/Nov/2026:18:56:13 +0000] "HEAD /v2/a/manifests/b HTTP/1.1" 404 91 "" "curl/7.88.1"`.
    #[track_caller]
    pub fn from_log(line: &str) -> Self {
        Self::parse(line).unwrap_or_else(|| panic!("not a line of an access log: {line}"))
    }

    fn parse(line: &str) -> Option<Self> {
        let (_client, rest) = line.split_once(" [")?;
        let (time, rest) = rest.split_once("] \"")?;
        let (request, rest) = rest.split_once("\" ")?;
        let (method, request) = request.split_once(' ')?;
        let (path, _version) = request.rsplit_once(' ')?;
        let (status, rest) = rest.split_once(' ')?;
        let (bytes, rest) = rest.split_once(' ')?;
        let (_referer, user_agent) = rest.split_once(' ')?;
        Some(Self {
            time: time.to_owned(),
            method: method.to_owned(),
            path: path.to_owned(),
            status: status.parse().ok()?,
            bytes: bytes.parse().ok()?,
            user_agent: user_agent.trim_matches('"').to_owned(),
        })
    }
}
