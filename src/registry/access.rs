//! Proving to one registry who asks: which proof goes with a request, and what to do when it is refused.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::challenge::{Bearer, Demand};
use super::peer::Route;
use super::realm::Realm;
use super::scopes::Scopes;
use super::token::{self, Token, TokenService};
use super::token_cache::TokenCache;
use crate::call::Call;
use crate::credentials::{Credential, Credentials};
use crate::error::{Error, Result};

/// A token that is refused without a reason is not replaced when it is younger than this: the next one would be
/// refused, too.
const YOUNG: Duration = Duration::from_secs(1);

/// How a handle proves to its registry who asks.
pub(super) struct Access {
    /// The registry, as credentials know it.
    host: String,
    credentials: Credentials,
    realm: Realm,
    /// What the registry demanded last; nothing is shown before it demands something.
    demand: Mutex<Option<Demand>>,
    tokens: TokenCache,
    /// An identity token that the token service gave in place of the caller's.
    replaced: Mutex<Option<String>>,
}

/// What goes with a request.
pub(super) struct Proof {
    /// The value of `Authorization`.
    pub(super) header: String,
    /// The token in it, when it is one that can be renewed.
    token: Option<Token>,
}

impl Access {
    pub(super) fn new(host: String, credentials: Credentials, realm: Realm) -> Access {
        Access {
            host,
            credentials,
            realm,
            demand: Mutex::default(),
            tokens: TokenCache::default(),
            replaced: Mutex::default(),
        }
    }

    /// What the registry demanded last.
    pub(super) fn demand(&self) -> Option<Demand> {
        lock(&self.demand).clone()
    }

    /// Remembers a demand for the requests that follow, without what it says about a single one.
    pub(super) fn learn(&self, demand: &Demand) {
        let general = match demand {
            Demand::Basic => Demand::Basic,
            Demand::Bearer(bearer) => Demand::Bearer(Bearer {
                scopes: Scopes::default(),
                error: String::new(),
                ..bearer.clone()
            }),
        };
        *lock(&self.demand) = Some(general);
    }

    /// What to show with a request that needs `scopes`; nothing when it is not known that anything is demanded.
    pub(super) fn proof(
        &self,
        scopes: &Scopes,
        route: &Route<'_>,
        call: &mut Call<'_>,
    ) -> Result<Option<Proof>> {
        match self.demand() {
            Some(demand) => self.meet(&demand, scopes, route, call),
            None => Ok(None),
        }
    }

    /// Meets a demand; `None` when the credentials cannot.
    pub(super) fn meet(
        &self,
        demand: &Demand,
        scopes: &Scopes,
        route: &Route<'_>,
        call: &mut Call<'_>,
    ) -> Result<Option<Proof>> {
        let fixed = |header| {
            Some(Proof {
                header,
                token: None,
            })
        };
        match (demand, self.credential()) {
            (Demand::Basic, Credential::Basic { username, password }) => {
                Ok(fixed(token::basic(&username, &password)))
            }
            (Demand::Basic, _) => Ok(None),
            (Demand::Bearer(_), Credential::Bearer { token }) => Ok(fixed(token::bearer(&token))),
            (Demand::Bearer(bearer), credential) => {
                let usable = |token: &Token| token.scopes.include(&bearer.scopes);
                self.token(bearer, scopes, &credential, usable, route, call)
                    .map(Some)
            }
        }
    }

    /// Meets a demand that came although `shown` was shown; `None` when there is nothing better to show.
    pub(super) fn renew(
        &self,
        shown: &Proof,
        demand: &Demand,
        scopes: &Scopes,
        route: &Route<'_>,
        call: &mut Call<'_>,
    ) -> Result<Option<Proof>> {
        // Credentials that were refused once are refused again, and accounts are locked for trying.
        let (Some(old), Demand::Bearer(bearer)) = (&shown.token, demand) else {
            return Ok(None);
        };
        let asks_for_more = !old.scopes.include(&bearer.scopes);
        let has_ended = bearer.error == "invalid_token" || old.born.elapsed() > YOUNG;
        if !asks_for_more && !has_ended {
            return Ok(None);
        }
        let usable = |token: &Token| token.born > old.born && token.scopes.include(&bearer.scopes);
        self.token(bearer, scopes, &self.credential(), usable, route, call)
            .map(Some)
    }

    fn token(
        &self,
        bearer: &Bearer,
        scopes: &Scopes,
        credential: &Credential,
        usable: impl Fn(&Token) -> bool,
        route: &Route<'_>,
        call: &mut Call<'_>,
    ) -> Result<Proof> {
        let key = format!("{} {} {}", bearer.realm, bearer.service, scopes.key());
        let usable = |token: &Token| token.is_fresh(Instant::now()) && usable(token);
        let token = self.tokens.get(&key, usable, call, |previous, call| {
            // What the registry asks for comes first: some services read only one scope.
            let mut wanted = bearer.scopes.clone().and(scopes);
            if let Some(previous) = previous {
                wanted = wanted.and(previous);
            }
            self.fetch(bearer, &wanted, credential, route, call)
        })?;
        Ok(Proof {
            header: token.header(),
            token: Some(token),
        })
    }

    fn fetch(
        &self,
        bearer: &Bearer,
        wanted: &Scopes,
        credential: &Credential,
        route: &Route<'_>,
        call: &mut Call<'_>,
    ) -> Result<Token> {
        let with_credentials = !matches!(credential, Credential::Anonymous);
        let (client, realm) = self
            .realm
            .service(&bearer.realm, route.client, route.base, with_credentials)
            .map_err(|reason| Error::Protocol {
                context: call.context(route.client.endpoint(), ""),
                what: format!("the token service that the registry names is not used: {reason}"),
            })?;
        let service = TokenService {
            client,
            realm,
            service: &bearer.service,
            credential,
        };
        let (token, replacement) = service.token(wanted, call)?;
        if replacement.is_some() {
            *lock(&self.replaced) = replacement;
        }
        Ok(token)
    }

    /// Whether there is nothing to show.
    pub(super) fn is_anonymous(&self) -> bool {
        matches!(self.credential(), Credential::Anonymous)
    }

    fn credential(&self) -> Credential {
        let mut credential = self.credentials.resolve(&self.host);
        if let (Credential::IdentityToken { token, .. }, Some(newer)) =
            (&mut credential, &*lock(&self.replaced))
        {
            token.clone_from(newer);
        }
        credential
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
