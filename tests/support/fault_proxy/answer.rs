//! An HTTP answer that the proxy makes or changes.

use super::framing::Body;

/// An HTTP answer, its body without framing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub reason: String,
    /// Names as they were sent.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// An empty one.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            reason: "by the proxy".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.set_header(name, value);
        self
    }

    pub fn with_body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|header| is(header, name))?;
        Some(&header.1)
    }

    /// Replaces all headers of this name.
    pub fn set_header(&mut self, name: &str, value: &str) {
        self.remove_header(name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub fn remove_header(&mut self, name: &str) {
        self.headers.retain(|header| !is(header, name));
    }

    /// Reads a head that is complete; the body is empty.
    pub(super) fn from_head(head: &[u8]) -> Self {
        let text = String::from_utf8_lossy(head);
        let mut lines = text.lines();
        // A peer may send anything: what is no status line has status 0 and no reason.
        let mut words = lines.next().unwrap_or_default().splitn(3, ' ').skip(1);
        Self {
            status: words.next().and_then(|word| word.parse().ok()).unwrap_or(0),
            reason: words.next().unwrap_or_default().to_owned(),
            headers: lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                .collect(),
            body: Vec::new(),
        }
    }

    /// What frames its body when it answers a request of this method.
    pub(super) fn framing(&self, method: &str) -> Body {
        let successful = (200..300).contains(&self.status);
        if method == "HEAD" || matches!(self.status, 100..200 | 204 | 304) {
            Body::None
        } else if method == "CONNECT" && successful {
            Body::Opaque
        } else {
            Body::of_headers(|name| self.header(name)).unwrap_or(Body::UntilClose)
        }
    }

    /// As it goes over the wire, and whether the connection must end after it.
    pub(super) fn to_bytes(&self, method: &str) -> (Vec<u8>, bool) {
        let mut bytes = format!("HTTP/1.1 {} {}\r\n", self.status, self.reason).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        bytes.extend(b"\r\n");
        let ends = match self.framing(method) {
            Body::None | Body::Opaque => false,
            Body::Chunked => {
                if !self.body.is_empty() {
                    bytes.extend(format!("{:x}\r\n", self.body.len()).bytes());
                    bytes.extend(&self.body);
                    bytes.extend(b"\r\n");
                }
                bytes.extend(b"0\r\n\r\n");
                false
            }
            Body::Length(length) => {
                bytes.extend(&self.body);
                length != self.body.len() as u64
            }
            Body::UntilClose => {
                bytes.extend(&self.body);
                true
            }
        };
        (bytes, ends)
    }

    /// Says the length of the body.
    pub(super) fn set_length(&mut self) {
        self.set_header("Content-Length", &self.body.len().to_string());
    }
}

fn is(header: &(String, String), name: &str) -> bool {
    header.0.eq_ignore_ascii_case(name)
}
