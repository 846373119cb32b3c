//! `WWW-Authenticate`: what a registry wants to be shown (RFC 9110, section 11.6.1, and the distribution
//! specification of tokens).

use super::quoted;
use super::scopes::Scopes;

/// More challenges, or more parameters of one, than anybody needs.
pub(super) const MAX_CHALLENGES: usize = 16;
pub(super) const MAX_PARAMETERS: usize = 32;

/// What a registry demands, from all its challenges the one we can meet best.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Demand {
    /// A user and a password.
    Basic,
    /// A token from a service.
    Bearer(Bearer),
}

/// Where to get a token, and for what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bearer {
    /// The URL of the token service, as the registry wrote it.
    pub(super) realm: String,
    pub(super) service: String,
    /// What the token must allow; empty when the registry does not say.
    pub(super) scopes: Scopes,
    /// Why a token that was shown did not do; empty when none was shown.
    pub(super) error: String,
}

impl Demand {
    /// Reads the values of all `WWW-Authenticate` headers; `None` when nothing in them can be met.
    pub(super) fn read<'h>(headers: impl IntoIterator<Item = &'h str>) -> Option<Demand> {
        let challenges = challenges(headers);
        let bearer = challenges
            .iter()
            .filter(|challenge| challenge.is("bearer"))
            .find(|challenge| !challenge.parameter("realm").is_empty());
        if let Some(bearer) = bearer {
            return Some(Demand::Bearer(Bearer {
                realm: bearer.parameter("realm").to_owned(),
                service: bearer.parameter("service").to_owned(),
                scopes: Scopes::read(bearer.parameter("scope")),
                error: bearer.parameter("error").to_owned(),
            }));
        }
        let basic = challenges.iter().any(|challenge| challenge.is("basic"));
        basic.then_some(Demand::Basic)
    }
}

/// The reason in a challenge, for an answer that has no other text.
pub(super) fn reason<'h>(headers: impl IntoIterator<Item = &'h str>) -> (String, String) {
    let challenges = challenges(headers);
    let find = |name| {
        challenges
            .iter()
            .map(|challenge| challenge.parameter(name))
            .find(|value| !value.is_empty())
            .unwrap_or("")
            .to_owned()
    };
    (find("error"), find("error_description"))
}

#[derive(Debug)]
pub(super) struct Challenge {
    scheme: String,
    pub(super) parameters: Vec<(String, String)>,
}

impl Challenge {
    fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The first parameter of that name; empty when there is none.
    fn parameter(&self, name: &str) -> &str {
        self.parameters
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }
}

/// Both the challenges of a header and the parameters of a challenge are separated by commas, so each element tells
/// by its shape what it is: `name=value` goes on with the challenge before it, anything else starts a new one.
pub(super) fn challenges<'h>(headers: impl IntoIterator<Item = &'h str>) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    for header in headers {
        let mut current: Option<Challenge> = None;
        for element in quoted::split(header, ',')
            .map(str::trim)
            .filter(|element| !element.is_empty())
        {
            if let Some(parameter) = parameter(element) {
                if let Some(challenge) = &mut current
                    && challenge.parameters.len() < MAX_PARAMETERS
                {
                    challenge.parameters.push(parameter);
                }
                continue;
            }
            challenges.extend(current.take());
            current = challenge(element);
        }
        challenges.extend(current);
    }
    challenges.truncate(MAX_CHALLENGES);
    challenges
}

/// `scheme`, `scheme name=value` or `scheme token68`; what cannot be read of it is left out.
fn challenge(element: &str) -> Option<Challenge> {
    let (scheme, rest) = split_token(element)?;
    // A scheme is followed by a blank or by nothing.
    if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
        return None;
    }
    Some(Challenge {
        scheme: scheme.to_owned(),
        parameters: parameter(rest.trim_start()).into_iter().collect(),
    })
}

/// `name = value`, where the value is in quotes, or a word (a URL too: some forget its quotes).
fn parameter(text: &str) -> Option<(String, String)> {
    let (name, rest) = split_token(text)?;
    let value = rest.trim_start().strip_prefix('=')?.trim();
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted::unquote(quoted)?,
        None => {
            let is_word = !value.is_empty() && !value.contains(['"', ' ', '\t']);
            is_word.then(|| value.to_owned())?
        }
    };
    Some((name.to_owned(), value))
}

fn split_token(text: &str) -> Option<(&str, &str)> {
    let is_token = |char: char| {
        char.is_ascii_alphanumeric()
            || matches!(char, '!' | '#'..='\'' | '*' | '+' | '-' | '.' | '^'..='`' | '|' | '~')
    };
    let end = text.find(|char| !is_token(char)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(headers: &[&str]) -> Bearer {
        match Demand::read(headers.iter().copied()) {
            Some(Demand::Bearer(bearer)) => bearer,
            other => panic!("{headers:?}: {other:?}"),
        }
    }

    // case 9
    #[test]
    fn a_token_service_is_found_among_other_challenges() {
        let expected = Bearer {
            realm: "https://h/t".into(),
            service: "s".into(),
            scopes: Scopes::read("repository:x:pull,push"),
            error: String::new(),
        };
        let token = r#"Bearer realm="https://h/t",service="s",scope="repository:x:pull,push""#;
        let basic = r#"Basic realm="a, b""#;
        for headers in [
            &[&*format!("Negotiate, {basic}, {token}")] as &[&str],
            &["Negotiate", basic, token],
            &[&*format!("{token}, {basic}")],
            &[&*format!("Negotiate abc==, NTLM, {token}")],
            &[&*format!("Digest realm=\"d\", qop=\"auth\", {token}")],
            &[r#"bearer Realm = "https://h/t" , SERVICE="s",scope="repository:x:pull,push""#],
            &[r#"BEARER scope="repository:x:pull,push",service=s,realm="https://h/t""#],
            &[
                r#"Bearer realm="https://h/t",realm="https://evil/",service="s",scope="repository:x:pull,push""#,
            ],
            &[&*format!(r#"Basic realm=broken", {token}"#), token],
            &[&*format!(r#"Bearer service="no realm", {token}"#)],
            &[&*format!(r#"=, ,"junk", {token}"#)],
        ] {
            assert_eq!(bearer(headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn quotes_inside_quotes_are_read() {
        let found = challenges([r#"Basic realm="reg \"q\", realm""#]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].parameter("REALM"), r#"reg "q", realm"#);
    }

    #[test]
    fn the_reason_for_refusing_a_token_is_kept() {
        let header =
            r#"Bearer realm="https://h",error="insufficient_scope",error_description="no""#;
        assert_eq!(bearer(&[header]).error, "insufficient_scope");
        assert_eq!(reason([header]), ("insufficient_scope".into(), "no".into()));
    }

    #[test]
    fn what_cannot_be_met_is_no_demand() {
        for header in [
            "",
            ",",
            "Negotiate",
            "Bearer",
            r#"Bearer realm="""#,
            "realm=x",
            "\"",
        ] {
            assert_eq!(Demand::read([header]), None, "{header}");
        }
        assert_eq!(Demand::read(["basic"]), Some(Demand::Basic));
        assert_eq!(
            Demand::read([r#"Bearer service="s", Basic realm="r""#]),
            Some(Demand::Basic)
        );
    }

    #[test]
    fn a_flood_of_challenges_is_cut() {
        let flood = "x, ".repeat(10_000);
        assert_eq!(challenges([&*flood]).len(), MAX_CHALLENGES);
        let flood = format!("x {}", "a=b, ".repeat(10_000));
        assert_eq!(challenges([&*flood])[0].parameters.len(), MAX_PARAMETERS);
    }
}
