//! A token that ends while a handle lives, against a small registry that demands one.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Cluster, Config};
use crate::call::Call;
use crate::environment::testing::Folder;
use crate::error::{ErrorKind, Result};
use crate::images::token::Token;
use crate::reference::Reference;
use crate::registry::{Registry, RegistryOptions};

/// A registry that lets in whoever has its token of the moment.
struct Locked {
    host: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    token: String,
    /// The statuses that it answered with since they were last taken.
    answered: Vec<u16>,
}

impl Locked {
    fn start() -> Locked {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let locked = Locked {
            host: listener.local_addr().expect("an address").to_string(),
            state: Arc::default(),
        };
        let state = Arc::clone(&locked.state);
        // It ends with the process.
        thread::spawn(move || {
            for connection in listener.incoming() {
                serve(&connection.expect("a connection"), &state);
            }
        });
        locked
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("not poisoned")
    }

    fn renew(&self, token: &str) {
        self.lock().token = token.into();
    }

    fn answered(&self) -> Vec<u16> {
        std::mem::take(&mut self.lock().answered)
    }
}

/// Answers one request; hangs up on a TLS handshake.
fn serve(mut connection: &TcpStream, state: &Mutex<State>) {
    let mut first = [0];
    if connection.peek(&mut first).unwrap_or(0) == 0 || first == [0x16] {
        return;
    }
    let lines = BufReader::new(connection).lines();
    let head: Vec<String> = lines
        .map(|line| line.expect("a line"))
        .take_while(|line| !line.is_empty())
        .collect();
    let mut state = state.lock().expect("not poisoned");
    let wanted = STANDARD.encode(format!("token:{}", state.token));
    let is_let_in = head
        .iter()
        .any(|line| line.ends_with(&format!("Basic {wanted}")));
    let (status, body) = match is_let_in {
        true => (200, r#"{"tags":["1"]}"#),
        false => (401, "{}"),
    };
    state.answered.push(status);
    let answer = format!(
        "HTTP/1.1 {status} So\r\nWWW-Authenticate: Basic realm=\"r\"\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(answer.as_bytes()).expect("an answer");
}

struct Setting {
    folder: Folder,
    locked: Locked,
    registry: Registry,
}

impl Setting {
    /// A handle for the registry of the only cluster, with a token.
    fn with(token: impl FnOnce(&Folder) -> Token) -> Setting {
        let (folder, locked) = (Folder::new("renewal"), Locked::start());
        let cluster = Cluster {
            registry_url: format!("http://{}", locked.host),
            ..Cluster::default()
        };
        let config = Config {
            clusters: [("main".to_owned(), cluster)].into(),
            token: Some(token(&folder)),
            ..Config::default()
        };
        let options = config.registry_options(&RegistryOptions::default());
        let registry = Registry::new(&locked.host, &options.expect("options")).expect("a handle");
        Setting {
            folder,
            locked,
            registry,
        }
    }

    fn token_file(&self, text: &str) -> PathBuf {
        self.folder.write("token", text)
    }

    fn tags(&self) -> Result<Vec<String>> {
        let image = Reference::parse(&format!("{}/ml/app", self.locked.host)).expect("a reference");
        self.registry.tags(&image, &mut Call::new())
    }

    /// After this the registry is known, and the token is kept.
    fn begin(&self) {
        self.locked.renew("first");
        assert_eq!(self.tags().expect("tags"), ["1"]);
        self.locked.answered();
        self.tags().expect("tags");
        assert_eq!(self.locked.answered(), [200], "it is asked once");
    }
}

#[test]
fn a_token_file_that_was_renewed_opens_the_registry_of_a_handle_that_lives_long() {
    let setting = Setting::with(|folder| Token::File(folder.write("token", "first\n")));
    setting.begin();

    setting.token_file("second\n");
    setting.locked.renew("second");
    assert_eq!(setting.tags().expect("tags"), ["1"]);
    assert_eq!(setting.locked.answered(), [401, 200], "within the call");
}

#[test]
fn a_token_that_has_ended_is_shown_once_a_call_and_the_next_one_is_seen() {
    let setting = Setting::with(|folder| Token::File(folder.write("token", "first\n")));
    setting.begin();

    setting.locked.renew("second");
    for _ in 0..2 {
        let error = setting.tags().expect_err("it has ended");
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        assert_eq!(setting.locked.answered(), [401], "one try");
    }
    setting.token_file("second\n");
    assert_eq!(setting.tags().expect("tags"), ["1"]);
    assert_eq!(setting.locked.answered(), [200], "the new one at once");
}

#[test]
fn a_token_file_that_is_empty_while_it_is_renewed_is_told_and_harms_nothing() {
    let setting = Setting::with(|folder| Token::File(folder.write("token", "first\n")));
    setting.begin();

    setting.locked.renew("second");
    setting.token_file("");
    let error = setting.tags().expect_err("no token");
    assert_eq!(error.kind(), ErrorKind::Credentials);
    assert!(error.to_string().contains(&setting.locked.host), "{error}");
    setting.token_file("second");
    assert_eq!(setting.tags().expect("tags"), ["1"]);
}

#[test]
fn a_token_callback_is_asked_again_after_a_refusal() {
    let current = Arc::new(Mutex::new("first".to_owned()));
    let asked = Arc::clone(&current);
    let setting = Setting::with(move |_| {
        Token::Callback(Arc::new(move || {
            Ok(asked.lock().expect("not poisoned").clone())
        }))
    });
    setting.begin();

    *current.lock().expect("not poisoned") = "second".into();
    setting.locked.renew("second");
    assert_eq!(setting.tags().expect("tags"), ["1"]);
    assert_eq!(setting.locked.answered(), [401, 200]);
}
