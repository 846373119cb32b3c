//! A registry that keeps upload sessions over cut connections, as zot does and Debian's docker-registry does not.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use sha2::{Digest, Sha256};

use super::image::hex;

/// What it says that it has of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tells {
    /// All bytes that came.
    All,
    /// The first chunk, always, as Amazon's registry does.
    FirstChunk,
    /// One byte more than the last time.
    OneMore,
    /// That every chunk is at the wrong place, and another place each time it is asked.
    AnotherPlace,
}

/// A registry of plain HTTP on 127.0.0.1 that takes blobs into memory. Its threads end with the test program.
pub struct SessionRegistry {
    host: String,
    state: Arc<State>,
}

struct State {
    tells: Tells,
    uploads: Mutex<Uploads>,
}

#[derive(Default)]
struct Uploads {
    /// By the number of the session.
    open: HashMap<usize, Upload>,
    stored: HashMap<String, usize>,
    begun: usize,
    told: usize,
    received: u64,
}

#[derive(Default)]
struct Upload {
    sum: Sha256,
    length: usize,
    first_chunk: usize,
}

impl SessionRegistry {
    pub fn start(tells: Tells) -> SessionRegistry {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind to a free port");
        let host = listener.local_addr().expect("an address").to_string();
        let state = Arc::new(State {
            tells,
            uploads: Mutex::default(),
        });
        let served = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&served);
                // A client that goes away is what this is for.
                thread::spawn(
                    move || while state.serve(stream.as_ref().expect("a client")).is_some() {},
                );
            }
        });
        SessionRegistry { host, state }
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// How many bytes of blobs came in all, with those that came twice.
    pub fn received(&self) -> u64 {
        self.state.uploads.lock().expect("not poisoned").received
    }
}

impl State {
    /// Serves one request; nothing when the client has gone away.
    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::with_capacity(1, stream);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            // What begins so is TLS.
            if reader.read_line(&mut line).ok()? == 0 || line.starts_with('\u{16}') {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_ascii_lowercase()),
            }
        }
        let header = |name: &str| {
            let found = lines.iter().find_map(|line| line.strip_prefix(name));
            found.map(|value| value.trim_start_matches(':').trim().to_owned())
        };
        let mut words = lines.first()?.split(' ');
        let (method, path) = (words.next()?, words.next()?);
        if header("expect").is_some() {
            (&mut &*stream)
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .ok()?;
        }
        let length = header("content-length").map_or(0, |length| length.parse().expect("a length"));
        let session = path.strip_prefix("/u/").map(|rest| {
            let number = rest.split('?').next().expect("a number");
            number.parse::<usize>().expect("a number")
        });
        let mut manifest = vec![0; if session.is_some() { 0 } else { length }];
        match session {
            Some(session) => self.take(session, reader, length)?,
            None => reader.read_exact(&mut manifest).ok()?,
        }
        let (status, more) = self.answer(method, path, session, &manifest);
        let answer = format!("HTTP/1.1 {status} Kept\r\nContent-Length: 0\r\n{more}\r\n");
        (&mut &*stream).write_all(answer.as_bytes()).ok()
    }

    /// Takes what comes of a body, also of one that breaks off.
    fn take(&self, session: usize, mut body: impl Read, length: usize) -> Option<()> {
        let mut left = length;
        let mut buffer = vec![0; 64 * 1024];
        while left > 0 {
            let room = left.min(buffer.len());
            let read = body
                .read(&mut buffer[..room])
                .ok()
                .filter(|read| *read > 0)?;
            left -= read;
            let mut uploads = self.uploads.lock().expect("not poisoned");
            uploads.received += read as u64;
            let upload = uploads.open.get_mut(&session)?;
            upload.sum.update(&buffer[..read]);
            upload.length += read;
            if upload.first_chunk == 0 && left == 0 {
                upload.first_chunk = upload.length;
            }
        }
        Some(())
    }

    /// The status, and more headers.
    fn answer(
        &self,
        method: &str,
        path: &str,
        session: Option<usize>,
        manifest: &[u8],
    ) -> (u16, String) {
        let mut uploads = self.uploads.lock().expect("not poisoned");
        match (method, session) {
            ("get", None) => (200, String::new()),
            ("head", None) => {
                let digest = path.rsplit('/').next().expect("a digest");
                match uploads.stored.get(digest) {
                    Some(_) => (200, String::new()),
                    None => (404, String::new()),
                }
            }
            ("post", None) => {
                uploads.begun += 1;
                let number = uploads.begun;
                uploads.open.insert(number, Upload::default());
                (202, format!("Location: /u/{number}\r\n"))
            }
            ("patch", Some(_)) if self.tells == Tells::AnotherPlace => (416, String::new()),
            ("patch" | "get", Some(number)) => {
                uploads.told += 1;
                let told = uploads.told;
                let Some(upload) = uploads.open.get(&number) else {
                    return (404, String::new());
                };
                let has = match self.tells {
                    Tells::All => upload.length,
                    Tells::FirstChunk => upload.first_chunk,
                    Tells::OneMore => told,
                    Tells::AnotherPlace => 5 + told % 2,
                };
                let status = if method == "get" { 204 } else { 202 };
                let range = format!("Range: 0-{}\r\n", has as i64 - 1);
                (status, format!("Location: /u/{number}\r\n{range}"))
            }
            ("put", Some(number)) => {
                let wanted = path.rsplit("digest=").next().expect("a digest");
                let wanted = wanted.replace("%3a", ":");
                let Some(upload) = uploads.open.remove(&number) else {
                    return (404, String::new());
                };
                match format!("sha256:{}", hex(&upload.sum.finalize())) == wanted {
                    true => {
                        uploads.stored.insert(wanted, upload.length);
                        (201, String::new())
                    }
                    false => (400, String::new()),
                }
            }
            // Manifests are believed, and not kept.
            ("put", None) => {
                let digest = hex(&Sha256::digest(manifest));
                (201, format!("Docker-Content-Digest: sha256:{digest}\r\n"))
            }
            ("delete", Some(number)) => match uploads.open.remove(&number) {
                Some(_) => (204, String::new()),
                None => (404, String::new()),
            },
            _ => (405, String::new()),
        }
    }
}
