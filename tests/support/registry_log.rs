//! The registry's access log, line by line.

/// One request, as the registry saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// When it began, to the second and as written: `21/Nov/2026:18:56:13 +0000`.
    pub time: String,
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
