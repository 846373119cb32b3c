//! A registry behind a proxy.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use imgferry::{
    Call, Cancel, Credential, Credentials, Error, ErrorKind, ImageProgressStep, Limits, Phase,
    Proxy, Reference, Registry as Client, RegistryOptions,
};

use crate::real::push;
use crate::support::{
    ForwardProxy, Manner, Registry, RegistryOptions as PartOptions, Scripted, TokenServer,
    free_port, respond,
};
use crate::{reference, user};

fn through(proxy: &str) -> RegistryOptions {
    RegistryOptions {
        proxy: Proxy::new(proxy, "").expect("a proxy"),
        allow_http: true,
        ..RegistryOptions::default()
    }
}

fn by_name(image: &Reference) -> Reference {
    reference(&image.to_string().replace("127.0.0.1", "registry.test"))
}

fn fails(proxy: &str, call: &mut Call<'_>) -> Error {
    let registry = Client::new("registry.test:1", &through(proxy)).expect("a handle");
    registry
        .ping(call)
        .expect_err("the proxy does not let it through")
}

#[test]
fn a_registry_is_reached_through_every_kind_of_proxy_by_a_name_that_only_it_knows() {
    let mut registry = Registry::start(PartOptions::default());
    let image = push(&registry, "proxied");
    let direct = Client::new(registry.host(), &RegistryOptions::default()).expect("a handle");
    let digest = direct.digest(&image, &mut Call::new()).expect("digest");
    let image = by_name(&image);
    for manner in [Manner::Http, Manner::Socks] {
        for (user, login) in [
            (None, ""),
            (None, "me:pass@"),
            (Some("me:p w%"), "me:p%20w%25@"),
        ] {
            let proxy = match user {
                Some(user) => ForwardProxy::start_for(user, manner.clone()),
                None => ForwardProxy::start(manner.clone()),
            };
            let client = Client::new(image.domain(), &through(&proxy.url(login)));
            let client = client.expect("a handle");
            let call = &mut Call::new();
            assert_eq!(client.digest(&image, call).expect("digest"), digest);
            assert_eq!(client.tags(&image, call).expect("tags"), ["1"]);
            assert!(
                proxy.asked().iter().all(|asked| asked == image.domain()),
                "{:?}",
                proxy.asked()
            );
        }
    }
    registry.stop();
    let proxy = ForwardProxy::start(Manner::Socks);
    let client = Client::new(image.domain(), &through(&proxy.url(""))).expect("a handle");
    let error = client.digest(&image, &mut Call::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(error.to_string().contains("refuses connections"), "{error}");
}

#[test]
fn tls_goes_through_a_proxy_unseen_and_the_token_service_on_the_same_way() {
    let tokens = TokenServer::start("me:pass-word");
    let registry = Registry::start(PartOptions {
        tls: true,
        ..PartOptions::default()
    });
    let locked = Registry::start(PartOptions {
        token: Some((
            tokens.realm(),
            tokens.certificate().to_str().expect("UTF-8").to_owned(),
        )),
        ..PartOptions::default()
    });
    let proxy = ForwardProxy::start(Manner::Http);
    let call = &mut Call::new();

    let host = registry.host().replace("127.0.0.1", "registry.test");
    let options = RegistryOptions {
        authorities_pem: std::fs::read(registry.ca_file()).expect("read the authority"),
        allow_http: false,
        ..through(&proxy.url(""))
    };
    let client = Client::new(&host, &options).expect("a handle");
    client.ping(call).expect("TLS through the proxy");
    assert_eq!(proxy.asked(), [host]);

    let options = RegistryOptions {
        credentials: Credentials::default().with(locked.host(), user("me", "pass-word")),
        ..through(&proxy.url(""))
    };
    let client = Client::new(locked.host(), &options).expect("a handle");
    let image = reference(&format!("{}/a:1", locked.host()));
    let error = client.digest(&image, call).unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::NotFound,
        "the token was good: {error}"
    );
    let realm = tokens.realm();
    assert!(
        proxy.asked().iter().any(|asked| realm.contains(asked)),
        "{:?}",
        proxy.asked()
    );
}

#[test]
fn hosts_of_the_list_go_around_the_proxy() {
    let registry = Registry::shared();
    let proxy = ForwardProxy::start(Manner::Silent);
    let options = RegistryOptions {
        proxy: Proxy::new(&proxy.url(""), "example.com, 127.0.0.0/8").expect("a proxy"),
        ..RegistryOptions::default()
    };
    let client = Client::new(registry.host(), &options).expect("a handle");
    client.ping(&mut Call::new()).expect("directly");
}

