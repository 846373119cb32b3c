//! A private web server.

use std::ops::Deref;
use std::path::Path;

use super::access_log::AccessLog;
use super::part::Part;

/// What stands between a client and a server; by default plain HTTP without limits.
#[derive(Clone, Debug, Default)]
pub struct NginxOptions {
    pub tls: bool,
    /// Wants a client's certificate, and answers 400 to those without; implies `tls`.
    pub client_certificates: bool,
    /// In bytes; a request with more is answered by 413.
    pub max_body: Option<u64>,
    /// What comes sooner than this part of a second after the request before it is answered by 429.
    pub requests_per_second: Option<u32>,
    /// More lines for the server's block of nginx's configuration: redirects, fixed answers.
    pub snippet: String,
}

/// nginx on 127.0.0.1; see [`Part`] for its process.
#[derive(Debug)]
pub struct Nginx {
    part: Part,
    scheme: &'static str,
    log: AccessLog,
}

impl Nginx {
    /// Gives out the files of a folder over plain HTTP.
    #[track_caller]
    pub fn serving(folder: &Path) -> Self {
        let folder = folder.to_str().expect("a path in UTF-8");
        Self::launch("http", &["nginx", "--files", folder])
    }

    /// Passes everything on to `host`, a server of plain HTTP such as [`Registry::host`](super::Registry::host).
    #[track_caller]
    pub fn in_front_of(host: &str, options: &NginxOptions) -> Self {
        let tls = options.tls || options.client_certificates;
        let max_body = options.max_body.map(|bytes| bytes.to_string());
        let rate = options.requests_per_second.map(|rate| rate.to_string());
        let mut arguments = vec![
            "nginx",
            "--in-front-of",
            host,
            "--snippet",
            &options.snippet,
        ];
        for (option, value) in [("--max-body", &max_body), ("--rate", &rate)] {
            arguments.extend(value.iter().flat_map(|value| [option, value.as_str()]));
        }
        for (option, wanted) in [
            ("--tls", tls),
            ("--client-certificates", options.client_certificates),
        ] {
            arguments.extend(wanted.then_some(option));
        }
        Self::launch(if tls { "https" } else { "http" }, &arguments)
    }

    #[track_caller]
    fn launch(scheme: &'static str, arguments: &[&str]) -> Self {
        let part = Part::start(arguments);
        let log = AccessLog::new(Path::new(part.fact("log")));
        Self { part, scheme, log }
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> &str {
        self.fact("host")
    }

    /// The URL of a path, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.host())
    }

    /// With TLS: a folder with the CA that a client must trust (`ca.pem`), the certificate of a client (`cert.pem`,
    /// `key.pem`), and a CA that signed nothing (`other-ca.pem`).
    #[track_caller]
    pub fn certificates(&self) -> &Path {
        Path::new(self.fact("certs"))
    }

    pub fn access_log(&self) -> &AccessLog {
        &self.log
    }
}

impl Deref for Nginx {
    type Target = Part;

    fn deref(&self) -> &Part {
        &self.part
    }
}
