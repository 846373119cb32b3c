//! A server that says what a test wants, for answers that no real part gives, and that remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Method and target, as in `GET /v2/a/tags/list?n=1000`.
    pub line: String,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    /// The first header of that name, in lower case; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(own, _)| own == name)
            .map_or("", |(_, value)| value)
    }
}

type Answers = dyn Fn(&Asked) -> Option<String> + Send + Sync;

/// A server of plain HTTP on 127.0.0.1, one request a connection. It hangs up on a TLS handshake.
pub struct Scripted {
    host: String,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

struct State {
    host: String,
    answers: Box<Answers>,
    asked: Mutex<Vec<Asked>>,
    stopped: AtomicBool,
}

impl Scripted {
    /// Answers each request with the rule that has its line. Of several rules for a line each is used once, in their
    /// order, and the last one from then on. `{host}` in an answer stands for this server's host and port.
    ///
    /// A ping for which there is no rule is answered with 200 and not remembered; anything else is 404.
    pub fn start(rules: &[(&str, String)]) -> Scripted {
        let mut left: Vec<(String, String)> = rules
            .iter()
            .map(|(line, answer)| ((*line).to_owned(), answer.clone()))
            .collect();
        left.reverse();
        let left = Mutex::new(left);
        Scripted::with(move |asked| {
            let mut left = left.lock().expect("not poisoned");
            let matches: Vec<_> = (0..left.len())
                .filter(|at| left[*at].0 == asked.line)
                .collect();
            match matches[..] {
                [] => None,
                [only] => Some(left[only].1.clone()),
                [.., first] => Some(left.remove(first).1),
            }
        })
    }

    /// Answers each request with what `answers` says; where that is nothing, as [`Scripted::start`] does.
    pub fn with(answers: impl Fn(&Asked) -> Option<String> + Send + Sync + 'static) -> Scripted {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind to a free port");
        let host = listener.local_addr().expect("an address").to_string();
        let state = Arc::new(State {
            host: host.clone(),
            answers: Box::new(answers),
            asked: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let served = Arc::clone(&state);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if served.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&served);
                thread::spawn(move || state.serve(&stream.expect("accept a connection")));
            }
        });
        Scripted {
            host,
            state,
            thread: Some(thread),
        }
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().expect("not poisoned").clone()
    }

    /// The lines of what it was asked so far.
    pub fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread, which looks at the flag.
        let woken = TcpStream::connect(&self.host).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            // A panic in it was printed already.
            let _ = thread.join();
        }
    }
}

impl State {
    fn serve(&self, stream: &TcpStream) {
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .expect("set a time limit");
        // A client may go away at any time; a test sees that in what the client says.
        let Some(asked) = read(stream) else { return };
        let answer = (self.answers)(&asked);
        let pinged = answer.is_none() && asked.line == "GET /v2/";
        let answer = match answer {
            Some(answer) => answer.replace("{host}", &self.host),
            None if pinged => respond(200, &[], "{}"),
            None => respond(404, &[], "no rule for this"),
        };
        let end = match asked.line.starts_with("HEAD ") {
            true => answer.find("\r\n\r\n").map_or(answer.len(), |at| at + 4),
            false => answer.len(),
        };
        if !pinged {
            self.asked.lock().expect("not poisoned").push(asked);
        }
        let mut stream = stream;
        let _ = stream.write_all(&answer.as_bytes()[..end]);
    }
}

/// Nothing for what is no HTTP.
fn read(stream: &TcpStream) -> Option<Asked> {
    let mut first = [0];
    // 0x16 begins a TLS handshake.
    if stream.peek(&mut first).ok()? == 0 || first == [0x16] {
        return None;
    }
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let (line, _version) = lines.first()?.rsplit_once(' ')?;
    let headers: Vec<_> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut asked = Asked {
        line: line.to_owned(),
        headers,
        body: String::new(),
    };
    let length = asked.header("content-length").parse().unwrap_or(0);
    reader.take(length).read_to_string(&mut asked.body).ok()?;
    Some(asked)
}

/// An answer with a length.
pub fn respond(status: u16, headers: &[(&str, &str)], body: &str) -> String {
    let mut answer = format!(
        "HTTP/1.1 {status} Scripted\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        answer += &format!("{name}: {value}\r\n");
    }
    answer + "\r\n" + body
}
