//! Getting a token from the service that a registry names (the distribution specification of tokens, and its OAuth2
//! variant).

use std::fmt;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::kept::Keep;
use super::refusal::expect;
use super::scopes::Scopes;
use crate::call::Call;
use crate::credentials::Credential;
use crate::error::{Error, Result};
use crate::http::{Client, Method, Outgoing, Request, Response};

/// Tokens of 20 KiB exist; this is a document that was never meant to be one.
const MAX_TOKEN_ANSWER: usize = 1024 * 1024;

/// A token lives at least this long, whatever its service says (the specification's own default).
const SHORTEST_LIFE: Duration = Duration::from_secs(60);

/// And is asked for again at least this often.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// A token is renewed so long before its end, because the registry looks at it later than we do.
const MARGIN: Duration = Duration::from_secs(10);

/// What we call ourselves to token services.
const CLIENT_ID: &str = "imgferry";

/// A short-lived permission.
#[derive(Clone)]
pub(super) struct Token {
    /// The value for the header.
    secret: String,
    /// What was asked for; what was granted only the registry knows.
    pub(super) scopes: Scopes,
    pub(super) born: Instant,
    expires: Instant,
}

impl Token {
    fn new(secret: String, scopes: Scopes, life: Duration, now: Instant) -> Token {
        Token {
            secret,
            scopes,
            born: now,
            expires: now + life.clamp(SHORTEST_LIFE, LONGEST_LIFE) - MARGIN,
        }
    }

    #[cfg(test)]
    pub(super) fn for_tests(secret: &str) -> Token {
        let life = Duration::from_secs(300);
        Token::new(secret.into(), Scopes::default(), life, Instant::now())
    }

    /// The value of `Authorization`.
    pub(super) fn header(&self) -> String {
        bearer(&self.secret)
    }
}

impl Keep for Token {
    fn born(&self) -> Instant {
        self.born
    }

    fn is_fresh(&self, now: Instant) -> bool {
        now < self.expires
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// The value of `Authorization` for a token.
pub(super) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// The value of `Authorization` for a user.
pub(super) fn basic(username: &str, password: &str) -> String {
    format!(
        "Basic {}",
        STANDARD.encode(format!("{username}:{password}"))
    )
}

/// A token, and the identity token that replaces the one it was got with, when there is one.
pub(super) type Granted = (Token, Option<String>);

/// One token service, asked on behalf of one registry.
pub(super) struct TokenService<'s> {
    pub(super) client: &'s Client,
    pub(super) realm: Url,
    pub(super) service: &'s str,
    pub(super) credential: &'s Credential,
}

impl TokenService<'_> {
    /// Gets a token for `scopes`. A service that cannot read them is asked in other words; wrong credentials are never
    /// tried twice, because services lock accounts for that.
    pub(super) fn token(&self, scopes: &Scopes, call: &mut Call<'_>) -> Result<Granted> {
        let mut answer = self.ask(scopes, call)?;
        for alternative in scopes.alternatives() {
            if answer.status != 400 {
                break;
            }
            answer = self.ask(&alternative, call)?;
        }
        let mut answer = expect(answer, &[200], call)?;
        let now = Instant::now();
        let document = answer.body.document(call, MAX_TOKEN_ANSWER)?;
        read(&document, scopes, now).map_err(|what| Error::Protocol {
            context: answer.body.context(call),
            what,
        })
    }

    fn ask(&self, scopes: &Scopes, call: &mut Call<'_>) -> Result<Response> {
        match self.credential {
            Credential::Anonymous | Credential::Bearer { .. } => self.get(scopes, None, call),
            Credential::Basic { username, password } => {
                self.get(scopes, Some((username, password)), call)
            }
            Credential::IdentityToken { username, token } => {
                let answer = self.post(scopes, token, call)?;
                match answer.status {
                    // Services that know no POST take the token in place of a password.
                    404 | 405 => self.get(scopes, Some((username, token)), call),
                    _ => Ok(answer),
                }
            }
        }
    }

    /// `GET <realm>?service=…&scope=…`
    fn get(
        &self,
        scopes: &Scopes,
        user: Option<(&String, &String)>,
        call: &mut Call<'_>,
    ) -> Result<Response> {
        let mut url = self.realm.clone();
        {
            let mut query = url.query_pairs_mut();
            if !self.service.is_empty() {
                query.append_pair("service", self.service);
            }
            for scope in scopes.texts() {
                query.append_pair("scope", &scope);
            }
            if let Some((username, _)) = user.filter(|(username, _)| !username.is_empty()) {
                query.append_pair("account", username);
            }
            query.append_pair("client_id", CLIENT_ID);
        }
        let mut request = Request::new(Method::Get, url);
        if let Some((username, password)) = user {
            let proof = basic(username, password);
            request.headers.push(("authorization", proof));
        }
        self.client.send(request, call)
    }

