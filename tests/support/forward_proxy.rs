//! A real forward proxy, as stands between a company and the internet: HTTP's `CONNECT`, or SOCKS 5. It remembers what
//! it was asked for.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How a proxy behaves.
#[derive(Clone, Debug)]
pub enum Manner {
    /// Passes on what `CONNECT` asks for.
    Http,
    /// Passes on what is asked for by SOCKS 5.
    Socks,
    /// Answers `CONNECT` with these lines and closes.
    Refusing(&'static str),
    /// Takes connections and says nothing.
    Silent,
}

/// A proxy on 127.0.0.1. The name `registry.test` is known to it alone, and stands for 127.0.0.1.
#[derive(Debug)]
pub struct ForwardProxy {
    host: String,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct State {
    manner: Manner,
    /// The only user, `name:password`.
    user: Option<String>,
    asked: Mutex<Vec<String>>,
    stopped: AtomicBool,
}

impl ForwardProxy {
    /// A proxy for everybody.
    pub fn start(manner: Manner) -> ForwardProxy {
        ForwardProxy::launch(manner, None)
    }

    /// A proxy for one user, `name:password`.
    pub fn start_for(user: &str, manner: Manner) -> ForwardProxy {
        ForwardProxy::launch(manner, Some(user.to_owned()))
    }

    fn launch(manner: Manner, user: Option<String>) -> ForwardProxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind to a free port");
        let host = listener.local_addr().expect("an address").to_string();
        let state = Arc::new(State {
            manner,
            user,
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
                let stream = stream.expect("accept a connection");
                // A client may go away at any time; a test sees that in what the client says.
                thread::spawn(move || state.serve(stream).unwrap_or_default());
            }
        });
        ForwardProxy {
            host,
            state,
            thread: Some(thread),
        }
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its address, with `login` (`user:password@`) where it is not empty.
    pub fn url(&self, login: &str) -> String {
        let scheme = match self.state.manner {
            Manner::Socks => "socks5",
            Manner::Http | Manner::Refusing(_) | Manner::Silent => "http",
        };
        format!("{scheme}://{login}{}", self.host)
    }

    /// Each host and port that it was asked for, granted or not.
    pub fn asked(&self) -> Vec<String> {
        self.state.asked.lock().expect("not poisoned").clone()
    }
}

impl Drop for ForwardProxy {
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
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        match self.manner {
            Manner::Http => self.serve_http(stream),
            Manner::Socks => self.serve_socks(stream),
            Manner::Refusing(answer) => {
                let (target, _) = read_connect(&mut BufReader::new(&stream))?;
                self.note(&target);
                (&stream).write_all(answer.as_bytes())
            }
            Manner::Silent => {
                let mut nothing = Vec::new();
                (&stream).read_to_end(&mut nothing).map(|_| ())
            }
        }
    }

    fn note(&self, target: &str) {
        let mut asked = self.asked.lock().expect("not poisoned");
        asked.push(target.to_owned());
    }

    fn serve_http(&self, client: TcpStream) -> io::Result<()> {
        let (target, login) = read_connect(&mut BufReader::new(&client))?;
        self.note(&target);
        let wanted = self
            .user
            .as_ref()
            .map(|user| format!("Basic {}", STANDARD.encode(user)));
        if wanted.is_some() && login != wanted {
            return (&client).write_all(
                b"HTTP/1.1 407 Proxy Authentication Required\r\n\
                  Proxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n",
            );
        }
        match reach(&target) {
            Ok(peer) => {
                (&client).write_all(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")?;
                pass_on(client, peer)
            }
            Err(_) => (&client).write_all(b"HTTP/1.1 503 Service Unavailable\r\n\r\n"),
        }
    }

    fn serve_socks(&self, client: TcpStream) -> io::Result<()> {
        let mut stream = &client;
        let [_, count] = read(stream)?;
        let mut ways = vec![0; usize::from(count)];
        stream.read_exact(&mut ways)?;
        let way = if self.user.is_some() { 2 } else { 0 };
        if !ways.contains(&way) {
            return stream.write_all(&[5, 0xff]);
        }
        stream.write_all(&[5, way])?;
        if let Some(user) = &self.user {
            let [_] = read(stream)?;
            let login = format!("{}:{}", read_text(stream)?, read_text(stream)?);
            stream.write_all(&[1, u8::from(login != *user)])?;
            if login != *user {
                return Ok(());
            }
        }
        let [_, _, _, kind] = read(stream)?;
        let host = match kind {
            1 => std::net::Ipv4Addr::from(read(stream)?).to_string(),
            3 => read_text(stream)?,
            4 => format!("[{}]", std::net::Ipv6Addr::from(read(stream)?)),
            _ => return stream.write_all(&[5, 8, 0, 1, 0, 0, 0, 0, 0, 0]),
        };
        let target = format!("{host}:{}", u16::from_be_bytes(read(stream)?));
        self.note(&target);
        match reach(&target) {
            Ok(peer) => {
                stream.write_all(&[5, 0, 0, 3, 4, b'h', b'e', b'r', b'e', 0, 80])?;
                pass_on(client, peer)
            }
            Err(_) => stream.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]),
        }
    }
}

fn reach(target: &str) -> io::Result<TcpStream> {
    TcpStream::connect(target.replace("registry.test", "127.0.0.1"))
}

/// What a client asks for, and what it shows for it.
fn read_connect(client: &mut impl BufRead) -> io::Result<(String, Option<String>)> {
    let (mut target, mut login) = (None, None);
    let mut line = String::new();
    while client.read_line(&mut line)? > 0 && !line.trim().is_empty() {
        match (line.strip_prefix("CONNECT "), line.split_once(": ")) {
            (Some(rest), _) => target = rest.split(' ').next().map(str::to_owned),
            (None, Some((name, value))) if name.eq_ignore_ascii_case("proxy-authorization") => {
                login = Some(value.trim().to_owned());
            }
            (None, _) => {}
        }
        line.clear();
    }
    let target = target.ok_or_else(|| io::Error::other("not CONNECT"))?;
    Ok((target, login))
}

fn read<const LENGTH: usize>(mut stream: impl Read) -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A text after its length.
fn read_text(mut stream: impl Read) -> io::Result<String> {
    let [length] = read(&mut stream)?;
    let mut bytes = vec![0; usize::from(length)];
    stream.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

fn pass_on(client: TcpStream, peer: TcpStream) -> io::Result<()> {
    let (mut from_peer, mut to_client) = (peer.try_clone()?, client.try_clone()?);
    let back = thread::spawn(move || {
        // Either side may break off; the other is told by the end of its stream.
        let _ = io::copy(&mut from_peer, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let _ = io::copy(&mut &client, &mut &peer);
    let _ = peer.shutdown(Shutdown::Both);
    back.join().map_err(|_| io::Error::other("a thread broke"))
}
