//! Following redirects: registries keep blobs, and some of them everything, at other hosts.

use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use super::Registry;
use super::given_url::given_url;
use super::payload::Payload;
use super::reach::Reach;
use super::realm::origin;
use super::refusal::read_some;
use super::send::Order;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{Client, Response};

/// Nobody needs more.
const MAX_REDIRECTS: usize = 10;

/// As many other origins are kept connections with.
const MAX_ORIGINS: usize = 16;

/// The other origins to which a registry has sent us, the latest one last.
pub(super) struct Elsewhere {
    reach: Arc<Reach>,
    clients: Mutex<Vec<(Url, Arc<Client>)>>,
}

impl Registry {
    /// Follows where the answer to a request leads. Credentials go to the registry's own origin only, which storage
    /// services demand, too: they refuse a signed URL that comes with a token.
    pub(super) fn follow(
        &self,
        order: &Order,
        mut answer: Response,
        call: &mut Call<'_>,
    ) -> Result<Response> {
        let mut url = order.url.clone();
        for _ in 0..MAX_REDIRECTS {
            if !answer.is_redirect() || !order.method.is_safe() {
                return Ok(answer);
            }
            let location = answer.header("location").unwrap_or("");
            url = target(&url, location).map_err(|reason| not_followed(&answer, &reason, call))?;
            // Reading the rest keeps the connection.
            read_some(&mut answer, call)?;
            let next = order.at(url.clone());
            answer = match url.origin() == order.url.origin() {
                true => self.send_to_registry(&next, &mut Payload::Empty, call)?,
                false => self.elsewhere(&url, call)?.send(next.request(None), call)?,
            };
        }
        Err(not_followed(&answer, "there were too many before it", call))
    }

    /// The client for the origin of `url`. A registry of a private network may have its storage there, too; any other
    /// one could make us ask what only we can reach.
    pub(super) fn elsewhere(&self, url: &Url, call: &mut Call<'_>) -> Result<Arc<Client>> {
        let route = self.route(call)?;
        let mut clients = self.inner.elsewhere.lock();
        if let Some((_, client)) = clients
            .iter()
            .find(|(known, _)| known.origin() == url.origin())
        {
            return Ok(Arc::clone(client));
        }
        // Errors name the origin only: a signed URL is a secret.
        let origin = origin(url);
        let may_be_private = route.client.met_private();
        let reach = &self.inner.elsewhere.reach;
        let client = Arc::new(reach.elsewhere(&origin, route.base, may_be_private));
        if clients.len() == MAX_ORIGINS {
            clients.remove(0);
        }
        clients.push((origin, Arc::clone(&client)));
        Ok(client)
    }
}

impl Elsewhere {
    pub(super) fn new(reach: Arc<Reach>) -> Elsewhere {
        Elsewhere {
            reach,
            clients: Mutex::default(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Url, Arc<Client>)>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a redirect of a request to `from` leads; an error says why it is not followed.
fn target(from: &Url, location: &str) -> Result<Url, String> {
    if location.is_empty() {
        return Err("it does not say where to".into());
    }
    let url = given_url(from, location, "its target")?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if from.scheme() == "https" => {
            Err("it leads from HTTPS to plain HTTP, where everybody can change the answer".into())
        }
        "http" => Ok(url),
        scheme => Err(format!("{scheme} is neither https nor http")),
    }
}

/// The target is not shown: a signed URL is a secret.
fn not_followed(answer: &Response, reason: &str, call: &Call<'_>) -> Error {
    Error::Protocol {
        context: answer.body.context(call),
        what: format!("a redirect ({}) is not followed: {reason}", answer.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // case 16
    #[test]
    fn a_redirect_leads_to_no_worse_place() {
        let from = Url::parse("https://r.example/v2/a/blobs/sha256:0").unwrap();
        for (location, expected) in [
            ("/storage?sig=a%2Fb", "https://r.example/storage?sig=a%2Fb"),
            ("https://cdn.example/b#x", "https://cdn.example/b"),
            ("//cdn.example/b", "https://cdn.example/b"),
        ] {
            assert_eq!(target(&from, location).unwrap().as_str(), expected);
        }
        for location in [
            "",
            "http://r.example/x",
            "http://127.0.0.1/",
            "https://u:p@cdn.example/",
            "ftp://cdn.example/",
            "file:///etc/passwd",
            "https://",
        ] {
            target(&from, location).expect_err(location);
        }
    }
}
