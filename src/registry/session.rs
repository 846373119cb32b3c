//! An upload session: where the next bytes go, and how many the registry has (the distribution specification, "Pushing
//! blobs").

use std::io;

use url::Url;

use super::Registry;
use super::given_url::given_url;
use super::payload::Payload;
use super::realm::origin;
use super::refusal::{expect, refused};
use super::scopes::Scopes;
use super::send::{Order, settled};
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::http::{Method, Response};

/// A registry that wants larger chunks cannot be served.
const MAX_MIN_CHUNK: u64 = 1024 * 1024 * 1024;

/// One upload session of a repository.
pub(super) struct Session {
    /// The newest that the registry gave: each answer replaces it.
    location: Url,
    scopes: Scopes,
    /// The least bytes of a chunk, but for the last.
    pub(super) min_chunk: u64,
}

impl Session {
    /// Opens a session, with one try.
    pub(super) fn open(
        registry: &Registry,
        repository: &str,
        scopes: &Scopes,
        call: &mut Call<'_>,
    ) -> Result<Session> {
        let url = registry.uploads(repository, call)?;
        let order = Order::new(Method::Post, url.clone(), scopes.clone());
        let answer = registry.send_to_registry(&order, &mut Payload::Empty, call)?;
        let answer = expect(settled(answer, call)?, &[202], call)?;
        Session::opened(&url, scopes, &answer, call)
    }

    /// Takes the session that an answer to `asked` has opened.
    pub(super) fn opened(
        asked: &Url,
        scopes: &Scopes,
        answer: &Response,
        call: &Call<'_>,
    ) -> Result<Session> {
        let broken = |what: String| Error::Protocol {
            context: answer.body.context(call),
            what,
        };
        let location = answer
            .header("location")
            .ok_or_else(|| broken("the registry opened an upload and does not say where".into()))?;
        let min_chunk = answer
            .header("oci-chunk-min-length")
            .and_then(|length| length.trim().parse().ok())
            .unwrap_or(0);
        if min_chunk > MAX_MIN_CHUNK {
            return Err(broken(format!(
                "the registry wants chunks of at least {min_chunk} bytes"
            )));
        }
        Ok(Session {
            location: next(asked, location).map_err(broken)?,
            scopes: scopes.clone(),
            min_chunk,
        })
    }

