//! Sending a request to a registry: with what it wants to be shown, and again when that may help.

use std::sync::PoisonError;

use url::Url;

use super::Registry;
use super::access::Proof;
use super::challenge::Demand;
use super::mirrors::By;
use super::payload::Payload;
use super::peer::Route;
use super::rate_limit::RateLimit;
use super::refusal::{expect, read_some, refused};
use super::scopes::Scopes;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{Method, Request, Response};

/// One request to a registry, before it is known what must be shown with it.
pub(super) struct Order {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) scopes: Scopes,
    /// By what a mirror may be asked for the same; `None` where only the registry itself counts.
    pub(super) mirrored: Option<By>,
}

impl Order {
    pub(super) fn new(method: Method, url: Url, scopes: Scopes) -> Order {
        Order {
            method,
            url,
            headers: Vec::new(),
            scopes,
            mirrored: None,
        }
    }

    /// The same at another place.
    pub(super) fn at(&self, url: Url) -> Order {
        Order {
            method: self.method,
            url,
            headers: self.headers.clone(),
            scopes: self.scopes.clone(),
            mirrored: None,
        }
    }

    /// The request, with a proof and without its body.
    pub(super) fn request<'b>(&self, proof: Option<&Proof>) -> Request<'b> {
        let mut request = Request::new(self.method, self.url.clone());
        request.headers.clone_from(&self.headers);
        if let Some(proof) = proof {
            request
                .headers
                .push(("authorization", proof.header.clone()));
        }
        request
    }
}

impl Registry {
    /// Sends a request without a body until the registry answers it. A status that may be another one the next time is
    /// an error, when it was tried often enough; any other status is an answer.
    pub(super) fn send(&self, order: &Order, call: &mut Call<'_>) -> Result<Response> {
        self.inner.retries.persist(call, |tries, call| {
            let mut answer = self.send_once(order, call)?;
            answer.repeated |= tries.may_have_acted();
            Ok(answer)
        })
    }

    /// Sends a request once, and follows where the answer leads. A status that may be another one the next time is an
    /// error.
    pub(super) fn send_once(&self, order: &Order, call: &mut Call<'_>) -> Result<Response> {
        if let Some(answer) = self.ask_mirrors(order, call)? {
            return Ok(answer);
        }
        self.inner.retries.wait_turn(call)?;
        let answer = self.send_to_registry(order, &mut Payload::Empty, call)?;
        settled(self.follow(order, answer, call)?, call)
    }

    /// The document of at most `limit` bytes that answers a request, with its answer. When the connection breaks in the
    /// middle of it, it is asked for as a whole once more.
    pub(super) fn document(
        &self,
        order: &Order,
        limit: usize,
        call: &mut Call<'_>,
    ) -> Result<(Response, Vec<u8>)> {
        self.inner.retries.persist(call, |_, call| {
            let answer = self.send_once(order, call)?;
            bounded(expect(answer, &[200], call)?, limit, call)
        })
    }

    /// The URL `/v2/<repository>/<rest>`. The way to the registry is looked for when it is not known yet.
    pub(super) fn url(&self, repository: &str, rest: &[&str], call: &mut Call<'_>) -> Result<Url> {
        let path = repository.split('/').chain(rest.iter().copied());
        Ok(self.route(call)?.url(std::iter::once("v2").chain(path)))
    }

    /// Looks for the way to the registry, when it is not known yet.
    pub(crate) fn find_route(&self, call: &mut Call<'_>) -> Result<()> {
        self.route(call).map(drop)
    }

    pub(super) fn route(&self, call: &mut Call<'_>) -> Result<Route<'_>> {
        if let Some(route) = self.inner.peer.route() {
            return Ok(route);
        }
        let retries = &self.inner.retries;
        let (route, mut answer) =
            retries.persist(call, |_, call| self.inner.peer.find_route(call))?;
        self.learn(&answer);
        // Reading the rest keeps the connection.
        read_some(&mut answer, call)?;
        Ok(route)
    }

    /// Sends a request with whatever the registry wants to be shown. The answer may still be 401: then there is nothing
    /// more to show.
    pub(super) fn send_to_registry(
        &self,
        order: &Order,
        payload: &mut Payload<'_>,
        call: &mut Call<'_>,
    ) -> Result<Response> {
        let access = &self.inner.access;
        let route = self.route(call)?;
        let mut proof = access.proof(&order.scopes, &route, call)?;
        let mut renewed = false;
        loop {
            let request = payload.of(order.request(proof.as_ref()), call)?;
            let mut answer = route.client.send(request, call)?;
            self.notice(&answer, call)?;
            if answer.status != 401 {
                return Ok(answer);
            }
            let Some(demand) = self.demand(&answer, &route, call)? else {
                return Ok(answer);
            };
            let next = match &proof {
                None => access.meet(&demand, &order.scopes, &route, call)?,
                Some(shown) if !renewed => {
                    renewed = true;
                    access.renew(shown, &demand, &order.scopes, &route, call)?
                }
                Some(_) => None,
            };
            if next.is_none() {
                access.refused(&order.scopes);
                return Ok(answer);
            }
            // Reading the rest keeps the connection.
            read_some(&mut answer, call)?;
            proof = next;
        }
    }

    /// Keeps what an answer says by the way.
    fn notice(&self, answer: &Response, call: &mut Call<'_>) -> Result<()> {
        if let Some(limit) = RateLimit::read(answer) {
            let last = self.inner.rate_limit.lock();
            *last.unwrap_or_else(PoisonError::into_inner) = Some(limit);
        }
        self.inner.warnings.tell(answer, call)
    }

    /// What a 401 demands. Some registries say it only at the top of their API.
    fn demand(
        &self,
        answer: &Response,
        route: &Route<'_>,
        call: &mut Call<'_>,
    ) -> Result<Option<Demand>> {
        if let Some(demand) = self.learn(answer).or_else(|| self.inner.access.demand()) {
            return Ok(Some(demand));
        }
        let mut answer = route.client.send(route.ping(), call)?;
        read_some(&mut answer, call)?;
        Ok(self.learn(&answer))
    }

    pub(super) fn learn(&self, answer: &Response) -> Option<Demand> {
        if answer.status != 401 {
            return None;
        }
        let demand = Demand::read(answer.headers("www-authenticate"))?;
        self.inner.access.learn(&demand);
        Some(demand)
    }
}

/// Gives an answer back, unless the same request may be answered otherwise the next time.
pub(super) fn settled(answer: Response, call: &mut Call<'_>) -> Result<Response> {
    match answer.status {
        408 | 425 | 429 | 499 | 500 | 502 | 503 | 504 | 522 | 524 => Err(refused(answer, call)),
        _ => Ok(answer),
    }
}

/// Reads a document; one that announces too much is not read at all.
fn bounded(mut answer: Response, limit: usize, call: &mut Call<'_>) -> Result<(Response, Vec<u8>)> {
    if answer
        .content_length()
        .is_some_and(|announced| announced > limit as u64)
    {
        return Err(Error::Protocol {
            context: answer.body.context(call),
            what: format!("the document is larger than {limit} bytes"),
        });
    }
    let document = answer.body.document(call, limit)?;
    Ok((answer, document))
}
