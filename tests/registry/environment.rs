//! What the environment says: authorities of the system, proxies, folders of certificates.

use std::fs;
use std::sync::Mutex;

use imgferry::{Call, ErrorKind, Proxy, Registry as Client, RegistryOptions};

use crate::support::{
    ForwardProxy, Manner, Registry, RegistryOptions as PartOptions, TempDir, TlsFront, given,
    in_own_process, is_own_process,
};
use crate::{kind, reference};

fn over_tls() -> Registry {
    Registry::start(PartOptions {
        tls: true,
        ..PartOptions::default()
    })
}

// case 40
#[test]
fn the_systems_authorities_are_believed_and_given_ones_come_on_top() {
    if is_own_process() {
        let call = &mut Call::new();
        let plain = RegistryOptions::default();
        let client = Client::new(&given("OF_SYSTEM"), &plain).expect("a handle");
        client.ping(call).expect("the system believes it");
        let both = RegistryOptions {
            authorities_pem: fs::read(given("OTHER_CA")).expect("an authority"),
            ..RegistryOptions::default()
        };
        for host in ["OF_SYSTEM", "OTHER"] {
            let client = Client::new(&given(host), &both).expect("a handle");
            client.ping(call).expect(host);
        }
        let client = Client::new(&given("OTHER"), &plain).expect("a handle");
        assert_eq!(kind(client.ping(call)), ErrorKind::Tls);
        return;
    }
    let (of_system, other) = (over_tls(), over_tls());
    in_own_process(&[
        (
            "SSL_CERT_FILE",
            of_system.ca_file().to_str().expect("UTF-8"),
        ),
        ("OF_SYSTEM", of_system.host()),
        ("OTHER", other.host()),
        ("OTHER_CA", other.ca_file().to_str().expect("UTF-8")),
    ]);
}

/// Keeps what the library says.
struct Kept(Mutex<Vec<String>>);

impl log::Log for Kept {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("imgferry")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let mut kept = self.0.lock().expect("not poisoned");
            kept.push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

#[test]
fn authorities_are_looked_for_at_the_first_certificate_and_missing_ones_are_explained() {
    if is_own_process() {
        static LOG: Kept = Kept(Mutex::new(Vec::new()));
        log::set_logger(&LOG).expect("no other log");
        log::set_max_level(log::LevelFilter::Debug);
        let looked = || {
            let kept = LOG.0.lock().expect("not poisoned");
            kept.iter()
                .any(|line| line.contains("authorities of the system"))
        };
        let call = &mut Call::new();
        let plain = RegistryOptions::default();
        let client = Client::new(&given("PLAIN"), &plain).expect("a handle");
        client.ping(call).expect("after a try by TLS");
        let client = Client::new(&given("OVER_TLS"), &plain).expect("a handle");
        assert!(!looked(), "no certificate was shown yet");
        let error = client.ping(call).unwrap_err();
        assert!(looked());
        assert_eq!(error.kind(), ErrorKind::Tls);
        let report = error.report();
        for what in ["ca-certificates", "SSL_CERT_FILE", "authorities_pem"] {
            assert!(report.contains(what), "{report}");
        }
        let given_ones = RegistryOptions {
            authorities_pem: fs::read(given("CA")).expect("an authority"),
            ..RegistryOptions::default()
        };
        let client = Client::new(&given("OVER_TLS"), &given_ones).expect("a handle");
        client.ping(call).expect("those that are given are enough");
        return;
    }
    let registry = over_tls();
    in_own_process(&[
        ("SSL_CERT_FILE", "/dev/null"),
        ("PLAIN", Registry::shared().host()),
        ("OVER_TLS", registry.host()),
        ("CA", registry.ca_file().to_str().expect("UTF-8")),
    ]);
}

#[test]
fn the_environments_proxies_and_folders_are_used_and_this_machine_is_reached_directly() {
    if is_own_process() {
        let call = &mut Call::new();
        let options = RegistryOptions::from_env().expect("options");
        assert!(!format!("{options:?}").contains("s3cr3t"), "{options:?}");
        for host in ["NAMED", "DIRECT"] {
            let host = given(host);
            let client = Client::new(&host, &options).expect("a handle");
            let image = reference(&format!("{host}/a:1"));
            assert_eq!(kind(client.digest(&image, call)), ErrorKind::NotFound);
        }
        return;
    }
    let registry = over_tls();
    let named = registry.host().replace("127.0.0.1", "registry.test");
    let home = TempDir::new("home");
    for host in [&named, registry.host()] {
        let folder = home.join(".config/containers/certs.d").join(host);
        fs::create_dir_all(&folder).expect("folders");
        fs::copy(registry.ca_file(), folder.join("ca.crt")).expect("copy the authority");
    }
    let proxy = ForwardProxy::start_for("me:s3cr3t", Manner::Http);
    in_own_process(&[
        ("HOME", home.path().to_str().expect("UTF-8")),
        ("HTTPS_PROXY", &proxy.url("me:s3cr3t@")),
        ("NAMED", &named),
        ("DIRECT", registry.host()),
    ]);
    assert_eq!(proxy.asked(), [named]);
}

#[test]
fn a_proxy_over_tls_must_prove_who_it_is_to_the_system() {
    if is_own_process() {
        let through = |url: &str| RegistryOptions {
            proxy: Proxy::new(url, "").expect("a proxy"),
            allow_http: true,
            ..RegistryOptions::default()
        };
        let call = &mut Call::new();
        let client = Client::new(&given("REGISTRY"), &through(&given("PROXY")));
        client.expect("a handle").ping(call).expect("through it");
        let wrong = given("STRANGER");
        let client = Client::new(&given("REGISTRY"), &through(&wrong)).expect("a handle");
        let error = client.ping(call).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
        assert!(error.to_string().contains(&wrong), "{error}");
        return;
    }
    // Their certificates are for the proxy.
    let (known, unknown) = (over_tls(), over_tls());
    let proxy = ForwardProxy::start(Manner::Http);
    let [front, stranger] = [&known, &unknown].map(|registry| {
        let folder = registry.ca_file().parent().expect("a folder");
        TlsFront::start(folder, proxy.host())
    });
    let named = Registry::shared()
        .host()
        .replace("127.0.0.1", "registry.test");
    in_own_process(&[
        ("SSL_CERT_FILE", known.ca_file().to_str().expect("UTF-8")),
        ("PROXY", &format!("https://{}", front.host())),
        ("STRANGER", &format!("https://{}", stranger.host())),
        ("REGISTRY", &named),
    ]);
    assert!(proxy.asked().contains(&named), "{:?}", proxy.asked());
}