    /// `POST <realm>`; unlike a query, a body is not written to logs.
    fn post(&self, scopes: &Scopes, token: &str, call: &mut Call<'_>) -> Result<Response> {
        let scopes: Vec<_> = scopes.texts().collect();
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", token)
            .append_pair("service", self.service)
            .append_pair("client_id", CLIENT_ID)
            .append_pair("scope", &scopes.join(" "))
            .finish();
        let mut request = Request::new(Method::Post, self.realm.clone());
        request.headers.push((
            "content-type",
            "application/x-www-form-urlencoded".to_owned(),
        ));
        request.body = Outgoing::Bytes(form.as_bytes());
        self.client.send(request, call)
    }
}

/// What a token service answers. When the token was issued is not read: clocks differ, and a token that ends early is
/// renewed when the registry says so.
#[derive(Deserialize)]
struct Document {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<Value>,
    refresh_token: Option<String>,
}

fn read(document: &[u8], scopes: &Scopes, now: Instant) -> Result<Granted, String> {
    // serde_json's own text could show a piece of the document, which may be a token.
    let document: Document = serde_json::from_slice(document)
        .map_err(|_| "the token service's answer is not the document it should be".to_owned())?;
    let secret = [document.token, document.access_token]
        .into_iter()
        .flatten()
        .find(|token| !token.is_empty())
        .ok_or("the token service gave no token")?;
    if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the token service gave a token with characters no header may have".into());
    }
    let life = document.expires_in.as_ref().map_or(SHORTEST_LIFE, seconds);
    let renewed = document.refresh_token.filter(|token| !token.is_empty());
    Ok((Token::new(secret, scopes.clone(), life, now), renewed))
}

/// A number of seconds, which some services write as a text; nonsense is zero.
fn seconds(value: &Value) -> Duration {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    // Before the conversion, which fails for negative and for huge ones. NaN becomes zero.
    let number = number.unwrap_or(0.0).clamp(0.0, LONGEST_LIFE.as_secs_f64());
    Duration::try_from_secs_f64(number).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(document: &str) -> Option<u64> {
        let now = Instant::now();
        let (token, _) = read(document.as_bytes(), &Scopes::default(), now).ok()?;
        Some((token.expires + MARGIN - now).as_secs())
    }

    // case 10
    #[test]
    fn every_shape_of_token_answer_is_read() {
        for (document, seconds) in [
            (r#"{"token":"t"}"#, 60),
            (r#"{"access_token":"t","expires_in":300}"#, 300),
            (r#"{"token":"t","access_token":"u","expires_in":0}"#, 60),
            (r#"{"token":"","access_token":"u","expires_in":"300"}"#, 300),
            (
                r#"{"token":null,"access_token":"u","expires_in":300.7}"#,
                300,
            ),
            (r#"{"token":"t","expires_in":-5,"issued_at":7}"#, 60),
            (r#"{"token":"t","expires_in":"soon"}"#, 60),
            (r#"{"token":"t","expires_in":"NaN"}"#, 60),
            (r#"{"token":"t","expires_in":1e300}"#, 24 * 60 * 60),
        ] {
            assert_eq!(life(document), Some(seconds), "{document}");
        }
        for none in [
            "{}",
            r#"{"token":""}"#,
            r#"{"token":7}"#,
            r#"{"token":"a\nb"}"#,
            "[]",
            "<html>",
        ] {
            assert_eq!(life(none), None, "{none}");
        }
    }

    // case 11
    #[test]
    fn a_token_is_renewed_before_it_ends() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let (token, _) =
            read(br#"{"token":"t","expires_in":60}"#, &Scopes::default(), now).unwrap();
        assert!(token.is_fresh(after(45)));
        assert!(!token.is_fresh(after(55)));
    }

    // case 37
    #[test]
    fn a_token_is_shown_nowhere() {
        let document = br#"{"token":"s3cr3t"}"#;
        let (token, _) = read(document, &Scopes::pull("a"), Instant::now()).unwrap();
        assert!(!format!("{token:?}").contains("s3cr3t"));
        let malformed = br#"{"token":["s3cr3t"]}"#;
        let error = read(malformed, &Scopes::default(), Instant::now()).unwrap_err();
        assert!(!error.contains("s3cr3t"), "{error}");
    }
}
