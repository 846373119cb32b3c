//! Whatever held a secret once shows it nowhere: not in `Debug`, not in an error, not in a log record.

mod support;

use std::fs;
use std::sync::{Arc, Mutex};

use imgferry::{
    Call, Cluster, Config, Credential, Credentials, Engine, EngineOptions, EngineTls, Error,
    Images, LocalImage, Proxy, PullOptions, PushImageOptions, PushOptions, Reference, Registry,
    RegistryOptions, RemoteImage, SearchOptions, Token,
};
use support::{Scripted, ScriptedEngine, TempDir, respond, say};

/// Also a part of it, and what becomes of it in headers.
const SECRETS: &[&str] = &[
    "s3cret", // `s3cret` in base64, at each of the places where it can begin.
    "czNjcmV0", "MzY3JldA", "zM2NyZXQ", "M2NyZX",
];

/// Everything that the library logs.
struct Records(Mutex<Vec<String>>);

static RECORDS: Records = Records(Mutex::new(Vec::new()));

impl log::Log for Records {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("imgferry")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let mut records = self.0.lock().expect("not poisoned");
            records.push(format!("{}: {}", record.level(), record.args()));
        }
    }

    fn flush(&self) {}
}

#[track_caller]
fn assert_no_secret(shown: &str) {
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[track_caller]
fn assert_error_hides(error: &Error) {
    assert_no_secret(&format!("{error} {error:?} {error:#?} {}", error.report()));
}

fn secret() -> String {
    "s3cret".into()
}

/// One of each kind.
fn all_credentials() -> Vec<Credential> {
    vec![
        Credential::Basic {
            username: "me".into(),
            password: secret(),
        },
        Credential::IdentityToken {
            username: "me".into(),
            token: secret(),
        },
        Credential::Bearer { token: secret() },
    ]
}

/// Each way to give a credential for a host, also broken ones, which complain.
fn all_sources(folder: &TempDir, host: &str) -> Vec<Credentials> {
    let mut sources: Vec<Credentials> = all_credentials()
        .into_iter()
        .map(|credential| Credentials::default().with(host, credential))
        .collect();
    for credential in all_credentials() {
        let callback = move |_: &str, _: &str| Ok(Some(credential.clone()));
        sources.push(Credentials::default().with_callback(callback));
    }
    for (number, entry) in [
        r#"{"username":"me","password":"s3cret"}"#,
        r#"{"auth":"bWU6czNjcmV0"}"#,
        r#"{"auth":"czNjcmV0"}"#,
        r#"{"identitytoken":"s3cret","auth":"bWU6"}"#,
        r#"{"registrytoken":"s3cret"}"#,
        r#"{"password":["s3cret"]}"#,
        r#"["s3cret"]"#,
        r#"{"password":"s3cret"#,
    ]
    .iter()
    .enumerate()
    {
        let file = folder.join(format!("{number}.json"));
        fs::write(&file, format!(r#"{{"auths":{{"{host}":{entry}}}}}"#)).expect("write a file");
        let found = Credentials::default().with_config_file(file);
        sources.extend([found.clone(), found.strict()]);
    }
    sources
}

/// Each way to reach a registry that needs a secret.
fn ways_with_secrets() -> Vec<RegistryOptions> {
    let proxy = |url: &str| Proxy::new(url, "").expect("a proxy");
    vec![
        RegistryOptions {
            proxy: proxy("http://me:s3cret@127.0.0.1:1"),
            ..RegistryOptions::default()
        },
        RegistryOptions {
            proxy: proxy("socks5://me:s3cret@127.0.0.1:1"),
            headers: vec![("x-tenant".into(), secret())],
            ..RegistryOptions::default()
        },
        RegistryOptions {
            certificate_pem: secret().into_bytes(),
            key_pem: secret().into_bytes(),
            ..RegistryOptions::default()
        },
    ]
}

/// Configurations that hold the secret in each place where somebody may have written it.
fn configs_with_secrets() -> Vec<Config> {
    let gives = Token::Callback(Arc::new(|| Ok(secret())));
    let tokens = [Token::Value(secret()), gives];
    let configs = tokens.into_iter().flat_map(|token| {
        let cluster = |registry_url: &str| Cluster {
            registry_url: registry_url.into(),
            token: Some(token.clone()),
            ..Cluster::default()
        };
        let urls = [
            "https://registry.example",
            "https://me:s3cret@registry.example",
            "https://registry.example/?token=s3cret",
            "s3cret",
        ];
        urls.map(|url| Config {
            clusters: [("main".to_owned(), cluster(url))].into(),
            token: Some(token.clone()),
            ..Config::default()
        })
    });
    configs.collect()
}

/// Texts that are no configurations, with the secret wherever a value can be.
const NO_CONFIGS: &[&str] = &[
    "s3cret",
    r#""s3cret""#,
    r#"{"token":"s3cret""#,
    r#"{"token":"s3cret"}}"#,
    r#"{"token":"s3cret","token_file":"s3cret"}"#,
    r#"{"token":["s3cret"]}"#,
    r#"{"token":{"s3cret":"s3cret"}}"#,
    r#"{"tokn":"s3cret"}"#,
    r#"{"token":"s3cret","token":"s3cret"}"#,
    r#"{"clusters":"s3cret"}"#,
    r#"{"clusters":{"main":"s3cret"}}"#,
    r#"{"clusters":{"main":{"token":"s3cret"}}}"#,
    r#"{"clusters":{"main":{"registry_url":"https://me:s3cret@registry.example"}}}"#,
    r#"{"clusters":{"main":{"registry_url":"https://registry.example","orgs":"s3cret"}}}"#,
];

#[test]
fn what_held_a_secret_once_shows_it_nowhere() {
    log::set_logger(&RECORDS).expect("no other log");
    log::set_max_level(log::LevelFilter::Trace);
    let folder = TempDir::new("secrets");
    let call = &mut Call::new();

    for credential in all_credentials() {
        assert_no_secret(&format!("{credential:?} {credential:#?}"));
        let credential = Some(credential);
        let pull = PullOptions {
            credential: credential.clone(),
            ..PullOptions::default()
        };
        let push = PushOptions {
            credential: credential.clone(),
            ..PushOptions::default()
        };
        let search = SearchOptions {
            credential,
            ..SearchOptions::default()
        };
        assert_no_secret(&format!("{pull:?} {push:?} {search:?}"));
    }

    for challenge in ["Basic", r#"Bearer realm="http://{host}/token",service="s""#] {
        // Nothing is good enough for it.
        let server = Scripted::with(move |asked| {
            let token = respond(200, &[], r#"{"token":"s3cret"}"#);
            let refusal = respond(401, &[("WWW-Authenticate", challenge)], "");
            Some(match asked.line.contains("/token") {
                true => token,
                false => refusal,
            })
        });
        let image = Reference::parse(&format!("{}/a:1", server.host())).expect("a reference");
        for credentials in all_sources(&folder, server.host()) {
            let options = RegistryOptions {
                credentials,
                ..RegistryOptions::default()
            };
            assert_no_secret(&format!("{options:?} {options:#?}"));
            let registry = Registry::new(server.host(), &options).expect("a handle");
            for _ in 0..2 {
                let error = registry.tags(&image, call).expect_err("it is locked");
                assert_error_hides(&error);
            }
            assert_no_secret(&format!("{registry:?} {registry:#?} {call:?}"));
        }
    }

    for options in ways_with_secrets() {
        assert_no_secret(&format!("{options:?} {options:#?}"));
        let handle = Registry::new("registry.example", &options);
        if let Err(error) = &handle {
            assert_error_hides(error);
        }
        // The proxy is not there, and the key is none.
        let asked = handle.and_then(|registry| registry.ping(call));
        assert_error_hides(&asked.expect_err("nobody is there"));
    }
    assert_error_hides(&Proxy::new("http://me:s3cret@[", "").expect_err("no URL"));

    for config in configs_with_secrets() {
        let tokens = config.clusters.values().map(|cluster| &cluster.token);
        assert_no_secret(&format!("{config:?} {config:#?}"));
        for token in tokens.chain([&config.token]) {
            assert_no_secret(&format!("{token:?} {token:#?}"));
        }
    }
    let file = folder.join("config.json");
    for text in NO_CONFIGS {
        assert_error_hides(&Config::parse(text).expect_err(text));
        fs::write(&file, text).expect("write a file");
        assert_error_hides(&Config::read(&file).expect_err(text));
    }

    let signed = respond(307, &[("Location", "http://{host}/x?sig=s3cret")], "");
    let server = Scripted::with(move |asked| match asked.line.as_str() {
        "GET /v2/" => None,
        line if line.starts_with("GET /x") => Some(respond(403, &[], "ended")),
        _ => Some(signed.clone()),
    });
    let image = Reference::parse(&format!("{}/a:1", server.host())).expect("a reference");
    let registry = Registry::new(server.host(), &RegistryOptions::default()).expect("a handle");
    let error = registry.get_manifest(&image, call).expect_err("it ended");
    assert_error_hides(&error);

    let part = ScriptedEngine::start(|_, connection| {
        let answer = "HTTP/1.1 500 Broken\r\nContent-Length: 2\r\n\r\n{}";
        say(connection, answer);
        true
    });
    let name = "registry.example/a:1";
    for credentials in all_sources(&folder, "registry.example") {
        let options = EngineOptions {
            credentials: credentials.clone(),
            headers: vec![("Authorization".into(), secret())],
            tls: Some(EngineTls {
                key_pem: secret().into_bytes(),
                ..EngineTls::default()
            }),
            ..EngineOptions::default()
        };
        assert_no_secret(&format!("{options:?} {options:#?}"));
        let engine = Engine::new(&part.endpoint(), &options).expect("a handle");
        assert_no_secret(&format!("{engine:?} {engine:#?}"));
        let push = engine.push(name, &PushOptions::default(), call);
        assert_error_hides(&push.expect_err("it is broken"));
        let pull = engine.pull(name, &PullOptions::default(), call);
        assert_error_hides(&pull.expect_err("it is broken"));

        let options = RegistryOptions {
            credentials,
            ..RegistryOptions::default()
        };
        let images = Images::new(engine, &options);
        assert_no_secret(&format!("{images:?} {images:#?}"));
        let local = LocalImage::parse(name).expect("a name");
        let remote = RemoteImage::parse(name).expect("a name");
        let push = images.push(&local, Some(&remote), &PushImageOptions::default(), call);
        assert_error_hides(&push.expect_err("it is broken"));
    }
    let sent = part.requests();
    let sent = sent
        .iter()
        .flat_map(|head| &head.headers)
        .any(|header| header.contains("s3cret"));
    assert!(sent, "the secret was there");

    let records = RECORDS.0.lock().expect("not poisoned");
    assert!(!records.is_empty(), "something was logged");
    for record in records.iter() {
        assert_no_secret(record);
    }
}
