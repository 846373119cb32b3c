//! TLS with a registry: whom it believes, whom we believe, and what nobody else gets to see.

use std::fs;
use std::path::Path;

use imgferry::{Call, ErrorKind, Registry as Client, RegistryOptions};

use crate::real::push;
use crate::support::{
    ForwardProxy, Manner, Nginx, NginxOptions, Registry, RegistryOptions as PartOptions, TempDir,
};
use crate::{kind, reference};

fn pem(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).expect("read a certificate")
}

fn client(host: &str, options: &RegistryOptions) -> Client {
    Client::new(host, options).expect("a handle")
}

/// A registry that demands the certificate of its client.
fn demanding() -> Nginx {
    let options = NginxOptions {
        client_certificates: true,
        ..NginxOptions::default()
    };
    Nginx::in_front_of(Registry::shared().host(), &options)
}

/// A folder such as /etc/docker/certs.d, with these files of `certificates` for one registry.
fn folder_for(host: &str, certificates: &Path, files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new("certs.d");
    fs::create_dir(folder.join(host)).expect("a folder");
    for (name, own_name) in files {
        let own = folder.join(host).join(own_name);
        fs::copy(certificates.join(name), own).expect("copy a certificate");
    }
    folder
}

// case 40
#[test]
fn a_certificate_of_ones_own_opens_a_registry_that_demands_one() {
    let nginx = demanding();
    let certificates = nginx.certificates();
    let image = push(Registry::shared(), "mutual");
    let call = &mut Call::new();
    let path = image.path().to_owned();
    let image = reference(&format!("{}/{path}:1", nginx.host()));

    let with_all = RegistryOptions {
        authorities_pem: pem(certificates, "ca.pem"),
        certificate_pem: pem(certificates, "cert.pem"),
        key_pem: pem(certificates, "key.pem"),
        ..RegistryOptions::default()
    };
    client(nginx.host(), &with_all)
        .digest(&image, call)
        .expect("known to each other");

    let files = [
        ("ca.pem", "ca.crt"),
        ("cert.pem", "me.cert"),
        ("key.pem", "me.key"),
    ];
    let folder = folder_for(nginx.host(), certificates, &files);
    let from_folder = RegistryOptions {
        certificate_folders: vec![folder.join("none"), folder.path().to_owned()],
        ..RegistryOptions::default()
    };
    client(nginx.host(), &from_folder)
        .digest(&image, call)
        .expect("known by the folder");

    let stranger = RegistryOptions {
        certificate_pem: vec![],
        key_pem: vec![],
        ..with_all.clone()
    };
    let error = client(nginx.host(), &stranger)
        .digest(&image, call)
        .unwrap_err();
    assert_eq!(error.answer().expect("an answer").status, 400, "{error}");
}

#[test]
fn half_a_certificate_is_refused_before_anything_is_sent() {
    let nginx = demanding();
    let certificates = nginx.certificates();
    let refused = |options: &RegistryOptions| {
        let error = Client::new(nginx.host(), options).expect_err("it cannot be used");
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
        error.to_string()
    };
    let given = |certificate: &str, key: &str| RegistryOptions {
        certificate_pem: match certificate {
            "" => vec![],
            name => pem(certificates, name),
        },
        key_pem: match key {
            "" => vec![],
            name => pem(certificates, name),
        },
        ..RegistryOptions::default()
    };
    assert!(refused(&given("cert.pem", "")).contains("key_pem"));
    assert!(refused(&given("", "key.pem")).contains("certificate_pem"));
    assert!(refused(&given("cert.pem", "server.key")).contains("together"));
    assert!(refused(&given("key.pem", "key.pem")).contains("no certificate"));
    assert!(refused(&given("cert.pem", "cert.pem")).contains("no private key"));

    for (files, named) in [
        (&[("cert.pem", "me.cert")][..], "me.key"),
        (&[("key.pem", "me.key")], "me.cert"),
        (&[("key.pem", "ca.crt")], "ca.crt"),
        (
            &[("cert.pem", "me.cert"), ("server.key", "me.key")],
            "me.cert",
        ),
    ] {
        let folder = folder_for(nginx.host(), certificates, files);
        let error = refused(&RegistryOptions {
            certificate_folders: vec![folder.path().to_owned()],
            ..RegistryOptions::default()
        });
        assert!(error.contains(named), "{error}");
    }
    assert_eq!(nginx.access_log().mark(), 0, "nothing was sent");
}