// case 37
#[test]
fn a_proxy_that_refuses_is_said_to_and_no_password_is_shown() {
    for manner in [Manner::Http, Manner::Socks] {
        let proxy = ForwardProxy::start_for("me:right", manner);
        for login in ["", "me:wr0ng-one@"] {
            let error = fails(&proxy.url(login), &mut Call::new());
            assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
            let report = error.report();
            assert!(
                report.contains(&format!("the proxy {}", proxy.url(""))),
                "{report}"
            );
            assert!(report.contains("user and password in its URL"), "{report}");
            assert!(
                !format!("{report} {error:?}").contains("wr0ng-one"),
                "{error:?}"
            );
        }
    }
    for (answer, kind, expected) in [
        (
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            ErrorKind::Denied,
            "answered 403 Forbidden",
        ),
        (
            "HTTP/1.0 503 Down\r\n\r\n",
            ErrorKind::Connect,
            "answered 503 Down",
        ),
        (
            "HTTP/1.1 200 OK\r\n",
            ErrorKind::Connect,
            "broke the connection",
        ),
        (
            "SSH-2.0-OpenSSH_9.2\r\n\r\n",
            ErrorKind::Protocol,
            "as an HTTP proxy does",
        ),
    ] {
        let proxy = ForwardProxy::start(Manner::Refusing(answer));
        let error = fails(&proxy.url(""), &mut Call::new());
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.report().contains(expected), "{}", error.report());
        assert!(error.report().contains(proxy.host()), "{}", error.report());
        assert!(error.answer().is_none(), "it is not the registry's");
    }
    let nobody = format!("http://127.0.0.1:{}", free_port());
    for proxy in [nobody.as_str(), "http://proxy.invalid:3128"] {
        let error = fails(proxy, &mut Call::new());
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(error.is_retryable());
        let expected = format!("the proxy {proxy} cannot be reached");
        assert!(error.report().contains(&expected), "{}", error.report());
    }
}

// case 36
#[test]
fn a_silent_proxy_is_left_at_the_limit_for_connections_and_when_the_caller_wants() {
    let proxy = ForwardProxy::start(Manner::Silent);
    let socks = format!("socks5://{}", proxy.host());
    for url in [proxy.url(""), socks] {
        let limits = Limits {
            connect: Some(Duration::from_millis(400)),
            ..Limits::default()
        };
        let began = Instant::now();
        // By HTTPS and by plain HTTP.
        let error = fails(&url, &mut Call::new().limits(limits));
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(error.to_string().contains(proxy.host()), "{error}");
        assert!(error.to_string().contains("400 ms"), "{error}");
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "{:?}",
            began.elapsed()
        );

        let began = Instant::now();
        let mut leave = |step: &ImageProgressStep<'_>| match step.phase {
            Phase::Waiting => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        };
        let error = fails(&url, &mut Call::new().progress(&mut leave));
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "{:?}",
            began.elapsed()
        );

        let cancel = Cancel::new();
        let error = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| fails(&url, &mut Call::new().cancel(&cancel)));
            cancel.cancel();
            waiting.join().expect("it ended")
        });
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    }
}

// case 36
#[test]
fn a_registry_that_is_silent_in_the_handshake_is_left_at_the_limit_for_connections() {
    let (silent, proxy) = (
        ForwardProxy::start(Manner::Silent),
        ForwardProxy::start(Manner::Http),
    );
    let host = silent.host().replace("127.0.0.1", "registry.test");
    let options = RegistryOptions {
        allow_http: false,
        ..through(&proxy.url(""))
    };
    let limits = Limits {
        connect: Some(Duration::from_millis(400)),
        ..Limits::default()
    };
    let error = Client::new(&host, &options)
        .expect("a handle")
        .ping(&mut Call::new().limits(limits))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(
        error.to_string().contains("no connection within 400 ms"),
        "{error}"
    );
}

// case 15
#[test]
fn a_stranger_cannot_make_us_ask_the_proxy_for_private_hosts() {
    for realm in [
        "https://10.0.0.1/token",
        "https://127.0.0.1/token",
        "https://[::1]/token",
        "https://169.254.169.254/latest",
        "https://localhost/token",
        "https://a.localhost/token",
    ] {
        let challenge = format!("Bearer realm=\"{realm}\",service=\"s\"");
        let server =
            Scripted::with(move |_| Some(respond(401, &[("WWW-Authenticate", &challenge)], "{}")));
        let proxy = ForwardProxy::start(Manner::Http);
        let host = server.host().replace("127.0.0.1", "registry.test");
        let client = Client::new(&host, &through(&proxy.url(""))).expect("a handle");
        let image = reference(&format!("{host}/a:1"));
        let error = client.digest(&image, &mut Call::new()).unwrap_err();
        assert!(
            error.report().contains("not a public address"),
            "{}",
            error.report()
        );
        assert!(
            proxy.asked().iter().all(|asked| *asked == host),
            "{:?}",
            proxy.asked()
        );
    }
}

#[test]
fn an_anonymous_credential_and_a_proxy_are_strangers() {
    // The login of the proxy is for the proxy.
    let server = Scripted::with(|asked| {
        let shown = ["authorization", "proxy-authorization"].map(|name| asked.header(name));
        let status = if shown == ["", ""] { 200 } else { 500 };
        Some(respond(status, &[], "{}"))
    });
    let proxy = ForwardProxy::start_for("me:right", Manner::Http);
    let options = RegistryOptions {
        credentials: Credentials::default().with(server.host(), Credential::Anonymous),
        ..through(&proxy.url("me:right@"))
    };
    let client = Client::new(server.host(), &options).expect("a handle");
    client.ping(&mut Call::new()).expect("nothing was shown");
}
