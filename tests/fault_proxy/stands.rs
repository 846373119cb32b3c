//! What stands behind the proxy, and in front of it, where a real part would not tell what it sees.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::support::{Answer, FaultProxy, Listen, Target, TempDir};

/// Either kind of stream: to the calls of a stream they are the same.
pub struct Stream(pub TcpStream);

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn connect(proxy: &FaultProxy, listen: Listen) -> Stream {
    Stream(match listen {
        Listen::Tcp => TcpStream::connect(proxy.host()).expect("connect"),
        Listen::Unix => OwnedFd::from(UnixStream::connect(proxy.socket()).expect("connect")).into(),
    })
}

/// A listener; its thread stays until the test program ends.
pub struct Stand {
    target: Target,
    _folder: Option<TempDir>,
}

impl From<&Stand> for Target {
    fn from(stand: &Stand) -> Self {
        stand.target.clone()
    }
}

/// Serves each connection like this.
pub fn stand(listen: Listen, serve: impl Fn(Stream) + Send + Sync + 'static) -> Stand {
    let serve = Arc::new(serve);
    let serve = move |stream: OwnedFd| {
        let serve = Arc::clone(&serve);
        thread::spawn(move || serve(Stream(stream.into())));
    };
    match listen {
        Listen::Tcp => {
            let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
            let host = listener.local_addr().expect("an address").to_string();
            thread::spawn(move || {
                listener
                    .incoming()
                    .for_each(|stream| serve(stream.expect("accept").into()));
            });
            Stand {
                target: host.as_str().into(),
                _folder: None,
            }
        }
        Listen::Unix => {
            let folder = TempDir::new("stand");
            let path = folder.join("socket");
            let listener = UnixListener::bind(&path).expect("bind");
            thread::spawn(move || {
                listener
                    .incoming()
                    .for_each(|stream| serve(stream.expect("accept").into()));
            });
            Stand {
                target: path.as_path().into(),
                _folder: Some(folder),
            }
        }
    }
}

/// How many bytes came to the end of a stream, or to its failure.
pub type Count = Result<u64, (u64, io::ErrorKind)>;

pub fn count(stream: &mut Stream) -> Count {
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(count) => bytes += count as u64,
            Err(error) => return Err((bytes, error.kind())),
        }
    }
}

/// Tells what comes in on each connection.
pub struct Sink(Receiver<Count>);

impl Sink {
    pub fn start(listen: Listen) -> (Self, Stand) {
        let (tell, told) = mpsc::channel();
        let tell = Mutex::new(tell);
        let stand = stand(listen, move |mut stream| {
            let count = count(&mut stream);
            // A test may have ended without asking.
            let _ = tell.lock().expect("not poisoned").send(count);
        });
        (Self(told), stand)
    }

    /// Of the next connection that has ended.
    pub fn got(&self) -> Count {
        self.0.recv().expect("a sink that runs")
    }
}

/// Sends so many bytes on each connection, whatever it is told.
pub fn spring(listen: Listen, bytes: u64) -> Stand {
    stand(listen, move |mut stream| {
        let _ = io::copy(&mut io::repeat(7).take(bytes), &mut stream);
    })
}

/// Sends back what it gets.
pub fn echo(mut stream: Stream) {
    let mut back = Stream(stream.0.try_clone().expect("the same stream"));
    let _ = io::copy(&mut stream, &mut back);
    let _ = back.0.shutdown(Shutdown::Write);
}

/// A web server whose pages hold the method and the path. `/chunked` has no length, `/close` ends with the connection,
/// and `/interim` has an answer before the answer. To a request with `X-Pieces: 1` it answers byte by byte.
pub fn web(listen: Listen) -> Stand {
    stand(listen, |stream| {
        let mut stream = BufReader::new(stream);
        while let Some(kept) = serve_page(&mut stream) {
            if !kept {
                return;
            }
        }
    })
}