// case 40
#[test]
fn certificate_and_headers_go_to_the_registry_and_to_nobody_else() {
    // Its tokens say what it was shown.
    let tokens = Nginx::in_front_of(
        Registry::shared().host(),
        &NginxOptions {
            tls: true,
            snippet: r#"
                ssl_verify_client optional_no_ca;
                location /token {
                    return 200 '{"token":"cert-$ssl_client_verify-tenant-$http_x_tenant"}';
                }"#
            .to_owned(),
            ..NginxOptions::default()
        },
    );
    let snippet = format!(
        r#"
        location /v2/ {{
            set $shown "$http_authorization $http_x_tenant $ssl_client_verify";
            if ($shown != "Bearer cert-NONE-tenant- blue SUCCESS") {{ return 401; }}
            return 200 '{{"name":"a","tags":["shown"]}}';
        }}
        error_page 401 @login;
        location @login {{
            add_header WWW-Authenticate 'Bearer realm="{}",service="s"' always;
            return 401;
        }}"#,
        tokens.url("/token")
    );
    let registry = Nginx::in_front_of(
        Registry::shared().host(),
        &NginxOptions {
            client_certificates: true,
            snippet,
            ..NginxOptions::default()
        },
    );
    let certificates = registry.certificates();
    let authorities = [
        pem(certificates, "ca.pem"),
        pem(tokens.certificates(), "ca.pem"),
    ];
    let options = RegistryOptions {
        authorities_pem: authorities.concat(),
        certificate_pem: pem(certificates, "cert.pem"),
        key_pem: pem(certificates, "key.pem"),
        headers: vec![("X-Tenant".into(), "blue".into())],
        user_agent: "demo/1.0 (of a test)".into(),
        ..RegistryOptions::default()
    };
    let tags = client(registry.host(), &options)
        .tags(
            &reference(&format!("{}/a:1", registry.host())),
            &mut Call::new(),
        )
        .expect("the token was for somebody without certificate and header");
    assert_eq!(tags, ["shown"]);
    let version = env!("CARGO_PKG_VERSION");
    for log in [registry.access_log(), tokens.access_log()] {
        let request = log.wait_for_request(0, |_| true);
        assert_eq!(
            request.user_agent,
            format!("imgferry/{version} (demo/1.0 (of a test))")
        );
    }
}

// case 40
#[test]
fn whoever_is_not_believed_is_asked_once_and_believed_only_when_told() {
    let registry = Registry::start(PartOptions {
        tls: true,
        ..PartOptions::default()
    });
    let image = reference(&format!("{}/a:1", registry.host()));
    // It counts the connections.
    let proxy = ForwardProxy::start(Manner::Http);
    let through_proxy = RegistryOptions {
        proxy: imgferry::Proxy::new(&proxy.url(""), "").expect("a proxy"),
        ..RegistryOptions::default()
    };
    let careful = client(registry.host(), &through_proxy);
    // On this machine plain HTTP is tried, too, which a server of TLS refuses: so two.
    let error = careful.digest(&image, &mut Call::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    assert!(!error.is_retryable());
    assert_eq!(proxy.asked(), [registry.host(), registry.host()]);

    let by_name = registry.host().replace("127.0.0.1", "registry.test");
    let image = reference(&format!("{by_name}/a:1"));
    let careful = client(&by_name, &through_proxy);
    let error = careful.digest(&image, &mut Call::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    assert!(
        error.report().contains("UnknownIssuer"),
        "{}",
        error.report()
    );
    assert_eq!(proxy.asked()[2..], [by_name.as_str()]);

    let reckless = RegistryOptions {
        skip_verification: true,
        ..through_proxy
    };
    let reckless = client(&by_name, &reckless);
    assert_eq!(
        kind(reckless.digest(&image, &mut Call::new())),
        ErrorKind::NotFound
    );
}

// case 40
#[test]
fn old_tls_and_plain_answers_are_tls_errors_that_are_not_tried_again() {
    let old = Nginx::in_front_of(
        Registry::shared().host(),
        &NginxOptions {
            tls: true,
            snippet: "ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;".to_owned(),
            ..NginxOptions::default()
        },
    );
    let proxy = ForwardProxy::start(Manner::Socks);
    for (at, host) in [old.host(), Registry::shared().host()].iter().enumerate() {
        let host = host.replace("127.0.0.1", "registry.test");
        let options = RegistryOptions {
            proxy: imgferry::Proxy::new(&proxy.url(""), "").expect("a proxy"),
            skip_verification: true,
            ..RegistryOptions::default()
        };
        let image = reference(&format!("{host}/a:1"));
        let error = client(&host, &options)
            .digest(&image, &mut Call::new())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
        assert_eq!(proxy.asked()[at..], [host.as_str()]);

        let plain = RegistryOptions {
            allow_http: true,
            ..options
        };
        let expected = match at {
            0 => ErrorKind::Tls,
            _ => ErrorKind::NotFound,
        };
        let other = ForwardProxy::start(Manner::Socks);
        let plain = RegistryOptions {
            proxy: imgferry::Proxy::new(&other.url(""), "").expect("a proxy"),
            ..plain
        };
        assert_eq!(
            kind(client(&host, &plain).digest(&image, &mut Call::new())),
            expected
        );
    }
}
