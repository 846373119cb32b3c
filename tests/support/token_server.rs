//! A token server that a real registry believes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::program::{expect_success, installed};
use super::scripted::{Asked, Scripted, respond};
use super::unique::{TempDir, unique};

/// What the registry must be told besides the certificate.
pub const ISSUER: &str = "imgferry test";
pub const SERVICE: &str = "imgferry test registry";

/// Gives `user:password` every right that is asked for, anybody without credentials the right to pull, and all others
/// nothing.
pub struct TokenServer {
    server: Scripted,
    certificate: PathBuf,
    _keys: TempDir,
}

impl TokenServer {
    pub fn start(user: &str) -> TokenServer {
        let keys = TempDir::new("token-keys");
        let (key, certificate) = (keys.join("key.pem"), keys.join("certificate.pem"));
        let mut openssl = Command::new(installed("openssl", "openssl"));
        openssl
            .args([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            ])
            .args(["-subj", "/CN=imgferry test tokens", "-keyout"])
            .args([key.as_os_str(), "-out".as_ref(), certificate.as_os_str()]);
        expect_success(&openssl.output().expect("run openssl"));
        let pem = fs::read_to_string(&certificate).expect("read the certificate");
        let x5c: String = pem.lines().filter(|line| !line.starts_with("--")).collect();
        let proof = format!("Basic {}", STANDARD.encode(user));
        let folder = keys.path().to_owned();
        TokenServer {
            server: Scripted::with(move |asked| {
                let may_push = match asked.header("authorization") {
                    "" => false,
                    shown if shown == proof => true,
                    _ => return Some(respond(401, &[], r#"{"details":"wrong password"}"#)),
                };
                let token = sign(&folder, &x5c, &claims(asked, may_push));
                let answer = json!({"token": token, "expires_in": 300});
                Some(respond(200, &[], &answer.to_string()))
            }),
            certificate,
            _keys: keys,
        }
    }

    /// What a registry names as its realm.
    pub fn realm(&self) -> String {
        format!("http://{}/token", self.server.host())
    }

    /// What a registry must trust.
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// Both, as a registry is started with them.
    pub fn for_registry(&self) -> (String, String) {
        let certificate = self.certificate.to_str().expect("UTF-8");
        (self.realm(), certificate.to_owned())
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.server.asked()
    }
}

fn claims(asked: &Asked, may_push: bool) -> Value {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970")
        .as_secs();
    let (_, query) = asked.line.split_once('?').unwrap_or_default();
    let access: Vec<_> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name == "scope")
        .filter_map(|(_, scope)| {
            let (kind, rest) = scope.split_once(':')?;
            let (name, actions) = rest.rsplit_once(':')?;
            let actions: Vec<_> = actions
                .split(',')
                .filter(|action| may_push || *action == "pull")
                .collect();
            Some(json!({"type": kind, "name": name, "actions": actions}))
        })
        .collect();
    json!({
        "iss": ISSUER, "sub": "", "aud": SERVICE, "jti": "1",
        "iat": now, "nbf": now - 10, "exp": now + 300, "access": access,
    })
}

fn sign(folder: &Path, x5c: &str, claims: &Value) -> String {
    let header = json!({"typ": "JWT", "alg": "RS256", "x5c": [x5c]});
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(&header), encode(claims));
    let input = folder.join(unique("signed"));
    fs::write(&input, &signed).expect("write what is to be signed");
    let output = Command::new(installed("openssl", "openssl"))
        .args(["dgst", "-sha256", "-sign"])
        .args([folder.join("key.pem"), input])
        .output()
        .expect("run openssl");
    assert!(output.status.success(), "{output:?}");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(output.stdout))
}