    /// Sends a request to the session, and takes its next place from the answer.
    pub(super) fn send(
        &mut self,
        registry: &Registry,
        method: Method,
        headers: Vec<(&'static str, String)>,
        payload: &mut Payload<'_>,
        call: &mut Call<'_>,
    ) -> Result<Response> {
        let mut order = Order::new(method, self.location.clone(), self.scopes.clone());
        order.headers = headers;
        let answer = registry.send_to_session(&order, payload, call)?;
        if (200..300).contains(&answer.status)
            && let Some(location) = answer.header("location")
        {
            self.location = next(&self.location, location).map_err(|what| Error::Protocol {
                context: answer.body.context(call),
                what,
            })?;
        }
        Ok(answer)
    }

    /// Closes the session: `payload` is what is left, or all. One that ends with another success than 201, which a
    /// proxy may have made up, is believed when the repository has the blob.
    pub(super) fn close(
        &self,
        registry: &Registry,
        repository: &str,
        digest: &Digest,
        headers: Vec<(&'static str, String)>,
        payload: &mut Payload<'_>,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let mut url = self.location.clone();
        // Behind what is there already, of which no byte may change.
        url.query_pairs_mut().append_pair("digest", digest.as_str());
        let mut order = Order::new(Method::Put, url, self.scopes.clone());
        order.headers = headers;
        let answer = registry.send_to_session(&order, payload, call)?;
        let answer = expect(answer, &[201, 204, 200], call)?;
        let told = answer
            .header("docker-content-digest")
            .and_then(|told| Digest::parse(told.trim()).ok());
        match told {
            Some(told) if told.algorithm() == digest.algorithm() && told != *digest => {
                Err(Error::DigestMismatch {
                    context: answer.body.context(call),
                    expected: digest.to_string(),
                    actual: told.to_string(),
                })
            }
            None if answer.status != 201 => registry.must_have(repository, digest, call),
            _ => Ok(()),
        }
    }

    /// How many bytes the registry has; `None` when the session is no more.
    pub(super) fn received(
        &mut self,
        registry: &Registry,
        call: &mut Call<'_>,
    ) -> Result<Option<u64>> {
        let payload = &mut Payload::Empty;
        let answer = self.send(registry, Method::Get, Vec::new(), payload, call)?;
        match answer.status {
            // Some say nothing where there is nothing.
            200 | 202 | 204 => Ok(Some(received(&answer).unwrap_or(0))),
            400 | 404 | 405 | 410 => Ok(None),
            _ => Err(refused(answer, call)),
        }
    }

    /// How many bytes the registry has; a session that is no more is an error.
    pub(super) fn received_or_lost(
        &mut self,
        registry: &Registry,
        call: &mut Call<'_>,
    ) -> Result<u64> {
        let retries = &registry.inner.retries;
        let received = retries.persist(call, |_, call| self.received(registry, call))?;
        received.ok_or_else(|| lost(registry, "the registry has forgotten the upload", call))
    }

    /// Gives the session up after `error`, which then tells of it when that fails, too.
    pub(super) fn give_up(
        self,
        registry: &Registry,
        repository: &str,
        mut error: Error,
        call: &mut Call<'_>,
    ) -> Error {
        let cancelled = call.clean_up(|call| self.cancel(registry, call));
        if let (Err(left), Some(context)) = (cancelled, error.context_mut()) {
            context
                .left_behind
                .push(format!("an upload session of {repository}: {left}"));
        }
        error
    }

    /// Ends the session without a blob.
    pub(super) fn cancel(self, registry: &Registry, call: &mut Call<'_>) -> Result<()> {
        let order = Order::new(Method::Delete, self.location, self.scopes);
        let answer = registry.send_to_session(&order, &mut Payload::Empty, call)?;
        match expect(answer, &[200, 202, 204], call) {
            Ok(_) => Ok(()),
            Err(error) if is_unknown(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Registry {
    /// Fails when the repository does not have a blob that it should have by now.
    fn must_have(&self, repository: &str, digest: &Digest, call: &mut Call<'_>) -> Result<()> {
        let url = self.url(repository, &["blobs", digest.as_str()], call)?;
        let order = Order::new(Method::Head, url, Scopes::push(repository));
        let answer = self.send(&order, call)?;
        match answer.status {
            200 => Ok(()),
            404 => Err(Error::Protocol {
                context: answer.body.context(call),
                what: "the upload ended well by its answer, and the blob is not there".into(),
            }),
            _ => Err(refused(answer, call)),
        }
    }

    /// Sends a request once, to wherever the registry keeps its uploads. Another origin gets no credentials, and no
    /// second try with some.
    fn send_to_session(
        &self,
        order: &Order,
        payload: &mut Payload<'_>,
        call: &mut Call<'_>,
    ) -> Result<Response> {
        self.inner.retries.wait_turn(call)?;
        let base = self.route(call)?.base;
        let answer = match order.url.origin() == base.origin() {
            true => self.send_to_registry(order, payload, call)?,
            false => {
                let client = self.elsewhere(&order.url, call)?;
                let request = payload.of(order.request(None), call)?;
                client.send(request, call)?
            }
        };
        settled(answer, call)
    }
}

/// As if the line had been cut, after which the same can be sent in another way.
pub(super) fn lost(registry: &Registry, what: &str, call: &Call<'_>) -> Error {
    Error::ConnectionLost {
        context: call.context(registry.host(), "upload"),
        source: io::Error::other(what.to_owned()),
    }
}

/// Whether the session is no more. One whose place is out of date (`BLOB_UPLOAD_INVALID`) is not found either, and stays
/// until the registry clears it away.
fn is_unknown(error: &Error) -> bool {
    error.answer().is_some_and(|answer| {
        answer.code == "BLOB_UPLOAD_UNKNOWN" || (answer.status == 404 && answer.code.is_empty())
    })
}

/// How many bytes the session has, as an answer says.
pub(super) fn received(answer: &Response) -> Option<u64> {
    answer.header("range").and_then(received_by)
}

/// How many bytes `0-<last>` says that there are; some say `bytes=0-<last>`, or `0--1` for none. `0-0` is what
/// docker-registry says of none, so it is not one (one byte would be sent twice, which the digest shows).
pub(super) fn received_by(range: &str) -> Option<u64> {
    let range = range.trim();
    let range = range.strip_prefix("bytes=").unwrap_or(range);
    let last: i64 = range.strip_prefix("0-")?.parse().ok()?;
    match last {
        ..=0 => Some(0),
        last => u64::try_from(last).ok()?.checked_add(1),
    }
}

/// Where the session goes on, as an answer to `asked` says.
///
/// A registry behind a proxy that ends TLS writes `http` where it is reached by `https`, and sometimes forgets the
/// port; both are set right.
pub(super) fn next(asked: &Url, location: &str) -> Result<Url, String> {
    let mut next = given_url(asked, location, "the place of the upload")?;
    if next.host() == asked.host() && next.origin() != asked.origin() {
        let is_downgrade = asked.scheme() == "https" && next.scheme() == "http";
        let lost_port = next.port().is_none();
        // Both schemes are known to url, so neither can fail; a failure leaves another origin.
        if is_downgrade {
            let _ = next.set_scheme("https");
        }
        if is_downgrade || lost_port {
            let _ = next.set_port(asked.port());
        }
    }
    match next.scheme() {
        _ if next.origin() == asked.origin() => Ok(next),
        "https" => Ok(next),
        // Another port of the same host, or another host, in the plain text that the caller allowed for one.
        _ => Err(format!(
            "the place of the upload is {}, in plain HTTP",
            origin(&next)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // case 22
    #[test]
    fn an_upload_stays_where_the_registry_means_it_to_be() {
        let asked = Url::parse("https://r.example:5000/v2/a/blobs/uploads/").unwrap();
        for (location, expected) in [
            (
                "/v2/a/blobs/uploads/7?_state=x%2Fy",
                "https://r.example:5000/v2/a/blobs/uploads/7?_state=x%2Fy",
            ),
            (
                "7?_state=x",
                "https://r.example:5000/v2/a/blobs/uploads/7?_state=x",
            ),
            ("http://r.example:5000/u/7", "https://r.example:5000/u/7"),
            ("http://r.example/u/7", "https://r.example:5000/u/7"),
            ("https://r.example/u/7", "https://r.example:5000/u/7"),
            ("https://storage.example/u/7", "https://storage.example/u/7"),
        ] {
            assert_eq!(
                next(&asked, location).unwrap().as_str(),
                expected,
                "{location}"
            );
        }
        for location in [
            "http://storage.example/u/7",
            "https://u:p@r.example:5000/u/7",
            "ftp://r.example/u",
            "https://",
        ] {
            next(&asked, location).expect_err(location);
        }
    }
}
