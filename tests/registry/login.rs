//! Logins that are kept elsewhere: by other programs, in files, and behind a callback.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use imgferry::{Call, Credentials, Error, ErrorKind, Limits, Reference, Registry};

use crate::support::{
    self, RegistryOptions, Scripted, TempDir, TokenServer, expect_success, respond, skopeo, unique,
};
use crate::{connect_with, kind, reference, scripted_image, user};

/// The user of the locked registries.
const USER: &str = "me:pass-word";

const TAGS: &str = "GET /v2/a/tags/list?n=1000";

fn locked() -> support::Registry {
    support::Registry::start(RegistryOptions {
        htpasswd: Some(USER.into()),
        ..RegistryOptions::default()
    })
}

/// Some image that nobody has pushed: whoever is let in is told so.
fn absent(host: &str) -> Reference {
    reference(&format!("{host}/team/{}:1", unique("absent")))
}

/// A file in docker's form with this login.
fn config(folder: &TempDir, host: &str, login: &str) -> PathBuf {
    let path = folder.join("config.json");
    let auth = STANDARD.encode(login);
    let text = format!(r#"{{"auths":{{"{host}":{{"auth":"{auth}"}}}}}}"#);
    fs::write(&path, text).expect("write a file");
    path
}

fn with_file(host: &str, path: &Path) -> Registry {
    connect_with(host, Credentials::default().with_config_file(path))
}

fn statuses(registry: &support::Registry, mark: usize) -> Vec<u16> {
    let requests = registry.requests_since(mark);
    requests.iter().map(|request| request.status).collect()
}

#[test]
fn a_login_of_another_program_opens_a_registry() {
    let registry = locked();
    let folder = TempDir::new("login");
    let file = folder.join("auth.json");
    expect_success(&skopeo(&[
        "login",
        "--tls-verify=false",
        "--authfile",
        file.to_str().expect("UTF-8"),
        "--username",
        "me",
        "--password",
        "pass-word",
        registry.host(),
    ]));
    let handle = with_file(registry.host(), &file);
    let result = handle.digest(&absent(registry.host()), &mut Call::new());
    assert_eq!(kind(result), ErrorKind::NotFound);
}

#[test]
fn a_file_that_is_not_there_ends_the_call_before_a_password_is_missed() {
    let registry = locked();
    let handle = with_file(registry.host(), Path::new("/nowhere/config.json"));
    let result = handle.digest(&absent(registry.host()), &mut Call::new());
    let error = result.expect_err("no file");
    assert_eq!(error.kind(), ErrorKind::Credentials);
    let report = error.report();
    assert!(report.contains("/nowhere/config.json"), "{report}");
}

// case 37
#[test]
fn a_wrong_password_is_shown_once_a_call_and_a_later_login_is_seen() {
    let registry = locked();
    let folder = TempDir::new("login");
    let file = config(&folder, registry.host(), "me:wr0ng-one");
    let handle = with_file(registry.host(), &file);
    let image = absent(registry.host());
    let call = &mut Call::new();
    handle.ping(call).expect("a locked registry is one, too");
    for _ in 0..2 {
        let mark = registry.mark();
        let error = handle.digest(&image, call).expect_err("wrong");
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        assert_eq!(statuses(&registry, mark), [401], "one try");
    }
    config(&folder, registry.host(), USER);
    let mark = registry.mark();
    assert_eq!(kind(handle.digest(&image, call)), ErrorKind::NotFound);
    assert_eq!(statuses(&registry, mark), [404], "the new one at once");
}

#[test]
fn a_login_after_the_first_refusal_is_seen() {
    let registry = locked();
    let folder = TempDir::new("login");
    let file = config(&folder, "other.example", USER);
    let handle = with_file(registry.host(), &file);
    let image = absent(registry.host());
    let call = &mut Call::new();
    assert_eq!(kind(handle.digest(&image, call)), ErrorKind::Unauthorized);
    config(&folder, registry.host(), USER);
    assert_eq!(kind(handle.digest(&image, call)), ErrorKind::NotFound);
}

#[test]
fn a_password_that_was_renewed_opens_the_registry_to_a_handle_that_lives_long() {
    let mut registry = locked();
    let folder = TempDir::new("login");
    let file = config(&folder, registry.host(), USER);
    let handle = with_file(registry.host(), &file);
    let image = absent(registry.host());
    let call = &mut Call::new();
    assert_eq!(kind(handle.digest(&image, call)), ErrorKind::NotFound);

    registry.change_user("me:renewed-one");
    config(&folder, registry.host(), "me:renewed-one");
    let mark = registry.mark();
    assert_eq!(kind(handle.digest(&image, call)), ErrorKind::NotFound);
    assert_eq!(statuses(&registry, mark), [401, 404], "within the call");
}

#[test]
fn a_callback_is_asked_once_and_again_only_after_a_refusal() {
    let registry = locked();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let asks = Arc::clone(&asked);
    let password = Arc::new(Mutex::new("wr0ng-one"));
    let passwords = Arc::clone(&password);
    let credentials = Credentials::default().with_callback(move |host, repository| {
        asks.lock()
            .expect("not poisoned")
            .push((host.to_owned(), repository.to_owned()));
        // Somebody corrects it after the first question.
        let mut password = passwords.lock().expect("not poisoned");
        Ok(Some(user(
            "me",
            std::mem::replace(&mut *password, "pass-word"),
        )))
    });
    let handle = connect_with(registry.host(), credentials);
    let image = absent(registry.host());
    let call = &mut Call::new();
    handle.ping(call).expect("ping");
    let mark = registry.mark();
    for _ in 0..3 {
        assert_eq!(kind(handle.digest(&image, call)), ErrorKind::NotFound);
    }
    assert_eq!(statuses(&registry, mark), [401, 404, 404, 404]);
    let question = (registry.host().to_owned(), image.path().to_owned());
    let asked = asked.lock().expect("not poisoned");
    assert_eq!(*asked, [question.clone(), question]);
}

#[test]
fn a_callback_that_fails_ends_the_call() {
    let registry = locked();
    let credentials = Credentials::default()
        .with_callback(|_, _| Err(Error::InvalidState("the keyring is locked".into())));
    let handle = connect_with(registry.host(), credentials);
    let result = handle.digest(&absent(registry.host()), &mut Call::new());
    let error = result.expect_err("locked");
    assert_eq!(error.to_string(), "the keyring is locked");
}

#[test]
fn a_token_service_gets_another_credential_after_a_refusal() {
    let tokens = TokenServer::start(USER);
    let registry = support::Registry::start(RegistryOptions {
        token: Some((
            tokens.realm(),
            tokens.certificate().to_str().expect("UTF-8").to_owned(),
        )),
        ..RegistryOptions::default()
    });
    let asked = Arc::new(AtomicUsize::new(0));
    let asks = Arc::clone(&asked);
    let credentials = Credentials::default().with_callback(move |_, _| {
        let password = match asks.fetch_add(1, Ordering::SeqCst) {
            0 => "wr0ng-one",
            _ => "pass-word",
        };
        Ok(Some(user("me", password)))
    });
    let handle = connect_with(registry.host(), credentials);
    let image = absent(registry.host());
    for _ in 0..2 {
        let result = handle.digest(&image, &mut Call::new());
        assert_eq!(kind(result), ErrorKind::NotFound);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    assert_eq!(tokens.asked().len(), 2);
}

/// Answers of a registry that wants a password or a token.
fn locked_scripts() -> [Scripted; 2] {
    ["Basic", r#"Bearer realm="http://{host}/token",service="s""#].map(|challenge| {
        Scripted::with(move |asked| {
            if asked.line.starts_with("GET /token") {
                return Some(respond(200, &[], r#"{"token":"t"}"#));
            }
            Some(match asked.header("authorization") {
                "" => respond(401, &[("WWW-Authenticate", challenge)], ""),
                _ => respond(200, &[], r#"{"tags":[]}"#),
            })
        })
    })
}

#[test]
fn a_callback_that_uses_the_registry_it_is_asked_for_gets_an_error_and_no_deadlock() {
    for server in locked_scripts() {
        let handle: Arc<OnceLock<Registry>> = Arc::default();
        let inner = Arc::new(Mutex::new(Vec::new()));
        let (own, kinds) = (Arc::clone(&handle), Arc::clone(&inner));
        let image = scripted_image(&server);
        let other = reference(&format!("{}/b:1", server.host()));
        let images = [image.clone(), other];
        let credentials = Credentials::default().with_callback(move |_, _| {
            // Ends the test where a deadlock would hold it.
            let limits = Limits {
                deadline: Some(Duration::from_secs(5)),
                ..Limits::default()
            };
            let own = own.get().expect("the handle");
            for image in &images {
                let result = own.tags(image, &mut Call::new().limits(limits));
                kinds.lock().expect("not poisoned").push(kind(result));
            }
            Ok(Some(user("me", "pass-word")))
        });
        let registry = connect_with(server.host(), credentials);
        handle.set(registry.clone()).expect("once");
        let tags = registry.tags(&image, &mut Call::new());
        assert_eq!(tags.expect("the outer call goes on"), [""; 0]);
        let inner = inner.lock().expect("not poisoned");
        assert_eq!(*inner, [ErrorKind::InvalidState; 2]);
    }
}

#[test]
fn many_threads_ask_the_callback_once() {
    let [server, _] = locked_scripts();
    let asked = Arc::new(AtomicUsize::new(0));
    let asks = Arc::clone(&asked);
    let credentials = Credentials::default().with_callback(move |_, _| {
        asks.fetch_add(1, Ordering::SeqCst);
        Ok(Some(user("me", "pass-word")))
    });
    let handle = connect_with(server.host(), credentials);
    let image = scripted_image(&server);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| handle.tags(&image, &mut Call::new()).expect("tags"));
        }
    });
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn a_token_of_a_file_is_shown_as_it_is() {
    let [_, server] = locked_scripts();
    let folder = TempDir::new("login");
    let file = folder.join("config.json");
    let text = format!(
        r#"{{"auths":{{"{}":{{"registrytoken":"own-token"}}}}}}"#,
        server.host()
    );
    fs::write(&file, text).expect("write a file");
    with_file(server.host(), &file)
        .tags(&scripted_image(&server), &mut Call::new())
        .expect("tags");
    let asked = server.asked();
    let last = asked.last().expect("a request");
    assert_eq!(last.line, TAGS);
    assert_eq!(last.header("authorization"), "Bearer own-token");
    assert!(asked.iter().all(|asked| !asked.line.contains("/token")));
}

#[test]
fn nothing_is_shown_where_a_file_has_another_port() {
    let [server, _] = locked_scripts();
    let folder = TempDir::new("login");
    let (name, _) = server.host().split_once(':').expect("a port");
    let file = config(&folder, name, USER);
    let result = with_file(server.host(), &file).tags(&scripted_image(&server), &mut Call::new());
    assert_eq!(kind(result), ErrorKind::Unauthorized);
    for asked in server.asked() {
        assert_eq!(asked.header("authorization"), "", "{asked:?}");
    }
}