/// Whether the connection goes on; None at its end.
fn serve_page(stream: &mut BufReader<Stream>) -> Option<bool> {
    let (line, headers) = read_head(stream)?;
    let (page, _) = line.rsplit_once(' ')?;
    let (method, path) = page.split_once(' ')?;
    let has = |wanted: &str| {
        headers
            .iter()
            .any(|(name, value)| format!("{name}: {value}") == wanted)
    };
    if has("Expect: 100-continue") {
        stream
            .get_mut()
            .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
            .ok()?;
    }
    read_body(stream, &headers, false)?;
    let length = page.len();
    let (framing, body) = match path {
        "/chunked" => (
            "Transfer-Encoding: chunked".to_owned(),
            format!(
                "1\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                &page[..1],
                length - 1,
                &page[1..]
            ),
        ),
        "/close" => ("Connection: close".to_owned(), page.to_owned()),
        _ => (format!("Content-Length: {length}"), page.to_owned()),
    };
    let interim = match path {
        "/interim" => "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n",
        _ => "",
    };
    let body = if method == "HEAD" { "" } else { &body };
    let answer = format!("{interim}HTTP/1.1 200 OK\r\nServer: a stand\r\n{framing}\r\n\r\n{body}");
    let piece = if has("X-Pieces: 1") { 1 } else { answer.len() };
    for piece in answer.as_bytes().chunks(piece) {
        stream.get_mut().write_all(piece).ok()?;
    }
    Some(path != "/close")
}

/// A client that does not close what it could use again.
pub struct Client {
    pub stream: BufReader<Stream>,
}

impl Client {
    pub fn of(proxy: &FaultProxy, listen: Listen) -> Self {
        Self {
            stream: BufReader::new(connect(proxy, listen)),
        }
    }

    #[track_caller]
    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).expect("send");
    }

    /// Sends a request and reads one answer.
    #[track_caller]
    pub fn ask(&mut self, request: &str) -> Answer {
        self.send(request.as_bytes());
        self.answer(request.split(' ').next().expect("a method"))
    }

    /// Reads an answer to a request of this method.
    #[track_caller]
    pub fn answer(&mut self, method: &str) -> Answer {
        let (line, headers) = read_head(&mut self.stream).expect("an answer");
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.unwrap_or_else(|| panic!("not a status line: {line}"));
        let mut answer = Answer::new(status);
        answer.headers = headers;
        if method != "HEAD" && status >= 200 {
            answer.body = read_body(&mut self.stream, &answer.headers, true).expect("a whole body");
        }
        answer
    }
}

type Headers = Vec<(String, String)>;

/// The first line, and the headers.
fn read_head(stream: &mut BufReader<Stream>) -> Option<(String, Headers)> {
    let first = read_line(stream)?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?;
        let Some((name, value)) = line.split_once(": ") else {
            return Some((first, headers));
        };
        headers.push((name.to_owned(), value.to_owned()));
    }
}

/// A body without framing; what has no length ends with the connection, or is empty.
fn read_body(stream: &mut BufReader<Stream>, headers: &Headers, to_end: bool) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let find = |wanted: &str| {
        headers
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value)
    };
    if let Some(length) = find("Content-Length") {
        body.resize(length.parse().ok()?, 0);
        stream.read_exact(&mut body).ok()?;
    } else if find("Transfer-Encoding").is_some() {
        loop {
            let line = read_line(stream)?;
            let size = usize::from_str_radix(line.split(';').next()?, 16).ok()?;
            let start = body.len();
            body.resize(start + size, 0);
            stream.read_exact(&mut body[start..]).ok()?;
            if size == 0 {
                while !read_line(stream)?.is_empty() {}
                break;
            }
            read_line(stream)?;
        }
    } else if to_end {
        stream.read_to_end(&mut body).ok()?;
    }
    Some(body)
}

/// Without its end; None at the end of the stream.
fn read_line(stream: &mut BufReader<Stream>) -> Option<String> {
    let mut line = String::new();
    (stream.read_line(&mut line).ok()? > 0).then(|| line.trim_end_matches("\r\n").to_owned())
}
