//! An engine that does what no real one can be made to do: it answers by a script, badly if need be.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use super::unique::TempDir;

/// The head of a request.
#[derive(Clone, Debug)]
pub struct Head {
    /// `POST /v1.41/images/load?quiet=0`
    pub request: String,
    /// Each as it was sent.
    pub headers: Vec<String>,
}

/// What stands behind the socket until the test ends.
pub struct ScriptedEngine {
    folder: TempDir,
    seen: Arc<Mutex<Vec<Head>>>,
}

impl ScriptedEngine {
    /// Answers pings by itself, as an engine of API 1.41, and leaves every other request to `answer`, which may read
    /// on from the connection and write to it. The connection is used again when `answer` returns true.
    pub fn start<F>(answer: F) -> Self
    where
        F: Fn(&Head, &mut BufReader<UnixStream>) -> bool + Send + Sync + 'static,
    {
        Self::speaking("1.41", answer)
    }

    /// The same, of another version of the API.
    pub fn speaking<F>(version: &'static str, answer: F) -> Self
    where
        F: Fn(&Head, &mut BufReader<UnixStream>) -> bool + Send + Sync + 'static,
    {
        let folder = TempDir::new("scripted");
        let listener = UnixListener::bind(folder.join("engine.sock")).expect("bind");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, record) = (Arc::new(answer), Arc::clone(&seen));
        thread::spawn(move || {
            for connection in listener.incoming() {
                let connection = BufReader::new(connection.expect("accept"));
                let (answer, record) = (Arc::clone(&answer), Arc::clone(&record));
                thread::spawn(move || serve(connection, version, &*answer, &record));
            }
        });
        Self { folder, seen }
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.join("engine.sock")
    }

    /// The socket as `DOCKER_HOST` names it.
    pub fn endpoint(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// What was asked so far, pings included.
    pub fn requests(&self) -> Vec<Head> {
        self.seen.lock().expect("not poisoned").clone()
    }
}

/// Writes; the client may have gone, which is part of the game.
pub fn say(connection: &mut BufReader<UnixStream>, answer: impl AsRef<[u8]>) {
    let _ = connection.get_mut().write_all(answer.as_ref());
}

/// Reads this many bytes of a request's body as they come, framing included.
pub fn swallow(connection: &mut BufReader<UnixStream>, bytes: u64) {
    let _ = std::io::copy(&mut connection.take(bytes), &mut std::io::sink());
}

/// Reads a request's body in chunks to its end; false when the client goes away before.
pub fn swallow_chunks(connection: &mut BufReader<UnixStream>) -> bool {
    let mut end = Vec::new();
    while !end.ends_with(b"0\r\n\r\n") {
        let mut byte = [0];
        if connection.read(&mut byte).unwrap_or(0) == 0 {
            return false;
        }
        end.extend(byte);
        end.drain(..end.len().saturating_sub(5));
    }
    true
}

fn serve(
    mut connection: BufReader<UnixStream>,
    version: &str,
    answer: &dyn Fn(&Head, &mut BufReader<UnixStream>) -> bool,
    record: &Mutex<Vec<Head>>,
) {
    while let Some(head) = read_head(&mut connection) {
        record.lock().expect("not poisoned").push(head.clone());
        if head.request.ends_with("/_ping") {
            say(
                &mut connection,
                format!("HTTP/1.1 200 OK\r\nApi-Version: {version}\r\nContent-Length: 0\r\n\r\n"),
            );
        } else if !answer(&head, &mut connection) {
            return;
        }
    }
}

fn read_head(connection: &mut BufReader<UnixStream>) -> Option<Head> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if connection.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let request = lines.remove(0).trim_end_matches(" HTTP/1.1").to_owned();
    Some(Head {
        request,
        headers: lines,
    })
}
